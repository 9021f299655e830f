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
from reports.columns import LONG_AGO, Instants
from reports.scope import Scope

_HOUR = 3_600_000_000
"""In microseconds."""


class WorkingHours:
    """The working time of a calendar, between two instants."""

    def __init__(self, calendar: Calendar, first: int, last: int) -> None:
        """Take the openings from the first to the last instant that will be asked for."""
        spans = working_spans(calendar, moment(first), moment(max(first, last)))
        self._starts = np.array([microseconds(start) for start, _ in spans], np.int64)
        self._ends = np.array([microseconds(end) for _, end in spans], np.int64)
        self._before = np.concatenate(([0], np.cumsum(self._ends - self._starts)))

    def between(self, since: Instants, until: Instants) -> NDArray[np.float64]:
        """Hours from each instant to the other; never negative."""
        worked = np.maximum(self._worked(until) - self._worked(since), 0)
        hours: NDArray[np.float64] = worked / _HOUR
        return hours

    def _worked(self, instants: Instants) -> Instants:
        """What is worked from the first opening to these."""
        if not len(self._starts):
            return np.zeros(len(instants), np.int64)
        place = np.searchsorted(self._starts, instants, side="right") - 1
        inside = np.minimum(instants, self._ends[place]) - self._starts[place]
        return np.where(place >= 0, self._before[place] + inside, 0)


def working_hours(scope: Scope) -> WorkingHours | None:
    """Those of a question, by the calendar of its latest playbook; None without any playbook."""
    calendar = scope.calendar()
    if calendar is None:
        return None
    opened = scope.known.opened_at
    known = opened[opened > LONG_AGO]
    first = int(known.min()) if len(known) else scope.as_of
    latest = max(scope.known.columns.latest, first)
    enough = latest + (latest - first)  # what is open then was watched longer than anything lasted
    return WorkingHours(calendar, min(first, scope.as_of), min(scope.as_of, enough))
