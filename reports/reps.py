"""How does each rep stand beside the team?

Question: how do a rep's deals end, how fast does the rep move them, and in which stage would
coaching help most? Everybody is compared with the rest: all others with the same filter. Nobody is
ranked, or called different, on fewer than twenty deals or where chance alone makes such
differences. Machines and the pool have rows and no rank.

`closed`: see `outcomes`; by the owner at the end. Where deals pass through specialised hands the
win ratio describes the post, not the person: read `stages`. `to_close`: see `cycle`; by the first
person who took the deal. `stages`: deals that entered a stage in the window (first entry), by the
first person in that visit; tempo of all visits (Kaplan-Meier). `coach`: the stage with the largest
n x (rest ratio - own ratio), among those named a difference and worse: so many deals more would
have gone on at the rest's rate. Health is in `health`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deals.model import Recorded
from reports.columns import BLANK, LONG_AGO, Places, groups
from reports.compare import Counted, difference, is_named
from reports.conversion import ADVANCED, Entries
from reports.cycle import Cycle, days_until, lasting, opened, visit_end
from reports.estimators import Ratio, ratio
from reports.figures import Found, behind, counts, shared
from reports.journeys import OPEN
from reports.outcomes import AllClosed, Closed, Groups, all_closed, closed
from reports.scope import Scope, Stage
from reports.survival import Lasting


class RepCycle(Cycle):
    """How long a rep's deals take; null: nobody took them."""

    owner: str | None


class RepStage(Recorded):
    """How a rep's deals go on from a stage, beside the rest."""

    owner: str | None
    playbook: str
    stage: str
    n: int
    advanced_n: int
    open_n: int
    advanced_ratio: float | None
    advanced_low: float | None
    advanced_high: float | None
    rest_n: int
    rest_advanced_ratio: float | None
    advanced_diff: float | None
    advanced_diff_low: float | None
    advanced_diff_high: float | None
    is_named: bool
    """There is a difference: enough deals on both sides, and the interval excludes 0."""
    in_stage_n: int
    in_stage_open_n: int
    in_stage_p50_days: float | None


class Coaching(Recorded):
    """The stage in which a rep would gain most; nulls: none is shown to be worse."""

    owner: str | None
    playbook: str | None
    stage: str | None
    gained: float | None
    """Deals that more would have gone on at the rest's rate."""
    n: int
    advanced_ratio: float | None
    rest_advanced_ratio: float | None


def reps_closed(scope: Scope) -> list[Found[Closed]]:
    """A row for each owner of a deal that ended in the window."""
    wide = scope.without("owner")
    return closed(wide, _by_owner(wide), scope.filters.owner)


def reps_all(scope: Scope) -> list[Found[AllClosed]]:
    """All owners together."""
    return all_closed(scope, _by_owner(scope))


def reps_to_close(scope: Scope) -> list[Found[RepCycle]]:
    """A row for each first person of a deal opened in the window."""
    known, deals = scope.known, opened(scope)
    owner = known.owner(known.first_person)
    found = []
    for key, places in in_order(scope, owner[deals]):
        mine = deals[places]
        of = lasting(scope, mine, known.opened_at[mine], known.end_at[mine])
        found.append(Found(RepCycle(owner=scope.text(key), **of.row.model_dump()), of.behind))
    return found


def reps_stages(scope: Scope) -> list[Found[RepStage]]:
    """A row for each owner and stage with a visit that began in the window."""
    return scope.once(_stages)


def _stages(scope: Scope) -> list[Found[RepStage]]:
    return [
        row
        for stage in scope.stages
        for row in _Beside(scope.without("owner"), stage).rows()
        if scope.filters.owner in {None, row.row.owner}
    ]


def reps_coach(scope: Scope) -> list[Found[Coaching]]:
    """A row for each rep with a visit that began in the window."""
    by_rep: dict[str | None, list[Found[RepStage]]] = {}
    for one in reps_stages(scope):
        if one.row.owner is not None and one.row.owner not in scope.known.automatic:
            by_rep.setdefault(one.row.owner, []).append(one)
    return [_coaching(rep, by_rep[rep]) for rep in sorted(by_rep, key=lambda rep: rep or "")]


