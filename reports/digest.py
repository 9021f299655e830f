"""What waits for a manager's answer, and since when?

Population: open escalations meant for the person by their post, through the reporting line of
today; reminders of their own deals are none. The oldest come first, grouped by whose deal it is,
the owner of the oldest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from deals.clock import ClockKind
from deals.model import Names
from ledger.escalations import (
    EscalationFilter,
    EscalationRow,
    count_escalations,
    list_escalations,
)
from ledger.session import Ledger
from reports.cases import Case, Find, Hearing, Staff, cases

LISTED: Final = 30
"""Escalations that a digest lists. A choice: more are counted, and nobody reads further."""


@dataclass(frozen=True, slots=True)
class Raised:
    """One escalation that waits.

    Attributes:
        kind: of the clock, or a request to let the deal pass.
        asked: the action that is missing; None where any that moves the deal will do.
        promised: the words of a promise that was missed.
        due_at: when the clock was due; None of a request.
        reason: of a request.
        hears_next: who hears of it next, unless it is answered.
        case: the deal, whole.
    """

    escalation: str
    deal_id: str
    title: str
    customer: str
    amount_minor: int | None
    currency: str
    stage: Names
    kind: ClockKind | Literal["override"]
    asked: Names | None
    promised: str | None
    at: datetime
    due_at: datetime | None
    reason: str | None
    hears_next: Hearing | None
    case: Case


@dataclass(frozen=True, slots=True)
class OfOwner:
    """What waits of one owner's deals.

    Attributes:
        owner: their name; None: the pool.
        n: how many wait, listed or not.
        raised: those listed, the oldest first.
    """

    owner: str | None
    n: int
    raised: tuple[Raised, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """What waits for one person; `n` are more than are listed where there are many."""

    n: int
    owners: tuple[OfOwner, ...]


async def digest(ledger: Ledger, person: str, find: Find, staff: Staff) -> Digest:
    """What waits for the person's answer, or for that of somebody they stand in for.

    Args:
        ledger: where to look.
        person: for whom.
        find: finds playbooks.
        staff: whom rungs mean.
    """
    wanted = EscalationFilter(status=("open",), to=("manager", "director"), person=person)
    counts = await count_escalations(ledger, wanted, staff.line)
    listed = await list_escalations(
        ledger, wanted, oldest_first=True, line=staff.line, limit=LISTED
    )
    found = await cases(ledger, {one.deal_id for one in listed.items}, find)
    grouped: dict[str | None, list[Raised]] = {}
    for row in listed.items:
        grouped.setdefault(row.owner, []).append(_raised(row, found[row.deal_id], staff))
    owners = (
        OfOwner(staff.name(owner) if owner else None, counts.get(owner, len(some)), tuple(some))
        for owner, some in grouped.items()
    )
    n = max(sum(counts.values()), len(listed.items)) if listed.items else 0  # one may come or go
    return Digest(n, tuple(owners))


def _raised(row: EscalationRow, case: Case, staff: Staff) -> Raised:
    clock = case.deal.clock(row.clock) if row.clock else None
    shared = ("deal_id", "title", "customer", "kind", "at", "due_at", "reason")
    return Raised(
        **{name: getattr(row, name) for name in shared},
        escalation=row.id,
        amount_minor=case.deal.amount_minor,
        currency=case.deal.currency,
        stage=case.stage_name(row.stage or case.deal.visit.stage),
        asked=case.asked(row.kind, row.subject) if row.kind != "override" else None,
        promised=case.promised(clock) if clock else None,
        hears_next=staff.hears_next(case, clock) if clock else None,
        case=case,
    )
