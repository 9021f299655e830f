"""The worker of the floors, as a program: `python -m benchmarks.floors.worker ADDRESS DATABASE`.

Decides nothing: it runs as the product's worker does, unsandboxed on uvloop, so that the two differ
in what they do and in nothing else.
"""

import sqlite3
import sys

import uvloop
from temporalio import activity
from temporalio.client import Client
from temporalio.service import GrpcCompression
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from benchmarks.floors.entities import (
    RECORD,
    RECORD_ALL,
    TASK_QUEUE,
    BareEntity,
    SendingEntity,
    Timer,
    WritingEntity,
)
from worker import POLLS, collect_seldom

TABLE = "create table event (deal_id text, seq integer, action text, primary key (deal_id, seq))"
INSERT = "insert into event values (?, ?, ?) on conflict do nothing"


class Rows:
    """One table in SQLite, written without a thread or a layer between."""

    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        for statement in ("pragma journal_mode=wal", "pragma synchronous=normal", TABLE):
            self._database.execute(statement)

    @activity.defn(name=RECORD)
    async def record(self, deal_id: str, seq: int, action: str) -> None:
        """Write a row; again is the same as once."""
        self._database.execute(INSERT, (deal_id, seq, action))

    @activity.defn(name=RECORD_ALL)
    async def record_all(self, deal_id: str, batch: list[tuple[int, str]]) -> None:
        """Write rows; again is the same as once."""
        self._database.executemany(INSERT, [(deal_id, *row) for row in batch])


async def _work(address: str, database: str) -> None:
    collect_seldom()
    rows = Rows(database)
    worker = Worker(
        await Client.connect(address, grpc_compression=GrpcCompression.NONE),
        task_queue=TASK_QUEUE,
        workflows=[BareEntity, WritingEntity, SendingEntity, Timer],
        activities=[rows.record, rows.record_all],
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=5000,
        max_concurrent_workflow_task_polls=POLLS,
    )
    await worker.run()


if __name__ == "__main__":
    uvloop.run(_work(*sys.argv[1:]))
