"""Durations and offsets: which texts are lengths of time."""

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from deals.duration import Duration, Offset


class NineHours:
    business_day_seconds = 9 * 3_600


class Written(BaseModel):
    due: Duration
    at: Offset


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("15m", 900), ("24h", 86_400), ("3d", 259_200), ("2w", 1_209_600)],
)
def test_clock_durations_have_their_length_in_seconds(text: str, seconds: int) -> None:
    duration = Duration(text)
    assert not duration.is_working
    assert duration.clock_seconds == seconds


@pytest.mark.parametrize(("text", "hours"), [("3bd", 27), ("4bh", 4)])
def test_working_durations_take_the_length_of_a_day_from_the_calendar(
    text: str, hours: int
) -> None:
    duration = Duration(text)
    assert duration.is_working
    assert duration.working_seconds(NineHours()) == hours * 3_600


def test_a_length_refuses_to_be_measured_as_the_other_kind() -> None:
    with pytest.raises(ValueError, match="3bd is not clock time"):
        _ = Duration("3bd").clock_seconds
    with pytest.raises(ValueError, match="3d is not working time"):
        Duration("3d").working_seconds(NineHours())
    with pytest.raises(ValueError, match="50% is not clock time"):
        _ = Offset("50%").clock_seconds


def test_a_length_is_its_text_in_json_and_comes_back_equal() -> None:
    written = Written(due=Duration("3bd"), at=Offset("-1d"))
    assert written.model_dump_json() == '{"due":"3bd","at":"-1d"}'
    assert Written.model_validate_json(written.model_dump_json()) == written
    assert str(written.due) == "3bd"
    assert len({Duration("3d"), Duration("3d"), Duration("72h")}) == 2


def test_a_length_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Duration("3d").root = "4d"  # type: ignore[misc]  # which is the point


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "d",
        "1.5d",
        "-3d",
        "+3d",
        "0d",
        "03d",
        " 3d",
        "3 d",
        "3d\n",
        "3D",
        "3y",
        "50%",
        "３d",
    ],
)
def test_what_is_no_duration_is_refused_with_the_way_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration: write a whole number above zero"):
        Duration(text)


@pytest.mark.parametrize("text", ["", "1", "1.5d", "--1d", "-50%", "+50%", "half", "1d 2h", "%"])
def test_what_is_no_offset_is_refused_with_the_way_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="is not an offset: write a signed whole number"):
        Offset(text)


@pytest.mark.parametrize(
    ("text", "most"), [("3654d", "3653d"), ("522w", "521w"), ("2601bd", "2600bd")]
)
def test_a_duration_of_more_than_ten_years_is_refused_with_the_limit(text: str, most: str) -> None:
    assert str(Duration(most)) == most
    with pytest.raises(ValueError, match=f"'{text}' is too long: {most} at most"):
        Duration(text)


def test_an_offset_has_the_same_limit_on_both_sides() -> None:
    assert Offset("-3653d").clock_seconds == -3_653 * 86_400
    for text in ("-3654d", "+2601bd", "1001%"):
        with pytest.raises(ValueError, match="is too long"):
            Offset(text)


def test_a_monstrous_text_is_refused_without_being_repeated_whole() -> None:
    with pytest.raises(ValidationError) as caught:
        Duration("9" * 1_000_000)
    assert len(caught.value.errors()[0]["msg"]) < 200


@pytest.mark.parametrize("value", [3, 3.0, None, True, ["3d"]])
def test_only_text_is_a_length(value: object) -> None:
    with pytest.raises(ValidationError, match="valid string"):
        TypeAdapter(Duration).validate_python(value)


@pytest.mark.parametrize(
    ("text", "seconds"), [("-1d", -86_400), ("0d", 0), ("-0d", 0), ("+3h", 10_800), ("3h", 10_800)]
)
def test_clock_offsets_are_signed(text: str, seconds: int) -> None:
    assert Offset(text).clock_seconds == seconds
    assert Offset(text).percent is None


def test_working_offsets_are_signed() -> None:
    assert Offset("-2bd").working_seconds(NineHours()) == -18 * 3_600


@pytest.mark.parametrize(("text", "percent"), [("0%", 0), ("50%", 50), ("150%", 150)])
def test_percentages_are_a_share_of_the_budget(text: str, percent: int) -> None:
    assert Offset(text).percent == percent
    assert not Offset(text).is_working


def test_the_json_schema_tells_how_to_write_a_length() -> None:
    schema = Written.model_json_schema()
    assert schema["$defs"]["Duration"]["type"] == "string"
    assert "bd" in schema["$defs"]["Duration"]["pattern"]
    assert "%" in schema["$defs"]["Offset"]["pattern"]
