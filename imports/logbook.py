"""An import that is kept: the ledger knows that it runs, how far it has come and what it said.

Decides what is written about an import, and when: at its start, before every turn and at the end.
A run that was cut off goes on under the same id and counts nothing twice. Must never touch a deal.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections import Counter
from collections.abc import Mapping as NamedCounts
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final

from imports.faults import BadFile
from imports.mapping import Mapping
from imports.remarks import Remark
from imports.report import ImportReport, Tally
from imports.run import Progress, Starter, Task, in_silence, run_import
from imports.source import Files
from ledger.imports import (
    Import,
    ImportRow,
    ImportStatus,
    UnknownImport,
    find_import,
    report,
    report_rows,
    save_import,
)
from ledger.session import Ledger

_PER_RULE: Final = "rule."
"""Before the name of a rule, in an import's counts."""

BESIDE: Final = "beside"
"""In the mapping of a kept import: the SHA-256 of each side file."""

EXPECTED: Final = "expected"
"""In an import's counts: how many rows it will have counted at its end, where that is known."""

_ID_LENGTH: Final = 12
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger is told of an import before it begins."""

    id: str
    format: str


def new_id(key: str | None = None) -> str:
    """An import's id: always the same of one key, else a new one."""
    seed = key.encode() if key is not None else secrets.token_bytes()
    return "I" + base64.b32encode(hashlib.sha256(seed).digest()).decode().lower()[:_ID_LENGTH]


def entered(entry: Entry, files: Files, mapping: Mapping, *, now: datetime) -> Import:
    """The import as the ledger keeps it at its beginning.

    Raises:
        BadFile: one of its files is not there.
    """
    main = _digest(files.main())
    beside = {join.file: _digest(files.side(join.file)) for join in mapping.joins.values()}
    as_used: dict[str, Any] = mapping.model_dump(mode="json", exclude_unset=True)
    return Import(
        id=entry.id,
        status="running",
        format=entry.format,
        file_name=files.name,
        file_digest=main,
        mapping=as_used | {BESIDE: beside},
        counts={},
        started_at=now,
    )


async def keep(
    run: Import,
    task: Task,
    *,
    ledger: Ledger,
    starter: Starter,
    progress: Progress = in_silence,
) -> ImportReport:
    """Run an import and keep what it says; again under the same id, it goes on.

    Args:
        run: the import, as `entered` gives it.
        task: what is to be imported; its `now` is the import's beginning.
        ledger: where to.
        starter: makes open deals live.
        progress: told before every turn.

    Raises:
        BadFile: a file is not as the mapping says; nothing was imported, and the import failed.
    """
    run = await _resumed(run, ledger)

    expected = {name: n for name, n in run.counts.items() if name == EXPECTED}

    async def keep_progress(tally: Tally) -> None:
        await save_import(ledger, replace(run, counts=expected | tally.counts()))
        await progress(tally)

    done = Tally.of(run.counts)
    try:
        said = await run_import(
            task, ledger=ledger, starter=starter, progress=keep_progress, done=done
        )
    except BadFile as fault:
        await fail(ledger, run.id, str(fault))
        raise
    if not await report(ledger, run.id, limit=1):
        await report_rows(ledger, run.id, map(_row, said.remarks))
    counts = expected | said.tally.counts() | _counted(said.remarks)
    await save_import(ledger, replace(_ended(run, "done"), counts=counts))
    return replace(said, import_id=run.id)


async def fail(ledger: Ledger, import_id: str, fault: str) -> None:
    """Note that an import came to nothing; what it had made stays.

    Raises:
        UnknownImport: there is none of that id.
    """
    run = await find_import(ledger, import_id)
    await save_import(ledger, _ended(run, "failed", fault=fault))


def _digest(stream: BinaryIO) -> str:
    """SHA-256 of a file, as hex; closes it."""
    digest = hashlib.sha256()
    with stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def per_rule(counts: NamedCounts[str, int]) -> dict[str, int]:
    """How often each rule was met, by the counts of a kept import."""
    rules = {name: n for name, n in counts.items() if name.startswith(_PER_RULE)}
    return {name.removeprefix(_PER_RULE): n for name, n in rules.items()}


async def _resumed(run: Import, ledger: Ledger) -> Import:
    """The import as far as it has come; noted in the ledger if it is new."""
    try:
        return replace(await find_import(ledger, run.id), status="running", fault=None)
    except UnknownImport:
        await save_import(ledger, run)
        return run


def _ended(run: Import, status: ImportStatus, fault: str | None = None) -> Import:
    return replace(run, status=status, fault=fault, finished_at=datetime.now(UTC))


def _counted(remarks: Sequence[Remark]) -> dict[str, int]:
    counts = Counter(one.rule for one in remarks)
    return {_PER_RULE + rule: n for rule, n in sorted(counts.items())}


def _row(one: Remark) -> ImportRow:
    return ImportRow(one.line, one.severity, one.rule, one.message, one.deal_id)
