"""`dealpace export`: the whole event log, to a file or the terminal.

Decides what the command writes in which format. Must never print of its own, or end the process:
`cli` does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal, TextIO

from sqlalchemy import Connection

from exports.log import Case, cases
from exports.ocel import write_ocel
from exports.table import write_csv
from exports.xes import write_xes
from ledger.session import Ledger

Form = Literal["xes", "ocel", "csv"]
Progress = Callable[[int], None]


async def export(ledger: Ledger, form: Form, out: TextIO, progress: Progress | None = None) -> int:
    """Write every event of every deal, as the ledger has them at one moment.

    Args:
        ledger: where they are.
        form: as what.
        out: where to; text in UTF-8.
        progress: told now and then how many deals are written.

    Returns:
        How many events were written.
    """
    return await ledger.read_as_one(_write, form, out, progress)


async def export_to(
    ledger: Ledger, form: Form, output: Path | None, progress: Progress | None = None
) -> int:
    """The same, to a file, or to the terminal where none is named.

    Raises:
        OSError: the file cannot be written.
    """
    if output is None:
        return await export(ledger, form, sys.stdout, progress)
    with output.open("w", encoding="utf-8", newline="") as out:
        return await export(ledger, form, out, progress)


def _write(connection: Connection, form: Form, out: TextIO, progress: Progress | None) -> int:
    read = partial(_told, connection, progress)
    match form:
        case "xes":
            return write_xes(read(), out)
        case "ocel":
            return write_ocel(read, out)
        case "csv":
            return write_csv(read(), out)


def _told(connection: Connection, progress: Progress | None) -> Iterator[Case]:
    found: Iterable[Case] = cases(connection)
    for number, case in enumerate(found, start=1):
        yield case
        if progress:
            progress(number)
