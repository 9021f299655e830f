"""The laws of the core: they hold for every life of a deal, whatever is sent and whenever."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deals.calendar import CalendarSpec, resolve
from deals.clocks import armed, next_deadline
from deals.commands import SENT, Command, PassTime
from deals.deal import Deal
from deals.decide import decide
from deals.events import EVENT
from deals.evolve import fold
from deals.refusals import Refused
from deals.view import DealView, view
from tests.deals.lives import DOCUMENT, MANAGER, NEWER, REP, Life, playbook

ZONES: dict[str, dict[str, Any]] = {
    "Shanghai's hours": {
        "time_zone": "Asia/Shanghai",
        "country": "CN",
        "hours": "09:00-12:00, 13:00-18:00",
    },
    "Amsterdam's hours": {"time_zone": "Europe/Amsterdam", "hours": "09:00-17:00"},
    "around the clock, fast": {"time_zone": "UTC", "hours": "around-the-clock", "scale": 8640},
}
BOOKS = {name: playbook(calendar) for name, calendar in ZONES.items()}
VERSIONS = {
    version: {book.calendar.time_zone: book for book in books}
    for version, books in {
        1: BOOKS.values(),
        2: [playbook(calendar, NEWER) for calendar in ZONES.values()],
    }.items()
}
"""By number and time zone."""

ACTIONS = ("call", "visit", "minutes", "mail", "find", "send", "ask", "dance")
FACTS = {
    "source": "web",
    "signed": True,
    "quote": DOCUMENT,
    "budget": {"amount_minor": 5, "currency": "CNY"},
}

CALENDARS: tuple[dict[str, Any] | None, ...] = (
    None,
    {"time_zone": "America/New_York", "hours": {"tue": "08:00-12:00", "sat": "22:00-24:00"}},
    {"time_zone": "Asia/Shanghai", "country": "CN", "hours": "10:00-16:00"},
)
OWN_TIMES: tuple[dict[str, Any], ...] = (
    {},
    {"away": [{"first_on": "2026-11-24", "last_on": "2026-12-20"}]},
    {"hours": "13:00-15:00", "time_zone": "Europe/Amsterdam"},
)

hours = st.floats(min_value=-48, max_value=24 * 40, allow_nan=False)
steps = st.one_of(
    st.fixed_dictionaries({"kind": st.just("pass_time"), "hours": hours}),
    st.fixed_dictionaries(
        {
            "kind": st.just("record_action"),
            "action": st.sampled_from(ACTIONS),
            "promise_hours": st.none() | hours,
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("record_facts"),
            "facts": st.sampled_from([{k: v} for k, v in FACTS.items()]),
        }
    ),
    st.fixed_dictionaries({"kind": st.just("advance")}),
    st.fixed_dictionaries(
        {"kind": st.just("return"), "to": st.sampled_from(["contact", "quotation"])}
    ),
    st.fixed_dictionaries({"kind": st.just("place_hold"), "hours": hours}),
    st.fixed_dictionaries({"kind": st.just("release_hold")}),
    st.fixed_dictionaries({"kind": st.just("assign"), "owner": st.sampled_from(["lin", "chen"])}),
    st.fixed_dictionaries({"kind": st.just("claim")}),
    st.fixed_dictionaries({"kind": st.just("record_reply")}),
    st.fixed_dictionaries(
        {
            "kind": st.just("recalendar"),
            "calendar": st.sampled_from(CALENDARS),
            "own": st.sampled_from(OWN_TIMES),
            "own_of": st.sampled_from(["lin", "chen"]),
        }
    ),
    st.fixed_dictionaries({"kind": st.just("repin"), "version": st.sampled_from([1, 2])}),
    st.fixed_dictionaries({"kind": st.just("override")}),
    st.fixed_dictionaries(
        {"kind": st.just("close"), "outcome": st.sampled_from(["won", "lost", "dropped"])}
    ),
    st.fixed_dictionaries({"kind": st.just("reopen")}),
    st.fixed_dictionaries({"kind": st.just("acknowledge"), "hours": st.none() | hours}),
)
stories = st.tuples(st.sampled_from(sorted(BOOKS)), st.lists(steps, max_size=25), st.booleans())


Story = tuple[str, list[dict[str, Any]], bool]


def body(life: Life, step: dict[str, Any]) -> dict[str, Any]:
    """The step as somebody would send it."""
    sent = {key: value for key, value in step.items() if not key.endswith("hours")}
    scale = timedelta(hours=1) / life.book.calendar.scale
    if step["kind"] in {"return", "place_hold", "override", "reopen", "recalendar", "repin"}:
        sent["reason"] = "because"
    if step["kind"] == "recalendar" and step["calendar"]:
        given = {**step["calendar"], "scale": life.book.calendar.scale}
        sent["calendar"] = resolve(CalendarSpec.model_validate(given), 2026, 2027)
    if step["kind"] == "repin":
        sent["terms"] = VERSIONS[step["version"]][life.book.calendar.time_zone]
    if step["kind"] == "place_hold":
        sent["until"] = (life.now + step["hours"] * scale).isoformat()
    if step["kind"] == "acknowledge":
        sent["escalation"] = life.deal.escalations[0].id if life.deal.escalations else "D1.1"
        sent["note"] = "seen"
        if step["hours"] is not None:
            sent["extend_until"] = (life.now + step["hours"] * scale).isoformat()
    if step["kind"] == "record_action":
        sent["evidence"] = [DOCUMENT]
        if step["promise_hours"] is not None:
            sent["next_step"] = {
                "what": "go on",
                "on": (life.now + step["promise_hours"] * scale).isoformat(),
            }
    return sent


def live(story: Story) -> Life:
    """Lives through the story; refusals are part of life."""
    book, path, managed = story
    life = Life(BOOKS[book])
    actor = MANAGER if managed else REP
    for step in path:
        if step["kind"] == "pass_time":
            life.wait(hours=step["hours"] / life.book.calendar.scale)
            continue
        before = life.deal
        try:
            life.send(by=actor, **body(life, step))
        except Refused:
            assert life.deal is before
    return life


@given(stories)
def test_folding_the_events_gives_the_deal_that_lived_through_them(story: Story) -> None:
    life = live(story)

    read_back = [EVENT.validate_json(EVENT.dump_json(event)) for event in life.events]

    assert fold(None, read_back) == life.deal
    assert [event.seq for event in life.events] == list(range(1, len(life.events) + 1))
    assert Deal.model_validate_json(life.deal.model_dump_json()) == life.deal


@given(stories)
def test_after_time_passed_the_next_deadline_lies_ahead(story: Story) -> None:
    life = live(story)
    life.wait(hours=0)

    deadline = next_deadline(life.deal)

    assert deadline is None or deadline.at > life.deal.at
    assert decide(life.book, life.deal, PassTime(), now=life.now) == ()


@given(stories)
def test_no_command_overtakes_a_deadline(story: Story) -> None:
    life = live(story)

    deal: Deal | None = None
    for event in life.events:
        deadline = next_deadline(deal) if deal else None
        if event.n == 0 and event.actor.role != "system" and deadline:
            assert deadline.at > event.at
        deal = fold(deal, [event])


@given(stories)
def test_the_clocks_carried_are_the_clocks_derived(story: Story) -> None:
    life = live(story)

    carried = [clock for clock in life.deal.clocks if clock.live]

    assert {c.id: c for c in armed(life.book, life.deal)} == {c.id: c for c in carried}


@given(stories)
def test_holding_and_releasing_at_once_moves_no_deadline(story: Story) -> None:
    life = live(story)
    life.wait(hours=0)
    if life.deal.status != "open" or life.deal.in_pool:
        return
    clocks = life.deal.clocks

    until = (life.now + timedelta(days=3)).isoformat()
    life.send("place_hold", by=MANAGER, until=until, reason="wait")
    life.send("release_hold")

    assert life.deal.clocks == clocks


@given(stories)
def test_every_rung_is_reached_once(story: Story) -> None:
    life = live(story)
    life.wait(days=400)

    rungs = Counter((e.clock, e.to, e.do) for e in life.events if e.kind == "rung_reached")
    breaches = Counter(e.clock for e in life.events if e.kind == "clock_breached")

    for (clock, *measure), times in rungs.items():
        assert times <= _most_times(tuple(measure)), clock
    assert set(breaches.values()) <= {1}


def _most_times(measure: tuple[str, ...]) -> int:
    """How often one ladder at most takes that measure, in any version."""
    books = [book for books in VERSIONS.values() for book in books.values()]
    ladders = [book.ladder(name) for book in books for name in book.ladders]
    return max(sum((rung.to, rung.do) == measure for rung in ladder) for ladder in ladders)


@given(stories, steps)
def test_a_closed_deal_absorbs_everything_but_its_reopening(
    story: Story, step: dict[str, Any]
) -> None:
    life = live(story)
    if life.deal.outcome is None:
        life.send("close", outcome="dropped")
    before = life.deal

    assert life.wait(days=30) == ()
    if step["kind"] not in {"pass_time", "reopen"}:
        with pytest.raises(Refused, match="deal_closed"):
            life.send(by=MANAGER, **body(life, step))
    assert life.deal == before


@given(stories)
def test_a_command_sent_again_changes_nothing(story: Story) -> None:
    life = live(story)
    sent = {event.command_id: event for event in life.events if event.actor.role != "system"}

    for command_id in sent:
        again = SENT.validate_python({"kind": "advance", "command_id": command_id})
        assert decide(life.book, life.deal, again, now=life.now) == ()


@given(stories)
def test_the_view_can_always_be_shown(story: Story) -> None:
    life = live(story)

    shown = view(life.book, life.deal)

    assert DealView.model_validate_json(shown.model_dump_json()) == shown


@given(stories, steps)
def test_what_was_sent_before_a_deadline_is_decided_as_if_no_time_had_passed(
    story: Story, step: dict[str, Any]
) -> None:
    life = live(story)
    if step["kind"] == "pass_time":
        return
    sent = SENT.validate_python({**body(life, step), "command_id": "late"})

    def decided(command: Command, later: timedelta) -> object:
        try:
            return decide(life.book, life.deal, command, now=life.now + later)
        except Refused as refused:
            return refused.code, refused.facts

    at_once = decided(sent, timedelta(0))
    stamped = sent.model_copy(update={"sent_at": life.now})
    assert decided(stamped, timedelta(days=90)) == at_once


@settings(max_examples=20)
@given(stories)
def test_deciding_twice_decides_the_same(story: Story) -> None:
    first, second = live(story), live(story)

    assert first.events == second.events
