"""What was promised for a week, and was it kept?

Population: next steps that owners promised, due in the window as last moved; whose they are is who
owned the deal at the due instant. Kept: done by then. Late: done afterwards. Missed: never done,
and the promise was replaced or the deal ended. Open: not done yet. A promise that ended before it
was due, without being done, was neither kept nor missed and is left out.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import RowMapping, Select, and_, select

from deals.events import EVENT, NextStepSet
from ledger import tables
from ledger.session import Ledger
from reports.cases import Staff

Became = Literal["kept", "late", "missed", "open"]


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise.

    Attributes:
        what: in its owner's words.
        done_at: when it was done, in time or late.
    """

    deal_id: str
    title: str
    customer: str
    owner: str
    what: str
    due_at: datetime
    became: Became
    done_at: datetime | None


def statement(
    owners: Collection[str], since: datetime, until: datetime
) -> Select[*tuple[Any, ...]]:
    """The clocks of promises that were due in `[since, until)`, in the order they were due."""
    clock, deal, event = tables.clocks.c, tables.deals.c, tables.events.c
    given = and_(event.deal_id == clock.deal_id, event.seq == clock.seq)
    return (
        select(*(clock[name] for name in _OF_CLOCK), deal.title, deal.customer, event.data)
        .join(tables.deals, deal.id == clock.deal_id)
        .join(tables.events, given)
        .where(clock.kind == "promise", clock.owner.in_(sorted(owners)))
        .where(clock.due_at >= since, clock.due_at < until)
        .order_by(clock.due_at, clock.deal_id, clock.seq)
    )


async def promises(
    ledger: Ledger, owners: Collection[str], staff: Staff, *, since: datetime, until: datetime
) -> tuple[Promise, ...]:
    """What these owners promised for `[since, until)`, in the order it was due."""
    rows = await ledger.rows(statement(owners, since, until))
    judged = ((row, _became(row)) for row in rows)
    return tuple(_promise(row, became, staff) for row, became in judged if became)


_OF_CLOCK = ("deal_id", "owner", "state", "due_at", "breached_at", "ended_at")


def _became(row: RowMapping) -> Became | None:
    match row["state"]:
        case "met":
            return "kept" if row["ended_at"] <= row["due_at"] else "late"
        case "stopped":
            return "missed" if row["breached_at"] else None
        case _:
            return "open"


def _promise(row: RowMapping, became: Became, staff: Staff) -> Promise:
    told = EVENT.validate_json(row["data"])
    return Promise(
        **{name: row[name] for name in ("deal_id", "title", "customer", "due_at")},
        owner=staff.name(row["owner"]),
        what=told.what if isinstance(told, NextStepSet) else "",
        became=became,
        done_at=row["ended_at"] if became in {"kept", "late"} else None,
    )
