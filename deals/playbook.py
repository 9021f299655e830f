"""A playbook.

The stages of a company's sales process, their actions, what each must produce, and the clocks.

Decides the shape of a process and answers look-ups in it. A published playbook never changes; a
deal is pinned to one by id, version and digest. Whether a playbook makes sense as a whole is
decided in `playbook_faults`.
"""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from deals.calendar import Calendar
from deals.duration import Duration, Offset
from deals.model import Authored, Key, Line

FactKind = Literal["text", "number", "yes-no", "date", "choice", "money", "contact", "document"]
Recipient = Literal["owner", "manager", "director", "pool"]
Measure = Literal["remind", "escalate", "warn", "recycle"]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]

DEFAULT_LADDER = "default"
_LATEST_VERSION = 1_000_000
"""The highest version number. A choice; every database counts so far."""

DEFAULT_HOLD_LIMIT = Duration("30d")
"""How long a rep may hold a deal when the playbook is silent. A choice: one month."""

DEFAULT_WARNING = Duration("1d")
DEFAULT_COOL_DOWN = Duration("7d")
DEFAULT_PROTECTION = Duration("3d")
"""Rules of the pool when the playbook is silent. Choices: a day to act, a week for others to try,
and three days to begin with a deal."""

ANSWER_WITHIN = Duration("24h")
"""How soon an alert should be followed by an action. Source: definitions of the alert report."""


def _named(value: object) -> object:
    """A plain text stands for its English name."""
    return {"en": value} if isinstance(value, str) else value


Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
"""A language tag such as `en`, `zh` or `pt-BR`."""

Named = Annotated[dict[Language, Line], BeforeValidator(_named)]
"""A name per language; a plain text is the English one."""

_MOST_STAGES = 50
_MOST_ACTIONS = 100
_MOST_FACTS = 200
_MOST_CHOICES = 500
_MOST_LADDERS = 50
_MOST_RUNGS = 50
_MOST_CLAIMS = 100_000
_MOST_PLACEHOLDERS = 100
"""How many of each a playbook, or a part of it, may have. Choices: far above any sales process, and
low enough that every check of a playbook is quick."""


class FollowOn(Authored):
    """A duty that a finished action creates: minutes within 24 hours after a visit."""

    id: Key
    name: Named
    within: Duration
    resets_idle: bool = False
    """Whether doing it counts as movement.

    Writing minutes down does not bring the customer nearer.
    """
    ladder: str | None = None
    answer_within: Duration | None = None
    """How soon an alert should be followed by an action; None: `ANSWER_WITHIN`."""


class Action(Authored):
    """A standard action of a stage."""

    id: Key
    name: Named
    due: Duration | None = None
    due_from: Key | None = None
    """The action whose completion starts the clock; None: the stage's beginning does."""
    after: tuple[Key, ...] = Field((), max_length=_MOST_ACTIONS)
    then: FollowOn | None = None
    evidence: tuple[Literal["document"], ...] = Field((), max_length=1)
    required: bool = True
    """Whether the gate of the stage asks for it."""
    repeat: bool = False
    """Whether it can be recorded more than once in one stage visit."""
    resets_idle: bool = True
    """Whether doing it counts as movement."""
    follow_up: bool | None = None
    """Whether it counts as a follow-up.

    None: if it resets idle from the stage `follow_ups_from` on.
    """
    ladder: str | None = None
    answer_within: Duration | None = None


class Stay(Authored):
    """How long a deal stays in a stage."""

    expected: Duration | None = None
    limit: Duration | None = None
    ladder: str | None = None
    answer_within: Duration | None = None


class Idle(Authored):
    """How long a deal may rest without a qualifying action."""

    limit: Duration
    ladder: str | None = None
    answer_within: Duration | None = None
    replies: bool = True
    """Whether a reply of the customer counts as movement."""


