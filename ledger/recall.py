"""Recalling: what the record says of a deal and of a command it may have seen long ago.

A deal carries its latest commands only; here every one is found. Must never write, nor decide
whether a command may happen.
"""

from __future__ import annotations

from deals.deal import Answer, Deal
from deals.events import CommandRefused
from deals.evolve import fold
from deals.playbook import Playbook
from ledger.playbooks import find_playbook
from ledger.session import Ledger
from ledger.timeline import command_events, timeline


async def recall(
    ledger: Ledger, deal_id: str, command_id: str | None = None
) -> tuple[Playbook, Deal] | None:
    """The deal as its events tell it, with its playbook; None if there is none of that id.

    Args:
        ledger: where to look.
        deal_id: which deal.
        command_id: a command the deal shall remember, however old it is, if it ever saw it.

    Raises:
        UnknownPlaybook: the deal is pinned to a version that was never published.
    """
    deal = await folded(ledger, deal_id)
    if deal is None:
        return None
    if command_id and command_id not in deal.answers:
        answer = await recall_answer(ledger, deal_id, command_id)
        known = {command_id: answer} if answer else {}
        deal = deal.model_copy(update={"answers": deal.answers | known})
    pinned = deal.playbook
    published = await find_playbook(ledger, pinned.id, pinned.version)
    return published.playbook, deal


async def folded(ledger: Ledger, deal_id: str) -> Deal | None:
    """The deal as its events tell it, whole; None if there is none of that id."""
    life = await timeline(ledger, deal_id, limit=None)
    return fold(None, life) if life else None


async def recall_answer(ledger: Ledger, deal_id: str, command_id: str) -> Answer | None:
    """What became of a command; None if it is not recorded."""
    events = await command_events(ledger, deal_id, command_id)
    if not events:
        return None
    last, digest = events[-1], "".join(event.digest for event in events)
    if isinstance(last, CommandRefused):
        return Answer(seq=last.seq, digest=digest, refusal=last.code, facts=last.facts)
    return Answer(seq=last.seq, digest=digest)
