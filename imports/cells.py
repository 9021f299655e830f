"""Rows as the mapping sees them: side files joined, spellings repaired, blanks blank.

Decides what each cell says before anything is made of it, and remarks every change. Must never know
what a column is for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Self

from imports.mapping import Join, Mapping
from imports.read import Damage, Layout, Record, Table
from imports.remarks import Remark, Rule, remark
from imports.source import Files

Cells = dict[str, str | None]
"""Texts by column, as the mapping names it; None where there is nothing."""


@dataclass(slots=True)
class Row:
    """One row of the main file with what its side files add."""

    line: int
    cells: Cells
    remarks: list[Remark] = field(default_factory=list)

    def note(self, rule: Rule, subject: str, message: str) -> None:
        """Remark something about the row."""
        self.remarks.append(remark(self.line, rule, subject, message))


@dataclass(slots=True)
class _SideRow:
    line: int
    cells: Cells
    used: bool = False


class Sheet:
    """The opened files of an import.

    Attributes:
        remarks: what concerns the files, not a row of the main one; grows while rows are read.
    """

    def __init__(self, mapping: Mapping, files: Files) -> None:
        """Open the main file and read the side files.

        Raises:
            BadFile: one of them is not as the mapping says.
        """
        self.remarks: list[Remark] = []
        self._mapping = mapping
        self._columns = mapping.columns()
        self._blank = {"", *mapping.blank}
        with ExitStack() as opened:
            main = opened.enter_context(files.main())
            layout = Layout(mapping.file.encoding, mapping.file.delimiter)
            self._table = Table(main, files.name, self._columns[None], layout)
            self._remark_encoding(self._table)
            self._sides = {
                name: self._side(name, join, files) for name, join in mapping.joins.items()
            }
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def rows(self) -> Iterator[Row | Damage]:
        """The rows of the main file, in order. Can be read once."""
        for record in self._table.records():
            if isinstance(record, Damage):
                yield record
                continue
            row = Row(record.line, {})
            for column, text in record.fields.items():
                row.cells[column] = self._cell(row, column, text)
            for name, join in self._mapping.joins.items():
                self._join(row, name, join)
            yield row

    def unused(self) -> Iterator[Remark]:
        """Rows of side files that no row of the main one asked for; to be read after `rows`."""
        for name, side in self._sides.items():
            file = self._mapping.joins[name].file
            for key, row in side.items():
                if not row.used:
                    message = f"{file}, line {row.line}: no row asks for `{key}`"
                    yield remark(0, Rule.SIDE_ROW_UNUSED, file, message)

    def _side(self, name: str, join: Join, files: Files) -> dict[str, _SideRow]:
        """The rows of a side file by key."""
        rows: dict[str, _SideRow] = {}
        with files.side(join.file) as stream:
            table = Table(stream, join.file, self._columns[name])
            self._remark_encoding(table)
            for record in table.records():
                if isinstance(record, Damage):
                    where = f"{join.file}, line {record.line}: {record.message}"
                    self.remarks.append(remark(0, Rule(record.rule), join.file, where))
                else:
                    self._side_row(name, join, record, rows)
        return rows

    def _side_row(self, name: str, join: Join, record: Record, rows: dict[str, _SideRow]) -> None:
        row = Row(0, {})
        for column, text in record.fields.items():
            full = f"{name}.{column}"
            row.cells[full] = self._cell(row, full, text)
        key = row.cells.pop(f"{name}.{join.key}") or ""
        if key in rows:
            row.remarks = []
            message = f"`{key}` is there already; this row is passed over"
            row.note(Rule.SIDE_ROW_REPEATED, join.file, message)
        else:
            rows[key] = _SideRow(record.line, row.cells)
        place = f"{join.file}, line {record.line}: "
        self.remarks += (one._replace(message=place + one.message) for one in row.remarks)

    def _join(self, row: Row, name: str, join: Join) -> None:
        key = row.cells[join.by]
        found = self._sides[name].get(key) if key is not None else None
        if found is not None:
            found.used = True
            row.cells |= found.cells
            return
        row.cells |= dict.fromkeys(f"{name}.{column}" for column in self._columns[name])
        if key is not None:
            message = f"{join.file} has no row for `{key}`"
            row.note(Rule.UNMATCHED, f"{join.by} in {join.file}", message)

    def _cell(self, row: Row, column: str, text: str) -> str | None:
        """What a field says: trimmed, respelt where the mapping says so, None if blank."""
        if "\0" in text:
            text = text.replace("\0", "")
            row.note(Rule.NUL_REMOVED, column, f"{column}: a NUL character was removed")
        if "\ufffd" in text:
            row.note(Rule.UNDECODABLE, column, f"{column}: characters could not be read")
        text = text.strip()
        meant = self._mapping.repairs.get(column, {}).get(text)
        if meant is not None:
            row.note(
                Rule.RESPELT, f"{column}: {text} → {meant}", f"{column}: `{text}` became `{meant}`"
            )
            text = meant
        return None if text in self._blank else text

    def _remark_encoding(self, table: Table) -> None:
        name, certainty = table.encoding
        if certainty == "guessed":
            message = f"{table.name}: read as {name}, by guess; name the `encoding` if it looks odd"
            self.remarks.append(remark(0, Rule.ENCODING_GUESSED, f"{table.name}: {name}", message))
