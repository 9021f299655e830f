"""Live changes: tells every open page which deals changed, within a second.

Decides how often the ledger is asked: once for all pages of a process, and not at all while nobody
looks. A page then asks for itself again, and whose doing it was. Lines end as soon as the server is
to stop: it waits for nobody who only listens. Must never say what changed.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from api.backing import Standing, backing_of
from ledger import tables
from ledger.session import Ledger
from ledger.touched import next_turn, touched_since
from web.reader import Looking

router: Final = APIRouter(include_in_schema=False)

EVERY_SECONDS: Final = 0.3
"""How often the ledger is asked. A choice: a change is seen within half a second."""

QUIET_SECONDS: Final = 15.0
"""After how long without a change something is said, so that nobody takes the line for dead."""

MOST_NAMED: Final = 500
"""Deals that are named at once; of more, all pages ask again. A choice."""

ASKED: Final = 20
"""Deals of which a page may ask at once whose doing a change was. A choice."""

_log = logging.getLogger(__name__)


class Pulse:
    """Whoever listens to one ledger, and the one task that asks it."""

    def __init__(self, ledger: Ledger, is_closing: Callable[[], bool]) -> None:
        """Ask that ledger, until the server is to stop."""
        self._ledger = ledger
        self._is_closing = is_closing
        self._listeners: set[asyncio.Queue[list[str] | None]] = set()
        self._task: asyncio.Task[None] | None = None

    async def listen(self) -> AsyncGenerator[list[str], None]:
        """The deals that changed, as they do; none now and then while nothing does."""
        mine: asyncio.Queue[list[str] | None] = asyncio.Queue(maxsize=100)
        self._listeners.add(mine)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._ask())
        try:
            while True:
                try:
                    changed = await asyncio.wait_for(mine.get(), QUIET_SECONDS)
                except TimeoutError:
                    changed = []
                if changed is None:
                    return
                yield changed
        finally:
            self._listeners.discard(mine)
            if not self._listeners:
                self._task.cancel()

    async def _ask(self) -> None:
        turn: int | None = None
        while not self._is_closing():
            try:
                changed, turn = await self._ledger.read_as_one(_changed, turn)
            except (SQLAlchemyError, OSError) as fault:
                _log.warning("nobody knows what changed: %r", fault)
                changed = []
            if changed:
                self._tell(changed)
            await asyncio.sleep(EVERY_SECONDS)
        self._tell(None)

    def _tell(self, changed: list[str] | None) -> None:
        """Tell every listener what changed, or that it is over; one that lags misses it."""
        for one in tuple(self._listeners):
            if not one.full():
                one.put_nowait(changed)


def _changed(connection: Connection, turn: int | None) -> tuple[list[str], int]:
    following = next_turn(connection)
    return ([] if turn is None else touched_since(connection, turn)), following


@router.get("/live")
async def live(request: Request, _reader: Looking, _backing: Standing) -> StreamingResponse:
    """What changes, as server-sent events."""
    return StreamingResponse(
        _events(_pulse(request)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.get("/live/by")
async def by(
    reader: Looking, backing: Standing, deal: Annotated[list[str], Query(max_length=ASKED)]
) -> JSONResponse:
    """Who did something to each of these deals last, and when; nothing where the reader did."""
    found = await backing.ledger.read(_last, deal)
    mine = reader.person.id
    gap = " " if reader.language == "zh" else ", "
    return JSONResponse(
        {
            one: f"{reader.name(actor)}{gap}{reader.speech.clock(at)}"
            for one, actor, at in found
            if actor != mine
        }
    )


def _last(connection: Connection, deals: Sequence[str]) -> list[tuple[str, str, datetime]]:
    """The last event of each that somebody made happen, whatever the clock did since."""
    event = tables.events.c
    found: list[tuple[str, str, datetime]] = []
    for deal in dict.fromkeys(deals):
        statement = select(event.deal_id, event.actor, event.at).where(event.deal_id == deal)
        somebody = statement.where(event.actor_role != "system").order_by(event.seq.desc())
        found += [(one, who, at) for one, who, at in connection.execute(somebody.limit(1))]
    return found


def _pulse(request: Request) -> Pulse:
    state = request.app.state
    if not hasattr(state, "pulse"):
        is_closing = getattr(state, "is_closing", bool)  # where nobody says, it never closes
        state.pulse = Pulse(backing_of(request).ledger, is_closing)
    pulse: Pulse = state.pulse
    return pulse


async def _events(pulse: Pulse) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    async for changed in pulse.listen():
        if not changed:
            yield ": still here\n\n"
        else:
            yield f"event: changed\ndata: {json.dumps(changed[:MOST_NAMED])}\n\n"
