"""Lists of deals: filtered, sorted, and paged without losing or repeating one."""

from datetime import timedelta
from itertools import pairwise
from typing import get_args

import pytest

from ledger.agenda import agenda
from ledger.deals import DealFilter, DealRow, Sort, deal_state, list_deals, listed_deal
from ledger.paging import BadCursor, Page
from ledger.record import Life, record, record_many
from ledger.session import Ledger
from tests.ledger.lives import PEOPLE, Told, opened, random_life

SEEDS = range(1, 25)
SORTS: tuple[Sort, ...] = get_args(Sort)


@pytest.fixture
async def peopled(ledger: Ledger) -> Ledger:
    """A ledger with random lives."""
    lives = (Life(f"D{seed}", random_life(seed).events) for seed in SEEDS)
    await record_many(ledger, lives)
    return ledger


async def listed(ledger: Ledger, *told: Told) -> Ledger:
    """The ledger with these deals."""
    for one in told:
        assert one.deal
        await record(ledger, one.deal.id, one.events)
    return ledger


async def ids(ledger: Ledger, **wanted: object) -> list[str]:
    found = await list_deals(ledger, DealFilter(**wanted), sort="id")  # type: ignore[arg-type]  # each test names what is there
    return [row.id for row in found.items]


async def test_pages_of_any_order_hold_every_deal_once_and_in_order(peopled: Ledger) -> None:
    for sort in SORTS:
        whole = (await list_deals(peopled, DealFilter(), sort=sort)).items
        paged = await in_pages(peopled, sort)
        assert paged == list(whole)
        assert len({row.id for row in paged}) == len(SEEDS)
        assert in_order(paged, sort)


async def in_pages(ledger: Ledger, sort: Sort) -> list[DealRow]:
    paged: list[DealRow] = []
    page: Page[DealRow] | None = None
    while page is None or page.next_cursor:
        cursor = page.next_cursor if page else None
        page = await list_deals(ledger, DealFilter(), sort=sort, cursor=cursor, limit=5)
        paged += page.items
    return paged


def in_order(rows: list[DealRow], sort: Sort) -> bool:
    """By the key, nothing last, equal ones by id."""
    name = sort.removeprefix("-")

    def before(one: DealRow, other: DealRow) -> bool:
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine is None or theirs is None or mine == theirs:
            return (mine is None, one.id) < (theirs is None, other.id)
        return bool(mine > theirs if sort.startswith("-") else mine < theirs)

    return all(before(one, other) for one, other in pairwise(rows))


async def test_a_page_that_ends_the_list_has_no_cursor(ledger: Ledger) -> None:
    await listed(ledger, opened("D1"), opened("D2"))
    page = await list_deals(ledger, DealFilter(), limit=2)
    assert (len(page.items), page.next_cursor) == (2, None)


@pytest.mark.parametrize("cursor", ["", "nonsense", "bnVsbA", "W10", "é", "WyJpZCIsIDEsIDJd"])
async def test_a_cursor_nobody_gave_is_refused(ledger: Ledger, cursor: str) -> None:
    with pytest.raises(BadCursor):
        await list_deals(ledger, DealFilter(), cursor=cursor)


async def test_a_cursor_of_another_order_is_refused(peopled: Ledger) -> None:
    page = await list_deals(peopled, DealFilter(), sort="title", limit=1)
    with pytest.raises(BadCursor):
        await list_deals(peopled, DealFilter(), sort="id", cursor=page.next_cursor)


async def test_a_length_out_of_range_is_brought_into_it(peopled: Ledger) -> None:
    assert len((await list_deals(peopled, DealFilter(), limit=0)).items) == 1
    assert len((await list_deals(peopled, DealFilter(), limit=10_000)).items) == len(SEEDS)


