"""Whether every clock of a playbook can be armed and is heard by somebody.

Decides faults of durations and ladders. Must never compute an instant: what depends on when a
clock runs (is 2bd before or after 3d?) is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from deals.calendar import Calendar
from deals.duration import Duration, Offset
from deals.fault import Path, PlaybookFault, suggestion
from deals.playbook import DEFAULT_LADDER, Action, Playbook, Rung, Stay

_WHOLE = 100


def clock_faults(playbook: Playbook) -> Iterator[PlaybookFault]:
    """Everything wrong with the clocks, then with the ladders."""
    for clock in _clocks(playbook):
        yield from _unheard(playbook, clock)
    for place, stage in enumerate(playbook.stages):
        if stage.stay:
            yield from _of_stay(playbook.calendar, stage.stay, ("stages", place, "stay"))
        for at, action in enumerate(stage.actions):
            if action.ladder and not action.due:
                yield _silent(("stages", place, "actions", at, "ladder"), "due")
    for name, rungs in playbook.ladders.items():
        yield from _of_ladder(playbook.calendar, name, rungs)
    if playbook.calendar.around_the_clock and playbook.calendar.scale == 1:
        yield from _no_business_days(playbook)


class _Clock(NamedTuple):
    """A rule that starts clocks: where it is written, how long they run, which ladder it names."""

    path: Path
    field: str
    length: Duration
    ladder: str | None


def _clocks(playbook: Playbook) -> Iterator[_Clock]:
    for place, stage in enumerate(playbook.stages):
        path: Path = ("stages", place)
        for at, action in enumerate(stage.actions):
            yield from _clocks_of_action((*path, "actions", at), action)
        if stage.stay and stage.stay.limit:
            yield _Clock((*path, "stay"), "limit", stage.stay.limit, stage.stay.ladder)
        if stage.idle:
            yield _Clock((*path, "idle"), "limit", stage.idle.limit, stage.idle.ladder)


def _clocks_of_action(path: Path, action: Action) -> Iterator[_Clock]:
    if action.due:
        yield _Clock(path, "due", action.due, action.ladder)
    if action.then:
        yield _Clock((*path, "then"), "within", action.then.within, action.then.ladder)


def _unheard(playbook: Playbook, clock: _Clock) -> Iterator[PlaybookFault]:
    known = playbook.ladders
    if clock.ladder is None and DEFAULT_LADDER not in known:
        message = "nobody would hear of this clock: it names no ladder, and there is no default"
        hint = "add `ladder: …` here, or a ladder called `default`, which serves the rest"
        yield PlaybookFault((*clock.path, clock.field), message, hint)
    if clock.ladder is not None and clock.ladder not in known:
        message = f"unknown ladder `{clock.ladder}`"
        yield PlaybookFault((*clock.path, "ladder"), message, suggestion(clock.ladder, known))


def _silent(path: Path, field: str) -> PlaybookFault:
    message = f"a ladder without `{field}` has no clock to serve"
    return PlaybookFault(path, message, f"add `{field}: …`, or remove the ladder")


def _of_stay(calendar: Calendar, stay: Stay, path: Path) -> Iterator[PlaybookFault]:
    if stay.ladder and not stay.limit:
        yield _silent((*path, "ladder"), "limit")
    if stay.expected and stay.limit and _surely_later(calendar, stay.expected, stay.limit):
        message = f"the expected stay ({stay.expected}) is longer than the limit ({stay.limit})"
        yield PlaybookFault((*path, "expected"), message, "raise the limit, or expect less")


def _of_ladder(calendar: Calendar, name: str, rungs: tuple[Rung, ...]) -> Iterator[PlaybookFault]:
    path: Path = ("ladders", name)
    if not rungs:
        hint = "add a rung such as {at: 0d, to: owner, do: remind}"
        yield PlaybookFault(path, f"the ladder `{name}` has no rungs", hint)
    for place, rung in enumerate(rungs):
        if rung.do == "warn":
            message = "nobody writes `do: warn`: a ladder that recycles warns by itself"
            yield PlaybookFault((*path, place, "do"), message, "see `pool: {warning: 1d}`")
        if (rung.to == "pool") != (rung.do == "recycle"):
            message = f"`do: {rung.do}` does not go with `to: {rung.to}`"
            hint = "`recycle` goes to the pool, and nothing else goes there"
            yield PlaybookFault((*path, place, "do"), message, hint)
        if place:
            yield from _above(calendar, rungs, place, (*path, place))


def _above(
    calendar: Calendar, rungs: tuple[Rung, ...], place: int, path: Path
) -> Iterator[PlaybookFault]:
    """What is wrong with a rung because of the ones above it."""
    rung, above = rungs[place], rungs[place - 1]
    if rung in rungs[:place]:
        yield PlaybookFault(path, "this rung is there twice", "remove one of them")
    elif _surely_later(calendar, above.at, rung.at):
        message = f"{rung.at} comes before {above.at}, the rung above it"
        yield PlaybookFault((*path, "at"), message, "write the rungs in rising order")
    if above.do == "recycle":
        message = "this rung is never reached: the deal is in the pool by then"
        yield PlaybookFault(path, message, "let `recycle` be the last rung")


def _surely_later(calendar: Calendar, one: Duration | Offset, other: Duration | Offset) -> bool:
    """Whether the first ends after the second whenever the clock runs."""
    (unit, size), (other_unit, other_size) = _size(calendar, one), _size(calendar, other)
    if unit == other_unit:
        return size > other_size
    return size >= 0 >= other_size and size != other_size


def _size(calendar: Calendar, length: Duration | Offset) -> tuple[str, int]:
    """What it is measured in, and how far it lies from the due instant: below zero is before."""
    if isinstance(length, Offset) and length.percent is not None:
        return "share of the budget", length.percent - _WHOLE
    if length.is_working:
        return "working time", length.working_seconds(calendar)
    return "clock time", length.clock_seconds


def _no_business_days(playbook: Playbook) -> Iterator[PlaybookFault]:
    """A fault for every length in business days or hours: around the clock there are none.

    A scaled calendar (a demo) is let pass, so that it can run a real playbook at any hour.
    """
    for path, length in _lengths(playbook):
        if length.is_working:
            message = f"{length} counts working time, but the calendar is open around the clock"
            plain = str(length).replace("b", "")
            hint = f"write {plain}, or give the calendar working hours"
            yield PlaybookFault(path, message, hint)


def _lengths(playbook: Playbook) -> Iterator[tuple[Path, Duration | Offset]]:
    for clock in _clocks(playbook):
        yield (*clock.path, clock.field), clock.length
    for place, stage in enumerate(playbook.stages):
        if stage.stay and stage.stay.expected:
            yield ("stages", place, "stay", "expected"), stage.stay.expected
    for name, rungs in playbook.ladders.items():
        for place, rung in enumerate(rungs):
            yield ("ladders", name, place, "at"), rung.at
    yield ("hold", "limit"), playbook.hold.limit
    for rule in ("warning", "cool_down", "protection"):
        yield ("pool", rule), getattr(playbook.pool, rule)
