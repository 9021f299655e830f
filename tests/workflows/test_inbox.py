"""An inbox gathers, waits until a letter may go, and sees each delivery out by itself."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from activities.post_messages import LONGEST_ID, inbox_workflow_id
from tests.workflows.conftest import free_port, reachable, serving
from tests.workflows.post_office import Desk, PostOffice
from tests.workflows.scene import eventually

GATHER = timedelta(seconds=30)


@pytest.fixture
async def office(env: WorkflowEnvironment) -> AsyncIterator[PostOffice]:
    """On the server that skips time."""
    async with PostOffice(env.client, env) as office:
        yield office


@pytest.fixture
async def real_office(temporal_address: str) -> AsyncIterator[PostOffice]:
    """On a real server, with letters that go at once."""
    client = await reachable(temporal_address)
    async with PostOffice(client, desk=Desk(goes_after=timedelta(0))) as office:
        yield office


async def kinds(office: PostOffice) -> list[str]:
    """The events of the inbox's history."""
    history = await office.inbox.fetch_history()
    return [EventType.Name(one.event_type).removeprefix("EVENT_TYPE_") for one in history.events]


async def status(office: PostOffice) -> WorkflowExecutionStatus | None:
    return (await office.inbox.describe()).status


async def test_alarms_within_the_window_are_one_letter_and_then_the_inbox_ends(
    office: PostOffice,
) -> None:
    for _ in range(5):
        await office.happened()
    await office.ended()
    ((at, notices),) = office.desk.letters
    assert notices == 5
    assert at - office.desk.looks[0] >= GATHER
    assert office.desk.attempts == {"L1.mail": 1}


async def test_a_poke_with_nothing_to_tell_ends_at_once(office: PostOffice) -> None:
    await office.calls.poke(office.person)
    await office.ended()
    assert (office.desk.letters, office.desk.attempts) == ([], {})


async def test_an_inbox_that_ended_begins_anew(office: PostOffice) -> None:
    for _ in range(2):
        await office.happened()
        await office.ended()
    assert [notices for _, notices in office.desk.letters] == [1, 1]
    assert office.desk.attempts == {"L1.mail": 1, "L2.mail": 1}


async def test_a_letter_waits_as_long_as_its_reader_wishes(
    env: WorkflowEnvironment, office: PostOffice
) -> None:
    begun = await env.get_current_time()
    office.desk.goes_at = begun + timedelta(hours=9)
    await office.happened()
    await office.ended()
    ((at, _),) = office.desk.letters
    assert at >= begun + timedelta(hours=9)
    assert (await kinds(office)).count("TIMER_STARTED") == 1


async def test_a_poke_in_a_long_wait_looks_again(real_office: PostOffice) -> None:
    desk = real_office.desk
    desk.goes_after = timedelta(hours=9)
    await real_office.happened()
    await eventually(lambda: asyncio.sleep(0, len(desk.looks)), lambda looks: looks == 1)
    desk.goes_after = timedelta(0)  # the reader wants no digest any more
    await real_office.happened()
    await real_office.ended()
    assert [notices for _, notices in desk.letters] == [2]


async def test_a_delivery_that_fails_is_tried_again_until_it_is_through(
    office: PostOffice,
) -> None:
    office.desk.faults = {"L1.mail": 7}
    await office.happened()
    await office.ended()
    assert office.desk.attempts == {"L1.mail": 8}


async def test_a_dead_channel_delays_neither_the_others_nor_the_next_letter(
    real_office: PostOffice,
) -> None:
    desk = real_office.desk
    desk.channels = ("dead", "mail")
    desk.hanging["L1.dead"] = asyncio.Event()
    await real_office.happened()
    await eventually(lambda: asyncio.sleep(0, desk.queued), lambda left: left == ["L1.dead"])
    await real_office.happened()
    await eventually(
        lambda: asyncio.sleep(0, desk.attempts), lambda tried: {"L2.dead", "L2.mail"} <= set(tried)
    )
    assert desk.queued == ["L1.dead"]
    assert desk.attempts["L1.dead"] == 1
    assert await status(real_office) is WorkflowExecutionStatus.RUNNING
    desk.hanging["L1.dead"].set()
    await real_office.ended()
    assert desk.queued == []


async def test_what_was_queued_elsewhere_is_delivered_at_once(office: PostOffice) -> None:
    office.desk.queued = ["L9.mail"]
    await office.calls.wake(office.person)
    await office.ended()
    assert office.desk.attempts == {"L9.mail": 1}
    assert "TIMER_STARTED" not in await kinds(office)


async def test_waking_an_inbox_that_runs_writes_no_history(real_office: PostOffice) -> None:
    real_office.desk.goes_after = timedelta(hours=9)
    await real_office.happened()
    started = lambda kinds: "TIMER_STARTED" in kinds  # noqa: E731 - one short question
    before = await eventually(lambda: kinds(real_office), started)
    await real_office.calls.wake(real_office.person)
    assert await kinds(real_office) == before
    await real_office.inbox.terminate()


async def test_whoever_operates_sees_what_an_inbox_waits_for(real_office: PostOffice) -> None:
    desk = real_office.desk
    desk.queued, desk.hanging = ["L7.mail"], {"L7.mail": asyncio.Event()}
    desk.goes_after = timedelta(hours=9)
    await real_office.happened()
    await eventually(lambda: kinds(real_office), lambda kinds: "TIMER_STARTED" in kinds)
    metadata = await real_office.inbox.query("__temporal_workflow_metadata")
    assert real_office.person in metadata.current_details
    assert "writes at" in metadata.current_details
    assert "- L7.mail" in metadata.current_details
    await real_office.inbox.terminate()
    desk.hanging["L7.mail"].set()


async def test_a_long_history_is_renewed_once_no_delivery_is_under_way() -> None:
    suggest = "--dynamic-config-value=limit.historyCount.suggestContinueAsNew=40"
    with serving(free_port(), suggest) as address:
        desk = Desk(goes_after=timedelta(hours=9), queued=["L0.mail"])
        desk.hanging["L0.mail"] = asyncio.Event()
        async with PostOffice(await reachable(address), desk=desk) as office:
            await office.happened()
            first = (await office.inbox.describe()).run_id
            while len(await kinds(office)) < 60:
                await office.happened()
            assert (await office.inbox.describe()).run_id == first
            desk.hanging["L0.mail"].set()
            await eventually(office.inbox.describe, lambda found: found.run_id != first)
            desk.goes_after = timedelta(0)
            await office.happened()
            await office.ended()
    assert len(desk.letters) == 1
    assert desk.attempts == {"L0.mail": 1, "L1.mail": 1}


def test_the_id_of_an_inbox_fits_whatever_a_person_is_called() -> None:
    assert inbox_workflow_id("lin") == "inbox-lin"
    long = [inbox_workflow_id(name * 100) for name in ("长", "短")]
    assert all(len(one.encode()) <= LONGEST_ID for one in long)
    assert len(set(long)) == 2
