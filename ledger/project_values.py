"""The part of projecting that is about what was known of a deal from when on.

Decides the rows of amounts, facts, holds and playbook versions, and what is kept of a note so that
notes can be compared. Part of `project`, and bound by its law: nothing but the events. Must never
keep a text that is too long to compare deals by.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from deals import events as e
from deals.deal import Deal
from ledger import tables
from ledger.rows import Change, Patch, Put, Row

COMPARED: Final = 200
"""Characters of a fact's text up to which deals are compared by it. Source: `deals.model.Line`."""

_KEY_BYTES: Final = 8
_KEY_BITS: Final = 63
"""A note's key fits a signed number of 64 bits; of a million notes no two share one by chance."""


def values_changed(before: Deal | None, after: Deal, event: e.Event) -> Iterator[Change]:
    """What one event changes in what is known of a deal."""
    amount = after.amount_minor
    if amount is not None and (before is None or before.amount_minor != amount):
        row: Row = {"deal_id": after.id, "seq": event.seq, "amount_minor": amount}
        yield Put(tables.amounts, row | {"since": event.occurred_at})
    if isinstance(event, e.FactsRecorded):
        for fact, value in event.facts.items():
            yield Put(tables.facts, _fact_row(after, event, fact, value))
    if isinstance(event, e.PlaybookChanged):
        yield Put(tables.pins, _pin_row(after, event))
    yield from _hold_changed(before, after)


def note_key(text: str) -> int:
    """A number that notes share if they say the same, whatever the case and the white space."""
    said = " ".join(text.casefold().split())
    digest = hashlib.sha256(said.encode()).digest()[:_KEY_BYTES]
    return int.from_bytes(digest) % (1 << _KEY_BITS)


def said_of_note(note: str | None) -> Row:
    """The columns of an action that tell of its note."""
    text = " ".join(note.split()) if note else ""
    if not text:
        return {"note_letters": None, "note_length": None, "note_key": None}
    letters = sum(map(str.isalpha, text))
    return {"note_letters": letters, "note_length": len(text), "note_key": note_key(text)}


def _pin_row(deal: Deal, event: e.PlaybookChanged) -> Row:
    return {
        "deal_id": deal.id,
        "seq": event.seq,
        "playbook_id": event.before.id,
        "playbook_version": event.before.version,
        "until": event.at,
    }


def _fact_row(deal: Deal, event: e.FactsRecorded, fact: str, value: object) -> Row:
    text = {True: "true", False: "false"}.get(value) if isinstance(value, bool) else value
    kept = text if isinstance(text, str) and len(text) <= COMPARED else None
    return {
        "deal_id": deal.id,
        "seq": event.seq,
        "fact": fact,
        "value": kept,
        "present": value is not None,
        "since": event.occurred_at,
    }


def _hold_changed(before: Deal | None, after: Deal) -> Iterator[Change]:
    was, now = before.hold if before else None, after.hold
    if was == now:
        return
    if was:
        yield Patch(tables.holds, (after.id, was.since), {"ended_at": after.at})
    if now:
        row: Row = {"deal_id": after.id, "since": now.since, "ended_at": None}
        yield Put(tables.holds, row | {"reason": now.reason})
