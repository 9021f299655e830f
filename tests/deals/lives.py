"""A small process, and lives of deals in it, for the tests of the core."""

from datetime import UTC, datetime, timedelta
from typing import Any

from deals.calendar import CalendarSpec, resolve
from deals.commands import SENT, Command, OpenDeal, PassTime, Repin
from deals.deal import Actor, PlaybookRef
from deals.decide import decide
from deals.evolve import fold
from deals.playbook import Playbook

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Monday, 09:00 in Shanghai."""

REP = Actor(id="lin", role="rep")
MANAGER = Actor(id="wu", role="manager")

BODY: dict[str, Any] = {
    "playbook": "small",
    "version": 1,
    "name": "Small",
    "currency": "CNY",
    "facts": {
        "source": {"kind": "choice", "name": "Source", "choices": ["web", "referral"]},
        "budget": {"kind": "money", "name": "Budget"},
        "contact": {"kind": "contact", "name": "Contact"},
        "quote": {"kind": "document", "name": "Quote"},
        "machines": {"kind": "number", "name": "Machines"},
        "signed": {"kind": "yes-no", "name": "Signed"},
    },
    "ladders": {
        "default": [
            {"at": "-1d", "to": "owner", "do": "remind"},
            {"at": "0d", "to": "owner", "do": "remind"},
            {"at": "+1d", "to": "manager", "do": "escalate"},
            {"at": "+3d", "to": "director", "do": "escalate"},
        ],
        "firm": [
            {"at": "50%", "to": "owner", "do": "remind"},
            {"at": "+1d", "to": "manager", "do": "escalate"},
            {"at": "+7d", "to": "pool", "do": "recycle"},
        ],
    },
    "stages": [
        {
            "id": "contact",
            "name": "Contact",
            "facts": ["source"],
            "actions": [
                {"id": "call", "name": "Call", "due": "3d"},
                {
                    "id": "visit",
                    "name": "Visit",
                    "due": "7d",
                    "after": ["call"],
                    "repeat": True,
                    "then": {"id": "minutes", "name": "Minutes", "within": "24h"},
                },
                {
                    "id": "mail",
                    "name": "Mail",
                    "required": False,
                    "repeat": True,
                    "resets_idle": False,
                },
            ],
            "stay": {"expected": "5d", "limit": "14d"},
            "idle": {"limit": "3bd", "ladder": "firm"},
        },
        {
            "id": "quotation",
            "name": "Quotation",
            "facts": ["quote"],
            "actions": [
                {"id": "find", "name": "Find the decision maker"},
                {
                    "id": "send",
                    "name": "Send",
                    "after": ["find"],
                    "evidence": ["document"],
                    "due": "2bd",
                },
                {"id": "ask", "name": "Ask", "after": ["send"], "due": "2d", "due_from": "send"},
            ],
            "idle": {"limit": "3d", "ladder": "firm"},
        },
        {"id": "contract", "name": "Contract", "facts": ["signed"], "stay": {"limit": "4w"}},
    ],
}


NEWER: dict[str, Any] = {
    **BODY,
    "version": 2,
    "ladders": {
        **BODY["ladders"],
        "firm": [
            {"at": "-2h", "to": "owner", "do": "remind"},
            {"at": "0d", "to": "director", "do": "escalate"},
            {"at": "+2d", "to": "manager", "do": "escalate"},
        ],
    },
    "stages": [
        {
            "id": "contact",
            "name": "Contact",
            "actions": [
                {"id": "qualify", "name": "Qualify", "due": "2d"},
                {"id": "call", "name": "Call", "due": "1d"},
                {"id": "visit", "name": "Visit", "after": ["call"], "repeat": True},
            ],
            "idle": {"limit": "2bd", "ladder": "firm"},
        },
        {"id": "pilot", "name": "Pilot", "stay": {"limit": "2w"}},
        BODY["stages"][2],
    ],
}
"""Its second version: other actions and clocks, no minutes, and a pilot where the quotation was."""


def playbook(
    calendar: dict[str, Any] | None = None, body: dict[str, Any] | None = None
) -> Playbook:
    """The small process, by default in Shanghai's working hours without holidays."""
    spec = CalendarSpec.model_validate(
        calendar or {"time_zone": "Asia/Shanghai", "hours": "09:00-18:00"}
    )
    return Playbook.model_validate({**(body or BODY), "calendar": resolve(spec, 2026, 2027)})


class Life:
    """One deal's life: send commands, let time pass, look."""

    def __init__(
        self, book: Playbook | None = None, *, now: datetime = MONDAY, **opening: Any
    ) -> None:
        self.book = book or playbook()
        self.now = now
        self.events: list[Any] = []
        self.deal: Any = None  # whatever a test asks of it, it asks of a deal that is there
        ref = PlaybookRef(id=self.book.id, version=self.book.version, digest=self.book.digest)
        given: dict[str, Any] = {
            "deal_id": "D1",
            "title": "Press",
            "customer": "Acme",
            "owner": REP.id,
        }
        given |= {"team": "east"} | opening
        self.last: tuple[Any, ...] = ()
        self._count = 0
        self.apply(OpenDeal(playbook=ref, actor=REP, command_id="open", **given))

    def apply(self, command: Command) -> tuple[Any, ...]:
        self.last = decide(self.book, self.deal, command, now=self.now)
        if isinstance(command, Repin) and self.last:
            self.book = command.terms
        self.events.extend(self.last)
        self.deal = fold(self.deal, self.last)
        return self.last

    def send(
        self, kind: str, by: Actor = REP, command_id: str | None = None, **fields: Any
    ) -> tuple[Any, ...]:
        self._count += 1
        body = {
            "kind": kind,
            "command_id": command_id or f"c{self._count}",
            "actor": by.model_dump(),
            **fields,
        }
        return self.apply(SENT.validate_python(body))

    def act(self, action: str, **fields: Any) -> tuple[Any, ...]:
        return self.send("record_action", action=action, **fields)

    def wait(self, **span: float) -> tuple[Any, ...]:
        """Let time pass, and have everything reached that was due."""
        self.now += timedelta(**span)
        return self.apply(PassTime())

    def kinds(self) -> list[str]:
        return [event.kind for event in self.last]

    def clock(self, kind: str) -> Any:  # noqa: ANN401 - a clock, or None where a test says so
        return next(
            (clock for clock in self.deal.clocks if clock.kind == kind and clock.live), None
        )


DOCUMENT = {"kind": "document", "name": "Quote 1", "url": "https://example.com/quote.pdf"}


def at_quotation(book: Playbook | None = None) -> Life:
    """A deal that has just entered the quotation stage."""
    life = Life(book, source="web")
    life.act("call")
    life.act("visit")
    life.act("minutes")
    life.send("advance")
    return life
