"""Recording: what a deal decided becomes rows, all of them or none.

Decides whether events are new, known already, or impossible. What is known is compared before it is
passed over; a difference is an alarm (`LedgerConflict`), and so is a hole (`LedgerGap`). Nothing
else may stop a deal's events: a deal whose record cannot be written can never continue. Must never
change an event.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from sqlalchemy import Connection, RowMapping, bindparam, insert, or_, select
from sqlalchemy.exc import IntegrityError

from deals.deal import Deal
from deals.events import Event
from ledger.imports import Source, claim
from ledger.notices import announce
from ledger.project import project
from ledger.rows import Row, Rows
from ledger.session import Ledger
from ledger.tables import deal_states, events
from ledger.touched import touch

log = logging.getLogger(__name__)

LIVES_PER_TRANSACTION: Final = 200
"""How many deals `record_many` writes at once. A choice: past it a transaction gets no cheaper, and
other writers of a SQLite ledger wait about a tenth of a second for it."""


class LedgerConflict(Exception):
    """The ledger holds another event in that place: an alarm, somebody decided twice.

    Attributes:
        deal_id: whose record it is.
        seq: the place.
    """

    def __init__(self, deal_id: str, seq: int, stored: str, given: str) -> None:
        super().__init__(f"deal {deal_id}, event {seq}: the ledger holds {stored}, not {given}")
        self.deal_id = deal_id
        self.seq = seq


class LedgerGap(Exception):
    """An event is missing before those that were given.

    Attributes:
        deal_id: whose record it is.
        expected: the seq that should come next.
    """

    def __init__(self, deal_id: str, expected: int, given: int) -> None:
        super().__init__(f"deal {deal_id}: event {given} was given, {expected} comes next")
        self.deal_id = deal_id
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Life:
    """Events of one deal, oldest first; of an imported deal also the row it came from."""

    deal_id: str
    events: Sequence[Event]
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class RecordResult:
    """What recording did.

    Attributes:
        seq: up to where the events given are recorded.
        added: how many of them were new.
        known: how many were there already.
        to_tell: the persons who have to be told of the new ones.
    """

    deal_id: str
    seq: int
    added: int
    known: int
    to_tell: frozenset[str] = frozenset()


async def record(ledger: Ledger, deal_id: str, happened: Sequence[Event]) -> RecordResult:
    """Record events of one deal, in one transaction.

    Args:
        ledger: where to.
        deal_id: whose events they are.
        happened: the events, oldest first, without holes; those already recorded are compared.

    Raises:
        LedgerConflict: another event is recorded in one of their places.
        LedgerGap: an event is missing before or among them.
        ValueError: there is no event.
    """
    (result,) = await _record(ledger, (Life(deal_id, happened),))
    return result


async def record_many(ledger: Ledger, lives: Iterable[Life]) -> list[RecordResult]:
    """Record events of many deals, each deal once, in as few transactions as is sensible.

    Each transaction holds whole lives, with the rows they came from: after a fault the lives before
    it are recorded, and a repeat adds the rest.

    Raises:
        LedgerConflict: another event is recorded in the place of one of them.
        LedgerGap: an event is missing before or among them.
        ValueError: a life without events, or two of one deal.
    """
    results: list[RecordResult] = []
    for some in _in_chunks(lives):
        results += await _record(ledger, some)
    return results


def _in_chunks(lives: Iterable[Life]) -> Iterator[tuple[Life, ...]]:
    left = iter(lives)
    while some := tuple(islice(left, LIVES_PER_TRANSACTION)):
        yield some


async def _record(ledger: Ledger, lives: Sequence[Life]) -> list[RecordResult]:
    if len({life.deal_id for life in lives}) < len(lives) or not all(life.events for life in lives):
        raise ValueError("each life needs events, and a deal of its own")
    try:
        return await ledger.write(_write, lives)
    except IntegrityError:
        # Either a command id comes again after very long, or somebody else recorded the first
        # events of a deal at the same time: PostgreSQL has no row to lock before there is one.
        return await ledger.write(_write, lives, look_closely=True)


def _write(
    connection: Connection, lives: Sequence[Life], *, look_closely: bool = False
) -> list[RecordResult]:
    results: dict[str, RecordResult] = {}
    added: list[Row] = []
    rows = Rows()
    for life in sorted(lives, key=_deal_id):  # all lock in one order: nobody waits in a circle
        before = _locked(connection, life.deal_id)
        last = before.seq if before else 0
        is_repeat = life.events[0].seq <= last
        recorded = _recorded(connection, life) if is_repeat or look_closely else ()
        fresh, told = _fresh(life, last, recorded), frozenset[str]()
        if fresh:
            after, changes = project(before, fresh)
            _check_id(life, after)
            if life.source is None:  # nobody is told of a past that was imported
                told = announce(connection, life.deal_id, before.owner if before else None, fresh)
            added += _event_rows(life.deal_id, fresh, recorded)
            rows.add(changes)
        seq = fresh[-1].seq if fresh else life.events[-1].seq
        known = len(life.events) - len(fresh)
        results[life.deal_id] = RecordResult(life.deal_id, seq, len(fresh), known, told)
    if added:
        connection.execute(insert(events), added)
    rows.write(connection)
    touch(connection, [one.deal_id for one in results.values() if one.added])
    claim(connection, {life.source: life.deal_id for life in lives if life.source})
    return [results[life.deal_id] for life in lives]


def _deal_id(life: Life) -> str:
    return life.deal_id


_STATE: Final = (
    select(deal_states.c.state)
    .where(deal_states.c.deal_id == bindparam("deal_id"))
    .with_for_update()
)
_RECORDED: Final = select(events.c.seq, events.c.kind, events.c.command_id, events.c.n).where(
    events.c.deal_id == bindparam("deal_id"),
    or_(
        events.c.seq >= bindparam("first"),
        events.c.command_id.in_(bindparam("commands", expanding=True)),
    ),
)


def _locked(connection: Connection, deal_id: str) -> Deal | None:
    """The deal as recorded so far, but for the commands it remembers.

    Nobody else records for it until this transaction ends.
    """
    state = connection.scalar(_STATE, {"deal_id": deal_id})
    return Deal.model_validate_json(state) if state else None


def _recorded(connection: Connection, life: Life) -> Sequence[RowMapping]:
    """Recorded events that the given ones may repeat: in their places, or of their commands."""
    given = {
        "deal_id": life.deal_id,
        "first": life.events[0].seq,
        "commands": [event.command_id for event in life.events],
    }
    return connection.execute(_RECORDED, given).mappings().all()


def _fresh(life: Life, last: int, recorded: Sequence[RowMapping]) -> list[Event]:
    """The events after the last recorded one; those before it are compared.

    Raises:
        LedgerConflict: a recorded event is another one.
        LedgerGap: there is a hole.
    """
    in_place = {row["seq"]: row for row in recorded}
    fresh: list[Event] = []
    expected = min(life.events[0].seq, last + 1)
    for event in life.events:
        if event.seq != expected:
            raise LedgerGap(life.deal_id, expected, event.seq)
        expected += 1
        if event.seq > last:
            fresh.append(event)
            continue
        _compare(life.deal_id, event, in_place.get(event.seq))
    return fresh


def _compare(deal_id: str, event: Event, row: RowMapping | None) -> None:
    if row is None:
        raise LedgerConflict(deal_id, event.seq, "nothing", _told(event.kind, event.command_id))
    own = {event.command_id, _told_apart(event)}
    if row["kind"] != event.kind or row["n"] != event.n or row["command_id"] not in own:
        stored = _told(row["kind"], row["command_id"])
        raise LedgerConflict(deal_id, event.seq, stored, _told(event.kind, event.command_id))


def _told(kind: str, command_id: str) -> str:
    return f"{kind} of command {command_id!r}"


def _told_apart(event: Event) -> str:
    """A command id that was used before, with a mark that no id has: ids hold no spaces."""
    return f"{event.command_id} #{event.seq}"


def _check_id(life: Life, deal: Deal) -> None:
    if deal.id != life.deal_id:
        raise LedgerConflict(life.deal_id, 1, f"deal {life.deal_id}", f"deal {deal.id}")


def _event_rows(
    deal_id: str, fresh: Sequence[Event], recorded: Sequence[RowMapping]
) -> Iterator[Row]:
    """The rows of new events.

    A deal remembers its latest commands only, so a very old id can come again as a new command. It
    has been decided, so it is kept; the stored id is told apart, and somebody should look.
    """
    used = {(row["command_id"], row["n"]) for row in recorded}
    for event in fresh:
        row = _event_row(deal_id, event)
        if (event.command_id, event.n) in used:
            row["command_id"] = _told_apart(event)
            log.error(
                "deal %s: command id %r was used before; event %d is kept under %r",
                *(deal_id, event.command_id, event.seq, row["command_id"]),
            )
        used.add((row["command_id"], event.n))
        yield row


def _event_row(deal_id: str, event: Event) -> Row:
    return {
        "deal_id": deal_id,
        "seq": event.seq,
        "kind": event.kind,
        "at": event.at,
        "occurred_at": event.occurred_at,
        "actor": event.actor.id,
        "actor_role": event.actor.role,
        "command_id": event.command_id,
        "n": event.n,
        "data": event.model_dump_json(),
    }
