"""Imports on pages: looked at, changed column by column, begun once, followed to the end."""

import csv
import html
import io
import re
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from temporalio.testing import ActivityEnvironment

from activities.imports import ImportActivities
from imports.load import EXAMPLES
from ledger.session import Ledger
from tests.api.fake_engine import Away, FakeEngine
from tests.imports.conftest import Lives
from tests.web.conftest import Site, hidden

SIMPLE = EXAMPLES / "simple"
DEALS = (SIMPLE / "deals.csv").read_bytes()
TEAM = ("sides", ("team.csv", (SIMPLE / "team.csv").read_bytes()))
SCRIPT = "<script>alert(1)</script>"

Sides = tuple[tuple[str, tuple[str, bytes]], ...]


class AtWork(Protocol):
    """Pages, and the engine behind them."""

    @property
    def engine(self) -> FakeEngine:
        """It keeps what was begun."""


async def choose(
    site: Site, file: bytes = DEALS, *, by: str = "ola", sides: Sides = (TEAM,), **fields: str
) -> httpx.Response:
    """Upload a file and choose a mapping."""
    files = [("upload", ("deals.csv", file)), *sides]
    return await site.send("/imports/preview", by, files, **({"mapping": "simple"} | fields))


async def looked(site: Site, file: bytes = DEALS, status: int = 200, **fields: str) -> str:
    """The preview of a file."""
    answer = await choose(site, file, by="ola", sides=(TEAM,), **fields)
    assert answer.status_code == 303, answer.text
    return await at(site, answer, status)


async def at(site: Site, answer: httpx.Response, status: int = 200) -> str:
    """Where an answer leads."""
    page = await site.ask(answer.headers["location"], "ola")
    assert page.status_code == status, page.text
    return html.unescape(page.text)


