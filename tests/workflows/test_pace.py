"""Deadlines over weeks, on a server that skips time."""

import asyncio
from datetime import datetime, timedelta

from temporalio.api.testservice.v1 import LockTimeSkippingRequest, UnlockTimeSkippingRequest
from temporalio.testing import WorkflowEnvironment

from deals.events import RungReached
from tests.workflows.scene import MANAGER, Running, Stage, eventually, make_playbook


async def in_days(env: WorkflowEnvironment, days: float) -> None:
    await env.sleep(timedelta(days=days))


def rungs(deal: Running) -> list[RungReached]:
    return [event for event in deal.book.deals[deal.id] if isinstance(event, RungReached)]


async def test_every_rung_is_reached_once_and_on_time(
    env: WorkflowEnvironment, skipping: Stage
) -> None:
    deal = await skipping.open(now=await env.get_current_time())

    await in_days(env, 20)

    reached = rungs(deal)
    due_at = reached[0].due_at
    assert [(one.occurred_at - due_at).days for one in reached if one.occurred_at] == [
        *(-1, 0, 1, 3, 6, 7)
    ]
    assert [(one.do, one.to) for one in reached] == [
        ("remind", "owner"),
        ("remind", "owner"),
        ("escalate", "manager"),
        ("escalate", "director"),
        ("warn", "owner"),
        ("recycle", "pool"),
    ]
    late = [one.at - one.occurred_at for one in reached if one.occurred_at]
    assert max(late) < timedelta(minutes=1)
    view = await deal.view()
    assert (view.in_pool, view.owner) == (True, None)


async def test_two_hours_of_due_instants_without_a_worker_are_made_up_for_once(
    env: WorkflowEnvironment, skipping: Stage
) -> None:
    ladder = [
        {"at": "0s", "to": "owner", "do": "remind"},
        {"at": "+1h", "to": "manager", "do": "escalate"},
    ]
    playbook = make_playbook(ladders={"default": ladder})
    skipping.options["max_cached_workflows"] = 0  # this server never misses a worker it knew
    await skipping.back()
    gone_at = await env.get_current_time()
    promises: list[tuple[Running, datetime]] = []
    for minutes in range(5, 150, 5):
        deal, at = await skipping.open(playbook, now=gone_at), gone_at + timedelta(minutes=minutes)
        step = {"what": "call back", "on": at.isoformat()}
        await deal.submit("record_action", action="mail", next_step=step)
        promises.append((deal, at))

    await skipping.away()
    await pass_unattended(env, timedelta(hours=2))
    back_at = await env.get_current_time()
    assert timedelta(hours=2) <= back_at - gone_at < timedelta(hours=3)
    assert not any(rungs(deal) for deal, _ in promises)
    await skipping.back()

    for deal, at in promises:
        wanted = [("remind", at), ("escalate", at + timedelta(hours=1))]
        due = [(do, when) for do, when in wanted if when <= back_at]
        await eventually(lambda: recorded(deal), lambda reached: len(reached) >= len(due))  # noqa: B023 - asked at once
        await deal.drained()
        reached = rungs(deal)
        assert [(one.do, one.occurred_at) for one in reached] == due
        assert all(one.at >= back_at for one in reached)


async def recorded(deal: Running) -> list[RungReached]:
    return rungs(deal)


async def pass_unattended(env: WorkflowEnvironment, time: timedelta) -> None:
    """Let time pass without a worker: the server stands still once for each task that waits."""
    service, pushed = env.client.test_service, 0
    passing = asyncio.create_task(env.sleep(time))
    while not passing.done():
        await service.unlock_time_skipping(UnlockTimeSkippingRequest())
        pushed += 1
        await asyncio.wait([passing], timeout=0.05)
    for _ in range(pushed):
        await service.lock_time_skipping(LockTimeSkippingRequest())


async def test_an_action_moves_the_deadline_and_the_timer_looks_again(
    env: WorkflowEnvironment, skipping: Stage
) -> None:
    deal = await skipping.open(now=await env.get_current_time())
    await in_days(env, 1)

    moved = await deal.submit("record_action", action="call")
    await in_days(env, 1.5)

    assert rungs(deal) == []  # the first reminder would have come on the second day
    assert (await deal.view()).seq == moved.seq
    await in_days(env, 1)
    assert [one.do for one in rungs(deal)] == ["remind"]


async def test_a_hold_lets_every_clock_rest(env: WorkflowEnvironment, skipping: Stage) -> None:
    deal = await skipping.open(now=await env.get_current_time())
    await in_days(env, 1)
    until = await env.get_current_time() + timedelta(days=10)

    await deal.submit("place_hold", until=until.isoformat(), reason="trade fair", actor=MANAGER)
    await in_days(env, 9)
    assert (await deal.view()).status == "on_hold"
    assert rungs(deal) == []

    await in_days(env, 1.5)
    assert (await deal.view()).status == "open"
    await in_days(env, 1)
    assert [one.do for one in rungs(deal)] == ["remind"]


async def test_an_earlier_deadline_arms_the_timer_again(
    env: WorkflowEnvironment, skipping: Stage
) -> None:
    deal = await skipping.open(now=await env.get_current_time())
    tomorrow = await env.get_current_time() + timedelta(hours=12)

    await deal.submit(
        "record_action",
        action="call",
        next_step={"what": "send the brochure", "on": tomorrow.isoformat()},
    )
    await in_days(env, 0.6)

    missed = [e for e in deal.book.deals[deal.id] if e.kind == "clock_breached"]
    assert [(one.clock_kind, one.occurred_at) for one in missed] == [("promise", tomorrow)]


async def test_a_closed_deal_rings_no_more(env: WorkflowEnvironment, skipping: Stage) -> None:
    deal = await skipping.open(now=await env.get_current_time())
    await in_days(env, 2.5)

    await deal.submit("close", outcome="dropped", reason="no need")

    assert await deal.handle.result() == "dropped"
    assert [one.do for one in rungs(deal)] == ["remind"]


async def test_a_process_without_clocks_waits_without_a_timer(
    env: WorkflowEnvironment, skipping: Stage
) -> None:
    calm = make_playbook(stages=[{"id": "only", "name": "Only"}])
    deal = await skipping.open(calm, now=await env.get_current_time())

    await in_days(env, 400)

    assert (await deal.view()).seq == len(deal.book.kinds(deal.id))
    assert "TIMER_STARTED" not in await deal.events()
