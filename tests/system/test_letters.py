"""Real mail and webhook servers get the right letters, once, whatever hangs or is killed."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from itertools import cycle
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import Connection, insert, select

from ledger import registers
from ledger.session import Ledger
from letters.sending import HEADER
from letters.timing import STORM
from tests.letters.receivers import (
    LOOPBACK,
    Mailbox,
    Webhook,
    hanging_server,
    mail_server,
    webhook,
)
from tests.system import impatient_worker
from tests.system.callers import Write, eventually, insist, opening, told
from tests.system.installation import Installation, settings_for
from tests.system.loud import Team, hire, mail_of, publish, wish

pytestmark = pytest.mark.asyncio(loop_scope="session")

GATHER_S = 10.0
"""Longer than a record may be late, or a letter goes before the rest of a storm is known."""


@dataclass
class Post:
    """An installation, its mail server, a webhook, and a team that was told nothing yet."""

    installation: Installation
    http: httpx.AsyncClient
    box: Mailbox
    hook: Webhook
    team: Team

    async def open(self, *owners: str) -> list[str]:
        """Open a deal for each, all at once; in three seconds each has an alarm."""
        writes = [opening("loud", owner, title=f"Press {n}") for n, owner in enumerate(owners)]
        answers = await asyncio.gather(*(insist(self.http, write) for write in writes))
        assert all(answer.status_code == httpx.codes.CREATED for answer in answers)
        return [answer.json()["id"] for answer in answers]

    async def deliveries(self, person: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await told(self.http, f"deliveries?person={person}"))[
            "items"
        ]
        return found

    async def ended(self, person: str, count: int) -> list[dict[str, Any]]:
        """The deliveries of a person, once there are so many and all have ended."""
        return await eventually(
            lambda: self.deliveries(person),
            lambda found: len(found) >= count and all(one["ended_at"] for one in found),
        )

    def mails(self, person: str) -> list[EmailMessage]:
        return self.box.to(mail_of(person))

    async def escalated(self, deals: Iterable[str]) -> None:
        """Wait until the last rung of each deal is in the ledger."""
        for deal in deals:
            await eventually(
                lambda: told(self.http, f"escalations?deal={deal}&do=escalate"),  # noqa: B023 - asked at once
                lambda found: bool(found["items"]),
            )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def servers() -> AsyncIterator[tuple[Mailbox, Webhook]]:
    async with mail_server() as box, webhook() as hook:
        yield box, hook


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def installation(
    servers: tuple[Mailbox, Webhook], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    """One that mails to the box."""
    settings = settings_for(
        tmp_path_factory.mktemp("installation"),
        mail_url=f"mailto://{LOOPBACK}:{servers[0].port}?from=Dealpace<no-reply@example.com>",
        gather_seconds=GATHER_S,
    )
    async with Installation(settings) as installation:
        async with installation.http() as http:
            await publish(http)
        yield installation


@pytest_asyncio.fixture(loop_scope="session")
async def post(
    installation: Installation, servers: tuple[Mailbox, Webhook], http: httpx.AsyncClient
) -> AsyncIterator[Post]:
    """With receivers that have nothing yet."""
    box, hook = servers
    box.mails.clear()
    hook.calls.clear()
    yield Post(installation, http, box, hook, await hire(http))
    hook.open.set()


async def test_several_alarms_are_one_letter_for_each_in_their_own_language(post: Post) -> None:
    manager, chinese, english = post.team.manager, post.team.chinese, post.team.english
    await wish(post.http, chinese, "mail")
    await wish(post.http, manager, post.hook.address(), "mail")
    deals = await post.open(chinese, chinese, chinese, english, english)
    ended = [*await post.ended(chinese, 1), *await post.ended(manager, 2)]

    (mail,) = post.mails(chinese)
    assert mail["Subject"].startswith("3 件事待您处理。已逾期：首次致电，Press ")
    body = mail.get_content()
    assert "请完成并记录" in body
    assert all(f"商机 {deal}" in body for deal in deals[:3])
    (call,) = post.hook.calls
    assert call.body["title"].startswith("5 matters need you. Escalated to you: First call, Press ")
    assert "Owner: 梅琳." in call.body["message"]
    assert "Owner: Tom Reed." in call.body["message"]
    (copy,) = post.mails(manager)
    assert copy["Subject"] == call.body["title"]
    assert {one["status"] for one in ended} == {"sent"}
    assert {one["attempts"] for one in ended} == {1}
    assert len(ended) == 3
    named = {mail[HEADER], copy[HEADER], call.body["delivery"]}
    assert named == {one["id"] for one in ended}
    assert post.mails(english) == []  # who chose no channel
    letters = (await told(post.http, f"letters?person={english}"))["items"]
    assert [letter["subject"].split(".")[0] for letter in letters] == ["2 matters need you"]


async def test_in_quiet_hours_nothing_comes_and_afterwards_all_of_it(post: Post) -> None:
    manager, english = post.team.manager, post.team.english
    now = datetime.now(UTC)
    quiet = {
        "quiet_from": f"{now - timedelta(hours=2):%H:%M}",
        "quiet_to": f"{now + timedelta(hours=2):%H:%M}",
    }
    await wish(post.http, english, "mail", **quiet)
    await wish(post.http, manager, post.hook.address())
    await post.escalated(await post.open(english, english))
    await post.ended(manager, 1)
    assert post.mails(english) == []

    await wish(post.http, english, "mail")
    await post.ended(english, 1)
    (mail,) = post.mails(english)
    assert mail["Subject"].startswith("2 matters need you. Overdue: First call, Press ")


async def test_a_digest_comes_at_its_time_with_everything_since(post: Post) -> None:
    english = post.team.english
    at = (datetime.now(UTC) + timedelta(seconds=80)).replace(second=0, microsecond=0)
    await wish(post.http, english, "mail", digest=True, digest_at=f"{at:%H:%M}")
    for _ in range(2):
        await post.escalated(await post.open(english))
    (delivery,) = await post.ended(english, 1)
    assert datetime.fromisoformat(delivery["queued_at"]) >= at
    (mail,) = post.mails(english)
    assert mail["Subject"].startswith("2 matters need you.")


async def test_a_worker_killed_in_mid_delivery_leaves_one_delivery_that_is_sent(
    post: Post,
) -> None:
    manager, chinese, english = post.team.manager, post.team.chinese, post.team.english
    await wish(post.http, english, post.hook.address(), "mail")
    await wish(post.http, manager, "mail")
    post.hook.open.clear()
    await post.open(english, chinese)
    await eventually(lambda: asyncio.sleep(0, post.hook.calls), bool)
    await post.installation.kill("worker")
    post.hook.open.set()
    await post.installation.start("worker")

    found = [*await post.ended(english, 2), *await post.ended(manager, 1)]
    assert [one["status"] for one in found] == ["sent"] * 3
    assert len(found) == 3
    assert {call.body["delivery"] for call in post.hook.calls} == {
        one["id"] for one in found if one["channel"].startswith("json")
    }
    assert len(post.hook.calls) >= 2
    for person in (english, manager):
        mails = post.mails(person)
        assert mails
        assert {mail[HEADER] for mail in mails} == {
            one["id"] for one in found if (one["person"], one["channel"]) == (person, "mail")
        }


async def test_a_mail_server_that_hangs_is_a_recorded_failure_and_delays_nobody(
    post: Post,
) -> None:
    manager, english = post.team.manager, post.team.english
    await post.installation.stop("worker")
    await post.installation.start("worker", impatient_worker.MODULE)
    try:
        async with AsyncExitStack() as stack:
            port = await stack.enter_async_context(hanging_server())
            dead = f"mailto://{LOOPBACK}:{port}?from=a@example.com&to=a@example.com"
            await wish(post.http, english, dead, post.hook.address())
            await wish(post.http, manager, "mail")
            await post.open(english)
            await eventually(lambda: asyncio.sleep(0, post.hook.calls), bool)
            await eventually(lambda: asyncio.sleep(0, post.mails(manager)), bool)
            hung, sent = await post.ended(english, 2)
    finally:
        await post.installation.stop("worker")
        await post.installation.start("worker")
    assert (hung["status"], hung["attempts"]) == ("failed", 2)
    assert "timed out" in hung["why"]
    assert (sent["status"], sent["attempts"]) == ("sent", 1)
    assert sent["ended_at"] < hung["ended_at"]


async def test_a_letter_that_tries_the_channels_comes_at_once(post: Post) -> None:
    chinese = post.team.chinese
    quiet = {"quiet_from": "00:00", "quiet_to": "23:59"}
    await wish(post.http, chinese, "mail", post.hook.address(), **quiet)
    answer = await post.http.post(f"/v1/people/{chinese}/notifications/test")
    assert answer.status_code == httpx.codes.CREATED
    await post.ended(chinese, 2)
    (mail,) = post.mails(chinese)
    assert mail["Subject"] == "Dealpace 测试消息"
    assert post.hook.calls[0].body["kind"] == "test"


THOUSAND = 1_000
CALLERS = 16


@pytest.mark.timeout(500)
async def test_a_thousand_reminders_at_one_instant_all_arrive_and_their_manager_has_one_letter(
    post: Post, ledger: Ledger
) -> None:
    manager = post.team.manager
    reps = [f"rep-{uuid4().hex[:8]}-{n}" for n in range(THOUSAND)]
    await ledger.write(employ, manager, reps, post.hook.address())
    await wish(post.http, manager, "mail")
    hired = f"/v1/people/{reps[-1]}/notifications"
    await eventually(lambda: post.http.get(hired), lambda answer: answer.is_success)
    at = datetime.now(UTC) + timedelta(seconds=90)
    left = list(reps)
    await asyncio.gather(*(promise(post, left, at) for _ in range(CALLERS)))
    assert datetime.now(UTC) < at

    sent = await eventually(
        lambda: sent_to(ledger, reps), lambda sent: len(sent) == THOUSAND, within=300
    )
    assert set(sent) == set(reps)
    by_mail = {mail[HEADER] for mail in post.box.mails if mail["To"] != mail_of(manager)}
    by_hook = {call.body["delivery"] for call in post.hook.calls}
    assert by_mail | by_hook == set(sent.values())
    assert min(len(by_mail), len(by_hook)) == THOUSAND // 2
    (letter,) = (await told(post.http, f"letters?person={manager}"))["items"]
    assert int(letter["subject"].split()[0]) > STORM


def employ(connection: Connection, manager: str, reps: list[str], hook: str) -> None:
    """Many reps; every other one is told by mail, the others by the webhook."""
    row = {"role": "rep", "manager": manager}
    people = [row | {"id": one, "name": one, "email": mail_of(one)} for one in reps]
    connection.execute(insert(registers.people), people)
    told_on = [
        {"id": f"C{one}", "person": one, "place": 0, "address": address, "shown": "shown"}
        for one, address in zip(reps, cycle(("mail", hook)), strict=False)
    ]
    connection.execute(insert(registers.channels), told_on)


async def promise(post: Post, left: list[str], at: datetime) -> None:
    """Open a deal for each of those who are left, and promise its next step at that instant."""
    while left:
        answer = await insist(post.http, opening("punctual", left.pop()))
        assert answer.is_success, answer.text
        step = {"what": "call", "on": at.isoformat()}
        body = {"action": "visit", "next_step": step}
        done = await insist(post.http, Write(f"deals/{answer.json()['id']}/actions", body))
        assert done.is_success, done.text


async def sent_to(ledger: Ledger, people: list[str]) -> dict[str, str]:
    """The delivery that was sent to each of them; there may be no other."""
    rows = registers.deliveries.c
    found = await ledger.rows(select(rows.person, rows.id, rows.status))
    wanted = set(people)
    theirs = [row for row in found if row["person"] in wanted]
    assert len(theirs) == len({row["person"] for row in theirs})
    return {row["person"]: row["id"] for row in theirs if row["status"] == "sent"}
