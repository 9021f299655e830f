"""Six people who never stop working on their deals, whatever breaks under them.

Everything they send has a key and is sent again until it is answered for good, so afterwards it is
known what has to be in the ledger.
"""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import httpx

from deals.commands import SENT, Command, OpenDeal, PassTime
from deals.events import DealOpened
from tests.system import hasty
from tests.system.callers import Write, insist, opening
from tests.system.truth import Group

PAUSE_S: Final = 0.15
"""Between two commands of one person, so that the machine has something left for restarts."""

KINDS: Final = {
    "actions": "record_action",
    "facts": "record_facts",
    "advance": "advance",
    "return": "return",
    "hold": "place_hold",
    "resume": "release_hold",
    "assign": "assign",
    "claim": "claim",
    "override": "override",
    "close": "close",
    "reopen": "reopen",
}
"""The command of each address below a deal's."""


class Move(NamedTuple):
    """Something to send to a deal, and how often compared with the others."""

    weight: int
    verb: str
    body: Mapping[str, Any]


def moves(dice: random.Random) -> list[Move]:
    """Everything a person may think of doing, sensible or not."""
    soon = (datetime.now(UTC) + timedelta(seconds=dice.uniform(0.5, 3))).isoformat()
    work = ("call", "visit", "minutes", "quote")
    return [
        Move(8, "actions", {"action": "mail"}),
        Move(8, "actions", {"action": dice.choice(work)}),
        Move(3, "actions", {"action": "mail", "next_step": {"what": "call back", "on": soon}}),
        Move(3, "facts", {"source": f"fair {dice.randrange(99)}", "need": "less noise"}),
        Move(3, "advance", {}),
        Move(2, "return", {"to": "contact", "reason": "another buyer"}),
        Move(2, "hold", {"until": soon, "reason": "on leave"}),
        Move(2, "resume", {}),
        Move(1, "assign", {"owner": dice.choice(hasty.REPS)}),
        Move(8, "claim", {}),
        Move(1, "override", {"reason": "the fact can wait"}),
        Move(1, "close", {"outcome": "lost", "reason": "price"}),
        Move(2, "reopen", {"reason": "they called again"}),
    ]


@dataclass
class Storm:
    """The people, their deals, and everything they sent.

    Attributes:
        writes: what was sent, by key.
        deals: the ids of the deals, each with the write that opened it.
    """

    http: httpx.AsyncClient
    writes: dict[str, Write] = field(default_factory=dict)
    deals: dict[str, Write] = field(default_factory=dict)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def applied(self) -> int:
        """How many commands were applied while their sender waited."""
        return sum(write.status == httpx.codes.OK for write in self.writes.values())

    async def rage(self, people: int, deals: int) -> None:
        """Work until it is over: everybody opens some deals, then all work on all of them."""
        async with asyncio.TaskGroup() as everybody:
            for person in range(people):
                everybody.create_task(self._work(person, deals // people))

    def end(self) -> None:
        """Let everybody finish what they are about."""
        self._over.set()

    async def _work(self, person: int, deals: int) -> None:
        dice = random.Random(person)
        for _ in range(deals):
            await self._open(dice)
        while not self._over.is_set():
            deal_id = dice.choice(list(self.deals))
            await self._insist(_write(dice, deal_id))

    async def _open(self, dice: random.Random) -> None:
        write = opening("hasty", owner=dice.choice(hasty.REPS))
        response = await self._insist(write)
        assert response.status_code == httpx.codes.CREATED, response.text
        self.deals[response.json()["id"]] = write

    async def _insist(self, write: Write) -> httpx.Response:
        self.writes[write.key] = write
        await asyncio.sleep(PAUSE_S)
        return await insist(self.http, write)

    def command_of(self, group: Group) -> Command:
        """The command behind what the ledger says happened."""
        first = group[0]
        if first.actor.role == "system":
            return PassTime()
        write = self.writes[first.command_id]
        envelope = {
            "command_id": write.key,
            "digest": "".join(event.digest for event in group),
            "actor": first.actor,
        }
        if isinstance(first, DealOpened):
            known = {"deal_id": first.deal_id, "playbook": first.playbook, "team": "east"}
            return OpenDeal.model_validate({**envelope, **write.body, **known})
        return SENT.validate_python(envelope | _fields(write))


def _write(dice: random.Random, deal_id: str) -> Write:
    known = moves(dice)
    (move,) = dice.choices(known, weights=[one.weight for one in known])
    headers = {}
    if move.verb in {"claim", "override"}:
        headers["Dealpace-Person"] = dice.choice(hasty.REPS)
    return Write(f"deals/{deal_id}/{move.verb}", move.body, headers=headers)


def _fields(write: Write) -> dict[str, Any]:
    verb = write.path.rpartition("/")[2]
    fields: dict[str, Any] = {"facts": write.body} if verb == "facts" else dict(write.body)
    if verb in {"assign", "claim"}:
        fields["team"] = "east"
    return {"kind": KINDS[verb], **fields}
