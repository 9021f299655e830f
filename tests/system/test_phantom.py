"""A worker killed at the worst moments leaves no row that its deal never decided, and loses none.

Source: measured before the design; a record written by a local activity failed exactly here.
"""

from typing import Any

import httpx
import pytest

from deals.evolve import fold
from deals.view import DealView, view
from ledger.recall import recall
from ledger.session import Ledger
from ledger.timeline import timeline
from tests.system.broken_worker import MODULE
from tests.system.callers import Write, eventually, insist, opened, send, told
from tests.system.installation import Installation

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("moment", ["killed-once-decided", "killed-once-recorded"])
async def test_a_killed_worker_and_then_a_signal_leave_deal_and_ledger_of_one_mind(
    moment: str, installation: Installation, http: httpx.AsyncClient, ledger: Ledger
) -> None:
    deal_id = await opened(http)
    await eventually(lambda: timeline(ledger, deal_id), bool)
    first = Write(f"deals/{deal_id}/actions", {"action": "first-call"})
    then = Write(f"deals/{deal_id}/facts", {"source": "web"})

    await installation.stop("worker")
    await installation.start("worker", MODULE, moment)
    assert (await send(http, first)).is_success
    assert await installation.died("worker") < 0
    assert (await send(http, then)).status_code == 202

    await installation.start("worker")
    for write in (first, then):
        assert (await insist(http, write)).is_success
        where = f"deals/{deal_id}/commands/{write.key}"
        await eventually(lambda: told(http, where), is_applied)  # noqa: B023 - asked at once
    shown = await told(http, f"deals/{deal_id}")
    life = await eventually(
        lambda: timeline(ledger, deal_id), lambda life: life[-1].seq == shown["seq"]
    )

    assert [event.command_id for event in life if event.n == 0][1:] == [first.key, then.key]
    assert [event.seq for event in life] == list(range(1, len(life) + 1))
    recorded = await recall(ledger, deal_id)
    assert recorded
    assert DealView.model_validate(shown) == view(recorded[0], fold(None, life))
    assert await installation.audited() == []


def is_applied(status: dict[str, Any]) -> bool:
    return bool(status["status"] == "applied")
