"""Texts are read by the formats that are named, and never by guessing."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.values import BadText, Dates, date_pattern, minor_units, number


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("iso", "2017-03-01", datetime(2017, 3, 1, tzinfo=UTC)),
        ("iso", "2017-03-01T09:30:00+02:00", datetime(2017, 3, 1, 7, 30, tzinfo=UTC)),
        ("iso", "2017-03-01 09:30:00.123Z", datetime(2017, 3, 1, 9, 30, 0, 123000, tzinfo=UTC)),
        ("M/D/YY", "3/4/17", datetime(2017, 3, 4, tzinfo=UTC)),
        ("M/D/YY", "3/4/69", None),
        ("M/D/YYYY", "12/31/2017 11:30 PM", datetime(2017, 12, 31, 23, 30, tzinfo=UTC)),
        ("M/D/YYYY", "12/31/2017 12:05 am", datetime(2017, 12, 31, 0, 5, tzinfo=UTC)),
        ("D.M.YYYY", "01.03.2017 9:30", datetime(2017, 3, 1, 9, 30, tzinfo=UTC)),
        ("DD/MM/YYYY", "01/03/2017", datetime(2017, 3, 1, tzinfo=UTC)),
        ("YYYY年M月D日", "2017年3月1日", datetime(2017, 3, 1, tzinfo=UTC)),
        ("iso", "3/4/17", None),
        ("iso", "20170301", None),
        ("iso", "2017-02-30", None),
        ("M/D/YY", "13/1/17", None),
        ("M/D/YY", "3/4/2017", None),
        ("M/D/YYYY", "1/1/2017 25:00", None),
        ("M/D/YYYY", "1/1/2017 13:00 PM", None),
        ("iso", "0001-01-01", None),
        ("iso", "1899-12-30", None),
    ],
)
def test_a_date_is_what_its_format_says(form: str, text: str, expected: datetime | None) -> None:
    dates = Dates([form], "UTC")
    if expected is None:
        with pytest.raises(BadText):
            dates.instant(text)
    else:
        assert dates.instant(text) == expected


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2027-07-01", datetime(2027, 6, 30, 22, tzinfo=UTC)),
        ("2027-03-28 02:30", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),  # skipped: fold=0
        ("2027-10-31 02:30", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),  # twice: the earlier
    ],
)
def test_a_local_time_takes_the_zones_rules(text: str, utc: datetime) -> None:
    assert Dates(["iso"], "Europe/Berlin").instant(text) == utc


def test_the_first_format_whose_shape_fits_decides() -> None:
    assert Dates(["D/M/YY", "M/D/YY"], "UTC").instant("3/4/17").month == 4
    assert Dates(["iso", "M/D/YY"], "UTC").instant("3/4/17").month == 3
    with pytest.raises(BadText):  # no month 25; day and month are not swapped until it fits
        Dates(["M/D/YY", "D/M/YY"], "UTC").instant("25/4/17")


@pytest.mark.parametrize("form", ["", "M/D", "M/M/YY", "YYYY", "dd.mm.yyyy", "M/D/YY YYYY"])
def test_a_format_without_day_month_and_year_is_none(form: str) -> None:
    with pytest.raises(ValueError, match="a date format"):
        date_pattern(form)


@pytest.mark.parametrize(
    ("text", "decimals", "expected"),
    [
        ("1234", ".", "1234"),
        ("$1,234.00", ".", "1234.00"),
        ("-$5", ".", "-5"),
        ("$-5", ".", "-5"),
        ("USD 1,234.5", ".", "1234.5"),
        ("1'234.50 CHF", ".", "1234.50"),
        ("￥1", ".", None),
        ("¥12,000", ".", "12000"),
        ("12,34,567", ".", "1234567"),
        (".5", ".", ".5"),
        ("1.234,56 €", ",", "1234.56"),
        ("1 234,56", ",", "1234.56"),
        ("12,5", ".", None),
        ("1.5", ",", "1.5x"),
        ("1,23,4", ".", None),
        ("1.2.3", ".", None),
        ("abc", ".", None),
        ("", ".", None),
        ("١٢", ".", "12"),
        ("1e5", ".", None),
        ("(5)", ".", None),
    ],
)
def test_a_number_is_read_whole_or_not_at_all(
    text: str, decimals: str, expected: str | None
) -> None:
    assert decimals in {".", ","}
    if expected is None or expected.endswith("x"):
        with pytest.raises(BadText):
            number(text, "," if decimals == "," else ".")
    else:
        assert number(text, "," if decimals == "," else ".") == Decimal(expected)


def test_an_amount_is_in_minor_units_and_says_when_it_was_rounded() -> None:
    assert minor_units("$1,234.00", 100) == (123400, False)
    assert minor_units("0.125", 100) == (12, True)
    assert minor_units("0.135", 100) == (14, True)
    assert minor_units("0", 100) == (0, False)


@pytest.mark.parametrize("text", ["-1", "99999999999999999"])
def test_an_amount_no_deal_can_have_is_none(text: str) -> None:
    with pytest.raises(BadText):
        minor_units(text, 100)


@given(st.integers(min_value=0, max_value=10**12))
def test_every_way_to_write_an_amount_means_the_same(cents: int) -> None:
    amount = Decimal(cents) / 100
    plain, grouped = f"{amount:.2f}", f"{amount:,.2f}"
    continental = grouped.translate(str.maketrans(",.", ".,"))
    assert minor_units(plain, 100) == minor_units(f"${grouped}", 100) == (cents, False)
    assert minor_units(continental, 100, ",") == (cents, False)


@given(st.text(max_size=40))
def test_any_text_is_a_value_or_a_fault_and_nothing_else(text: str) -> None:
    for read in (Dates(["iso", "M/D/YY"], "Asia/Shanghai").instant, number):
        with suppress(BadText):
            read(text)
