"""Continuing as new: what is carried, when it happens, what it never costs; on a real server."""

import asyncio
import random
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError

from deals.events import RungReached
from tests.workflows.conftest import free_port, reachable, serving
from tests.workflows.scene import MANAGER, NEWER, QUICK, Running, Stage, eventually
from workflows.search_attributes import KEYS, NEXT_DUE_AT, PLAYBOOK


async def run_id(deal: Running) -> str:
    return (await deal.handle.describe()).run_id


async def renewed(deal: Running, before: str) -> str:
    return await eventually(lambda: run_id(deal), lambda now: now != before)


async def test_a_long_history_is_renewed_by_itself(real: Stage) -> None:
    deal = await real.open(renew_after=40)
    first = await run_id(deal)
    for n in range(6):
        await deal.submit("record_action", f"mail-{n}", action="mail")
        await deal.drained()

    await renewed(deal, first)

    assert (await deal.state()).history_events < 40
    assert (await deal.outcome("mail-0"))["status"] == "applied"
    again = await deal.submit("record_action", "mail-0", action="mail")
    assert again.seq == (await deal.state()).deal.seq
    await deal.drained()
    assert real.book.command_ids(deal.id)[1:] == [f"mail-{n}" for n in range(6)]


async def test_a_history_is_renewed_when_the_server_suggests_it() -> None:
    suggesting = "--dynamic-config-value=limit.historyCount.suggestContinueAsNew=30"
    with serving(free_port(), suggesting) as address:
        async with Stage(await reachable(address)) as stage:
            deal = await stage.open()
            first = await run_id(deal)
            for n in range(4):
                await deal.submit("record_action", f"mail-{n}", action="mail")
                await deal.drained()

            await renewed(deal, first)

            assert stage.book.command_ids(deal.id)[1:] == [f"mail-{n}" for n in range(4)]


async def test_a_renewal_by_signal_carries_the_deal_and_its_attributes(real: Stage) -> None:
    deal = await real.open()
    await deal.submit("record_action", action="call")
    await deal.drained()
    first, before = await run_id(deal), await deal.view()
    lasting = [key for key in KEYS if key is not NEXT_DUE_AT]  # the timer is armed anew

    async def told() -> list[object]:
        found = (await deal.handle.describe()).typed_search_attributes
        return [found.get(key) for key in lasting]

    expected = await told()
    await deal.handle.signal("renew")
    await renewed(deal, first)

    assert await deal.view() == before
    assert await told() == expected
    await deal.submit("record_action", action="visit")
    assert "WORKFLOW_TASK_FAILED" not in await deal.events()


@pytest.mark.parametrize("by", ["update", "signal"])
async def test_another_version_of_the_playbook_is_carried(real: Stage, by: str) -> None:
    deal = await real.open()
    repin: dict[str, Any] = {
        "version": 2,
        "terms": NEWER.model_dump(mode="json", by_alias=True),
        "reason": "pilots",
    }
    await (deal.submit if by == "update" else deal.signal)("repin", actor=MANAGER, **repin)
    await deal.drained()
    first, before = await run_id(deal), await deal.view()
    assert before.playbook.version == 2
    assert "playbook: `equipment` version 2" in await deal.card()

    await deal.handle.signal("renew")
    await renewed(deal, first)

    assert await deal.view() == before
    await deal.submit("record_action", action="qualify")
    await deal.submit("record_action", action="call")
    assert (await deal.submit("advance")).stage.id == "pilot"
    assert (await deal.handle.describe()).typed_search_attributes.get(PLAYBOOK) == "equipment@2"
    assert "WORKFLOW_TASK_FAILED" not in await deal.events()


async def test_what_waits_for_the_ledger_is_carried(real: Stage) -> None:
    deal = await real.open(renew_after=12, renew_forced=30)
    await deal.drained()
    first = await run_id(deal)
    real.book.open.clear()
    sent = 0
    while await run_id(deal) == first:
        await deal.submit("record_action", f"mail-{sent}", action="mail")
        sent += 1

    assert (await deal.state()).outbox == 2 * sent
    real.book.open.set()
    await deal.drained()
    assert real.book.command_ids(deal.id)[1:] == [f"mail-{n}" for n in range(sent)]


async def test_deadlines_survive_renewals_and_a_worker_that_was_away(real: Stage) -> None:
    deal = await real.open(QUICK)

    async def reached() -> list[int]:
        await deal.handle.signal("renew")  # the server lets a run begin once a second
        held = real.book.deals.get(deal.id, [])
        return [event.rung for event in held if isinstance(event, RungReached)]

    await eventually(reached, lambda rungs: len(rungs) == 1)
    await real.away()
    await asyncio.sleep(1)
    await real.back()
    rungs = await eventually(reached, lambda rungs: len(rungs) == 4)

    assert rungs == [0, 1, 3, 2]  # the warning comes before the pool


@pytest.mark.parametrize("worker", [{}, {"max_cached_workflows": 0}], ids=["cached", "replaying"])
async def test_eight_writers_over_many_renewals_lose_and_double_nothing(
    real: Stage, worker: dict[str, Any]
) -> None:
    real.options |= worker
    await real.back()
    deal = await real.open(renew_after=60, renew_forced=180)
    first = await run_id(deal)
    wanted = {f"{writer}-{n}" for writer in range(8) for n in range(12)}

    async def submitted(command_id: str) -> None:
        for _ in range(20):
            try:
                await deal.submit("record_action", command_id, action="mail")
            except (RPCError, WorkflowUpdateFailedError):
                await asyncio.sleep(random.uniform(0.02, 0.1))
            else:
                return
        raise AssertionError(command_id)

    async def write(writer: int) -> None:
        for n in range(12):
            if random.random() < 0.3:
                await deal.signal("record_action", f"{writer}-{n}", action="mail")
            else:
                await submitted(f"{writer}-{n}")

    await asyncio.gather(*map(write, range(8)))
    await deal.drained()

    recorded = real.book.command_ids(deal.id)[1:]
    assert len(recorded) == len(wanted)
    assert set(recorded) == wanted
    assert [e.seq for e in real.book.deals[deal.id]] == list(
        range(1, len(real.book.deals[deal.id]) + 1)
    )
    await renewed(deal, first)  # a run that is forced to end records on until then
    assert (await deal.state()).deal.seq == len(real.book.deals[deal.id])
