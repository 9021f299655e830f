"""Are the standard actions done, and in time, and do they go together with winning?

Question: of the actions that a playbook asks for, how many were done in time? Population: each
visit that began in the window (the anchor; known entries) x the standard actions of its stage
(those that the gate requires or that are due), by the playbook version in force when it began.
Owner and team: the first person in the visit.

In time: done in the visit, by its due instant if it had one. Late: done after it. Overridden: not
done, a manager waived it. Skipped: not done, and the deal left forward without it, or ended after
it was due. Ended before: not done, closed or returned before it was due. Open: not done, and the
visit goes on. `in_time_ratio` is in time of in time + late + skipped + overridden.

In time against winning: a landmark at the due instant. Of the decided deals (by their first visit)
that were still open then, how many of those in time were won, and how many of the others? They go
together or do not; that one makes the other is not said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from deals.model import Recorded
from reports.columns import BLANK, FAR, Flags, Instants, Places, Rows, distinct
from reports.compare import Counted, difference
from reports.conversion import Entries
from reports.estimators import ratio
from reports.figures import Figures, Found, shared, tallied
from reports.journeys import FORWARD, OPEN, WON
from reports.scope import Scope, Stage


class StandardAction(Recorded):
    """How a standard action of a stage is done."""

    playbook: str
    stage: str
    action: str
    expected_n: int
    in_time_n: int
    late_n: int
    skipped_n: int
    overridden_n: int
    ended_before_n: int
    open_n: int
    in_time_ratio: float | None
    in_time_low: float | None
    in_time_high: float | None
    decided_in_time_n: int
    decided_in_time_win_ratio: float | None
    decided_not_n: int
    decided_not_win_ratio: float | None
    win_diff: float | None
    win_diff_low: float | None
    win_diff_high: float | None
    complete: bool


def standard(scope: Scope) -> list[Found[StandardAction]]:
    """A row for each standard action of each stage."""
    entries, all_visits = scope.once(Entries), scope.known.visits
    books = scope.books_at(all_visits.deal, all_visits["entered_at"])
    found = []
    for stage in scope.stages:
        visits = entries.visits(stage)
        visits = visits[scope.within(scope.known.visits["entered_at"][visits])]
        for action, asked in _asked(scope, stage):
            of = visits[asked[books[visits]]]
            found.append(_row(scope, stage, action, _Doing.of(scope, action, of)))
    return found


def _first(rows: Rows | None, instant: str, visits: Places) -> Instants:
    """For each visit, by deal and number, the instant of the first row; `FAR` of none."""
    if rows is None:
        return np.full(len(visits), FAR)
    rising = rows.deal * (1 << 31) + rows["visit"]
    first = np.flatnonzero(np.concatenate(([True], rising[1:] != rising[:-1])))
    theirs = rising[first]
    place = np.minimum(np.searchsorted(theirs, visits), len(theirs) - 1)
    return np.where(theirs[place] == visits, rows[instant][first[place]], FAR)


def _asked(scope: Scope, stage: Stage) -> Iterator[tuple[str, Flags]]:
    """Each standard action that a version of the stage has, and by its number which have it."""
    books = scope.known.columns.books.books
    actions: dict[str, list[bool]] = {}
    for number, book in enumerate(books):
        of = book.stage(stage.id) if book.id == stage.playbook else None
        for action in of.actions if of else ():
            if action.required or action.due:
                actions.setdefault(action.id, [False] * len(books))[number] = True
    for action_id, has in actions.items():
        yield action_id, np.array(has)


@dataclass(frozen=True)
class _Doing:
    """What became of one action in some visits."""

    visits: Places
    deals: Places
    done_at: Instants
    """`FAR`: not done; `LONG_AGO`: nobody knows when."""
    due_at: Instants
    """`FAR`: it had no due instant."""
    is_waived: Flags

    @classmethod
    def of(cls, scope: Scope, action: str, visits: Places) -> _Doing:
        rows, number = scope.known.visits, scope.texts.known(action)
        deals = rows.deal[visits]
        keys = deals * (1 << 31) + rows["number"][visits]
        return cls(
            visits,
            deals,
            _first(scope.known.work_by_action.get(number), "occurred_at", keys),
            _first(scope.known.due_by_action.get(number), "due_at", keys),
            _waived(scope, action)[visits],
        )

    @property
    def is_in_time(self) -> Flags:
        return (self.done_at < FAR) & (self.done_at <= self.due_at)


def _waived(scope: Scope, action: str) -> Flags:
    """By visit: whether a manager waived the action there."""
    waived = scope.known.visits["waived"]
    that = [
        number
        for number in np.unique(waived[waived != BLANK])
        if any(one["id"] == action for one in json.loads(scope.text(number) or "[]"))
    ]
    return np.isin(waived, that)


def _row(scope: Scope, stage: Stage, action: str, doing: _Doing) -> Found[StandardAction]:
    cause = scope.known.visit_cause[doing.visits]
    ended_at = scope.known.visits["ended_at"][doing.visits]
    undone = doing.done_at == FAR
    is_open = undone & (cause == OPEN)
    waived = undone & ~is_open & doing.is_waived
    forward = (cause == FORWARD) | (cause == WON)
    skipped = undone & ~is_open & ~waived & (forward | (ended_at > doing.due_at))
    n, sets = tallied(
        doing.deals,
        expected_n=np.ones(len(undone), np.bool_),
        in_time_n=doing.is_in_time,
        late_n=~undone & ~doing.is_in_time,
        skipped_n=skipped,
        overridden_n=waived,
        ended_before_n=undone & ~is_open & ~waived & ~skipped,
        open_n=is_open,
    )
    judged = n["in_time_n"] + n["late_n"] + n["skipped_n"] + n["overridden_n"]
    landmark, decided = _landmark(scope, doing)
    row = StandardAction(
        playbook=stage.playbook,
        stage=stage.id,
        action=action,
        **n,
        **shared("in_time", ratio(n["in_time_n"], judged)),
        **landmark,
        complete=scope.filters.window.complete,
    )
    return Found(row, sets | decided)


def _landmark(scope: Scope, doing: _Doing) -> tuple[Figures, dict[str, Places]]:
    """Decided deals that were open at the due instant: those in time beside the others."""
    known = scope.known
    end, end_at = known.end[doing.deals], known.end_at[doing.deals]
    first = known.visits["is_first"][doing.visits]
    there = first & (doing.due_at < FAR) & (end != OPEN) & (end_at > doing.due_at)
    won, kept = end == WON, doing.is_in_time
    of = {"in_time": there & kept, "not": there & ~kept}
    counted = {name: Counted(int((won & who).sum()), int(who.sum())) for name, who in of.items()}
    gap = difference(counted["in_time"], counted["not"])
    figures: Figures = {"win_diff": gap.ratio, "win_diff_low": gap.low, "win_diff_high": gap.high}
    for name, one in counted.items():
        figures |= {f"decided_{name}_n": one.n, f"decided_{name}_win_ratio": ratio(*one).ratio}
    return figures, {f"decided_{name}_n": distinct(doing.deals[who]) for name, who in of.items()}
