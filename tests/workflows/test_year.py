"""A year of random life: what time has done to a deal is what brute force says it must have.

Deals by several calendars live side by side on a server that skips time. Their histories are
renewed again and again; in one of the years nothing stays in the worker's memory and the worker
itself is replaced, so that every task is a replay.
"""

from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment

from deals.playbook import Playbook
from tests.deals import random_lives
from tests.deals.brute_pace import foretold, happened
from tests.workflows.scene import REP, Running, Stage

NEW_YEAR = datetime(2050, 1, 1, tzinfo=UTC)
"""So far ahead, that a seed stands for the same year whenever the test runs."""

YEAR = timedelta(days=365)
BOOKS = [random_lives.book(number, 2049, 2051) for number in range(len(random_lives.CALENDARS))]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("seed", "books", "worker"),
    [(1, BOOKS, {}), (2, BOOKS[:2], {"max_cached_workflows": 0})],
    ids=["remembering", "replaying"],
)
async def test_a_year_ends_with_the_rungs_that_brute_force_foretells(
    env: WorkflowEnvironment,
    skipping: Stage,
    seed: int,
    books: list[Playbook],
    worker: dict[str, Any],
) -> None:
    skipping.options |= worker
    await skipping.back()
    await env.sleep(NEW_YEAR - await env.get_current_time())
    dice = Random(seed)
    lives = [(await opened(env, skipping, book), book) for book in books]

    await live(env, skipping, [deal for deal, _ in lives], dice)

    for deal, book in lives:
        await deal.drained()
        life = skipping.book.deals[deal.id]
        said = book.model_dump(mode="json", by_alias=True)
        assert happened(life) == foretold(said, life, life[-1].at)


async def opened(env: WorkflowEnvironment, stage: Stage, book: Playbook) -> Running:
    return await stage.open(
        book, now=await env.get_current_time(), renew_after=150, renew_forced=600
    )


async def live(env: WorkflowEnvironment, stage: Stage, deals: list[Running], dice: Random) -> None:
    """Do something to one of the deals after the other, each at its own pace."""
    plans: list[tuple[datetime, int]] = []
    for number in range(len(deals)):
        heappush(plans, (NEW_YEAR + random_lives.pause(dice), number))
    while plans[0][0] < NEW_YEAR + YEAR:
        at, number = heappop(plans)
        await until(env, at)
        await act(env, deals[number], dice)
        if stage.options and dice.random() < 0.03:
            await stage.back()
        heappush(plans, (at + random_lives.pause(dice), number))
    await until(env, NEW_YEAR + YEAR)


async def act(env: WorkflowEnvironment, deal: Running, dice: Random) -> None:
    """Ask something of the deal, and wait for the answer or not."""
    now = await env.get_current_time()
    fields = random_lives.deed(dice, (await deal.state()).deal, now)
    kind, actor = fields.pop("kind"), fields.pop("actor", REP)
    if dice.random() < 0.3:
        await deal.signal(kind, actor=actor, **fields)
        return
    try:
        await deal.submit(kind, actor=actor, **fields)
    except WorkflowUpdateFailedError:
        return


async def until(env: WorkflowEnvironment, at: datetime) -> None:
    if (rest := at - await env.get_current_time()) > timedelta(0):
        await env.sleep(rest)
