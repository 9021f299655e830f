"""What the columns of a file mean for a deal: the part of a mapping that differs by row source.

Decides the shape of each row source (`SnapshotRows`: one row is one deal as it is now; `LogRows`:
one row is one thing that happened to a deal) and which columns it needs. Must never open a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from deals.deal import Result
from deals.facts import AmountMinor
from deals.model import Authored, Key, Line
from imports.values import Decimals

ColumnName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""A column of the file, or `join.column` for one of a side file."""

Known = Annotated[str, StringConstraints(strip_whitespace=True)]
"""A value as the file writes it, compared after trimming; empty for a blank one."""


class Cell(Authored):
    """A column, and what stands for a blank one."""

    column: ColumnName
    blank: Line | None = None
    bands: dict[Line, AmountMinor] = Field(default_factory=dict)
    """The cell is an amount: the fact is the band it falls into, each from so many minor units."""


def _cell(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


CellText = Annotated[Cell, BeforeValidator(_cell)]
"""A cell; a plain text is its column."""


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
    """The column that tells the stage, or the one stage of all rows.

    A value that is not listed refuses its row.
    """

    column: ColumnName | None = None
    values: dict[Known, Annotated[State, BeforeValidator(_state)]] = Field(default_factory=dict)
    always: Key | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.column is None) == (self.always is None) or bool(self.values) != bool(self.column):
            raise ValueError("a stage is told by a column with its values, or is `always` the same")
        return self


class OutcomeColumn(Authored):
    """The column that tells the outcome, where the stage's does not. The same holds."""

    column: ColumnName
    values: dict[Known, Literal["open"] | Result] = Field(min_length=1)


class DealRows(Authored):
    """What rows of every source tell of a deal. Of several rows the first that says it holds."""

    reference: ColumnName | None = None
    """The deal's id."""
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
    reason: CellText | None = None
    """Why the deal ended as it did."""
    facts: dict[Key, CellText] = Field(default_factory=dict)

    def columns(self) -> Iterator[str]:
        """Every column the rows are read from."""
        yield from self.title
        named = (self.reference, self.amount and self.amount.column)
        yield from (column for column in named if column)
        cells = (self.customer, self.owner, self.team, self.source, self.currency, self.reason)
        yield from (cell.column for cell in (*cells, *self.facts.values()) if cell)


class SnapshotRows(DealRows):
    """One row is one deal as it is now; its past is what its dates tell.

    Without a `reference` a row is known by its line, so that equal rows stay deals.
    """

    kind: Literal["snapshot"] = "snapshot"
    stage: StageColumn
    outcome: OutcomeColumn | Literal["dates"] | None = None
    """`dates`: the one whose `ended` date is there."""
    opened: ColumnName | None = None
    entered: ColumnName | dict[Key, ColumnName] | None = None
    """When the present stage was entered; or by stage, when each of them was."""
    ended: ColumnName | dict[Result, ColumnName] | None = None
    """When the deal ended; or by outcome. Of an open deal it means nothing."""
    as_of: date | None = None
    """The day on which the rows were so: from then on deals exist that have no date."""

    @model_validator(mode="after")
    def _dates_tell(self) -> Self:
        if self.outcome == "dates" and not isinstance(self.ended, dict):
            raise ValueError("an outcome told by dates needs `ended` by outcome: {won: Won on}")
        return self

    def columns(self) -> Iterator[str]:
        """Every column the rows are read from."""
        yield from super().columns()
        for column in (self.stage.column, self.opened):
            if column:
                yield column
        for by_case in (self.entered, self.ended):
            yield from _columns_of(by_case)
        if isinstance(self.outcome, OutcomeColumn):
            yield self.outcome.column


def _columns_of(by_case: str | dict[str, str] | dict[Result, str] | None) -> tuple[str, ...]:
    if by_case is None:
        return ()
    return (by_case,) if isinstance(by_case, str) else tuple(by_case.values())


Takes = Literal["always", "from-automatic", "never"]
"""Whether whoever did something owns the deal from then on: unless a person had it before, too."""


class Happening(Authored):
    """What one kind of row means: one thing that happened to the deal."""

    stage: Key | None = None
    """It entered that stage."""
    action: Key | None = None
    end: Result | None = None
    facts: dict[Key, Line] = Field(default_factory=dict)
    takes: Takes | None = None
    """None: as the rows say."""

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if sum(map(bool, (self.stage, self.action, self.end, self.facts))) > 1:
            raise ValueError("one row is one thing: a stage, an action, an end, or facts")
        return self


def _happening(value: object) -> object:
    return {} if value == "note" else value


class LogRows(DealRows):
    """One row is one thing that happened; the rows of one `reference` are one deal."""

    kind: Literal["log"]
    reference: ColumnName
    at: ColumnName
    """When it happened."""
    order: ColumnName | None = None
    """A number that orders the rows of a deal; None: by instant."""
    equal: Literal["file", "stages"] = "file"
    """How rows of one instant are ordered: as in the file, or as the stages are, ends last."""
    what: Annotated[tuple[ColumnName, ...], BeforeValidator(_listed)] = Field(min_length=1)
    """What happened: the texts of these columns, a space between."""
    events: dict[Known, Annotated[Happening, BeforeValidator(_happening)]] = Field(min_length=1)
    """By what happened: what that means; `note` is kept and means nothing."""
    others: Literal["refuse", "note"] = "refuse"
    """What becomes of a deal with something that is not listed."""
    actor: CellText | None = None
    """Who did it."""
    takes: Takes = "never"

    def columns(self) -> Iterator[str]:
        """Every column the rows are read from."""
        yield from super().columns()
        yield from (self.at, *self.what)
        yield from (column for column in (self.order, self.actor and self.actor.column) if column)


Rows = Annotated[SnapshotRows | LogRows, Field(discriminator="kind")]
"""Every row source there is."""
