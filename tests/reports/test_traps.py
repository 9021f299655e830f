"""Every trap in counting deals, each with figures worked out by hand."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from deals.commands import PastStep
from deals.deal import Actor
from deals.events import Event
from deals.playbook import Playbook
from ledger.people import Person, put_person
from ledger.session import Ledger
from reports.ask import NoDates
from reports.filters import UnknownFilter
from reports.period import BadPeriod
from tests.ledger.lives import Told
from tests.reports.told import (
    did,
    end,
    found,
    life,
    on,
    process,
    record,
    row,
    stage,
    taken,
)


async def test_coming_back_is_another_visit_of_the_same_deal(ledger: Ledger) -> None:
    past = (stage("a", 0), stage("b", 2), stage("a", 3), stage("b", 7), end("won", 9))
    await record(ledger, life("D1", *past))
    a = await row(ledger, "conversion", stage="a")
    assert (a.n, a.advanced_n, a.visits_n, a.visits_forward_n, a.visits_back_n) == (1, 1, 2, 2, 0)
    b = await row(ledger, "conversion", stage="b")
    assert (b.n, b.advanced_n, b.won_n, b.visits_n) == (1, 1, 1, 2)
    assert (b.visits_back_n, b.visits_won_n) == (1, 1)
    assert (await row(ledger, "conversion", stage="a", horizon_days=2)).advanced_by_horizon == 1
    assert (await row(ledger, "conversion", stage="b", horizon_days=6)).advanced_by_horizon == 0
    in_a = await row(ledger, "cycle", "in_stage", stage="a")
    assert (in_a.n, in_a.p50_days, in_a.p90_days) == (2, 2, 4)


async def test_a_skipped_stage_has_no_visit_and_no_denominator(ledger: Ledger) -> None:
    await record(ledger, life("D1", stage("a", 0), stage("c", 1), end("won", 2)))
    a, b, c, d = [one.row for one in await found(ledger, "conversion")]
    assert (a.n, a.advanced_n, a.skipped_n) == (1, 1, 0)
    assert (b.n, b.advanced_ratio, b.skipped_n) == (0, None, 1)
    assert (c.n, c.advanced_n, c.won_n, c.next) == (1, 1, 1, "d")
    assert (d.n, d.skipped_n, d.next) == (0, 1, "won")


async def test_a_deal_first_seen_further_on_has_no_opinion_on_what_lies_before(
    ledger: Ledger,
) -> None:
    await record(ledger, life("D1", stage("c", 0), end("lost", 4)))
    a, b, c, _ = [one.row for one in await found(ledger, "conversion")]
    assert (a.n, a.skipped_n, b.n, b.skipped_n) == (0, 0, 0, 0)
    assert (c.n, c.lost_n) == (1, 1)
    metrics = await row(ledger, "metrics", "month", days=(date(2026, 3, 1), date(2026, 4, 1)))
    assert (metrics.new_leads_n, metrics.valid_leads_n, metrics.opportunity_n) == (1, 1, 0)


async def test_a_return_keeps_the_deal_in_its_first_cohort(ledger: Ledger) -> None:
    past = (stage("a", 0), stage("b", 1), stage("a", 40), end("lost", 41))
    await record(ledger, life("D1", *past))
    march = (date(2026, 3, 1), date(2026, 4, 1))
    april = (date(2026, 4, 1), date(2026, 5, 1))
    first = await row(ledger, "conversion", stage="a", days=march)
    again = await row(ledger, "conversion", stage="a", days=april)
    assert (first.n, first.advanced_n, first.visits_n) == (1, 1, 1)
    assert (again.n, again.visits_n, again.visits_lost_n) == (0, 1, 1)
    back = await row(ledger, "conversion", stage="b", days=march)
    assert (back.n, back.lost_n, back.visits_back_n) == (1, 1, 1)


@pytest.mark.parametrize(
    ("day", "ends"), [(15, ("won", 10)), (25, (None, None)), (40, ("lost", 30))]
)
async def test_an_end_that_was_taken_back_is_none(
    ledger: Ledger, day: float, ends: tuple[str | None, float | None]
) -> None:
    past = (stage("a", 0), end("won", 10, 500), stage("a", 20), end("lost", 30))
    await record(ledger, life("D1", *past))
    a = await row(ledger, "conversion", stage="a", day=day)
    how, after = ends
    assert (a.won_n, a.lost_n, a.open_n) == (how == "won", how == "lost", how is None)
    assert a.reopened_n == (day > 20)
    cycle = await row(ledger, "cycle", "to_close", day=day)
    assert (cycle.ended_n, cycle.p50_days) == (int(how is not None), after)
    assert (await row(ledger, "pipeline", "total", day=day)).n == (how is None)


async def test_handing_over_does_not_move_the_visit_but_the_outcome(ledger: Ledger) -> None:
    past = (stage("a", 0), taken("chen", 3, "west"), end("won", 5, 700))
    await record(ledger, life("D1", *past, team="east"))
    assert (await row(ledger, "reps", "stages", who="lin")).advanced_n == 1
    assert (await row(ledger, "reps", "closed", key="chen")).won_n == 1
    east = {"team": "east", "stage": "a"}
    assert (await row(ledger, "conversion", **east)).n == 1
    assert (await row(ledger, "conversion", stage="a", team="west")).n == 0
    assert (await row(ledger, "reps", "to_close")).owner == "lin"


async def test_whoever_takes_it_from_a_machine_or_with_the_last_event_has_the_visit(
    ledger: Ledger,
) -> None:
    await put_person(ledger, Person(id="robot", name="Robot", role="rep", automatic=True))
    taken_late = (stage("a", 0), stage("b", 1), taken("chen", 2), stage("c", 2), end("won", 3))
    never = (stage("a", 0), end("dropped", 4))
    await record(ledger, life("D1", *taken_late, owner="robot"), life("D2", *never, owner="robot"))
    stages = {
        (one.row.owner, one.row.stage): one.row for one in await found(ledger, "reps", "stages")
    }
    assert {key for key, one in stages.items() if one.n} == {
        *(("robot", "a"), ("chen", "b"), ("chen", "c")),
    }
    closed = {one.row.key: one.row for one in await found(ledger, "reps", "closed")}
    assert (closed["robot"].rest_n, closed["robot"].rankable, closed["robot"].rank) == (
        0,
        False,
        None,
    )
    assert closed["chen"].rest_n == 0  # the machine is nobody's rest
    assert [one.row.owner for one in await found(ledger, "reps", "to_close")] == ["chen", None]


async def test_equal_instants_reorder_nothing_and_ends_come_before_what_is_open(
    ledger: Ledger,
) -> None:
    at_once = (stage("a", 0), stage("b", 0), stage("c", 0), end("won", 0))
    await record(
        ledger,
        life("D2", *at_once),
        life("D1", *at_once),
        life("D3", stage("a", 0)),
    )
    rows = [one.row for one in await found(ledger, "conversion", day=0)]
    assert [one.n for one in rows] == [3, 2, 2, 0]
    assert [one.advanced_n for one in rows] == [2, 2, 2, 0]
    cycle = await row(ledger, "cycle", "to_close", day=0)
    assert (cycle.n, cycle.ended_n, cycle.p50_days) == (3, 2, 0)


async def test_open_deals_are_censored_and_not_left_out(ledger: Ledger) -> None:
    await record(
        ledger,
        life("D1", stage("a", 0), end("won", 10)),
        life("D2", stage("a", 0)),
        life("D3", stage("a", 95)),
    )
    cycle = await row(ledger, "cycle", "to_close", day=100)
    assert (cycle.n, cycle.ended_n, cycle.open_n) == (3, 1, 2)
    assert cycle.p50_days == 10  # S(10) = 1/2: of the two that were watched so long, one ended
    ends = await row(ledger, "cycle", "to_end", day=100, horizon_days=50)
    assert ends.won_by_horizon == 0.5
    a = await row(ledger, "conversion", stage="a", day=100, horizon_days=50)
    assert (a.advanced_ratio, a.mature_ratio, a.mature) == (1 / 3, 2 / 3, False)


async def test_a_day_may_last_25_hours_and_a_week_begins_where_the_zone_says(
    ledger: Ledger,
) -> None:
    zone = "Europe/Amsterdam"
    book = process("a", "b", calendar={"time_zone": zone, "hours": "around-the-clock"})
    opened = datetime(2026, 10, 24, 10, 0, tzinfo=UTC)  # Saturday noon; the clocks go back at night
    late = datetime(2026, 10, 25, 22, 59, tzinfo=UTC)  # one minute before midnight there
    steps = (
        PastStep(kind="stage", stage="a", at=opened),
        PastStep(kind="end", outcome="won", at=datetime(2026, 10, 25, 11, 0, tzinfo=UTC)),
    )
    await record(
        ledger,
        life("D1", *steps, book=book),
        life("D2", PastStep(kind="stage", stage="a", at=late), book=book),
    )
    cycle = await row(ledger, "cycle", "to_close", zone=zone, days=(None, date(2026, 10, 25)))
    assert (cycle.p50_days, cycle.working_p50_hours) == (25 / 24, 25)
    sunday = (date(2026, 10, 25), date(2026, 10, 26))
    assert (await row(ledger, "cycle", "to_close", zone=zone, days=sunday)).n == 1
    weeks = await found(
        ledger, "metrics", "week", zone=zone, days=(date(2026, 10, 19), date(2026, 10, 27))
    )
    assert [(one.row.period, one.row.new_leads_n) for one in weeks] == [
        ("2026-W43", 2),
        ("2026-W44", 0),
    ]


async def test_each_deal_goes_by_the_order_of_its_own_version(ledger: Ledger) -> None:
    turned = process("a", "c", "b", "d", version=2)
    past = (stage("a", 0), stage("b", 1), stage("c", 2))
    await record(ledger, life("D1", *past), life("D2", *past, book=turned))
    rows = {one.row.stage: one.row for one in await found(ledger, "conversion")}
    assert list(rows) == ["a", "c", "b", "d"]  # as in the latest version
    assert (rows["b"].n, rows["b"].advanced_n, rows["b"].visits_back_n) == (2, 1, 1)
    first = await row(ledger, "conversion", stage="b", playbook="plain@1")
    assert (first.n, first.advanced_n) == (1, 1)
    assert (await row(ledger, "conversion", stage="b", playbook="plain@2")).advanced_n == 0


async def test_what_is_written_may_say_nothing(ledger: Ledger) -> None:
    asked = {"id": "call", "name": "Call", "evidence": ["document"], "repeat": True}
    book = process({"id": "a", "name": "A", "actions": [asked]}, placeholders=["To do", "已联系"])
    long = "They want the second line before the summer."
    said = {
        "D1": ["ok", "to  DO", "已联系", "已约下周见面", long],  # placeholders: three of them
        "D2": [f" {long.upper()}", "", "...", "they will think"],  # a copy; none; a placeholder
    }
    lives = []
    for deal_id, notes in said.items():
        steps = [
            PastStep(kind="action", action="call", at=on(day), actor="lin", note=note or None)
            for day, note in enumerate(notes, start=1)
        ]
        lives.append(life(deal_id, stage("a", 0), *steps, book=book))
    await record(ledger, *lives)
    (calls,) = [one.row for one in await found(ledger, "actions", "evidence")]
    assert (calls.done_n, calls.empty_n, calls.placeholder_n, calls.copied_n) == (9, 9, 4, 2)


BOSS = Actor(id="wu", role="manager")


def _action(name: str) -> dict[str, Any]:
    return {"id": name, "name": name, "required": False, "due": "2d"}


REMINDING: dict[str, Any] = {"default": [{"at": "0d", "to": "owner", "do": "remind"}]}
V1, V2 = (
    process(*stages, version=version, ladders=REMINDING)
    for version, stages in (
        (1, ("a", {"id": "b", "name": "b", "actions": [_action("call")]}, "c", "d")),
        (2, ("a", "x", {"id": "b", "name": "b", "actions": [_action("meet")]}, "d")),
    )
)


def walked(
    deal_id: str, book: Playbook, *steps: tuple[float, str, dict[str, Any]]
) -> tuple[Playbook, tuple[Event, ...]]:
    """A deal as the engine ran it: opened on day 0, then each command on its day."""
    told = Told(book)
    told.now = on(0)
    told.open(deal_id)
    for day, kind, fields in steps:
        told.now = on(day)
        told.send(kind, by=BOSS, **fields)
    assert not [one for one in told.events if one.kind == "command_refused"]
    return book, tuple(told.events)


async def moved(ledger: Ledger) -> None:
    """D1 goes to version 2 in the midst of stage b, D2 and D3 stay with what they began by."""
    repin = {"version": 2, "terms": V2, "reason": "the new order"}
    lost, won = ({"outcome": one, "reason": "so"} for one in ("lost", "won"))
    on_and_over: tuple[tuple[float, str, dict[str, Any]], ...] = (
        (1, "advance", {}),
        (2, "repin", repin),
        (5, "advance", {}),
        (7, "close", won),
    )
    await record(
        ledger,
        walked("D1", V1, *on_and_over),
        walked("D2", V1, (2.5, "close", lost)),
        walked("D3", V2, (4, "advance", {})),
    )


async def test_a_move_to_another_version_is_neither_an_exit_nor_an_entry(ledger: Ledger) -> None:
    await moved(ledger)
    rows = {one.row.stage: one.row for one in await found(ledger, "conversion", day=10)}
    assert list(rows) == ["a", "x", "b", "d", "c"]  # as in the latest version that has it
    n = {key: (one.n, one.advanced_n, one.lost_n, one.visits_n) for key, one in rows.items()}
    assert n == {"a": (3, 2, 1, 3), "x": (1, 0, 0, 1), "b": (1, 1, 0, 1), "d": (1, 1, 0, 1),
                 "c": (0, 0, 0, 0)}  # fmt: skip
    stay = await row(ledger, "cycle", "in_stage", stage="b", day=10)
    assert (stay.n, stay.p50_days) == (1, 4)  # from day 1 to day 5


async def test_the_order_of_stages_is_that_of_the_version_in_force(ledger: Ledger) -> None:
    await moved(ledger)
    skipped = {
        day: {
            one.row.stage: one.row.skipped_n for one in await found(ledger, "conversion", day=day)
        }
        for day in (1.5, 10)
    }
    assert skipped[1.5] == {"a": 0, "x": 0, "b": 0, "d": 0, "c": 0}  # D1 knows no x yet
    assert skipped[10] == {"a": 0, "x": 1, "b": 0, "d": 0, "c": 0}  # and no c any more


@pytest.mark.parametrize(
    ("version", "stages", "opened", "ended"),
    [
        (1, {"a": 2, "b": 1, "c": 0, "d": 0}, 2, (0, 1)),
        (2, {"a": 1, "x": 1, "b": 0, "d": 1}, 1, (1, 0)),
    ],
)
async def test_a_version_is_that_in_force_at_the_instant_a_figure_goes_by(
    ledger: Ledger, version: int, stages: dict[str, int], opened: int, ended: tuple[int, int]
) -> None:
    await moved(ledger)
    asked: dict[str, Any] = {"playbook": f"plain@{version}", "day": 10}
    entries = {one.row.stage: one.row.n for one in await found(ledger, "conversion", **asked)}
    assert entries == stages
    (five,) = [one.row for one in await found(ledger, "metrics", "month", **asked)]
    assert (five.new_leads_n, (five.won_n, five.lost_n)) == (opened, ended)
    closed = await row(ledger, "channels", **asked)
    assert (closed.won_n, closed.lost_n) == ended
    assert (await row(ledger, "cycle", "to_close", **asked)).n == opened
    due = {one.row.subject: one.row.n for one in await found(ledger, "sla", **asked)}
    assert due == ({} if version == 1 else {"call": 0, "meet": 1})  # both were due on day 3


async def test_where_a_deal_stands_goes_by_the_version_in_force_then(ledger: Ledger) -> None:
    await moved(ledger)

    async def standing(day: float, version: int) -> dict[str, int]:
        rows = await found(ledger, "pipeline", day=day, playbook=f"plain@{version}")
        return {one.row.stage: one.row.n for one in rows}

    assert await standing(1.5, 1) == {"a": 1, "b": 1, "c": 0, "d": 0}
    assert await standing(1.5, 2) == {"a": 1, "x": 0, "b": 0, "d": 0}
    assert await standing(3, 1) == {"a": 0, "b": 0, "c": 0, "d": 0}
    assert await standing(3, 2) == {"a": 1, "x": 0, "b": 1, "d": 0}


async def test_a_visit_is_asked_for_what_its_version_asked_when_it_began(ledger: Ledger) -> None:
    await moved(ledger)
    rows = await found(ledger, "actions", "standard", day=10)
    assert {one.row.action: one.row.expected_n for one in rows} == {"call": 1, "meet": 0}


async def test_currencies_are_never_added_and_no_amount_is_not_nothing(ledger: Ledger) -> None:
    await record(
        ledger,
        life("D1", stage("a", 0), amount_minor=500),
        life("D2", stage("a", 0), amount_minor=0, currency="EUR"),
        life("D3", stage("a", 0)),
        life("D4", stage("a", 0), end("won", 1, 900), currency="EUR"),
        life("D5", stage("a", 0), end("lost", 1), amount_minor=77),
    )
    total = await row(ledger, "pipeline", "total")
    assert [one.model_dump() for one in total.amount] == [
        {"currency": "CNY", "amount_minor": 500, "n": 1},
        {"currency": "EUR", "amount_minor": 0, "n": 1},
    ]
    assert total.amountless_n == 1
    closed = await row(ledger, "reps", "closed", key="lin")
    assert [one.model_dump() for one in closed.won_amount] == [
        {"currency": "EUR", "amount_minor": 900, "n": 1}
    ]


async def test_what_nobody_knows_the_date_of_counts_where_it_stands_and_nowhere_else(
    ledger: Ledger,
) -> None:
    seen: dict[str, Any] = {"seen_at": on(50)}
    await record(
        ledger,
        life("D1", stage("a", None), **seen),
        life("D2", stage("b", None), end("won", None), **seen),
        life("D3", stage("a", 0)),
    )
    total = await row(ledger, "pipeline", "total", day=60)
    assert (total.n, total.dated_n, total.age_max_days) == (2, 1, 60)
    assert (await row(ledger, "pipeline", "total", day=40)).n == 1
    assert (await row(ledger, "reps", "closed", key="lin", day=60)).won_n == 1
    assert (await row(ledger, "cycle", "to_close", day=60)).n == 1
    march = (date(2026, 3, 1), date(2026, 4, 1))
    assert await found(ledger, "reps", "closed", day=60, days=march) == []


async def test_a_report_about_time_refuses_deals_without_any(ledger: Ledger) -> None:
    await record(ledger, life("D1", stage("a", None), end("won", None)))
    for report in ("conversion", "cycle", "metrics", "follow-ups"):
        with pytest.raises(NoDates):
            await found(ledger, report, day=310)
    assert (await row(ledger, "reps", "closed", key="lin", day=310)).win_ratio == 1
    assert await found(ledger, "metrics", day=300) == []  # before anybody heard of them


async def test_nobody_inside_is_a_row_of_nothing(ledger: Ledger) -> None:
    await record(ledger, life("D1", stage("a", 0), end("won", 1)))
    empty = (date(2030, 1, 1), date(2030, 1, 1))
    rows = [one.row for one in await found(ledger, "conversion", days=empty)]
    assert [(one.n, one.advanced_ratio, one.mature, one.complete) for one in rows] == [
        (0, None, None, False)
    ] * 4
    cycle = await row(ledger, "cycle", "to_close", days=empty)
    assert (cycle.n, cycle.p50_days, cycle.working_p50_hours, cycle.held_days) == (0, *[None] * 3)
    with pytest.raises(BadPeriod):
        await found(ledger, "cycle", days=(date(2030, 1, 2), date(2030, 1, 1)))


async def test_a_rep_who_left_answers_and_a_stranger_is_refused(ledger: Ledger) -> None:
    past = (stage("a", 0), taken("chen", 1), end("won", 2))
    await record(ledger, life("D1", *past))
    gone = await row(ledger, "reps", "closed", key="lin", owner="lin")
    assert (gone.n, gone.win_ratio, gone.rest_n) == (0, None, 1)
    strange: dict[str, Any]
    for name in ("owner", "team", "source", "playbook", "segment"):
        strange = {name: "nobody"}
        with pytest.raises(UnknownFilter):
            await found(ledger, "segments", "closed", **strange)


async def test_values_are_one_whatever_their_case_and_the_blank_has_a_row(ledger: Ledger) -> None:
    book = process("a", facts={"kind": {"kind": "text", "name": "Kind"}})
    kinds = ("Bank", "bank ", "Bank", None, "BANK")
    await record(
        ledger,
        *(
            life(
                f"D{number}",
                *(stage("a", 0), end("won" if number else "lost", 1)),
                book=book,
                facts={"kind": kind} if kind else {},
            )
            for number, kind in enumerate(kinds)
        ),
    )
    rows = [one.row for one in await found(ledger, "segments", "closed", segment="kind")]
    assert [(one.key, one.n, one.won_n) for one in rows] == [("Bank", 4, 3), (None, 1, 1)]
    assert not rows[1].rankable


async def test_after_the_end_nothing_is_work_any_more(ledger: Ledger) -> None:
    call = {"id": "call", "name": "Call", "required": False, "repeat": True, "follow_up": True}
    book = process({"id": "a", "name": "a", "actions": [call]})
    before, after = did("call", 1), did("call", 9)
    await record(
        ledger,
        life("D1", stage("a", 0), before, end("won", 5), after, book=book),
        life("D2", stage("a", 0), end("lost", 5), after, book=book),
        life("D3", stage("a", 0), did("call", 2, by=None), book=book),
    )
    done = await row(ledger, "actions", "recorded")
    assert (done.done_n, done.deals_n, done.with_n, done.with_won_n) == (2, 2, 1, 1)
    assert (done.without_n, done.without_won_n, done.bias) == (1, 0, "immortal_time")
    summary = await row(ledger, "actions", "summary")
    assert (summary.recorded_n, summary.after_close_n, summary.actorless_n) == (4, 2, 1)
    first = await row(ledger, "sla", "first_action")
    assert (first.acted_n, first.ended_without_n, first.open_n) == (1, 1, 1)
    after_one, after_two = [one.row for one in await found(ledger, "follow-ups")][:2]
    assert (after_one.n, after_one.won_n, after_one.open_n, after_two.n) == (2, 1, 1, 0)
