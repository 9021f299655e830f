"""Golden transcripts: timed commands, and the events that followed when each was recorded.

A change in the core that alters one of them alters running deals. `python -m
tests.deals.transcripts` records them anew; read the difference before you commit it.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from deals.commands import ImportDeal, PassTime
from deals.deal import PlaybookRef
from deals.decide import decide
from deals.events import EVENT
from deals.evolve import fold
from deals.refusals import Refused
from tests.deals.lives import DOCUMENT, MANAGER, MONDAY, REP, Life, playbook

FOLDER = Path(__file__).parent / "golden"

MANAGED = {"by": "manager"}
STORIES: dict[str, list[tuple[float, str, dict[str, Any]]]] = {
    "straight_to_won": [
        (2, "record_action", {"action": "call", "note": "interested"}),
        (
            20,
            "record_action",
            {"action": "visit", "next_step": {"what": "minutes", "on": "2026-11-25"}},
        ),
        (21, "advance", {}),
        (22, "record_action", {"action": "minutes"}),
        (22, "record_facts", {"facts": {"source": "web"}}),
        (23, "advance", {}),
        (24, "record_action", {"action": "send", "evidence": [DOCUMENT]}),
        (25, "record_action", {"action": "find"}),
        (26, "record_action", {"action": "send", "evidence": [DOCUMENT]}),
        (50, "record_action", {"action": "ask"}),
        (51, "record_facts", {"facts": {"quote": DOCUMENT, "signed": True}}),
        (52, "advance", {}),
        (60, "close", {"outcome": "won", "amount_minor": 9_900_000}),
        (61, "record_action", {"action": "call"}),
        (62, "reopen", {"reason": "wrong stamp"}),
        (63, "close", {"outcome": "won", "amount_minor": 9_900_000}),
    ],
    "ignored_until_the_pool": [
        (24 * 3, "pass_time", {}),
        (24 * 4, "pass_time", {}),
        (24 * 20, "pass_time", {}),
        (24 * 21, "claim", {"team": "west"}),
        (24 * 40, "pass_time", {}),
    ],
    "held_answered_and_overridden": [
        (
            3,
            "record_action",
            {"action": "call", "next_step": {"what": "visit", "on": "2026-11-24T06:00:00Z"}},
        ),
        (30, "pass_time", {}),
        (31, "place_hold", {"until": "2026-12-01", "reason": "stocktaking"}),
        (100, "release_hold", {}),
        (24 * 12, "pass_time", {}),
        (24 * 12 + 1, "acknowledge", MANAGED | {"escalation": "D1.18", "note": "on it"}),
        (24 * 12 + 2, "override", {"reason": "known customer"}),
        (24 * 12 + 3, "override", MANAGED | {"reason": "agreed"}),
        (24 * 12 + 4, "advance", {}),
        (24 * 12 + 5, "return", {"to": "contact", "reason": "need changed"}),
        (24 * 12 + 6, "close", {"outcome": "lost", "reason": "price"}),
    ],
}


def told(story: str) -> dict[str, Any]:
    """The story lived through today: each step with what followed from it."""
    life = Life()
    steps = [{"hours": 0, "command": "open_deal", "events": _written(life.last)}]
    for hours, kind, fields in STORIES[story]:
        life.now = MONDAY + timedelta(hours=hours)
        given = {key: value for key, value in fields.items() if key != "by"}
        actor = MANAGER if fields.get("by") == "manager" else REP
        step: dict[str, Any] = {"hours": hours, "command": kind, "fields": fields}
        try:
            followed = (
                life.apply(PassTime())
                if kind == "pass_time"
                else life.send(kind, by=actor, **given)
            )
            step["events"] = _written(followed)
        except Refused as refused:
            step["refused"] = {"code": refused.code.value, "facts": refused.facts}
        steps.append(step)
    return {"story": story, "steps": steps, "deal": life.deal.model_dump(mode="json")}


def imported() -> dict[str, Any]:
    """A deal taken over from elsewhere.

    Its true past, what is overdue marked once, no old alarm.
    """
    book = playbook()
    past = [
        {"kind": "stage", "stage": "contact", "at": "2026-10-01T02:00:00Z"},
        {"kind": "action", "action": "call", "at": "2026-10-02T02:00:00Z"},
        {"kind": "owner", "owner": "chen", "team": "west", "at": "2026-10-03T02:00:00Z"},
        {"kind": "stage", "stage": "quotation", "at": "2026-11-20T02:00:00Z"},
        {"kind": "note", "note": "brochure sent"},
    ]
    command = ImportDeal.model_validate(
        {
            "deal_id": "D2",
            "command_id": "import",
            "playbook": PlaybookRef(id=book.id, version=book.version, digest=book.digest),
            "title": "Press",
            "customer": "Acme",
            "owner": "lin",
            "source": "web",
            "opened_at": "2026-10-01T02:00:00Z",
            "reference": "row 7",
            "past": past,
        }
    )
    events = decide(book, None, command, now=MONDAY)
    later = decide(book, fold(None, events), PassTime(), now=MONDAY + timedelta(days=1))
    return {"story": "imported", "events": _written(events), "a_day_later": _written(later)}


def all_told() -> dict[str, dict[str, Any]]:
    """Every transcript by name."""
    return {story: told(story) for story in STORIES} | {"imported": imported()}


def _written(events: tuple[Any, ...]) -> list[Any]:
    return [EVENT.dump_python(event, mode="json") for event in events]


if __name__ == "__main__":
    for name, transcript in all_told().items():
        (FOLDER / f"{name}.json").write_text(
            json.dumps(transcript, indent=1, ensure_ascii=False) + "\n"
        )
