"""How the installation does: what is missing, what to do about it, and what is known besides.

Decides what is called a fault and what waits too long. Answers within two seconds with what there
is to know, also while the database or Temporal is away; what nobody knows is left out, never made
up. Anybody may look. Must never change anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from api.backing import Backing, Standing
from api.ops import HEARD_WITHIN
from deals.view import workflow_id
from ledger.condition import Figures, Heard, LedgerCondition, condition_of
from web.page import page
from web.reader import anybody, stranger
from workflows.condition import FAILED, TROUBLED, EngineCondition

router: Final = APIRouter(include_in_schema=False)

PATIENCE_SECONDS: Final = 1.2
"""Clock seconds that each part may take, all at once. A choice: the page follows within two."""

LETTERS_WAIT: Final = timedelta(minutes=15)
"""How long a letter may wait. A choice: longer than it is gathered and tried again at first."""

TASKS_WAIT: Final = timedelta(seconds=30)
"""How long a task may wait for a worker. A choice: commands give up after two seconds."""

Found = TypeVar("Found")


class Trouble(NamedTuple):
    """Something that is wrong.

    Attributes:
        what: names the words and the remedy.
        who: a queue, a channel, a job, a person: whom it concerns.
        n: how many.
        why: as it was reported.
        since: since when.
        person: whose channel.
    """

    what: str
    who: str = ""
    n: int = 0
    why: str = ""
    since: datetime | None = None
    person: str = ""


@router.get("/status")
async def status(request: Request, backing: Standing) -> Response:
    """The whole installation on one page."""
    now = stranger(request).now
    reader, ledger, engine = await asyncio.gather(
        _in_time(anybody(request)),
        _in_time(condition_of(backing.ledger, now=now)),
        _looked(backing, now),
    )
    is_whole = ledger is not None and ledger.figures is not None and reader is not None
    figures = ledger.figures if ledger else None
    alive = tuple(_alive(figures, now)) if figures else ()
    return await page(
        request,
        reader if is_whole and reader else stranger(request),
        "status",
        tab="status",
        ledger=ledger,
        figures=figures,
        engine=engine,
        is_watched=backing.watch is not None,
        alive=alive,
        troubles=(*_of_parts(ledger, engine, backing, alive), *_of_figures(figures, now)),
        version=request.app.version,
        links=_links(getattr(request.app.state, "temporal_ui", None), figures),
    )


async def _in_time(part: Awaitable[Found]) -> Found | None:
    """What a part of the ledger says; None: it does not, or not in time."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await part
    except (SQLAlchemyError, OSError):  # a TimeoutError is an OSError
        return None


async def _looked(backing: Backing, now: datetime) -> EngineCondition | None:
    return await backing.watch.look(now=now) if backing.watch else None


def _alive(figures: Figures, now: datetime) -> Iterator[Heard]:
    yield from (one for one in figures.workers if one.at >= now - HEARD_WITHIN)


def _of_parts(
    ledger: LedgerCondition | None,
    engine: EngineCondition | None,
    backing: Backing,
    alive: tuple[Heard, ...],
) -> Iterator[Trouble]:
    """What is missing of the database, the server and the workers."""
    if ledger is None:
        yield Trouble("database")
    elif ledger.figures is None:
        yield Trouble("migration", who=ledger.needed or "", why=ledger.migration or "")
    elif not alive:
        latest = next(iter(ledger.figures.workers), None)
        yield Trouble("worker", since=latest.at if latest else None)
    if engine:
        yield from _of_engine(engine, is_manned=bool(alive) or ledger is None)
    elif backing.watch:
        yield Trouble("temporal")


def _of_engine(engine: EngineCondition, *, is_manned: bool) -> Iterator[Trouble]:
    """What goes wrong in queues and workflows; that no worker is alive at all was said before."""
    for queue in engine.queues:
        if not queue.workers and is_manned:
            yield Trouble("queue", who=queue.name)
        elif queue.waits > TASKS_WAIT:
            yield Trouble("waits", who=queue.name, n=queue.waiting or 0)
    if engine.troubled:
        yield Trouble("troubled", n=engine.troubled)
    if engine.failed:
        yield Trouble("failed", n=engine.failed)


def _of_figures(figures: Figures | None, now: datetime) -> Iterator[Trouble]:
    """What goes wrong in letters and long jobs."""
    if figures is None:
        return
    waiting, since = figures.queued
    if since and since < now - LETTERS_WAIT:
        yield Trouble("letters", n=waiting, since=since)
    for one in figures.post:
        yield Trouble("channel", one.channel, one.failed, one.why or "", person=one.person)
    for job in figures.work:
        if job.status == "failed":
            yield Trouble(job.kind, who=job.what, why=job.fault or "", since=job.started_at)


def _links(temporal_ui: str | None, figures: Figures | None) -> dict[str, str]:
    """Addresses in the Temporal UI, where there is one."""
    if temporal_ui is None:
        return {}
    found = {
        "all": temporal_ui.rstrip("/"),
        "failed": f"{temporal_ui.rstrip('/')}?query={quote(FAILED)}",
        "troubled": f"{temporal_ui.rstrip('/')}?query={quote(TROUBLED)}",
    }
    if figures and figures.last:
        found["last"] = temporal_ui + workflow_id(figures.last[0])
    return found