def chosen(page: str) -> dict[str, str]:
    """The columns that a preview shows as chosen."""
    selects = re.findall(r'<select[^>]*name="column\.([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL)
    return {
        key: found.group(1) if (found := re.search(r"selected>([^<]*)<", inside)) else ""
        for key, inside in selects
    }


async def begin(site: Site, page: str) -> httpx.Response:
    """Press the button of a preview."""
    return await site.send("/imports", "ola", **hidden(page, "/imports"))


async def run(site: AtWork, url: str) -> None:
    """Do what the worker would."""
    ledger = Ledger.open(url)
    try:
        activities = ImportActivities(ledger, Lives())
        for job in site.engine.imports:
            await ActivityEnvironment().run(activities.run_import, job)
    finally:
        await ledger.close()


async def imported(site: Site, url: str, page: str) -> str:
    """Begin what a preview shows, run it, and give its address."""
    answer = await begin(site, page)
    assert answer.status_code == 303, answer.text
    await run(site, url)
    address: str = answer.headers["location"]
    return address


async def test_a_preview_shows_the_first_rows_as_deals_and_begins_nothing(site: Site) -> None:
    page = await looked(site)
    for said in ("All 5 rows", "Nordstahl GmbH", "Offer sent", "does not know `Waiting`", "€8,900"):
        assert said in page, said
    assert chosen(page)["rows.customer"] == "Customer"
    assert chosen(page)["joins.team"] == "Owner"
    assert site.engine.imports == []
    assert (await site.http.get("/v1/playbooks/simple-import")).status_code == 404


async def test_an_import_begins_once_and_is_followed_to_its_end(
    site: Site, ledger_url: str
) -> None:
    page = await looked(site)
    answers = [await begin(site, page) for _ in "12"]
    assert len(site.engine.imports) == 1
    address = answers[0].headers["location"]
    assert answers[1].headers["location"] == address
    running = await site.get(address, "ola")
    assert "data-again-in" in running
    assert '<meta http-equiv="refresh"' in running
    assert "of 5 rows" in running
    await run(site, ledger_url)
    done = await site.get(address, "ola")
    assert "data-again-in" not in done
    for said in ("5 rows were read", "€8,900", "does not know `Waiting`", "Hafenwerk AG"):
        assert said in done, said
    deal = re.search(r'href="(/deals/[^"]+)"', done)
    assert deal
    assert "deals.csv" in await site.get("/imports", "ola")
    repaired = await site.get(f"{address}?show=repaired", "ola")
    assert "written otherwise, as the mapping says" in repaired


async def test_columns_are_chosen_one_by_one_for_a_file_that_calls_them_otherwise(
    site: Site, ledger_url: str
) -> None:
    file = DEALS.replace(b"Customer", b"Firma").replace(b"Product", b"=cmd()")
    answer = await choose(site, file)
    page = await at(site, answer, 422)
    assert "has no column Customer, Product" in page
    assert "Customer: not in the file" in page
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    columns = {f"column.{key}": column for key, column in chosen(page).items()}
    columns |= {"column.rows.customer": "Firma", "column.rows.title.1": "Firma"}
    columns |= {"column.rows.title.0": "=cmd()", "column.rows.facts.product": ""}
    changed = await site.send(
        "/imports/preview", "ola", **columns,
        file=query["file"][0], beside=query["beside"][0], mapping="simple",
    )  # fmt: skip
    page = await at(site, changed)
    assert "Nordstahl GmbH" in page
    assert "id: simple-import" in page
    assert "column: Firma" in page or "customer: Firma" in page
    assert "repairs: {}" in page  # those of a column that nobody reads any more
    address = await imported(site, ledger_url, page)
    assert "5 rows were read" in await site.get(address, "ola")


async def test_a_mapping_of_ones_own_is_shown_with_each_fault_at_its_line(site: Site) -> None:
    text = (SIMPLE / "mapping.yaml").read_text().replace("currency: EUR", "currency: euro")
    page = await looked(site, status=422, own=text)
    line = 1 + text[: text.index("currency: euro")].count("\n")
    assert f"<b>Line {line}</b>" in page
    assert "Import all rows" not in page
    assert "currency: euro" in page
    unknown = await looked(site, status=422, own=text.replace("currency: euro", "klingon: 1"))
    assert "unknown field `klingon`" in unknown


async def test_a_side_file_that_is_missing_is_added_without_a_second_upload(site: Site) -> None:
    answer = await choose(site, sides=())
    page = await at(site, answer, 422)
    assert "The mapping needs team.csv, too" in page
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    added = await site.send(
        "/imports/preview", "ola", [TEAM], file=query["file"][0], mapping="simple"
    )
    assert "All 5 rows" in await at(site, added)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"", "deals.csv is empty"),
        (b"PK\x03\x04workbook", "is a workbook, a packed file, or no text"),
        (bytes(range(256)) * 4, "is a workbook, a packed file, or no text"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_as_a_page(
    site: Site, file: bytes, said: str
) -> None:
    page = await looked(site, file, 422)
    assert said in page
    assert "Import all rows" not in page


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
async def test_chinese_files_are_read_in_whatever_excel_wrote(site: Site, encoding: str) -> None:
    text = DEALS.decode().replace("Nordstahl GmbH", "苏州经纬光电有限公司北京分部销售处")
    page = await looked(site, text.encode(encoding, errors="replace"))
    assert "苏州经纬光电有限公司北京分部销售处" in page


async def test_refusals_are_in_the_readers_language(site: Site) -> None:
    answer = await choose(site, b"")
    page = await site.ask(answer.headers["location"], "ola", language="zh")
    assert "deals.csv 是空文件" in page.text


async def test_no_file_is_said_where_the_file_was_asked_for(site: Site) -> None:
    answer = await site.send("/imports/preview", "ola", mapping="simple")
    assert answer.status_code == 422
    assert "Choose a file." in answer.text


async def test_too_large_is_a_page_that_says_how_much(site: Site) -> None:
    answer = await choose(site, b"x" * (20 * 1024 * 1024))
    assert answer.status_code == 413
    assert "20 MB together at most" in answer.text


async def test_only_operations_import(site: Site, ledger_url: str) -> None:
    seen = await site.get("/imports", "ana")
    assert "Operations bring in deals" in seen
    assert '<input type="file"' not in seen
    assert (await choose(site, by="ana")).status_code == 403
    address = (await choose(site)).headers["location"]
    assert (await site.ask(address, "max")).status_code == 403
    fields = hidden(await site.get(address, "ola"), "/imports")
    answer = await site.send("/imports", "ana", **fields)
    assert (answer.status_code, site.engine.imports) == (403, [])
    done = await imported(site, ledger_url, await site.get(address, "ola"))
    assert "Hafenwerk AG" in await site.get(done, "ana")


async def test_an_engine_that_is_away_is_said_and_the_form_works_later(site: Site) -> None:
    page = await looked(site)
    key = hidden(page, "/imports")["key"]
    site.engine.away = Away.SERVER
    answer = await begin(site, page)
    assert (answer.status_code, "Nothing has begun" in answer.text) == (503, True)
    assert hidden(answer.text, "/imports")["key"] == key
    site.engine.away = Away.NOTHING
    again = await begin(site, answer.text)
    assert again.status_code == 303
    assert len(site.engine.imports) == 1


async def test_cells_are_never_run_by_a_browser_or_a_spreadsheet(
    site: Site, ledger_url: str
) -> None:
    file = DEALS.replace(b"Nordstahl GmbH", SCRIPT.encode()).replace(b"ID;", b"=cmd();")
    file = file.replace(b"100,00;21.09.2026", b"100,00;tomorrow").replace(b";Waiting;", b";New;")
    file += b";Pump;Nobody;;New;1,00;21.09.2026;;;;web\n"
    answer = await choose(site, file)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    sent = await site.send(
        "/imports/preview", "ola", file=query["file"][0], beside=query["beside"][0],
        mapping="simple", **{"column.rows.reference": "=cmd()"},
    )  # fmt: skip
    preview = await site.ask(sent.headers["location"], "ola")
    assert SCRIPT not in preview.text
    assert "&lt;script&gt;" in preview.text
    address = await imported(site, ledger_url, preview.text)
    shown = await site.get(address, "ola")
    assert SCRIPT not in shown
    download = await site.ask(f"{address}/remarks.csv?show=refused", "ola")
    assert "attachment" in download.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(download.content.decode("utf-8-sig"))))
    assert {one["rule"] for one in rows} == {"bad_date", "missing_id"}
    blank = next(one for one in rows if one["rule"] == "missing_id")
    assert blank["message"].startswith("'=cmd()")


