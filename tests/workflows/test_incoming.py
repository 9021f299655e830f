"""What is a command at all, whoever sent it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deals.commands import PlaceHold, RecordAction
from deals.evolve import evolve, fold
from deals.refusals import Code, Refused
from tests.workflows.scene import opened
from workflows.incoming import read, unreadable

DEAL = fold(None, opened("D1").outbox)
NOW = datetime(2027, 1, 4, tzinfo=UTC)

JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=6,
)
ALMOST = some.fixed_dictionaries(
    {"kind": some.sampled_from(["record_action", "place_hold", "close", "pass_time", "open_deal"])},
    optional={
        "command_id": JSON,
        "actor": JSON,
        "action": JSON,
        "until": JSON,
        "reason": JSON,
        "outcome": JSON,
        "occurred_at": JSON,
    },
)


def faults(*sent: Any) -> list[dict[str, str]]:
    with pytest.raises(Refused) as refused:
        read(sent, otherwise="spare")
    assert refused.value.code is Code.BAD_COMMAND
    found: list[dict[str, str]] = refused.value.facts["faults"]
    return found


def test_a_command_is_read_from_plain_json() -> None:
    command = read([{"kind": "record_action", "action": "call", "command_id": "a"}], otherwise="b")

    assert isinstance(command, RecordAction)
    assert (command.command_id, command.actor.role) == ("a", "ops")


def test_a_command_without_an_id_gets_one() -> None:
    assert read([{"kind": "advance"}], otherwise="spare").command_id == "spare"


def test_midnight_is_an_instant_and_not_a_day() -> None:
    command = {"kind": "place_hold", "reason": "trade fair", "until": "2027-01-15T00:00:00Z"}

    hold = read([command], otherwise="spare")

    assert isinstance(hold, PlaceHold)
    assert hold.until == datetime(2027, 1, 15, tzinfo=UTC)


def test_faults_are_named_by_field() -> None:
    assert faults({"kind": "record_action", "action": "call", "mood": "good"}) == [
        {"field": "record_action.mood", "fault": "Extra inputs are not permitted"}
    ]


@pytest.mark.parametrize("sent", [(), ({"kind": "advance"}, {"kind": "advance"})])
def test_anything_but_one_command_is_refused(sent: tuple[Any, ...]) -> None:
    assert faults(*sent)


@pytest.mark.parametrize("kind", ["open_deal", "import_deal", "pass_time", "", None])
def test_commands_of_the_engine_cannot_be_sent(kind: str | None) -> None:
    assert faults({"kind": kind})


def test_text_that_no_store_can_keep_is_refused() -> None:
    assert faults({"kind": "record_action", "action": "call", "note": "a\0b"})
    assert faults({"kind": "record_action", "action": "call", "note": "\ud800"})


@given(some.lists(JSON | ALMOST, max_size=2))
def test_nothing_that_is_sent_breaks_the_reading(sent: list[Any]) -> None:
    try:
        command = read(sent, otherwise="spare")
    except Refused as refused:
        event = unreadable(DEAL, sent, refused, command_id="spare", now=NOW)
        assert evolve(DEAL, event).answers["spare"].refusal == "bad_command"
    else:
        assert command.command_id
