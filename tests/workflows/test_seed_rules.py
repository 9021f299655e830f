"""The rules that the process began with, on the playbook that ships, over weeks that are skipped.

Every instant stands here as it would in a calendar on the wall of an office in Shanghai: nothing
of ours computes it. The weeks have weekends and no holidays. A day of work is 09:00 to 18:00.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from deals.events import ClockBreached, RungReached
from playbooks.load import load_playbook, shipped
from tests.workflows.scene import Running, Stage

SHANGHAI = ZoneInfo("Asia/Shanghai")
(SHIPPED,) = (path for path in shipped() if path.stem == "equipment-sales")
SELLING = load_playbook(SHIPPED, year=2027).playbook

SHEET = {"kind": "document", "name": "Sheet", "url": "https://example.com/sheet"}
PERSON = {"name": "Wang Jun", "phone": "+86 21 5555"}
TO_NEGOTIATION: tuple[tuple[str, dict[str, Any]], ...] = (
    ("first-contact", {"contact": PERSON}),
    (
        "needs-confirmed",
        {
            "budget": {"amount_minor": 200_000_000, "currency": "CNY"},
            "need": "Two presses",
            "decision-maker": PERSON,
        },
    ),
    ("quotation", {"quote": SHEET}),
)

FIRM = ("remind", "remind", "escalate", "escalate", "warn", "recycle")
TO = ("owner", "owner", "manager", "director", "owner", "pool")


def march(day: int, hour: int) -> datetime:
    """An instant in March 2027, as clocks in Shanghai show it; the 1st is a Monday."""
    return datetime(2027, 3, day, hour, tzinfo=SHANGHAI)


@dataclass
class Weeks:
    """A deal, and the server that skips from one instant to the next."""

    env: WorkflowEnvironment
    deal: Running

    async def until(self, at: datetime) -> None:
        await self.env.sleep(at - await self.env.get_current_time())

    async def does(self, action: str, **fields: Any) -> None:
        await self.deal.submit("record_action", action=action, **fields)

    async def finish_stage(self, stage: str, facts: dict[str, Any]) -> None:
        """Do everything that a stage asks for, and go on to the next one."""
        (asked,) = (one for one in SELLING.stages if one.id == stage)
        for action in asked.actions:
            if action.required:
                await self.does(action.id, evidence=[SHEET] if action.evidence else [])
                if action.then:
                    await self.does(action.then.id)
        await self.deal.submit("record_facts", facts=facts)
        await self.deal.submit("advance")

    def rungs(self, kind: str, subject: str) -> list[tuple[str, str, datetime]]:
        """What was done, to whom, and when that was due; each fired then and not before."""
        events = self.deal.book.deals[self.deal.id]
        return [
            (event.do, event.to, due(event))
            for event in events
            if isinstance(event, RungReached)
            and (event.clock_kind, event.subject) == (kind, subject)
        ]

    def missed(self, kind: str, subject: str) -> list[datetime]:
        """When clocks were due that were not met."""
        events = self.deal.book.deals[self.deal.id]
        return [
            due(event)
            for event in events
            if isinstance(event, ClockBreached)
            and (event.clock_kind, event.subject) == (kind, subject)
        ]


def due(event: RungReached | ClockBreached) -> datetime:
    """When it was due, without the moment that a request took; it fired then and not before."""
    assert event.occurred_at
    assert timedelta(0) <= event.at - event.occurred_at < timedelta(minutes=1)
    return event.occurred_at.replace(second=0, microsecond=0)


@pytest_asyncio.fixture
async def lead(env: WorkflowEnvironment, skipping: Stage) -> AsyncIterator[Weeks]:
    """An interested customer on Friday, the 5th, at 17:00."""
    await env.sleep(march(5, 17) - await env.get_current_time())
    yield Weeks(env, await skipping.open(SELLING, now=await env.get_current_time()))


@pytest_asyncio.fixture
async def talks(env: WorkflowEnvironment, skipping: Stage) -> AsyncIterator[Weeks]:
    """A deal that comes to negotiation on Thursday, the 4th, at 10:00."""
    await env.sleep(march(4, 10) - await env.get_current_time())
    weeks = Weeks(env, await skipping.open(SELLING, now=await env.get_current_time()))
    for stage, facts in TO_NEGOTIATION:
        await weeks.finish_stage(stage, facts)
    assert (await weeks.deal.view()).stage.id == "negotiation"
    yield weeks


def firm(*instants: datetime) -> list[tuple[str, str, datetime]]:
    """The rungs of the firm ladder at those instants, as many as there are."""
    return [(do, to, at) for do, to, at in zip(FIRM, TO, instants, strict=False)]


async def test_a_customer_whom_nobody_calls_for_three_days_climbs_to_the_pool(lead: Weeks) -> None:
    await lead.until(march(31, 9))

    assert lead.rungs("action", "first-call") == firm(
        march(7, 17), march(8, 17), march(9, 17), march(11, 17), march(14, 17), march(15, 17)
    )
    assert lead.missed("action", "first-call") == [march(8, 17)]
    view = await lead.deal.view()
    assert (view.owner, view.in_pool) == (None, True)


async def test_a_call_within_three_days_is_the_end_of_it(lead: Weeks) -> None:
    await lead.until(march(7, 16))
    await lead.does("first-call")
    await lead.until(march(31, 9))

    assert lead.rungs("action", "first-call") == []
    assert lead.missed("action", "first-call") == []


async def test_a_customer_who_is_called_and_not_met_for_seven_days_climbs_as_well(
    lead: Weeks,
) -> None:
    await lead.until(march(6, 10))
    await lead.does("first-call")
    for day in (9, 11, 15, 17):  # somebody who goes on writing is not idle
        await lead.until(march(day, 10))
        await lead.does("follow-up")
    await lead.until(march(31, 9))

    assert lead.rungs("action", "first-visit") == firm(
        march(11, 17), march(12, 17), march(13, 17), march(15, 17), march(18, 17), march(19, 17)
    )
    assert lead.missed("action", "first-visit") == [march(12, 17)]
    assert (await lead.deal.view()).in_pool


async def test_a_visit_within_seven_days_is_the_end_of_it(lead: Weeks) -> None:
    await lead.does("first-call")
    await lead.until(march(11, 16))
    await lead.does("first-visit")
    await lead.until(march(31, 9))

    assert lead.rungs("action", "first-visit") == []
    assert lead.missed("action", "first-visit") == []


async def test_three_idle_business_days_in_negotiation_raise_a_hand(talks: Weeks) -> None:
    await talks.deal.submit("record_facts", facts={"tender": True})  # not an action
    await talks.until(march(31, 9))

    # Thursday 10:00 and three business days: Tuesday 10:00, past the weekend.
    assert talks.rungs("idle", "negotiation") == firm(
        march(8, 10), march(9, 10), march(10, 10), march(12, 10), march(15, 10), march(16, 10)
    )
    assert talks.missed("idle", "negotiation") == [march(9, 10)]
    assert (await talks.deal.view()).in_pool


async def test_an_action_begins_the_three_days_anew(talks: Weeks) -> None:
    await talks.until(march(5, 18))
    await talks.does("follow-up")  # Friday, as the office closes: three full days from Monday on
    await talks.until(march(12, 9))

    assert talks.rungs("idle", "negotiation") == firm(march(9, 18), march(10, 18), march(11, 18))
    await talks.does("key-talk")
    await talks.until(march(15, 18))
    assert talks.missed("idle", "negotiation") == [march(10, 18)]
    assert len(talks.rungs("idle", "negotiation")) == len(["remind", "remind", "escalate"])


async def test_minutes_are_due_24_hours_after_a_visit_also_on_a_weekend(lead: Weeks) -> None:
    await lead.does("first-call")
    await lead.does("first-visit")  # Friday 17:00
    for day in (9, 12):
        await lead.until(march(day, 10))
        await lead.does("follow-up")
    assert [one.id for one in (await lead.deal.view()).unmet if one.kind == "action"] == [
        "visit-minutes"
    ]

    # The ladder of duties counts working time: two and five business days after Saturday.
    assert lead.rungs("follow_on", "visit-minutes") == [
        ("remind", "owner", march(6, 17)),
        ("escalate", "manager", march(9, 18)),
    ]
    await lead.does("visit-minutes")
    await lead.until(march(16, 9))
    assert len(lead.rungs("follow_on", "visit-minutes")) == len(["remind", "escalate"])
    assert lead.missed("follow_on", "visit-minutes") == [march(6, 17)]


async def test_minutes_within_24_hours_trouble_nobody(lead: Weeks) -> None:
    await lead.does("first-call")
    await lead.does("first-visit")
    await lead.until(march(6, 16))
    await lead.does("visit-minutes")
    await lead.until(march(31, 9))

    assert lead.rungs("follow_on", "visit-minutes") == []
    assert lead.missed("follow_on", "visit-minutes") == []


async def think_about_it(talks: Weeks, **fields: Any) -> None:
    """The talk was had; then the customer says that they will let us know."""
    await talks.does("key-talk")
    await talks.does("meeting-minutes")
    await talks.does("follow-up", note="Let me think about it, they say", **fields)


async def test_two_weeks_of_silence_are_no_longer_silent(talks: Weeks) -> None:
    await think_about_it(talks)
    await talks.until(march(18, 10))

    assert talks.rungs("idle", "negotiation") == firm(
        march(8, 10), march(9, 10), march(10, 10), march(12, 10), march(15, 10), march(16, 10)
    )
    assert (await talks.deal.view()).in_pool


async def test_a_promise_to_ask_in_two_weeks_is_quiet_until_then_and_not_a_day_longer(
    talks: Weeks,
) -> None:
    await think_about_it(talks, next_step={"what": "Ask what they think", "on": "2027-03-18"})
    await talks.until(march(18, 17))
    assert talks.rungs("idle", "negotiation") == []
    assert talks.missed("promise", "next-step") == []

    await talks.until(march(22, 19))
    assert talks.missed("promise", "next-step") == [march(18, 18)]
    assert talks.rungs("promise", "next-step") == [
        ("remind", "owner", march(18, 18)),
        ("escalate", "manager", march(22, 18)),  # two business days later, past the weekend
    ]


async def test_asking_when_it_was_promised_keeps_the_promise(talks: Weeks) -> None:
    await think_about_it(talks, next_step={"what": "Ask what they think", "on": "2027-03-18"})
    await talks.until(march(18, 16))
    await talks.does("follow-up", note="They take it")
    await talks.until(march(19, 9))

    assert talks.rungs("promise", "next-step") == []
    assert talks.missed("promise", "next-step") == []
    assert talks.rungs("idle", "negotiation") == []
