"""An uploaded import runs as a workflow to its end, or says why it cannot."""

import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment, WorkflowEnvironment
from temporalio.worker import Worker

from activities.import_messages import ImportJob, import_workflow_id
from activities.imports import ImportActivities
from deals.events import Event
from deals.playbook import Playbook
from ledger.files import store_file
from ledger.imports import Import, find_import, report, save_import
from ledger.playbooks import publish_playbook
from ledger.session import Ledger
from tests.imports.conftest import EngineLostError, Live, Lives
from tests.imports.tables import MAPPING, PLAYBOOK, playbook, rows
from worker import sandbox
from workflows.converter import data_converter
from workflows.imports import ImportWorkflow

NOW = datetime(2026, 10, 1, tzinfo=UTC)
JOINED = MAPPING.replace("  owner: owner", "  owner: owner\n  team: teams.team").replace(
    "rows:", "joins: {teams: {file: teams.csv, key: rep, by: owner}}\nrows:"
)
FILE = rows(
    "A1,pump,Steel,Ada,Won,10,2026-01-01,2026-01-02,2026-01-03",
    "A2,pump,Steel,Ada,Lead,7,2026-01-01,,",
    "A3,pump,Steel,Ada,Leed,,,,",
)


async def uploaded(ledger: Ledger, mapping: str = JOINED, file: str = FILE) -> ImportJob:
    """A job whose files are stored, as the API leaves it."""
    await publish_playbook(ledger, playbook(), PLAYBOOK, now=NOW)
    main = await store_file(ledger, "deals.csv", "text/csv", file.encode(), now=NOW)
    side = await store_file(ledger, "teams.csv", "text/csv", b"rep,team\nAda,North\n", now=NOW)
    begun = Import("I1", "running", "csv", "deals.csv", "", {"mapping": "small"}, {}, NOW)
    await save_import(ledger, begun)
    return ImportJob(
        import_id="I1",
        format="csv",
        file=main.id,
        sides=(side.id,),
        mapping=mapping,
        started_at=NOW,
    )


async def test_an_upload_becomes_deals(ledger: Ledger, lives: Lives) -> None:
    job = await uploaded(ledger)
    activities = ImportActivities(ledger, lives)
    counts = await ActivityEnvironment().run(activities.run_import, job)
    assert (counts["won"], counts["open"], counts["refused"]) == (1, 1, 1)
    assert (await find_import(ledger, "I1")).status == "done"
    assert [deal.team for deal in lives.deals.values()] == ["North"]


async def test_an_attempt_that_was_lost_is_gone_on_with_and_reported_once(
    ledger: Ledger, lives: Lives
) -> None:
    job = await uploaded(ledger)
    activities = ImportActivities(ledger, lives)
    lives.left = 0
    with pytest.raises(EngineLostError):
        await ActivityEnvironment().run(activities.run_import, job)
    assert (await find_import(ledger, "I1")).status == "running"
    lives.left = None
    for _ in range(2):
        counts = await ActivityEnvironment().run(activities.run_import, job)
        assert (counts["rows"], counts["open"]) == (3, 1)
    assert len(await report(ledger, "I1")) == 1


@pytest.mark.parametrize(
    ("mapping", "fault"),
    [
        (JOINED.replace("teams.csv", "gone.csv"), "gone.csv: the mapping needs this file"),
        (JOINED.replace("what", "thing"), "deals.csv: the header lacks `thing`"),
        (JOINED.replace("name: Small", ""), "`name` is missing"),
        ("klingon-crm", "there is no mapping called `klingon-crm`"),
    ],
)
async def test_what_cannot_succeed_ends_and_says_why(
    ledger: Ledger, lives: Lives, mapping: str, fault: str
) -> None:
    job = await uploaded(ledger, mapping)
    counts = await ActivityEnvironment().run(ImportActivities(ledger, lives).run_import, job)
    ended = await find_import(ledger, "I1")
    assert (counts, ended.status) == ({}, "failed")
    assert fault in (ended.fault or "")
    assert lives.deals == {}


@pytest.fixture
async def server() -> AsyncIterator[WorkflowEnvironment]:
    """A server that skips time."""
    path = str(Path(sys.executable).parent / "temporal-test-server")
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=data_converter, test_server_existing_path=path
    ) as environment:
        yield environment


class Hesitant(Lives):
    """Loses the engine at the first attempt."""

    def __init__(self) -> None:
        super().__init__()
        self.attempts = 0

    def start_many(self, deals: Iterable[tuple[Playbook, Sequence[Event]]]) -> AsyncIterator[Live]:
        self.attempts += 1
        self.left = 0 if self.attempts == 1 else None
        return super().start_many(deals)


async def test_the_workflow_tries_until_it_is_done(
    ledger: Ledger, server: WorkflowEnvironment
) -> None:
    job = await uploaded(ledger)
    lives = Hesitant()
    worker = Worker(
        server.client,
        task_queue="imports",
        workflows=[ImportWorkflow],
        activities=[ImportActivities(ledger, lives).run_import],
        workflow_runner=sandbox(),
    )
    async with worker:
        counts = await server.client.execute_workflow(
            ImportWorkflow.run, job, id=import_workflow_id("I1"), task_queue="imports"
        )
    assert lives.attempts == 2
    assert (counts["won"], counts["open"], counts["refused"]) == (1, 1, 1)
