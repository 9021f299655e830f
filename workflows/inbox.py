"""A person's inbox as a workflow: gathers what has to be told, and sees letters out.

Decides when to look, when to wait and when it is done. Each delivery is an activity of its own that
nothing else waits for, so a channel that is dead delays no other and no later letter. What is told
and where is asked of the ledger each time; nothing is carried. Must never look at a letter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.post_messages import (
        COMPOSE_LETTER,
        DELIVER,
        INBOX,
        PLAN_LETTER,
        POKE,
        Asked,
        Planned,
    )

SHORT: Final = timedelta(minutes=1)
"""A wait so short is waited to its end: the letter then tells whatever came meanwhile. A choice."""

LEDGER_WITHIN: Final = timedelta(seconds=30)
"""Clock time for one look or letter. A choice: thousands of alarms are told by then."""

LEDGER_RETRIES: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=10)
)
"""While the ledger is away: for ever, and soon after it is back."""

DELIVERY_WITHIN: Final = timedelta(minutes=1)
"""Clock time of one attempt. A choice: twice what sending may take."""

SILENCE: Final = timedelta(seconds=10)
"""Clock time without a sign of life after which a delivery is done again elsewhere. A choice."""

DELIVERY_RETRIES: Final = RetryPolicy(
    initial_interval=timedelta(seconds=5),
    backoff_coefficient=2,
    maximum_interval=timedelta(minutes=5),
)
"""For ever: the delivery itself gives up, after eight attempts in about ten minutes."""


@workflow.defn(name=INBOX)
class InboxWorkflow:
    """The inbox of one person; it ends when nothing is left to tell or to deliver."""

    @workflow.init
    def __init__(self, person: str) -> None:
        """Begin for a person."""
        self._person = person
        self._poked = False
        self._under_way: dict[str, asyncio.Task[None]] = {}

    @workflow.signal(name=POKE)
    def poke(self) -> None:
        """There may be something to tell."""
        self._poked = True

    @workflow.run
    async def run(self, person: str) -> None:
        """See letters out until nothing is left."""
        del person  # taken at the beginning
        planned = await self._look()
        while True:
            self._deliver(planned.deliveries)
            if planned.compose_at is not None:
                goes = await self._may_go(planned.compose_at)
                planned = await (self._write() if goes else self._look())
                continue
            self._show("waits for its deliveries")
            await workflow.wait_condition(lambda: self._poked or not self._under_way)
            if not self._poked:
                return  # whatever was told since would have poked
            planned = await self._look()

    async def _look(self) -> Planned:
        """What waits; a long history is renewed before, once no delivery is under way."""
        if workflow.info().is_continue_as_new_suggested():
            await workflow.wait_condition(lambda: not self._under_way)
            workflow.continue_as_new(self._person)
        return await self._ask(PLAN_LETTER, "what waits")

    async def _write(self) -> Planned:
        """Write the letter; it tells everything there is."""
        return await self._ask(COMPOSE_LETTER, "the letter")

    async def _may_go(self, at: datetime) -> bool:
        """Wait until the letter may go; False if a poke in a long wait asks for a new look."""
        wait = at - workflow.now()
        if wait <= timedelta(0):
            return True
        self._show(f"writes at {at:%Y-%m-%d %H:%M:%S} UTC")
        summary = f"next letter to {self._person}"
        if wait <= SHORT:
            await workflow.sleep(wait, summary=summary)
            return True
        try:
            await workflow.wait_condition(
                lambda: self._poked, timeout=wait, timeout_summary=summary
            )
        except TimeoutError:
            return True
        return False

    async def _ask(self, activity: str, summary: str) -> Planned:
        self._poked = False
        found: Planned = await workflow.execute_activity(
            activity,
            Asked(person=self._person, now=workflow.now()),
            start_to_close_timeout=LEDGER_WITHIN,
            retry_policy=LEDGER_RETRIES,
            summary=summary,
            result_type=Planned,
        )
        return found

    def _deliver(self, deliveries: Iterable[str]) -> None:
        """Begin each delivery that is not under way."""
        for delivery in deliveries:
            if delivery not in self._under_way:
                self._under_way[delivery] = asyncio.create_task(self._see_out(delivery))

    async def _see_out(self, delivery: str) -> None:
        try:
            await workflow.execute_activity(
                DELIVER,
                delivery,
                start_to_close_timeout=DELIVERY_WITHIN,
                heartbeat_timeout=SILENCE,
                retry_policy=DELIVERY_RETRIES,
                summary=delivery,
            )
        finally:
            del self._under_way[delivery]

    def _show(self, doing: str) -> None:
        """Tell whoever looks into the Temporal UI."""
        under_way = "".join(f"\n- {one}" for one in self._under_way) or "\n- none"
        workflow.set_current_details(
            f"Inbox of **{self._person}**: {doing}\n\nDeliveries under way:{under_way}"
        )
