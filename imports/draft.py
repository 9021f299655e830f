"""What a row source makes of rows: deals to take over, or rows that cannot become one.

Decides what is common to all row sources: a deal's identity, that an id counts once, and what a
refusal says. Must never read a column; the row sources do.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from deals.commands import ImportDeal, PastStep
from deals.deal import Actor
from deals.decide import decide
from deals.events import Event
from deals.playbook import Playbook
from deals.refusals import Code, Refused
from imports.cells import Row
from imports.read import Damage
from imports.remarks import Remark, Rule, remark
from imports.values import BadText
from ledger.counting import Counting
from ledger.people import Person

IMPORTER: Final = Actor(id="import", role="ops")
"""Who takes deals over."""

_ID_LENGTH: Final = 12
"""Characters of a deal's id after the `D`, like those of other deals: 60 bits, so that of a million
rows no two share one."""

_ID_BYTES: Final = 8
"""Bytes that hold them."""


class RowRefused(Exception):
    """A row that cannot become a deal.

    Attributes:
        rule: which rule it breaks.
        subject: the column.
        message: how, in one line.
    """

    def __init__(self, rule: Rule, subject: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.subject = subject
        self.message = message

    @classmethod
    def because(cls, rule: Rule, column: str, fault: BadText) -> RowRefused:
        """A row with a text that does not say what its column should."""
        return cls(rule, column, f"{column}: {fault}")


@dataclass(frozen=True, slots=True)
class DraftDeal:
    """What became of a row, or of the rows of one deal.

    Attributes:
        line: where it begins in the file.
        command: the deal to take over; None if that is refused.
        people: those who own it or did something; empty of nobody known.
        remarks: everything to be told about it; of a refused one the reason too.
    """

    line: int
    command: ImportDeal | None
    people: tuple[Person, ...] = ()
    remarks: tuple[Remark, ...] = ()


def refused_row(row: Row | Damage, why: RowRefused | ValidationError | None = None) -> DraftDeal:
    """A row that becomes no deal: damaged, or refused for that reason."""
    if isinstance(row, Damage):
        return DraftDeal(row.line, None, remarks=(_damage(row),))
    if isinstance(why, RowRefused):
        row.note(why.rule, why.subject, why.message)
    elif why:
        error = why.errors(include_url=False)[0]
        field = ".".join(map(str, error["loc"]))
        row.note(Rule.BAD_VALUE, field, f"{field}: {error['msg']}")
    return DraftDeal(row.line, None, remarks=tuple(row.remarks))


def _damage(row: Damage) -> Remark:
    return remark(row.line, Rule(row.rule), "", row.message)


def standing_end(command: ImportDeal) -> PastStep | None:
    """How the deal ended, if it was not opened again after that."""
    last = next((step for step in reversed(command.past) if step.kind in {"stage", "end"}), None)
    return last if last and last.kind == "end" else None


def deal_id(source: str, reference: str) -> str:
    """The id of the deal that a row of a source becomes: always the same."""
    digest = hashlib.sha256(f"{source}\n{reference}".encode()).digest()[:_ID_BYTES]
    return "D" + base64.b32encode(digest).decode().lower()[:_ID_LENGTH]


def each_once(drafts: Iterable[DraftDeal]) -> Iterator[DraftDeal]:
    """The drafts; those whose reference was there before are refused."""
    seen: dict[str, int] = {}
    for draft in drafts:
        reference = draft.command.reference if draft.command else None
        if reference is None:
            yield draft
        elif reference in seen:
            message = f"`{reference}` is on line {seen[reference]} already"
            again = remark(draft.line, Rule.DUPLICATE_ID, "", message)
            yield DraftDeal(draft.line, None, remarks=(again,))
        else:
            seen[reference] = draft.line
            yield draft


def counted_by(by: Counting, playbook: Playbook, draft: DraftDeal) -> DraftDeal:
    """The draft with the calendar in force, and the own time of its last owner."""
    command = draft.command
    if command is None:
        return draft
    owners = (command.owner, *(step.owner for step in command.past))
    last = next((owner for owner in reversed(owners) if owner), None)
    counted = {"calendar": by.calendar(playbook.id, playbook.version), "own": by.own(last)}
    return replace(draft, command=command.model_copy(update=counted))


def decided(
    playbook: Playbook, draft: DraftDeal, *, now: datetime
) -> tuple[DraftDeal, tuple[Event, ...]]:
    """What the core makes of a draft.

    Returns:
        The draft and the deal's events; or the draft refused, and none.
    """
    command = draft.command
    if command is None:
        return draft, ()
    try:
        return draft, _events(playbook, command, now)
    except Refused as refused:
        facts = ", ".join(f"{name} {value}" for name, value in refused.facts.items())
        message = f"the process does not allow it: {refused.code}" + (facts and f" ({facts})")
        subject = str(refused.facts.get("fact", ""))
        reason = Remark(draft.line, "refused", refused.code.value, subject, message)
        return DraftDeal(draft.line, None, remarks=(*draft.remarks, reason)), ()


def _events(playbook: Playbook, command: ImportDeal, now: datetime) -> tuple[Event, ...]:
    if command.opened_at is not None and command.opened_at > now:
        raise Refused(Code.OCCURRED_IN_FUTURE, opened_at=command.opened_at.isoformat())
    return decide(playbook, None, command, now=now)
