"""Lives of deals for the tests of the ledger: random ones, decided by the core."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from deals.commands import SENT, Command, ImportDeal, OpenDeal, PassTime, PastStep, Repin
from deals.deal import Actor, Deal, PlaybookRef
from deals.decide import decide, refusal
from deals.events import Event
from deals.evolve import fold
from deals.playbook import Playbook
from deals.refusals import Refused
from tests.deals.lives import DOCUMENT, MONDAY, NEWER, playbook

BOOK = playbook()
VERSIONS = (BOOK, playbook(body=NEWER))
REF = PlaybookRef(id=BOOK.id, version=BOOK.version, digest=BOOK.digest)

PEOPLE = (
    Actor(id="lin", role="rep"),
    Actor(id="chen", role="rep"),
    Actor(id="wu", role="manager"),
)
FACTS: dict[str, Any] = {"source": "web", "signed": True, "quote": DOCUMENT}


class Told:
    """A deal, and every event of it so far."""

    def __init__(self, book: Playbook = BOOK) -> None:
        self.book = book
        self.now: datetime = MONDAY
        self.events: list[Event] = []
        self.deal: Deal | None = None
        self._sent = 0

    def apply(self, command: Command) -> tuple[Event, ...]:
        """Decide a command and live through its events."""
        happened = decide(self.book, self.deal, command, now=self.now)
        if isinstance(command, Repin) and happened:
            self.book = command.terms
        return self._live(happened)

    def open(self, deal_id: str = "D1", **fields: Any) -> tuple[Event, ...]:
        """Open the deal."""
        given = {"title": "Press", "customer": "Acme", "owner": "lin", "team": "east"} | fields
        book = self.book
        ref = PlaybookRef(id=book.id, version=book.version, digest=book.digest)
        opening = OpenDeal(
            deal_id=deal_id, playbook=ref, actor=PEOPLE[0], command_id="open", **given
        )
        return self.apply(opening)

    def send(
        self, kind: str, by: Actor = PEOPLE[0], command_id: str = "", **fields: Any
    ) -> tuple[Event, ...]:
        """Send a command; a refusal is kept on the timeline, as the durable road does."""
        self._sent += 1
        named = {"kind": kind, "command_id": command_id or f"c{self._sent}", "actor": by}
        command = SENT.validate_python(named | fields)
        try:
            return self.apply(command)
        except Refused as refused:
            assert self.deal is not None
            return self._live((refusal(self.deal, command, refused, now=self.now),))

    def wait(self, **span: float) -> tuple[Event, ...]:
        """Let time pass."""
        self.now += timedelta(**span)
        return self.apply(PassTime())

    def _live(self, happened: tuple[Event, ...]) -> tuple[Event, ...]:
        self.events.extend(happened)
        self.deal = fold(self.deal, happened)
        return happened


def opened(deal_id: str = "D1", **fields: Any) -> Told:
    """A deal that was just opened."""
    told = Told()
    told.open(deal_id, **fields)
    return told


def random_life(seed: int, steps: int = 40, *, repins: bool = True) -> Told:
    """A deal that went through `steps` random commands; the same seed gives the same life.

    Args:
        seed: of the dice.
        steps: how many commands at most.
        repins: whether it may go on by another version of its playbook.
    """
    dice = Random(seed)
    told = Told()
    told.now += timedelta(minutes=seed)
    if seed % 5 == 0:
        told.apply(_import(seed, told.now))
    else:
        told.open(f"D{seed}", title=f"Deal {seed}", owner=dice.choice(PEOPLE).id)
    for _ in range(dice.randrange(steps)):
        _step(dice, told, repins=repins)
    return told


def _import(seed: int, now: datetime) -> ImportDeal:
    past = (
        PastStep(kind="stage", stage="contact", at=now - timedelta(days=60)),
        PastStep(kind="action", action="call", actor="chen", at=now - timedelta(days=50)),
        PastStep(kind="owner", owner="chen", team="west", at=now - timedelta(days=40)),
        PastStep(kind="stage", stage="quotation", at=None if seed % 2 else now - timedelta(days=9)),
        PastStep(kind="note", note="seen at a fair"),
    )
    end = (PastStep(kind="end", outcome="lost", at=now - timedelta(days=1), reason="price"),)
    return ImportDeal(
        deal_id=f"D{seed}",
        playbook=REF,
        title=f"Deal {seed}",
        customer="客户",
        owner="lin",
        opened_at=now - timedelta(days=60),
        reference=str(seed),
        past=past + (end if seed % 3 == 0 else ()),
        command_id="import",
    )


def _step(dice: Random, told: Told, *, repins: bool) -> None:
    told.wait(hours=dice.choice([0, 1, 5, 20, 60]))
    deal = told.deal
    assert deal is not None
    weights = _WEIGHTS if repins else {k: v for k, v in _WEIGHTS.items() if k != "repin"}
    kind = dice.choices(list(weights), list(weights.values()))[0]
    if dice.random() < 0.7:  # mostly what the deal needs to go on
        kind = "reopen" if deal.outcome else "claim" if deal.in_pool else kind
    told.send(kind, by=dice.choice(PEOPLE), **_fields(dice, told, deal)[kind])


_WEIGHTS = {
    "record_action": 12,
    "record_facts": 4,
    "advance": 6,
    "return": 1,
    "place_hold": 1,
    "release_hold": 1,
    "assign": 1,
    "claim": 1,
    "override": 3,
    "close": 1,
    "reopen": 1,
    "acknowledge": 2,
    "comment": 2,
    "repin": 1,
}


def _fields(dice: Random, told: Told, deal: Deal) -> dict[str, dict[str, Any]]:
    """What each kind of command would say now."""
    raised = dice.choice([one.id for one in deal.escalations] or [f"{deal.id}.0"])
    someday = (told.now + timedelta(hours=dice.randrange(1, 300))).isoformat()
    promise = {"next_step": {"what": "call back", "on": someday}} if dice.random() < 0.3 else {}
    extension = {"extend_until": someday} if dice.random() < 0.5 else {}
    stage = told.book.stage(deal.visit.stage)
    terms = VERSIONS[told.book.version % len(VERSIONS)]
    actions = [action.id for action in stage.actions] if stage else []
    outcome = dice.choice(["lost", "dropped"]) if deal.visit.stage != "contract" else "won"
    return {
        "record_action": {
            "action": dice.choice([*actions, "minutes"]),
            "evidence": [DOCUMENT],
            **promise,
        },
        "record_facts": {"facts": FACTS},
        "advance": {},
        "return": {"to": "contact", "reason": "too early"},
        "place_hold": {"until": someday, "reason": "holidays"},
        "release_hold": {},
        "assign": {"owner": dice.choice(PEOPLE).id, "team": dice.choice(["east", "west"])},
        "claim": {"team": "south"},
        "override": {"reason": "trust me"},
        "close": {"outcome": outcome, "reason": "because", "amount_minor": 100_00},
        "reopen": {"reason": "they called"},
        "acknowledge": {"escalation": raised, "note": "seen", **extension},
        "comment": {"escalation": raised, "note": "hm"},
        "repin": {"version": terms.version, "terms": terms, "reason": "a pilot"},
    }
