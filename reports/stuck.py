"""Where is most stuck, and why?

Population: open deals of some owners, those on hold left out, as the ledger has them now. Stuck: a
clock was missed and is not answered. Age: from the entry of the present visit to `as_of`, in days
of clock time; where an import knows no entry there is none. Most stuck stage: the most stuck deals,
then the greater share of its deals, then the earlier one. Most stuck deal: the longest past its due
instant, then the greater amount, then the id.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import RowMapping, Select, func, select

from deals.clock import ClockKind
from deals.duration import Duration
from deals.model import Names
from deals.playbook import Playbook
from ledger import tables
from ledger.session import Ledger
from reports.cases import Case, Find, Staff, cases
from reports.estimators import quantile
from reports.stuck_deals import StuckDeal, stated, stuck_deal

LISTED: Final = 6
"""Deals to talk about. A choice: four minutes each."""

LOOKED_AT: Final = 200
"""Deals of the most stuck stage that are asked for their reasons, the most stuck first. A choice:
what is most frequent shows long before."""

NAMED: Final = 3
"""Reasons of each sort that are named. A choice."""

_DAY: Final = timedelta(days=1)

Cause = tuple[ClockKind | None, str]
"""What holds a deal up: a clock's kind and subject, or None and what its gate lacks."""


@dataclass(frozen=True, slots=True)
class StuckStage:
    """How one stage of a playbook stands.

    Attributes:
        n: its open deals; `stuck_n` of them are stuck.
        age_p50_days: median age, of those whose entry is known.
        usual: how long the playbook expects a stay to last.
    """

    playbook_id: str
    playbook: Names
    stage: Names
    n: int
    stuck_n: int
    age_p50_days: float | None
    usual: Duration | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason, and how many deals it holds up.

    Attributes:
        kind: of the clock that was missed; None where the gate lacks something.
        name: the action or fact; None where any movement would do, or a promise was missed.
    """

    kind: ClockKind | None
    name: Names | None
    n: int


@dataclass(frozen=True, slots=True)
class Stuck:
    """Where things stand.

    Attributes:
        n: open deals; `stuck_n` of them are stuck.
        stages: those with open deals, in order.
        most: the most stuck one; None: nothing is stuck.
        asked_n: its stuck deals that were asked for their reasons.
        clocks: which clocks they missed, and `lacking` what their gate lacks: the most frequent.
        deals: the most stuck ones of all stages.
    """

    n: int
    stuck_n: int
    stages: tuple[StuckStage, ...]
    most: StuckStage | None
    asked_n: int
    clocks: tuple[Reason, ...]
    lacking: tuple[Reason, ...]
    deals: tuple[StuckDeal, ...]


def statement(owners: Collection[str]) -> Select[*tuple[Any, ...]]:
    """The open deals of these owners, the most stuck first."""
    deal, clock = tables.deals.c, tables.clocks.c
    missed_at = (
        select(func.min(clock.breached_at))
        .where(clock.deal_id == deal.id, clock.state == "breached")
        .scalar_subquery()
    )
    named = ("id", "playbook_id", "playbook_version", "stage", "stage_entered_at")
    return (
        select(*(deal[name] for name in named), missed_at.label("missed_at"))
        .where(deal.status == "open", deal.owner.in_(sorted(owners)))
        .order_by(missed_at.asc().nulls_last(), deal.amount_minor.desc().nulls_last(), deal.id)
    )


async def stuck(
    ledger: Ledger, owners: Collection[str], find: Find, staff: Staff, *, as_of: datetime
) -> Stuck:
    """Where the deals of these owners stand.

    Args:
        ledger: where to look.
        owners: whose deals.
        find: finds playbooks.
        staff: everybody's names.
        as_of: now; ages end there.
    """
    rows = await ledger.rows(statement(owners))
    books = {one: await find(*one) for one in {_pinned(row) for row in rows}}
    held_up = [row for row in rows if row["missed_at"]]
    stages = _stages(rows, books, as_of)
    most = max(stages, key=lambda key: _stuckness(stages[key]), default=None) if held_up else None
    asked = [row["id"] for row in held_up if _stage_of(row) == most][:LOOKED_AT]
    listed = [row["id"] for row in held_up][:LISTED]
    found = await cases(ledger, {*asked, *listed}, find)
    said = await stated(ledger, listed, staff)
    reasons = [found[one] for one in asked]
    return Stuck(
        n=len(rows),
        stuck_n=len(held_up),
        stages=tuple(stages.values()),
        most=stages[most] if most else None,
        asked_n=len(reasons),
        clocks=_most_frequent(_missed(case) for case in reasons),
        lacking=_most_frequent(_lacking(case) for case in reasons),
        deals=tuple(stuck_deal(found[one], said.get(one), staff, as_of=as_of) for one in listed),
    )


def _pinned(row: RowMapping) -> tuple[str, int]:
    return row["playbook_id"], row["playbook_version"]


def _stage_of(row: RowMapping) -> tuple[str, str]:
    return row["playbook_id"], row["stage"]


def _stages(
    rows: Sequence[RowMapping], books: dict[tuple[str, int], Playbook], as_of: datetime
) -> dict[tuple[str, str], StuckStage]:
    """Each stage with open deals, by playbook, in the order of the latest version there."""
    grouped: defaultdict[tuple[str, str], list[RowMapping]] = defaultdict(list)
    for row in rows:
        grouped[_stage_of(row)].append(row)
    latest = {book.id: book for _, book in sorted(books.items())}

    def place(key: tuple[str, str]) -> tuple[str, int]:
        stages = [stage.id for stage in latest[key[0]].stages]
        return key[0], stages.index(key[1]) if key[1] in stages else len(stages)

    return {
        key: _stage(grouped[key], books[_pinned(grouped[key][-1])], as_of)
        for key in sorted(grouped, key=place)
    }


def _stage(rows: Sequence[RowMapping], book: Playbook, as_of: datetime) -> StuckStage:
    ages = [(as_of - row["stage_entered_at"]) / _DAY for row in rows if row["stage_entered_at"]]
    stage = book.stages[book.position(rows[0]["stage"])]
    stuck_n = sum(row["missed_at"] is not None for row in rows)
    usual = stage.stay.expected if stage.stay else None
    return StuckStage(
        playbook_id=book.id,
        playbook=book.name,
        stage=stage.name,
        n=len(rows),
        stuck_n=stuck_n,
        age_p50_days=quantile(ages, 0.5),
        usual=usual,
    )


def _stuckness(stage: StuckStage) -> tuple[int, float]:
    return stage.stuck_n, stage.stuck_n / stage.n


def _missed(case: Case) -> Iterator[tuple[Cause, Names | None]]:
    for clock in case.deal.clocks:
        if clock.live and clock.breached_at:
            yield (clock.kind, clock.subject), case.asked(clock.kind, clock.subject)


def _lacking(case: Case) -> Iterator[tuple[Cause, Names | None]]:
    for one in case.lacking():
        yield (None, f"{one.kind} {one.id}"), case.lacking_name(one)


def _most_frequent(
    of_deals: Iterable[Iterable[tuple[Cause, Names | None]]],
) -> tuple[Reason, ...]:
    """The causes that hold up most deals, each deal counted once; equal ones as first met."""
    counted: Counter[Cause] = Counter()
    names: dict[Cause, Names | None] = {}
    for causes in of_deals:
        of_deal = dict(causes)
        counted.update(of_deal.keys())
        names |= of_deal
    return tuple(Reason(cause[0], names[cause], n) for cause, n in counted.most_common(NAMED))
