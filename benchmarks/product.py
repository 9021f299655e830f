"""Dealpace itself as a contender: worker and API as `dealpace up` runs them, spoken to by HTTP.

Decides which deals are measured: equipment sales in the first stage, where a follow-up may be
recorded again and again. It calls nothing of the product's code; what it starts is the commands.
"""

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Final, Self
from urllib.parse import quote

import psutil

from benchmarks.children import BenchmarkFault, free_port, module
from benchmarks.contender import subject
from benchmarks.engine import SERVER, Engine
from benchmarks.http import Answer, Connection
from benchmarks.load import Call
from settings import LOOPBACK, Settings
from stack.child import answers_well

OK: Final = 200
CREATED: Final = 201
ACCEPTED: Final = 202
"""HTTP's own."""

PERSON: Final = "rep-1"
PLAYBOOK: Final = "equipment-sales"
FOLLOW_UP: Final = {"action": "follow-up", "note": "Asked for the drawings; they come on Friday."}

WORKER: Final = "worker"
API: Final = "api"
_CALLER: Final = f"Dealpace-Person: {PERSON}\r\n"
_LOOK_AGAIN: Final = 0.1  # clock seconds
_AT_ONCE: Final = 8  # deals opened side by side; a choice: it is not what is measured


class Product:
    """Worker and API on an engine."""

    name = "D Dealpace"

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.port = free_port()
        self.settings = Settings(
            port=self.port,
            data_dir=engine.folder.path,
            temporal_port=engine.port,
            temporal_ui_port=engine.ui_port,
            log_level="warning",
        )

    @classmethod
    async def started(cls, engine: Engine) -> Self:
        """The product, ready, with one rep."""
        product = cls(engine)
        env = product.settings.as_environment()
        await engine.run("migrate", module("cli", "migrate"), env)
        await engine.start(WORKER, module("cli", "worker"), env=env)
        await engine.start(API, module("cli", "api"), lambda: is_ready(product.port), env)
        person = {"name": "Lin Mei", "role": "rep", "team": "north"}
        async with Connection.opened(product.port) as connection:
            expect(OK, await connection.send("PUT", f"/v1/people/{PERSON}", person))
        return product

    @property
    def processes(self) -> dict[str, psutil.Process]:
        """Those that do the work, by their part in it."""
        parts = {"server": SERVER, "worker": WORKER, "api": API}
        ours = {part: self.engine.process(name) for part, name in parts.items()}
        return {**ours, "callers": psutil.Process()}

    async def subjects(self, count: int) -> list[str]:
        """Deals on which a first call is recorded, so that a follow-up may be."""
        return await self.deals(count, "first-call")

    async def deals(self, count: int, *actions: str) -> list[str]:
        """Open so many deals, record these actions on each, and give their ids."""
        turns = asyncio.Semaphore(_AT_ONCE)

        async def one() -> str:
            async with turns, Connection.opened(self.port) as connection:
                deal = await self._open(connection)
                for action in actions:
                    await until_done(connection, deal, {"action": action})
                return deal

        return await asyncio.gather(*(one() for _ in range(count)))

    async def call(self, subjects: Sequence[str], resources: AsyncExitStack) -> Call:
        """A caller that records follow-ups."""
        connection = await resources.enter_async_context(Connection.opened(self.port))

        async def follow_up(sent: int) -> bool:
            answer = await command(connection, subject(subjects, sent), "actions", FOLLOW_UP)
            return answer.status == OK  # a 202 is durable, but not decided yet

        return follow_up

    async def _open(self, connection: Connection) -> str:
        opening = {
            "title": "Press line for the second hall",
            "customer": "Northwind Machinery",
            "owner": PERSON,
            "playbook": PLAYBOOK,
            "amount_minor": 185_000_000,
            "facts": {"source": "exhibition"},
        }
        answer = await connection.send("POST", "/v1/deals", opening, _CALLER + _key())
        deal: str = expect(CREATED, answer).json()["id"]
        return deal


async def is_ready(port: int) -> bool:
    """Whether the API serves and has published the playbook, which it does beside its start."""
    places = ("/readyz", f"/v1/playbooks/{PLAYBOOK}/1")
    return all([await answers_well(LOOPBACK, port, place) for place in places])


async def command(
    connection: Connection, deal: str, verb: str, body: object, key: str | None = None
) -> Answer:
    """Send a command to a deal, as its rep, under that key or one of its own."""
    path = f"/v1/deals/{quote(deal)}/{verb}"
    return await connection.send("POST", path, body, _CALLER + (key or _key()))


async def until_done(connection: Connection, deal: str, body: object) -> None:
    """Record an action, and ask again under the same key while it is accepted and not yet decided.

    Raises:
        BenchmarkFault: it was refused.
    """
    key = _key()
    while True:
        answer = await command(connection, deal, "actions", body, key)
        if answer.status != ACCEPTED:
            expect(OK, answer)
            return
        await asyncio.sleep(_LOOK_AGAIN)


def expect(status: int, answer: Answer) -> Answer:
    """The answer, if it is that one.

    Raises:
        BenchmarkFault: it is another.
    """
    if answer.status != status:
        raise BenchmarkFault(f"{answer.status}: {answer.body.decode(errors='replace')}")
    return answer


def _key() -> str:
    return f"Idempotency-Key: {uuid.uuid4().hex}\r\n"
