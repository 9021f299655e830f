"""Which deal that they won, and which that they lost, does each person tell of in a review?

Population: deals that ended in the window, won or lost, by who owned them at the end; what we
dropped ourselves is no loss, and an end that was taken back is none. Of each sort the one that took
longest is told: most was done in it, and it shows best where deals get stuck. The largest would not
do, since two currencies cannot be compared, nor the latest, which says no more than when it was. Of
equal ones the later end, then the id. One whose opening nobody knows is told if there is no other.

Took: from the opening to the end, on hold included, in days of the playbook's calendar, which are
days of clock time but in a demo. Longest in: the stage with the most time in all its visits, those
left out of which nobody knows both ends; of equal ones the first entered. Must never say whose
deals are better.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import RowMapping, Select, case, func, select

from deals.model import Names
from deals.playbook import Playbook
from ledger import tables
from ledger.deals import DealRow, listed_deals
from ledger.session import Ledger
from reports.cases import Find, stage_name

_DAY: Final = timedelta(days=1)

Books = Mapping[tuple[str, int], Playbook]
"""Playbooks by id and version."""


class Stay(NamedTuple):
    """A stage, and how long a deal stood in it, in days of its calendar."""

    stage: Names
    days: float


@dataclass(frozen=True, slots=True)
class Told:
    """A deal that is told.

    Attributes:
        deal: its amount is that at the end, its close reason the one that was stated.
        days: how long it took; None: nobody knows when it was opened.
        actions_n: what was done in it; `follow_ups_n` of these are follow-ups.
        longest: where it stood longest; None: of no visit both ends are known.
        ended_in: the stage it ended in; None: nobody knows.
    """

    deal: DealRow
    days: float | None
    actions_n: int
    follow_ups_n: int
    longest: Stay | None
    ended_in: Names | None


@dataclass(frozen=True, slots=True)
class Pair:
    """What one person tells of; None: no deal of theirs ended so."""

    won: Told | None
    lost: Told | None


async def won_and_lost(
    ledger: Ledger, owners: Collection[str], find: Find, *, since: datetime, until: datetime
) -> dict[str, Pair]:
    """What each of these owners tells of, by their id.

    Args:
        ledger: where to look.
        owners: who tells.
        find: finds playbooks.
        since: when the window begins.
        until: when it has ended.
    """
    ended = await ledger.rows(_ended(owners, since, until))
    books = {one: await find(*one) for one in {_pinned(row) for row in ended}}
    chosen: dict[tuple[str, str], RowMapping] = {}
    for row in sorted(ended, key=lambda row: _order(row, books)):
        chosen.setdefault((row["owner"], row["status"]), row)
    told = await _told(ledger, tuple(chosen.values()), books)
    of = {key: told[row["id"]] for key, row in chosen.items()}
    return {one: Pair(of.get((one, "won")), of.get((one, "lost"))) for one in owners}


def _ended(owners: Collection[str], since: datetime, until: datetime) -> Select[*tuple[Any, ...]]:
    deal = tables.deals.c
    named = ("id", "owner", "status", "playbook_id", "playbook_version", "opened_at", "closed_at")
    return (
        select(*(deal[name] for name in named))
        .where(deal.status.in_(("won", "lost")), deal.owner.in_(sorted(owners)))
        .where(deal.closed_at >= since, deal.closed_at < until)
    )


def _pinned(row: RowMapping) -> tuple[str, int]:
    return row["playbook_id"], row["playbook_version"]


def _days(row: RowMapping, books: Books) -> float | None:
    if row["opened_at"] is None:
        return None
    days: float = (row["closed_at"] - row["opened_at"]) / _DAY
    return days * books[_pinned(row)].calendar.scale


def _order(row: RowMapping, books: Books) -> tuple[bool, float, float, str]:
    """The first of a person's is told."""
    days = _days(row, books)
    return days is None, -(days or 0), -row["closed_at"].timestamp(), row["id"]


async def _told(ledger: Ledger, rows: Sequence[RowMapping], books: Books) -> dict[str, Told]:
    """What is told of these deals, by their id."""
    ids = [row["id"] for row in rows]
    done = {row["deal_id"]: row for row in await ledger.rows(_done(ids))}
    visits: defaultdict[str, list[RowMapping]] = defaultdict(list)
    for visit in await ledger.rows(_visits(ids)):
        visits[visit["deal_id"]].append(visit)
    listed = {deal.id: deal for deal in await listed_deals(ledger, ids)}
    return {
        row["id"]: Told(
            deal=listed[row["id"]],
            days=_days(row, books),
            actions_n=done[row["id"]]["n"] if row["id"] in done else 0,
            follow_ups_n=done[row["id"]]["follow_ups"] if row["id"] in done else 0,
            longest=_longest(visits[row["id"]], books[_pinned(row)]),
            ended_in=_ended_in(visits[row["id"]], books[_pinned(row)]),
        )
        for row in rows
    }


def _done(ids: Sequence[str]) -> Select[*tuple[Any, ...]]:
    """How much was done before the end."""
    action = tables.actions.c
    follow_ups = func.sum(case((action.follow_up, 1), else_=0)).label("follow_ups")
    return (
        select(action.deal_id, func.count().label("n"), follow_ups)
        .where(action.deal_id.in_(ids), ~action.after_close)
        .group_by(action.deal_id)
    )


def _visits(ids: Sequence[str]) -> Select[*tuple[Any, ...]]:
    visit = tables.stage_visits.c
    return (
        select(visit.deal_id, visit.stage, visit.entered_at, visit.ended_at)
        .where(visit.deal_id.in_(ids))
        .order_by(visit.deal_id, visit.number)
    )


def _longest(visits: Sequence[RowMapping], book: Playbook) -> Stay | None:
    spent: defaultdict[str, float] = defaultdict(float)
    for one in visits:
        if one["entered_at"] and one["ended_at"]:
            spent[one["stage"]] += (one["ended_at"] - one["entered_at"]) / _DAY
    if not spent:
        return None
    stage = max(spent, key=lambda one: spent[one])
    return Stay(stage_name(book, stage), spent[stage] * book.calendar.scale)


def _ended_in(visits: Sequence[RowMapping], book: Playbook) -> Names | None:
    return stage_name(book, visits[-1]["stage"]) if visits else None
