"""What a team talks about once a week: the process, not the result.

Where most is stuck and why, as of now; the deals to talk about, with what comes next; and what was
promised for the last whole week, and kept or not. Population: deals of some owners: of a manager,
and of everybody who reports to them, directly or not (`Staff.below`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ledger.session import Ledger
from reports.cases import Find, Staff, cases
from reports.period import day_begins
from reports.promises import Became, Promise, promises
from reports.stuck import Stuck, statement, stuck

LOOKED_AT: Final = 50
"""Deals that are asked whether a day is worked. A choice: more than a company has calendars."""

SATURDAY: Final = 5
"""Of a week that begins with 0."""

_WEEK: Final = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Weekly:
    """The pack of one person.

    Attributes:
        first_on: Monday of the week; `last_on` is its Sunday.
        promises: what was due in it; `became` counts them.
    """

    first_on: date
    last_on: date
    stuck: Stuck
    promises: tuple[Promise, ...]
    became: dict[Became, int]


def last_week(today: date) -> date:
    """The Monday of the last whole week (ISO: from Monday to Sunday) before that day."""
    return today - timedelta(days=today.weekday()) - _WEEK


async def weekly(
    ledger: Ledger,
    owners: Collection[str],
    find: Find,
    staff: Staff,
    *,
    time_zone: str,
    now: datetime,
) -> Weekly:
    """The pack about the deals of these owners.

    Args:
        ledger: where to look.
        owners: whose deals.
        find: finds playbooks.
        staff: everybody's names.
        time_zone: the reader's, in which weeks begin.
        now: the week before is spoken of, and where things stand now.
    """
    monday = last_week(now.astimezone(ZoneInfo(time_zone)).date())
    since, until = day_begins(monday, time_zone), day_begins(monday + _WEEK, time_zone)
    told = await promises(ledger, owners, staff, since=since, until=until)
    return Weekly(
        first_on=monday,
        last_on=monday + timedelta(days=6),
        stuck=await stuck(ledger, owners, find, staff, as_of=now),
        promises=told,
        became=dict(Counter(one.became for one in told)),
    )


async def is_business_day(ledger: Ledger, owners: Collection[str], find: Find, day: date) -> bool:
    """Whether that is a working day for any of these owners' deals; without any, Monday to Friday.

    Looks at the most stuck ones, `LOOKED_AT` at most: calendars are few, deals are many.
    """
    rows = await ledger.rows(statement(owners).limit(LOOKED_AT))
    found = await cases(ledger, [row["id"] for row in rows], find)
    if not found:
        return day.weekday() < SATURDAY
    return any(case.is_business_day(day) for case in found.values())
