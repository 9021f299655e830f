"""The one drawing of a clock: how it stands, and the line that shows it.

Decides the state of a clock for a reader, and where on its line everything lies: left of the tick
the time given, the tick the due instant, right of it the rungs, evenly spaced and not to scale.
Must never say anything in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from deals.clock import Clock
from deals.playbook import Measure, Playbook, Recipient, Rung

State = Literal["ok", "soon", "today", "late", "paused", "met", "pool"]

SOON: Final = timedelta(days=3)
"""Clock time before the due instant from which a clock is due soon; in the days of its calendar.
Source: the look."""

TICK: Final = 50.0
"""Where the due instant lies on the line of a row, in percent."""

HERO_TICK: Final = 28.0
"""The same where the rungs have names beside them."""


class RungMark(NamedTuple):
    """A rung on the line."""

    x: float
    """Percent of the line."""
    at: datetime
    to: Recipient
    do: Measure
    state: Literal["passed", "next", "ahead"]


@dataclass(frozen=True, slots=True)
class Line:
    """What is drawn of a clock.

    Attributes:
        used: how far the time has come, in percent of the line.
        rungs: those after the due instant.
        told: those before it.
    """

    state: State
    used: float
    rungs: tuple[RungMark, ...]
    told: tuple[RungMark, ...] = ()


def state_of(clock: Clock, *, now: datetime, zone: ZoneInfo, scale: float = 1) -> State:
    """How a clock stands for somebody who lives in that zone.

    Args:
        clock: a live one, or one that ended.
        now: as of when.
        zone: where a day ends at midnight.
        scale: by how much its calendar shortens a day.
    """
    if clock.state == "met":
        return "met"
    if clock.breached_at is not None:
        return "late"
    if clock.state == "paused" or clock.due_at is None:
        return "paused"
    if clock.due_at.astimezone(zone).date() <= now.astimezone(zone).date():
        return "today"
    return "soon" if clock.due_at - now <= SOON / scale else "ok"


def line_of(
    clock: Clock, playbook: Playbook, state: State, now: datetime, *, tick: float = TICK
) -> Line:
    """The line of a clock at an instant; the warning before the pool is not drawn."""
    due = clock.due_at
    if due is None:
        return Line(state, 0, ())
    marks = sorted(
        (at, n, rung)
        for n, (at, rung) in enumerate(
            zip(clock.rungs, playbook.ladder(clock.ladder), strict=False)
        )
        if rung.do != "warn"
    )
    after = [(at, n, rung) for at, n, rung in marks if at >= due]
    following = next((n for at, n, _ in marks if n not in clock.reached), None)
    width = (100 - tick) / (len(after) + 1)

    def mark(x: float, at: datetime, n: int, rung: Rung) -> RungMark:
        if n in clock.reached:
            return RungMark(x, at, rung.to, rung.do, "passed")
        return RungMark(x, at, rung.to, rung.do, "next" if n == following else "ahead")

    rungs = tuple(mark(tick + width * k, *one) for k, one in enumerate(after, start=1))
    before = [one for one in marks if one[0] < due]
    told = tuple(mark(tick * _share(clock.started_at, due, one[0]), *one) for one in before)
    return Line(state, _used(clock.started_at, due, rungs, now, tick), rungs, told)


def _used(
    started: datetime, due: datetime, rungs: Sequence[RungMark], now: datetime, tick: float
) -> float:
    if now <= due:
        return tick * _share(started, due, now)
    x, since = tick, due
    for rung in rungs:
        if now < rung.at:
            return x + (rung.x - x) * _share(since, rung.at, now)
        x, since = rung.x, rung.at
    return (x + 100) / 2


def _share(since: datetime, until: datetime, now: datetime) -> float:
    """How much of a span has passed, from 0 to 1."""
    if until <= since:
        return 1.0
    return min(max((now - since) / (until - since), 0.0), 1.0)
