"""What every row source reads of a row in the same way: texts, amounts, instants, facts, people.

Decides how cells become the parts of a deal. Must never look at another row.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from deals.deal import PlaybookRef
from deals.playbook import Playbook
from imports.cells import Row
from imports.draft import IMPORTER, RowRefused, deal_id
from imports.facts import FactReader
from imports.mapping import Mapping
from imports.remarks import Rule
from imports.rows import Cell, DealRows
from imports.values import BadText, Dates, minor_units
from ledger.people import Person

LONGEST_LINE: Final = 200
"""Characters of a title or a customer; longer ones are cut. Source: `deals.model.Line`."""

_BETWEEN: Final = " · "


class RowReader:
    """Reads rows by a mapping.

    Attributes:
        stages: those of the playbook the deals are pinned to, in order.
    """

    def __init__(self, mapping: Mapping, playbook: Playbook) -> None:
        self.stages = [stage.id for stage in playbook.stages]
        self._ref = PlaybookRef(id=playbook.id, version=playbook.version, digest=playbook.digest)
        self._source = mapping.mapping
        self._currency = mapping.currency
        self._rows: DealRows = mapping.rows
        self._playbook = playbook
        self._dates = Dates(mapping.dates, mapping.time_zone)
        self._facts = FactReader.of(mapping, self._dates)
        self._people = mapping.people

    def told(self, row: Row, reference: str) -> dict[str, Any]:
        """The fields of the deal to take over that every source reads of one row."""
        customer = self._customer(row)
        return {
            "command_id": f"import-{self._source}",
            "actor": IMPORTER,
            "deal_id": deal_id(self._source, reference),
            "playbook": self._ref,
            "title": self._title(row, customer),
            "customer": customer,
            "owner": self.text(row, self._rows.owner),
            "team": self.text(row, self._rows.team),
            "source": self.text(row, self._rows.source),
            "currency": self.text(row, self._rows.currency) or self._currency,
            "facts": self._facts_of(row),
            "reference": reference,
        }

    def instant(self, row: Row, column: str | None) -> datetime | None:
        """The instant in a column; None of a blank cell, or of no column."""
        text = row.cells[column] if column else None
        if column is None or text is None:
            return None
        try:
            return self._dates.instant(text)
        except BadText as fault:
            raise RowRefused.because(Rule.BAD_DATE, column, fault) from fault

    def day(self, text: str) -> datetime:
        """00:00 of a day, written as ISO 8601 has it, in the mapping's zone."""
        return Dates(("iso",), str(self._dates.zone)).instant(text)

    def amount(self, row: Row) -> int | None:
        """The amount in minor units; None of a blank cell."""
        amount = self._rows.amount
        text = row.cells[amount.column] if amount else None
        if amount is None or text is None:
            return None
        return self._minor(row, amount.column, text)

    def _title(self, row: Row, customer: str) -> str:
        """The title; the customer if it is blank."""
        parts = [text for column in self._rows.title if (text := row.cells[column])]
        if not parts:
            what = " and ".join(self._rows.title)
            row.note(Rule.BLANK_REPLACED, "title", f"{what}: blank; the customer is the title")
        return _shortened(row, "title", _BETWEEN.join(parts) or customer)

    def _customer(self, row: Row) -> str:
        """The customer, who must be told."""
        cell = self._rows.customer
        customer = self.text(row, cell)
        if customer is None:
            raise RowRefused(Rule.BAD_VALUE, cell.column, f"{cell.column}: the customer is blank")
        return _shortened(row, "customer", customer)

    def _facts_of(self, row: Row) -> dict[str, Any]:
        """The facts that the row tells."""
        facts: dict[str, Any] = {}
        for fact, cell in self._rows.facts.items():
            if text := self.text(row, cell):
                facts[fact] = self._fact(row, fact, cell, text)
        return facts

    def text(self, row: Row, cell: Cell | None) -> str | None:
        """What a cell says, or what stands for it when it is blank."""
        if cell is None:
            return None
        text = row.cells[cell.column]
        if text is None and cell.blank is not None:
            message = f"{cell.column}: blank; taken as `{cell.blank}`"
            row.note(Rule.BLANK_REPLACED, f"{cell.column} → {cell.blank}", message)
            return cell.blank
        return text

    def person(self, row: Row, owner: str | None, team: str | None) -> Person | None:
        """An owner as the person they become if nobody knows them."""
        if owner is None:
            return None
        people = self._people
        manager = self.text(row, people.manager) if people else None
        return Person(
            id=owner,
            name=owner,
            role="rep",
            team=team,
            manager=manager if manager != owner else None,
            automatic=self.is_automatic(owner),
        )

    def is_automatic(self, owner: str | None) -> bool:
        """Whether that owner is a machine."""
        return self._people is not None and owner in self._people.automatic

    def _fact(self, row: Row, fact: str, cell: Cell, text: str) -> Any:  # noqa: ANN401 - plain JSON
        if cell.bands:
            return _band(cell.bands, self._minor(row, cell.column, text))
        try:
            return self._facts.value(self._playbook.facts[fact].kind, text)
        except BadText as fault:
            raise RowRefused.because(Rule.BAD_VALUE, cell.column, fault) from fault

    def _minor(self, row: Row, column: str, text: str) -> int:
        amount = self._facts.amount
        try:
            minor, was_rounded = minor_units(text, amount.factor, amount.decimals)
        except BadText as fault:
            raise RowRefused.because(Rule.BAD_AMOUNT, column, fault) from fault
        if was_rounded:
            message = f"{column}: `{text}` became {minor} minor units"
            row.note(Rule.AMOUNT_ROUNDED, column, message)
        return minor


def _band(bands: dict[str, int], amount: int) -> str | None:
    """The band with the highest beginning that the amount reaches; None below all."""
    reached = {begins: name for name, begins in bands.items() if begins <= amount}
    return reached[max(reached)] if reached else None


def _shortened(row: Row, field: str, text: str) -> str:
    """The text on one line, not too long."""
    line = " ".join(text.split())
    if len(line) <= LONGEST_LINE:
        return line
    row.note(Rule.SHORTENED, field, f"{field}: cut after {LONGEST_LINE} characters")
    return line[: LONGEST_LINE - 1] + "…"
