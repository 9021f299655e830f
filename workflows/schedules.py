"""The schedules of briefings: one for each round that people need, none besides.

Decides how a round is scheduled, and brings the server's schedules in step with what is wanted. It
may run at two places at once. A schedule too many briefs nobody, since the round asks who is meant.
Must never decide who is briefed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleListActionStartWorkflow,
    ScheduleListDescription,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from activities.briefing_messages import BRIEFING, Round
from activities.post_messages import post_queue
from workflows.patience import NoAnswer

CATCH_UP: Final = timedelta(hours=4)
"""How late a round that was missed, because the server was away, is still done. A choice: a morning
list is of use before noon, and not in the evening."""


WITHIN: Final = timedelta(seconds=30)
"""Clock time for all of it. A choice: some dozens of calls of some milliseconds."""


_log = logging.getLogger(__name__)


class Schedules:
    """The schedules, over one client."""

    def __init__(self, client: Client, *, task_queue: str) -> None:
        """Take a client.

        Args:
            client: connected, or lazy.
            task_queue: the installation's; rounds run on that of letters.
        """
        self._client = client
        self._task_queue = post_queue(task_queue)

    async def align(self, wanted: Iterable[Round]) -> None:
        """Have a schedule for each of these rounds, and for no other.

        One that is there keeps its state: somebody who paused it meant to. A time zone that only we
        know of holds back no other.

        Raises:
            NoAnswer: the server is away, or did not do all of it.
        """
        rounds = {due.id: due for due in wanted}
        try:
            async with asyncio.timeout(WITHIN.total_seconds()):
                for due in rounds.values():
                    await self._put(due)
                async for known in await self._client.list_schedules():
                    if known.id not in rounds and _is_ours(known):
                        await self._drop(known.id)
        except (RPCError, RuntimeError, TimeoutError) as fault:
            raise NoAnswer(str(fault)) from fault

    async def _put(self, due: Round) -> None:
        schedule = self._schedule(due)
        try:
            await self._client.create_schedule(due.id, schedule)
        except ScheduleAlreadyRunningError:
            await self._client.get_schedule_handle(due.id).update(_updated(schedule))
        except RPCError as fault:
            if fault.status is not RPCStatusCode.INVALID_ARGUMENT:
                raise
            _log.error("nobody can be briefed at %s: %s", due.id, fault.message)

    async def _drop(self, schedule_id: str) -> None:
        try:
            await self._client.get_schedule_handle(schedule_id).delete()
        except RPCError as fault:
            if fault.status is not RPCStatusCode.NOT_FOUND:  # somebody else was faster
                raise

    def _schedule(self, due: Round) -> Schedule:
        hour, minute = map(int, due.local_time.split(":"))
        begins = ScheduleCalendarSpec(
            hour=[ScheduleRange(hour)], minute=[ScheduleRange(minute)], comment=due.id
        )
        return Schedule(
            action=ScheduleActionStartWorkflow(
                BRIEFING,
                due,
                id=f"briefing-{due.id}",
                task_queue=self._task_queue,
                static_summary=f"{due.kind} briefing, {due.local_time} {due.time_zone}",
            ),
            spec=ScheduleSpec(calendars=[begins], time_zone_name=due.time_zone),
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP),
            state=ScheduleState(note="Kept in step with people and their preferences."),
        )


def _updated(schedule: Schedule) -> Callable[[ScheduleUpdateInput], ScheduleUpdate]:
    """What makes another schedule this one, but for its state."""

    def updated(given: ScheduleUpdateInput) -> ScheduleUpdate:
        state = given.description.schedule.state
        return ScheduleUpdate(schedule=replace(schedule, state=state))

    return updated


def _is_ours(known: ScheduleListDescription) -> bool:
    action = known.schedule.action if known.schedule else None
    return isinstance(action, ScheduleListActionStartWorkflow) and action.workflow == BRIEFING
