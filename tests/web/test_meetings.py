"""The papers of meetings: what is on them, for whom, and what cannot be asked for."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from deals.deal import Actor
from ledger.people import Person, put_person
from ledger.record import Life, record_many
from reports.period import day_begins
from reports.weekly import last_week
from tests.ledger.lives import Told
from tests.web.conftest import Site, open_like
from tests.web.pasts import MONTH, NOW, did, end, lived, stage
from web.monthly import TELLING

REVIEW = f"/meetings/monthly?month={MONTH}&manager=max"


async def test_the_week_says_where_it_is_stuck_and_which_deals_to_talk_about(site: Site) -> None:
    deal = await site.open(customer="Acme & <b>Sons</b>")
    await open_like(site.engine, deal["id"], ago=timedelta(days=9))
    page = await site.get("/meetings/weekly?manager=max", "ana")
    assert "First contact holds us up." in page
    assert "Of 1 looked at, 1 lacks:" in page
    assert "Acme &amp; &lt;b&gt;Sons&lt;/b&gt;" in page
    assert page.count('class="line-to-write"') >= 2
    assert "Ask for it before First contact" in page


async def test_a_team_without_deals_has_a_paper_as_well(site: Site) -> None:
    page = await site.get("/meetings/weekly", "max")
    for said in ("Nothing is stuck.", "No deal is open.", "Nothing was promised.", "None is stuck"):
        assert said in page


async def test_promises_have_more_rows_where_few_stages_are_listed(site: Site) -> None:
    book = await site.backing.shelf.find("equipment-sales")
    due_at = day_begins(last_week(NOW.date()), "UTC") + timedelta(days=3)
    for n in range(8):
        told = Told(book)
        told.now = due_at - timedelta(days=2)
        told.open(f"D{n}", owner="ana", team="north")
        step = {"what": f"Send it {n}", "on": due_at.isoformat()}
        ana = Actor(id="ana", role="rep")
        told.send("record_action", by=ana, action="first-call", next_step=step)
        await record_many(site.backing.ledger, [Life(f"D{n}", told.events)])
    page = await site.get("/meetings/weekly?manager=max", "max")
    assert page.count("Send it") == 6
    assert "2 more" in page
    assert "more stage" not in page


async def test_the_month_counts_what_was_opened_in_it_and_opens_the_deals(site: Site) -> None:
    await site.open()
    await site.open(customer="Other")
    month = f"{datetime.now(UTC):%Y-%m}"
    page = await site.get(f"/meetings/monthly?month={month}&manager=max", "max")
    leads = re.search(r"New leads</span><strong>(\d+)", page)
    assert leads
    assert leads[1] == "2"
    address = re.search(r'href="(/reports/conversion/deals[^"]+)">2</a>', page)
    assert address
    assert "so far" in page
    assert "It did not change." not in page  # the playbook was published in it
    zh = await site.get(f"/meetings/monthly?month={month}", "max", language="zh")
    assert "流程月度回顾" in zh


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/meetings/monthly?month=2026-13", 422),
        ("/meetings/monthly?month=2099-01", 422),
        ("/meetings/monthly?month=yesterday", 422),
        ("/meetings/weekly?manager=nobody", 404),
        ("/meetings?manager=nobody", 404),
        ("/meetings/monthly", 200),
    ],
)
async def test_what_no_meeting_can_have_is_a_page(site: Site, path: str, status: int) -> None:
    answer = await site.ask(path, "max")
    assert answer.status_code == status
    assert "</html>" in answer.text


def told(page: str, person: str) -> str:
    """What somebody tells of, as markup."""
    begin = rf"<tbody[^>]*><tr><th[^>]*><div[^>]*>{person}</div>"
    found = re.search(rf"{begin}.*?</tbody>", page, re.DOTALL)
    assert found, f"{person} tells of nothing"
    return found[0]


def words(markup: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", markup).split())


async def test_each_rep_tells_of_the_deals_that_took_longest_and_has_room_to_write(
    site: Site,
) -> None:
    visits = (stage("first-contact", -2), stage("quotation", 1), stage("negotiation", 9))
    work = (did("follow-up", 2), did("follow-up", 4), did("send-quote", 5))
    await lived(site.backing, "W1", *visits, *work, end("won", 12), amount_minor=120_000_00)
    await lived(
        site.backing, "W2", stage("first-contact", 3), end("won", 12), amount_minor=9_900_000_00
    )
    await lived(
        site.backing,
        "L1",
        *visits[:2],
        end("lost", 20, "price & <i>terms</i>"),
        amount_minor=50_000_00,
        currency="EUR",
    )
    page = await site.get(REVIEW, "max")
    ana = told(page, "Ana Rep")
    assert 'href="/deals/W1"' in ana
    assert 'href="/deals/L1"' in ana
    assert "W2" not in ana
    assert ana.count('class="line-to-write"') == 4
    said = words(ana)
    assert "won Customer W1 ¥120,000 14 d 3 actions" in said
    assert "longest in Proposal and quote, 8 d" in said
    assert "lost Customer L1 €50,000 22 d 0 actions" in said
    assert "lost in Proposal and quote longest in Proposal and quote, 19 d" in said
    assert "price &amp; &lt;i&gt;terms&lt;/i&gt;" in ana
    zh = words(told(await site.get(REVIEW, "max", language="zh"), "Ana Rep"))
    assert "在方案报价输单" in zh
    assert "方案报价停留最久，8天" in zh


async def test_what_nobody_knows_of_a_deal_that_is_told_is_said(site: Site) -> None:
    first = stage("first-contact", 1).model_copy(update={"at": None})
    await lived(site.backing, "W1", stage("first-contact", 1), end("won", 12), owner="bo")
    await lived(site.backing, "L1", first, end("lost", 20))
    ana = words(told(await site.get(REVIEW, "max"), "Ana Rep"))
    assert "lost Customer L1 nobody knows how long 0 actions" in ana
    assert "lost in First contact no reason was stated" in ana
    assert "¥" not in ana


async def test_a_rep_without_ends_is_named_with_none(site: Site) -> None:
    await lived(site.backing, "W1", stage("first-contact", 1), end("won", 12))
    page = await site.get(REVIEW, "max")
    none = "None was won in this month. None was lost in this month."
    assert words(told(page, "Bo Rep")) == f"Bo Rep {none}"
    assert "None was lost in this month." in words(told(page, "Ana Rep"))
    assert ">Max Manager</div>" not in page


async def test_whoever_ended_a_deal_tells_of_it_unless_it_is_a_machine(site: Site) -> None:
    robot = Person(id="robot", name="Robot", role="rep", manager="max", automatic=True)
    await put_person(site.backing.ledger, robot)
    await lived(site.backing, "W1", stage("first-contact", 1), end("won", 12), owner="max")
    await lived(site.backing, "W2", stage("first-contact", 1), end("won", 12), owner="robot")
    page = await site.get(REVIEW, "max")
    assert 'href="/deals/W1"' in told(page, "Max Manager")
    assert "W2" not in page


async def test_those_who_do_not_fit_on_paper_are_on_the_page(site: Site) -> None:
    for n in range(TELLING):
        rep = Person(id=f"rep-{n}", name=f"Rep {n}", role="rep", manager="max", team="north")
        await put_person(site.backing.ledger, rep)
    page = await site.get(REVIEW, "max")
    assert page.count('scope="rowgroup"') == TELLING + 2
    assert 'class="no-print"' not in told(page, f"Rep {TELLING - 3}")
    assert 'class="no-print"' in told(page, f"Rep {TELLING - 2}")
    assert 'class="no-print"' in told(page, f"Rep {TELLING - 1}")
    assert "2 more are on the page." in page


async def test_a_month_in_which_nothing_happened_has_a_paper_as_well(site: Site) -> None:
    page = await site.get(REVIEW, "max")
    for said in (
        "No deal entered a stage.",
        "No clock was due.",
        "No deal ended.",
        "No deal was followed up.",
        "It did not change.",
        "None was won in this month.",
    ):
        assert said in page, said
    assert "too early to say" not in page
    alone = await site.get(f"/meetings/monthly?month={MONTH}&manager=ola", "ola")
    assert "Nobody here has deals of their own." in alone


async def test_sources_and_follow_ups_have_their_share_n_and_interval(site: Site) -> None:
    begun = stage("quotation", 1)
    await lived(site.backing, "W1", begun, did("follow-up", 2), end("won", 9), source="web")
    await lived(
        site.backing, "L1", begun, *(did("follow-up", 2 + n) for n in range(3)), end("lost", 9)
    )
    await lived(site.backing, "O1", begun, did("follow-up", 3), source="web")
    page = await site.get(REVIEW, "max")
    said = words(page)
    assert "Website 1 100 % 21 to 100, n 1 unknown 1 0 % 0 to 79, n 1" in said
    assert "1 1 2 50 % 9 to 91, n 2 2 0 1 0 % 0 to 79, n 1 3 0 1 0 % 0 to 79, n 1" in said
    assert said.count("Where fewer than 20 ended, it is too early to say.") == 2
    behind = re.search(r'href="(/reports/follow-ups/deals[^"]+open_n)">1</a>', page)
    assert behind
    assert "Customer O1" in await site.get(behind[1].replace("&amp;", "&"), "max")


async def test_what_is_hopeless_after_three_follow_ups_is_named(site: Site) -> None:
    for n in range(80):
        past = (stage("quotation", 1), *(did("follow-up", 2 + at) for at in range(3)))
        await lived(site.backing, f"L{n}", *past, end("lost", 9), source="exhibition")
    page = words(await site.get(REVIEW, "max"))
    assert "Hardly ever won after three follow-ups: north" in page
    assert "follow-ups: unknown" not in page
    assert "Exhibition 80 0 % 0 to 5, n 80" in page
    assert "too early to say" not in page
