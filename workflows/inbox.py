"""A person's inbox as a workflow: gathers what has to be told, and sees letters out.

Decides when to look, when to wait and when it is done. Each delivery is an activity of its own that
nothing else waits for, so a channel that is dead delays no other and no later letter. What is told
and where is asked of the ledger each time; nothing is carried. Must never look at a letter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
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
        while not await self._is_done():
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(lambda: not self._under_way)
                workflow.continue_as_new(person)

    async def _is_done(self) -> bool:
        """Look at what waits, and take the next step; whether there was none."""
        self._poked = False
        planned = await self._ask(PLAN_LETTER, "what waits")
        self._deliver(planned.deliveries)
        if planned.compose_at is not None:
            await self._write_at(planned)
        elif self._under_way:
            self._show("waits for its deliveries")
            await workflow.wait_condition(lambda: self._poked or not self._under_way)
        else:
            return not self._poked
        return False

    async def _write_at(self, planned: Planned) -> None:
        """Wait until the letter may go, and write it; in a long wait a poke asks for a new look."""
        at = planned.compose_at or workflow.now()
        wait = at - workflow.now()
        self._show(f"writes at {at:%Y-%m-%d %H:%M:%S} UTC")
        summary = f"next letter to {self._person}"
        if wait > SHORT:
            try:
                await workflow.wait_condition(
                    lambda: self._poked, timeout=wait, timeout_summary=summary
                )
            except TimeoutError:
                pass
            else:
                return
        elif wait > timedelta(0):
            await workflow.sleep(wait, summary=summary)
        written = await self._ask(COMPOSE_LETTER, summary)
        self._deliver(written.deliveries)

    async def _ask(self, activity: str, summary: str) -> Planned:
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
