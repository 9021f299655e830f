"""Who has the deal: handing over, taking from the pool."""

from __future__ import annotations

from deals import events as e
from deals.commands import Assign, Claim
from deals.decisions.draft import Draft
from deals.decisions.stages import MANAGING
from deals.refusals import Code, Refused


def assign(draft: Draft, command: Assign) -> None:
    """Hand over.

    Stage, facts, clocks and history stay. From the pool it is like a claim for somebody.

    Raises:
        Refused: `already_owner`; `not_allowed` unless the actor has the deal or manages.
    """
    before = draft.deal.owner
    if command.owner == before:
        raise Refused(Code.ALREADY_OWNER, owner=command.owner)
    if command.actor.role not in MANAGING and command.actor.id != before:
        raise Refused(Code.NOT_ALLOWED, needs="the owner or a manager")
    draft.add(
        e.DealAssigned, owner=command.owner, team=command.team, before=before, reason=command.reason
    )
    draft.set_clocks()


def claim(draft: Draft, command: Claim) -> None:
    """Take the deal from the pool; every clock begins anew for its new owner.

    Raises:
        Refused: `not_in_pool`.
    """
    if not draft.deal.in_pool:
        raise Refused(Code.NOT_IN_POOL, owner=draft.deal.owner)
    draft.add(e.DealClaimed, owner=command.actor.id, team=command.team)
    draft.set_clocks()
