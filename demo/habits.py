"""What an invented rep does next with a deal.

The missing action, the facts, the next stage, the signature.

Decides one move at a time from the deal as it stands, so that the same habits serve the made-up
past and the running demo. Must never write anything.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from deals.deal import Deal
from deals.gates import stage_of, unmet
from deals.playbook import FactRule, Playbook
from demo.team import (
    COPIED,
    HOLDS,
    LOSSES,
    NEEDS,
    NOTES,
    PLACEHOLDERS,
    REPS,
    SURNAMES,
    TOPICS,
)

_PROMISES = 0.3
_HOLDS = 0.03
_GIVES_UP = 0.25
_LETS_GO = 0.15
_NOTES = 0.7
"""Chances of a promise with an action, of a hold instead of it, of a lost cause ending now, of such
an end being our own choice, and of a note. Choices.
"""

_CARELESS = {rep.id: rep.careless for rep in REPS}


class Move(NamedTuple):
    """A command to send: its kind and its own fields."""

    kind: str
    fields: dict[str, Any]


def day_of(playbook: Playbook) -> timedelta:
    """How long a day of that playbook takes."""
    return timedelta(days=1) / playbook.calendar.scale


def next_move(
    playbook: Playbook, deal: Deal, dice: random.Random, now: datetime, *, doomed: bool = False
) -> Move:
    """The next move of a diligent rep; a doomed deal is given up sooner or later."""
    if deal.hold:
        return Move("release_hold", {})
    if doomed and dice.random() < _GIVES_UP:
        outcome = "dropped" if dice.random() < _LETS_GO else "lost"
        return Move("close", {"outcome": outcome, "reason": dice.choice(LOSSES)})
    if dice.random() < _HOLDS:
        until = now + day_of(playbook) * dice.uniform(3, 10)
        return Move("place_hold", {"until": until.isoformat(), "reason": dice.choice(HOLDS)})
    return _way_forward(playbook, deal, dice, now)


def _way_forward(playbook: Playbook, deal: Deal, dice: random.Random, now: datetime) -> Move:
    """What the gate lacks, one thing at a time; then through it."""
    lacking = unmet(playbook, deal)
    if actions := [one.id for one in lacking if one.kind == "action"]:
        return _action(playbook, deal, actions, dice, now)
    if facts := [one.id for one in lacking if one.kind == "fact"]:
        learned = {fact: _value(deal, fact, playbook.facts[fact], dice, now) for fact in facts}
        return Move("record_facts", {"facts": learned})
    if playbook.next_stage(deal.visit.stage):
        return Move("advance", {})
    return Move("close", {"outcome": "won", "amount_minor": deal.amount_minor})


def _action(
    playbook: Playbook, deal: Deal, lacking: list[str], dice: random.Random, now: datetime
) -> Move:
    action_id = _first_possible(playbook, deal, lacking)
    action = stage_of(playbook, deal).action(action_id)
    fields: dict[str, Any] = {"action": action_id}
    if action and action.evidence:
        fields["evidence"] = [_document(deal, action_id)]
    if dice.random() < _NOTES:
        fields["note"] = _note(dice, careless=_CARELESS.get(deal.owner or "", 0.0))
    if dice.random() < _PROMISES:
        on = now + day_of(playbook) * dice.uniform(3, 9)
        fields["next_step"] = {"what": "call back", "on": on.isoformat()}
    return Move("record_action", fields)


def _note(dice: random.Random, *, careless: float) -> str:
    if dice.random() < careless:
        return dice.choice((*PLACEHOLDERS, COPIED, COPIED))
    said = dice.choice(NOTES).format(dice.choice(TOPICS), f"Mr {dice.choice(SURNAMES)}")
    return said[0].upper() + said[1:]


def _first_possible(playbook: Playbook, deal: Deal, lacking: list[str]) -> str:
    """The open duty, or the first action whose predecessors are done."""
    stage = stage_of(playbook, deal)
    for one in lacking:
        action = stage.action(one)
        if action is None or all(deal.done_in_visit(before) for before in action.after):
            return one
    return lacking[0]


def _value(deal: Deal, fact: str, rule: FactRule, dice: random.Random, now: datetime) -> object:
    """A believable value of that kind."""
    values: dict[str, object] = {
        "text": dice.choice(NEEDS),
        "number": dice.randint(1, 12),
        "yes-no": True,
        "date": f"{now.year + 1}-03-15",
        "choice": dice.choice(rule.choices).id if rule.choices else "",
        "money": {"amount_minor": deal.amount_minor or 0, "currency": deal.currency},
        "contact": {"name": f"Director {dice.choice(SURNAMES)}", "role": "decides"},
        "document": _document(deal, fact),
    }
    return values[rule.kind]


def _document(deal: Deal, name: str) -> dict[str, str]:
    url = f"https://files.example.com/{deal.id}/{name}.pdf"
    return {"kind": "document", "name": name.replace("-", " ").capitalize(), "url": url}
