"""Lives of deals as they might be: what somebody does next, when, and by which calendars.

One process with every kind of clock and every way to write a length of time. Sensible enough that
most of what is asked happens, and foolish enough that some is refused.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final

from deals.calendar import CalendarSpec, resolve
from deals.deal import Actor, Deal
from deals.playbook import Playbook

REPS: Final = ("lin", "chen", "xu")
MANAGER: Final = Actor(id="wu", role="manager")

HOURS: Final[dict[str, Any]] = {
    "mon": "08:00-12:00",
    "wed": "07:00-12:30, 13:00-19:00",
    "fri": "22:00-24:00",
}
CALENDARS: Final[tuple[dict[str, Any], ...]] = (
    {"time_zone": "Asia/Shanghai", "country": "CN", "hours": "09:00-12:00, 13:00-18:00"},
    {"time_zone": "America/New_York", "country": "US", "hours": "01:30-03:30, 09:00-17:00"},
    {"time_zone": "Europe/Berlin", "country": "DE", "hours": {**HOURS, "sun": "01:00-02:30"}},
    {"time_zone": "Australia/Lord_Howe", "hours": {**HOURS, "sun": "01:45-09:00"}},
)
OWN_TIMES: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"hours": "13:00-19:00", "time_zone": "Asia/Kathmandu"},
    {"hours": {"tue": "08:00-20:00", "sat": "00:00-03:00"}, "time_zone": "Europe/Berlin"},
)

BODY: Final[dict[str, Any]] = {
    "playbook": "eventful",
    "version": 1,
    "name": "Eventful",
    "currency": "CNY",
    "facts": {"source": {"kind": "text", "name": "Source"}},
    "hold": {"limit": "20bd"},
    "pool": {"warning": "1bd", "cool_down": "5d", "protection": "2bd"},
    "ladders": {
        "default": [
            {"at": "-1bd", "to": "owner", "do": "remind"},
            {"at": "0d", "to": "owner", "do": "remind"},
            {"at": "+2bd", "to": "manager", "do": "escalate"},
            {"at": "+5bd", "to": "director", "do": "escalate"},
            {"at": "+10bd", "to": "pool", "do": "recycle"},
        ],
        "firm": [
            {"at": "50%", "to": "owner", "do": "remind"},
            {"at": "-90m", "to": "owner", "do": "remind"},
            {"at": "100%", "to": "owner", "do": "remind"},
            {"at": "+26h", "to": "manager", "do": "escalate"},
            {"at": "+9d", "to": "pool", "do": "recycle"},
        ],
        "soft": [
            {"at": "-2d", "to": "owner", "do": "remind"},
            {"at": "130%", "to": "manager", "do": "escalate"},
            {"at": "+5bh", "to": "director", "do": "escalate"},
        ],
    },
    "stages": [
        {
            "id": "contact",
            "name": "Contact",
            "actions": [
                {"id": "call", "name": "Call", "due": "3d", "ladder": "firm"},
                {
                    "id": "visit",
                    "name": "Visit",
                    "due": "7d",
                    "after": ["call"],
                    "repeat": True,
                    "then": {"id": "minutes", "name": "Minutes", "within": "24h", "ladder": "soft"},
                },
                {"id": "mail", "name": "Mail", "required": False, "repeat": True},
                {
                    "id": "file",
                    "name": "File",
                    "required": False,
                    "repeat": True,
                    "resets_idle": False,
                },
            ],
            "stay": {"limit": "14d", "ladder": "soft"},
            "idle": {"limit": "3bd", "ladder": "firm"},
        },
        {
            "id": "quotation",
            "name": "Quotation",
            "actions": [
                {"id": "find", "name": "Find", "due": "13bh", "ladder": "soft"},
                {"id": "send", "name": "Send", "due": "5bd", "due_from": "find", "after": ["find"]},
                {
                    "id": "ask",
                    "name": "Ask",
                    "due": "2w",
                    "due_from": "send",
                    "repeat": True,
                    "then": {"id": "report", "name": "Report", "within": "2bd"},
                },
                {"id": "mail", "name": "Mail", "required": False, "repeat": True},
            ],
            "idle": {"limit": "4d", "replies": False},
        },
        {
            "id": "contract",
            "name": "Contract",
            "actions": [
                {"id": "talk", "name": "Talk", "due": "10bd", "repeat": True},
                {"id": "mail", "name": "Mail", "required": False, "repeat": True},
            ],
            "stay": {"limit": "30d"},
            "idle": {"limit": "30bh", "ladder": "firm"},
        },
    ],
}


def book(calendar: int, first_year: int, last_year: int) -> Playbook:
    """The process, by one of the calendars."""
    spec = CalendarSpec.model_validate(CALENDARS[calendar])
    return Playbook.model_validate({**BODY, "calendar": resolve(spec, first_year, last_year)})


def pause(dice: Random) -> timedelta:
    """How long nobody does anything."""
    longest = dice.choices([0.02, 0.3, 3, 10, 45], weights=[2, 4, 6, 2, 1])[0]
    return timedelta(days=dice.uniform(0, longest))


Fields = dict[str, Any]


def deed(dice: Random, deal: Deal, now: datetime) -> Fields:
    """What somebody asks of the deal now, but for its id: a command in plain JSON."""
    if deal.outcome:
        return {"kind": "reopen", "reason": "they called again", "actor": MANAGER}
    if deal.in_pool:
        owner = dice.choice(REPS)
        return {"kind": "claim", "actor": Actor(id=owner, role="rep"), "own": own(dice, now)}
    if deal.hold and dice.random() < 0.7:
        return {"kind": "release_hold"}
    (chosen,) = dice.choices(_DEEDS, weights=[weight for _, weight in _DEEDS])
    return chosen[0](dice, deal, now)


def own(dice: Random, now: datetime) -> Fields:
    """Somebody's own time: hours, or leave soon, or neither, or both."""
    away = []
    if dice.random() < 0.5:
        first = now.date() + timedelta(days=dice.randint(-3, 20))
        away = [
            {"first_on": f"{first}", "last_on": f"{first + timedelta(days=dice.randint(0, 9))}"}
        ]
    return {**dice.choice(OWN_TIMES), "away": away}


