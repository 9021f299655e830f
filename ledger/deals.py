"""Reading deals: one whole, or lists of them as they are now.

Decides how lists are filtered and sorted. Must never write, nor know what a deal may do.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final, Literal, get_args

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from deals.deal import Deal, Status
from ledger import tables
from ledger.paging import DEFAULT_PAGE, Order, Page, page
from ledger.present import searchable
from ledger.session import Ledger

Sort = Literal[
    "id",
    "title",
    "-heard_at",
    "opened_at",
    "-opened_at",
    "closed_at",
    "-closed_at",
    "stage_entered_at",
    "-stage_entered_at",
    "next_due_at",
    "amount_minor",
    "-amount_minor",
]
"""The orders of a list of deals; a hyphen in front: highest first."""

READ_YOUR_WRITES: Final = 0.25
"""Clock seconds that `wait_for_seq` waits at most. A choice: twice as long as a deal gathers its
events on a quiet machine (ADR 0012)."""

POLL_SECONDS: Final = 0.005
"""How often `wait_for_seq` looks. Source: the record follows the answer after about 4 ms."""

STATES_AT_ONCE: Final = 200
"""How many whole deals one statement reads. A choice: one to two megabytes."""

_deals = tables.deals.c
_ROW = [column for column in _deals if column is not _deals.search]


@dataclass(frozen=True, slots=True)
class DealRow:
    """A deal in a list, as it is now. Amounts in minor units of `currency`."""

    id: str
    title: str
    customer: str
    owner: str | None
    team: str | None
    source: str | None
    amount_minor: int | None
    currency: str
    playbook_id: str
    playbook_version: int
    playbook_digest: str
    stage: str | None
    visit: int | None
    stage_entered_at: datetime | None
    status: Status
    in_pool: bool
    overdue: bool
    hold_until: datetime | None
    claimed_at: datetime | None
    protected_until: datetime | None
    next_due_at: datetime | None
    opened_at: datetime | None
    seen_at: datetime | None
    closed_at: datetime | None
    close_reason: str | None
    follow_ups: int
    seq: int
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class DealFilter:
    """Which deals; None does not ask.

    Attributes:
        status: any of these.
        q: part of the title, the customer or the id, in any case.
    """

    status: tuple[Status, ...] | None = None
    stage: str | None = None
    owner: str | None = None
    team: str | None = None
    source: str | None = None
    overdue: bool | None = None
    in_pool: bool | None = None
    q: str | None = None


async def deal_state(ledger: Ledger, deal_id: str) -> Deal | None:
    """The deal as recorded so far, but for the commands it remembers (`recall` has them, too).

    None if there is none of that id.
    """
    return await ledger.read(state_of, deal_id)


def state_of(connection: Connection, deal_id: str) -> Deal | None:
    """The same, within work that somebody else began."""
    held = tables.deal_states.c
    state = connection.scalar(select(held.state).where(held.deal_id == deal_id))
    return Deal.model_validate_json(state) if state else None


async def deal_states(ledger: Ledger, deal_ids: Iterable[str]) -> dict[str, Deal]:
    """Those deals by id, each as `deal_state` gives it; an id nobody has is left out."""
    held = tables.deal_states.c
    found: dict[str, Deal] = {}
    for some in _in_groups(sorted(set(deal_ids))):
        rows = await ledger.rows(select(held.deal_id, held.state).where(held.deal_id.in_(some)))
        found |= {row[held.deal_id]: Deal.model_validate_json(row[held.state]) for row in rows}
    return found


async def listed_deal(ledger: Ledger, deal_id: str) -> DealRow | None:
    """The deal as a list shows it; None if there is none of that id."""
    found = await ledger.rows(select(*_ROW).where(_deals.id == deal_id))
    return _read(found[0]) if found else None


async def listed_deals(ledger: Ledger, deal_ids: Sequence[str]) -> tuple[DealRow, ...]:
    """Those deals as a list shows them, by id; an id nobody has is left out."""
    found: list[DealRow] = []
    for some in _in_groups(sorted(set(deal_ids))):
        rows = await ledger.rows(select(*_ROW).where(_deals.id.in_(some)).order_by(_deals.id))
        found += map(_read, rows)
    return tuple(found)


async def list_deals(
    ledger: Ledger,
    wanted: DealFilter,
    *,
    sort: Sort = "-opened_at",
    cursor: str | None = None,
    limit: int = DEFAULT_PAGE,
) -> Page[DealRow]:
    """A page of the deals that pass the filter.

    Raises:
        BadCursor: the cursor is not one of this order.
    """
    statement = select(*_ROW).where(*_conditions(wanted))
    order = _ORDERS[sort]
    return await ledger.read(page, statement, order, _read, cursor=cursor, limit=limit)


async def customers_like(ledger: Ledger, q: str, *, limit: int) -> tuple[str, ...]:
    """Customers whose name contains that, in any case, by name."""
    wanted = searchable(q)
    statement = (
        select(_deals.customer)
        .where(_deals.search.contains(wanted, autoescape=True))
        .distinct()
        .order_by(_deals.customer)
    )
    found = (row["customer"] for row in await ledger.rows(statement))  # or their titles contain it
    return tuple(islice((one for one in found if wanted in searchable(one)), limit))


async def wait_for_seq(
    ledger: Ledger, deal_id: str, seq: int, within: float = READ_YOUR_WRITES
) -> bool:
    """Wait until a deal's record has come so far.

    Args:
        ledger: where to look.
        deal_id: whose record.
        seq: how far.
        within: clock seconds to wait at most.

    Returns:
        Whether it has.
    """
    until = time.monotonic() + within
    statement = select(_deals.seq).where(_deals.id == deal_id)
    while True:
        if any(row["seq"] >= seq for row in await ledger.rows(statement)):
            return True
        if time.monotonic() >= until:
            return False
        await asyncio.sleep(POLL_SECONDS)


def _in_groups(deal_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(deal_ids), STATES_AT_ONCE):
        yield deal_ids[start : start + STATES_AT_ONCE]


def _read(row: RowMapping) -> DealRow:
    return DealRow(**row)


def _orders() -> Iterator[tuple[Sort, Order]]:
    for sort in get_args(Sort):
        column = tables.deals.c[sort.removeprefix("-")]
        yield sort, Order(sort, column, _deals.id, descending=sort.startswith("-"))


_ORDERS: Final = dict(_orders())


def _conditions(wanted: DealFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.status is not None:
        yield _deals.status.in_(wanted.status)
    for name in ("stage", "owner", "team", "source", "overdue", "in_pool"):
        value = getattr(wanted, name)
        if value is not None:
            yield _deals[name] == value
    if wanted.q:
        yield _deals.search.contains(searchable(wanted.q), autoescape=True)
