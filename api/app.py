"""The application: every route on one backing, and the only reader of settings in this room.

Decides what is opened at the start and closed at the end. It starts, and `/readyz` says what is
missing, while Temporal or the database is away. Must never hold a route.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from activities.post_messages import post_queue
from activities.rounds import wanted_rounds
from api import (
    agenda,
    alerts,
    codec,
    commands,
    deals,
    escalations,
    feeds,
    files,
    imports,
    leaves,
    letters,
    notifications,
    opening,
    ops,
    people,
    playbooks,
    recalendars,
    reports,
)
from api.backing import Backing, OpenBacking
from api.directory import Directory
from api.document import ABOUT, TAGS, Api
from api.metrics import Measured, Metrics
from api.problems import install
from api.shelf import Shelf
from gateway import Gateway
from ledger.playbooks import UnknownPlaybook, find_playbook, publish_playbook
from ledger.session import Ledger
from letters.addresses import Addresses
from letters.compose import Home
from playbooks.load import load_playbook, shipped
from settings import Settings
from workflows.client import connect
from workflows.condition import Watch
from workflows.round_keeper import RoundKeeper
from workflows.schedules import Schedules

ROOMS: Final = (
    commands,
    deals,
    opening,
    escalations,
    agenda,
    feeds,
    people,
    leaves,
    notifications,
    letters,
    playbooks,
    recalendars,
    files,
    imports,
    alerts,
    reports,
)
"""Modules whose routes make up the contract; what is asked most comes first, and is found first."""

TRY_AGAIN_SECONDS: Final = 1.0
"""Clock seconds until a database that was away at the start is tried again. A choice."""

_log = logging.getLogger(__name__)


def create_app(settings: Settings) -> FastAPI:
    """The API of one installation; it connects when it begins to run."""
    return assemble(lambda: _opened(settings))


def assemble(open_backing: OpenBacking) -> FastAPI:
    """The API on whatever backing is opened for as long as it runs."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_backing() as backing:
            app.state.backing = backing
            yield

    app = Api(
        title="Dealpace",
        description=ABOUT,
        version=version("dealpace"),
        lifespan=lifespan,
        openapi_tags=TAGS,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
    )
    for room in ROOMS:
        app.include_router(room.router)
    app.include_router(ops.router)
    app.include_router(codec.router)
    app.add_middleware(Measured)
    install(app)
    return app


async def publish_shipped(ledger: Ledger) -> None:
    """Publish the playbooks that come with Dealpace, each unless it is there already."""
    now = datetime.now(UTC)
    for file in shipped():
        loaded = await asyncio.to_thread(load_playbook, file, year=now.year)
        playbook = loaded.playbook
        try:
            await find_playbook(ledger, playbook.id, playbook.version)
        except UnknownPlaybook:
            await publish_playbook(ledger, playbook, loaded.source, now=now)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Backing]:
    home = Home(settings.time_zone, settings.locale)
    ledger = Ledger.open(settings.database_url, time_zone=home.time_zone)
    client = await connect(settings, lazy=True)
    gateway = Gateway(
        client,
        ledger,
        task_queue=settings.task_queue,
        update_within=timedelta(seconds=settings.update_timeout),
    )
    tried = asyncio.Event()
    publishing = asyncio.create_task(_keep_publishing(ledger, tried))
    await tried.wait()  # whoever is told that we are ready may open a deal on a shipped playbook
    try:
        schedules = Schedules(client, task_queue=settings.task_queue)
        yield Backing(
            ledger,
            gateway,
            Directory(ledger),
            Shelf(ledger),
            Metrics(),
            RoundKeeper(schedules, partial(wanted_rounds, ledger, home)),
            Addresses(settings.mail_url.get_secret_value() if settings.mail_url else None),
            home,
            Watch(client, (settings.task_queue, post_queue(settings.task_queue))),
        )
    finally:
        publishing.cancel()
        with suppress(asyncio.CancelledError):
            await publishing
        await ledger.close()


async def _keep_publishing(ledger: Ledger, tried: asyncio.Event) -> None:
    """Publish the shipped playbooks as soon as there is a ledger with tables."""
    told = ""
    while True:
        try:
            await publish_shipped(ledger)
        except (SQLAlchemyError, OSError) as fault:
            if told != (told := str(fault)):
                _log.warning("the shipped playbooks cannot be published yet: %r", fault)
            tried.set()
            await asyncio.sleep(TRY_AGAIN_SECONDS)
        else:
            tried.set()
            return
