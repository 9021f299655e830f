"""The part of folding that is about who has the deal: owners, the pool, and back.

Decides nothing, like `evolve`, whose part it is.
"""

from __future__ import annotations

from typing import Any

from deals import events as e
from deals.clock import Anchor, Cause, Pause
from deals.deal import Deal, Former
from deals.own_time import NOTHING_OWN

Changes = dict[str, Any]


def owner_changed(deal: Deal, event: e.DealAssigned | e.DealClaimed | e.DealPooled) -> Changes:
    """What of the deal is different when it has another owner, or none."""
    if isinstance(event, e.DealPooled):
        return _to_the_pool(deal, event)
    changes: Changes = {"owner": event.owner, "team": event.team, "own": event.own}
    changes["claimed_at"] = None
    if deal.in_pool:
        taken = event.occurred_at or event.at
        cause = Cause(what="claim", by=event.actor.id)
        changes |= {
            "pauses": ended(deal.pauses, event),
            "restarted": Anchor(seq=event.seq, at=taken, cause=cause),
            "moved": None,
            "claimed_at": taken,
            "protected_until": event.protected_until,
        }
    return changes


def _to_the_pool(deal: Deal, event: e.DealPooled) -> Changes:
    since = event.occurred_at or event.at
    return {
        "owner": None,
        "own": NOTHING_OWN,
        "next_step": None,
        "rests": (),
        "pauses": (*deal.pauses, pooled(event)),
        "former": Former(owner=event.before, since=since) if event.before else deal.former,
        "claimed_at": None,
        "protected_until": None,
    }


def pooled(event: e.Event) -> Pause:
    """The pause that begins when nobody has the deal."""
    return Pause(since=event.occurred_at or event.at, until=None, why="pool")


def ended(pauses: tuple[Pause, ...], event: e.Event) -> tuple[Pause, ...]:
    """The pauses with the last one ended at the event's instant."""
    return (*pauses[:-1], pauses[-1].model_copy(update={"until": event.occurred_at or event.at}))
