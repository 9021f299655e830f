"""Reading the board: what stands in each stage, and the deals of it that are due first.

Decides how open deals are counted by stage, and which of them a column shows. Must never write.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, not_, select

from deals.clock import ClockKind, ClockState
from ledger.deals import DealRow
from ledger.session import Ledger
from ledger.tables import clocks, deals


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """Which open deals; None does not ask."""

    playbook: str
    team: str | None = None
    owner: str | None = None
    source: str | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in one stage, in one currency.

    Attributes:
        late: with a due instant that was missed; `today` and `soon` are due by then.
    """

    stage: str
    currency: str
    n: int
    amount_minor: int
    late: int
    today: int
    soon: int


@dataclass(frozen=True, slots=True)
class Card:
    """A deal on the board, and the clock of it that is due first."""

    id: str
    title: str
    customer: str
    owner: str | None
    amount_minor: int | None
    currency: str
    stage: str
    stage_entered_at: datetime | None
    status: str
    hold_until: datetime | None
    seq: int
    clock: ClockKind | None
    subject: str | None
    due_at: datetime | None
    state: ClockState | None


@dataclass(frozen=True, slots=True)
class Won:
    """What was won since an instant.

    Attributes:
        amounts: in minor units of each currency, of the deals whose amount is known.
        last: those won last, the latest first.
    """

    n: int
    amounts: tuple[tuple[int, str], ...]
    last: tuple[DealRow, ...]


_CARD = (
    *(deals.c[name] for name in ("id", "title", "customer", "owner", "amount_minor", "currency")),
    *(deals.c[name] for name in ("stage", "stage_entered_at", "status", "hold_until", "seq")),
)


async def standings(
    ledger: Ledger, wanted: BoardFilter, *, today_until: datetime, soon_until: datetime
) -> tuple[Standing, ...]:
    """What stands where; what is late is neither due today nor soon.

    Args:
        ledger: where to look.
        wanted: which deals.
        today_until: the end of the reader's day.
        soon_until: up to when a clock is due soon.
    """
    is_late, due = deals.c.overdue, deals.c.next_due_at
    open_ = and_(not_(is_late), deals.c.status == "open")
    statement = (
        select(
            deals.c.stage,
            deals.c.currency,
            func.count(),
            func.coalesce(func.sum(deals.c.amount_minor), 0),
            _count(is_late),
            _count(and_(open_, due < today_until)),
            _count(and_(open_, due >= today_until, due < soon_until)),
        )
        .where(*_conditions(wanted))
        .group_by(deals.c.stage, deals.c.currency)
        .order_by(deals.c.currency)
    )
    return await ledger.read(_standings, statement)


async def cards(
    ledger: Ledger, wanted: BoardFilter, *, stages: Sequence[str], each: int
) -> tuple[Card, ...]:
    """The first deals of each stage: what is late first, then by due instant."""
    return await ledger.read(_cards, wanted, stages, each)


async def won(ledger: Ledger, wanted: BoardFilter, *, since: datetime, limit: int) -> Won:
    """What was won since then, whether or not it was late on the way."""
    return await ledger.read_as_one(_won, wanted, since, limit)


async def busiest_playbook(ledger: Ledger) -> str | None:
    """The playbook with most open deals."""
    statement = (
        select(deals.c.playbook_id)
        .where(deals.c.status.in_(("open", "on_hold")))
        .group_by(deals.c.playbook_id)
        .order_by(func.count().desc(), deals.c.playbook_id)
        .limit(1)
    )
    found = await ledger.rows(statement)
    return found[0]["playbook_id"] if found else None


_NO_CLOCK: Final[dict[str, Any]] = dict.fromkeys(("clock", "subject", "due_at", "state"))


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _conditions(wanted: BoardFilter) -> Iterator[ColumnElement[bool]]:
    yield deals.c.status.in_(("open", "on_hold"))
    yield not_(deals.c.in_pool)
    yield from _whose(wanted)
    if wanted.late:
        yield deals.c.overdue


def _whose(wanted: BoardFilter) -> Iterator[ColumnElement[bool]]:
    yield deals.c.playbook_id == wanted.playbook
    for name in ("team", "owner", "source"):
        value = getattr(wanted, name)
        if value is not None:
            yield deals.c[name] == value


def _standings(connection: Connection, statement: Select[Any]) -> tuple[Standing, ...]:
    return tuple(Standing(*row) for row in connection.execute(statement))


def _won(connection: Connection, wanted: BoardFilter, since: datetime, limit: int) -> Won:
    mine = (deals.c.status == "won", deals.c.closed_at >= since, *_whose(wanted))
    sums = (
        select(func.count(), func.sum(deals.c.amount_minor), deals.c.currency)
        .where(*mine)
        .group_by(deals.c.currency)
        .order_by(deals.c.currency)
    )
    stood = connection.execute(sums).all()
    names = [field.name for field in fields(DealRow)]
    last = (
        select(*(deals.c[name] for name in names))
        .where(*mine)
        .order_by(deals.c.closed_at.desc(), deals.c.id)
        .limit(limit)
    )
    return Won(
        n=sum(n for n, _, _ in stood),
        amounts=tuple((int(amount), currency) for _, amount, currency in stood if amount),
        last=tuple(DealRow(**row) for row in connection.execute(last).mappings()),
    )


def _cards(
    connection: Connection, wanted: BoardFilter, stages: Sequence[str], each: int
) -> tuple[Card, ...]:
    due = deals.c.next_due_at
    place = (
        func.row_number()
        .over(
            partition_by=deals.c.stage,
            order_by=(not_(deals.c.overdue), due.is_(None), due, deals.c.id),
        )
        .label("place")
    )  # fmt: skip
    ranked = (
        select(*_CARD, place)
        .where(*_conditions(wanted), deals.c.stage.in_(stages))
        .subquery("ranked")
    )
    statement = (
        select(ranked).where(ranked.c.place <= each).order_by(ranked.c.stage, ranked.c.place)
    )
    found = connection.execute(statement).mappings().all()
    first = _first_clocks(connection, [row["id"] for row in found])
    names = [column.name for column in _CARD]
    return tuple(
        Card(**{name: row[name] for name in names}, **first.get(row["id"], _NO_CLOCK))
        for row in found
    )


def _first_clocks(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Of each deal the clock that was missed, else the one due first."""
    live = clocks.c.state.in_(("running", "breached", "paused"))
    statement = (
        select(
            clocks.c.deal_id,
            clocks.c.kind.label("clock"),
            clocks.c.subject,
            clocks.c.due_at,
            clocks.c.state,
        )
        .where(clocks.c.deal_id.in_(ids), live)
        .order_by(clocks.c.state != "breached", clocks.c.due_at.is_(None), clocks.c.due_at)
    )
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute(statement).mappings():
        clock = dict(row)
        found.setdefault(clock.pop("deal_id"), clock)
    return found