def _by_owner(scope: Scope) -> Groups:
    owner = scope.known.owner(scope.known.closing_owner)
    return Groups(owner, scope.text, scope.is_automatic)


def in_order(scope: Scope, keys: NDArray[Any]) -> list[tuple[int, Places]]:
    """The different ones of these texts' numbers and where they are; by code point, none last."""
    found = [(scope.text(key), key, places) for key, places in groups(keys)]
    ordered = sorted(found, key=lambda one: (one[0] is None, one[0] or ""))
    return [(key, places) for _, key, places in ordered]


class _Beside:
    """The visits to one stage, by the rep they go by."""

    def __init__(self, scope: Scope, stage: Stage) -> None:
        self._scope = scope
        self._stage = stage
        known, entries = scope.known, scope.once(Entries)
        every = entries.visits(stage)
        self._visits = every[scope.within(known.visits["entered_at"][every])]
        self._first = entries.first(self._visits)
        self._onward = entries.onward(self._first)
        until = visit_end(scope, self._visits)
        self._is_known, self._is_over = until > LONG_AGO, until <= scope.as_of
        self._days = days_until(scope, known.visits["entered_at"][self._visits], until)
        self._of_visits = known.owner(known.visit_owner[self._visits])
        self._of_first = known.owner(known.visit_owner[self._first])

    def rows(self) -> Iterable[Found[RepStage]]:
        """A row for each owner who had a visit."""
        people = ~np.isin(self._of_first, self._scope.known.automatic_numbers)
        people &= self._of_first != BLANK
        went_on = self._onward == ADVANCED
        everybody = Counted(int((people & went_on).sum()), int(people.sum()))
        firsts = dict(groups(self._of_first))
        nobody = self._first[:0]
        for key, places in in_order(self._scope, self._of_visits):
            yield self._row(key, firsts.get(key, nobody), places, everybody)

    def _row(self, key: int, mine: Places, all_: Places, everybody: Counted) -> Found[RepStage]:
        scope, stage = self._scope, self._stage
        onward = self._onward[mine]
        sets = behind(
            scope.known.visits.deal[self._first[mine]],
            n=np.ones(len(onward), np.bool_),
            advanced_n=onward == ADVANCED,
            open_n=onward == OPEN,
        )
        own = Counted(len(sets["advanced_n"]), len(onward))
        apart = scope.is_automatic(key)
        rest = Counted(0, 0) if apart else Counted(everybody.x - own.x, everybody.n - own.n)
        gap = difference(own, rest)
        row = RepStage(
            owner=scope.text(key),
            playbook=stage.playbook,
            stage=stage.id,
            **counts(sets),
            **shared("advanced", ratio(*own)),
            rest_n=rest.n,
            rest_advanced_ratio=ratio(*rest).ratio,
            **_gap(gap),
            is_named=is_named(own, rest, gap),
            **self._tempo(all_),
        )
        return Found(row, sets)

    def _tempo(self, places: Places) -> dict[str, Any]:
        seen = places[self._is_known[places]]
        return {
            "in_stage_n": len(places),
            "in_stage_open_n": len(places) - int(self._is_over[places].sum()),
            "in_stage_p50_days": Lasting(self._days[seen], self._is_over[seen]).quantile(0.5),
        }


def _gap(gap: Ratio) -> dict[str, Any]:
    names = ("advanced_diff", "advanced_diff_low", "advanced_diff_high")
    return dict(zip(names, gap, strict=True))


def _coaching(rep: str | None, stages: list[Found[RepStage]]) -> Found[Coaching]:
    worse = [one for one in stages if one.row.is_named and (one.row.advanced_diff or 0) < 0]
    if not worse:
        row = Coaching(
            owner=rep,
            playbook=None,
            stage=None,
            gained=None,
            n=0,
            advanced_ratio=None,
            rest_advanced_ratio=None,
        )
        return Found(row)
    most = max(worse, key=lambda one: -one.row.n * (one.row.advanced_diff or 0))
    shown = ("playbook", "stage", "n", "advanced_ratio", "rest_advanced_ratio")
    evidence = {name: getattr(most.row, name) for name in shown}
    gained = -most.row.n * (most.row.advanced_diff or 0)
    return Found(Coaching(owner=rep, gained=gained, **evidence), {"n": most.behind["n"]})
