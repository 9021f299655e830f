"""Why a command is refused: the closed list of codes, and the exception that carries one.

A refusal is an answer, not a failure. Codes are stable; words for people are made by the pages.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class Code(StrEnum):
    """Every reason the process gives for saying no."""

    ACTION_NOT_IN_STAGE = "action_not_in_stage"
    ALREADY_DONE = "already_done"
    ALREADY_OWNER = "already_owner"
    BAD_COMMAND = "bad_command"
    BAD_FACT = "bad_fact"
    CLAIM_LIMIT = "claim_limit"
    COOLING_DOWN = "cooling_down"
    DEAL_CLOSED = "deal_closed"
    DEAL_OPEN = "deal_open"
    ESCALATION_CLOSED = "escalation_closed"
    EVIDENCE_MISSING = "evidence_missing"
    EXTENSION_IN_PAST = "extension_in_past"
    GATE_MET = "gate_met"
    GATE_UNMET = "gate_unmet"
    HOLD_IN_PAST = "hold_in_past"
    HOLD_TOO_LONG = "hold_too_long"
    IN_POOL = "in_pool"
    KEY_REUSED = "key_reused"
    LAST_STAGE = "last_stage"
    NEXT_STEP_IN_PAST = "next_step_in_past"
    NOT_ALLOWED = "not_allowed"
    NOT_AN_EARLIER_STAGE = "not_an_earlier_stage"
    NOT_IN_POOL = "not_in_pool"
    NOT_LAST_STAGE = "not_last_stage"
    NOT_ON_HOLD = "not_on_hold"
    OCCURRED_BEFORE_DEAL = "occurred_before_deal"
    OCCURRED_IN_FUTURE = "occurred_in_future"
    ON_HOLD = "on_hold"
    OUT_OF_ORDER = "out_of_order"
    UNARMED_SLA = "unarmed_sla"
    UNKNOWN_ACTION = "unknown_action"
    UNKNOWN_DEAL = "unknown_deal"
    UNKNOWN_ESCALATION = "unknown_escalation"
    UNKNOWN_FACT = "unknown_fact"
    UNKNOWN_STAGE = "unknown_stage"


class Refused(Exception):
    """A command that the process does not allow; nothing was changed.

    Attributes:
        code: one of `Code`.
        facts: plain JSON values that explain it (what is unmet, which action comes first, …).
    """

    def __init__(self, code: Code, **facts: Any) -> None:
        super().__init__(code.value)
        self.code = code
        self.facts = facts
