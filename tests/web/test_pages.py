"""Every page, for every role, in both languages; and what people send by their forms."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.fake_engine import Away
from tests.playbooks.written import changed
from tests.web.conftest import Site, as_, hidden, open_like

PAGES = (
    *("/imports", "/meetings", "/meetings/weekly", "/meetings/monthly"),
    *("/today", "/board", "/escalations", "/pool", "/reports", "/search?q=acme", "/keys", "/more"),
    *("/deals/new", "/people", "/people/ana", "/status", "/board?stage=_won&owner=ana"),
    *(
        "/who",
        "/reports?team=north&from=2026-01-01&to=2027-01-01&owner=ana&playbook=short-pipeline",
    ),
)
SCRIPT = "<script>alert(1)</script>"


async def quick(site: Site, deal_id: str) -> dict[str, str]:
    """The hidden fields of the one-click form of a deal on today's list."""
    return hidden(await site.get("/today"), f"/deals/{deal_id}/actions")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("person", ["ana", "max", "dora", "ola"])
async def test_every_page_is_there_for_everybody(site: Site, person: str, language: str) -> None:
    deal = await site.open()
    for path in (*PAGES, f"/deals/{deal['id']}", f"/deals/{deal['id']}?timeline=all&open=record"):
        page = await site.get(path, person, language=language)
        assert f'lang="{"zh-Hans" if language == "zh" else "en"}"' in page
        assert page.count("<h1") + page.count("<h2") > 0


@pytest.mark.parametrize(
    "verb", ["actions", "replies", "facts", "return", "hold", "assign", "override", "close"]
)
async def test_every_command_has_a_form_of_its_own(site: Site, verb: str) -> None:
    deal = await site.open()
    page = await site.get(f"/deals/{deal['id']}/{verb}")
    assert hidden(page, f"/deals/{deal['id']}/{verb}")["key"].startswith("web-")


async def test_nobody_is_asked_who_they_are_twice(site: Site) -> None:
    answer = await site.ask("/board?team=north", "")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/who?next=/board%3Fteam%3Dnorth",
    )
    chosen = await site.send("/who", "", person="ana", next="/board?team=north")
    assert chosen.headers["location"] == "/board?team=north"
    assert "dealpace_person=ana" in chosen.headers["set-cookie"]


@pytest.mark.parametrize("given", ["//evil.example", "https://evil.example/", "/\\evil", "x"])
async def test_no_address_leads_away(site: Site, given: str) -> None:
    answer = await site.send("/who", "", person="ana", next=given)
    assert answer.headers["location"] == "/"


async def test_the_day_begins_where_the_role_works(site: Site) -> None:
    found = {one: (await site.ask("/", one)).headers["location"] for one in ("ana", "max", "ola")}
    assert found == {"ana": "/today", "max": "/escalations", "ola": "/board"}


async def test_one_click_records_once_however_often_it_is_sent(site: Site) -> None:
    deal = await site.open()
    fields = await quick(site, deal["id"]) | {"action": "first-call"}
    answers = [await site.send(f"/deals/{deal['id']}/actions", **fields) for _ in "123"]
    assert [one.status_code for one in answers] == [303] * 3
    assert answers[0].headers["location"] == f"/today?done=1&deal={deal['id']}"
    view = (await site.http.get(f"/v1/deals/{deal['id']}")).json()
    assert [(one["action"], one["times"]) for one in view["done"]] == [("first-call", 1)]
    assert "It is on the timeline" in await site.get("/today?done=1")


async def test_a_form_carries_note_document_and_next_step(site: Site) -> None:
    deal = await site.open()
    on = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    answer = await site.send(
        f"/deals/{deal['id']}/actions",
        files={"file": ("talk.txt", b"minutes", "text/plain")},
        key="k", seq="99", back="/today", action="first-call", note="Spoke to her",
        next_what="send the list", next_on=on,
    )  # fmt: skip
    assert answer.status_code == 303
    page = await site.get(f"/deals/{deal['id']}")
    assert "Spoke to her" in page
    assert "send the list" in page
    events = (await site.http.get(f"/v1/deals/{deal['id']}/timeline")).json()["items"]
    done = next(one for one in events if one["kind"] == "action_recorded")
    file = await site.http.get(f"/v1/files/{done['evidence'][0]['file']}")
    assert file.content == b"minutes"


