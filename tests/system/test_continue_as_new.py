"""Many renewals of one deal's history under eight writers: nothing is lost, doubled or forgotten.

The server suggests them after very few events, and ops ask for more. How a run decides to end is
tested in tests/workflows; here the whole product has to survive it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowHandle

from deals.deal import REMEMBERED_COMMANDS
from deals.evolve import fold
from deals.view import workflow_id
from ledger.session import Ledger
from ledger.timeline import timeline
from tests.system.callers import Write, eventually, hire, insist, opened, told
from tests.system.installation import Installation, settings_for
from workflows.client import connect
from workflows.messages import RENEW, STATE, DealState

pytestmark = pytest.mark.asyncio(loop_scope="session")

WRITERS = 8
SIGNALLERS = {0, 4}
"""Writers who do not wait for an answer."""

SUGGESTED_AFTER = 100  # events
RENEWED = 6
ASKED_EVERY_S = 1.5
MOST = 10_000  # events to read


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """One whose server suggests to continue as new after very few events."""
    settings = settings_for(tmp_path_factory.mktemp("installation"))
    suggestion = {"limit.historyCount.suggestContinueAsNew": str(SUGGESTED_AFTER)}
    async with Installation(settings, suggestion) as installation:
        async with installation.http() as http:
            await hire(http)
        yield installation


@dataclass
class Writer:
    """Somebody who writes to one deal until told that it is enough."""

    http: httpx.AsyncClient
    deal_id: str
    number: int
    writes: list[Write] = field(default_factory=list)

    async def work(self, enough: asyncio.Event) -> None:
        headers = {"Prefer": "respond-async"} if self.number in SIGNALLERS else {}
        while not enough.is_set():
            need = {"need": f"{self.number}.{len(self.writes)}"}
            write = Write(f"deals/{self.deal_id}/facts", need, headers=headers)
            self.writes.append(write)
            response = await insist(self.http, write)
            assert response.status_code in {200, 202}, response.text


@pytest.mark.timeout(300)
async def test_eight_writers_over_many_renewals_are_each_recorded_once(
    installation: Installation, http: httpx.AsyncClient, ledger: Ledger
) -> None:
    deal_id = await opened(http)
    before = await told(http, f"deals/{deal_id}")
    client = await connect(installation.settings)
    deal = client.get_workflow_handle(workflow_id(deal_id))
    writers = [Writer(http, deal_id, number) for number in range(WRITERS)]

    def written() -> list[str]:
        return [write.key for writer in writers for write in writer.writes]

    enough = asyncio.Event()
    async with asyncio.TaskGroup() as everybody:
        for writer in writers:
            everybody.create_task(writer.work(enough))
        everybody.create_task(ask_to_renew(deal, enough))
        await eventually(
            lambda: runs(client, deal_id),
            lambda runs: runs > RENEWED and len(written()) > REMEMBERED_COMMANDS,
        )
        enough.set()

    last = before["seq"] + len(written())  # each of these commands is one event
    life = await eventually(
        lambda: timeline(ledger, deal_id, limit=MOST), lambda life: life[-1].seq >= last
    )
    assert [event.seq for event in life] == list(range(1, last + 1))
    ids = Counter(event.command_id for event in life[before["seq"] :])
    assert ids == Counter(written())
    shown = await told(http, f"deals/{deal_id}")
    assert (shown["clocks"], shown["seq"]) == (before["clocks"], last)
    state = await eventually(lambda: state_of(deal), lambda state: not state.outbox)
    assert state.deal == fold(None, life)

    for writer in writers:
        await check_repeats(http, first=writer.writes[0], latest=writer.writes[-1])
    assert await timeline(ledger, deal_id, limit=MOST) == life
    assert await installation.audited() == []


async def check_repeats(http: httpx.AsyncClient, *, first: Write, latest: Write) -> None:
    """A command that the deal remembers and one that it has forgotten are known all the same."""
    for write in (first, latest):
        again = Write(write.path, write.body, key=write.key)
        assert (await insist(http, again)).status_code == 200
        other = Write(write.path, {"need": "something else"}, key=write.key)
        refused = await insist(http, other)
        assert (refused.status_code, refused.json()["code"]) == (422, "key_reused")


async def ask_to_renew(deal: WorkflowHandle[Any, Any], enough: asyncio.Event) -> None:
    """What ops may do at any time, in the midst of it."""
    while not enough.is_set():
        await deal.signal(RENEW)
        with suppress(TimeoutError):
            await asyncio.wait_for(enough.wait(), ASKED_EVERY_S)


async def runs(client: Client, deal_id: str) -> int:
    """How many runs the deal has had so far."""
    return (await client.count_workflows(f"WorkflowId = '{workflow_id(deal_id)}'")).count


async def state_of(deal: WorkflowHandle[Any, Any]) -> DealState:
    state: DealState = await deal.query(STATE, result_type=DealState)
    return state
