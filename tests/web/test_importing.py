"""Imports on pages: looked at first, begun once, and what is wrong said over the form."""

import dataclasses
import html
import re

import pytest

from imports.load import EXAMPLES
from ledger.imports import ImportRow, find_import, report_rows, save_import
from tests.web.conftest import Site, hidden

SIMPLE = EXAMPLES / "simple"


async def looked_at(site: Site, content: bytes, **fields: str) -> str:
    answer = await site.send(
        "/imports/preview",
        "ola",
        files=[
            ("file", ("deals.csv", content, "text/csv")),
            ("beside", ("team.csv", (SIMPLE / "team.csv").read_bytes(), "text/csv")),
        ],
        **({"mapping": "simple"} | fields),
    )
    assert answer.status_code == 200, answer.text[-800:]
    return answer.text


async def test_a_file_is_looked_at_and_nothing_begins(site: Site) -> None:
    content = (SIMPLE / "deals.csv").read_bytes()
    page = await looked_at(site, content)
    rows = len(content.decode().strip().splitlines()) - 1
    assert f"<strong>{rows}</strong> rows" in re.sub(' class="[^"]*"', "", page)
    assert "Nothing has begun." in page
    assert "columns" in page or "rows:" in page  # the mapping's text, to be changed
    assert site.engine.imports == []


async def test_it_begins_once_however_often_the_form_is_sent(site: Site) -> None:
    page = await looked_at(site, (SIMPLE / "deals.csv").read_bytes())
    form = re.search(r'<form[^>]*action="/imports" .*?</form>', page, re.DOTALL)
    assert form
    fields = re.findall(r'name="([^"]+)" value="([^"]*)"', form[0])
    given = {name: html.unescape(value) for name, value in fields}
    first, again = [await site.send("/imports", "ola", **given) for _ in "12"]
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["location"] == again.headers["location"]
    assert len({job.import_id for job in site.engine.imports}) == 1
    watched = await site.get(first.headers["location"], "ola")
    assert "<progress" in watched
    assert "deals.csv" in await site.get("/imports", "ola")


async def test_another_mapping_is_tried_on_the_file_that_was_sent(site: Site) -> None:
    page = await looked_at(site, (SIMPLE / "deals.csv").read_bytes())
    kept = hidden(page, "/imports/preview")
    (text,) = map(html.unescape, re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL))
    typed = text.replace("simple", "si mple!")
    sent = {"beside": ("", b"")}
    answer = await site.send("/imports/preview", "ola", files=sent, **kept, text=typed)
    assert answer.status_code == 422
    assert "Not like this. Nothing was begun." in answer.text
    assert "si mple!" in answer.text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 a workbook", "workbook"),
        (b"one;two\n1;2\n", "the header lacks"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_with_the_reason(
    site: Site, content: bytes, said: str
) -> None:
    answer = await site.send(
        "/imports/preview", "ola", files={"file": ("x.csv", content, "text/csv")}, mapping="simple"
    )
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)


async def test_only_ops_import(site: Site) -> None:
    assert "Operations import files." in await site.get("/imports", "ana")
    for path in ("/imports/preview", "/imports"):
        assert (await site.send(path, "ana", kept="F1", mapping="simple")).status_code == 403


async def test_remarks_are_shown_as_text_and_are_no_formulas_in_a_spreadsheet(site: Site) -> None:
    page = await looked_at(site, (SIMPLE / "deals.csv").read_bytes())
    form = re.search(r'<form[^>]*action="/imports" .*?</form>', page, re.DOTALL)
    assert form
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[0]))
    begun = await site.send("/imports", "ola", **fields)
    import_id = begun.headers["location"].split("/")[2].partition("?")[0]
    nasty = "=cmd()<script>alert(1)</script>"
    await report_rows(site.backing.ledger, import_id, [ImportRow(7, "refused", "bad_value", nasty)])
    run = await find_import(site.backing.ledger, import_id)
    counts = {"rows": 1, "refused": 1, "rule:bad_value": 1}
    ended = dataclasses.replace(run, status="done", counts=counts)
    await save_import(site.backing.ledger, ended)
    shown = await site.get(f"/imports/{import_id}", "ola")
    assert "<script>alert" not in shown
    told = await site.get(f"/imports/{import_id}/remarks.csv", "ola")
    assert f"'{nasty}" in told
    assert (await site.ask("/imports/nowhere", "ola")).status_code == 404