async def test_a_refusal_says_what_is_missing_and_changes_nothing(site: Site) -> None:
    deal = await site.open()
    answer = await site.send(f"/deals/{deal['id']}/advance", key="k", seq="99", back="/board")
    assert answer.status_code == 409
    for said in ("Not yet: 4 things are missing", "Source", "First call", "Nothing was changed"):
        assert said in answer.text
    assert "Ask to let it pass" in answer.text
    manager = await site.send(f"/deals/{deal['id']}/advance", "max", key="m", seq="99", back="/")
    assert "Let it pass, with reason" in manager.text


async def test_whoever_was_slower_sees_what_happened_and_keeps_their_text(site: Site) -> None:
    deal = await site.open()
    fields = await quick(site, deal["id"])
    await site.send(
        f"/deals/{deal['id']}/assign",
        "max",
        key="m",
        seq="99",
        back="/",
        owner="bo",
        reason="region",
    )
    answer = await site.send(
        f"/deals/{deal['id']}/actions", **(fields | {"action": "first-call", "note": "my words"})
    )
    assert answer.status_code == 409
    assert "Max Manager changed this deal" in answer.text
    assert "my words" in answer.text
    again = hidden(answer.text, f"/deals/{deal['id']}/actions")
    assert again["key"] != fields["key"]
    saved = await site.send(f"/deals/{deal['id']}/actions", **again, note="my words")
    assert saved.status_code == 303


async def test_a_field_that_does_not_fit_is_shown_again(site: Site) -> None:
    deal = await site.open()
    for until in ("yesterday", ""):
        answer = await site.send(
            f"/deals/{deal['id']}/hold", key="k", seq="99", back="/", until=until, reason="fair"
        )
        assert answer.status_code == 422
        assert 'value="fair"' in answer.text
    past = await site.send(
        f"/deals/{deal['id']}/hold", key="k2", seq="99", back="/", until="2020-01-01", reason="fair"
    )
    assert (past.status_code, "This day is past" in past.text) == (409, True)


async def test_facts_of_every_kind_are_filled_in(site: Site) -> None:
    deal = await site.open()
    typed = {
        "fact.source": "referral", "fact.contact.name": "Ms Wu", "fact.contact.phone": "+86 1",
        "fact.budget": "1,200,000.50", "fact.need": "two shifts", "fact.quote.url": "https://x.example/q",
    }  # fmt: skip
    answer = await site.send(f"/deals/{deal['id']}/facts", key="k", seq="99", back="/", **typed)
    assert answer.status_code == 303, answer.text
    facts = (await site.http.get(f"/v1/deals/{deal['id']}")).json()["facts"]
    assert facts["budget"] == {"amount_minor": 120_000_050, "currency": "CNY"}
    assert facts["contact"] == {"name": "Ms Wu", "phone": "+86 1"}
    assert "1,200,000.50" in await site.get(f"/deals/{deal['id']}")
    bad = await site.send(
        f"/deals/{deal['id']}/facts", key="b", seq="99", back="/", **{"fact.budget": "much"}
    )
    assert bad.status_code == 422


async def test_a_deal_goes_from_first_contact_to_won_by_forms(site: Site) -> None:
    deal = await site.open()
    path, n = f"/deals/{deal['id']}", 0

    async def send(verb: str, person: str = "ana", **fields: str) -> int:
        nonlocal n
        n += 1
        answer = await site.send(
            f"{path}/{verb}", person, key=f"k{n}", seq="999", back=path, **fields
        )
        return answer.status_code

    assert await send("facts", **{"fact.source": "web", "fact.contact.name": "Ms Wu"}) == 303
    while True:
        view = (await site.http.get(f"/v1{path}")).json()
        if view["status"] == "won":
            break
        offered = {one["action"] for one in view["next_actions"]}
        wanted = [one["id"] for one in view["unmet"] if one["id"] in offered]
        if wanted:
            document = {"url": "https://x.example/1", "name": "Quote"}
            assert await send("actions", action=wanted[0], **document) == 303
        elif view["unmet"]:
            assert await send("override", "max", reason="the facts are on paper") == 303
        elif await send("advance") != 303:
            assert await send("close", outcome="won") == 303
    assert "Won" in await site.get(path)


