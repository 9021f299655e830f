"""Last week's clocks: the same numbers as the report, and the missed ones by name."""

from datetime import timedelta

import pytest

from ledger.playbooks import publish_playbook
from ledger.record import Life, record_many
from ledger.session import Ledger
from reports.kept import NAMED, LastWeek, kept
from reports.period import day_begins
from tests.deals.lives import MONDAY
from tests.ledger.lives import BOOK, opened, random_life
from tests.reports.scene import furnish
from tests.reports.test_kept import day_of
from tests.reports.told import found

LIVES = [random_life(seed, steps=60, repins=False) for seed in range(60)]


async def week(ledger: Ledger, person: str, team: str | None, first: int) -> LastWeek:
    """Seven days from some day of the lives on, as known at their end."""
    since = day_begins((MONDAY + timedelta(days=first)).date(), "UTC")
    until = since + timedelta(days=7)
    return await kept(ledger, person, team, since=since, until=until, now=until)


@pytest.mark.parametrize("first", [0, 7, 14])
async def test_the_numbers_are_those_of_the_report(ledger: Ledger, first: int) -> None:
    await publish_playbook(ledger, BOOK, "book", now=MONDAY)
    await record_many(ledger, [Life(one.deal.id, one.events) for one in LIVES if one.deal])
    day = (MONDAY + timedelta(days=first)).date()
    end = day + timedelta(days=7)
    day_then = day_of(day_begins(end, "UTC"))
    seen = 0
    for person in ("lin", "chen", "wu"):
        rows = [
            one.row for one in await found(ledger, "sla", "by_rep", days=(day, end), day=day_then,
                                           owner=person)
        ]  # fmt: skip
        row = next((one for one in rows if one.owner == person), None)
        own = (await week(ledger, person, None, first)).own
        assert own == ((row.kept_n, row.n) if row else (0, 0))
        seen += own.n
    assert seen > 20
    rows = [
        one.row for one in await found(ledger, "sla", "by_rep", days=(day, end), day=day_then,
                                       team="east")
    ]  # fmt: skip
    team = (await week(ledger, "lin", "east", first)).team
    assert team == (sum(one.kept_n for one in rows), sum(one.n for one in rows))


async def test_what_was_missed_has_a_name(ledger: Ledger) -> None:
    late, quiet = opened("D1", customer="Kaida"), opened("D2")
    late.wait(days=6)
    late.send("record_action", action="call")
    quiet.wait(days=6)
    await furnish(ledger, late, quiet)
    await publish_playbook(ledger, BOOK, "book", now=MONDAY)
    told = await week(ledger, "lin", "east", 0)
    assert (told.own, len(told.missed)) == ((0, 4), NAMED)
    assert [(one.deal_id, one.met_at is None) for one in told.missed] == [
        *(("D2", True), ("D2", True)),
        ("D1", False),
    ]
    assert told.missed[-1].customer == "Kaida"
