"""Fills an empty installation with the demo: the team, its playbooks, and about 300 deals.

Decides what is in the demo. Closed deals have months of real past and go to the ledger; the deals
of the demo's own pace, where a day takes seconds, go on living as workflows. A second start finds
everything there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from deals.events import Event
from deals.playbook import Playbook
from demo.lives import DemoDeal, lives
from demo.playbooks import hurried, shipped
from demo.team import LEADS, MANAGER_OF_TEAM, REPS
from gateway import EngineUnavailable
from ledger.people import Person, list_people, put_person
from ledger.playbooks import publish_playbook
from ledger.record import Life, record_many
from ledger.session import Ledger
from playbooks.load import Loaded

SEED = 23
"""Any number; this one draws deals in every stage."""

PAUSE_SECONDS: Final = 2.0
"""How long the demo waits for an engine that does not answer. A choice."""

Begun = tuple[Playbook, Sequence[Event]]
"""A deal with what has happened to it."""

_log = logging.getLogger(__name__)


class Engine(Protocol):
    """What the demo needs of the gateway."""

    def start_many(self, deals: Iterable[Begun]) -> AsyncIterator[object]:
        """Start the workflows of deals; one that runs already stays as it is."""


class Batch(NamedTuple):
    """So many deals on a playbook, opened between so many of its own days ago."""

    playbook: Loaded
    seed: int
    size: int
    begun_days_ago: tuple[float, float]


async def seed(ledger: Ledger, engine: Engine, now: datetime) -> int:
    """Fill the installation, unless the demo's team is there already.

    Returns:
        How many deals were added.
    """
    if any(person.id == REPS[0].id for person in await list_people(ledger)):
        return 0
    await hire(ledger)
    planned = batches(now.year)
    for batch in planned:
        await publish_playbook(ledger, *batch.playbook, now=now)
    drawn = [deal for batch in planned for deal in draw(batch, now)]
    closed = [one for one in drawn if one.deal.outcome]
    await record_many(ledger, [Life(one.deal.id, one.events) for one in closed])
    await begin(engine, [(one.playbook, one.events) for one in drawn if not one.deal.outcome])
    return len(drawn)


async def begin(engine: Engine, deals: Sequence[Begun]) -> None:
    """Start deals; while a busy machine's engine does not answer, wait and try those again."""
    while True:
        try:
            async for _ in engine.start_many(deals):
                pass
        except EngineUnavailable as fault:
            _log.info("the demo waits for the engine: %s", fault)
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return


def batches(year: int) -> tuple[Batch, ...]:
    """A year at the real pace, for the reports; and a few weeks at the demo's, to watch."""
    return (
        Batch(shipped("equipment-sales", year), SEED, 198, (0.5, 365)),
        Batch(shipped("short-pipeline", year), SEED + 1, 48, (0.5, 200)),
        Batch(hurried("equipment-sales", year), SEED + 2, 36, (0.5, 60)),
        Batch(hurried("short-pipeline", year), SEED + 3, 12, (0.5, 30)),
    )


def draw(batch: Batch, now: datetime) -> Iterable[DemoDeal]:
    """The batch's deals, as they stand now."""
    playbook = batch.playbook.playbook
    return lives(batch.seed, batch.size, playbook, now, batch.begun_days_ago)


async def hire(ledger: Ledger) -> None:
    """The director first, then managers, then reps: nobody reports to a stranger."""
    for lead in LEADS:
        await put_person(ledger, Person.model_validate(lead._asdict()))
    for rep in REPS:
        manager = MANAGER_OF_TEAM[rep.team]
        person = Person(id=rep.id, name=rep.name, role="rep", team=rep.team, manager=manager)
        await put_person(ledger, person)
