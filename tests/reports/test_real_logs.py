"""Every figure that was computed of the real logs by code that shares nothing with ours."""

import json
from datetime import date
from functools import cache
from math import isclose
from typing import Any

import pytest
from sqlalchemy import func, select

from ledger.rebuild import rebuild
from ledger.tables import events
from tests.ledger.rows import derived_rows
from tests.reports.real_logs import DATA, Asked, Questions, RealLog, Row, bpic, maven, opened

TIGHT, LOOSE = 1e-9, 1e-6
"""Tolerances of the definition: of figures, and of survival and intervals."""

_LOOSE = ("_low", "_high", "_by_horizon", "p50_days", "p75_days", "p90_days")

WHOLE = {
    "bpic2012_2011q4": (date(2011, 10, 1), date(2012, 3, 1)),
    "maven_crm": (date(2016, 10, 1), date(2018, 1, 1)),
}
SINCE_MARCH = (date(2017, 3, 1), date(2018, 1, 1))
TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "total": ("pipeline", ()),
    "by_stage": ("pipeline", ("stage",)),
    "by_owner": ("pipeline", ("owner", "stage")),
    "by_team": ("pipeline", ("team", "stage")),
    "by_source": ("pipeline", ("source", "stage")),
}


@cache
def expected(name: str) -> dict[str, Any]:
    with (DATA / "expected" / f"{name}.json").open() as file:
        found: dict[str, Any] = json.load(file)
        return found


def views() -> list[tuple[str, str]]:
    return [(name, view) for name in WHOLE for view in expected(name)["views"]]


def log_of(name: str) -> RealLog:
    return maven() if name == "maven_crm" else bpic()


def asked(name: str, view: str) -> Asked:
    first, last = WHOLE[name]
    if view == "at_quarter_end":
        last = date(2017, 10, 1)
    return Asked(expected(name)["views"][view]["as_of"], first, last)


def differs(name: str, ours: object, theirs: object) -> bool:
    if isinstance(theirs, float) and isinstance(ours, float | int):
        near = LOOSE if name.endswith(_LOOSE) else TIGHT
        return not isclose(ours, theirs, rel_tol=near, abs_tol=near)
    if isinstance(theirs, list) and isinstance(ours, list):
        pairs = zip(ours, theirs, strict=False)
        return len(ours) != len(theirs) or any(differs(name, *pair) for pair in pairs)
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return any(differs(key, ours.get(key), one) for key, one in theirs.items())
    return bool(ours != theirs)


def check(ours: list[Row], theirs: list[Row], keys: tuple[str, ...]) -> None:
    """The same rows, each with every figure."""
    mine = {tuple(row[key] for key in keys): row for row in ours}
    other = {tuple(row[key] for key in keys): row for row in theirs}
    assert mine.keys() == other.keys()
    assert len(mine) == len(ours)
    wrong = {
        (key, name): (mine[key].get(name), one)
        for key, row in other.items()
        for name, one in row.items()
        if differs(name, mine[key].get(name), one)
    }
    assert not wrong


@pytest.mark.parametrize(("name", "view"), views())
async def test_what_stands_and_what_went_on(name: str, view: str) -> None:
    log, question = log_of(name), asked(name, view)
    reports = expected(name)["views"][view]["reports"]
    async with opened(log.url) as ledger:
        ask = Questions(log, ledger)
        now = Asked(question.as_of, None, None)
        for table, (report, keys) in TABLES.items():
            theirs = reports["pipeline"][table]
            theirs = theirs if isinstance(theirs, list) else [theirs]
            check(await ask.rows(report, table, now), theirs, keys)
        conversion = reports["conversion"]
        whole = [row for row in conversion if row["period"] == "all"]
        check(await ask.rows("conversion", "stages", question), whole, ("stage",))
        monthly = [row for row in conversion if row["period"].startswith("20")]
        listed = {row["period"] for row in monthly}
        ours = await ask.rows("conversion", "stages", question, period="month")
        check([row for row in ours if row["period"] in listed], monthly, ("period", "stage"))
        late = [row | {"period": "all"} for row in conversion if row["period"] == "since-2017-03"]
        if late:
            since = Asked(question.as_of, *SINCE_MARCH)
            check(await ask.rows("conversion", "stages", since), late, ("stage",))


