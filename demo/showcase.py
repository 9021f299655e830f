"""Two deals to watch: one that nobody touches climbs its ladder, one on hold stays quiet.

Decides what is told at the terminal while that happens. The deals are ordinary ones, at the demo's
pace; everything that happens to them their own clocks do.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Final, NamedTuple

from deals.commands import PlaceHold
from deals.deal import Actor, Deal
from deals.decide import decide
from deals.events import DealPooled, Event, RungReached
from deals.evolve import fold
from deals.playbook import Playbook
from demo.acting import is_worked
from demo.habits import day_of
from demo.lives import opening
from demo.seed import Engine, begin
from demo.team import LEADS, MANAGER_OF_TEAM, REPS
from ledger.playbooks import find_playbook
from ledger.session import Ledger
from ledger.timeline import timeline

WATCHED: Final = "first-call"
"""Whose ladder is told: an interested customer has to be called within three days."""

HELD_DAYS: Final = 25
"""For how many of its days the other deal is on hold. A choice: longer than the ladder is."""

BEGUN_DAYS_AGO: Final = 1.5
"""For how long both have been open. A choice: the first reminder comes within seconds."""

LOOK_AGAIN_SECONDS: Final = 0.5

Say = Callable[[str], None]


class Shown(NamedTuple):
    """The two deals, and when they began."""

    playbook: Playbook
    ignored: Deal
    held: Deal
    began: datetime


async def show(ledger: Ledger, engine: Engine, now: datetime) -> Shown:
    """Open the two deals, as if somebody had done so lately."""
    playbook = (await find_playbook(ledger, "equipment-sales-demo")).playbook
    now -= day_of(playbook) * BEGUN_DAYS_AGO
    dice = random.Random(now.timestamp())
    names = _left_alone(now)
    ignored = await _opened(engine, playbook, dice, next(names), now)
    held = await _opened(engine, playbook, dice, next(names), now, on_hold=True)
    return Shown(playbook, ignored, held, now)


async def tell(ledger: Ledger, shown: Shown, say: Say, url: str) -> None:
    """Tell what happens to them, until the ignored one is in the pool."""
    for line in introduction(shown, url):
        say(line)
    seq = 0
    while True:
        for event in await timeline(ledger, shown.ignored.id, after=seq):
            seq = event.seq
            if news := told(shown, event):
                say(news)
            if isinstance(event, DealPooled):
                rungs = await _rungs(ledger, shown.held.id)
                quiet = "nothing" if not rungs else f"{rungs} alerts"
                say(f"  Meanwhile {quiet} came from {shown.held.title}: it is on hold.")
                return
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


def introduction(shown: Shown, url: str) -> Iterator[str]:
    """What to look at."""
    ignored, held = shown.ignored, shown.held
    seconds = day_of(shown.playbook).total_seconds()
    yield f"Watch two deals; a day takes {seconds:g} seconds:"
    yield f"  nobody works on  {ignored.title}  {url}/v1/deals/{ignored.id}/clocks"
    yield f"  on hold is       {held.title}  {url}/v1/deals/{held.id}/clocks"


def told(shown: Shown, event: Event) -> str | None:
    """A line about what happened to the ignored deal; None if it is not of its first call."""
    elapsed = max(event.at - shown.began, timedelta())
    day = elapsed / day_of(shown.playbook)
    owner = shown.ignored.owner or ""
    if isinstance(event, DealPooled):
        return f"  day {day:4.1f}  it is in the pool: {_name(owner)} has lost it"
    if not isinstance(event, RungReached) or event.subject != WATCHED:
        return None
    manager = MANAGER_OF_TEAM[shown.ignored.team or ""]
    person = {"owner": owner, "manager": manager, "director": LEADS[0].id, "pool": ""}[event.to]
    match event.do:
        case "remind":
            late = "is due now" if event.at >= event.due_at else "is due soon"
            return f"  day {day:4.1f}  reminder to {_name(person)}: the first call {late}"
        case "escalate":
            return f"  day {day:4.1f}  escalation to {event.to} {_name(person)}: nobody has called"
        case "warn":
            return f"  day {day:4.1f}  warning to {_name(person)}: it goes to the pool tomorrow"
        case "recycle":
            return None


def _left_alone(now: datetime) -> Iterator[str]:
    """Ids of deals that the demo's reps pass by."""
    numbered = (f"Dwatch{now:%H%M%S}{number}" for number in count())
    return (deal_id for deal_id in numbered if not is_worked(deal_id))


async def _opened(
    engine: Engine,
    playbook: Playbook,
    dice: random.Random,
    deal_id: str,
    now: datetime,
    *,
    on_hold: bool = False,
) -> Deal:
    command = opening(playbook, dice.choice(REPS), dice, deal_id)
    events = decide(playbook, None, command, now=now)
    deal = fold(None, events)
    if on_hold:
        hold = PlaceHold(
            command_id="demo-hold",
            actor=Actor(id=command.owner, role="rep"),
            until=now + day_of(playbook) * HELD_DAYS,
            reason="the plant is closed for stocktaking",
        )
        events = (*events, *decide(playbook, deal, hold, now=now))
        deal = fold(deal, events[deal.seq :])
    await begin(engine, [(playbook, events)])
    return deal


async def _rungs(ledger: Ledger, deal_id: str) -> int:
    happened = await timeline(ledger, deal_id, limit=None)
    return sum(isinstance(event, RungReached) for event in happened)


def _name(person: str) -> str:
    return next(one.name for one in (*REPS, *LEADS) if one.id == person)