def _action(dice: Random, deal: Deal, now: datetime) -> Fields:
    stage = next(one for one in BODY["stages"] if one["id"] == deal.visit.stage)
    known = [one["id"] for one in stage["actions"]]
    duties = [one.action for one in deal.duties]
    fields: Fields = {"kind": "record_action", "action": dice.choice([*known, *duties, *duties])}
    if dice.random() < 0.2:
        fields["occurred_at"] = _told(now - timedelta(days=dice.uniform(0, 4)))
    if dice.random() < 0.3:
        at = now + timedelta(days=dice.uniform(0, 9))
        on = _told(at if dice.random() < 0.6 else at.date())
        fields["next_step"] = {"what": "go on", "on": on}
    return fields


def _hold(dice: Random, _deal: Deal, now: datetime) -> Fields:
    until = now + timedelta(days=dice.choice([0.1, 2, 9, 20]) * dice.random())
    return {"kind": "place_hold", "until": _told(until), "reason": "stocktaking", "actor": MANAGER}


def _acknowledge(dice: Random, deal: Deal, now: datetime) -> Fields:
    waiting = [one.id for one in deal.escalations if one.acknowledged_at is None]
    fields: Fields = {"kind": "acknowledge", "note": "seen", "escalation": f"{deal.id}.1"}
    if waiting:
        fields["escalation"] = dice.choice(waiting)
    if dice.random() < 0.6:
        fields["extend_until"] = _told(now + timedelta(days=dice.uniform(0, 12)))
    return fields


def _assign(dice: Random, _deal: Deal, now: datetime) -> Fields:
    fields = {"kind": "assign", "owner": dice.choice(REPS), "own": own(dice, now)}
    return {**fields, "actor": MANAGER}


def _recalendar(dice: Random, deal: Deal, now: datetime) -> Fields:
    fields: Fields = {"kind": "recalendar", "reason": "new holidays", "actor": MANAGER}
    if dice.random() < 0.7:
        spec = CalendarSpec.model_validate(dice.choice(CALENDARS))
        calendar = resolve(spec, now.year - 1, now.year + 2)
        fields["calendar"] = calendar.model_dump(mode="json")
    return {**fields, "own_of": deal.owner, "own": own(dice, now)}


def _plainly(kind: str, **fields: Any) -> Callable[[Random, Deal, datetime], Fields]:
    return lambda _dice, _deal, _now: {"kind": kind, **fields}


_DEEDS: Final[tuple[tuple[Callable[[Random, Deal, datetime], Fields], int], ...]] = (
    (_action, 12),
    (_hold, 2),
    (_acknowledge, 4),
    (_assign, 1),
    (_recalendar, 1),
    (_plainly("record_reply"), 2),
    (_plainly("advance"), 3),
    (_plainly("override", reason="agreed", actor=MANAGER), 1),
    (_plainly("return", to="contact", reason="another buyer"), 1),
)


def _told(at: date) -> str:
    return at.isoformat()
