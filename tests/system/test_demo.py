"""`dealpace demo` as a person starts it: things happen by themselves, and Ctrl-C ends all of it."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from settings import Settings
from tests.system.callers import told
from tests.system.installation import settings_for

ESCALATES_WITHIN_S = 60  # Source: the contract, section 1

DEALS = 250  # about 300


@pytest.mark.timeout(300)
async def test_the_demo_escalates_by_itself_stops_whole_and_comes_up_again(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "data")

    async with demo(settings) as (http, process):
        began = datetime.now(UTC)
        async with asyncio.timeout(ESCALATES_WITHIN_S):
            await happens(http, began, to="owner", do="remind")
            await happens(http, began, to="manager", do="escalate")
        before = {deal["id"] for deal in await everything(http, "deals")}
        assert len(before) >= DEALS
        await shows_a_ladder(http, process)

    async with demo(settings) as (http, _):
        after = {deal["id"] for deal in await everything(http, "deals")}
        assert before <= after
        assert len(after - before) < DEALS  # the team that is there is not hired again


@asynccontextmanager
async def demo(
    settings: Settings,
) -> AsyncIterator[tuple[httpx.AsyncClient, asyncio.subprocess.Process]]:
    """A running demo; leaving the block is the Ctrl-C, after which nobody may be left."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "cli", "demo"),
        env={**os.environ, **settings.as_environment()},
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        await says(process, "The demo team is at work")
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) >= 3
        url = f"http://{settings.host}:{settings.port}"
        async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:
            yield http, process
        process.send_signal(signal.SIGINT)
        await process.communicate()
        assert process.returncode == 0
        assert not [child for child in family if child.is_running()]
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)  # the leash takes its children along
            await process.communicate()


async def shows_a_ladder(http: httpx.AsyncClient, process: asyncio.subprocess.Process) -> None:
    """A newcomer sees an ignored deal climb its ladder to the pool, and a held one stay quiet."""
    lines = await says(process, "Meanwhile nothing came from")

    steps = ("reminder to", "escalation to manager", "escalation to director", "warning to")
    places = [lines.index(step) for step in (*steps, "it is in the pool")]
    assert places == sorted(places)
    ignored, held = re.findall(r"/v1/deals/(\w+)/clocks", lines)
    assert (await told(http, f"deals/{ignored}"))["in_pool"]
    assert (await told(http, f"deals/{held}"))["status"] == "on_hold"
    assert (await told(http, f"escalations?status=all&deal={held}"))["items"] == []


async def says(process: asyncio.subprocess.Process, words: str) -> str:
    """Wait until the person at the terminal is told so; all that was told until then."""
    assert process.stdout
    told_so_far = ""
    while words not in told_so_far:
        line = (await process.stdout.readline()).decode()
        assert line, told_so_far
        told_so_far += line
    return told_so_far


async def happens(http: httpx.AsyncClient, since: datetime, *, to: str, do: str) -> None:
    """Wait until such an escalation is there that was not before."""
    while True:
        latest = (await told(http, f"escalations?status=all&do={do}"))["items"]
        if any(one["to"] == to and datetime.fromisoformat(one["at"]) > since for one in latest):
            return
        await asyncio.sleep(0.5)


async def everything(http: httpx.AsyncClient, what: str) -> list[dict[str, Any]]:
    """A list, page by page."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await told(http, f"{what}?limit=200" + (f"&cursor={cursor}" if cursor else ""))
        found += page["items"]
        cursor = page["next_cursor"]
    return found
