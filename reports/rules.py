"""Which rule an alert comes from, and how long its people have to follow it.

Decides what makes two alerts the same rule's: the same clock of the same playbook, told to the same
post for the same purpose. Pure: no database.
"""

from __future__ import annotations

from typing import NamedTuple

from deals.clock import ClockKind
from deals.duration import Duration
from deals.playbook import (
    ANSWER_WITHIN,
    Action,
    FollowOn,
    Idle,
    Measure,
    Playbook,
    Recipient,
    Stay,
)


class Rule(NamedTuple):
    """One rule that alerts."""

    playbook: str
    stage: str
    kind: ClockKind
    subject: str
    do: Measure
    to: Recipient

    @property
    def id(self) -> str:
        """Its name in an address; no part of it holds a slash."""
        return "/".join(self)


def answer_within(playbook: Playbook, rule: Rule) -> Duration:
    """How soon an alert of the rule should be followed; `ANSWER_WITHIN` where nothing is said."""
    said = _said(playbook, rule)
    return (said.answer_within if said else None) or ANSWER_WITHIN


def _said(playbook: Playbook, rule: Rule) -> Action | FollowOn | Stay | Idle | None:
    """What the playbook says of the clock; None where it says nothing, as of a promise."""
    stage = playbook.stage(rule.stage)
    if stage is None:
        return None
    match rule.kind:
        case "action":
            return stage.action(rule.subject)
        case "follow_on":
            return stage.duty(rule.subject)
        case "stay":
            return stage.stay
        case "idle":
            return stage.idle
        case "promise":
            return None
