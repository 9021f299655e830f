"""People: the list and each person, and what is entered about them."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.fake_engine import Away
from tests.web.conftest import Site, hidden

TODAY = datetime.now(UTC).date()


def faults(page: str) -> list[str]:
    """The fields at which a page says that something is wrong."""
    return re.findall(r'id="fault-([^"]+)"', page)


def day(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("person", ["ana", "max", "ola"])
async def test_everybody_sees_everybody(site: Site, person: str, language: str) -> None:
    for path in ("/people", "/people/ana", "/people/max", f"/people/{person}"):
        assert "Max Manager" in await site.get(path, person, language=language)
    assert (await site.ask("/people/nobody", person)).status_code == 404
    allowed = 200 if person == "ola" else 403
    for path in ("/people/new", "/people/ana/edit"):
        assert (await site.ask(path, person)).status_code == allowed


async def test_the_list_tells_what_each_has_to_do(site: Site) -> None:
    late = await site.open()
    await site.open()
    await site.engine.pass_time(late["id"], datetime.now(UTC) + timedelta(days=5))
    page = await site.get("/people", "max")
    row = page[page.index('href="/people/ana"') :].partition("</li>")[0]
    assert "2 open deals" in row
    assert "1 late" in row
    assert "reports to Max Manager" in row


async def test_a_vacant_post_and_an_owner_who_is_nobody_are_told(site: Site) -> None:
    assert "Where nobody would be asked" not in await site.get("/people")
    await enter(site, "max", "max", first_on=day(-1), last_on=day(3))
    page = await site.get("/people")
    assert "is away until" in page
    assert "It concerns Ana Rep, Bo Rep." in page
    assert "goes to Dora Director" in page
    assert "away until" in await site.get("/people/max")


async def enter(site: Site, by: str, person: str, **fields: str) -> list[str]:
    """Enter leave by the form; gives the faults."""
    filled = hidden(await site.get(f"/people/{person}", by), f"/people/{person}/leaves") | fields
    answers = [await site.send(f"/people/{person}/leaves", by, **filled) for _ in "12"]
    assert answers[0].status_code == answers[1].status_code
    return [] if answers[0].status_code == 303 else faults(answers[0].text)


async def test_leave_is_entered_once_and_taken_back(site: Site) -> None:
    said = {"first_on": day(2), "last_on": day(4), "delegate": "bo", "note": "the sea"}
    assert await enter(site, "ana", "ana", **said) == []
    page = await site.get("/people/ana")
    assert page.count("the sea") == 1
    assert "Bo Rep stands in" in page
    assert "Bo Rep stands in" in await site.get("/people", "bo")
    assert site.engine.recalendars == []
    end = re.findall(r'action="(/people/ana/leaves/\w+/end)"', page)
    assert len(end) == 1
    assert [(await site.send(end[0])).status_code for _ in "12"] == [303, 303]
    assert "the sea" not in await site.get("/people/ana")


async def test_leave_of_others_is_entered_by_whoever_manages(site: Site) -> None:
    assert await enter(site, "max", "bo", first_on=day(1), last_on=day(1)) == []
    assert len(site.engine.recalendars) == 2  # once for each time it was sent
    assert "/people/bo/leaves" not in await site.get("/people/bo")
    said = {"key": "k", "first_on": day(1), "last_on": day(1)}
    assert (await site.send("/people/bo/leaves", **said)).status_code == 403
    leave = (await site.http.get("/v1/people/bo/leaves")).json()["items"][0]["id"]
    assert (await site.send(f"/people/bo/leaves/{leave}/end")).status_code == 403


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"first_on": "", "last_on": day(1)}, "first_on"),
        ({"first_on": day(1), "last_on": "soon"}, "last_on"),
        ({"first_on": day(3), "last_on": day(1)}, "last_on"),
        ({"first_on": day(-9), "last_on": day(-5)}, "last_on"),
        ({"first_on": day(1), "last_on": day(1), "delegate": "ana"}, "delegate"),
        ({"first_on": day(1), "last_on": day(1), "delegate": "nobody"}, "delegate"),
        ({"first_on": day(1), "last_on": day(1), "note": "x" * 201}, "note"),
        ({"first_on": day(1), "last_on": day(3), "delegate": "bo"}, "delegate"),
    ],
)
async def test_leave_that_does_not_fit_is_told_at_its_field(
    site: Site, said: dict[str, str], fault: str
) -> None:
    leaving = {"name": "Bo Rep", "role": "rep", "last_on": day(2)}
    await site.http.put("/v1/people/bo", json=leaving)
    assert await enter(site, "ana", "ana", **said) == [fault]


async def test_leave_is_kept_where_the_engine_is_away(site: Site) -> None:
    site.engine.away = Away.SERVER
    said = {"key": "k", "first_on": day(1), "last_on": day(1), "note": "the sea"}
    assert (await site.send("/people/ana/leaves", **said)).status_code == 303
    assert (await site.get("/people/ana")).count("the sea") == 1
    assert site.engine.recalendars == []
    runs = (await site.http.get("/v1/recalendars")).json()["items"]
    assert [run["status"] for run in runs] == ["running"]


async def test_two_who_change_one_person_at_once_both_get_the_truth(site: Site) -> None:
    forms = [hidden(await site.get("/people/ana/edit", "ola"), "/people/ana/edit") for _ in "12"]
    said = {"name": "Ana Rep", "role": "rep", "manager": "max"}
    first = said | forms[0] | {"team": "north", "email": "ana@example.com"}
    assert (await site.send("/people/ana/edit", "ola", **first)).status_code == 303
    assert (await site.send("/people/ana/edit", "ola", **first)).status_code == 303  # twice
    second = said | forms[1] | {"team": "south", "manager": "dora"}
    answer = await site.send("/people/ana/edit", "ola", **second)
    assert answer.status_code == 409
    assert "Somebody was faster" in answer.text
    assert faults(answer.text) == ["email", "team", "manager"]
    for told in ("It is now: ana@example.com", "It is now: north", "It is now: Max Manager"):
        assert told in answer.text
    assert 'value="south"' in answer.text
    people = {one["id"]: one for one in (await site.http.get("/v1/people")).json()["items"]}
    assert (people["ana"]["team"], people["ana"]["email"]) == ("north", "ana@example.com")
    again = second | hidden(answer.text, "/people/ana/edit")
    assert (await site.send("/people/ana/edit", "ola", **again)).status_code == 303
    people = {one["id"]: one for one in (await site.http.get("/v1/people")).json()["items"]}
    assert (people["ana"]["team"], people["ana"]["email"]) == ("south", None)


async def test_a_refused_field_does_not_hide_that_somebody_was_faster(site: Site) -> None:
    form = hidden(await site.get("/people/ana/edit", "ola"), "/people/ana/edit")
    said = {"name": "Ana Rep", "role": "rep", "team": "north"}
    await site.send("/people/ana/edit", "ola", **said)
    answer = await site.send("/people/ana/edit", "ola", **said | form | {"email": "no", "team": ""})
    assert answer.status_code == 422
    form = hidden(answer.text, "/people/ana/edit")
    answer = await site.send("/people/ana/edit", "ola", **said | form | {"team": "south"})
    assert (answer.status_code, faults(answer.text)) == (409, ["team"])


async def test_ops_change_a_person_whole(site: Site) -> None:
    page = await site.get("/people/ana/edit", "ola")
    assert 'value="max" selected' in page
    said = {
        "name": "Ana Maria",
        "role": "rep",
        "manager": "dora",
        "team": "west",
        "locale": "zh",
        "time_zone": "Asia/Tokyo",
        "hours": "ignored",
        "hours.mon": "09:00-12:00",
        "email": "ana@example.com",
        "last_on": "2099-01-31",
    }
    answer = await site.send("/people/ana/edit", "ola", **said)
    assert answer.headers["location"] == "/people/ana?saved=1"
    people = {one["id"]: one for one in (await site.http.get("/v1/people")).json()["items"]}
    assert people["ana"] == {
        "id": "ana",
        "name": "Ana Maria",
        "email": "ana@example.com",
        "role": "rep",
        "manager": "dora",
        "team": "west",
        "locale": "zh",
        "time_zone": "Asia/Tokyo",
        "hours": {"mon": "09:00-12:00"},
        "automatic": False,
        "last_on": "2099-01-31",
    }
    assert len(site.engine.recalendars) == 1
    edited = await site.get("/people/ana/edit", "ola")
    assert 'name="hours.mon" autocomplete="off" value="09:00-12:00"' in edited
    assert (await site.send("/people/bo/edit", "max", **said)).status_code == 403


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"name": " "}, "name"),
        ({"role": "king"}, "role"),
        ({"manager": "nobody"}, "manager"),
        ({"manager": "ana"}, "manager"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"hours": "nine to five"}, "hours"),
        ({"hours": "closed"}, "hours"),
        ({"hours.tue": "17:00-09:00"}, "hours-tue"),
        ({"email": "ana at home"}, "email"),
        ({"locale": "x"}, "locale"),
        ({"last_on": "some day"}, "last_on"),
    ],
)
async def test_a_person_who_does_not_fit_is_told_at_the_field(
    site: Site, changed: dict[str, str], fault: str
) -> None:
    said = {"name": "Max Manager", "role": "manager", "team": "north"} | changed
    answer = await site.send("/people/max/edit", "ola", **said)
    assert (answer.status_code, faults(answer.text)) == (422, [fault])
    assert 'value="north"' in answer.text
    assert "report to themselves" in answer.text or changed.get("manager") != "ana"


async def test_somebody_new_is_added_and_nobody_is_written_over(site: Site) -> None:
    said = {"id": "cy", "name": "Cy Rep", "role": "rep", "manager": "max"}
    assert (await site.send("/people", "ola", **said)).status_code == 303
    assert "Cy Rep" in await site.get("/people/cy")
    for taken in ("ana", "a/b", ""):
        answer = await site.send("/people", "ola", **said | {"id": taken})
        assert (answer.status_code, faults(answer.text)) == (422, ["id"]), taken
    assert "Ana Rep" in await site.get("/people/ana")
    assert (await site.send("/people", "ana", **said | {"id": "dee"})).status_code == 403


async def test_people_say_how_they_are_told(site: Site) -> None:
    await site.send(
        "/people/ana/edit",
        "ola",
        name="Ana Rep",
        role="rep",
        email="ana@example.com",
        manager="max",
    )
    said = {
        "digest": "yes",
        "digest_at": "09:15",
        "agenda_at": "",
        "quiet_from": "20:00",
        "quiet_to": "07:00",
        "address": "json://example.com/secret-token",
    }
    assert (await site.send("/people/ana/letters", **said)).status_code == 303
    kept = (await site.http.get("/v1/people/ana/notifications")).json()
    channels = kept.pop("channels")
    assert kept == {
        "digest": True,
        "digest_at": "09:15",
        "agenda_at": None,
        "quiet_from": "20:00",
        "quiet_to": "07:00",
    }
    page = await site.get("/people/ana")
    assert channels[0]["address"] in page
    assert "secret-token" not in page
    key = hidden(page, "/people/ana/letters/test")
    for _ in "12":
        assert (await site.send("/people/ana/letters/test", **key)).status_code == 303
    assert len((await site.http.get("/v1/letters?person=ana")).json()["items"]) == 1
    gone = await site.send("/people/ana/letters", digest="no", agenda_at="08:00")
    assert gone.status_code == 303
    assert (await site.http.get("/v1/people/ana/notifications")).json()["channels"] == []


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"quiet_from": "20:00"}, "quiet_to"),
        ({"digest_at": "25:00"}, "digest_at"),
        ({"address": "nowhere"}, "address"),
        ({"address": "mail"}, "address"),
    ],
)
async def test_wishes_that_do_not_fit_are_told_at_their_field(
    site: Site, said: dict[str, str], fault: str
) -> None:
    answer = await site.send("/people/ana/letters", digest="no", **said)
    assert (answer.status_code, faults(answer.text)) == (422, [fault])


async def test_how_others_are_told_is_their_own(site: Site) -> None:
    assert "Reminders and escalations" not in await site.get("/people/ana", "max")
    assert "Reminders and escalations" in await site.get("/people/ana", "ola")
    assert (await site.send("/people/ana/letters", "max", digest="no")).status_code == 403
    assert (await site.send("/people/ana/letters/test", "max", key="k")).status_code == 403
