"""Whoever speaks to the API: one request, and one that is sent again until it is acknowledged."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from uuid import uuid4

import httpx

from tests.system import hasty

SENT_AGAIN_AFTER_S: Final = 0.1
TOLD_WITHIN_S: Final = 90.0
"""A choice: far more than a busy machine needs, and less than the shortest limit of a test."""

BOOKS: Final = 3
"""Playbooks to work by: the two that ship, and the hasty one."""

AnswerT = TypeVar("AnswerT")


@dataclass
class Write:
    """A command as a client sends it, and what came back.

    Attributes:
        path: below /v1.
        answers: every response, in order; a connection that broke gave none.
        attempts: how often it was sent.
    """

    path: str
    body: Mapping[str, Any]
    key: str = field(default_factory=lambda: uuid4().hex)
    headers: Mapping[str, str] = field(default_factory=dict)
    answers: list[httpx.Response] = field(default_factory=list)
    attempts: int = 0

    @property
    def status(self) -> int:
        """What the last answer said; 0 without any."""
        return self.answers[-1].status_code if self.answers else 0


async def send(http: httpx.AsyncClient, write: Write) -> httpx.Response:
    """Send once."""
    write.attempts += 1
    headers = {**write.headers, "Idempotency-Key": write.key}
    response = await http.post(f"/v1/{write.path}", json=write.body, headers=headers)
    write.answers.append(response)
    return response


async def insist(http: httpx.AsyncClient, write: Write) -> httpx.Response:
    """Send until it is answered for good: the way every client of a write is meant to go."""
    while True:
        try:
            response = await send(http, write)
        except httpx.TransportError:
            response = None
        if response is not None and response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            return response
        await asyncio.sleep(SENT_AGAIN_AFTER_S)


async def told(http: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """What a read answers; it has to be 200."""
    response = await http.get(f"/v1/{path}")
    assert response.status_code == httpx.codes.OK, response.text
    found: dict[str, Any] = response.json()
    return found


async def eventually(
    ask: Callable[[], Awaitable[AnswerT]],
    fits: Callable[[AnswerT], bool],
    *,
    within: float = TOLD_WITHIN_S,
) -> AnswerT:
    """Ask until the answer fits; so many clock seconds at most."""
    async with asyncio.timeout(within):
        while not fits(answer := await ask()):  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(SENT_AGAIN_AFTER_S)
    return answer


async def timeline(http: httpx.AsyncClient, deal_id: str) -> list[dict[str, Any]]:
    """A deal's events, oldest first, page by page."""
    return [event async for event in _pages(http, f"deals/{deal_id}/timeline")]


async def _pages(http: httpx.AsyncClient, path: str) -> AsyncIterator[dict[str, Any]]:
    cursor: str | None = "0"
    while cursor is not None:
        page = await told(http, f"{path}?cursor={cursor}")
        for item in page["items"]:
            yield item
        cursor = page["next_cursor"]


async def hire(http: httpx.AsyncClient) -> None:
    """Everybody, and the playbook they work by."""
    for person, described in hasty.PEOPLE.items():
        response = await http.put(f"/v1/people/{person}", json=described)
        assert response.is_success, response.text
    published = await http.post(
        "/v1/playbooks", content=hasty.TEXT, headers={"Content-Type": "application/yaml"}
    )
    assert published.is_success, published.text
    await eventually(lambda: told(http, "playbooks"), lambda found: len(found["items"]) >= BOOKS)


def opening(playbook: str = "short-pipeline", owner: str = "lin", **more: Any) -> Write:
    """A new deal; on the shipped playbook nothing is due within a test."""
    body = {"title": "Press line", "customer": "Northwind", "owner": owner, "playbook": playbook}
    return Write("deals", body | more)


async def opened(http: httpx.AsyncClient, playbook: str = "short-pipeline") -> str:
    """The id of a new deal."""
    response = await insist(http, opening(playbook))
    assert response.status_code == httpx.codes.CREATED, response.text
    return str(response.json()["id"])


DOCUMENT: Final = {"kind": "document", "name": "Paper", "url": "https://files.example.com/1.pdf"}
BUYER: Final = {"name": "Director Gao", "role": "decides"}

FACTS: Final[dict[str, Any]] = {
    "source": "referral",
    "contact": BUYER,
    "budget": {"amount_minor": 120_000_000, "currency": "CNY"},
    "need": "two shifts",
    "decision-maker": BUYER,
    "quote": DOCUMENT,
    "key-talk-minutes": DOCUMENT,
    "signed-contract": DOCUMENT,
}
"""What the gates of the shipped short pipeline ask for."""


async def win(http: httpx.AsyncClient, deal_id: str) -> None:
    """Take a deal on the short pipeline from its first stage to the signature."""
    view = await told(http, f"deals/{deal_id}")
    while view["status"] != "won":
        response = await insist(http, Write(f"deals/{deal_id}/{_next(view)[0]}", _next(view)[1]))
        assert response.status_code == httpx.codes.OK, response.text
        view = response.json()


def _next(view: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """What the gate lacks first, else through it: where to send what."""
    for lacking in view["unmet"]:
        if lacking["kind"] == "action":
            return "actions", {"action": lacking["id"], "evidence": [DOCUMENT]}
        return "facts", {lacking["id"]: FACTS[lacking["id"]]}
    if view["stage"]["id"] == "closing":
        return "close", {"outcome": "won", "amount_minor": 120_000_000}
    return "advance", {}
