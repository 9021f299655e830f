"""What one version of a playbook asks for that another does not.

Decides what is told as a change: what people are asked to do, to know and by when. Names, words and
colours are nobody's business here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from deals.duration import Duration
from deals.model import Names
from deals.playbook import Playbook, Stage

How = Literal["added", "removed", "changed"]
What = Literal["stage", "action", "fact", "due", "usual", "limit", "idle", "ladder"]


class Change(NamedTuple):
    """One difference.

    Attributes:
        stage: the one it is in; None of a ladder.
        name: of the action, the fact or the stage.
        before, after: the lengths of what changed.
    """

    how: How
    what: What
    stage: Names | None
    name: Names
    before: Duration | None = None
    after: Duration | None = None


def changes(before: Playbook, after: Playbook) -> tuple[Change, ...]:
    """What is different in the later one, in its order; what was removed comes last."""
    return tuple(_changes(before, after))


def _changes(before: Playbook, after: Playbook) -> Iterator[Change]:
    for stage in after.stages:
        was = before.stage(stage.id)
        if was is None:
            yield Change("added", "stage", stage.name, stage.name)
        else:
            yield from _in_stage(before, was, after, stage)
    for stage in before.stages:
        if after.stage(stage.id) is None:
            yield Change("removed", "stage", stage.name, stage.name)
    for name in sorted(before.ladders.keys() | after.ladders.keys()):
        if before.ladders.get(name) != after.ladders.get(name):
            how: How = "changed"
            if name not in before.ladders:
                how = "added"
            elif name not in after.ladders:
                how = "removed"
            yield Change(how, "ladder", None, {"en": name})


def _in_stage(before: Playbook, was: Stage, after: Playbook, now: Stage) -> Iterator[Change]:
    yield from _actions(was, now)
    for fact in now.facts:
        if fact not in was.facts:
            yield Change("added", "fact", now.name, _fact(after, fact))
    for fact in was.facts:
        if fact not in now.facts:
            yield Change("removed", "fact", now.name, _fact(before, fact))
    earlier, later = _lengths(was), _lengths(now)
    for what, length in later.items():
        if earlier[what] != length:
            yield Change("changed", what, now.name, now.name, earlier[what], length)


def _actions(was: Stage, now: Stage) -> Iterator[Change]:
    for action in now.actions:
        earlier = was.action(action.id)
        if earlier is None:
            yield Change("added", "action", now.name, action.name)
        elif earlier.due != action.due:
            yield Change("changed", "due", now.name, action.name, earlier.due, action.due)
    for action in was.actions:
        if now.action(action.id) is None:
            yield Change("removed", "action", now.name, action.name)


def _lengths(stage: Stage) -> dict[What, Duration | None]:
    return {
        "usual": stage.stay.expected if stage.stay else None,
        "limit": stage.stay.limit if stage.stay else None,
        "idle": stage.idle.limit if stage.idle else None,
    }


def _fact(playbook: Playbook, fact: str) -> Names:
    rule = playbook.facts.get(fact)
    return rule.name if rule else {"en": fact}
