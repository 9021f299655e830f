"""Imports: a file is looked at by a mapping before anything begins, then watched until it is done.

Decides what of a preview is shown, and that a file is kept between looking and beginning. What rows
become, the import says; only ops import. Must never read a row itself.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData, UploadFile

from api.backing import Backing, Standing
from api.codes import Fault
from api.files import MAX_FILE, FileRoute, safe_name
from api.imports import MEDIA_TYPE, begun, ready, shown
from api.problems import Problem
from deals.refusals import Code
from imports.draft import DraftDeal
from imports.load import UnknownMapping, find_mapping, shipped
from imports.prepare import Prepared
from imports.report import ImportReport
from imports.run import Task, first_deals, try_import
from imports.source import Uploaded
from ledger.files import UnknownFile, file_content, find_file, store_file
from ledger.imports import list_imports, report
from web.page import page
from web.reader import Looking, Reader

router: Final = APIRouter(include_in_schema=False, route_class=FileRoute)

FIRST: Final = 8
"""Deals of a preview. A choice: enough to see a column that was mistaken for another."""

REMARKED: Final = 50
"""Remarks that a page shows. A choice: the CSV has all."""

SIDES: Final = 5
"""Side files of one import. A choice: shipped mappings name three at most."""

OWN: Final = "own"
"""Stands for a mapping of one's own."""

_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for a formula. Source: OWASP, CSV injection."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was sent: the files, kept by their ids, and the mapping.

    Attributes:
        mapping: a shipped one's name, or `own`.
        text: of a mapping of one's own.
    """

    file: str
    sides: tuple[str, ...]
    mapping: str
    text: str

    @property
    def asked(self) -> str:
        """The mapping as an import takes it."""
        return self.text if self.mapping == OWN else self.mapping


@router.get("/imports")
async def show(request: Request, reader: Looking, backing: Standing) -> Response:
    """Earlier imports, and the form of another one."""
    return await page(
        request, reader, "imports", tab="more", found=await list_imports(backing.ledger),
        mappings=shipped(), given=Given("", (), "", ""), fault=None,
    )  # fmt: skip


@router.post("/imports/preview")
async def preview(request: Request, reader: Looking, backing: Standing) -> Response:
    """What a file would become; nothing begins."""
    _check(reader)
    async with request.form(max_files=1 + SIDES, max_part_size=MAX_FILE) as form:
        given = await _given(form, backing)
    try:
        files = await _files(given, backing)
        now = datetime.now(UTC)
        read = await ready(backing, given.asked, files, now, publish=False)
        told, first = await asyncio.to_thread(_looked, read, files, now)
    except Problem as fault:
        return await _refused(request, reader, backing, given, fault)
    return await page(
        request, reader, "import_preview", tab="more", given=given, told=told, first=first,
        text=given.text or await asyncio.to_thread(_text, given.mapping), name=files.name,
        playbook=read.playbook, remarks=told.remarks[:REMARKED],
        refused=Counter(one.rule for one in told.remarks if one.severity == "refused"),
    )  # fmt: skip


@router.post("/imports")
async def begin(request: Request, reader: Looking, backing: Standing) -> Response:
    """Begin it, once for each form."""
    _check(reader)
    async with request.form(max_files=0) as form:
        given = await _given(form, backing)
        key, of = str(form.get("key", "")) or None, str(form.get("of", ""))
    try:
        files = await _files(given, backing)
        import_id = await begun(backing, files, given.asked, "csv", key=key)
    except Problem as fault:
        return await _refused(request, reader, backing, given, fault)
    return RedirectResponse(f"/imports/{quote(import_id)}?of={quote(of)}", status_code=303)


@router.get("/imports/{import_id}")
async def watch(request: Request, import_id: str, reader: Looking, backing: Standing) -> Response:
    """How far it is, and what became of the rows."""
    asked = request.query_params
    after = int(asked["after"]) if asked.get("after", "").isdecimal() else 0
    found = await shown(backing, import_id, after=after, limit=REMARKED)
    of = int(asked["of"]) if asked.get("of", "").isdecimal() else 0
    return await page(request, reader, "import", tab="more", found=found, of=of, after=after)


@router.get("/imports/{import_id}/remarks.csv")
async def remarks(import_id: str, _reader: Looking, backing: Standing) -> Response:
    """Every remark, for a spreadsheet."""
    await shown(backing, import_id, after=0, limit=1)
    out, after = io.StringIO(), 0
    rows = csv.writer(out)
    rows.writerow(("line", "severity", "rule", "message", "deal"))
    while found := await report(backing.ledger, import_id, after=after):
        for one in found:
            told = (one.row_number, one.severity, one.rule, one.message, one.deal_id or "")
            rows.writerow(map(_harmless, told))
        after += len(found)
    headers = {"Content-Disposition": f'attachment; filename="{quote(import_id)}.csv"'}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv", headers=headers)


def _harmless(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_RISKY) else value


def _check(reader: Reader) -> None:
    """Only ops import.

    Raises:
        Problem: `not_allowed`.
    """
    if reader.person.role != "ops":
        raise Problem(Code.NOT_ALLOWED, facts={"needs": "ops"})


async def _given(form: FormData, backing: Backing) -> Given:
    """What a form holds; files that came with it are kept from now on."""
    file, sides = str(form.get("kept", "")), [str(one) for one in form.getlist("side")]
    for name in ("file", "beside"):
        for one in form.getlist(name):
            if not isinstance(one, UploadFile) or not one.filename:
                continue
            called, now = safe_name(one.filename), datetime.now(UTC)
            content = await one.read()
            kept = await store_file(backing.ledger, called, MEDIA_TYPE, content, now=now)
            if name == "file":
                file, sides = kept.id, []
            else:
                sides.append(kept.id)
    text = str(form.get("text", "")).replace("\r\n", "\n")
    return Given(file, tuple(sides[:SIDES]), str(form.get("mapping", "")), text)


async def _files(given: Given, backing: Backing) -> Uploaded:
    """The files that were sent.

    Raises:
        Problem: `unknown_file`.
    """
    try:
        name = (await find_file(backing.ledger, given.file)).name
        content = await file_content(backing.ledger, given.file)
        sides = {
            (await find_file(backing.ledger, one)).name: await file_content(backing.ledger, one)
            for one in given.sides
        }
    except UnknownFile as fault:
        raise Problem(Fault.UNKNOWN_FILE, facts={"file": given.file}) from fault
    return Uploaded(name, content, sides)


def _looked(read: Prepared, files: Uploaded, now: datetime) -> tuple[ImportReport, list[DraftDeal]]:
    task = Task(files, read.mapping, read.playbook, now)
    return try_import(task), first_deals(task, FIRST)


def _text(mapping: str) -> str:
    """The text of a shipped mapping, to look at; empty if there is none."""
    try:
        return find_mapping(mapping, files=False).text
    except UnknownMapping:
        return ""


async def _refused(
    request: Request, reader: Reader, backing: Backing, given: Given, fault: Problem
) -> Response:
    """The form again, with what was sent and what is wrong."""
    told: dict[str, Any] = {"code": fault.code, "detail": fault.detail, **fault.facts}
    return await page(
        request, reader, "imports", tab="more", status=422,
        found=await list_imports(backing.ledger), mappings=shipped(), given=given, fault=told,
    )  # fmt: skip
