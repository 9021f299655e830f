"""Opening a deal by its form, and the board's last column and narrow form."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from deals.commands import ImportDeal, PastStep
from deals.deal import OPS, PlaybookRef
from deals.decide import decide
from ledger.record import record
from ledger.session import Ledger
from tests.api.fake_engine import Away
from tests.web.conftest import Site, hidden

FILLED = {
    "customer": "Kaida Bearings",
    "title": "Two presses",
    "playbook": "equipment-sales",
    "amount": "1,250,000.50",
    "currency": "eur",
    "source": "referral",
    "fact.contact.name": "Ms Gao",
    "fact.contact.phone": "+86 512",
    "fact.customer-type": "dealer",
    "fact.wanted-on": "2027-03-01",
}


async def form_of(site: Site, person: str = "ana") -> dict[str, str]:
    """What a fresh form carries."""
    return hidden(await site.get("/deals/new", person), "/deals")


async def view_at(site: Site, address: str) -> dict[str, object]:
    """The deal whose page that is."""
    deal_id = re.fullmatch(r"/deals/(\w+)\?done=1", address)
    assert deal_id, address
    view: dict[str, object] = (await site.http.get(f"/v1/deals/{deal_id.group(1)}")).json()
    return view


async def test_a_form_opens_one_deal_however_often_it_is_sent(site: Site) -> None:
    filled = await form_of(site) | FILLED
    answers = [await site.send("/deals", **filled) for _ in "123"]
    assert len({one.headers["location"] for one in answers}) == 1
    deal = await view_at(site, answers[0].headers["location"])
    assert (deal["customer"], deal["owner"], deal["team"]) == ("Kaida Bearings", "ana", "north")
    assert (deal["amount_minor"], deal["currency"]) == (125_000_050, "EUR")
    assert deal["source"] == "referral"
    assert deal["facts"] == {
        "source": "referral",
        "contact": {"name": "Ms Gao", "phone": "+86 512"},
        "customer-type": "dealer",
        "wanted-on": "2027-03-01",
    }
    assert "Kaida Bearings" in await site.get(answers[0].headers["location"])
    assert len((await site.http.get("/v1/deals")).json()["items"]) == 1


async def test_the_same_form_with_other_words_shows_the_deal_and_opens_another(site: Site) -> None:
    filled = await form_of(site) | FILLED
    first = await site.send("/deals", **filled)
    again = await site.send("/deals", **filled | {"title": "Three presses"})
    assert again.status_code == 409
    assert first.headers["location"].partition("?")[0] in again.text
    assert 'value="Three presses"' in again.text
    fresh = hidden(again.text, "/deals")
    assert fresh["key"] != filled["key"]
    second = await site.send("/deals", **FILLED | fresh | {"title": "Three presses"})
    assert second.headers["location"] != first.headers["location"]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("customer", ""),
        ("title", "  "),
        ("title", "x" * 201),
        ("amount", "much"),
        ("amount", "-5"),
        ("currency", "euro"),
        ("source", "heaven"),
        ("fact.contact", ""),
        ("fact.customer-type", "friend"),
        ("fact.quantity", "many"),
        ("fact.budget", "1e999999999"),
        ("fact.wanted-on", "soon"),
    ],
)
async def test_what_does_not_fit_is_said_at_its_field(site: Site, field: str, typed: str) -> None:
    changed = {"fact.contact.name": ""} if field == "fact.contact" else {field: typed}
    answer = await site.send("/deals", **await form_of(site) | FILLED | changed)
    assert answer.status_code == 422
    faults = re.findall(r'id="fault-([^"]+)"', answer.text)
    assert faults == [field.replace(".", "-")]
    assert 'value="Ms Gao"' in answer.text or field == "fact.contact"
    assert 'value="2027-03-01"' in answer.text or field == "fact.wanted-on"
    if typed.strip():
        assert f'value="{typed}"' in answer.text or field in {"source", "fact.customer-type"}
    assert (await site.http.get("/v1/deals")).json()["items"] == []


async def test_whoever_manages_names_an_owner_and_a_rep_does_not(site: Site) -> None:
    assert 'name="owner"' not in await site.get("/deals/new")
    mine = await site.send("/deals", **await form_of(site) | FILLED | {"owner": "bo"})
    assert (await view_at(site, mine.headers["location"]))["owner"] == "ana"
    filled = await form_of(site, "max") | FILLED | {"owner": "bo"}
    theirs = await site.send("/deals", "max", **filled)
    deal = await view_at(site, theirs.headers["location"])
    assert (deal["owner"], deal["team"]) == ("bo", "south")
    stranger = await site.send("/deals", "max", **filled | {"key": "k", "owner": "nobody"})
    assert (stranger.status_code, "fault-owner" in stranger.text) == (422, True)


async def test_while_the_engine_is_away_nothing_that_was_typed_is_lost(site: Site) -> None:
    filled = await form_of(site) | FILLED
    site.engine.away = Away.SERVER
    answer = await site.send("/deals", **filled)
    assert answer.status_code == 503
    assert hidden(answer.text, "/deals")["key"] == filled["key"]
    assert 'value="Kaida Bearings"' in answer.text
    site.engine.away = Away.NOTHING
    assert (await site.send("/deals", **filled)).status_code == 303


async def test_what_is_not_recorded_yet_is_called_taken(site: Site) -> None:
    site.engine.records = False
    answer = await site.send("/deals", **await form_of(site) | FILLED)
    assert answer.headers["location"] == "/board?taken=1"


async def test_another_playbook_asks_for_its_own_fields_and_keeps_the_rest(site: Site) -> None:
    page = await site.get("/deals/new?playbook=short-pipeline&customer=Kaida&amount=12")
    assert 'value="Kaida"' in page
    assert 'value="short-pipeline" selected' in page
    unknown = await site.send("/deals", **await form_of(site) | FILLED | {"playbook": "x"})
    assert unknown.status_code == 422


async def test_customers_are_offered_as_they_are_written(site: Site) -> None:
    for name in ("Kaida Bearings", "KAIDA Tools", "Ruifeng", "50%"):
        await site.open(customer=name, title="for kaida" if name == "Ruifeng" else "Press")
    assert (await site.ask("/customers?q=kaida")).json() == ["KAIDA Tools", "Kaida Bearings"]
    assert (await site.ask("/customers?q=%25")).json() == ["50%"]
    assert (await site.ask("/customers?q=")).json() == []


async def won(site: Site, ledger: Ledger, number: int, *, at: datetime, currency: str) -> None:
    """A deal that came in with its past, won then after 30 days."""
    playbook, _ = site.engine.deals[(await site.open())["id"]]
    opened_at = at - timedelta(days=30)
    command = ImportDeal(
        command_id=f"i{number}",
        actor=OPS,
        deal_id=f"W{number}",
        playbook=PlaybookRef(id=playbook.id, version=playbook.version, digest=playbook.digest),
        title="Press",
        customer=f"Won {number}",
        owner="ana",
        team="north",
        amount_minor=number * 10_000_000,
        currency=currency,
        opened_at=opened_at,
        reference=f"r{number}",
        past=(
            PastStep(kind="stage", stage=playbook.stages[0].id, at=opened_at),
            PastStep(kind="end", outcome="won", at=at),
        ),
    )
    events = decide(playbook, None, command, now=datetime.now(UTC))
    await record(ledger, command.deal_id, events)


async def test_the_last_column_counts_what_was_won_this_quarter(
    site: Site, ledger_url: str
) -> None:
    ledger = Ledger.open(ledger_url)
    now = datetime.now(UTC)
    before = (now.replace(day=1) - timedelta(days=100)).replace(day=1)
    for number, currency in enumerate(("CNY", "EUR", "EUR"), start=1):
        at = now - timedelta(minutes=number)
        await won(site, ledger, number, at=at, currency=currency)
    await won(site, ledger, 4, at=before, currency="EUR")
    await ledger.close()
    board = await site.get("/board?team=north", "max")
    column = board[board.index("data-won") :]
    assert re.search(r"Won this quarter</h2><b>3</b>\s*<span[^>]*>¥100 k, €500 k</span>", column)
    assert re.findall(r">(Won \d)</a>", column) == ["Won 1", "Won 2", "Won 3"]
    assert "30 d, Ana Rep" in column
    assert "data-won" in await site.get("/board?owner=bo", "max")
    assert "Won 1" not in await site.get("/board?owner=bo", "max")
    assert "data-won" not in await site.get("/board?late=1", "max")


async def test_a_narrow_board_shows_one_stage_and_keeps_the_filters(site: Site) -> None:
    await site.open()
    page = await site.get("/board?team=north&stage=negotiation", "max")
    assert re.findall(r'class="column chosen" data-stage="([^"]+)"', page) == ["negotiation"]
    assert "/board?team=north&amp;stage=contract" in page
    first = await site.get("/board?stage=nowhere", "max")
    assert re.findall(r'class="column chosen" data-stage="([^"]+)"', first) == ["first-contact"]
    assert 'class="column narrow chosen"' in await site.get("/board?stage=_won", "max")
