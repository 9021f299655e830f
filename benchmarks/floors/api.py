"""The API of floor 2, as a program: `python -m benchmarks.floors.api ADDRESS PORT`.

One route that sends an update and answers with its result; nothing is looked up, checked or kept.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, Request
from pydantic import BaseModel
from temporalio.client import Client
from temporalio.service import GrpcCompression

from benchmarks.floors.entities import TOUCH
from settings import LOOPBACK


class Recorded(BaseModel):
    """What was done."""

    action: str
    note: str | None = None


class Receipt(BaseModel):
    """The number it got."""

    seq: int


def _app(address: str) -> FastAPI:
    @asynccontextmanager
    async def connected(app: FastAPI) -> AsyncIterator[None]:
        app.state.client = await Client.connect(address, grpc_compression=GrpcCompression.NONE)
        yield

    app = FastAPI(lifespan=connected, openapi_url=None)

    @app.get("/readyz")
    async def ready() -> None: ...

    @app.post("/deals/{deal_id}/actions")
    async def record(deal_id: str, recorded: Recorded, request: Request) -> Receipt:
        client: Client = request.app.state.client
        handle = client.get_workflow_handle(deal_id)
        seq: int = await handle.execute_update(TOUCH, recorded.action)
        return Receipt(seq=seq)

    return app


if __name__ == "__main__":
    uvicorn.run(
        _app(sys.argv[1]),
        host=LOOPBACK,
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )
