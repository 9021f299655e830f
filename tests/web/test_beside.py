"""Forms in rows, the side of Today, escalations in place, forms of nobody; without scripts."""

import asyncio
import html
import logging
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from deals.clock import ClockKind
from ledger.session import Ledger
from reports.copy import Copy
from reports.kept import LastWeek, Missed, Share
from reports.last_year import LastYear
from reports.likely import Chance
from tests.web.conftest import Site, as_, hidden
from web import beside, last_year
from web.last_year import LASTS, Counted

NOW = datetime(2026, 11, 23, 5, 40, tzinfo=UTC)
CLOCKS: tuple[tuple[ClockKind, str, datetime | None], ...] = (
    ("action", "first-call", None),
    ("idle", "first-contact", NOW + timedelta(hours=3)),
)
SOON = (datetime.now(UTC) + timedelta(days=6)).date().isoformat()


async def row_of(site: Site, deal_id: str) -> str:
    """The key of a row of a deal on today's list."""
    page = await site.get("/today")
    return page.split(f'data-key="{deal_id}/')[1].split('"')[0]


@pytest.mark.parametrize(
    ("do", "verb", "said"),
    [
        ("hold", "hold", {"until": SOON, "reason": "they take stock"}),
        ("assign", "assign", {"owner": "bo", "reason": "nearer"}),
        ("next", "actions", {"action": "first-call", "next_what": "list", "next_on": SOON}),
        ("nonsense", "actions", {"action": "first-call", "note": "spoke"}),
    ],
)
async def test_each_form_opens_in_its_row_and_comes_back_there(
    site: Site, do: str, verb: str, said: dict[str, str]
) -> None:
    deal = await site.open()
    key = f"{deal['id']}/{await row_of(site, deal['id'])}"
    page = await site.get(f"/today?open={key}&do={do}")
    form = page.split('class="act"')[1].split("</form>")[0]
    assert f"/deals/{deal['id']}/{verb}" in form
    fields = {"key": "k", "seq": "99", "back": "/today?all=1"} | said
    answer = await site.send(f"/deals/{deal['id']}/{verb}", **fields)
    assert answer.headers["location"] == f"/today?all=1&done=1&deal={deal['id']}"


async def test_a_resting_deal_says_until_when_and_why(site: Site) -> None:
    deal = await site.open()
    said = {"key": "k", "seq": "99", "back": "/today", "until": SOON, "reason": "they take stock"}
    await site.send(f"/deals/{deal['id']}/hold", **said)
    page = await site.get("/today")
    assert "they take stock. No clock runs." in page
    assert "Nothing waits for you today." in page


async def test_a_missed_clock_of_last_week_is_named_beside_what_was_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal = await site.open(customer="Kaida")
    assert "Last week" not in await site.get("/today", "bo")
    book = (deal["playbook"]["id"], deal["playbook"]["version"])
    missed = tuple(
        Missed(deal["id"], "Kaida", kind, subject, book, NOW, met_at)
        for kind, subject, met_at in CLOCKS
    )

    async def kept(*_: object, **__: object) -> LastWeek:
        return LastWeek(Share(6, 8), Share(30, 41), missed)

    monkeypatch.setattr(beside, "kept", kept)
    page = await site.get("/today")
    for said in ("6 of 8 clocks kept.", "Team: 30 of 41.", "First call · Kaida", "not done."):
        assert said in page
    assert "Get in touch · Kaida" in page.split("Last week")[1]


async def test_whose_doing_it_was_is_told_to_the_others_only(site: Site) -> None:
    deal = await site.open()
    path = f"/live/by?deal={deal['id']}&deal=Dnobody"
    said = {"key": "m", "seq": "99", "back": "/", "note": "she called"}
    await site.send(f"/deals/{deal['id']}/replies", "max", **said)
    assert (await site.ask(path)).json()[deal["id"]].startswith("Max Manager, ")
    assert (await site.ask(path, "max")).json() == {}
    assert "," not in (await site.ask(path, language="zh")).json()[deal["id"]]
    many = "&".join(f"deal=D{n}" for n in range(21))
    assert (await site.ask(f"/live/by?{many}")).status_code == 422


async def escalated(site: Site) -> tuple[str, str]:
    """A deal, and the escalation of it that its manager has to answer."""
    deal = await site.open()
    await site.engine.pass_time(deal["id"], datetime.now(UTC) + timedelta(days=5))
    view = (await site.http.get(f"/v1/deals/{deal['id']}")).json()
    raised = next(one for one in view["escalations"] if one["to"] == "manager")
    return deal["id"], raised["id"]


async def test_a_manager_extends_hands_over_and_lets_pass_where_the_escalation_is(
    site: Site,
) -> None:
    deal, raised = await escalated(site)
    at = f"/escalations/{raised}"
    plain = await site.get(at, "max")
    assert "An answer holds this ladder until" in plain
    assert 'name="extend_until"' not in plain
    extend = await site.get(f"{at}?do=extend", "max")
    assert 'name="extend_until"' in extend
    for do, verb in (("assign", "assign"), ("override", "override")):
        fields = hidden(await site.get(f"{at}?do={do}", "max"), f"/deals/{deal}/{verb}")
        assert fields["back"] == "/escalations"
    fields = hidden(extend, f"{at}/acknowledge")
    answer = await site.send(f"{at}/acknowledge", "max", **fields, note="ok", extend_until=SOON)
    assert answer.status_code == 303
    page = await site.get("/escalations", "max")
    assert "1 answered today" in page
    assert "Max Manager" in page.split("answered today")[1]
    again = await site.get(at, "max")
    assert "Your answer" not in again.split("<article")[1]


async def test_what_is_answered_says_why_it_may_pass(site: Site) -> None:
    deal = await site.open()
    said = {"key": "k", "seq": "99", "back": "/", "reason": "they are in a hurry"}
    await site.send(f"/deals/{deal['id']}/override", **said)
    page = await site.get("/escalations", "max")
    assert "they are in a hurry" in page
    answer = {"key": "m", "seq": "99", "back": "/escalations", "note": "known to me"}
    assert (await site.send(f"/deals/{deal['id']}/override", "max", **answer)).status_code == 303
    assert "known to me" in await site.get(f"/deals/{deal['id']}")


async def test_nothing_to_answer_is_said_kindly(site: Site) -> None:
    page = await site.get("/escalations", "max")
    assert "Nothing needs you." in page
    assert "/board" in page.split("Nothing needs you.")[1]


async def test_a_form_of_nobody_waits_with_its_text(site: Site) -> None:
    deal = await site.open()
    path = f"/deals/{deal['id']}/actions"
    typed = {"key": "k", "seq": "99", "back": "/today", "action": "first-call", "note": "<b>spoke"}
    asked = await site.http.post(path, data=typed, files={"file": ("minutes.txt", b"x")})
    assert asked.status_code == 401
    assert "minutes.txt" in asked.text
    assert "&lt;b&gt;spoke" in asked.text
    fields = {name: html.unescape(one) for name, one in hidden(asked.text, "/who").items()}
    chosen = await site.http.post("/who", data=fields | {"note": "no", "person": "ana"})
    assert "dealpace_person=ana" in chosen.headers["set-cookie"]
    kept = hidden(chosen.text, path)
    assert kept == {name: typed[name] for name in ("key", "seq", "back", "action")}
    assert "&lt;b&gt;spoke" in chosen.text
    assert not (await site.http.get(f"/v1/deals/{deal['id']}")).json()["done"]
    sent = await site.send(path, **kept, note="spoke")
    assert sent.status_code == 303


async def test_a_waiting_form_leads_nowhere_else(site: Site) -> None:
    await site.open()
    fields = {"person": "ana", "waiting.to": "//evil.example", "waiting.field.note": "x"}
    answer = await site.http.post("/who", data=fields)
    assert 'action="/"' in answer.text
    assert "evil" not in answer.text
    nobody = await site.http.post("/who", data=fields | {"person": "stranger"}, headers=as_(""))
    assert nobody.status_code == 303


async def test_a_deal_says_how_long_won_ones_took(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal = await site.open()
    assert "won deals take" not in await site.get(f"/deals/{deal['id']}")

    async def year(*_: object, **__: object) -> LastYear:
        return LastYear({}, {deal["playbook"]["id"]: 46.6})

    monkeypatch.setattr("web.deal.counted", year)
    assert "day 0; won deals take 47 (median)" in await site.get(f"/deals/{deal['id']}")
    said = {"key": "k", "seq": "99", "outcome": "lost", "reason": "too dear"}
    await site.send(f"/deals/{deal['id']}/close", **said)
    assert "won deals take" not in await site.get(f"/deals/{deal['id']}")


async def test_the_last_year_is_counted_now_and_then_and_kept_if_that_goes_wrong(
    ledger_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger.open(ledger_url)
    backing: Any = SimpleNamespace(
        ledger=ledger, copy=Copy(ledger), home=SimpleNamespace(time_zone="UTC")
    )
    known = LastYear({("plain", "c"): Chance(22, 24, 22 / 24, 0.74, 0.98, 3)}, {"plain": 47})
    asked = []

    async def counted(*_: object, **__: object) -> Any:  # noqa: ANN401 - what the report gives
        asked.append(1)
        await asyncio.sleep(0)
        if len(asked) > 1:
            raise OSError
        return known

    monkeypatch.setattr(last_year, "last_year", counted)
    year = Counted()
    assert await year.get(backing, NOW) == known
    assert await year.get(backing, NOW + LASTS / 2) == known
    assert len(asked) == 1
    with caplog.at_level(logging.WARNING):
        assert await year.get(backing, NOW + LASTS) == known
    assert len(asked) == 2
    assert "the last year" in caplog.text
    await ledger.close()
