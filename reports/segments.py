"""Which sources bring deals that are won, and which customers buy?

Question: how do deals end, how fast, and worth what, by where they came from (`channels`) and by
what is known of them (`segments`: a choice fact, or any fact with short texts, or the team)?
Populations, anchors and comparisons are those of `outcomes`. Owner and team: the owner at the end;
of a cohort, the first person who took the deal. Values are compared trimmed and without regard to
case, and shown as they are most often written; a blank one has a row of its own.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from reports.columns import BLANK
from reports.figures import Found
from reports.outcomes import AllClosed, Closed, Cohort, Groups, all_closed, closed, cohort
from reports.scope import Scope

TEAM = "team"
"""The segment that is no fact: the team at the end, or of the first person."""


class SegmentClosed(Closed):
    """The same, of one value of a segment."""

    segment: str


class AllSegmentClosed(AllClosed):
    """The same, of all values of a segment."""

    segment: str


class SegmentCohort(Cohort):
    """The same, of one value of a segment."""

    segment: str


def channels_closed(scope: Scope) -> list[Found[Closed]]:
    """A row for each source of a deal that ended in the window."""
    wide = scope.without("source")
    return closed(wide, _by_source(wide), scope.filters.source)


def channels_all(scope: Scope) -> list[Found[AllClosed]]:
    """All sources together."""
    return all_closed(scope, _by_source(scope))


def channels_cohort(scope: Scope) -> list[Found[Cohort]]:
    """A row for each source of a deal opened in the window."""
    return cohort(scope, _by_source(scope))


def segments_closed(scope: Scope) -> list[Found[SegmentClosed]]:
    """A row for each segment and value of a deal that ended in the window."""
    return [
        Found(SegmentClosed(segment=name, **one.row.model_dump()), one.behind)
        for name, groups in _by_segment(scope, at_end=True)
        for one in closed(scope, groups)
    ]


def segments_all(scope: Scope) -> list[Found[AllSegmentClosed]]:
    """A row for each segment."""
    return [
        Found(AllSegmentClosed(segment=name, **one.row.model_dump()), one.behind)
        for name, groups in _by_segment(scope, at_end=True)
        for one in all_closed(scope, groups)
    ]


def segments_cohort(scope: Scope) -> list[Found[SegmentCohort]]:
    """A row for each segment and value of a deal opened in the window."""
    return [
        Found(SegmentCohort(segment=name, **one.row.model_dump()), one.behind)
        for name, groups in _by_segment(scope, at_end=False)
        for one in cohort(scope, groups)
    ]


def segments_of(scope: Scope) -> tuple[str, ...]:
    """What deals can be told apart by: the segment asked for, or every choice fact and the team."""
    if scope.filters.segment is not None:
        return (scope.filters.segment,)
    facts = {
        name: None
        for book in scope.books
        for name, rule in book.facts.items()
        if rule.kind == "choice" and name != "source"
    }
    return (*facts, TEAM)


def by_segment(scope: Scope, segment: str, *, at_end: bool) -> Groups:
    """The groups of one segment."""
    if segment == TEAM:
        rows = scope.known.closing_owner if at_end else scope.known.first_person
        return _groups(scope, scope.known.team(rows))
    return _groups(scope, scope.known.fact(segment))


def _by_segment(scope: Scope, *, at_end: bool) -> list[tuple[str, Groups]]:
    return scope.once(_groups_at_end if at_end else _groups_of_cohorts)


def _groups_at_end(scope: Scope) -> list[tuple[str, Groups]]:
    return [(one, by_segment(scope, one, at_end=True)) for one in segments_of(scope)]


def _groups_of_cohorts(scope: Scope) -> list[tuple[str, Groups]]:
    return [(one, by_segment(scope, one, at_end=False)) for one in segments_of(scope)]


def _by_source(scope: Scope) -> Groups:
    return _groups(scope, scope.known.columns.deals["source"])


def _groups(scope: Scope, values: NDArray[np.int32]) -> Groups:
    """Values that differ only in case and spaces are one, named as it is most often written."""
    how_often = np.bincount(values + 1)  # a blank one is -1
    numbers = np.flatnonzero(how_often) - 1
    spellings: dict[str, Counter[str]] = {}
    for number in numbers:
        if text := scope.text(int(number)):
            spelt = spellings.setdefault(text.strip().casefold(), Counter())
            spelt[text] += int(how_often[number + 1])
    names = {
        said: min(written, key=lambda text: (-written[text], text))
        for said, written in spellings.items()
    }
    order = list(names)
    keys = np.full(len(how_often) + 1, BLANK, np.int32)
    for number in numbers:
        if text := scope.text(int(number)):
            keys[number + 1] = order.index(text.strip().casefold())
    return Groups(
        keys[values + 1],
        lambda key: None if key == BLANK else names[order[key]],
        lambda key: key == BLANK,
    )
