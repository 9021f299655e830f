"""Imports: a file of another system is uploaded, becomes deals, and every remark on it is listed.

Decides how an upload comes in and how an import is shown. What cannot be read at all is refused
here, before anything begins; the rest a workflow does. Must never read a row.
"""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, File, Form, Path, Query, Request, Response, UploadFile
from pydantic import BaseModel, Field

from activities.import_messages import ImportJob
from api.addresses import PREFIX
from api.answers import problems
from api.backing import Backing, Standing
from api.callers import Administrator
from api.codes import Fault
from api.deals import Limit
from api.envelopes import KEY_PARAMETER, key_of
from api.files import FileRoute, safe_name
from api.problems import Problem
from deals.model import Instant
from deals.refusals import Code
from gateway import EngineUnavailable
from imports.cells import Sheet
from imports.command import Format
from imports.faults import BadFile
from imports.load import BadMapping, UnknownMapping, given_mapping
from imports.logbook import Entry, entered, fail, new_id, per_rule
from imports.prepare import Prepared, prepared
from imports.report import Tally, won_amounts
from imports.source import Uploaded
from ledger.files import store_file
from ledger.imports import Import, ImportStatus, Severity, UnknownImport, find_import, report
from ledger.imports import save_import as save
from ledger.paging import DEFAULT_PAGE
from playbooks.fault import PlaybookFaults

router: Final = APIRouter(prefix=PREFIX, tags=["imports"], route_class=FileRoute)

MEDIA_TYPE: Final = "text/csv"


class RemarkShown(BaseModel):
    """What was refused, repaired or noted of a row."""

    line: int = Field(description="Where the row begins, the header on 1; 0: a file as a whole.")
    severity: Severity
    rule: str = Field(description="Stable; docs/import.md lists all.")
    message: str
    deal_id: str | None


class WonAmount(BaseModel):
    """What the won deals of an import brought."""

    currency: str
    amount_minor: int


class ImportShown(BaseModel):
    """An import: how far it is, what became of the rows, and what was remarked."""

    id: str
    status: ImportStatus
    format: str
    mapping: str = Field(description="The mapping's name, which names the source.")
    file: str
    fault: str | None = Field(description="Why it failed.")
    counts: dict[str, int] = Field(description="Rows and deals by what became of them, people.")
    rules: dict[str, int] = Field(description="How often each rule was met; once it is done.")
    won_amounts: tuple[WonAmount, ...]
    started_at: Instant
    finished_at: Instant | None
    remarks: tuple[RemarkShown, ...] = Field(description="In the order of the file; once done.")
    next_cursor: str | None


@router.post(
    "/imports",
    status_code=201,
    summary="Import a file of another system",
    openapi_extra={"parameters": [KEY_PARAMETER]},
    responses=problems(
        Code.KEY_REUSED,
        Code.NOT_ALLOWED,
        Fault.BAD_IDEMPOTENCY_KEY,
        Fault.BAD_IMPORT,
        Fault.BAD_MAPPING,
        Fault.BAD_PAYLOAD,
        Fault.ENGINE_UNAVAILABLE,
        Fault.FILE_TOO_LARGE,
        Fault.LEDGER_UNAVAILABLE,
        Fault.UNKNOWN_CALLER,
        Fault.UNKNOWN_MAPPING,
    ),
)
async def begin(  # noqa: PLR0913, PLR0917 - one parameter for each part of the form
    request: Request,
    response: Response,
    backing: Standing,
    _administrator: Administrator,
    file: Annotated[UploadFile, File(description="The main file, 20 MB with the others at most.")],
    mapping: Annotated[str, Form(description="A shipped mapping's name, or a mapping's text.")],
    beside: Annotated[list[UploadFile], File(description="Side files, found by name.")] = [],  # noqa: B006 - FastAPI copies it
    form: Annotated[Format, Form(alias="format")] = "csv",
) -> ImportShown:
    """It begins at once and goes on by itself: `GET /v1/imports/{id}` tells how far it is.

    Closed rows are recorded, open ones become running deals with their true past. Rows that are
    there already stay as they are, so an import can be repeated.
    """
    import_id = await begun(
        backing, await _uploaded(file, beside), mapping, form, key=key_of(request)
    )
    response.headers["Location"] = f"{PREFIX}/imports/{import_id}"
    return await shown(backing, import_id, after=0, limit=DEFAULT_PAGE)


@router.get(
    "/imports/{import_id}",
    summary="Show an import and what was remarked",
    responses=problems(Fault.BAD_PARAMETER, Fault.LEDGER_UNAVAILABLE, Fault.UNKNOWN_IMPORT),
)
async def show(
    backing: Standing,
    import_id: Annotated[str, Path(max_length=100)],
    cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,9}$")] = None,
    limit: Limit = DEFAULT_PAGE,
) -> ImportShown:
    """Every refused, repaired or noted row, page by page."""
    return await shown(backing, import_id, after=int(cursor or 0), limit=limit)


