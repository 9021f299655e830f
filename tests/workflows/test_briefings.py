"""Schedules of briefings on a real server: made, changed, dropped, and run at local times."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from temporalio import activity
from temporalio.client import (
    Client,
    ScheduleActionStartWorkflow,
    ScheduleBackfill,
    ScheduleDescription,
    ScheduleOverlapPolicy,
)
from temporalio.exceptions import ApplicationError

from activities.briefing_messages import BRIEF, BRIEFING, Round, RoundDue
from activities.post_messages import post_queue
from tests.workflows.conftest import free_port, reachable, serving
from tests.workflows.scene import eventually
from worker import make_post_worker
from workflows.round_keeper import RoundKeeper
from workflows.schedules import CATCH_UP, Schedules


def at(local_time: str, zone: str = "Europe/Amsterdam") -> Round:
    return Round(kind="morning", time_zone=zone, local_time=local_time)


@dataclass
class Rounds:
    """Schedules on a server of their own, and the rounds that were briefed.

    Attributes:
        faults: raised by the next attempts, one each.
        wanted: what people want.
    """

    client: Client
    briefed: list[RoundDue] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    wanted: frozenset[Round] = frozenset()
    task_queue: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        self.schedules = Schedules(self.client, task_queue=self.task_queue)
        self.keeper = RoundKeeper(self.schedules, self._wanted)

    @activity.defn(name=BRIEF)
    async def brief(self, due: RoundDue) -> int:
        if self.faults:
            raise self.faults.pop(0)
        self.briefed.append(due)
        return 1

    async def count(self) -> int:
        return len(self.briefed)

    async def ids(self) -> set[str]:
        return {one.id async for one in await self.client.list_schedules()}

    async def are(self, *rounds: Round) -> None:
        """Wait until the server lists exactly these."""
        await eventually(self.ids, lambda ids: ids == {one.id for one in rounds})

    async def described(self, due: Round) -> ScheduleDescription:
        return await self.client.get_schedule_handle(due.id).describe()

    async def backfill(self, due: Round, start: datetime, end: datetime) -> list[datetime]:
        """When the round would have run between two instants; it runs for each."""
        handle = self.client.get_schedule_handle(due.id)
        every = ScheduleOverlapPolicy.ALLOW_ALL
        await handle.backfill(ScheduleBackfill(start_at=start, end_at=end, overlap=every))
        await eventually(self._quiet, bool)
        return sorted(one.at for one in self.briefed)

    async def _quiet(self) -> bool:
        before = len(self.briefed)
        await asyncio.sleep(1)
        return before > 0 and before == len(self.briefed)

    async def _wanted(self) -> frozenset[Round]:
        return self.wanted


@pytest.fixture(scope="module")
def schedule_server() -> Iterator[str]:
    """A server without anybody else's schedules."""
    with serving(free_port()) as address:
        asyncio.run(reachable(address))
        yield address


@pytest.fixture
async def rounds(schedule_server: str) -> AsyncIterator[Rounds]:
    """No schedules yet, and a worker."""
    client = await reachable(schedule_server)
    rounds = Rounds(client)
    await rounds.schedules.align(())
    await rounds.are()
    worker = make_post_worker(client, [rounds.brief], task_queue=rounds.task_queue, sandboxed=True)
    async with worker:
        yield rounds


async def test_there_is_a_schedule_for_each_round_and_no_other(rounds: Rounds) -> None:
    early, late = at("07:30"), at("08:15", "Asia/Shanghai")
    await rounds.schedules.align({early, late})
    await rounds.are(early, late)
    found = (await rounds.described(late)).schedule
    assert isinstance(found.action, ScheduleActionStartWorkflow)
    assert (found.action.workflow, found.action.task_queue) == (
        BRIEFING,
        post_queue(rounds.task_queue),
    )
    assert found.policy.overlap is ScheduleOverlapPolicy.SKIP
    assert found.policy.catchup_window == CATCH_UP
    other = at("09:00")
    await rounds.schedules.align({late, other})
    await rounds.are(late, other)
    await rounds.schedules.align({late, other})
    await rounds.are(late, other)


async def test_one_that_somebody_paused_stays_paused(rounds: Rounds) -> None:
    due = at("08:00")
    await rounds.schedules.align({due})
    await rounds.client.get_schedule_handle(due.id).pause(note="moving house")
    await Schedules(rounds.client, task_queue="elsewhere").align({due})
    found = (await rounds.described(due)).schedule
    assert (found.state.paused, found.state.note) == (True, "moving house")
    assert isinstance(found.action, ScheduleActionStartWorkflow)
    assert found.action.task_queue == post_queue("elsewhere")


async def test_two_at_once_agree(rounds: Rounds) -> None:
    both = {at("08:00"), at("09:00")}
    other = Schedules(rounds.client, task_queue=rounds.task_queue)
    await asyncio.gather(rounds.schedules.align(both), other.align(both))
    await rounds.are(*both)
    await asyncio.gather(rounds.schedules.align(()), other.align(()))
    await rounds.are()


async def test_a_schedule_of_somebody_else_is_left_alone(rounds: Rounds) -> None:
    due = at("08:00")
    await rounds.schedules.align({due})
    mine = (await rounds.described(due)).schedule
    assert isinstance(mine.action, ScheduleActionStartWorkflow)
    mine.action.workflow = "Payroll"
    mine.action.args = []
    theirs = await rounds.client.create_schedule("payroll", mine)
    try:
        await rounds.schedules.align(())
        await eventually(rounds.ids, lambda ids: ids == {"payroll"})
    finally:
        await theirs.delete()


async def test_a_zone_the_server_does_not_know_holds_back_no_other(rounds: Rounds) -> None:
    due = at("08:00")
    await rounds.schedules.align([at("08:00", "Mars/Olympus"), due])
    await rounds.are(due)


async def test_a_round_runs_at_its_local_time_in_summer_and_in_winter(rounds: Rounds) -> None:
    due = at("08:30")
    await rounds.schedules.align({due})
    start = datetime(2026, 10, 24, tzinfo=UTC)  # clocks go back on the 25th
    found = await rounds.backfill(due, start, start + timedelta(days=3))
    assert found == [
        datetime(2026, 10, 24, 6, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 7, 30, tzinfo=UTC),
        datetime(2026, 10, 26, 7, 30, tzinfo=UTC),
    ]
    assert {one.round for one in rounds.briefed} == {due}


async def test_a_round_that_fails_is_tried_again(rounds: Rounds) -> None:
    due = at("08:30")
    await rounds.schedules.align({due})
    rounds.faults.append(ApplicationError("not briefed: lin"))
    await rounds.client.get_schedule_handle(due.id).trigger()
    await eventually(rounds.count, lambda count: count == 1)


async def test_the_keeper_follows_what_people_want(rounds: Rounds) -> None:
    first, second = at("08:00"), at("08:45")
    rounds.wanted = frozenset({first})
    keeping = asyncio.create_task(rounds.keeper.keep(every=0.05))
    try:
        await rounds.are(first)
        rounds.wanted = frozenset({first, second})
        await rounds.are(first, second)
        rounds.wanted = frozenset({second})
        await rounds.are(second)
    finally:
        keeping.cancel()


async def test_the_keeper_waits_for_a_server_that_is_away(rounds: Rounds) -> None:
    async def away() -> frozenset[Round]:
        raise ConnectionError("the ledger is away")

    keeper = RoundKeeper(rounds.schedules, away)
    await keeper.tried()
    assert await rounds.ids() == set()