@pytest.mark.parametrize(("name", "view"), views())
async def test_how_long_it_takes(name: str, view: str) -> None:
    log, question = log_of(name), asked(name, view)
    reports = expected(name)["views"][view]["reports"]
    async with opened(log.url) as ledger:
        ask = Questions(log, ledger)
        for of, when in (
            ("cycle", question),
            ("cycle_since_2017_03", Asked(question.as_of, *SINCE_MARCH)),
        ):
            for table in ("to_close", "to_end", "in_stage") if of in reports else ():
                theirs = reports[of][table]
                theirs = theirs if isinstance(theirs, list) else [theirs]
                keys = ("stage",) if table == "in_stage" else ()
                check(await ask.rows("cycle", table, when), theirs, keys)


@pytest.mark.parametrize(("name", "view"), views())
async def test_reps_and_segments_beside_each_other(name: str, view: str) -> None:
    log, question = log_of(name), asked(name, view)
    reports = expected(name)["views"][view]["reports"]
    async with opened(log.url) as ledger:
        ask, reps = Questions(log, ledger), reports["reps"]
        check(await ask.rows("reps", "closed", question), reps["closed"]["rows"], ("key",))
        check(await ask.rows("reps", "all_closed", question), [together(reps["closed"])], ())
        check(await ask.rows("reps", "stages", question), reps["stages"], ("owner", "stage"))
        check(await ask.rows("reps", "to_close", question), reps["to_close"], ("owner",))
        check(await ask.rows("reps", "health", question), reps["health"], ("owner",))
        for segment, of in reports["segments"].items():
            named = {"segment": segment}
            ours = await ask.rows("segments", "closed", question, **named)
            check(ours, of["closed"]["rows"], ("key",))
            ours = await ask.rows("segments", "all_closed", question, **named)
            check(ours, [together(of["closed"])], ())
            ours = await ask.rows("segments", "cohort", question, **named)
            check(ours, of["cohort"], ("key",))


def together(closed: dict[str, Any]) -> Row:
    shared = {name: one for name, one in closed.items() if name not in {"rows", "homogeneity"}}
    homogeneity: Row = closed["homogeneity"]
    return shared | homogeneity


@pytest.mark.parametrize(("name", "view"), views())
async def test_the_five_figures_and_the_actions(name: str, view: str) -> None:
    log, question = log_of(name), asked(name, view)
    reports = expected(name)["views"][view]["reports"]
    async with opened(log.url) as ledger:
        ask = Questions(log, ledger)
        for kind, theirs in reports["metrics"].items():
            check(await ask.rows("metrics", kind, question), theirs, ("period",))
        if actions := reports.get("actions"):
            ours = await ask.rows("actions", "recorded", question)
            check(ours, actions["rows"], ("stage", "action"))
            whole = {key: one for key, one in actions.items() if key != "rows"}
            check(await ask.rows("actions", "summary", question), [whole], ())
            ours = await ask.rows("sla", "first_action", question)
            check(ours, [reports["first_action"]], ())
            ours = await ask.rows("follow-ups", "after", question)
            check(ours, reports["follow_ups"]["rows"], ("k",))


async def test_every_event_of_the_log_is_in_the_ledger_and_rebuild_changes_nothing() -> None:
    log, told = bpic(), expected("bpic2012_2011q4")["import"]
    assert log.said.tally.named() == {
        "rows": told["cases"],
        "open": 0,
        "unchanged": 0,
        "refused": 0,
        "won": 1_336,
        "lost": 4_401,
        "dropped": 1_718,
        "people": told["people_n"] + 1,  # and the machine
    }
    async with opened(log.url) as ledger:
        kinds = select(events.c.kind, func.count().label("n")).group_by(events.c.kind)
        n = {row["kind"]: row["n"] for row in await ledger.rows(kinds)}
        ours = n["deal_opened"] + n["deal_assigned"] + told["cases"]  # the band, once a deal
        assert sum(n.values()) - ours == told["events"]
        assert n["action_recorded"] + n["stage_entered"] + n["noted"] > 0
        before = await derived_rows(ledger)
        await rebuild(ledger)
        assert await derived_rows(ledger) == before
