"""A mapping: what the columns of another system's file mean, as its owner writes it.

Decides the shape of a mapping and which columns it needs. A mapping says everything that differs
between two companies, so that the code that follows it differs between none. How rows become deals
is the row source's part (`rows`); everything else is said once for all sources. Must never open a
file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from deals.calendar import TimeZone
from deals.model import Authored, Key, Line, PersonId
from deals.playbook import Currency
from imports.encoding import is_known
from imports.rows import CellText, ColumnName, Known, Rows
from imports.values import ISO, date_pattern

FileName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _date_format(form: str) -> str:
    if form != ISO:
        date_pattern(form)
    return form


def _encoding(name: str) -> str:
    if not is_known(name):
        raise ValueError(f"there is no encoding called `{name}`: write utf-8, gb18030, cp1252 …")
    return name


DateFormat = Annotated[str, AfterValidator(_date_format)]
EncodingName = Annotated[str, AfterValidator(_encoding)]


class FileLayout(Authored):
    """What is known about the file; what is left out is found out."""

    name: FileName | None = None
    """The main file's, where a folder is imported."""
    encoding: EncodingName | None = None
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None


class PlaybookChosen(Authored):
    """Which playbook the deals are pinned to: a file beside the mapping, or a published version."""

    file: FileName | None = None
    id: Key | None = None
    version: int | None = Field(default=None, ge=1)
    """None: the latest."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.file is None) == (self.id is None) or (self.file and self.version):
            raise ValueError("a playbook is named by its file, or by id and version: {id: …}")
        return self


class Join(Authored):
    """A side file with one row for each value of a column."""

    file: FileName
    """Beside the main file."""
    key: ColumnName
    """The column of the side file."""
    by: ColumnName
    """The column of the main file that holds the same values."""


def _snapshot_unless_told(value: object) -> object:
    return {"kind": "snapshot", **value} if isinstance(value, dict) else value


class People(Authored):
    """What the file tells about the deals' owners, who are added as reps if they are absent."""

    manager: CellText | None = None
    """Whom the owner reports to; added as a manager if absent."""
    automatic: tuple[PersonId, ...] = ()
    """Owners that are machines."""


class Mapping(Authored):
    """How one kind of file is taken over."""

    mapping: Key
    """Names the source. Part of every deal's identity, so it must stay what it is."""
    name: Line
    playbook: PlaybookChosen
    file: FileLayout = FileLayout()
    time_zone: TimeZone
    """Of dates and times that name none."""
    currency: Currency
    dates: tuple[DateFormat, ...] = Field(default=(ISO,), min_length=1)
    """Formats to try, in order."""
    blank: tuple[Known, ...] = ()
    """Texts that mean nothing, besides the empty one."""
    joins: dict[Key, Join] = Field(default_factory=dict)
    repairs: dict[ColumnName, dict[Known, Known]] = Field(default_factory=dict)
    """By column: what is written, and what is meant."""
    people: People | None = None
    rows: Annotated[Rows, BeforeValidator(_snapshot_unless_told)]

    def columns(self) -> dict[str | None, frozenset[str]]:
        """The columns needed of each file: of the main one under None, of side files by join."""
        needed: dict[str | None, set[str]] = {None: {join.by for join in self.joins.values()}}
        needed |= {name: {join.key} for name, join in self.joins.items()}
        for column in self._named():
            join, name = self.placed(column)
            needed[join].add(name)
        return {join: frozenset(names) for join, names in needed.items()}

    def placed(self, column: str) -> tuple[str | None, str]:
        """The join a column belongs to (None: the main file), and its name there."""
        join, dot, name = column.partition(".")
        return (join, name) if dot and join in self.joins else (None, column)

    def _named(self) -> Iterator[str]:
        yield from self.rows.columns()
        yield from self.repairs
        if self.people and self.people.manager:
            yield self.people.manager.column
