"""A first look at an import: which columns there are, and what its first rows would become.

Decides how much of a file is read before anybody has said yes, and writes nothing. Must never be
taken for the import itself: rows that are there already look like new ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final, NamedTuple

from imports.cells import Sheet
from imports.draft import DraftDeal, decided
from imports.mapping import Mapping
from imports.read import Damage, Layout, Record, Table
from imports.remarks import Remark
from imports.report import Tally
from imports.rows import LogRows
from imports.run import Task, drafted
from imports.source import Files

MOST_ROWS: Final = 1_000
"""Rows that are looked at. A choice: half a second, and most faults of a mapping show at once."""


class Columns(NamedTuple):
    """What a file has, and what is in the first row of it."""

    names: tuple[str, ...]
    first: dict[str, str]
    encoding: str
    delimiter: str


class Glance(NamedTuple):
    """What the first rows would become.

    Attributes:
        drafts: as the core would take them; those without a command are refused.
        remarks: of the files first, then by line.
        is_whole: whether these are all rows.
    """

    drafts: tuple[DraftDeal, ...]
    tally: Tally
    remarks: tuple[Remark, ...]
    is_whole: bool

    @property
    def refused(self) -> tuple[Remark, ...]:
        """Why rows would be refused, by line."""
        return tuple(one for one in self.remarks if one.severity == "refused")


def columns_of(files: Files, layout: Layout | None = None, side: str | None = None) -> Columns:
    """The columns of the main file, or of a side file.

    Raises:
        BadFile: it is not there, empty or no text.
    """

    def opened(wanted: Sequence[str]) -> Table:
        stream = files.side(side) if side else files.main()
        return Table(stream, side or files.name, wanted, layout)

    names = opened(()).columns
    table = opened([one for one in names if one and names.count(one) == 1])
    records = (one for one in table.records() if isinstance(one, Record))
    first = next(records, Record(0, {}))
    return Columns(names, first.fields, table.encoding.name, table.delimiter)


def glance(task: Task, most: int = MOST_ROWS) -> Glance:
    """What the first rows would become on an empty installation.

    Raises:
        BadFile: a file is not as the mapping says.
    """
    with Sheet(task.mapping, task.files) as sheet:
        rows = sheet.rows()
        first = list(islice(rows, most))
        is_whole = next(rows, None) is None
        drafts = [decided(task.playbook, draft, now=task.now)[0] for draft in drafted(task, first)]
        told = (*sheet.remarks, *(one for draft in drafts for one in draft.remarks))
    return Glance(tuple(drafts), _counted(drafts), told, is_whole)


def expected(mapping: Mapping, files: Files) -> int:
    """How many rows an import will have counted at its end; of a log, deals.

    Raises:
        BadFile: the main file is not as the mapping says.
    """
    reference = mapping.rows.reference if isinstance(mapping.rows, LogRows) else None
    layout = Layout(mapping.file.encoding, mapping.file.delimiter)
    with files.main() as stream:
        records = Table(stream, files.name, (reference,) if reference else (), layout).records()
        if reference is None:
            return sum(1 for _ in records)
        damaged, deals = 0, set[str]()
        for one in records:
            text = "" if isinstance(one, Damage) else one.fields[reference].strip()
            damaged += not text
            deals.add(text)
        return damaged + len(deals - {""})


def _counted(drafts: Sequence[DraftDeal]) -> Tally:
    tally = Tally()
    for draft in drafts:
        tally.add(draft.command or "refused")
    return tally
