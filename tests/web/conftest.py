"""Pages on a real ledger and the real core, without Temporal; in a browser, if there is one."""

import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from api.app import assemble
from api.backing import Backing
from deals.commands import OpenDeal
from deals.deal import Actor
from deals.decide import decide
from tests.api.conftest import OPENING, backing_on, ledger_url, template
from tests.api.fake_engine import FakeEngine
from tests.imports.conftest import REAL
from web.site import add_pages

__all__ = ["ledger_url", "template"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

BROWSED = (
    "test_in_place.py",
    "test_journeys.py",
    "test_people_journeys.py",
    "test_import_journeys.py",
    "test_papers.py",
)
"""What needs a browser."""

collect_ignore = [] if CHROMIUM else [*BROWSED]
collect_ignore += [] if REAL.exists() else ["test_import_real.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what this machine cannot run."""
    if not CHROMIUM:
        for name in BROWSED:
            terminalreporter.write_line(f"not run: tests/web/{name}, there is no Chromium")
    if not REAL.exists():
        terminalreporter.write_line("not run: tests/web/test_import_real.py, its data is not here")


@dataclass(frozen=True)
class Site:
    """Pages as a browser without JavaScript sees them."""

    http: httpx.AsyncClient
    engine: FakeEngine
    backing: Backing

    async def get(self, path: str, person: str = "ana", **cookies: str) -> str:
        """A page, as somebody sees it."""
        answer = await self.ask(path, person, **cookies)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[-500:])
        return answer.text

    async def ask(self, path: str, person: str = "ana", **cookies: str) -> httpx.Response:
        """An answer, as somebody gets it."""
        return await self.http.get(path, headers=as_(person, **cookies))

    async def send(
        self,
        path: str,
        by: str = "ana",
        files: Any = None,  # noqa: ANN401 - as httpx takes them
        **fields: str,
    ) -> httpx.Response:
        """Send a form, as somebody does."""
        return await self.http.post(path, data=fields, files=files, headers=as_(by))

    async def open(self, **changes: Any) -> dict[str, Any]:
        """Open a deal; gives its view."""
        answer = await self.http.post("/v1/deals", json=OPENING | changes)
        assert answer.status_code == 201, answer.text
        view: dict[str, Any] = answer.json()
        return view


async def open_like(engine: FakeEngine, like: str, *, ago: timedelta) -> str:
    """Open a deal like another one, so long ago, and let time pass until now; gives its id."""
    playbook, deal = engine.deals[like]
    assert deal.owner
    command = OpenDeal(
        command_id="long-ago",
        actor=Actor(id=deal.owner, role="rep"),
        deal_id=f"{like}-before",
        playbook=deal.playbook,
        title=deal.title,
        customer=deal.customer,
        owner=deal.owner,
        team=deal.team,
        facts={"source": "web"},
    )
    now = datetime.now(UTC)
    await engine.open(playbook, decide(playbook, None, command, now=now - ago))
    await engine.pass_time(command.deal_id, now)
    return command.deal_id


def as_(person: str, **cookies: str) -> dict[str, str]:
    """The cookies that say who looks."""
    kept = {"dealpace_person": person} | {f"dealpace_{name}": one for name, one in cookies.items()}
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in kept.items() if value)}


def hidden(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form of a page that is sent to that address."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert form, f"no form for {action}"
    fields = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form.group(1))
    return dict(fields)


@pytest.fixture
async def site(ledger_url: str) -> AsyncIterator[Site]:
    """The pages at work."""
    app = assemble(lambda: backing_on(ledger_url))
    add_pages(app)
    async with app.router.lifespan_context(app):
        engine = app.state.backing.engine
        assert isinstance(engine, FakeEngine)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            yield Site(http, engine, app.state.backing)
