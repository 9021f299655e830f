"""Alerts that are followed by an action, those that are not, and rules that nobody acts on."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from deals.own_time import Away, OwnTime
from deals.playbook import Playbook
from ledger.people import Person, put_person
from ledger.playbooks import publish_playbook
from ledger.record import Life, record_many
from ledger.session import Ledger
from reports.alerts import AlertFigures, RuleFigures, alerts, report
from reports.cases import Books
from reports.estimators import ratio
from reports.filters import Filters, UnknownFilter
from reports.period import Window, window
from tests.deals.lives import MONDAY
from tests.ledger.lives import BOOK, PEOPLE, VERSIONS, Told, opened, random_life
from tests.reports import brute_force

LATER = MONDAY + timedelta(days=400)
ALWAYS = Filters(Window(None, None, LATER))


def _answering() -> Playbook:
    body = BOOK.model_dump(mode="json", by_alias=True)
    for stage in body["stages"]:
        for rule in (stage["idle"], *stage["actions"]):
            if rule:
                rule["answer_within"] = "2bd" if rule is stage["idle"] else "90m"
    return Playbook.model_validate(body)


ANSWERING = _answering()
"""The small process, with windows of its own for some rules."""


async def find(_playbook: str, _version: int) -> Playbook:
    return BOOK


async def find_answering(_playbook: str, _version: int) -> Playbook:
    return ANSWERING


async def recorded(ledger: Ledger, *lives: Told) -> Ledger:
    """The ledger with these lives in it."""
    told = [(one.deal.id, one.events) for one in lives if one.deal]
    await record_many(ledger, [Life(deal_id, events) for deal_id, events in told])
    return ledger


def shown(rules: Iterable[RuleFigures]) -> dict[tuple[str, ...], dict[str, Any]]:
    """Figures by rule, as the brute force gives them."""
    names = set(AlertFigures.model_fields)
    names -= {"followed_low", "followed_high", "ignored", "complete"}
    return {
        tuple(rule.rule.split("/")): {name: getattr(rule, name) for name in names} for rule in rules
    }


@pytest.mark.parametrize("days", [3, 8, 20, 400])
async def test_figures_are_those_of_a_brute_force(ledger: Ledger, days: int) -> None:
    lives = [random_life(seed, steps=60, repins=False) for seed in range(60)]
    await recorded(ledger, *lives)
    as_of = MONDAY + timedelta(days=days)
    for book, finder in ((BOOK, find), (ANSWERING, find_answering)):
        seen = [one for life in lives for one in brute_force.alerts(book, life.events, as_of)]
        found = await report(ledger, Filters(Window(None, None, as_of)), finder)
        assert shown(found.rules) == brute_force.figures(seen)
        assert found.total.alerts_n == len(seen)
        assert found.total.followed_n == sum(one.hours is not None for one in seen)
    assert days < 8 or all(
        sum(getattr(rule, name) for rule in found.rules) > 0
        for name in ("watched_n", "followed_n", "acknowledged_n")
    )


async def test_filters_select_by_the_owner_at_the_due_instant(ledger: Ledger) -> None:
    lives = [random_life(seed, steps=60, repins=False) for seed in range(30)]
    await recorded(ledger, *lives)
    seen = [one for life in lives for one in brute_force.alerts(BOOK, life.events, LATER)]
    since, until = MONDAY + timedelta(days=4), MONDAY + timedelta(days=15)
    inside = Window(since, until, LATER)
    for name in ("owner", "team"):
        for value in ("lin", "chen") if name == "owner" else ("east", "west"):
            wanted = [one for one in seen if getattr(one, name) == value]
            wanted = [one for one in wanted if since <= one.at < until]
            of_owner, of_team = (value, None) if name == "owner" else (None, value)
            filters = Filters(inside, owner=of_owner, team=of_team)
            found = await report(ledger, filters, find)
            assert wanted
            assert shown(found.rules) == brute_force.figures(wanted)


def neglected(deal_id: str = "D1", **opening: Any) -> Told:
    """A deal that nobody calls: it is reminded on the second day and on the third."""
    told = opened(deal_id, **opening)
    for _ in range(30):
        told.wait(hours=2)
    return told


async def test_a_version_is_that_in_force_when_the_alert_was_sent(ledger: Ledger) -> None:
    told = opened()
    told.wait(days=2, hours=1)  # reminded of the call by version 1
    told.send("repin", by=PEOPLE[2], version=2, terms=VERSIONS[1], reason="a pilot")
    told.wait(days=20)
    for book in VERSIONS:
        await publish_playbook(ledger, book, "text", now=MONDAY)
    await recorded(ledger, told)

    async def told_of(**asked: Any) -> int:
        asking = Filters(Window(None, None, LATER), **asked)
        return (await report(ledger, asking, Books(ledger).find)).total.alerts_n

    moved = next(one.seq for one in told.events if one.kind == "playbook_changed")
    rungs = [one.seq for one in told.events if one.kind == "rung_reached"]
    before = sum(seq < moved for seq in rungs)
    assert 0 < before < len(rungs)
    assert await told_of(playbook="small@1") == before
    assert await told_of(playbook="small@2") == len(rungs) - before
    assert await told_of(playbook="small") == len(rungs)


async def of_calls(ledger: Ledger, as_of: datetime) -> dict[str, RuleFigures]:
    """What became of the alerts of the call, by measure and post."""
    found = await report(ledger, Filters(Window(None, None, as_of)), find)
    return {f"{one.do} {one.to}": one for one in found.rules if one.subject == "call"}


async def test_an_action_in_the_window_follows_an_alert(ledger: Ledger) -> None:
    told = neglected()  # 60 h old; the call was due 12 h from now, the reminder came 12 h ago
    told.send("record_action", action="call")
    await recorded(ledger, told)
    (reminded,) = (await of_calls(ledger, LATER)).values()
    assert (reminded.alerts_n, reminded.watched_n, reminded.followed_n) == (1, 1, 1)
    assert reminded.followed_p50_hours == 12
    assert (reminded.followed_low, reminded.followed_high) == ratio(1, 1)[1:]


async def test_an_alert_is_not_judged_before_its_window_is_over(ledger: Ledger) -> None:
    told = neglected()
    told.send("record_action", action="call")
    await recorded(ledger, told)
    fired = MONDAY + timedelta(days=2)
    for as_of, watched in ((timedelta(hours=23), 0), (timedelta(hours=24), 1)):
        one = (await of_calls(ledger, fired + as_of))["remind owner"]
        assert (one.alerts_n, one.watched_n, one.followed_n) == (1, watched, watched)
    assert (await of_calls(ledger, fired - timedelta(hours=1))) == {}


async def test_what_moves_nothing_follows_nothing_but_the_alert_that_asks_for_it(
    ledger: Ledger,
) -> None:
    told = neglected()
    told.send("record_action", action="mail")
    await recorded(ledger, told)
    assert (await of_calls(ledger, LATER))["remind owner"].followed_n == 0
    other = opened("D2")
    for action in ("call", "visit"):
        other.send("record_action", action=action)
    other.wait(hours=1)
    other.send("record_action", action="minutes")  # which move nothing, in time: no alert
    late = opened("D3")
    for action in ("call", "visit"):
        late.send("record_action", action=action)
    late.wait(hours=25)
    late.wait(hours=1)
    late.send("record_action", action="minutes")
    await recorded(ledger, other, late)
    found = await report(ledger, ALWAYS, find)
    (minutes,) = [one for one in found.rules if one.kind == "follow_on"]
    assert (minutes.alerts_n, minutes.followed_n) == (1, 1)


async def test_the_next_rung_ends_what_the_one_before_can_claim(ledger: Ledger) -> None:
    told = neglected()
    told.wait(hours=12)
    told.wait(hours=1)  # the reminder at the due instant came an hour ago
    told.send("record_action", action="call")
    await recorded(ledger, told)
    one = (await of_calls(ledger, LATER))["remind owner"]
    assert (one.alerts_n, one.watched_n, one.followed_n, one.followed_p50_hours) == (2, 2, 1, 1)


async def test_an_acknowledgement_alone_is_told_apart(ledger: Ledger) -> None:
    both = []
    for deal_id in ("D1", "D2"):
        told = neglected(deal_id)
        assert told.deal
        raised = next(one for one in told.deal.escalations if one.subject == "call")
        told.send("acknowledge", escalation=raised.id, note="tomorrow")
        both.append(told)
    both[1].wait(hours=1)
    both[1].send("record_action", action="call")
    await recorded(ledger, *both)
    one = (await of_calls(ledger, LATER))["remind owner"]
    assert (one.watched_n, one.followed_n, one.acknowledged_n) == (2, 1, 1)


async def test_a_rule_that_nobody_acts_on_is_named_from_twenty_alerts_on(ledger: Ledger) -> None:
    await recorded(ledger, *(neglected(f"D{n}") for n in range(19)))
    assert not (await of_calls(ledger, LATER))["remind owner"].ignored
    await recorded(ledger, neglected("D19"))
    one = (await of_calls(ledger, LATER))["remind owner"]
    assert (one.watched_n, one.ignored) == (20, True)
    followed = neglected("D20")
    followed.send("record_action", action="call")
    await recorded(ledger, followed)
    one = (await of_calls(ledger, LATER))["remind owner"]
    assert one.followed_high is not None
    assert (one.followed_n, one.followed_high > 0.2, one.ignored) == (1, True, False)


async def test_the_window_is_the_playbooks_by_its_calendar(ledger: Ledger) -> None:
    told = neglected()
    told.send("record_action", action="call")  # 12 h after the reminder
    await recorded(ledger, told)
    found = await alerts(ledger, ALWAYS, find_answering)
    (call,) = [one for one in found if one.rule.subject == "call"]
    assert call.answer_by == call.at + timedelta(minutes=90)
    assert (call.watched, call.followed_at) == (True, None)
    scaled = ANSWERING.calendar.model_copy(update={"scale": 60})

    async def quick(_playbook: str, _version: int) -> Playbook:
        return ANSWERING.model_copy(update={"calendar": scaled})

    (call,) = [one for one in await alerts(ledger, ALWAYS, quick) if one.rule.subject == "call"]
    assert call.answer_by == call.at + timedelta(seconds=90)


async def test_a_window_in_working_time_counts_the_owners_own_hours(ledger: Ledger) -> None:
    tuesday_off = OwnTime(away=(Away(first_on=date(2026, 12, 1), last_on=date(2026, 12, 1)),))
    lives = [opened("D1"), opened("D2", own=tuesday_off)]
    for told in lives:
        told.wait(days=7, hours=1)
    await recorded(ledger, *lives)
    found = await alerts(ledger, ALWAYS, find_answering)
    fired = MONDAY + timedelta(days=7, hours=1)
    ends = {one.deal_id: one.answer_by for one in found if one.rule.kind == "idle"}
    assert ends == {"D1": fired + timedelta(days=2), "D2": fired + timedelta(days=3)}


async def test_the_pool_and_former_owners_answer_for_what_was_theirs(ledger: Ledger) -> None:
    told = opened("D1", owner="lin", team="east")
    for _ in range(20):
        told.wait(days=1)
    assert told.deal
    assert told.deal.in_pool
    told.send("claim", by=PEOPLE[1], team="south")
    await recorded(ledger, told)
    of_lin = await alerts(ledger, replace(ALWAYS, owner="lin"), find)
    assert {one.rule.do for one in of_lin} == {"remind", "escalate", "warn", "recycle"}
    assert {one.team for one in of_lin} == {"east"}
    assert await alerts(ledger, replace(ALWAYS, owner="chen"), find) == ()


async def test_stages_come_in_the_playbooks_order(ledger: Ledger) -> None:
    await recorded(ledger, *(random_life(seed, steps=60, repins=False) for seed in range(40)))
    found = await report(ledger, ALWAYS, find)
    keys = [
        (BOOK.position(one.stage), one.kind, one.subject, one.do, one.to) for one in found.rules
    ]
    assert keys == sorted(keys)
    assert {place for place, *_ in keys} == {0, 1, 2}


async def test_nothing_in_the_window_is_a_report_of_nothing(ledger: Ledger) -> None:
    await recorded(ledger, neglected())
    nothing = window(date(2020, 1, 1), date(2020, 1, 1), time_zone="UTC", as_of=LATER)
    found = await report(ledger, Filters(nothing), find)
    assert found.rules == ()
    assert found.total.model_dump() == {
        "alerts_n": 0,
        "watched_n": 0,
        "followed_n": 0,
        "followed_ratio": None,
        "followed_low": None,
        "followed_high": None,
        "followed_p50_hours": None,
        "acknowledged_n": 0,
        "ignored": False,
        "complete": True,
    }


async def test_a_filter_nobody_has_heard_of_is_refused(ledger: Ledger) -> None:
    await recorded(ledger, neglected(source="web"))
    await publish_playbook(ledger, BOOK, "", now=datetime.now(UTC))
    await put_person(ledger, Person(id="new", name="New", role="rep", team="north"))
    known: dict[str, tuple[str, ...]] = {
        "owner": ("lin", "new"),
        "team": ("east", "north"),
        "source": ("web",),
        "playbook": ("small", "small@1"),
    }

    async def asked(name: str, value: str) -> None:
        fields: dict[str, Any] = {name: value}
        await report(ledger, replace(ALWAYS, **fields), find)

    for name, values in known.items():
        for value in values:
            await asked(name, value)
        for value in ("nobody", "SMALL@", "small@2", ""):
            with pytest.raises(UnknownFilter) as refused:
                await asked(name, value)
            assert (refused.value.name, refused.value.value) == (name, value)
    assert (await report(ledger, replace(ALWAYS, owner="new"), find)).total.alerts_n == 0
