"""For operators: whether the process lives, whether it can serve, and figures for Prometheus.

Decides what ready means: the database, Temporal, and a worker that was heard of lately.
"""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from api.backing import Backing, Standing
from ledger.heartbeats import live_workers

router: Final = APIRouter(tags=["ops"])

HEARD_WITHIN: Final = timedelta(seconds=10)
"""How long a worker may be silent. A choice: several of its heartbeats."""

CHECK_SECONDS: Final = 2.0
"""Clock seconds one check may take. A choice: probes wait no longer."""


class Health(BaseModel):
    """The process lives."""

    status: str = "ok"


class Readiness(BaseModel):
    """What the API needs, part by part."""

    ready: bool
    database: bool
    temporal: bool
    worker: bool


@router.get("/healthz", summary="Tell whether the process lives")
async def healthz() -> Health:
    """It does."""
    return Health()


@router.get(
    "/readyz",
    summary="Tell whether requests can be served",
    responses={503: {"model": Readiness, "description": "At least one part is missing."}},
)
async def readyz(backing: Standing, response: Response) -> Readiness:
    """Each part is named; without a worker reads still work and commands are answered 202."""
    workers, temporal = await asyncio.gather(
        _workers(backing), _in_time(backing.engine.ready(), otherwise=False)
    )
    database, worker = workers is not None, bool(workers)
    ready = database and temporal and worker
    if not ready:
        response.status_code = 503
    return Readiness(ready=ready, database=database, temporal=temporal, worker=worker)


@router.get("/metrics", summary="Figures for Prometheus", include_in_schema=False)
async def metrics(backing: Standing) -> Response:
    """Requests by route and status, how long they took, commands by kind and outcome."""
    return Response(backing.metrics.page(), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _workers(backing: Backing) -> tuple[str, ...] | None:
    """The workers heard of lately; None if the database does not answer."""
    since = datetime.now(UTC) - HEARD_WITHIN
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await live_workers(backing.ledger, since=since)
    except (SQLAlchemyError, OSError):
        return None


async def _in_time(check: Awaitable[bool], *, otherwise: bool) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check
    except TimeoutError:
        return otherwise
