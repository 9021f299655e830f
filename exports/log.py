"""The event log as other tools understand one: what happened, when, by whom, to which deal.

Decides what each event is called and which of its facts go along. Everything that happened goes
out, in the order of each deal; only the setting of clocks does not, which nobody did. An event
whose instant nobody knows stands at the instant before it, and says so. Must never know a format.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from deals import events as e
from deals.evolve import fold
from ledger.timeline import lives

Value = str | int | float | bool
"""What an attribute can be."""

_OMITTED: Final = frozenset({"clocks_set"})
"""Kinds that nobody did and nothing happened in; breaches and rungs are kinds of their own."""

_ENVELOPE: Final = frozenset(
    {
        *("seq", "at", "occurred_at", "actor", "command_id", "n", "digest", "kind"),
        *("calendar", "own", "deal_id"),
    }
)
"""Fields of an event that are said elsewhere, or are no facts."""

_NAMES: Final = {
    "deal_opened": "open deal",
    "deal_won": "win",
    "deal_lost": "lose",
    "deal_dropped": "drop",
    "deal_reopened": "reopen",
    "deal_assigned": "assign",
    "deal_claimed": "claim",
    "deal_pooled": "return to the pool",
    "facts_recorded": "record facts",
    "reply_recorded": "reply of the customer",
    "next_step_set": "promise next step",
    "hold_placed": "place hold",
    "hold_released": "release hold",
    "override_asked": "ask for an override",
    "gate_overridden": "override gate",
    "clock_breached": "miss a due instant",
    "rung_reached": "reach a rung",
    "escalation_acknowledged": "acknowledge escalation",
    "escalation_commented": "comment escalation",
    "calendar_changed": "change calendar",
    "playbook_changed": "change playbook",
    "command_refused": "refuse command",
}
"""What events are called that do not name themselves; one word for one thing, as everywhere."""


class Happening(NamedTuple):
    """One event of a deal.

    Attributes:
        at: when it happened; where nobody knows, the instant before it.
        is_dated: whether that is known.
        actor: who did it; empty: nobody known.
    """

    seq: int
    kind: str
    activity: str
    at: datetime
    is_dated: bool
    actor: str
    role: str
    attributes: dict[str, Value]


class Case(NamedTuple):
    """A deal with everything that happened to it, oldest first."""

    deal_id: str
    attributes: dict[str, Value]
    happenings: tuple[Happening, ...]


def cases(connection: Connection) -> Iterator[Case]:
    """Every deal, by id; a part of them is in memory at a time."""
    for deal_id, life in lives(connection):
        yield Case(deal_id, _of_deal(life), tuple(_happenings(life)))


def _of_deal(life: Sequence[e.Event]) -> dict[str, Value]:
    deal = fold(None, life)
    told = {
        "title": deal.title,
        "customer": deal.customer,
        "owner": deal.owner,
        "team": deal.team,
        "source": deal.source,
        "amount_minor": deal.amount_minor,
        "currency": deal.currency,
        "playbook": f"{deal.playbook.id}@{deal.playbook.version}",
        "status": deal.status,
    }
    return {name: value for name, value in told.items() if value is not None}


def _happenings(life: Sequence[e.Event]) -> Iterator[Happening]:
    latest: datetime | None = None
    for event in life:
        at = event.occurred_at or latest or event.at
        latest = at
        if event.kind in _OMITTED:
            continue
        yield Happening(
            seq=event.seq,
            kind=event.kind,
            activity=_activity(event),
            at=at,
            is_dated=event.occurred_at is not None,
            actor=event.actor.id,
            role=event.actor.role,
            attributes=_attributes(event),
        )


def _activity(event: e.Event) -> str:
    match event:
        case e.StageEntered():
            return f"enter {event.stage}"
        case e.ActionRecorded():
            return event.action
        case e.Noted():
            return event.note.split("\n", 1)[0] or "note"
        case _:
            return _NAMES[event.kind]


def _attributes(event: e.Event) -> dict[str, Value]:
    """The event's own fields, flat: facts under their names, what is not there left out."""
    told: dict[str, Value] = {}
    for name, value in event.model_dump(mode="json").items():
        if name not in _ENVELOPE:
            told |= _flat(name, value)
    return told


def _flat(name: str, value: Any) -> dict[str, Value]:  # noqa: ANN401 - any JSON
    if isinstance(value, Value):
        return {name: value}
    if isinstance(value, dict):
        inner = (_flat(f"{name}.{key}", one) for key, one in value.items())
        return {key: one for some in inner for key, one in some.items()}
    return {}
