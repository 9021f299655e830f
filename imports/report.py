"""What an import did, in numbers and remarks.

Decides what is counted and how it is told on a terminal. Must never count what another run did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from deals.commands import ImportDeal
from imports.draft import standing_end
from imports.remarks import Found, Remark, summary

SHOWN: Final = 20
"""Refused rows that a terminal shows one by one. A choice: a screen; the full list is elsewhere."""

Fate: TypeAlias = ImportDeal | Literal["unchanged", "refused"]
"""What became of a row: a deal, or none because it was there before or cannot be one."""


@dataclass(slots=True)
class Tally:
    """How many rows became what. `rows` is the sum of those that follow it, without the people."""

    rows: int = 0
    open: int = 0
    won: int = 0
    lost: int = 0
    dropped: int = 0
    unchanged: int = 0
    """Rows whose deal was there before; it was left as it is."""
    refused: int = 0
    people: int = 0
    """Persons who were added: owners of the deals, and whom they report to."""
    won_amounts: dict[str, int] = field(default_factory=dict)
    """What the won deals brought, in minor units, by currency."""

    @property
    def closed(self) -> int:
        """Deals that were taken over closed."""
        return self.won + self.lost + self.dropped

    def add(self, fate: Fate) -> None:
        """Count a row by what became of it: a deal, or nothing."""
        self.rows += 1
        if isinstance(fate, str):
            setattr(self, fate, getattr(self, fate) + 1)
            return
        end = standing_end(fate)
        status = end.outcome if end and end.outcome else "open"
        setattr(self, status, getattr(self, status) + 1)
        if end and status == "won" and end.amount_minor is not None:
            currency = fate.currency or ""
            self.won_amounts[currency] = self.won_amounts.get(currency, 0) + end.amount_minor

    def ran_before(self, deals: int) -> None:
        """Take back that so many open deals were new: they ran already."""
        self.open -= deals
        self.unchanged += deals

    def named(self) -> dict[str, int]:
        """The numbers by name."""
        return {name: getattr(self, name) for name in _COUNTED}

    def counts(self) -> dict[str, int]:
        """The numbers and the amounts by name, as the ledger keeps them."""
        won = {_WON + currency: amount for currency, amount in sorted(self.won_amounts.items())}
        return self.named() | won

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> Tally:
        """The tally that was kept so."""
        won = {name.removeprefix(_WON): n for name, n in counts.items() if name.startswith(_WON)}
        return cls(**{name: counts.get(name, 0) for name in _COUNTED}, won_amounts=won)


_COUNTED: Final = ("rows", "open", "won", "lost", "dropped", "unchanged", "refused", "people")
_WON: Final = "won_amount_minor_"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    Attributes:
        tally: what became of the rows.
        remarks: of the files first, then by line.
        import_id: under which the ledger keeps this report; None of a dry run.
    """

    tally: Tally
    remarks: Sequence[Remark]
    import_id: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The whole report as plain data."""
        return {
            "import": self.import_id,
            "dry_run": self.import_id is None,
            "counts": self.tally.named() | {"closed": self.tally.closed},
            "won_amounts": won_amounts(self.tally),
            "summary": [found._asdict() for found in summary(self.remarks)],
            "remarks": [one._asdict() for one in self.remarks],
        }

    def as_lines(self) -> Iterator[str]:
        """The report for a terminal: the counts, each rule, the first refused rows."""
        tally = self.tally
        closed = f"{tally.won:,} won, {tally.lost:,} lost, {tally.dropped:,} dropped"
        yield f"{tally.rows:,} rows: {tally.closed:,} closed deals ({closed}), {tally.open:,} open"
        yield f"{tally.unchanged:,} were there before, {tally.refused:,} refused"
        for currency, amount in sorted(tally.won_amounts.items()):
            yield f"won: {amount:,} {currency} in minor units"
        yield from map(_told, summary(self.remarks))
        refused = [one for one in self.remarks if one.severity == "refused"]
        for one in refused[:SHOWN]:
            yield f"line {one.line}: {one.rule}: {one.message}" if one.line else one.message
        if len(refused) > SHOWN:
            yield f"… and {len(refused) - SHOWN:,} more refused rows"


def won_amounts(tally: Tally) -> list[dict[str, str | int]]:
    """What the won deals brought, by currency, in minor units."""
    sums = sorted(tally.won_amounts.items())
    return [{"currency": currency, "amount_minor": amount} for currency, amount in sums]


def _told(found: Found) -> str:
    about = f" ({found.subject})" if found.subject else ""
    return f"{found.n:>7,} {found.severity} {found.rule}{about}"
