"""A playbook: the stages of a company's sales process, their actions, what each must produce, and the clocks.

Decides the shape of a process and answers look-ups in it. A published playbook never changes; a deal is pinned to
one by id, version and digest. Whether a playbook makes sense as a whole is decided in `playbook_faults`.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from deals.calendar import Calendar
from deals.duration import Duration, Offset
from deals.model import Authored, Key, Names

FactKind = Literal["text", "number", "yes-no", "date", "choice", "money", "contact", "document"]
Recipient = Literal["owner", "manager", "director", "pool"]
Measure = Literal["remind", "escalate", "recycle"]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]

DEFAULT_LADDER = "default"
DEFAULT_HOLD_LIMIT = Duration("30d")
"""How long a rep may hold a deal when the playbook is silent. A choice: one month."""


def _named(value: object) -> object:
    """A plain text stands for its English name."""
    return {"en": value} if isinstance(value, str) else value


Named = Annotated[Names, BeforeValidator(_named)]


class FollowOn(Authored):
    """A duty that a finished action creates: minutes within 24 hours after a visit."""

    id: Key
    name: Named
    within: Duration
    resets_idle: bool = False
    """Whether doing it counts as movement; writing minutes down does not bring the customer nearer."""
    ladder: str | None = None


class Action(Authored):
    """A standard action of a stage."""

    id: Key
    name: Named
    due: Duration | None = None
    due_from: Key | None = None
    """The action whose completion starts the clock; None: the stage's beginning does."""
    after: tuple[Key, ...] = ()
    then: FollowOn | None = None
    evidence: tuple[Literal["document"], ...] = ()
    required: bool = True
    """Whether the gate of the stage asks for it."""
    repeat: bool = False
    """Whether it can be recorded more than once in one stage visit."""
    resets_idle: bool = True
    """Whether doing it counts as movement."""
    follow_up: bool | None = None
    """Whether it counts as a follow-up; None: if it resets idle from the stage `follow_ups_from` on."""
    ladder: str | None = None


class Stay(Authored):
    """How long a deal stays in a stage."""

    expected: Duration | None = None
    limit: Duration | None = None
    ladder: str | None = None


class Idle(Authored):
    """How long a deal may rest without a qualifying action."""

    limit: Duration
    ladder: str | None = None


class Stage(Authored):
    """One stage; its order is its place in `Playbook.stages`."""

    id: Key
    name: Named
    facts: tuple[Key, ...] = ()
    actions: tuple[Action, ...] = ()
    stay: Stay | None = None
    idle: Idle | None = None

    def action(self, action_id: str) -> Action | None:
        """The standard action of that id, or None."""
        return next((action for action in self.actions if action.id == action_id), None)

    def duty(self, action_id: str) -> FollowOn | None:
        """The follow-on of that id, whichever action creates it, or None."""
        found = (action.then for action in self.actions if action.then and action.then.id == action_id)
        return next(found, None)


class Rung(Authored):
    """One step of a ladder: when (relative to the due instant), whom, what."""

    at: Offset
    to: Recipient
    do: Measure


class Choice(Authored):
    """One allowed value of a choice fact."""

    id: str = Field(min_length=1, max_length=100)
    name: Named


def _choice(value: object) -> object:
    """A plain text is both id and English name of a choice."""
    return {"id": value, "name": {"en": value}} if isinstance(value, str) else value


class FactRule(Authored):
    """What a fact is called and what its value looks like."""

    kind: FactKind
    name: Named
    choices: tuple[Annotated[Choice, BeforeValidator(_choice)], ...] = ()


class HoldRule(Authored):
    """How long a deal may be put on hold without a manager."""

    limit: Duration = DEFAULT_HOLD_LIMIT


class Playbook(Authored):
    """One version of a company's sales process, with its calendar resolved to plain data."""

    id: Key = Field(validation_alias="playbook", serialization_alias="playbook")
    version: int = Field(ge=1)
    name: Named
    calendar: Calendar
    currency: Currency
    stages: tuple[Stage, ...] = Field(min_length=1)
    facts: dict[Key, FactRule] = {}
    ladders: dict[str, tuple[Rung, ...]] = {}
    hold: HoldRule = HoldRule()
    opportunity_stage: Key | None = None
    """The stage whose entry makes a lead an opportunity; None: the second stage."""
    follow_ups_from: Key | None = None
    """The stage from which qualifying actions count as follow-ups; None: the one called `quotation`, if any."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the playbook's canonical JSON, as hex."""
        return hashlib.sha256(self.model_dump_json(by_alias=True).encode()).hexdigest()

    def stage(self, stage_id: str) -> Stage | None:
        """The stage of that id, or None."""
        return next((stage for stage in self.stages if stage.id == stage_id), None)

    def position(self, stage_id: str) -> int:
        """The stage's place, 0 for the first.

        Raises:
            KeyError: the playbook has no such stage.
        """
        for position, stage in enumerate(self.stages):
            if stage.id == stage_id:
                return position
        raise KeyError(stage_id)

    def next_stage(self, stage_id: str) -> Stage | None:
        """The stage that follows, or None after the last."""
        following = self.position(stage_id) + 1
        return self.stages[following] if following < len(self.stages) else None

    def knows_action(self, action_id: str) -> bool:
        """Whether any stage has an action or a follow-on of that id."""
        return any(stage.action(action_id) or stage.duty(action_id) for stage in self.stages)

    def ladder(self, name: str | None) -> tuple[Rung, ...]:
        """The rungs of that ladder; those of `default` when None; empty when there is no default."""
        return self.ladders.get(name or DEFAULT_LADDER, ())

    def counts_follow_ups(self, stage_id: str) -> bool:
        """Whether qualifying actions of that stage are follow-ups unless marked otherwise."""
        start = self.follow_ups_from or "quotation"
        return self.stage(start) is not None and self.position(stage_id) >= self.position(start)
