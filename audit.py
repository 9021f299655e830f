"""The audit: whether the ledger hangs together, and says of every open deal what its workflow says.

Decides how long a ledger may merely be behind. Must never repair anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from deals.view import workflow_id
from gateway import EngineUnavailable
from ledger.audit import Difference, compare, internal
from ledger.deals import DealFilter, list_deals
from ledger.recall import folded
from ledger.session import Ledger
from workflows.messages import DealState

CATCHING_UP: Final = timedelta(seconds=15)
"""How long an outbox may be on its way before that is a difference. Source: the courier tries again
after 10 s at most, and an attempt takes 5 s at most."""

_AT_ONCE: Final = 16
"""Workflows asked at a time. A choice: more are no faster on two cores."""
_LOOK_AGAIN: Final = 0.25
"""Clock seconds between two looks at a deal that is being recorded."""

Progress = Callable[[int], None]
"""Told how many deals have been compared."""


class Deals(Protocol):
    """What the audit asks of the gateway."""

    async def running(self) -> set[str]:
        """The deals whose workflows run."""

    async def state(self, deal_id: str) -> DealState | None:
        """What a deal's workflow holds; None if it has ended."""


async def audit(
    ledger: Ledger,
    gateway: Deals,
    progress: Progress | None = None,
    *,
    patience: timedelta = CATCHING_UP,
) -> list[Difference]:
    """Every difference: within the ledger, and between it and the open deals' workflows.

    Args:
        ledger: the ledger.
        gateway: asks the workflows; all of them, so it needs a living worker.
        progress: called now and then.
        patience: how long each deal may stay silent or its outbox be on its way.

    Raises:
        EngineUnavailable: the server could not be asked for what runs.
    """
    differences = await internal(ledger)
    compared = 0
    for some in _in_groups(sorted(await _open_deals(ledger) | await gateway.running())):
        found = await asyncio.gather(
            *(_against_workflow(ledger, gateway, one, patience) for one in some)
        )
        differences += [difference for several in found for difference in several]
        compared += len(some)
        if progress:
            progress(compared)
    return differences


async def _open_deals(ledger: Ledger) -> set[str]:
    ids: set[str] = set()
    wanted, cursor = DealFilter(status=("open", "on_hold")), None
    while True:
        page = await list_deals(ledger, wanted, sort="id", cursor=cursor, limit=200)
        ids |= {row.id for row in page.items}
        if (cursor := page.next_cursor) is None:
            return ids


async def _against_workflow(
    ledger: Ledger, gateway: Deals, deal_id: str, patience: timedelta
) -> list[Difference]:
    """How the ledger differs from the deal's workflow, once both have had time to answer."""
    until = datetime.now(UTC) + patience
    while True:
        found = await _differences(ledger, gateway, deal_id)
        if not isinstance(found, _NotYet):
            return found
        if datetime.now(UTC) >= until:
            return [found.difference]
        await asyncio.sleep(_LOOK_AGAIN)


@dataclass(frozen=True, slots=True)
class _NotYet:
    """There is no saying yet; what it will be called if it stays so."""

    difference: Difference


async def _differences(ledger: Ledger, gateway: Deals, deal_id: str) -> list[Difference] | _NotYet:
    try:
        live = await gateway.state(deal_id)
    except EngineUnavailable as silence:
        return _NotYet(Difference(deal_id, workflow_id(deal_id), "an answer", str(silence)))
    recorded = await folded(ledger, deal_id)
    if live is None:
        closed = recorded is not None and recorded.outcome is not None
        return [] if closed else [Difference(deal_id, workflow_id(deal_id), "a workflow", None)]
    if recorded and recorded.seq == live.deal.seq:
        return compare(recorded, live.deal)
    fault = live.fault or f"{live.outbox} events wait since {live.outbox_since}"
    seq = recorded.seq if recorded else None
    return _NotYet(Difference(deal_id, "outbox", f"event {live.deal.seq}: {fault}", seq))


def _in_groups(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
