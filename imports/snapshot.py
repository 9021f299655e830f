"""The row source for exports in which one row is one deal as it is now.

Decides how such a row becomes the deal to take over: its texts, its amount, and its past from the
dates it has. Must never look at another row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from deals.commands import ImportDeal, PastStep
from deals.deal import PlaybookRef, Result
from deals.playbook import Playbook
from imports.cells import Row
from imports.draft import IMPORTER, DraftDeal, RowRefused, deal_id
from imports.facts import FactReader
from imports.mapping import Cell, Mapping
from imports.past import End, Past, Visit, in_order
from imports.read import Damage
from imports.remarks import Rule, remark
from imports.values import BadText, Dates, minor_units
from ledger.people import Person

LONGEST_LINE: Final = 200
"""Characters of a title or a customer; longer ones are cut. Source: `deals.model.Line`."""

_BETWEEN: Final = " · "


class _State(NamedTuple):
    """Where a row's deal stands, or stood when it ended."""

    stage: str
    outcome: Result | None


class Snapshots:
    """Makes a draft of each row."""

    def __init__(self, mapping: Mapping, playbook: Playbook) -> None:
        self._mapping = mapping
        self._rows = mapping.rows
        self._playbook = playbook
        self._ref = PlaybookRef(id=playbook.id, version=playbook.version, digest=playbook.digest)
        self._dates = Dates(mapping.dates, mapping.time_zone)
        self._facts = FactReader.of(mapping, self._dates)
        self._stages = [stage.id for stage in playbook.stages]

    def drafts(self, rows: Iterable[Row | Damage]) -> Iterator[DraftDeal]:
        """A draft for each row, in order."""
        for row in rows:
            if isinstance(row, Damage):
                told = remark(row.line, Rule(row.rule), "", row.message)
                yield DraftDeal(row.line, None, remarks=(told,))
            else:
                yield self._draft(row)

    def _draft(self, row: Row) -> DraftDeal:
        try:
            reference = self._reference(row)
            command = self._command(row, reference)
            owner = self._owner(row, command)
        except RowRefused as refused:
            row.note(refused.rule, refused.subject, refused.message)
            return DraftDeal(row.line, None, remarks=tuple(row.remarks))
        except ValidationError as refused:
            error = refused.errors(include_url=False)[0]
            field = ".".join(map(str, error["loc"]))
            row.note(Rule.BAD_VALUE, field, f"{field}: {error['msg']}")
            return DraftDeal(row.line, None, remarks=tuple(row.remarks))
        told = tuple(one._replace(deal_id=command.deal_id) for one in row.remarks)
        return DraftDeal(row.line, command, owner, told)

    def _command(self, row: Row, reference: str) -> ImportDeal:
        state = self._state(row)
        past = self._past(row, state)
        amount = self._amount(row, state.outcome)
        is_open = state.outcome is None
        customer = self._customer(row)
        owner = self._text(row, self._rows.owner)
        if owner is None and is_open and self._rows.owner:
            row.note(Rule.NO_OWNER, self._rows.owner.column, "nobody owns it: it is in the pool")
        return ImportDeal(
            command_id=f"import-{self._mapping.mapping}",
            actor=IMPORTER,
            deal_id=deal_id(self._mapping.mapping, reference),
            playbook=self._ref,
            title=self._title(row, customer),
            customer=customer,
            owner=owner,
            team=self._text(row, self._rows.team),
            source=self._text(row, self._rows.source),
            amount_minor=amount if is_open else None,
            currency=self._text(row, self._rows.currency) or self._mapping.currency,
            facts=self._facts_of(row),
            opened_at=past.opened_at,
            reference=reference,
            past=_steps(past, self._text(row, self._rows.reason), amount),
        )

    def _reference(self, row: Row) -> str:
        column = self._rows.reference
        if column is None:
            return f"line {row.line}"
        if reference := row.cells[column]:
            return reference
        raise RowRefused(Rule.MISSING_ID, column, f"{column}: the row's id is blank")

    def _state(self, row: Row) -> _State:
        column, values = self._rows.stage.column, self._rows.stage.values
        text = row.cells[column] or ""
        if text not in values:
            message = f"{column}: the mapping does not know `{text}`"
            raise RowRefused(Rule.UNKNOWN_STAGE, f"{column}: {text}", message)
        state = values[text]
        return _State(state.stage, self._outcome(row, state.outcome))

    def _outcome(self, row: Row, by_stage: Result | None) -> Result | None:
        """The outcome column's word holds where there is one; else the stage's."""
        if self._rows.outcome is None:
            return by_stage
        column, values = self._rows.outcome.column, self._rows.outcome.values
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
            end = End(state.outcome, self._instant(row, column))
        opened_at = self._instant(row, rows.opened)
        past = Past(opened_at, self._visits(row, state.stage), end)
        past = in_order(past, starts_with=self._stages[0], notes=row)
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
            return (Visit(present, self._instant(row, entered)),)
        dated = {stage: self._instant(row, entered.get(stage)) for stage in self._stages}
        earlier = (Visit(stage, at) for stage, at in dated.items() if at and stage != present)
        return (*earlier, Visit(present, dated[present]))

    def _instant(self, row: Row, column: str | None) -> datetime | None:
        text = row.cells[column] if column else None
        if column is None or text is None:
            return None
        try:
            return self._dates.instant(text)
        except BadText as fault:
            raise RowRefused.because(Rule.BAD_DATE, column, fault) from fault

    def _amount(self, row: Row, outcome: Result | None) -> int | None:
        amount = self._rows.amount
        text = row.cells[amount.column] if amount else None
        if amount is None or text is None:
            return None
        try:
            minor, was_rounded = minor_units(text, amount.factor, amount.decimals)
        except BadText as fault:
            raise RowRefused.because(Rule.BAD_AMOUNT, amount.column, fault) from fault
        if was_rounded:
            message = f"{amount.column}: `{text}` became {minor} minor units"
            row.note(Rule.AMOUNT_ROUNDED, amount.column, message)
        if minor == 0 and outcome in {"lost", "dropped"}:
            message = f"{amount.column}: 0 of a {outcome} deal means that nothing was won"
            row.note(Rule.LOST_AMOUNT_ZERO, amount.column, message)
            return None
        return minor

    def _title(self, row: Row, customer: str) -> str:
        parts = [text for column in self._rows.title if (text := row.cells[column])]
        if not parts:
            what = " and ".join(self._rows.title)
            row.note(Rule.BLANK_REPLACED, "title", f"{what}: blank; the customer is the title")
        return _shortened(row, "title", _BETWEEN.join(parts) or customer)

    def _customer(self, row: Row) -> str:
        cell = self._rows.customer
        customer = self._text(row, cell)
        if customer is None:
            raise RowRefused(Rule.BAD_VALUE, cell.column, f"{cell.column}: the customer is blank")
        return _shortened(row, "customer", customer)

    def _facts_of(self, row: Row) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        for fact, cell in self._rows.facts.items():
            if text := self._text(row, cell):
                try:
                    facts[fact] = self._facts.value(self._playbook.facts[fact].kind, text)
                except BadText as fault:
                    raise RowRefused.because(Rule.BAD_VALUE, cell.column, fault) from fault
        return facts

    def _text(self, row: Row, cell: Cell | None) -> str | None:
        """What a cell says, or what stands for it when it is blank."""
        if cell is None:
            return None
        text = row.cells[cell.column]
        if text is None and cell.blank is not None:
            message = f"{cell.column}: blank; taken as `{cell.blank}`"
            row.note(Rule.BLANK_REPLACED, f"{cell.column} → {cell.blank}", message)
            return cell.blank
        return text

    def _owner(self, row: Row, command: ImportDeal) -> Person | None:
        if command.owner is None:
            return None
        people = self._mapping.people
        manager = self._text(row, people.manager) if people else None
        return Person(
            id=command.owner,
            name=command.owner,
            role="rep",
            team=command.team,
            manager=manager if manager != command.owner else None,
        )


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


def _shortened(row: Row, field: str, text: str) -> str:
    """The text on one line, not too long."""
    line = " ".join(text.split())
    if len(line) <= LONGEST_LINE:
        return line
    row.note(Rule.SHORTENED, field, f"{field}: cut after {LONGEST_LINE} characters")
    return line[: LONGEST_LINE - 1] + "…"
