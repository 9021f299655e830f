"""A mapping: what the columns of another system's file mean, as its owner writes it.

Decides the shape of a mapping and which columns it needs. A mapping says everything that differs
between two companies, so that the code that follows it differs between none. How rows become deals
is the row source's part (`SnapshotRows`: one row, one deal, as it is now); everything else is said
once for all sources. Must never open a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from deals.calendar import TimeZone
from deals.deal import Result
from deals.model import Authored, Key, Line
from deals.playbook import Currency
from imports.encoding import is_known
from imports.values import ISO, Decimals, date_pattern

ColumnName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""A column of the file, or `join.column` for one of a side file."""

FileName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Known = Annotated[str, StringConstraints(strip_whitespace=True)]
"""A value as the file writes it, compared after trimming; empty for a blank one."""


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


class Cell(Authored):
    """A column, and what stands for a blank one."""

    column: ColumnName
    blank: Line | None = None


def _cell(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


CellText = Annotated[Cell, BeforeValidator(_cell)]
"""A cell; a plain text is its column."""


class FileLayout(Authored):
    """What is known about the file; what is left out is found out."""

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


class Amount(Authored):
    """How much a deal is worth."""

    column: ColumnName
    factor: int = Field(default=100, ge=1)
    """Minor units of one unit written: 100 cents of a dollar, 1 of a yen, 100000 of a thousand."""
    decimals: Decimals = "."


def _amount(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


class State(Authored):
    """Where a deal stands, or stood when it ended."""

    stage: Key
    outcome: Result | None = None


def _state(value: object) -> object:
    return {"stage": value} if isinstance(value, str) else value


class StageColumn(Authored):
    """The column that tells the stage. A value that is not listed refuses its row."""

    column: ColumnName
    values: dict[Known, Annotated[State, BeforeValidator(_state)]] = Field(min_length=1)


class OutcomeColumn(Authored):
    """The column that tells the outcome, where the stage's does not. The same holds."""

    column: ColumnName
    values: dict[Known, Literal["open"] | Result] = Field(min_length=1)


class SnapshotRows(Authored):
    """One row is one deal as it is now; its past is what its dates tell."""

    kind: Literal["snapshot"] = "snapshot"
    reference: ColumnName | None = None
    """The row's id; None: its line, so that equal rows stay deals."""
    title: Annotated[tuple[ColumnName, ...], BeforeValidator(_listed)] = Field(min_length=1)
    """What is not blank of these is joined."""
    customer: CellText
    owner: CellText | None = None
    """Blank: the deal begins in the pool."""
    team: CellText | None = None
    source: CellText | None = None
    amount: Annotated[Amount, BeforeValidator(_amount)] | None = None
    currency: CellText | None = None
    """Where rows name their own; the mapping's stands for a blank one."""
    stage: StageColumn
    outcome: OutcomeColumn | None = None
    opened: ColumnName | None = None
    entered: ColumnName | dict[Key, ColumnName] | None = None
    """When the present stage was entered; or by stage, when each of them was."""
    ended: ColumnName | dict[Result, ColumnName] | None = None
    """When the deal ended; or by outcome. Of an open deal it means nothing."""
    reason: CellText | None = None
    """Why the deal ended as it did."""
    facts: dict[Key, CellText] = Field(default_factory=dict)

    def columns(self) -> Iterator[str]:
        """Every column the rows are read from."""
        yield from self.title
        yield self.stage.column
        named = (self.reference, self.opened, self.amount and self.amount.column)
        yield from (column for column in named if column)
        for by_case in (self.entered, self.ended):
            yield from _columns_of(by_case)
        cells = (self.customer, self.owner, self.team, self.source, self.currency, self.reason)
        yield from (cell.column for cell in (*cells, *self.facts.values()) if cell)
        if self.outcome:
            yield self.outcome.column


def _columns_of(by_case: str | dict[str, str] | dict[Result, str] | None) -> tuple[str, ...]:
    if by_case is None:
        return ()
    return (by_case,) if isinstance(by_case, str) else tuple(by_case.values())


Rows: TypeAlias = SnapshotRows
"""Every row source there is. Event logs and stage histories will be further members, told apart by
`kind`."""


class People(Authored):
    """What the file tells about the deals' owners, who are added as reps if they are absent."""

    manager: CellText
    """Whom the owner reports to; added as a manager if absent."""


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
    rows: Rows

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
        if self.people:
            yield self.people.manager.column
