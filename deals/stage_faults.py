"""Whether a stage makes sense: what it names exists, and its actions can be done in their order.

Decides faults of stages and their actions. Clocks and ladders are judged in `clock_faults`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from deals.fault import Path, PlaybookFault, repeated, suggestion
from deals.playbook import Action, Playbook, Stage


def stage_faults(playbook: Playbook) -> Iterator[PlaybookFault]:
    """Everything wrong with the stages, in their order."""
    ids = [stage.id for stage in playbook.stages]
    yield from repeated("stage", ("stages",), ids, "id")
    for place, stage in enumerate(playbook.stages):
        yield from _of_stage(playbook, stage, ("stages", place))
    for field in ("opportunity_stage", "follow_ups_from"):
        named: str | None = getattr(playbook, field)
        if named is not None and named not in ids:
            yield PlaybookFault((field,), f"unknown stage `{named}`", suggestion(named, ids))


def _of_stage(playbook: Playbook, stage: Stage, path: Path) -> Iterator[PlaybookFault]:
    yield from repeated("fact", (*path, "facts"), stage.facts)
    for place, fact in enumerate(stage.facts):
        if fact not in playbook.facts:
            at = (*path, "facts", place)
            yield PlaybookFault(at, f"unknown fact `{fact}`", suggestion(fact, playbook.facts))
    yield from repeated("action", (*path, "actions"), [one.id for one in stage.actions], "id")
    for place, action in enumerate(stage.actions):
        at = (*path, "actions", place)
        yield from _in_order(stage, action, at)
        yield from _start(stage, action, at)
        yield from _duty(playbook, stage, action, at)
    yield from _circles(stage, path)


def _in_order(stage: Stage, action: Action, path: Path) -> Iterator[PlaybookFault]:
    yield from repeated("action", (*path, "after"), action.after)
    for place, earlier in enumerate(action.after):
        at, other = (*path, "after", place), stage.action(earlier)
        if earlier == action.id:
            yield PlaybookFault(at, f"`{earlier}` comes after itself", "remove it from `after`")
        elif other is None:
            yield _unknown_action(at, stage, action, earlier)
        elif action.required and not other.required:
            message = f"`{action.id}` is required and comes after `{earlier}`, which is not"
            yield PlaybookFault(at, message, "make both required, or neither")


def _unknown_action(at: Path, stage: Stage, action: Action, named: str) -> PlaybookFault:
    others = [other.id for other in stage.actions if other.id != action.id]
    message = f"unknown action `{named}` in stage `{stage.id}`"
    return PlaybookFault(at, message, suggestion(named, others))


def _start(stage: Stage, action: Action, path: Path) -> Iterator[PlaybookFault]:
    """What is wrong with the action whose completion should start this one's clock."""
    start, at = action.due_from, (*path, "due_from")
    if start is None:
        return
    if action.due is None:
        hint = "add `due: …`, or remove `due_from`"
        yield PlaybookFault(at, "`due_from` without `due` starts no clock", hint)
    if start != action.id and stage.action(start) is None:
        yield _unknown_action(at, stage, action, start)
    elif action.id in _up_to(stage, start):
        message = f"the clock of `{action.id}` can never start: `{start}` is not done before it"
        yield PlaybookFault(at, message, "name an action that is done earlier")


def _up_to(stage: Stage, action_id: str) -> set[str]:
    """The action and everything that has to be done before it."""
    found: set[str] = set()
    waiting = [action_id]
    while waiting:
        action = stage.action(waiting.pop())
        if action and action.id not in found:
            found.add(action.id)
            waiting.extend(action.after)
    return found


def _duty(playbook: Playbook, stage: Stage, action: Action, path: Path) -> Iterator[PlaybookFault]:
    """What is wrong with the id of the duty that an action creates."""
    duty, at = action.then, (*path, "then", "id")
    if duty is None:
        return
    if any(other.action(duty.id) for other in playbook.stages):
        message = f"`{duty.id}` is both an action and a duty that follows one"
        yield PlaybookFault(at, message, "give the one in `then` another id")
    elif duty != stage.duty(duty.id):
        message = f"`{duty.id}` follows two actions of stage `{stage.id}` in two ways"
        yield PlaybookFault(at, message, "write both the same, or give one another id")


def _circles(stage: Stage, path: Path) -> Iterator[PlaybookFault]:
    """One fault for each circle of two or more actions that wait for one another."""
    order = [action.id for action in stage.actions]
    waits: dict[str, list[str]] = {}
    for action in stage.actions:
        waits.setdefault(action.id, [one for one in action.after if one != action.id])
    while circle := _circle(waits):
        first = min(circle, key=order.index)
        turned = [*circle[circle.index(first) :], *circle[: circle.index(first)], first]
        message = f"these actions wait for one another: {' → '.join(turned)}"
        at = (*path, "actions", order.index(first), "after")
        yield PlaybookFault(at, message, "take one of them out of an `after`")
        for action_id in circle:
            del waits[action_id]


def _circle(waits: dict[str, list[str]]) -> Sequence[str]:
    """The actions of one circle, each waiting for the next; empty if there is none."""
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]  # from the one waited for to the one that waits
        return circle[:0:-1]
    return ()