async def test_a_manager_answers_where_the_escalation_is(site: Site) -> None:
    deal = await site.open()
    await site.engine.pass_time(deal["id"], datetime.now(UTC) + timedelta(days=5))
    page = await site.get("/escalations", "max")
    assert "Acme" in page
    view = (await site.http.get(f"/v1/deals/{deal['id']}")).json()
    raised = next(one for one in view["escalations"] if one["to"] == "manager")
    fields = hidden(page, f"/escalations/{raised['id']}/acknowledge")
    said = await site.send(f"/escalations/{raised['id']}/comment", "max", **fields, note="call her")
    assert said.status_code == 303
    fields["key"] = "another"
    answer = await site.send(
        f"/escalations/{raised['id']}/acknowledge", "max", **fields, note="Thursday then"
    )
    assert answer.status_code == 303, answer.text
    assert "Thursday then" in await site.get(f"/escalations/{raised['id']}", "max")


async def test_an_engine_that_is_away_loses_nothing(site: Site) -> None:
    deal = await site.open()
    fields = await quick(site, deal["id"]) | {"action": "first-call", "note": "kept"}
    site.engine.away = Away.WORKER
    taken = await site.send(f"/deals/{deal['id']}/actions", **fields)
    assert "taken=1" in taken.headers["location"]
    assert "It is safe" in await site.get("/today?taken=1")
    site.engine.away = Away.SERVER
    answer = await site.send(f"/deals/{deal['id']}/actions", **(fields | {"key": "later"}))
    assert (answer.status_code, 'value="kept"' in answer.text) == (503, True)
    again = hidden(answer.text, f"/deals/{deal['id']}/actions")
    assert again["key"] == "later"


async def test_what_people_write_is_never_run(site: Site) -> None:
    deal = await site.open(title=SCRIPT, customer=SCRIPT)
    await site.send(
        f"/deals/{deal['id']}/actions",
        key="k",
        seq="99",
        back="/",
        action="first-call",
        note=SCRIPT,
    )
    for path in ("/today", "/board", f"/search?q={SCRIPT}", f"/deals/{deal['id']}"):
        answer = await site.ask(path)
        assert SCRIPT not in answer.text
        assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "&lt;script&gt;" in await site.get("/today")


async def test_errors_are_pages_here_and_problems_there(site: Site) -> None:
    for path in ("/nowhere", "/deals/Dnobody", "/escalations/E1", "/deals/Dnobody/hold"):
        answer = await site.ask(path)
        assert (answer.status_code, "<h2>" in answer.text) == (404, True), path
    problem = await site.http.get("/v1/deals/Dnobody")
    assert problem.json()["code"] == "unknown_deal"


async def test_only_browsers_on_this_machine_and_forms_of_our_own(site: Site) -> None:
    away = await site.http.get("/today", headers=as_("ana") | {"Host": "evil.example"})
    assert away.status_code == 421
    deal = await site.open()
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}):
        answer = await site.http.post(
            f"/deals/{deal['id']}/advance", data={"key": "k"}, headers=as_("ana") | headers
        )
        assert answer.status_code == 403
    assert (await site.http.get("/v1/deals", headers={"Host": "api.internal"})).status_code == 200


async def test_the_board_keeps_its_filters_in_the_address(site: Site) -> None:
    await site.open(customer="Acme")
    await site.open(customer="Other", owner="bo")
    page = await site.get("/board?owner=bo&playbook=equipment-sales")
    assert "Other</a>" in page
    assert "Acme</a>" not in page
    everything = await site.get("/board?column=first-contact&team=north&late=1")
    assert "Other</a>" not in everything


async def test_a_deal_in_the_pool_can_be_claimed(site: Site) -> None:
    deal = await site.open()
    await site.engine.pass_time(deal["id"], datetime.now(UTC) + timedelta(days=60))
    page = await site.get("/pool", "bo")
    answer = await site.send(
        f"/deals/{deal['id']}/claim", "bo", **hidden(page, f"/deals/{deal['id']}/claim")
    )
    assert answer.status_code == 303, answer.text
    assert "Bo Rep" in await site.get(f"/deals/{deal['id']}", "bo")


