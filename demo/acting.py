"""The demo's reps at work.

While it runs they move most of their deals, so that it stays a living one.

Decides which deal is worked next. Every third deal is left to its clocks, and so is each that a
person has touched: what happens to those is the visitor's.
"""

from __future__ import annotations

import asyncio
import logging
import random
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from deals.commands import SENT, Sent
from deals.deal import Deal
from deals.decide import decide
from deals.events import Event
from deals.playbook import Playbook
from deals.refusals import Refused
from demo.habits import next_move
from demo.lives import opening
from demo.seed import Engine
from demo.team import REPS
from ledger.deals import DealFilter, list_deals
from ledger.playbooks import find_playbook
from ledger.recall import recall
from ledger.session import Ledger

log = logging.getLogger(__name__)

SECONDS_BETWEEN_MOVES = 1.5
"""A choice.

The deals at work move every two of their days or so, and an idle machine stays idle.
"""
OPEN_DEALS = 50
"""Fewer than that at the demo's pace, and a new customer calls. A choice."""
_LEFT_ALONE = 3
"""One in so many deals is nobody's concern."""
_OURS = {rep.id for rep in REPS}


class LiveEngine(Engine, Protocol):
    """What reps at work need of the gateway."""

    async def open(self, playbook: Playbook, events: Sequence[Event]) -> object:
        """Start a deal's workflow with what has happened to it."""

    async def submit(self, deal_id: str, command: Sent) -> object:
        """Send a command to a running deal."""


async def act(ledger: Ledger, engine: LiveEngine) -> None:
    """Work until cancelled.

    A move that fails is somebody else's deal by now, and the next one comes.
    """
    dice = random.Random()
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_MOVES)
        try:
            await _move(ledger, engine, dice)
        except Refused as refused:
            log.debug("a demo rep was refused: %s", refused.code)
        except Exception as fault:  # noqa: BLE001 - while Temporal or the ledger restarts, the demo waits
            log.info("the demo's reps pause: %s", fault)
            await asyncio.sleep(SECONDS_BETWEEN_MOVES * 4)


async def _move(ledger: Ledger, engine: LiveEngine, dice: random.Random) -> None:
    page = await list_deals(ledger, DealFilter(status=("open", "on_hold")), limit=200)
    ours = [row for row in page.items if row.playbook_id.endswith("-demo")]
    at_work = [row.id for row in ours if is_worked(row.id) and row.owner in _OURS]
    if len(ours) < OPEN_DEALS and dice.random() < 0.5:  # noqa: PLR2004 - a choice: not all at once
        await _welcome(ledger, engine, dice)
    elif at_work:
        recorded = await recall(ledger, dice.choice(at_work))
        if recorded and is_untouched(deal := recorded[1]):
            await engine.submit(deal.id, next_command(*recorded, dice))


def is_worked(deal_id: str) -> bool:
    """Whether the demo's reps care about the deal; the same answer for a deal each time."""
    return zlib.crc32(deal_id.encode()) % _LEFT_ALONE != 0


def is_untouched(deal: Deal) -> bool:
    """Whether only the demo itself has sent commands to the deal."""
    return all(command_id.startswith("demo-") for command_id in deal.answers)


def next_command(playbook: Playbook, deal: Deal, dice: random.Random) -> Sent:
    """The owner's next move, as a command."""
    move = next_move(playbook, deal, dice, datetime.now(UTC), doomed=dice.random() < 0.1)  # noqa: PLR2004 - a choice
    actor = {"id": deal.owner or "lin-yue", "role": "rep"}
    envelope = {"kind": move.kind, "command_id": f"demo-{deal.seq}", "actor": actor}
    return SENT.validate_python(envelope | move.fields)


async def _welcome(ledger: Ledger, engine: LiveEngine, dice: random.Random) -> None:
    found = await find_playbook(ledger, "equipment-sales-demo")
    command = opening(found.playbook, dice.choice(REPS), dice, f"Ddemo{dice.randrange(16**6):06x}")
    now = datetime.now(UTC)
    await engine.open(found.playbook, decide(found.playbook, None, command, now=now))
