"""Imports on pages: a file is looked at before anything begins, then it begins and shows how far.

Decides that only ops begin one, and once for each form; and that a file is stored once, so that
another mapping needs no second upload. Must never read a row; `imports` does.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping as Given
from typing import Final, NamedTuple, get_args

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData, UploadFile

from api.asking import CSV, safe_cell
from api.backing import Backing, Standing
from api.codes import Fault
from api.files import MAX_FILE, FileRoute, safe_name
from api.import_begin import MEDIA_TYPE, begin_import
from api.payloads import MAX_BODY
from api.problems import Problem
from deals.refusals import Code
from gateway import EngineUnavailable
from imports.columns import by_version, places, with_columns
from imports.load import BadMapping, given_mapping
from imports.logbook import EXPECTED, new_id, per_rule
from imports.prepare import prepared
from imports.remarks import severity_of
from imports.report import Tally, won_amounts
from ledger.deals import listed_deals
from ledger.files import store_file
from ledger.imports import (
    Import,
    ImportRow,
    Severity,
    UnknownImport,
    deals_of,
    find_import,
    list_imports,
    report,
)
from playbooks.fault import PlaybookFaults
from web.import_look import Pick, look_at, offered, upload_of
from web.page import new_key, page
from web.reader import Looking, Reader
from web.source_lines import written

router: Final = APIRouter(include_in_schema=False, route_class=FileRoute)

SHOWN: Final = 50
"""Remarks of a page, and earlier imports. A choice: some screens."""

_AT_ONCE: Final = 5_000
"""Remarks that one statement reads for a download. A choice: about a megabyte."""

_DEALS: Final = 10
"""Deals of an import that are linked. A choice: enough to see whether they came out right."""

_MOST_FILES: Final = 20
"""Files of one form. A choice: more than any mapping joins."""

_YAML: Final = "application/yaml"
_COLUMN: Final = "column."
_SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)


class Progress(NamedTuple):
    """How far an import is; `of` None: nobody knows how many rows there are."""

    rows: int
    of: int | None

    @property
    def percent(self) -> int:
        """In whole percent; 100 is for imports that are done."""
        return min(99, 100 * self.rows // self.of) if self.of else 0


@router.get("/imports")
async def first(request: Request, reader: Looking, backing: Standing) -> Response:
    """Earlier imports, and where another one begins."""
    return await _front(request, reader, backing)


@router.post("/imports/preview")
async def choose(request: Request, reader: Looking, backing: Standing) -> Response:
    """Keep what was chosen, and show what would become of it."""
    _only_ops(reader)
    async with request.form(max_files=_MOST_FILES, max_part_size=MAX_BODY) as form:
        pick = await _picked(backing, reader, form)
        columns = {
            name.removeprefix(_COLUMN): str(value) or None
            for name, value in form.items()
            if name.startswith(_COLUMN)
        }
    if not pick.file:
        return await _front(request, reader, backing, missing="upload")
    if columns:
        pick = await _changed(backing, reader, pick, columns)
    return RedirectResponse(pick.address(), status_code=303)


@router.get("/imports/preview")
async def preview(request: Request, reader: Looking, backing: Standing) -> Response:
    """What would become of the first rows. Nothing has begun."""
    _only_ops(reader)
    return await _preview(request, reader, backing, Pick.of(request.query_params), new_key())


@router.post("/imports")
async def begin(request: Request, reader: Looking, backing: Standing) -> Response:
    """Begin an import, once for each form."""
    _only_ops(reader)
    async with request.form(max_files=0, max_part_size=MAX_BODY) as form:
        pick, key = await _picked(backing, reader, form), str(form.get("key") or new_key())
    try:
        upload = await upload_of(backing.ledger, pick)
        run = await begin_import(backing, upload, new_id(key), now=reader.now)
    except EngineUnavailable:
        return await _preview(request, reader, backing, pick, key, status=503)
    except Problem as problem:
        if problem.code == Code.KEY_REUSED:
            raise
        return RedirectResponse(pick.address(), status_code=303)
    return RedirectResponse(f"/imports/{run.id}", status_code=303)


@router.get("/imports/{import_id}")
async def show(request: Request, import_id: str, reader: Looking, backing: Standing) -> Response:
    """How far an import is, and what became of the rows."""
    run = await _find(backing, import_id)
    query = request.query_params
    severity = _severity(query.get("show", "")) or "refused"
    after = int(query["after"]) if query.get("after", "").isdecimal() else 0
    after = min(after, 10**9)
    rows = await report(
        backing.ledger, import_id, severity=severity, after=after, limit=SHOWN + 1
    )  # fmt: skip
    tally, rules = Tally.of(run.counts), per_rule(run.counts)
    deals = await listed_deals(
        backing.ledger, await deals_of(backing.ledger, run.mapping["mapping"], limit=_DEALS)
    )
    return await page(
        request, reader, "import", tab="more", run=run, tally=tally, rules=_by_severity(rules),
        won=won_amounts(tally), progress=Progress(tally.rows, run.counts.get(EXPECTED)),
        severity=severity, severities=_totals(rules), rows=rows[:SHOWN], after=after, shown=SHOWN,
        more=len(rows) > SHOWN, deals=deals,
    )  # fmt: skip


@router.get("/imports/{import_id}/remarks.csv")
async def download(
    request: Request, import_id: str, _reader: Looking, backing: Standing
) -> Response:
    """Every remark, or those of one severity; no cell begins a formula."""
    run = await _find(backing, import_id)
    severity = _severity(request.query_params.get("show", ""))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("line", "severity", "rule", "message", "deal_id"))
    after = 0
    while rows := await report(
        backing.ledger, run.id, severity=severity, after=after, limit=_AT_ONCE
    ):
        writer.writerows(map(_cells, rows))
        after += len(rows)
    name = f"{run.id}-{severity or 'remarks'}.csv"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
    }
    content = text.getvalue().encode("utf-8-sig")  # without its mark Excel reads another encoding
    return Response(content, headers=headers, media_type=CSV)


async def _front(request: Request, reader: Reader, backing: Backing, missing: str = "") -> Response:
    runs = await list_imports(backing.ledger, limit=SHOWN)
    told = [(run, Tally.of(run.counts)) for run in runs]
    return await page(
        request, reader, "imports", tab="more", status=422 if missing else 200, runs=told,
        offered=offered(), missing=missing, most=MAX_FILE,
    )  # fmt: skip


async def _preview(
    request: Request, reader: Reader, backing: Backing, pick: Pick, key: str, status: int = 200
) -> Response:
    look = await look_at(backing, await upload_of(backing.ledger, pick), reader.now)
    if look.flaws or look.fault:
        status = 422
    return await page(
        request, reader, "import_preview", tab="more", status=status, look=look, pick=pick,
        key=key, is_away=status == 503,  # noqa: PLR2004 - as the caller says
        lines=tuple(written(look.text, look.flaws)), most=MAX_FILE, offered=offered(),
    )  # fmt: skip


def _only_ops(reader: Reader) -> None:
    """As the API has it.

    Raises:
        Problem: `not_allowed`.
    """
    if reader.person.role != "ops":
        raise Problem(Code.NOT_ALLOWED, facts={"needs": "ops"})


async def _picked(backing: Backing, reader: Reader, form: FormData) -> Pick:
    """What a form chooses: what is stored already, and what comes with it."""

    async def stored(name: str, media_type: str) -> list[str]:
        sent = [one for one in form.getlist(name) if isinstance(one, UploadFile)]
        return [
            (
                await store_file(
                    backing.ledger,
                    safe_name(one.filename),
                    media_type,
                    await one.read(),
                    now=reader.now,
                )
            ).id
            for one in sent
            if one.filename
        ]

    main = await stored("upload", MEDIA_TYPE)
    own = await stored("own_file", _YAML)
    beside = [str(one) for one in form.getlist("beside")] + await stored("sides", MEDIA_TYPE)
    if typed := str(form.get("own") or "").strip():
        content = f"{typed}\n".replace("\r\n", "\n").encode(errors="replace")
        kept = await store_file(backing.ledger, "mapping.yaml", _YAML, content, now=reader.now)
        own.append(kept.id)
    text = own[0] if own else str(form.get("text") or "")
    file = main[0] if main else str(form.get("file") or "")
    return Pick(file, tuple(dict.fromkeys(beside)), str(form.get("mapping") or ""), text)


async def _changed(
    backing: Backing, reader: Reader, pick: Pick, columns: Given[str, str | None]
) -> Pick:
    """The same with other columns in the mapping; its own playbook is published for it."""
    upload = await upload_of(backing.ledger, pick)
    try:
        found = given_mapping(upload.mapping)
        mapping, playbook = await prepared(found, backing.ledger, now=reader.now, publish=True)
    except (BadMapping, PlaybookFaults):
        return pick
    text = found.text
    there = {one.key: one.column for one in places(text, playbook.facts)}
    wanted = {key: one for key, one in columns.items() if there.get(key, one) != one}
    if not wanted:
        return pick
    if mapping.playbook.file:
        text = by_version(text, playbook.id, playbook.version)
    content = with_columns(text, wanted).encode()
    kept = await store_file(backing.ledger, "mapping.yaml", _YAML, content, now=reader.now)
    return pick._replace(mapping="", text=kept.id)


async def _find(backing: Backing, import_id: str) -> Import:
    try:
        return await find_import(backing.ledger, import_id)
    except UnknownImport as fault:
        raise Problem(Fault.UNKNOWN_IMPORT, facts={"import": import_id}) from fault


def _severity(given: str) -> Severity | None:
    return next((one for one in _SEVERITIES if one == given), None)


def _by_severity(rules: Given[str, int]) -> list[tuple[Severity, str, int]]:
    """How often each rule was met, the gravest first."""
    found = [(severity_of(rule), rule, n) for rule, n in rules.items()]
    return sorted(found, key=lambda one: (_SEVERITIES.index(one[0]), -one[2]))


def _totals(rules: Given[str, int]) -> dict[Severity, int]:
    totals = Counter[Severity]()
    for rule, n in rules.items():
        totals[severity_of(rule)] += n
    return {one: totals[one] for one in _SEVERITIES}


def _cells(row: ImportRow) -> tuple[object, ...]:
    cells = (row.row_number, row.severity, row.rule, row.message, row.deal_id or "")
    return tuple(map(safe_cell, cells))
