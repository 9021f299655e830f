"""What an import has to say about a row: refused, repaired or noted, each by a rule with a name.

Decides the closed list of rules and how grave each is. A row that the core refuses is remarked
under the core's own code. Must never decide what happens to a row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from ledger.imports import Severity


class Rule(StrEnum):
    """Every rule under which a row is remarked."""

    # The row does not become a deal.
    BAD_AMOUNT = "bad_amount"
    BAD_DATE = "bad_date"
    BAD_VALUE = "bad_value"
    DUPLICATE_ID = "duplicate_id"
    MISSING_ID = "missing_id"
    RAGGED_ROW = "ragged_row"
    UNKNOWN_EVENT = "unknown_event"
    UNKNOWN_OUTCOME = "unknown_outcome"
    UNKNOWN_STAGE = "unknown_stage"
    UNREADABLE_ROW = "unreadable_row"
    # The row was changed to become one.
    AMOUNT_ROUNDED = "amount_rounded"
    BEFORE_FIRST_STAGE = "before_first_stage"
    BLANK_REPLACED = "blank_replaced"
    END_BEFORE_OPEN = "end_before_open"
    ENDED_ALREADY = "ended_already"
    ENTERED_AFTER_END = "entered_after_end"
    ENTERED_BEFORE_OPEN = "entered_before_open"
    LOST_AMOUNT_ZERO = "lost_amount_zero"
    MANAGER_LEFT_OUT = "manager_left_out"
    NUL_REMOVED = "nul_removed"
    RESPELT = "respelt"
    SHORTENED = "shortened"
    VISIT_LEFT_OUT = "visit_left_out"
    # The row is as it was, and somebody may want to know.
    ENCODING_GUESSED = "encoding_guessed"
    END_UNDATED = "end_undated"
    ENTRY_UNDATED = "entry_undated"
    NO_ID_COLUMN = "no_id_column"
    NO_OWNER = "no_owner"
    SIDE_ROW_REPEATED = "side_row_repeated"
    SIDE_ROW_UNUSED = "side_row_unused"
    UNDATED = "undated"
    UNDECODABLE = "undecodable"
    UNMATCHED = "unmatched"


_REPAIRED = {
    Rule.AMOUNT_ROUNDED,
    Rule.BEFORE_FIRST_STAGE,
    Rule.BLANK_REPLACED,
    Rule.END_BEFORE_OPEN,
    Rule.ENDED_ALREADY,
    Rule.ENTERED_AFTER_END,
    Rule.ENTERED_BEFORE_OPEN,
    Rule.LOST_AMOUNT_ZERO,
    Rule.MANAGER_LEFT_OUT,
    Rule.NUL_REMOVED,
    Rule.RESPELT,
    Rule.SHORTENED,
    Rule.VISIT_LEFT_OUT,
}
_NOTED = {
    Rule.ENCODING_GUESSED,
    Rule.END_UNDATED,
    Rule.ENTRY_UNDATED,
    Rule.NO_ID_COLUMN,
    Rule.NO_OWNER,
    Rule.SIDE_ROW_REPEATED,
    Rule.SIDE_ROW_UNUSED,
    Rule.UNDATED,
    Rule.UNDECODABLE,
    Rule.UNMATCHED,
}


class Remark(NamedTuple):
    """One remark about one row."""

    line: int
    """Where the row begins in its file; the header stands on line 1. 0: the file as a whole."""
    severity: Severity
    rule: str
    """One of `Rule`, or the code with which the core refused the row."""
    subject: str
    """What remarks of one kind have in common: the column, or what became what."""
    message: str
    """The same for people, in one line."""
    deal_id: str | None = None


def remark(line: int, rule: Rule, subject: str, message: str) -> Remark:
    """A remark under one of our rules, as grave as the rule is."""
    return Remark(line, severity_of(rule), rule.value, subject, message)


def severity_of(rule: str) -> Severity:
    """How grave a rule is; one of the core's refuses."""
    if rule in _REPAIRED:
        return "repaired"
    return "noted" if rule in _NOTED else "refused"


class Found(NamedTuple):
    """How often one thing was remarked."""

    severity: Severity
    rule: str
    subject: str
    n: int


def summary(remarks: Iterable[Remark]) -> tuple[Found, ...]:
    """How often each thing was remarked: by severity, the most frequent first."""
    counts = Counter((one.severity, one.rule, one.subject) for one in remarks)
    order: tuple[Severity, ...] = ("refused", "repaired", "noted")
    found = (Found(*kind, n) for kind, n in counts.items())
    return tuple(sorted(found, key=lambda one: (order.index(one.severity), -one.n, *one[1:3])))
