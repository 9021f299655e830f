"""The figures of the real logs counted a second time: by pandas from the files, and by others.

The other count was written from the definitions alone, by somebody who did not read the reports.
"""

from datetime import date
from functools import cache

import pytest

from tests.reports import independent
from tests.reports.real_logs import DATA, Asked, Questions, RealLog, bpic, maven, opened
from tests.reports.test_real_logs import check

VIEWS = (
    ("maven", "2017-12-31T00:00:00+00:00", "2016-10-01", "2018-01-01"),
    ("maven", "2017-09-30T00:00:00+00:00", "2016-10-01", "2017-10-01"),
    ("maven", "2017-06-15T12:00:00+00:00", "2017-01-01", "2017-06-01"),
    ("bpic", "2012-03-01T00:00:00+01:00", "2011-10-01", "2012-03-01"),
    ("bpic", "2012-01-01T00:00:00+01:00", "2011-10-01", "2012-03-01"),
    ("bpic", "2011-12-10T12:00:00+01:00", "2011-11-01", "2011-12-01"),
)
"""The two views of each log that the expected files have, and one that nobody has counted."""

TABLES = {
    "conversion": ("conversion", "stages", ("stage",)),
    "to_close": ("cycle", "to_close", ()),
    "in_stage": ("cycle", "in_stage", ("stage",)),
    "closed": ("reps", "closed", ("key",)),
    "actions": ("actions", "recorded", ("stage", "action")),
    "first_action": ("sla", "first_action", ()),
    "follow_ups": ("follow-ups", "after", ("k",)),
}


@cache
def counted(name: str, as_of: str, first: str, last: str) -> dict[str, list[independent.Row]]:
    if name == "maven":
        return independent.maven(DATA / "maven_crm", as_of, first, last, 90)
    return independent.bpic(DATA / "bpic2012", as_of, first, last, 30)


def log_of(name: str) -> RealLog:
    return maven() if name == "maven" else bpic()


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view[0]}-{view[1][:10]}")
async def test_both_counts_agree(view: tuple[str, str, str, str]) -> None:
    theirs = counted(*view)
    name, as_of, first, last = view
    inside = Asked(as_of, date.fromisoformat(first), date.fromisoformat(last))
    log = log_of(name)
    async with opened(log.url) as ledger:
        ask = Questions(log, ledger)
        for of, (report, table, keys) in TABLES.items():
            if of in theirs:
                check(await ask.rows(report, table, inside), theirs[of], keys)
        now = Asked(as_of, None, None)
        check(await ask.rows("pipeline", "by_stage", now), theirs["pipeline"], ("stage",))
        segment = str(theirs["segments"][0]["segment"])
        ours = await ask.rows("segments", "closed", inside, segment=segment)
        check(ours, theirs["segments"], ("key",))
        months = await ask.rows("metrics", "month", inside)
        for row in months:
            row["won_amount_minor"] = sum(one["amount_minor"] for one in row["won_amount"])
        check(months, theirs["month"], ("period",))
