"""How an upload becomes an import: checked whole, kept, and begun once.

Decides what refuses an upload before anything begins, and what is kept of it. The API and the pages
begin imports through this alone. Must never read a row.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from activities.import_messages import ImportJob
from api.backing import Backing
from api.codes import Fault
from api.problems import Problem
from deals.refusals import Code
from gateway import EngineUnavailable
from imports.cells import Sheet
from imports.command import Format
from imports.faults import BadFile
from imports.glance import expected
from imports.load import BadMapping, UnknownMapping, given_mapping
from imports.logbook import EXPECTED, Entry, entered, fail
from imports.mapping import Mapping
from imports.prepare import prepared
from imports.source import Uploaded
from ledger.files import store_file
from ledger.imports import Import, UnknownImport, find_import, save_import
from playbooks.fault import PlaybookFaults

MEDIA_TYPE: Final = "text/csv"
"""Of every file that is imported, whatever its sender calls it."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What somebody hands in.

    Attributes:
        mapping: a shipped mapping's name, or a mapping's text.
    """

    files: Uploaded
    mapping: str
    format: Format = "csv"


async def begin_import(
    backing: Backing, upload: Upload, import_id: str, *, now: datetime
) -> Import:
    """Begin an import; the same upload under the same id begins it once.

    Args:
        backing: what the API stands on.
        upload: what is to be imported.
        import_id: of the import.
        now: the instant of the import: what lies behind it is past.

    Raises:
        Problem: `bad_import`, `bad_mapping`, `unknown_mapping`, `key_reused`.
        EngineUnavailable: the engine did not take it; it can be begun again under its id.
    """
    mapping = await _ready(backing, upload, now)
    entry = Entry(import_id, upload.format)
    run = await asyncio.to_thread(entered, entry, upload.files, mapping, now=now)
    if not await _begun_before(backing, run):
        rows = await asyncio.to_thread(expected, mapping, upload.files)
        await _begin(backing, replace(run, counts={EXPECTED: rows}), upload)
    return run


async def _ready(backing: Backing, upload: Upload, now: datetime) -> Mapping:
    """The mapping, once everything that concerns it and whole files is in order.

    Raises:
        Problem: `bad_import`, `bad_mapping`, `unknown_mapping`.
    """
    try:
        found = await asyncio.to_thread(given_mapping, upload.mapping)
        mapping = (await prepared(found, backing.ledger, now=now, publish=True)).mapping
        with await asyncio.to_thread(Sheet, mapping, upload.files):
            return mapping
    except BadFile as fault:
        raise Problem(
            Fault.BAD_IMPORT, str(fault), facts={"reason": fault.code, **fault.facts}
        ) from fault
    except (BadMapping, PlaybookFaults) as fault:
        told = f"The mapping has faults: {fault.faults[0].message}"
        faults = [one._asdict() for one in fault.faults]
        raise Problem(Fault.BAD_MAPPING, told, facts={"faults": faults}) from fault
    except UnknownMapping as fault:
        facts = {"mapping": upload.mapping}
        raise Problem(Fault.UNKNOWN_MAPPING, str(fault), facts=facts) from fault


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


async def _begin(backing: Backing, run: Import, upload: Upload) -> None:
    """Begin it; one that the engine does not take has failed, and can be begun again."""
    job = await _job(backing, run, upload)
    await save_import(backing.ledger, run)
    try:
        await backing.engine.begin(job)
    except EngineUnavailable:
        await fail(backing.ledger, run.id, Fault.ENGINE_UNAVAILABLE)
        raise


async def _job(backing: Backing, run: Import, upload: Upload) -> ImportJob:
    """The job, its files kept."""
    files = upload.files
    ids = [
        (await store_file(backing.ledger, name, MEDIA_TYPE, content, now=run.started_at)).id
        for name, content in ((files.name, files.content), *files.sides.items())
    ]
    return ImportJob(
        import_id=run.id,
        format=run.format,
        file=ids[0],
        sides=tuple(ids[1:]),
        mapping=upload.mapping,
        started_at=run.started_at,
    )