async def begun(
    backing: Backing, files: Uploaded, mapping: str, form: Format, *, key: str | None
) -> str:
    """Begin an import, unless the same key began it; its id.

    Raises:
        Problem: `bad_import`, `bad_mapping`, `unknown_mapping`, `key_reused`.
        EngineUnavailable: it can be begun again.
    """
    now = datetime.now(UTC)
    read = await ready(backing, mapping, files, now)
    run = await asyncio.to_thread(entered, Entry(new_id(key), form), files, read.mapping, now=now)
    if not await _begun_before(backing, run):
        await _begin(backing, run, await _job(backing, run, files, mapping))
    return run.id


async def _uploaded(file: UploadFile, beside: Iterable[UploadFile]) -> Uploaded:
    sides = {safe_name(one.filename or ""): await one.read() for one in beside}
    return Uploaded(safe_name(file.filename or ""), await file.read(), sides)


async def ready(
    backing: Backing, given: str, files: Uploaded, now: datetime, *, publish: bool = True
) -> Prepared:
    """The mapping, once everything that concerns it and whole files is in order.

    Raises:
        Problem: `bad_import`, `bad_mapping`, `unknown_mapping`.
    """
    try:
        found = await asyncio.to_thread(given_mapping, given)
        read = await prepared(found, backing.ledger, now=now, publish=publish)
        with await asyncio.to_thread(Sheet, read.mapping, files):
            return read
    except BadFile as fault:
        raise Problem(
            Fault.BAD_IMPORT, str(fault), facts={"reason": fault.code, **fault.facts}
        ) from fault
    except (BadMapping, PlaybookFaults) as fault:
        told = f"The mapping has faults: {fault.faults[0].message}"
        faults = [one._asdict() for one in fault.faults]
        raise Problem(Fault.BAD_MAPPING, told, facts={"faults": faults}) from fault
    except UnknownMapping as fault:
        raise Problem(Fault.UNKNOWN_MAPPING, str(fault), facts={"mapping": given}) from fault


async def _begun_before(backing: Backing, run: Import) -> bool:
    """Whether the same import was begun before and did not fail.

    Raises:
        Problem: `key_reused`, when another one was begun under the key.
    """
    try:
        before = await find_import(backing.ledger, run.id)
    except UnknownImport:
        return False
    same = ("format", "file_name", "file_digest", "mapping")
    if any(getattr(before, name) != getattr(run, name) for name in same):
        raise Problem(Code.KEY_REUSED, facts={"import": run.id})
    return before.status != "failed"


async def _job(backing: Backing, run: Import, files: Uploaded, mapping: str) -> ImportJob:
    """The job, its files kept."""
    ids = [
        (await store_file(backing.ledger, name, MEDIA_TYPE, content, now=run.started_at)).id
        for name, content in ((files.name, files.content), *files.sides.items())
    ]
    return ImportJob(
        import_id=run.id,
        format=run.format,
        file=ids[0],
        sides=tuple(ids[1:]),
        mapping=mapping,
        started_at=run.started_at,
    )


async def _begin(backing: Backing, run: Import, job: ImportJob) -> None:
    """Begin it; one that the engine does not take has failed, and can be begun again."""
    await save(backing.ledger, run)
    try:
        await backing.engine.begin(job)
    except EngineUnavailable:
        await fail(backing.ledger, run.id, Fault.ENGINE_UNAVAILABLE)
        raise


async def shown(backing: Backing, import_id: str, *, after: int, limit: int) -> ImportShown:
    """An import, and some of its remarks.

    Raises:
        Problem: `unknown_import`.
    """
    try:
        run = await find_import(backing.ledger, import_id)
    except UnknownImport as fault:
        raise Problem(Fault.UNKNOWN_IMPORT, facts={"import": import_id}) from fault
    lines = await report(backing.ledger, import_id, after=after, limit=limit)
    tally = Tally.of(run.counts)
    return ImportShown(
        **{name: getattr(run, name) for name in _SHARED},
        mapping=run.mapping["mapping"],
        file=run.file_name,
        counts=tally.named() | {"closed": tally.closed},
        rules=per_rule(run.counts),
        won_amounts=tuple(WonAmount.model_validate(won) for won in won_amounts(tally)),
        remarks=tuple(
            RemarkShown(
                line=one.row_number,
                **{name: getattr(one, name) for name in ("severity", "rule", "message", "deal_id")},
            )
            for one in lines
        ),
        next_cursor=str(after + limit) if len(lines) == limit else None,
    )


_SHARED: Final = ("id", "status", "format", "fault", "started_at", "finished_at")
