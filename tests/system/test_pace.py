"""Many deals at once: due while nobody works, beside a broken one, at one moment."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from ledger import registers
from ledger.session import Ledger
from tests.system import loud
from tests.system.broken_worker import MODULE, UNLUCKY
from tests.system.callers import (
    Write,
    eventually,
    insist,
    opened,
    opening,
    send,
    timeline,
    told,
    win,
)
from tests.system.installation import Installation

pytestmark = pytest.mark.asyncio(loop_scope="session")

MANY = 24
RUNGS = ["remind", "escalate"]
"""Of the ladders in `loud`, due at once and a second later."""


async def test_rungs_that_were_due_while_nobody_worked_are_reached_once_with_both_instants(
    installation: Installation, http: httpx.AsyncClient, ledger: Ledger
) -> None:
    await loud.publish(http)
    team = await loud.hire(http)
    deals = [await deal_of(http, team.english) for _ in range(MANY)]
    first = datetime.now(UTC) + timedelta(seconds=6)
    due = {deal: first + timedelta(seconds=number / 4) for number, deal in enumerate(deals)}
    for deal, at in due.items():
        await promise(http, deal, at)
    in_time, *late = deals
    assert datetime.now(UTC) < due[in_time]
    await installation.kill("worker")

    kept_by = Write(f"deals/{in_time}/actions", {"action": "visit"})
    assert (await send(http, kept_by)).status_code == httpx.codes.ACCEPTED
    assert datetime.now(UTC) < due[in_time]
    await asyncio.sleep((due[late[-1]] + timedelta(seconds=2) - datetime.now(UTC)).total_seconds())
    back_at = datetime.now(UTC)
    await installation.start("worker")

    for deal in late:
        reached = await rungs_of(http, deal)
        assert [one["do"] for one in reached] == RUNGS
        assert [instant(one, "due_at") for one in reached] == [due[deal]] * 2
        assert [instant(one, "rung_at") - due[deal] for one in reached] == [
            timedelta(0),
            timedelta(seconds=1),
        ]
        assert all(instant(one, "at") >= back_at for one in reached)
    done = await eventually(lambda: timeline(http, in_time), lambda said: has(said, kept_by))
    assert not any(event["kind"] == "clock_breached" for event in done)
    assert (await told(http, f"escalations?deal={in_time}"))["items"] == []
    assert await told_of(ledger, team.english, late) == dict.fromkeys(late, 1)
    assert await installation.audited() == []


async def test_a_deal_that_fails_for_good_holds_back_no_other(
    installation: Installation, http: httpx.AsyncClient
) -> None:
    await loud.publish(http)
    team = await loud.hire(http)
    await installation.stop("worker")
    await installation.start("worker", MODULE, "courier-of-one-dies")
    titles = [UNLUCKY if number % 5 == 0 else "Press" for number in range(20)]
    deals = [await deal_of(http, team.english, "loud", title=title) for title in titles]
    broken = deals[::5]

    for deal in deals:
        if deal not in broken:
            assert [one["do"] for one in await rungs_of(http, deal)] == RUNGS
    for deal in broken:
        assert (await told(http, f"escalations?deal={deal}"))["items"] == []

    await installation.stop("worker")
    await installation.start("worker")
    for deal in broken:
        assert [one["do"] for one in await rungs_of(http, deal)] == RUNGS


async def test_two_deals_of_one_customer_won_at_one_moment_do_not_disturb_each_other(
    installation: Installation, http: httpx.AsyncClient
) -> None:
    deals = [await opened(http) for _ in range(2)]
    await asyncio.gather(*(win(http, deal) for deal in deals))

    for deal in deals:
        said = await eventually(
            lambda: timeline(http, deal),  # noqa: B023 - asked at once
            lambda said: any(event["kind"] == "deal_won" for event in said),
        )
        assert [event["seq"] for event in said] == list(range(1, len(said) + 1))
        assert sum(event["kind"] == "deal_won" for event in said) == 1
        assert (await told(http, f"deals/{deal}"))["status"] == "won"
    assert await installation.audited() == []


SLEEPY = """
playbook: sleepy
version: {version}
name: Sleepy
calendar: {{time_zone: UTC, hours: {{{day}: "00:00-24:00"}}, scale: 3600}}
currency: CNY
stages:
  - id: contact
    name: First contact
    idle: {{limit: 1bh}}
