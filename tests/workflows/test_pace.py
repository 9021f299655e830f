"""Deadlines over weeks, on a server that skips time."""

from datetime import timedelta

from temporalio.testing import WorkflowEnvironment

from deals.events import RungReached
from tests.workflows.scene import MANAGER, Running, Stage, make_playbook


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
