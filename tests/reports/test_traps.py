"""Every trap in counting deals, each with figures worked out by hand."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from deals.commands import PastStep
from ledger.people import Person, put_person
from ledger.session import Ledger
from reports.ask import NoDates
from reports.filters import UnknownFilter
from reports.period import BadPeriod
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
