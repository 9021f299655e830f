"""The row source for exports in which one row is one deal as it is now.

Decides how such a row becomes the deal to take over: where it stands, and its past from the dates
it has. Must never look at another row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pydantic import ValidationError

from deals.commands import ImportDeal, PastStep
from deals.deal import Result
from deals.playbook import Playbook
from imports.cells import Row
from imports.draft import DraftDeal, RowRefused, refused_row
from imports.mapping import Mapping
from imports.past import End, Past, Visit, in_order
from imports.read import Damage
from imports.reader import RowReader
from imports.remarks import Rule
from imports.rows import OutcomeColumn, SnapshotRows


class _State(NamedTuple):
    """Where a row's deal stands, or stood when it ended."""

    stage: str
    outcome: Result | None


class Snapshots:
    """Makes a draft of each row."""

    def __init__(self, mapping: Mapping, rows: SnapshotRows, playbook: Playbook) -> None:
        self._rows = rows
        self._read = RowReader(mapping, playbook)
        self._seen_at = self._read.day(rows.as_of.isoformat()) if rows.as_of else None

    def drafts(self, rows: Iterable[Row | Damage]) -> Iterator[DraftDeal]:
        """A draft for each row, in order."""
        for row in rows:
            yield refused_row(row) if isinstance(row, Damage) else self._draft(row)

    def _draft(self, row: Row) -> DraftDeal:
        try:
            command = self._command(row, self._reference(row))
            owner = self._read.person(row, command.owner, command.team)
        except (RowRefused, ValidationError) as refused:
            return refused_row(row, refused)
        told = tuple(one._replace(deal_id=command.deal_id) for one in row.remarks)
        return DraftDeal(row.line, command, (owner,) if owner else (), told)

    def _command(self, row: Row, reference: str) -> ImportDeal:
        state = self._state(row)
        past = self._past(row, state)
        amount = self._amount(row, state.outcome)
        is_open = state.outcome is None
        told = self._read.told(row, reference)
        if told["owner"] is None and is_open and self._rows.owner:
            row.note(Rule.NO_OWNER, self._rows.owner.column, "nobody owns it: it is in the pool")
        return ImportDeal(
            amount_minor=amount if is_open else None,
            opened_at=past.opened_at,
            seen_at=self._seen_at if past.opened_at is None else None,
            past=_steps(past, self._read.text(row, self._rows.reason), amount),
            **told,
        )

    def _reference(self, row: Row) -> str:
        column = self._rows.reference
        if column is None:
            return f"line {row.line}"
        if reference := row.cells[column]:
            return reference
        raise RowRefused(Rule.MISSING_ID, column, f"{column}: the row's id is blank")

    def _state(self, row: Row) -> _State:
        told = self._rows.stage
        if told.always:
            return _State(told.always, self._outcome(row, None))
        column = told.column or ""
        text = row.cells[column] or ""
        if text not in told.values:
            message = f"{column}: the mapping does not know `{text}`"
            raise RowRefused(Rule.UNKNOWN_STAGE, f"{column}: {text}", message)
        state = told.values[text]
        return _State(state.stage, self._outcome(row, state.outcome))

    def _outcome(self, row: Row, by_stage: Result | None) -> Result | None:
        """The outcome column's word holds where there is one; else the stage's."""
        told = self._rows.outcome
        if told == "dates" and isinstance(self._rows.ended, dict):
            filled = (outcome for outcome, column in self._rows.ended.items() if row.cells[column])
            return next(filled, by_stage)
        if not isinstance(told, OutcomeColumn):
            return by_stage
        column, values = told.column, told.values
        text = row.cells[column] or ""
        if text not in values:
            message = f"{column}: the mapping does not know `{text}`"
            raise RowRefused(Rule.UNKNOWN_OUTCOME, f"{column}: {text}", message)
        outcome = values[text]
        return None if outcome == "open" else outcome

    def _past(self, row: Row, state: _State) -> Past:
        rows = self._rows
        end = None
        if state.outcome:
            column = rows.ended.get(state.outcome) if isinstance(rows.ended, dict) else rows.ended
            end = End(state.outcome, self._read.instant(row, column))
        opened_at = self._read.instant(row, rows.opened)
        past = Past(opened_at, self._visits(row, state.stage), end)
        past = in_order(past, starts_with=self._read.stages[0], notes=row)
        if past.opened_at is None:
            row.note(Rule.UNDATED, "", "nothing tells when it was opened")
        elif past.visits[-1].at is None and rows.entered:
            row.note(
                Rule.ENTRY_UNDATED, state.stage, f"nothing tells when {state.stage} was entered"
            )
        if past.end and past.end.at is None:
            row.note(Rule.END_UNDATED, "", "nothing tells when it ended")
        return past

    def _visits(self, row: Row, present: str) -> tuple[Visit, ...]:
        """The stages with an entry, in the playbook's order, and the present one last."""
        entered = self._rows.entered
        if not isinstance(entered, dict):
            return (Visit(present, self._read.instant(row, entered)),)
        stages = self._read.stages
        dated = {stage: self._read.instant(row, entered.get(stage)) for stage in stages}
        earlier = (Visit(stage, at) for stage, at in dated.items() if at and stage != present)
        return (*earlier, Visit(present, dated[present]))

    def _amount(self, row: Row, outcome: Result | None) -> int | None:
        minor = self._read.amount(row)
        if minor == 0 and outcome in {"lost", "dropped"} and self._rows.amount:
            column = self._rows.amount.column
            message = f"{column}: 0 of a {outcome} deal means that nothing was won"
            row.note(Rule.LOST_AMOUNT_ZERO, column, message)
            return None
        return minor


def _steps(past: Past, reason: str | None, amount_minor: int | None) -> tuple[PastStep, ...]:
    visits = (PastStep(kind="stage", stage=visit.stage, at=visit.at) for visit in past.visits)
    if past.end is None:
        return tuple(visits)
    end = PastStep(
        kind="end",
        at=past.end.at,
        outcome=past.end.outcome,
        reason=reason,
        amount_minor=amount_minor,
    )
    return (*visits, end)
