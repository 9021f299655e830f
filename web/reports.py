"""Reports on one page: five figures, where deals move on, how long it takes, who, what, what stuck.

Decides which tables are shown and from when to when. What a figure means, its report says; every
figure opens the deals that it counts.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.asking import filters_of
from api.backing import Backing, Standing
from api.codes import Fault
from api.problems import Problem
from api.reports import ASKED
from deals.model import Recorded
from ledger.deals import listed_deals
from reports import charts, cycle, metrics
from reports.ask import answered, scope_of
from reports.catalog import BY_NAME, Table
from reports.figures import Found
from reports.period import window
from reports.scope import Scope
from web.board import latest_playbooks
from web.names import fact_of
from web.page import page
from web.pictures import bundle_address
from web.reader import Looking, Reader
from web.speech import Speech

router: Final = APIRouter(include_in_schema=False)

WEEKS: Final = 13
"""How far a report looks back if nobody says. A choice: a quarter."""

FURTHEST: Final = 8
"""Deals that are named as furthest past the usual. A choice."""

REASONS: Final = 6
"""Reasons of standing still that are named, the most frequent ones. A choice."""

ACTIONS: Final = 10
"""Actions that are named as least often in time. A choice: the CSV has all."""

MOVERS: Final = 3
"""Actions that are named as going together with winning, the surest ones. A choice."""

Wanted = Mapping[str, tuple[tuple[str, str], ...]]
"""Tables by report, and what a template calls them."""

_WANTED: Final[Wanted] = {
    "conversion": (("stages", "stages"),),
    "cycle": (("in_stage", "stays"), ("to_close", "to_close")),
    "reps": (("closed", "closed"), ("all_closed", "everybody"), ("coach", "coach")),
    "stuck": (("deals", "stuck"),),
    "channels": (("closed", "channels"),),
    "segments": (("closed", "segments"),),
    "follow-ups": (("after", "follow_ups"), ("by_segment", "after_third")),
    "actions": (("standard", "standard"),),
}
"""The tables of the page by report, and what the template calls them."""

_FILTERS: Final = ("team", "owner", "playbook", "source")


class Line(NamedTuple):
    """A row of a table, and the address of the deals behind each of its figures."""

    row: Any
    behind: Callable[[str], str]


class Reason(NamedTuple):
    """Why a deal stands still: a clock, what the gate lacks, what was said, or its age."""

    why: str
    kind: str | None
    subject: str | None
    said: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page was asked for.

    Attributes:
        first_on, end_on: the period, the second day excluded.
        earlier_on: when the period before began.
    """

    first_on: date
    end_on: date
    earlier_on: date
    filters: Mapping[str, str]

    def query(self, **more: str) -> dict[str, str]:
        """The same as the API is asked for it."""
        period = {"from": self.first_on.isoformat(), "to": self.end_on.isoformat()}
        return {name: value for name, value in ({**period, **self.filters} | more).items() if value}


@router.get("/reports")
async def show(request: Request, reader: Looking, backing: Standing) -> Response:
    """The quarter, or what was asked for."""
    books = await latest_playbooks(backing)
    asked = asked_for(request.query_params, reader)
    tables = await tables_of(backing, asked, reader)
    now, was, weeks = await five_of(backing, asked)
    furthest = [line.row.deal for line in tables["stuck"][:FURTHEST]]
    customers = {one.id: one.customer for one in await listed_deals(backing.ledger, furthest)}
    teams = {one.team for one in reader.staff.people.values() if one.team}
    return await page(
        request,
        reader,
        "reports",
        tab="reports",
        asked=asked,
        link=lambda name, **more: f"/v1/reports/{name}.csv?{urlencode(asked.query(**more))}",
        five=now,
        before=was,
        weeks=weeks,
        books=books,
        teams=sorted(teams),
        reps=sorted(reader.staff.people.values(), key=lambda one: one.name),
        customers=customers,
        reasons=_reasons(tables["stuck"]),
        movers=movers_of(tables["standard"]),
        behind_time=_behind_time(tables["standard"]),
        charts=charts,
        trends=_trends(weeks, reader.speech),
        bundle=bundle_address(),
        fact_of=fact_of(books),
        **tables,
    )


@router.get("/reports/{name}/deals")
async def behind(request: Request, name: str, reader: Looking, backing: Standing) -> Response:
    """The deals behind a figure."""
    report = ASKED.get(name)
    if report is None:
        raise Problem(Fault.UNKNOWN_ROUTE, facts={"path": request.url.path})
    try:
        query = report.deals_query.model_validate(dict(request.query_params))
    except ValidationError as fault:
        raise Problem(Fault.BAD_PARAMETER) from fault
    found = await report.deals(query, backing)
    following = dict(request.query_params) | {"cursor": found.next_cursor or ""}
    more = f"{request.url.path}?{urlencode(following)}" if found.next_cursor else None
    return await page(
        request, reader, "behind", tab="reports", found=found.items, n=found.n, more=more
    )


