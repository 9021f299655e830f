"""A team in Shanghai and its deals in the shipped process, for briefings."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from deals.clocks import next_deadline
from deals.deal import Actor
from deals.playbook import Playbook
from ledger.people import Person, put_person
from ledger.playbooks import publish_playbook
from ledger.record import Life, record_many
from ledger.session import Ledger
from playbooks.load import load_playbook, shipped
from tests.deals.lives import MONDAY
from tests.ledger.lives import Told

DAY = timedelta(days=1)
SHANGHAI = "Asia/Shanghai"


def equipment_sales() -> Playbook:
    (file,) = (one for one in shipped() if one.stem == "equipment-sales")
    return load_playbook(Path(file), year=2026).playbook


BOOK = equipment_sales()
FRIDAY = MONDAY - 3 * DAY
"""20 November 2026, 09:00 in Shanghai."""

TEAM = (
    Person(id="zhao", name="赵军", role="director", locale="zh"),
    Person(id="wu", name="Wu Lan", role="manager", manager="zhao"),
    Person(id="lin", name="林悦", role="rep", manager="wu", locale="zh-CN"),
    Person(id="chen", name="Chen Bo", role="rep", manager="wu", locale="en"),
)
CHEN = Actor(id="chen", role="rep")


async def find(_playbook: str, _version: int) -> Playbook:
    return BOOK


def deal(
    deal_id: str,
    title: str,
    customer: str,
    owner: str,
    at: datetime,
    amount_minor: int | None,
    **more: Any,
) -> Told:
    """A deal that was just opened."""
    told = Told(BOOK)
    told.now = at
    told.open(
        deal_id, title=title, customer=customer, owner=owner, amount_minor=amount_minor, **more
    )
    return told


def until(told: Told, instant: datetime) -> None:
    """Let time pass from deadline to deadline, as a timer would."""
    while told.now < instant:
        deadline = next_deadline(told.deal) if told.deal else None
        ahead = min(instant, deadline.at if deadline else instant)
        told.wait(seconds=max(ahead - told.now, timedelta()).total_seconds())


def story(owner: str, now: datetime) -> tuple[Told, ...]:
    """Deals of one owner: one neglected, one promised, one with a duty, one fresh, one asking."""
    begin = now - 6 * DAY
    neglected = deal("Dpress", "Two presses", "Wuxi Anda 无锡安达", owner, begin, 1_240_000_00)
    promised = deal("Dline", "Paint line", "Suzhou Jingwei", owner, begin, None)
    duty = deal("Dcell", "Grinding cell", "Kessler, Verpackung; GmbH", owner, now - 3 * DAY, 5_00)
    fresh = deal("Drobot", "机器人 🤖", "宁波海通", owner, now - DAY / 8, 90_000_00)
    asking = deal("Dsaw", "Saw", "Officine Ravelli", owner, now - DAY, None)
    step = {"what": "Send the study", "on": (now - DAY).isoformat()}
    promised.send("record_action", action="first-call", next_step=step)
    duty.send("record_action", action="first-call")
    until(duty, now - 2 * DAY / 3)
    duty.send("record_action", action="first-visit")
    asking.send("override", reason="The plant closes for winter")
    for told in (neglected, promised, duty, fresh, asking):
        until(told, now)
    return neglected, promised, duty, fresh, asking


async def furnish(ledger: Ledger, *lives: Told) -> None:
    """The team, its process, and these lives."""
    for person in TEAM:
        await put_person(ledger, person)
    await publish_playbook(ledger, BOOK, "shipped", now=MONDAY)
    await record_many(ledger, [Life(told.deal.id, told.events) for told in lives if told.deal])
