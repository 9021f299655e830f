"""The figures of the alert report worked out from events, one alert after the other.

Shares nothing with the product but the events and the calendar's arithmetic.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from deals import events as e
from deals.duration import Duration
from deals.playbook import Playbook
from deals.working_time import due

Key = tuple[str, ...]

DAY = Duration("24h")


@dataclass
class Seen:
    """One alert."""

    key: Key
    at: datetime
    owner: str | None
    team: str | None
    source: str | None
    watched: bool
    hours: float | None
    acknowledged: bool


def alerts(book: Playbook, life: Sequence[e.Event], as_of: datetime) -> Iterator[Seen]:
    """Every alert of one deal that had fired by then."""
    opening = life[0]
    assert isinstance(opening, e.DealOpened)
    rungs = [one for one in life if isinstance(one, e.RungReached) and one.at <= as_of]
    for place, rung in enumerate(rungs):
        stage = _stage_then(life, rung.seq)
        later = [one.at for one in rungs[place + 1 :] if one.clock == rung.clock]
        ends = due(book.calendar, _window(book, stage, rung), rung.at)
        watched = ends is not None and ends <= as_of
        followed = None
        for action in life:
            if watched and ends and _answers(life, action, rung):
                done = action.occurred_at
                early = done is not None and rung.at < done <= min(ends, as_of)
                if done and early and all(done < other for other in later):
                    hours = (done - rung.at) / timedelta(hours=1)
                    followed = hours if followed is None else min(followed, hours)
        said = any(
            isinstance(one, e.EscalationAcknowledged)
            and one.escalation == rung.escalation
            and one.at <= as_of
            for one in life
        )
        owner, team = _owner_then(life, min(rung.due_at, as_of))
        key = (book.id, stage, rung.clock_kind, rung.subject, rung.do, rung.to)
        answered = watched and followed is None and said
        yield Seen(key, rung.at, owner, team, opening.source, watched, followed, answered)


def figures(seen: Iterable[Seen]) -> dict[Key, dict[str, Any]]:
    """Counts and the median of each rule."""
    grouped: defaultdict[Key, list[Seen]] = defaultdict(list)
    for one in seen:
        grouped[one.key].append(one)
    return {key: _figures(some) for key, some in grouped.items()}


def _figures(some: list[Seen]) -> dict[str, Any]:
    hours = sorted(one.hours for one in some if one.hours is not None)
    watched = len([one for one in some if one.watched])
    return {
        "alerts_n": len(some),
        "watched_n": watched,
        "followed_n": len(hours),
        "followed_ratio": len(hours) / watched if watched else None,
        "followed_p50_hours": hours[(len(hours) - 1) // 2] if hours else None,
        "acknowledged_n": len([one for one in some if one.acknowledged]),
    }


def _stage_then(life: Sequence[e.Event], seq: int) -> str:
    return [one.stage for one in life[:seq] if isinstance(one, e.StageEntered)][-1]


def _owner_then(life: Sequence[e.Event], at: datetime) -> tuple[str | None, str | None]:
    owner, team = None, None
    for one in life:
        if one.occurred_at and one.occurred_at > at:
            continue
        if isinstance(one, e.DealOpened | e.DealAssigned | e.DealClaimed):
            owner, team = one.owner, one.team
        if isinstance(one, e.DealPooled):
            owner = None
    return owner, team


def _answers(life: Sequence[e.Event], action: e.Event, rung: e.RungReached) -> bool:
    if not isinstance(action, e.ActionRecorded) or action.actor.role == "system":
        return False
    closed = False
    for one in life[: action.seq - 1]:
        if isinstance(one, e.DealWon | e.DealLost | e.DealDropped):
            closed = True
        if isinstance(one, e.DealReopened):
            closed = False
    asked = rung.clock_kind in {"action", "follow_on"} and action.action == rung.subject
    return not closed and (action.moves or asked)


def _window(book: Playbook, stage_id: str, rung: e.RungReached) -> Any:  # noqa: ANN401 - a duration
    stage = next(one for one in book.stages if one.id == stage_id)
    rules: list[Any] = []
    if rung.clock_kind == "action":
        rules = [one for one in stage.actions if one.id == rung.subject]
    elif rung.clock_kind == "follow_on":
        rules = [one.then for one in stage.actions if one.then and one.then.id == rung.subject]
    elif rung.clock_kind == "stay":
        rules = [stage.stay]
    elif rung.clock_kind == "idle":
        rules = [stage.idle]
    return rules[0].answer_within or DAY if rules else DAY