def asked_for(given: Mapping[str, str], reader: Reader) -> Asked:
    """The period and the filters of an address; the last quarter if it says none."""
    today = reader.now.astimezone(reader.zone).date()
    end_on = _day(given.get("to")) or today + timedelta(days=1)
    first_on = _day(given.get("from")) or end_on - timedelta(weeks=WEEKS)
    first_on = min(first_on, end_on)
    filters = {name: given.get(name, "") for name in _FILTERS}
    return Asked(first_on, end_on, first_on - (end_on - first_on), filters)


def _day(given: str | None) -> date | None:
    try:
        return date.fromisoformat(given or "")
    except ValueError:
        return None


async def tables_of(
    backing: Backing, asked: Asked, reader: Reader, wanted: Wanted = _WANTED
) -> dict[str, Any]:
    """The tables that are wanted, by the name that a template calls them."""
    found: dict[str, Any] = {}
    for name, tables in wanted.items():
        # What stands still is so now, whenever it was opened.
        now_only = {"from": "", "to": ""} if name == "stuck" else {}
        query = asked.query(**now_only)
        scope = await _scope(backing, name, query)
        chosen = tuple(BY_NAME[name].table(table) for table, _ in tables)
        rows = await answered(backing.ledger, scope, chosen, backing.shelf.find)
        for table, called in tables:
            found[called] = _lines(name, BY_NAME[name].table(table), rows[table], query, reader.now)
        if name == "cycle":
            found["closing"] = await asyncio.to_thread(cycle.closing, scope)
    return found


def _trends(weeks: Sequence[metrics.FiveFigures], speech: Speech) -> dict[str, charts.Spec]:
    """The five figures from week to week; amounts only where they are all of one currency."""
    currencies = {sum_.currency for week in weeks for sum_ in week.won_amount}
    currency = currencies.pop() if len(currencies) == 1 else None
    figures: dict[str, tuple[list[float | None], Callable[[Any], str]]] = {
        "new_leads": ([week.new_leads_n for week in weeks], speech.number),
        "valid_leads": ([week.valid_leads_n for week in weeks], speech.number),
        "opportunities": ([week.opportunity_ratio for week in weeks], speech.percent),
        "cycle": ([week.cycle_p50_days for week in weeks], speech.days),
    }
    if currency:
        amounts = [float(sum(one.amount_minor for one in week.won_amount)) for week in weeks]
        figures["amount"] = ([*amounts], lambda minor: speech.short_money(int(minor), currency))
    names = [week.period for week in weeks]
    return {
        name: charts.trend(
            tuple(zip(names, values, strict=True)),
            tuple(say(value) if value is not None else "–" for value in values),
        )
        for name, (values, say) in figures.items()
        if len(names) > 1
    }


def _reasons(stuck: Iterable[Line]) -> list[tuple[Reason, str, int]]:
    """Why deals stand still, a playbook that knows, and how many of those listed do for that.

    One deal can have several reasons.
    """
    counted: Counter[Reason] = Counter()
    known_to: dict[Reason, str] = {}
    for line in stuck:
        told = {Reason(one.why, one.kind, one.subject, one.said) for one in line.row.reasons}
        counted.update(told)
        known_to |= dict.fromkeys(told, line.row.playbook)
    return [(one, known_to[one], n) for one, n in counted.most_common(REASONS)]


def _behind_time(standard: Iterable[Line]) -> list[Line]:
    """The actions that are least often in time."""
    known = [one for one in standard if one.row.in_time_ratio is not None]
    return sorted(known, key=lambda one: one.row.in_time_ratio)[:ACTIONS]


def movers_of(standard: Iterable[Line]) -> list[Any]:
    """The actions whose being in time goes together with winning beyond chance, surest first."""
    sure = [one.row for one in standard if (one.row.win_diff_low or 0) > 0]
    return sorted(sure, key=lambda one: -one.win_diff_low)[:MOVERS]


async def _scope(backing: Backing, name: str, query: Mapping[str, str]) -> Scope:
    asked = ASKED[name].query.model_validate(dict(query))
    zone = backing.home.time_zone
    filters = filters_of(asked, backing)
    return await scope_of(backing.ledger, backing.copy, filters, BY_NAME[name], time_zone=zone)


def _lines(
    report: str,
    table: Table,
    rows: Sequence[Found[Recorded]],
    query: Mapping[str, str],
    as_of: datetime,
) -> list[Line]:
    def line(one: Found[Recorded]) -> Line:
        keys = json.dumps([getattr(one.row, key) for key in table.keys], ensure_ascii=False)
        said = {**query, "as_of": as_of.isoformat(), "table": table.name, "row": keys}

        def behind(figure: str) -> str:
            return f"/reports/{report}/deals?{urlencode(said | {'figure': figure})}"

        return Line(one.row, behind)

    return [line(one) for one in rows]


async def five_of(
    backing: Backing, asked: Asked
) -> tuple[metrics.FiveFigures, metrics.FiveFigures, list[metrics.FiveFigures]]:
    """The five figures of the period, of the one before, and week by week."""
    scope = await _scope(backing, "metrics", asked.query())
    earlier = window(
        asked.earlier_on,
        asked.first_on,
        time_zone=backing.home.time_zone,
        as_of=scope.filters.window.as_of,
    )

    def count() -> tuple[Any, Any, list[Any]]:
        now, was = metrics.beside(scope, earlier)
        return now, was, [one.row for one in metrics.weeks(scope)]

    return await asyncio.to_thread(count)