ladders:
  default:
    - {{at: "0s", to: owner, do: remind}}
    - {{at: "+1bh", to: manager, do: escalate}}
"""
"""Open on one day a week, which is days away: until then nothing is due."""


async def test_a_rule_that_becomes_due_for_many_idle_deals_at_once_is_one_letter_for_each_person(
    http: httpx.AsyncClient,
) -> None:
    team = await loud.hire(http)
    version = uuid4().int % 10**6 + 1
    day = f"{datetime.now(UTC) + timedelta(days=3):%a}".lower()
    text = SLEEPY.format(version=version, day=day)
    published = await http.post(
        "/v1/playbooks", content=text, headers={"Content-Type": "application/yaml"}
    )
    assert published.is_success, published.text
    deals = [await deal_of(http, team.english, "sleepy") for _ in range(MANY)]

    begun = await insist(
        http,
        Write(
            "recalendars",
            {
                "reason": "We never close",
                "playbook": {"id": "sleepy"},
                "calendar": {"time_zone": "UTC", "hours": "around-the-clock"},
            },
        ),
    )
    assert begun.status_code == httpx.codes.CREATED, begun.text
    run = f"recalendars/{begun.json()['id']}"
    done = await eventually(lambda: told(http, run), lambda run: run["status"] == "done")
    assert done["counts"] == {"total": MANY, "told": MANY, "refused": 0}

    for deal in deals:
        assert [one["do"] for one in await rungs_of(http, deal)] == RUNGS
    for person in (team.english, team.manager):
        (letter,) = await eventually(
            lambda: letters_to(http, person),  # noqa: B023 - asked at once
            bool,
        )
        assert letter["subject"].startswith(f"{MANY} matters need you.")


async def letters_to(http: httpx.AsyncClient, person: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await told(http, f"letters?person={person}"))["items"]
    return found


async def deal_of(
    http: httpx.AsyncClient, owner: str, playbook: str = "punctual", **more: Any
) -> str:
    answer = await insist(http, opening(playbook, owner, **more))
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return str(answer.json()["id"])


async def promise(http: httpx.AsyncClient, deal: str, at: datetime) -> None:
    """Promise the next step of a deal at that instant."""
    step = {"what": "call", "on": at.isoformat()}
    body = {"action": "visit", "next_step": step}
    done = await insist(http, Write(f"deals/{deal}/actions", body))
    assert done.status_code == httpx.codes.OK, done.text


async def rungs_of(http: httpx.AsyncClient, deal: str) -> list[dict[str, Any]]:
    """The rungs a deal has reached, as they were due, once all are in the ledger."""
    found = await eventually(
        lambda: told(http, f"escalations?deal={deal}"),
        lambda found: len(found["items"]) >= len(RUNGS),
    )
    return sorted(found["items"], key=lambda one: str(one["rung_at"]))


def has(said: Iterable[Mapping[str, Any]], write: Write) -> bool:
    return any(event["command_id"] == write.key for event in said)


def instant(row: Mapping[str, Any], name: str) -> datetime:
    return datetime.fromisoformat(row[name])


async def told_of(ledger: Ledger, person: str, deals: Iterable[str]) -> dict[str, int]:
    """How often a person is told of each deal."""
    rows = registers.notices.c
    found = await ledger.rows(select(rows.deal_id).where(rows.person == person))
    mine = [row["deal_id"] for row in found]
    return {deal: mine.count(deal) for deal in deals}
