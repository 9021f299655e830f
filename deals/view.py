"""What a reader is shown of a deal: the contract's DealView.

Decides names and shapes for the outside. Must never decide anything about the deal.
"""

from __future__ import annotations

from typing import Any

from deals.agenda import NextAction, NextRung, next_actions, next_rung
from deals.clock import Cause, Clock, ClockKind, ClockState, Escalation
from deals.deal import Deal, Done, Hold, NextStep, Outcome, Status, Unmet
from deals.gates import unmet
from deals.model import Instant, Names, Recorded
from deals.playbook import Playbook


class PlaybookVersion(Recorded):
    """Which playbook the deal is pinned to."""

    id: str
    version: int


class StageShown(Recorded):
    """The stage the deal is in."""

    id: str
    name: Names
    entered_at: Instant | None


class ClockShown(Recorded):
    """One clock of the deal."""

    id: str
    kind: ClockKind
    subject: str
    started_at: Instant
    due_at: Instant | None
    state: ClockState
    breached_at: Instant | None
    cause: Cause | None
    """What started it, and whose doing that was."""
    rung: int
    """How many rungs of its ladder are behind it."""
    next_rung: NextRung | None


class UnmetShown(Recorded):
    """One thing the gate lacks, with its name."""

    kind: str
    id: str
    name: Names


class DealView(Recorded):
    """A deal as the API answers it."""

    id: str
    title: str
    customer: str
    owner: str | None
    team: str | None
    source: str | None
    amount_minor: int | None
    currency: str
    playbook: PlaybookVersion
    stage: StageShown
    status: Status
    in_pool: bool
    opened_at: Instant | None
    facts: dict[str, Any]
    done: tuple[Done, ...]
    next_actions: tuple[NextAction, ...]
    unmet: tuple[UnmetShown, ...]
    clocks: tuple[ClockShown, ...]
    escalations: tuple[Escalation, ...]
    hold: Hold | None
    next_step: NextStep | None
    outcome: Outcome | None
    follow_ups: int
    protected_until: Instant | None
    """No ladder takes it from its owner before that."""
    seq: int
    workflow_id: str
    stale: bool = False
    """True when no worker answered and this is what the ledger last recorded."""


def workflow_id(deal_id: str) -> str:
    """The id of the deal's workflow."""
    return f"deal-{deal_id}"


def view(playbook: Playbook, deal: Deal, *, stale: bool = False) -> DealView:
    """The deal as the API answers it; `stale` says that it may be older than the truth."""
    stage = playbook.stages[playbook.position(deal.visit.stage)]
    shared = (
        "id",
        "title",
        "customer",
        "owner",
        "team",
        "source",
        "amount_minor",
        "currency",
        "status",
        "in_pool",
    )
    more = (
        "opened_at",
        "facts",
        "done",
        "escalations",
        "hold",
        "next_step",
        "outcome",
        "follow_ups",
        "protected_until",
        "seq",
    )
    return DealView(
        **{name: getattr(deal, name) for name in (*shared, *more)},
        playbook=PlaybookVersion(id=deal.playbook.id, version=deal.playbook.version),
        stage=StageShown(id=stage.id, name=stage.name, entered_at=deal.visit.entered_at),
        next_actions=next_actions(playbook, deal),
        unmet=tuple(_named(playbook, one) for one in unmet(playbook, deal)),
        clocks=tuple(_clock(playbook, clock) for clock in deal.clocks),
        workflow_id=workflow_id(deal.id),
        stale=stale,
    )


def _clock(playbook: Playbook, clock: Clock) -> ClockShown:
    shared = ("id", "kind", "subject", "started_at", "due_at", "state", "breached_at", "cause")
    return ClockShown(
        **{name: getattr(clock, name) for name in shared},
        rung=len(clock.reached),
        next_rung=next_rung(playbook, clock),
    )


def _named(playbook: Playbook, lacking: Unmet) -> UnmetShown:
    return UnmetShown(kind=lacking.kind, id=lacking.id, name=_name(playbook, lacking))


def _name(playbook: Playbook, lacking: Unmet) -> Names:
    if lacking.kind == "fact":
        return playbook.facts[lacking.id].name
    found = (stage.action(lacking.id) or stage.duty(lacking.id) for stage in playbook.stages)
    return next((one.name for one in found if one), {"en": lacking.id})
