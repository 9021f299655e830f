"""`dealpace import`: one file, from the command line, against a running installation or for show.

Decides what the command needs and what it says. Must never print or end the process: `cli` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, get_args

from imports.faults import BadFile
from imports.load import BadMapping, UnknownMapping, find_mapping, shipped
from imports.logbook import Entry, entered, keep, new_id
from imports.prepare import prepared
from imports.report import ImportReport, Tally
from imports.run import Starter, Task, try_import
from imports.source import OnDisk
from ledger.session import Ledger
from playbooks.fault import PlaybookFaults

Format = Literal["csv", "salesforce", "hubspot", "pipedrive"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)


class ImportRefused(Exception):
    """Nothing was imported; the text says why, a line for each fault."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for.

    Attributes:
        mapping: a mapping's file, or the name of a shipped one; None: the format's own.
    """

    file: Path
    format: Format = "csv"
    mapping: str | None = None


async def cli_run(
    wanted: Wanted, *, ledger: Ledger, starter: Starter | None, say: Callable[[str], None]
) -> ImportReport:
    """Import a file.

    Args:
        wanted: which, and how.
        ledger: where closed deals are recorded, and playbooks found.
        starter: makes open deals live; None: write nothing, only say what would happen.
        say: told one line before every turn.

    Raises:
        ImportRefused: the file, the mapping or its playbook is not as it has to be.
    """
    try:
        return await _run(wanted, ledger, starter, say)
    except (BadFile, BadMapping, PlaybookFaults, UnknownMapping) as fault:
        raise ImportRefused(str(fault)) from fault


async def _run(
    wanted: Wanted, ledger: Ledger, starter: Starter | None, say: Callable[[str], None]
) -> ImportReport:
    now = datetime.now(UTC)
    name = wanted.mapping or _mapping_of(wanted.format)
    found = find_mapping(name, files=True)
    mapping, playbook = await prepared(found, ledger, now=now, publish=starter is not None)
    task = Task(OnDisk(wanted.file, mapping.file.name), mapping, playbook, now)
    if starter is None:
        return await asyncio.to_thread(try_import, task)

    async def tell(tally: Tally) -> None:
        say(f"{tally.rows:,} rows: {tally.closed:,} closed, {tally.open:,} open")

    run = entered(Entry(new_id(), wanted.format), task.files, mapping, now=now)
    return await keep(run, task, ledger=ledger, starter=starter, progress=tell)


def _mapping_of(form: Format) -> str:
    """The mapping that ships for a format.

    Raises:
        UnknownMapping: there is none.
    """
    if form not in shipped():
        told = ", ".join(shipped())
        raise UnknownMapping(f"name a mapping with --map: a file, or one of {told}")
    return form
