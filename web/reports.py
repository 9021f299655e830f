"""Reports on one page: five figures, where deals move on, reps beside the rest, what stands still.

Decides which tables are shown and from when to when. What a figure means, its report says; every
figure opens the deals that it counts.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
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
from reports import metrics
from reports.ask import answered, scope_of
from reports.catalog import BY_NAME, Table
from reports.figures import Found
from reports.period import window
from reports.scope import Scope
from web.board import latest_playbooks
from web.page import page
from web.reader import Looking, Reader

router: Final = APIRouter(include_in_schema=False)

WEEKS: Final = 13
"""How far a report looks back if nobody says. A choice: a quarter."""

FURTHEST: Final = 8
"""Deals that are named as furthest past the usual. A choice."""

_FILTERS: Final = ("team", "owner", "playbook", "source")


class Line(NamedTuple):
    """A row of a table, and the address of the deals behind each of its figures."""

    row: Any
    behind: Callable[[str], str]


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
    tables = await _tables(backing, asked, reader)
    now, was, weeks = await _five(backing, asked)
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


async def _tables(backing: Backing, asked: Asked, reader: Reader) -> dict[str, Any]:
    """The tables of the page, by name."""
    wanted = {
        "conversion": (("stages", "stages"),),
        "cycle": (("in_stage", "stays"),),
        "reps": (("closed", "closed"), ("all_closed", "everybody"), ("coach", "coach")),
        "stuck": (("deals", "stuck"),),
        "channels": (("closed", "channels"),),
        "actions": (("standard", "standard"),),
    }
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
    return found


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


async def _five(
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
