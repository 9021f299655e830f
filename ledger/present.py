"""A deal's own rows: what lists show of it, and all of it.

Decides their content, from the deal alone: no clock, no other row. Must never decide anything about
a deal.
"""

from __future__ import annotations

from deals.deal import Deal
from ledger.rows import Row


def deal_row(deal: Deal) -> Row:
    """The deal as lists and boards show it."""
    visit = deal.visit if deal.visits else None
    dues = [clock.due_at for clock in deal.clocks if clock.live and clock.due_at]
    is_open = deal.outcome is None
    return {
        "id": deal.id,
        "title": deal.title,
        "customer": deal.customer,
        "owner": deal.owner,
        "team": deal.team,
        "source": deal.source,
        "amount_minor": deal.amount_minor,
        "currency": deal.currency,
        "playbook_id": deal.playbook.id,
        "playbook_version": deal.playbook.version,
        "playbook_digest": deal.playbook.digest,
        "stage": visit.stage if visit else None,
        "visit": visit.number if visit else None,
        "stage_entered_at": visit.entered_at if visit else None,
        "status": deal.status,
        "in_pool": deal.in_pool,
        "overdue": is_open and any(clock.live and clock.breached_at for clock in deal.clocks),
        "hold_until": deal.hold.until if deal.hold else None,
        "claimed_at": deal.claimed_at,
        "protected_until": deal.protected_until,
        "next_due_at": min(dues, default=None) if is_open else None,
        "opened_at": deal.opened_at,
        "seen_at": deal.seen_at,
        "closed_at": deal.outcome.at if deal.outcome else None,
        "close_reason": deal.outcome.reason if deal.outcome else None,
        "follow_ups": deal.follow_ups,
        "seq": deal.seq,
        "heard_at": deal.at,
        "search": searchable(f"{deal.title}\n{deal.customer}\n{deal.id}"),
    }


def searchable(text: str) -> str:
    """Text as it is compared when somebody searches: case does not matter, in any alphabet."""
    return text.casefold()


def state_row(deal: Deal) -> Row:
    """The deal but for the commands it remembers, up to 20 kB of them: the events tell them."""
    state = deal.model_dump_json(exclude={"answers"})
    return {"deal_id": deal.id, "seq": deal.seq, "state": state}
