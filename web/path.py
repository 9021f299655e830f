"""The way of a deal through its stages: how long it was where, against the usual and the limit.

Decides how a stay is drawn. How long a stage should take, the playbook says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from deals.deal import StageVisit
from deals.duration import Duration
from deals.model import Names
from reports.cases import Case

_LENGTHS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "bh": timedelta(hours=3),
    "bd": timedelta(days=1),
}
"""Units as clock time, as far as a line can show it: eight working hours are a day."""


@dataclass(frozen=True, slots=True)
class Step:
    """A stage on the way of a deal.

    Attributes:
        days: clock time spent in it, in days; None where the deal has not been.
        share: that of the limit, from 0 to 1; `usual_share` that of the usual stay.
    """

    id: str
    name: Names
    where: Literal["done", "here", "ahead"]
    entered_at: datetime | None
    days: float | None
    usual: Duration | None
    limit: Duration | None
    share: float
    usual_share: float | None


def steps(case: Case, now: datetime) -> Iterator[Step]:
    """The stages of its playbook, in order."""
    here = case.playbook.position(case.deal.visit.stage)
    for position, stage in enumerate(case.playbook.stages):
        visits = [one for one in case.deal.visits if one.stage == stage.id]
        is_here = position == here and case.deal.outcome is None
        where: Literal["done", "here", "ahead"] = "here" if is_here else "ahead"
        if not is_here and visits and (position <= here or case.deal.outcome):
            where = "done"
        spent = sum((_spent(one, now) for one in visits), timedelta())
        usual, limit = (stage.stay.expected, stage.stay.limit) if stage.stay else (None, None)
        whole = _clock_time(case, limit) or _clock_time(case, usual)
        usually = _clock_time(case, usual)
        yield Step(
            id=stage.id,
            name=stage.name,
            where=where,
            entered_at=visits[-1].entered_at if visits else None,
            days=spent / timedelta(days=1) * case.calendar.scale if visits else None,
            usual=usual,
            limit=limit,
            share=min(spent / whole, 1.0) if whole else 0.0,
            usual_share=min(usually / whole, 1.0) if usually and whole else None,
        )


def _spent(visit: StageVisit, now: datetime) -> timedelta:
    since = visit.entered_at or visit.heard_at
    return max((visit.ended_at or now) - since, timedelta())


def clock_days(length: Duration) -> float:
    """A length in days of clock time, as far as it can be drawn."""
    return length.count * _LENGTHS[length.unit] / timedelta(days=1)


def _clock_time(case: Case, length: Duration | None) -> timedelta | None:
    """A length as clock time, as far as it is one: business days count as days."""
    if length is None:
        return None
    return length.count * _LENGTHS[length.unit] / case.calendar.scale