async def test_lists_are_filtered_by_every_column(ledger: Ledger) -> None:
    won, held, late = opened("D2", owner="chen"), opened("D3", team="west"), opened("D4")
    won.send("close", outcome="lost", reason="price")
    held.send("place_hold", until=(held.now + timedelta(days=3)).isoformat(), reason="holidays")
    late.wait(days=4)
    await listed(ledger, opened("D1", source="web"), won, held, late)
    assert await ids(ledger, status=("lost", "won")) == ["D2"]
    assert await ids(ledger, status=("on_hold",)) == ["D3"]
    assert await ids(ledger, stage="contact") == ["D1", "D2", "D3", "D4"]
    assert await ids(ledger, stage="contract") == []
    assert await ids(ledger, owner="chen") == ["D2"]
    assert await ids(ledger, team="west") == ["D3"]
    assert await ids(ledger, source="web") == ["D1"]
    assert await ids(ledger, overdue=True) == ["D4"]
    assert await ids(ledger, overdue=False, owner="lin") == ["D1", "D3"]
    assert await ids(ledger, in_pool=True) == []


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("PRESS", ["D1", "D3"]),
        ("ÉCOLE", ["D2"]),
        ("客户", ["D3"]),
        ("d2", ["D2"]),
        ("100%", ["D3"]),
        ("_", []),
        ("nul\x00", []),
        ("", ["D1", "D2", "D3"]),
    ],
)
async def test_a_search_finds_parts_of_title_customer_and_id_in_any_case(
    ledger: Ledger, q: str, found: list[str]
) -> None:
    await listed(
        ledger,
        opened("D1", title="Press line", customer="Acme"),
        opened("D2", title="Lathe", customer="École de Lyon"),
        opened("D3", title="press, 100% used", customer="老客户"),
    )
    assert await ids(ledger, q=q) == found


async def test_a_deal_is_listed_as_it_is_now(ledger: Ledger) -> None:
    told = opened("D1", amount_minor=500, currency="EUR")
    told.wait(hours=1)
    told.send("record_action", action="call")
    await listed(ledger, told)
    row = await listed_deal(ledger, "D1")
    assert row
    assert told.deal
    assert (row.title, row.amount_minor, row.currency) == ("Press", 500, "EUR")
    assert (row.stage, row.status, row.seq) == ("contact", "open", told.deal.seq)
    assert row.next_due_at == min(c.due_at for c in told.deal.clocks if c.live and c.due_at)
    assert row.heard_at == told.now


async def test_an_unknown_deal_is_nothing(ledger: Ledger) -> None:
    assert await listed_deal(ledger, "D9") is None
    assert await deal_state(ledger, "D9") is None


async def test_the_agenda_lists_what_is_overdue_first_then_by_due_instant(
    ledger: Ledger,
) -> None:
    late, new, others = opened("D1"), Told(), opened("D3", owner="chen")
    late.wait(days=4)
    new.now = late.now
    new.open("D2")
    await listed(ledger, late, new, others)
    tasks = await agenda(ledger, "lin")
    assert [task.overdue for task in tasks] == sorted((t.overdue for t in tasks), reverse=True)
    for one, other in pairwise(tasks):
        assert (not one.overdue, one.due_at) <= (not other.overdue, other.due_at)
    assert {(task.deal_id, task.kind, task.subject) for task in tasks} == {
        ("D1", "action", "call"),
        ("D1", "action", "visit"),
        ("D1", "idle", "contact"),
        ("D2", "action", "call"),
        ("D2", "action", "visit"),
        ("D2", "idle", "contact"),
    }
    assert {task.deal_id for task in tasks if task.overdue} == {"D1"}


async def test_the_agenda_leaves_out_what_rests(ledger: Ledger) -> None:
    held, closed = opened("D1"), opened("D2")
    held.send("place_hold", until=(held.now + timedelta(days=3)).isoformat(), reason="holidays")
    closed.send("close", outcome="lost", reason="price")
    await listed(ledger, held, closed)
    assert await agenda(ledger, "lin") == ()


async def test_the_agenda_follows_the_deal_to_its_new_owner(ledger: Ledger) -> None:
    told = opened("D1")
    told.send("assign", by=PEOPLE[2], owner="chen")
    await listed(ledger, told)
    assert await agenda(ledger, "lin") == ()
    assert {task.deal_id for task in await agenda(ledger, "chen")} == {"D1"}
