"""Who has the deal: handing over, taking from the pool."""

from __future__ import annotations

from datetime import datetime

from deals import events as e
from deals.commands import Assign, Claim
from deals.decisions.draft import Draft
from deals.decisions.stages import MANAGING
from deals.refusals import Code, Refused
from deals.working_time import NEVER, due


def assign(draft: Draft, command: Assign) -> None:
    """Hand over.

    Stage, facts, clocks and history stay. From the pool it is like a claim for somebody, and obeys
    the same rules, unless whoever manages says why it should not.

    Raises:
        Refused: `already_owner`; `not_allowed` unless the actor has the deal or manages;
            `cooling_down`, `claim_limit` from the pool, without a reason.
    """
    before = draft.deal.owner
    if command.owner == before:
        raise Refused(Code.ALREADY_OWNER, owner=command.owner)
    if command.actor.role not in MANAGING and command.actor.id != before:
        raise Refused(Code.NOT_ALLOWED, needs="the owner or a manager")
    if draft.deal.in_pool and command.reason is None:
        _check_claim(draft, command.owner, command.held)
    draft.add(
        e.DealAssigned,
        owner=command.owner,
        team=command.team,
        before=before,
        reason=command.reason,
        own=command.own,
        protected_until=protected_until(draft) if draft.deal.in_pool else None,
    )
    draft.set_clocks()


def claim(draft: Draft, command: Claim) -> None:
    """Take the deal from the pool; every clock begins anew for its new owner.

    Raises:
        Refused: `not_in_pool`; `cooling_down` for whom it was taken from; `claim_limit`.
    """
    if not draft.deal.in_pool:
        raise Refused(Code.NOT_IN_POOL, owner=draft.deal.owner)
    _check_claim(draft, command.actor.id, command.held)
    draft.add(
        e.DealClaimed,
        owner=command.actor.id,
        team=command.team,
        own=command.own,
        protected_until=protected_until(draft),
    )
    draft.set_clocks()


def protected_until(draft: Draft) -> datetime:
    """Until when a deal is not recycled that somebody has taken, or a customer has answered."""
    return due(draft.calendar, draft.playbook.pool.protection, draft.now) or NEVER


def _check_claim(draft: Draft, owner: str, held: int) -> None:
    rule, former = draft.playbook.pool, draft.deal.former
    if former and former.owner == owner:
        until = due(draft.calendar, rule.cool_down, former.since) or NEVER
        if draft.now < until:
            raise Refused(Code.COOLING_DOWN, owner=owner, until=until.isoformat())
    if rule.claim_limit is not None and held >= rule.claim_limit:
        raise Refused(Code.CLAIM_LIMIT, owner=owner, held=held, limit=rule.claim_limit)