class Stage(Authored):
    """One stage; its order is its place in `Playbook.stages`."""

    id: Key
    name: Named
    facts: tuple[Key, ...] = Field((), max_length=_MOST_FACTS)
    actions: tuple[Action, ...] = Field((), max_length=_MOST_ACTIONS)
    stay: Stay | None = None
    idle: Idle | None = None

    def action(self, action_id: str) -> Action | None:
        """The standard action of that id, or None."""
        return next((action for action in self.actions if action.id == action_id), None)

    def duty(self, action_id: str) -> FollowOn | None:
        """The follow-on of that id, whichever action creates it, or None."""
        found = (
            action.then for action in self.actions if action.then and action.then.id == action_id
        )
        return next(found, None)


class Rung(Authored):
    """One step of a ladder: when (relative to the due instant), whom, what."""

    at: Offset
    to: Recipient
    do: Measure


_WARNING = Rung(at=Offset("0d"), to="owner", do="warn")

Ladder = Annotated[tuple[Rung, ...], Field(max_length=_MOST_RUNGS)]
"""The rungs of one ladder, in rising order."""


class Choice(Authored):
    """One allowed value of a choice fact."""

    id: Line
    name: Named


def _choice(value: object) -> object:
    """A plain text is both id and English name of a choice."""
    return {"id": value, "name": {"en": value}} if isinstance(value, str) else value


class FactRule(Authored):
    """What a fact is called and what its value looks like."""

    kind: FactKind
    name: Named
    choices: tuple[Annotated[Choice, BeforeValidator(_choice)], ...] = Field(
        (), max_length=_MOST_CHOICES
    )


class HoldRule(Authored):
    """How long a deal may be put on hold without a manager."""

    limit: Duration = DEFAULT_HOLD_LIMIT


class PoolRule(Authored):
    """How deals that nobody moves go to the pool, and come back from it."""

    warning: Duration = DEFAULT_WARNING
    """How long before it goes there its owner is warned."""
    cool_down: Duration = DEFAULT_COOL_DOWN
    """How long its former owner may not claim it."""
    protection: Duration = DEFAULT_PROTECTION
    """How long it is not recycled after a claim, or a reply of the customer."""
    claim_limit: int | None = Field(None, ge=1, le=_MOST_CLAIMS, strict=True)
    """How many open deals from the pool a person may have; None: any number."""


class Playbook(Authored):
    """One version of a company's sales process, with its calendar resolved to plain data."""

    id: Key = Field(validation_alias="playbook", serialization_alias="playbook")
    version: int = Field(ge=1, le=_LATEST_VERSION, strict=True)
    name: Named
    calendar: Calendar
    currency: Currency
    stages: tuple[Stage, ...] = Field(min_length=1, max_length=_MOST_STAGES)
    facts: dict[Key, FactRule] = Field({}, max_length=_MOST_FACTS)
    ladders: dict[Key, Ladder] = Field({}, max_length=_MOST_LADDERS)
    hold: HoldRule = HoldRule()
    pool: PoolRule = PoolRule()
    opportunity_stage: Key | None = None
    """The stage whose entry makes a lead an opportunity; None: the second stage."""
    follow_ups_from: Key | None = None
    """The stage from which qualifying actions count as follow-ups.

    None: the one called `quotation`, if any.
    """

    placeholders: tuple[Line, ...] = Field((), max_length=_MOST_PLACEHOLDERS)
    """Notes that say nothing, whatever their case: what people write to get past a field."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what the playbook says, as hex.

        Neither the order of names, facts and ladders nor a default written out changes it, and a
        field that a later release adds leaves the digests of older playbooks alone. A default must
        therefore never change.
        """
        said = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        canonical = json.dumps(said, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

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
        """The rungs of that ladder.

        Those of `default` when None; empty when there is no default. One that recycles has a last
        one that nobody wrote: the warning of the owner, `pool.warning` before the rung above it.
        """
        rungs = self.ladders.get(name or DEFAULT_LADDER, ())
        return (*rungs, _WARNING) if rungs and rungs[-1].do == "recycle" else rungs

    def counts_follow_ups(self, stage_id: str) -> bool:
        """Whether qualifying actions of that stage are follow-ups unless marked otherwise."""
        start = self.follow_ups_from or "quotation"
        return self.stage(start) is not None and self.position(stage_id) >= self.position(start)