async def test_remarks_come_page_by_page(site: Site, ledger_url: str) -> None:
    many = b"".join(b"%d;Pump;X;;Nowhere;1,00;01.06.2026;;;;web\n" % n for n in range(100, 160))
    address = await imported(site, ledger_url, await looked(site, DEALS + many))
    first = await site.get(address, "ola")
    assert first.count("does not know") == 50
    following = re.search(r'href="([^"]+after=50)"', first)
    assert following
    second = await site.get(html.unescape(following.group(1)), "ola")
    assert second.count("does not know") == 11
    assert "after=0" in html.unescape(second)
    assert (await site.ask(f"{address}?show=x&after=-1", "ola")).status_code == 200


async def test_the_same_file_again_changes_nothing(site: Site, ledger_url: str) -> None:
    await imported(site, ledger_url, await looked(site))
    page = await looked(site)
    assert "What is there already stays as it is" in page
    address = await imported(site, ledger_url, page)
    assert "Done." in await site.get(address, "ola")


async def test_what_is_not_there_is_a_page(site: Site) -> None:
    for path in ("/imports/Inone", "/imports/Inone/remarks.csv", "/imports/preview?file=x"):
        answer = await site.ask(path, "ola")
        assert (answer.status_code, "<h2>" in answer.text) == (404, True), path
    file = parse_qs(urlsplit((await choose(site)).headers["location"]).query)["file"][0]
    answer = await site.ask(f"/imports/preview?file={file}&mapping=klingon", "ola")
    assert answer.status_code == 422
    assert "no mapping called `klingon`" in answer.text
