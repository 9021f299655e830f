"""Deals with a past, for pages that look back: each day is counted from the last whole month's."""

from datetime import UTC, datetime, timedelta
from typing import Any

from api.backing import Backing
from deals.commands import ImportDeal, PastStep
from deals.deal import Actor, PlaybookRef
from deals.decide import decide
from deals.evolve import fold
from deals.playbook import Playbook
from ledger.record import Life, record_many

NOW = datetime.now(UTC)
FIRST = (NOW.replace(day=1) - timedelta(days=1)).replace(day=1, hour=12, minute=0, second=0)
"""Noon on the first day of the last whole month."""

MONTH = f"{FIRST:%Y-%m}"


def stage(name: str, day: float) -> PastStep:
    return PastStep(kind="stage", stage=name, at=FIRST + timedelta(days=day))


def end(how: str, day: float, reason: str | None = None) -> PastStep:
    at = FIRST + timedelta(days=day)
    return PastStep.model_validate({"kind": "end", "outcome": how, "at": at, "reason": reason})


def did(action: str, day: float, by: str = "ana") -> PastStep:
    return PastStep(kind="action", action=action, at=FIRST + timedelta(days=day), actor=by)


async def lived(backing: Backing, deal_id: str, *past: PastStep, **more: Any) -> None:
    """A deal with this past, of the equipment playbook if no other is given."""
    book: Playbook = more.pop("book", None) or await backing.shelf.find("equipment-sales")
    command = ImportDeal(
        command_id="import",
        actor=Actor(id="import", role="ops"),
        deal_id=deal_id,
        playbook=PlaybookRef(id=book.id, version=book.version, digest=book.digest),
        reference=deal_id,
        past=past,
        **{
            "owner": "ana",
            "team": "north",
            "title": deal_id,
            "customer": f"Customer {deal_id}",
            "opened_at": past[0].at,
        }
        | more,
    )
    events = decide(book, None, command, now=NOW)
    await record_many(backing.ledger, [Life(fold(None, events).id, events)])
