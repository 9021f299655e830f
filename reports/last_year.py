"""What the last year says, for those who look at a deal that is open.

Decides which year: the 365 days that end with yesterday, so that a day has one answer. What is
likely to close is `likely`'s. How long won deals took: of deals won in that year, from the opening
to the end, in days of clock time; the median is one that occurred, and is told from twenty on.
Finished deals only, so it is shorter than what an open deal will take: `cycle` has the open ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

import numpy as np

from ledger.session import Ledger
from reports.ask import NoDates, scope_of
from reports.catalog import BY_NAME
from reports.columns import LONG_AGO
from reports.copy import Copy
from reports.estimators import quantile
from reports.filters import Filters
from reports.journeys import WON
from reports.known import MICROSECONDS_A_DAY
from reports.likely import KNOWN_FROM, Chances, counted
from reports.period import day_begins, window
from reports.scope import Scope

_YEAR: Final = timedelta(days=365)


class LastYear(NamedTuple):
    """What it says.

    Attributes:
        chances: the stages from which most were won.
        won_days: by playbook, how long half of the won deals took at most.
    """

    chances: Chances
    won_days: Mapping[str, float]


NOTHING: Final = LastYear({}, {})
"""Where nobody knows when deals were."""


async def last_year(ledger: Ledger, copy: Copy, today: date, *, time_zone: str) -> LastYear:
    """What the year before a day says, as of the day's beginning.

    Args:
        ledger: where people and playbooks are found.
        copy: of its rows.
        today: the day.
        time_zone: the company's.
    """
    as_of = day_begins(today, time_zone)
    year = window(today - _YEAR, today, time_zone=time_zone, as_of=as_of)
    report = BY_NAME["cycle"]
    try:
        scope = await scope_of(ledger, copy, Filters(year), report, time_zone=time_zone)
    except NoDates:
        return NOTHING
    return await asyncio.to_thread(lambda: LastYear(counted(scope), won_days(scope)))


def won_days(scope: Scope) -> dict[str, float]:
    """How long won deals took, by playbook; nothing of one where too few were won."""
    known = scope.known
    won = scope.deals & (known.end == WON) & scope.within(known.end_at)
    deals = np.flatnonzero(won & (known.opened_at > LONG_AGO))
    days = np.maximum(known.end_at[deals] - known.opened_at[deals], 0) / MICROSECONDS_A_DAY
    found: dict[str, float] = {}
    for line, playbook in enumerate(scope.lines):
        of_it = days[scope.line_of[deals] == line]
        median = quantile(of_it, 0.5)
        if median is not None and len(of_it) >= KNOWN_FROM:
            found[playbook] = median
    return found
