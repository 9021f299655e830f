"""A cell's text as the value of a fact.

Decides how each kind of fact is written in a file. Whether the value is allowed, the core decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from deals.facts import JsonValue
from deals.playbook import FactKind
from imports.mapping import Mapping
from imports.rows import Amount
from imports.values import BadText, Dates, minor_units, number

_YES: Final = frozenset({"yes", "y", "true", "t", "1", "x", "是"})
_NO: Final = frozenset({"no", "n", "false", "f", "0", "否"})


@dataclass(frozen=True, slots=True)
class FactReader:
    """Reads facts by the dates, amounts and currency of a mapping."""

    dates: Dates
    zone: ZoneInfo
    amount: Amount
    currency: str

    @classmethod
    def of(cls, mapping: Mapping, dates: Dates) -> FactReader:
        """The reader for a mapping; amounts are written as the deals' own."""
        amount = mapping.rows.amount or Amount(column="-")
        return cls(dates, ZoneInfo(mapping.time_zone), amount, mapping.currency)

    def value(self, kind: FactKind, text: str) -> JsonValue:
        """The value that a text stands for.

        Raises:
            BadText: the text is none of that kind.
        """
        value: JsonValue
        match kind:
            case "text" | "choice":
                value = text
            case "number":
                exact = number(text, self.amount.decimals)
                value = int(exact) if exact == int(exact) else float(exact)
            case "yes-no":
                value = _yes_or_no(text)
            case "date":
                value = self.dates.instant(text).astimezone(self.zone).date().isoformat()
            case "money":
                minor, _ = minor_units(text, self.amount.factor, self.amount.decimals)
                value = {"amount_minor": minor, "currency": self.currency}
            case "contact":
                value = {"name": text}
            case "document":
                name = text.rpartition("/")[2] or text
                value = {"kind": "document", "name": name, "url": text}
        return value


def _yes_or_no(text: str) -> bool:
    answer = text.casefold()
    if answer not in _YES | _NO:
        raise BadText(f"`{text}` is neither yes nor no")
    return answer in _YES