async def test_why_a_clock_is_due_is_laid_open(site: Site) -> None:
    deal = await site.open()
    clock = next(one for one in deal["clocks"] if one["kind"] == "idle")
    page = await site.get(f"/deals/{deal['id']}?why={clock['id']}")
    assert "Only working time counts" in page
    assert "Who hears, and when" in page


async def test_the_timeline_tells_what_was_late_alone(site: Site) -> None:
    deal = await open_like(site.engine, (await site.open())["id"], ago=timedelta(days=9))
    whole = await site.get(f"/deals/{deal}?timeline=all")
    late = await site.get(f"/deals/{deal}?timeline=late")
    assert "Opened for" in whole
    assert "Reminder: " in whole
    assert "Opened for" not in late
    assert "Reminder: " not in late
    assert "Overdue: First call" in late
    in_time = (await site.open(customer="Other"))["id"]
    assert "Nothing was late." in await site.get(f"/deals/{in_time}?timeline=late")


async def test_every_figure_of_the_reports_opens_its_deals(site: Site) -> None:
    for n in range(3):
        deal = await site.open(customer=f"Customer {n}")
        if n:
            await site.send(
                f"/deals/{deal['id']}/close", key=f"c{n}", seq="99", back="/", outcome="lost"
            )
    page = await site.get("/reports?playbook=equipment-sales", "max")
    links = re.findall(r'<a href="(/reports/[a-z-]+/deals\?[^"]+)">(\d+)', page)
    assert len(links) > 10
    for address, figure in links:
        found = await site.get(html.unescape(address), "max")
        assert re.search(rf"<h1>{figure} deals?</h1>", found), (address, figure)
    assert "/v1/reports/conversion.csv?from=" in page


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reports?owner=nobody", 422),
        ("/reports?from=2026-05-01&to=2026-01-01", 200),
        ("/reports?from=yesterday", 200),
        ("/reports/conversion/deals", 422),
        ("/reports/nothing/deals?figure=n", 404),
    ],
)
async def test_what_no_report_can_answer_is_a_page(site: Site, path: str, status: int) -> None:
    answer = await site.ask(path, "max")
    assert answer.status_code == status
    assert "</html>" in answer.text


async def test_a_new_version_is_published_and_its_differences_are_named(site: Site) -> None:
    second = changed(
        ("version: 1", "version: 2"), ("due: 3d", "due: 2d"), ("facts: [source]", "facts: []")
    )
    for text in (changed(), second):
        answer = await site.send("/playbooks/new", "ola", text=text)
        assert answer.status_code == 303, answer.text
    page = await site.get("/playbooks/small/2", "ana")
    for said in ("Version 2 against 1", "3 days → 2 days", "Source must be known to leave Lead"):
        assert said in page
    assert "placeholders" in await site.get("/playbooks/small/2?yaml", "ana")
    assert (await site.send("/playbooks/new", text=second)).status_code == 403


async def test_a_refused_playbook_shows_each_fault_at_its_line(site: Site) -> None:
    wrong = changed(("after: [call]", "after: [cal]"), ("due: 3d", "due: soon"))
    answer = await site.send("/playbooks/new", "ola", text=wrong)
    assert answer.status_code == 422
    assert "2 faults. Nothing was published." in answer.text
    assert len(re.findall("Line \\d+", answer.text)) == 2
    assert wrong.splitlines()[0] in html.unescape(answer.text)  # what was typed is kept
    taken = await site.send("/playbooks/new", "ola", text=changed(("name: Lead", "name: Leads")))
    assert taken.status_code == 303
    again = await site.send("/playbooks/new", "ola", text=changed())
    assert "raise `version`" in again.text


async def test_reports_say_why_deals_stand_still_and_what_they_cannot_say_yet(site: Site) -> None:
    await open_like(site.engine, (await site.open())["id"], ago=timedelta(days=9))
    page = await site.get("/reports", "max")
    reasons = re.search('Why deals stand still.*?aria-label="([^"]*)"', page, re.DOTALL)
    assert reasons
    assert "no action 1" in reasons[1]
    assert "missing: First visit 1" in reasons[1]
    assert "Of no action it is sure yet" in page
    assert "Less than half are closed yet." in page
