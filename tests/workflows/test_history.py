"""What a deal costs in events, and what it shows of itself, on a real server."""

import asyncio
from datetime import timedelta
from typing import Any

from temporalio.common import SearchAttributeKey

from deals.view import workflow_id
from tests.workflows.scene import MANAGER, QUICK, Running, Stage, eventually
from workflows import search_attributes as sa


async def settled(deal: Running) -> list[str]:
    """The names of the history's events, once nothing is under way any more."""

    async def closed_tasks() -> list[str]:
        return await deal.events()

    def at_rest(events: list[str]) -> bool:
        return events[-1] == "WORKFLOW_TASK_COMPLETED" and events.count(
            "ACTIVITY_TASK_SCHEDULED"
        ) == events.count("ACTIVITY_TASK_COMPLETED")

    await deal.drained()
    return await eventually(closed_tasks, at_rest)


async def test_an_action_standing_alone_costs_eleven_events(real: Stage) -> None:
    deal = await real.open()
    before = await settled(deal)

    await deal.submit("record_action", action="mail")

    assert (await settled(deal))[len(before) :] == [
        *("WORKFLOW_TASK_SCHEDULED", "WORKFLOW_TASK_STARTED", "WORKFLOW_TASK_COMPLETED"),
        *("WORKFLOW_EXECUTION_UPDATE_ACCEPTED", "WORKFLOW_EXECUTION_UPDATE_COMPLETED"),
        *("ACTIVITY_TASK_SCHEDULED", "ACTIVITY_TASK_STARTED", "ACTIVITY_TASK_COMPLETED"),
        *("WORKFLOW_TASK_SCHEDULED", "WORKFLOW_TASK_STARTED", "WORKFLOW_TASK_COMPLETED"),
    ]


async def test_actions_back_to_back_share_their_record(real: Stage) -> None:
    deal = await real.open()
    before = await settled(deal)
    real.book.open.clear()  # whatever waits for a slow ledger leaves in one batch
    for _ in range(20):
        await deal.submit("record_action", action="mail")
    real.book.open.set()

    assert len(await settled(deal)) - len(before) <= 20 * 9
    assert real.book.batches[-1] > 2


async def test_an_idle_deal_costs_nothing(real: Stage) -> None:
    deal = await real.open()
    before = await settled(deal)

    for _ in range(5):
        await deal.view()
        await deal.state()
    await asyncio.sleep(0.3)

    assert await deal.events() == before


async def test_a_change_of_stage_costs_one_event_more(real: Stage) -> None:
    deal = await real.open()
    await deal.submit("record_action", action="call")
    await deal.submit("record_action", action="visit")
    before = await settled(deal)

    await deal.submit("advance")

    spent = (await settled(deal))[len(before) :]
    assert spent.count("UPSERT_WORKFLOW_SEARCH_ATTRIBUTES") == 1
    assert len(spent) == 12


async def test_what_can_be_searched_for_follows_the_deal(real: Stage) -> None:
    deal = await real.open()

    async def told() -> dict[str, Any]:
        found = (await deal.handle.describe()).typed_search_attributes
        keys: tuple[SearchAttributeKey[Any], ...] = sa.KEYS
        return {key.name: found.get(key) for key in keys}

    began = await told()
    assert began | {"DealNextDueAt": None} == {
        "DealStage": "contact",
        "DealStatus": "open",
        "DealOwner": "lin",
        "DealTeam": "north",
        "DealPlaybook": "equipment@3",
        "DealEscalation": "none",
        "DealNextDueAt": None,
    }
    due_at = (await deal.view()).clocks[0].due_at
    assert due_at is not None
    assert began["DealNextDueAt"] == due_at - timedelta(days=1)  # the first reminder

    await deal.submit("record_action", action="call")
    assert (await told())["DealNextDueAt"] == began["DealNextDueAt"]  # moved later: not worth it
    await deal.submit("assign", owner="mei", team="south", actor=MANAGER)
    now = await told()
    assert (now["DealOwner"], now["DealTeam"]) == ("mei", "south")
    assert now["DealNextDueAt"] > began["DealNextDueAt"]


async def test_an_escalation_can_be_searched_for(real: Stage) -> None:
    deal = await real.open(QUICK)
    seen: list[str | None] = []

    async def escalation() -> str | None:
        described = await deal.handle.describe()
        seen.append(described.typed_search_attributes.get(sa.ESCALATION))
        return seen[-1]

    await eventually(escalation, lambda value: value == "recycled")

    assert list(dict.fromkeys(seen)) == ["none", "reminded", "escalated", "warned", "recycled"]
    described = await deal.handle.describe()
    assert described.typed_search_attributes.get(sa.OWNER) is None
    assert described.typed_search_attributes.get(sa.NEXT_DUE_AT) is None


async def test_ops_read_the_deal_in_the_temporal_ui(real: Stage) -> None:
    deal = await real.open()
    await deal.submit("record_action", action="call")

    details = await deal.card()

    assert "Press line · Northwind" in details
    assert "**open** in `contact`" in details
    assert "gate lacks: action `visit`" in details
    assert "| idle | `contact` |" in details
    timers = [
        event.user_metadata.summary.data.decode()
        for event in (await deal.handle.fetch_history()).events
        if event.HasField("timer_started_event_attributes")
    ]
    assert timers
    assert timers[0].startswith('"idle clock of contact: rung 1 ')
    assert deal.handle.id == workflow_id(deal.id)
