"""A CSV file as records, whatever its encoding, its delimiter or its damage.

Decides how bytes become rows of named fields. A file that lacks what the mapping names is refused
whole, before any row; a damaged row is given back as such, with its line, and reading goes on after
it. Reads as a stream. Must never know what a column means.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, NamedTuple

from deals.fault import nearest
from imports.encoding import Encoding, encoding_of, is_known
from imports.faults import BadFile, FileCode

DELIMITERS: Final = (",", ";", "\t", "|")
"""What may stand between fields unless the mapping says; the first that fits is taken."""

LONGEST_LINE: Final = 1 << 20
"""Characters after which a line is cut. A choice: far above any row, and a bound for the memory."""

_LONGEST_HEADER: Final = 1 << 16
_ARCHIVES: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")
"""How workbooks and packed files begin."""

_SEPARATOR_HINT: Final = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
"""A first line that spreadsheets write to name the delimiter; it is no row."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What an author may say about a file so that nothing has to be found out."""

    encoding: str | None = None
    delimiter: str | None = None


class Record(NamedTuple):
    """One row: the line it begins on (the header's is 1), and the fields that were asked for."""

    line: int
    fields: dict[str, str]


class Damage(NamedTuple):
    """A row that cannot be read: the line it begins on, the rule it breaks, and how."""

    line: int
    rule: str
    message: str


class Table:
    """An opened CSV file, its header read.

    Attributes:
        name: the file's name, for messages.
        encoding: what it is written in, and how sure that is.
        delimiter: what stands between its fields.
        columns: its header, in order.
    """

    def __init__(
        self, stream: BinaryIO, name: str, wanted: Collection[str], layout: Layout | None = None
    ) -> None:
        """Read the header.

        Args:
            stream: the file, at its beginning; it must be seekable.
            name: the file's name, for messages.
            wanted: the columns that must be there; records hold these.
            layout: what is known about the file.

        Raises:
            BadFile: `empty_file`, `not_text`, `unknown_encoding`, `missing_column`,
                `duplicate_column`.
        """
        layout = layout or Layout()
        self.name = name
        self.encoding = _encoding(stream, name, layout.encoding)
        stream.seek(0)
        self._text = io.TextIOWrapper(stream, self.encoding.name, errors="replace", newline="")
        skipped, given = self._separator_hint()
        self.delimiter, self.columns = self._header(layout.delimiter or given, wanted)
        self._places = self._wanted_places(wanted)
        self._text.seek(0)
        self._skipped = skipped

    def records(self) -> Iterator[Record | Damage]:
        """The rows after the header, in order; empty lines are passed over. Can be read once."""
        for _ in range(self._skipped):
            self._text.readline(LONGEST_LINE)
        reader = csv.reader(self._lines(), delimiter=self.delimiter)
        header_seen, last = False, self._skipped
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                fields = None
                message = str(error)
            line, last = last + 1, self._skipped + reader.line_num
            if fields is None:
                yield Damage(line, "unreadable_row", message)
            elif fields and header_seen:
                yield self._record(line, last, fields)
            header_seen = header_seen or bool(fields)

    def _record(self, line: int, last: int, fields: Sequence[str]) -> Record | Damage:
        if len(fields) != len(self.columns):
            reach = f", and reaches to line {last}" if last > line else ""
            message = f"the row has {len(fields)} fields, the header {len(self.columns)}{reach}"
            return Damage(line, "ragged_row", message)
        return Record(line, {name: fields[place] for name, place in self._places.items()})

    def _lines(self) -> Iterator[str]:
        while line := self._text.readline(LONGEST_LINE):
            yield line

    def _separator_hint(self) -> tuple[int, str | None]:
        """How many lines come before the header, and the delimiter they name."""
        self._text.seek(0)
        hint = _SEPARATOR_HINT.fullmatch(self._text.readline(LONGEST_LINE))
        return (1, hint[1]) if hint else (0, None)

    def _header(
        self, delimiter: str | None, wanted: Collection[str]
    ) -> tuple[str, tuple[str, ...]]:
        self._text.seek(0)
        head = self._text.read(_LONGEST_HEADER)
        if hint := _SEPARATOR_HINT.match(head):
            head = head[hint.end() :]
        headers = {
            candidate: _first_row(head, candidate)
            for candidate in ((delimiter,) if delimiter else DELIMITERS)
        }
        best = max(headers, key=lambda d: (len(set(wanted) & set(headers[d])), len(headers[d])))
        if not any(headers[best]):
            raise BadFile(FileCode.EMPTY_FILE, file=self.name, message="the file is empty")
        return best, headers[best]

    def _wanted_places(self, wanted: Collection[str]) -> dict[str, int]:
        missing = sorted(set(wanted) - set(self.columns))
        if missing:
            message = _lacks(missing, self.columns)
            raise BadFile(FileCode.MISSING_COLUMN, file=self.name, message=message, columns=missing)
        counts = Counter(self.columns)
        repeated = sorted(name for name in wanted if counts[name] > 1)
        if repeated:
            told = ", ".join(f"`{name}`" for name in repeated)
            message = f"the header has more than one {told}"
            raise BadFile(
                FileCode.DUPLICATE_COLUMN, file=self.name, message=message, columns=repeated
            )
        return {name: self.columns.index(name) for name in wanted}


def _encoding(stream: BinaryIO, name: str, given: str | None) -> Encoding:
    start = stream.read(max(map(len, _ARCHIVES)))
    if start.startswith(_ARCHIVES):
        message = "this is a workbook or a packed file; save it as CSV"
        raise BadFile(FileCode.NOT_TEXT, file=name, message=message)
    if given is not None:
        if not is_known(given):
            message = f"there is no encoding called `{given}`"
            raise BadFile(FileCode.UNKNOWN_ENCODING, file=name, message=message)
        return Encoding(given, "given")
    stream.seek(0)
    found = encoding_of(stream)
    if found is None:
        message = "this is no text; name its `encoding` in the mapping if it is"
        raise BadFile(FileCode.NOT_TEXT, file=name, message=message)
    return found


def _lacks(missing: Sequence[str], columns: Sequence[str]) -> str:
    """Which columns are missing, and which are there that may be meant."""
    meant = {name: nearest(name, columns) for name in missing}
    hints = {name: f" (did you mean `{near}`?)" for name, near in meant.items() if near}
    told = (f"`{name}`{hints.get(name, '')}" for name in missing)
    return f"the header lacks {', '.join(told)}; it has {', '.join(columns)}"


def _first_row(head: str, delimiter: str) -> tuple[str, ...]:
    """The names in the first line that is not empty; trimmed."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    try:
        fields = next((row for row in reader if row), [])
    except csv.Error:
        return ()
    return tuple(field.strip() for field in fields)
