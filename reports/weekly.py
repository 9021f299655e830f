"""What a team talks about once a week: the process, not the result.

Where most is stuck and why, as of now; the deals to talk about, with what comes next; and what was
promised for the last whole week, and kept or not. Population: deals of a person and of everybody
who reports to them, directly or not.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ledger.session import Ledger
from reports.cases import Find, Staff
from reports.period import day_begins
from reports.promises import Became, Promise, promises
from reports.stuck import Stuck, stuck

_WEEK = timedelta(weeks=1)


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
    ledger: Ledger, person: str, find: Find, staff: Staff, *, today: date, as_of: datetime
) -> Weekly:
    """The pack of one person.

    Args:
        ledger: where to look.
        person: whose team.
        find: finds playbooks.
        staff: everybody; the person's time zone says when their week began.
        today: the date where the person is.
        as_of: now.
    """
    owners, monday = staff.below(person), last_week(today)
    zone = staff.zone(person)
    since, until = day_begins(monday, zone), day_begins(monday + _WEEK, zone)
    told = await promises(ledger, owners, staff, since=since, until=until)
    return Weekly(
        first_on=monday,
        last_on=monday + timedelta(days=6),
        stuck=await stuck(ledger, owners, find, staff, as_of=as_of),
        promises=told,
        became=dict(Counter(one.became for one in told)),
    )
