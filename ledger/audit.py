"""Auditing: whether what the ledger says hangs together, and whether it is what a deal says.

Decides what counts as a difference. Must never repair anything; `rebuild` does, or a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, func, or_, select

from deals.deal import Deal
from deals.events import Event
from ledger.project import project
from ledger.rows import Key, Row, Rows, key_of
from ledger.session import Ledger
from ledger.tables import DERIVED, deals, events
from ledger.timeline import lives

DEALS_AT_ONCE: Final = 200
"""How many deals are compared together. A choice, as in `record`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it should be.

    Attributes:
        deal_id: whose record it is in.
        where: the field of the deal, or the table and the row's key.
        expected: what the deal says, or what its events say.
        found: what the ledger says.
    """

    deal_id: str
    where: str
    expected: object
    found: object


def compare(recorded: Deal, live: Deal) -> list[Difference]:
    """How a deal as the ledger has it differs from the deal as its workflow has it.

    A ledger that is merely behind differs in `seq` and more; look at the outbox first.
    """
    found, expected = recorded.model_dump(mode="json"), live.model_dump(mode="json")
    return [
        Difference(live.id, where, theirs, ours)
        for where, theirs, ours in _unequal("", expected, found)
    ]


def _unequal(where: str, expected: object, found: object) -> Iterator[tuple[str, object, object]]:
    """The places where two JSON values differ, as deep as their shape is the same."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in sorted({*expected, *found}):
            inner = f"{where}.{name}" if where else name
            yield from _unequal(inner, expected.get(name), found.get(name))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for place, pair in enumerate(zip(expected, found, strict=True)):
            yield from _unequal(f"{where}[{place}]", *pair)
    elif expected != found:
        yield where, expected, found


async def internal(ledger: Ledger) -> list[Difference]:
    """What does not hang together inside the ledger.

    That is: holes between events, rows that differ from what their events fold to, and deals
    without events.
    """
    return await ledger.read_as_one(_internal)


def _internal(connection: Connection) -> list[Difference]:
    differences = _holes(connection)
    if differences:
        return differences  # nothing can be folded over a hole
    for some in _in_groups(connection):
        differences += _against_events(connection, some)
    return differences + _without_events(connection)


def _holes(connection: Connection) -> list[Difference]:
    count, first, last = func.count(), func.min(events.c.seq), func.max(events.c.seq)
    statement = (
        select(events.c.deal_id, count, last)
        .group_by(events.c.deal_id)
        .having(or_(first != 1, last != count))
        .order_by(events.c.deal_id)
    )
    return [
        Difference(deal_id, "events", f"{last} events", f"{count} events")
        for deal_id, count, last in connection.execute(statement)
    ]


def _in_groups(connection: Connection) -> Iterator[dict[str, Sequence[Event]]]:
    some: dict[str, Sequence[Event]] = {}
    for deal_id, life in lives(connection):
        some[deal_id] = life
        if len(some) == DEALS_AT_ONCE:
            yield some
            some = {}
    yield some


def _against_events(
    connection: Connection, some: Mapping[str, Sequence[Event]]
) -> list[Difference]:
    """How the rows of these deals differ from what their events fold to."""
    folded = Rows()
    for life in some.values():
        folded.add(project(None, life)[1])
    differences: list[Difference] = []
    for table in DERIVED:
        owner = _deal_column(table)
        found = connection.execute(select(table).where(owner.in_(some)))
        stored = {key_of(table, row): dict(row) for row in found.mappings()}
        differences += _rows_unequal(table, folded.puts.get(table, {}), stored)
    return differences


def _rows_unequal(
    table: Table, expected: Mapping[Key, Row], found: Mapping[Key, Row]
) -> Iterator[Difference]:
    owner = _deal_column(table).name
    for key in sorted({*expected, *found}):
        should, stands = expected.get(key), found.get(key)
        if should == stands:
            continue
        deal_id = (should or stands or {})[owner]
        where = f"{table.name} {'/'.join(map(str, key))}"
        if should and stands:
            differing = [name for name in should if should[name] != stands[name]]
            should, stands = ({name: row[name] for name in differing} for row in (should, stands))
        yield Difference(deal_id, where, should, stands)


def _deal_column(table: Table) -> Column[Any]:
    return table.c.id if table is deals else table.c.deal_id


def _without_events(connection: Connection) -> list[Difference]:
    known = select(events.c.deal_id).where(events.c.deal_id == deals.c.id).exists()
    strays = connection.scalars(select(deals.c.id).where(~known).order_by(deals.c.id))
    return [Difference(deal_id, "deals", None, "a deal without events") for deal_id in strays]
