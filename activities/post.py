"""The activities of letters: plan, compose, deliver.

Decides how often a delivery is tried and when it is given up; its row tells how it ended, so one
that is done again does nothing more. Must never decide who is told nor in which words.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.alive import alive
from activities.post_messages import COMPOSE_LETTER, DELIVER, PLAN_LETTER, Asked, Planned
from ledger.letters import (
    Parcel,
    begin_attempt,
    end_delivery,
    note_failure,
    queued_deliveries,
    undo_attempt,
)
from ledger.session import Ledger
from letters.compose import Home, compose, due_at
from letters.render import Text
from letters.sending import Busy, NotSent, Package, Sender
from reports import charts

ATTEMPTS: Final = 8
"""How often a delivery is tried. A choice: with the workflow's pauses, for about ten minutes."""

GIVE_UP_AFTER: Final = timedelta(minutes=30)
"""Clock time after which a delivery that is not sent is given up, however often it was tried. A
choice: an alarm that comes later is better looked up."""

GONE: Final = "the channel was removed"


class PostActivities:
    """The activities of letters, with what they stand on."""

    def __init__(self, ledger: Ledger, sender: Sender, home: Home) -> None:
        """Take what letters need.

        Args:
            ledger: where notices and letters are.
            sender: takes texts to channels.
            home: holds for what people do not say.
        """
        self._ledger = ledger
        self._sender = sender
        self._home = home

    @activity.defn(name=PLAN_LETTER)
    async def plan(self, asked: Asked) -> Planned:
        """Say what waits for a person."""
        return await self._ledger.read(_planned, asked.person, self._home)

    @activity.defn(name=COMPOSE_LETTER)
    async def compose(self, asked: Asked) -> Planned:
        """Write the letter that tells everything untold; again, it tells nothing twice."""
        return await self._ledger.write(_composed, asked, self._home)

    @activity.defn(name=DELIVER)
    async def deliver(self, delivery: str) -> None:
        """Try a delivery that has not ended; at the end it is sent or failed.

        Raises:
            ApplicationError: it was not sent, and will be tried again.
        """
        async with alive():
            await self._deliver(delivery)

    async def _deliver(self, delivery: str) -> None:
        parcel = await begin_attempt(self._ledger, delivery)
        if parcel is None:
            return
        try:
            if parcel.address is None:
                raise NotSent(GONE, for_good=True)  # noqa: TRY301 - as if the service had said so
            package = await asyncio.to_thread(_package, parcel)  # a picture takes a while
            await self._sender.send(parcel.address, parcel.email, package)
        except NotSent as fault:
            await note_failure(self._ledger, delivery, fault.reason)
            await self._failed(parcel, fault.reason, for_good=fault.for_good)
        except Busy as fault:
            await undo_attempt(self._ledger, delivery, str(fault))
            await self._failed(parcel._replace(attempts=0), str(fault))
        else:
            await end_delivery(self._ledger, delivery, "sent", now=datetime.now(UTC))

    async def _failed(self, parcel: Parcel, reason: str, *, for_good: bool = False) -> None:
        """Give a delivery up, or have it tried again.

        Raises:
            ApplicationError: it is tried again.
        """
        now = datetime.now(UTC)
        is_old = now - activity.info().scheduled_time > GIVE_UP_AFTER
        if not (for_good or is_old or parcel.attempts >= ATTEMPTS):
            raise ApplicationError(reason, type="NotSent")
        await end_delivery(self._ledger, parcel.id, "failed", now=now)


def _planned(connection: Connection, person: str, home: Home) -> Planned:
    return Planned(
        compose_at=due_at(connection, person, home),
        deliveries=queued_deliveries(connection, person),
    )


def _composed(connection: Connection, asked: Asked, home: Home) -> Planned:
    compose(connection, asked.person, home, now=asked.now)
    return Planned(deliveries=queued_deliveries(connection, asked.person))


def _package(parcel: Parcel) -> Package:
    picture = charts.png(json.loads(parcel.chart)) if parcel.chart else None
    return Package(parcel.id, parcel.kind, Text(parcel.subject, parcel.body), picture)
