"""Believable lives of deals, drawn by a seeded generator and decided by the engine's own core.

Every event of a demo deal is one that `decide` made at an instant of the past, so its clocks and
escalations are as true as those of a real deal. Decides who meets whom and when; must never write
anything.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from deals.clocks import next_deadline
from deals.commands import SENT, Command, OpenDeal, PassTime
from deals.deal import Actor, Deal, PlaybookRef
from deals.decide import decide
from deals.events import Event
from deals.evolve import fold
from deals.playbook import Playbook
from demo.habits import Move, day_of, next_move
from demo.team import MACHINES, NAMES, PLACES, REPS, SURNAMES, TRADES, Rep


class DemoDeal(NamedTuple):
    """One invented deal: the playbook it runs on, and everything that happened to it so far."""

    playbook: Playbook
    deal: Deal
    events: tuple[Event, ...]


_GAP_DAYS = 1.7
"""Usual time between two moves, in the playbook's own days. A choice: 60 to 90 days a deal."""
_HURRY = 0.3
"""How much shorter the wait is while a duty is open, such as minutes to write. A choice."""
_NAMED = 0.8
"""How often it is known from the beginning whom to call. A choice."""
_TAKEN_UP = 0.7
_NOTICED_DAYS = (20.0, 45.0)
"""How often somebody takes up a forgotten deal, and after how many days. Choices."""
_LATENESS = timedelta(milliseconds=400)
"""How late a timer fires. A choice in the order of what is measured under light load."""


def lives(
    seed: int, count: int, playbook: Playbook, now: datetime, begun_days_ago: tuple[float, float]
) -> Iterator[DemoDeal]:
    """Draw that many deals.

    Args:
        seed: the same seed, playbook and instant give the same deals.
        count: how many.
        playbook: what they run on; its scale makes their days short.
        now: when their pasts end.
        begun_days_ago: between how many of the playbook's own days before `now` they were opened.
    """
    dice = random.Random(seed)
    for number in range(count):
        rep = REPS[number % len(REPS)]
        life = _Life(playbook, rep, dice, now)
        opened_at = now - day_of(playbook) * dice.uniform(*begun_days_ago)
        life.live(opening(playbook, rep, dice, f"Ddemo{seed:02}{number:04}"), opened_at)
        yield DemoDeal(playbook, life.deal, tuple(life.events))


def opening(playbook: Playbook, rep: Rep, dice: random.Random, deal_id: str) -> OpenDeal:
    """A new customer with a wish."""
    customer = f"{dice.choice(PLACES)} {dice.choice(NAMES)} {dice.choice(TRADES)}"
    contact = f"{dice.choice(('Mr', 'Ms'))} {dice.choice(SURNAMES)}"
    rule = playbook.facts.get("customer-type")
    facts: dict[str, object] = {}
    if dice.random() < _NAMED:
        facts["contact"] = {"name": contact}
    if rule:
        facts["customer-type"] = dice.choice(rule.choices).id
    return OpenDeal(
        deal_id=deal_id,
        command_id="demo-open",
        actor=Actor(id=rep.id, role="rep"),
        playbook=PlaybookRef(id=playbook.id, version=playbook.version, digest=playbook.digest),
        title=f"{dice.choice(MACHINES)} for {customer.split()[1]}",
        customer=customer,
        owner=rep.id,
        team=rep.team,
        amount_minor=dice.randrange(8, 480) * 1_000_000,
        source=dice.choice(playbook.facts["source"].choices).id,
        facts={name: value for name, value in facts.items() if name in playbook.facts},
    )


class _Life:
    """One deal being lived."""

    def __init__(self, playbook: Playbook, rep: Rep, dice: random.Random, until: datetime) -> None:
        self.playbook, self.rep, self.dice, self.until = playbook, rep, dice, until
        self.events: list[Event] = []
        self.now = until
        self._deal: Deal | None = None

    @property
    def deal(self) -> Deal:
        if self._deal is None:
            raise LookupError("the deal is not open yet")
        return self._deal

    def live(self, command: OpenDeal, opened_at: datetime) -> None:
        """From the opening until the deal ends, is left alone, or the present is reached."""
        self.now = opened_at
        self._apply(command)
        stages = [stage.id for stage in self.playbook.stages]
        forgotten = self.dice.random() < self.rep.forgetful
        forgotten_in = self.dice.choice(stages) if forgotten else None
        lost_in = None if self.dice.random() < self.rep.winning else self.dice.choice(stages)
        while self.deal.outcome is None and self._wait():
            here = self.deal.visit.stage
            if here == forgotten_in:
                if self.dice.random() > _TAKEN_UP or not self._wait(_NOTICED_DAYS):
                    break
                forgotten_in = None
            if self.deal.in_pool:
                self.rep = self.dice.choice([rep for rep in REPS if rep is not self.rep])
                self._send(Move("claim", {"team": self.rep.team}))
            else:
                doomed = here == lost_in
                move = next_move(self.playbook, self.deal, self.dice, self.now, doomed=doomed)
                self._send(move)
        self._pass_time(self.until)

    def _wait(self, between: tuple[float, float] | None = None) -> bool:
        """Let the rep's own time pass, or some days; False when that is beyond the present."""
        days = self.dice.uniform(*between) if between else self._gap()
        until = self.now + day_of(self.playbook) * days
        if until >= self.until:
            return False
        self._pass_time(until)
        return True

    def _gap(self) -> float:
        """The days until the rep's next move."""
        usual = _GAP_DAYS * self.rep.pace * (_HURRY if self.deal.duties else 1)
        return min(self.dice.lognormvariate(0.0, 0.45) * usual, 9)

    def _pass_time(self, until: datetime) -> None:
        """Go on to that instant, reaching each deadline on the way a moment after it was due."""
        while (deadline := next_deadline(self.deal)) and deadline.at + _LATENESS <= until:
            self.now = max(self.now, deadline.at + _LATENESS)
            self._apply(PassTime())
        self.now = max(self.now, until)

    def _send(self, move: Move) -> None:
        actor = {"id": self.rep.id, "role": "rep"}
        envelope = {"kind": move.kind, "command_id": f"demo-{len(self.events)}", "actor": actor}
        self._apply(SENT.validate_python(envelope | move.fields))

    def _apply(self, command: Command) -> None:
        happened = decide(self.playbook, self._deal, command, now=self.now)
        if happened:
            self.events.extend(happened)
            self._deal = fold(self._deal, happened)
