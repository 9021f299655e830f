"""An import over HTTP: begun once, shown page by page, or refused whole with every reason."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.testing import ActivityEnvironment

from activities.imports import ImportActivities
from api.app import assemble
from api.backing import Backing
from api.directory import Directory
from api.metrics import Metrics
from api.shelf import Shelf
from ledger.people import Person, put_person
from ledger.playbooks import publish_playbook
from ledger.session import Ledger
from tests.api.fake_engine import Away, FakeEngine, FakeRounds
from tests.imports.conftest import Lives
from tests.imports.tables import MAPPING, NOW, PLAYBOOK, playbook, rows

FILE = rows(
    "A1,pump,Steel,Ada,Won,10,2026-01-01,2026-01-02,2026-01-03",
    "A2,pump,Steel,Ada,Lead,7,2026-01-01,,",
    "A3,pump,Steel,Ada,Leed,,,,",
    "A4",
)
JOINED = MAPPING.replace("  owner: owner", "  owner: owner\n  team: teams.team").replace(
    "rows:", "joins: {teams: {file: teams.csv, key: rep, by: owner}}\nrows:"
)


class Door:
    """A client, and the hand that runs what it began."""

    def __init__(self, http: httpx.AsyncClient, ledger: Ledger, engine: FakeEngine) -> None:
        self.http = http
        self.engine = engine
        self.lives = Lives()
        self._activities = ImportActivities(ledger, self.lives)

    async def begin(
        self, mapping: str = MAPPING, file: str | bytes = FILE, **headers: str
    ) -> httpx.Response:
        beside = ("beside", ("teams.csv", b"rep,team\nAda,North\n"))
        return await self.http.post(
            "/v1/imports",
            files=[("file", ("deals.csv", file)), beside],
            data={"mapping": mapping},
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )

    async def run(self) -> None:
        """Do what the worker would."""
        for job in self.engine.imports:
            await ActivityEnvironment().run(self._activities.run_import, job)

    async def show(self, import_id: str, **query: str) -> dict[str, Any]:
        answer = await self.http.get(f"/v1/imports/{import_id}", params=query)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown


@pytest.fixture
async def door(migrated: Path, tmp_path: Path) -> AsyncIterator[Door]:
    """The API at work, a playbook published."""
    file = tmp_path / "ledger.db"
    shutil.copy(migrated, file)
    ledger = Ledger.open(f"sqlite:///{file}")
    engine = FakeEngine(ledger)

    @asynccontextmanager
    async def backing() -> AsyncIterator[Backing]:
        yield Backing(ledger, engine, Directory(ledger), Shelf(ledger), Metrics(), FakeRounds())

    app = assemble(backing)
    await publish_playbook(ledger, playbook(), PLAYBOOK, now=NOW)
    await put_person(ledger, Person(id="rita", name="Rita", role="rep"))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:
            yield Door(http, ledger, engine)
    await ledger.close()


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    facts: dict[str, Any] = problem["facts"]
    return facts


async def test_an_import_begins_and_is_shown_as_it_goes(door: Door) -> None:
    answer = await door.begin(JOINED)
    assert answer.status_code == 201, answer.text
    begun = answer.json()
    assert answer.headers["Location"] == f"/v1/imports/{begun['id']}"
    assert (begun["status"], begun["mapping"], begun["file"]) == ("running", "small", "deals.csv")
    await door.run()
    shown = await door.show(begun["id"])
    assert (shown["status"], shown["fault"]) == ("done", None)
    assert shown["counts"] == {
        "rows": 4,
        "open": 1,
        "won": 1,
        "lost": 0,
        "dropped": 0,
        "closed": 1,
        "unchanged": 0,
        "refused": 2,
        "people": 1,
    }
    assert shown["rules"] == {"ragged_row": 1, "unknown_stage": 1}
    assert shown["won_amounts"] == [{"currency": "USD", "amount_minor": 1000}]
    assert [deal.team for deal in door.lives.deals.values()] == ["North"]


async def test_remarks_come_page_by_page(door: Door) -> None:
    begun = (await door.begin()).json()
    await door.run()
    first = await door.show(begun["id"], limit="1")
    assert [(one["line"], one["rule"]) for one in first["remarks"]] == [(4, "unknown_stage")]
    second = await door.show(begun["id"], limit="1", cursor=first["next_cursor"])
    assert [(one["line"], one["rule"]) for one in second["remarks"]] == [(5, "ragged_row")]
    last = await door.show(begun["id"], limit="1", cursor=second["next_cursor"])
    assert (last["remarks"], last["next_cursor"]) == ([], None)


async def test_the_same_key_and_files_begin_one_import(door: Door) -> None:
    first = await door.begin(Idempotency_Key="monday")
    again = await door.begin(Idempotency_Key="monday")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert len(door.engine.imports) == 1
    other = await door.begin(file=FILE.replace("Steel", "Iron"), Idempotency_Key="monday")
    refused(other, 422, "key_reused")


async def test_an_import_the_engine_did_not_take_can_be_begun_again(door: Door) -> None:
    door.engine.away = Away.SERVER
    refused(await door.begin(Idempotency_Key="monday"), 503, "engine_unavailable")
    door.engine.away = Away.NOTHING
    begun = (await door.begin(Idempotency_Key="monday")).json()
    assert begun["status"] == "running"
    await door.run()
    assert (await door.show(begun["id"]))["status"] == "done"


@pytest.mark.parametrize(
    ("mapping", "file", "status", "code", "fact"),
    [
        (MAPPING, b"", 422, "bad_import", {"reason": "empty_file"}),
        (MAPPING, b"id,what\n", 422, "bad_import", {"reason": "missing_column"}),
        (MAPPING, b"PK\x03\x04", 422, "bad_import", {"reason": "not_text"}),
        (JOINED.replace("teams.csv", "x.csv"), FILE, 422, "bad_import", {"file": "x.csv"}),
        (MAPPING.replace("USD", "usd"), FILE, 422, "bad_mapping", {}),
        (MAPPING.replace("Lead: lead", "Lead: leed"), FILE, 422, "bad_mapping", {}),
        (MAPPING.replace("{id: small}", "{file: /etc/passwd}"), FILE, 422, "bad_mapping", {}),
        (MAPPING.replace("{id: small}", "{id: large}"), FILE, 422, "bad_mapping", {}),
        ("\0", FILE, 422, "bad_mapping", {}),
        ("klingon", FILE, 404, "unknown_mapping", {"mapping": "klingon"}),
    ],
)
async def test_what_cannot_be_read_is_refused_whole(
    door: Door, mapping: str, file: str | bytes, status: int, code: str, fact: dict[str, str]
) -> None:
    facts = refused(await door.begin(mapping, file), status, code)
    assert facts.items() >= fact.items()
    assert door.engine.imports == []


async def test_a_shipped_mapping_is_named(door: Door) -> None:
    facts = refused(await door.begin("maven-crm"), 422, "bad_import")
    assert facts["file"] == "deals.csv"


async def test_a_key_nobody_could_mean_is_refused(door: Door) -> None:
    refused(await door.begin(Idempotency_Key="two words"), 422, "bad_idempotency_key")


async def test_only_ops_import(door: Door) -> None:
    refused(await door.begin(Dealpace_Person="rita"), 403, "not_allowed")


async def test_a_form_without_its_parts_is_told_which(door: Door) -> None:
    answer = await door.http.post("/v1/imports", data={"mapping": MAPPING})
    assert "file" in str(refused(answer, 422, "bad_payload"))


async def test_an_unknown_import_is_unknown(door: Door) -> None:
    refused(await door.http.get("/v1/imports/Inone"), 404, "unknown_import")
