"""Everything is killed again and again while commands flow; nothing is lost, doubled or skipped."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from deals.clocks import next_deadline
from deals.events import CommandRefused, Event
from deals.evolve import fold
from deals.view import DealView, view
from ledger.session import Ledger
from ledger.timeline import timeline
from tests.system import hasty
from tests.system.callers import eventually, hire, told
from tests.system.installation import PARTS, Installation, settings_for
from tests.system.storm import Storm
from tests.system.truth import decided_again, groups, overtaken, rungs_due, rungs_reached

PEOPLE = 6
DEALS = 24
KILLS_OF_EACH = 10
REFUSED = {403, 409, 422}
LONGEST_LIFE = 1_000_000  # events of one deal to read

Lives = dict[str, tuple[Event, ...]]


@pytest.mark.timeout(600)
async def test_nothing_is_lost_doubled_or_skipped_when_everything_is_killed_ten_times(
    tmp_path: Path,
) -> None:
    async with Installation(settings_for(tmp_path)) as installation, installation.http() as http:
        await hire(http)
        storm = Storm(http)
        async with asyncio.TaskGroup() as raging:
            raging.create_task(storm.rage(PEOPLE, DEALS))
            await break_everything(installation, storm)
            storm.end()

        lives = await at_rest(installation, storm)

        check_answers(storm)
        for deal_id, life in lives.items():
            check_life(storm, life)
            assert await shown(http, deal_id) == view(hasty.playbook(), fold(None, life))
        await check_commands(http, storm, lives)
        assert await installation.audited() == []


async def break_everything(installation: Installation, storm: Storm) -> None:
    """Kill parts, one or more at a time, and start them again; between two rounds all serve."""
    dice = random.Random(1)
    for victims in rounds(dice):
        await installation.kill(*victims)
        await asyncio.sleep(dice.uniform(0, 0.5))
        for part in victims:
            await installation.start(part)
        enough = await storm.applied() + PEOPLE
        await eventually(storm.applied, enough.__le__)


def rounds(dice: random.Random) -> list[list[str]]:
    """Who is killed together, each part so many times in all."""
    waiting = dict.fromkeys(PARTS, KILLS_OF_EACH)
    found: list[list[str]] = []
    while left := [part for part, times in waiting.items() if times]:
        victims = dice.sample(left, k=dice.randint(1, len(left)))
        for part in victims:
            waiting[part] -= 1
        found.append(sorted(victims, key=PARTS.index))
    return found


async def at_rest(installation: Installation, storm: Storm) -> Lives:
    """All that is recorded, once nothing is due any more and nothing is on its way."""
    ledger = Ledger.open(installation.settings.database_url)
    try:
        return {
            deal_id: await eventually(lambda: recorded(ledger, storm.http, deal_id), bool)  # noqa: B023 - asked at once
            for deal_id in storm.deals
        }
    finally:
        await ledger.close()


async def recorded(ledger: Ledger, http: httpx.AsyncClient, deal_id: str) -> tuple[Event, ...]:
    """A deal's events; none while it is not at rest."""
    life = await timeline(ledger, deal_id, limit=LONGEST_LIFE)
    deal = fold(None, life) if life else None
    if deal is None or next_deadline(deal) or (await shown(http, deal_id)).seq != deal.seq:
        return ()
    return life


async def shown(http: httpx.AsyncClient, deal_id: str) -> DealView:
    return DealView.model_validate(await told(http, f"deals/{deal_id}"))


def check_life(storm: Storm, life: Sequence[Event]) -> None:
    """The events are those that the commands lead to, and every rung was reached when due."""
    assert [event.seq for event in life] == list(range(1, len(life) + 1))
    ids = [group[0].command_id for group in groups(life)]
    assert len(ids) == len(set(ids))
    assert decided_again(hasty.playbook(), life, storm.command_of) == list(life)
    assert overtaken(life) == []
    assert rungs_reached(life) == rungs_due(hasty.playbook(), life, storm.command_of)
    assert set(rungs_reached(life).values()) <= {1}


def check_answers(storm: Storm) -> None:
    """Applied, accepted, refused by the process, or the engine is away; nothing else."""
    expected = {200, 201, 202, 503} | REFUSED
    others = [
        (write.path, write.key, answer.status_code, answer.text)
        for write in storm.writes.values()
        for answer in write.answers
        if answer.status_code not in expected
    ]
    assert not others, others


async def check_commands(http: httpx.AsyncClient, storm: Storm, lives: Lives) -> None:
    """What was acknowledged is recorded, and known to be; what was refused never happened."""
    recorded = {
        (deal_id, group[0].command_id): group
        for deal_id, life in lives.items()
        for group in groups(life)
    }
    openings = {write.key: deal_id for deal_id, write in storm.deals.items()}
    for write in storm.writes.values():
        deal_id = openings.get(write.key) or write.path.split("/")[1]
        group = recorded.get((deal_id, write.key))
        became = "refused" if group and isinstance(group[0], CommandRefused) else "applied"
        if write.status in REFUSED:
            assert group is None or became == "refused", write
        else:
            assert group, write
            assert became == "applied" or write.status == httpx.codes.ACCEPTED, write
            status = await told(http, f"deals/{deal_id}/commands/{write.key}")
            assert (status["status"], status["seq"]) == (became, group[-1].seq)
