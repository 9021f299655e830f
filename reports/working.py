"""Working time between many instants at once.

Decides nothing: what counts as working time, the calendar says (`deals.hours`); here it is summed
for whole columns. Pure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deals.calendar import Calendar
from deals.openings import microseconds, moment
from deals.working_time import working_spans
from reports.columns import Instants

_HOUR = 3_600_000_000
"""In microseconds."""


def working_hours(calendar: Calendar, since: Instants, until: Instants) -> NDArray[np.float64]:
    """Hours of the calendar's working time from each instant to the other; never negative."""
    if not len(since):
        return np.zeros(0)
    last = moment(int(max(until.max(), since.max())))
    spans = working_spans(calendar, moment(int(since.min())), last)
    starts = np.array([microseconds(start) for start, _ in spans], np.int64)
    ends = np.array([microseconds(end) for _, end in spans], np.int64)
    before = np.concatenate(([0], np.cumsum(ends - starts)))

    def worked(instants: Instants) -> Instants:
        """What is worked from the first instant of all to these."""
        if not len(starts):
            return np.zeros(len(instants), np.int64)
        place = np.searchsorted(starts, instants, side="right") - 1
        inside = np.minimum(instants, ends[place]) - starts[place]
        return np.where(place >= 0, before[place] + inside, 0)

    hours: NDArray[np.float64] = np.maximum(worked(until) - worked(since), 0) / _HOUR
    return hours
