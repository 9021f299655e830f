"""Which standard actions are done, and do they go together with winning?

`recorded` - which actions were done, where, how often, and how did deals with and without them end?
Population: actions in visits that began in the window (the anchor; a visit whose entry nobody knows
counts only without a window), before the deal's end. With: decided deals that visited the stage and
did it there before their end; without: the others. It carries `bias: immortal_time`: only a deal
that lives gets a third call, so this says "goes together with", never "raises". Owner and team:
the actor; of `with` and `without`, the owner at the end.

`summary` - how many were recorded, after the close, by nobody known.

`evidence` - is what is written worth anything? Of the actions done: without the document that the
playbook asks for; with a placeholder for a note (fewer than three letters, or one of the playbook's
`placeholders`); with a note of twenty characters or more that the same person wrote on another deal
within thirty days.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from deals.model import Recorded
from ledger.project_values import note_key
from reports.columns import BLANK, Flags, Places, Rows, distinct, groups
from reports.estimators import quantile, ratio
from reports.figures import Figures, Found, behind, shared, tallied
from reports.journeys import OPEN, WON
from reports.scope import Scope, Stage

LETTERS_FROM: Final = 3
COPIED_FROM: Final = 20
"""Letters of a note that says something; characters of one that can be a copy. Choices."""

COPIED_WITHIN: Final = 30 * 86_400_000_000
"""Thirty days, in microseconds. A choice."""


class RecordedAction(Recorded):
    """An action as it was done in a stage, and how deals with and without it ended."""

    playbook: str
    stage: str
    action: str
    done_n: int
    deals_n: int
    per_deal_p50: int | None
    with_n: int
    with_won_n: int
    with_win_ratio: float | None
    with_win_low: float | None
    with_win_high: float | None
    without_n: int
    without_won_n: int
    without_win_ratio: float | None
    without_win_low: float | None
    without_win_high: float | None
    bias: str = "immortal_time"
    complete: bool


class RecordedSummary(Recorded):
    """How much was recorded."""

    recorded_n: int
    after_close_n: int
    actorless_n: int
    complete: bool


class Evidence(Recorded):
    """How much of what was written about an action says something."""

    playbook: str
    stage: str
    action: str
    done_n: int
    empty_n: int
    placeholder_n: int
    copied_n: int
    complete: bool


def recorded(scope: Scope) -> list[Found[RecordedAction]]:
    """A row for each stage and action that was done."""
    return [_recorded(scope, *one) for one in scope.once(_by_action)]


def summary(scope: Scope) -> list[Found[RecordedSummary]]:
    """All actions together."""
    actions = scope.once(_recorded_in)
    n, sets = tallied(
        actions.deal,
        recorded_n=np.ones(len(actions), np.bool_),
        after_close_n=actions["after_end"],
        actorless_n=actions["actor"] == scope.texts.known(""),
    )
    return [Found(RecordedSummary(**n, complete=scope.filters.window.complete), sets)]


def evidence(scope: Scope) -> list[Found[Evidence]]:
    """A row for each stage and action that was done."""
    copied = _copied(scope)
    found = []
    for stage, action, actions, _ in scope.once(_by_action):
        letters = actions["note_letters"]
        is_placeholder = (letters != BLANK) & (letters < LETTERS_FROM)
        is_placeholder |= _in_its_list(scope, actions)
        asks = _asks_for_evidence(scope, stage, action)[actions["book"]]
        n, sets = tallied(
            actions.deal,
            done_n=np.ones(len(actions), np.bool_),
            empty_n=(actions["evidence_n"] == 0) & asks,
            placeholder_n=is_placeholder,
            copied_n=_among(actions.key, copied),
        )
        named: Figures = {"playbook": stage.playbook, "stage": stage.id, "action": action}
        row = Evidence(**named, **n, complete=scope.filters.window.complete)
        found.append(Found(row, sets))
    return found


def _recorded_in(scope: Scope) -> Rows:
    """The actions asked for: those of the actor, in visits that began in the window."""
    known, actions = scope.known, scope.known.actions
    began = known.visits["entered_at"]
    in_window = scope.inside(began) & scope.at(known.visits.deal, began)
    places = np.flatnonzero(scope.is_asked_for(actions["actor"], actions["team"]))
    places = places[in_window[known.action_visit[places]]]
    names = ("seq", "action", "stage", "actor", "evidence_n", "note_letters", "note_key")
    columns = {name: actions[name] for name in names} | {"after_end": known.is_after_end}
    done = Rows(actions.deal, columns).at(places)
    book = scope.books_at(done.deal, began[known.action_visit[places]])
    return Rows(done.deal, {**done.columns, "book": book})


def _by_action(scope: Scope) -> list[tuple[Stage, str, Rows, Places]]:
    """Of each stage and action: what was done before the end, and the deals that decided there."""
    actions = scope.once(_recorded_in)
    actions = actions.where(~actions["after_end"])
    in_stage = dict(groups(actions["stage"]))
    found = []
    for stage in scope.stages:
        places = in_stage.get(stage.number, np.zeros(0, np.int64))
        places = places[scope.line_of[actions.deal[places]] == stage.line]
        decided = _decided(scope, stage)
        of = groups(actions["action"][places])
        by_name = sorted((scope.text(action) or "", places[some]) for action, some in of)
        found += [(stage, name, actions.at(some), decided) for name, some in by_name]
    return found


def _decided(scope: Scope, stage: Stage) -> Places:
    """Decided deals that visited the stage in the window."""
    known, visits = scope.known, scope.known.visits
    there = known.by_stage.get(stage.number, np.zeros(0, np.int64))
    there = there[scope.line_of[visits.deal[there]] == stage.line]
    there = there[scope.inside(visits["entered_at"][there])]
    there = there[scope.at(visits.deal[there], visits["entered_at"][there])]
    deals = distinct(visits.deal[there])
    decided: Places = deals[scope.once(_is_decided)[deals]]
    return decided


def _is_decided(scope: Scope) -> Flags:
    """By deal: whether it has ended, with the owner asked for."""
    decided: Flags = (scope.known.end != OPEN) & scope.owned(scope.known.closing_owner)
    return decided


def _recorded(
    scope: Scope, stage: Stage, action: str, actions: Rows, decided: Places
) -> Found[RecordedAction]:
    deals = distinct(actions.deal)
    times = np.diff(np.searchsorted(actions.deal, deals, side="left"), append=len(actions))
    has = np.zeros(scope.known.columns.n, np.bool_)
    has[deals] = True
    did = has[decided]
    sets = {"done_n": deals, "deals_n": deals}
    sets |= {"with_n": decided[did], "without_n": decided[~did]}
    sets |= behind(
        decided,
        with_won_n=did & (scope.known.end[decided] == WON),
        without_won_n=~did & (scope.known.end[decided] == WON),
    )
    middle = quantile(times.astype(np.float64), 0.5)
    row = RecordedAction(
        playbook=stage.playbook,
        stage=stage.id,
        action=action,
        done_n=len(actions),
        deals_n=len(deals),
        per_deal_p50=None if middle is None else int(middle),
        **_ended("with", sets),
        **_ended("without", sets),
        complete=scope.filters.window.complete,
    )
    return Found(row, sets)


def _ended(name: str, sets: dict[str, Places]) -> Figures:
    n, won = len(sets[f"{name}_n"]), len(sets[f"{name}_won_n"])
    return {f"{name}_n": n, f"{name}_won_n": won, **shared(f"{name}_win", ratio(won, n))}


def _among(keys: Places, some: Places) -> Flags:
    """Which of the keys are among some, that are in order."""
    if not len(some):
        return np.zeros(len(keys), np.bool_)
    found: Flags = some[np.minimum(np.searchsorted(some, keys), len(some) - 1)] == keys
    return found


def _asks_for_evidence(scope: Scope, stage: Stage, action: str) -> Flags:
    """By playbook: whether it asks for a document with that action."""
    asks = []
    for book in scope.known.columns.books.books:
        of_stage = book.stage(stage.id) if book.id == stage.playbook else None
        found = of_stage.action(action) if of_stage else None
        asks.append(bool(found and found.evidence))
    return np.array(asks, np.bool_)


def _in_its_list(scope: Scope, actions: Rows) -> Flags:
    """Which of them have a note that their playbook names as a placeholder."""
    found = np.zeros(len(actions), np.bool_)
    for number, book in enumerate(scope.known.columns.books.books):
        if book.placeholders:
            keys = [note_key(one) for one in book.placeholders]
            found |= (actions["book"] == number) & np.isin(actions["note_key"], keys)
    return found


def _copied(scope: Scope) -> NDArray[Any]:
    """Keys of actions whose note the same person wrote on another deal shortly before or after."""
    actions = scope.known.actions
    places = np.flatnonzero(actions["note_length"] >= COPIED_FROM)
    asked = scope.at(actions.deal[places], actions["occurred_at"][places])
    long = actions.only("seq", "actor", "note_key", "occurred_at").at(places[asked])
    order = np.lexsort((long["occurred_at"], long["note_key"], long["actor"]))
    same = np.zeros(len(order), np.bool_)
    if len(order) > 1:
        one, two = order[:-1], order[1:]
        alike = (long["note_key"][one] == long["note_key"][two]) & (
            long["actor"][one] == long["actor"][two]
        )
        alike &= long.deal[one] != long.deal[two]
        alike &= long["occurred_at"][two] - long["occurred_at"][one] <= COPIED_WITHIN
        same[1:] |= alike
        same[:-1] |= alike
    return np.sort(long.key[order[same]])
