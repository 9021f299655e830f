"""Somebody leaves: nobody asks them any more, and their deals are handed over together."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.fake_engine import Away
from tests.web.conftest import Site, hidden
from tests.web.test_people import faults

TODAY = datetime.now(UTC).date()


async def leave(site: Site, person: str = "ana", days: int = -3) -> None:
    """Enter somebody's last day."""
    known = {one["id"]: one for one in (await site.http.get("/v1/people")).json()["items"]}[person]
    body = known | {"last_on": str(TODAY + timedelta(days=days))}
    del body["id"]
    answer = await site.http.put(f"/v1/people/{person}", json=body)
    assert answer.is_success, answer.text


async def hand_over(site: Site, by: str, *deals: str, **said: str) -> Any:  # noqa: ANN401 - an answer
    form = hidden(await site.get("/people/ana", by), "/people/ana/handover")
    ticked = {f"deal.{one}": "1" for one in deals}
    return await site.send("/people/ana/handover", by, **form | ticked | said)


async def owner_of(site: Site, deal_id: str) -> str:
    owner: str = (await site.http.get(f"/v1/deals/{deal_id}")).json()["owner"]
    return owner


async def test_ops_enter_a_last_day_and_who_has_left_is_asked_no_more(site: Site) -> None:
    deal = await site.open()
    form = hidden(await site.get("/people/ana/edit", "ola"), "/people/ana/edit")
    said = {"name": "Ana Rep", "role": "rep", "manager": "max", "team": "north"}
    yesterday = str(TODAY - timedelta(days=2))
    answer = await site.send("/people/ana/edit", "ola", **form | said | {"last_on": yesterday})
    assert answer.status_code == 303, faults(answer.text)
    assert f'name="last_on" value="{yesterday}"' in await site.get("/people/ana/edit", "ola")

    page = await site.get("/people", "max")
    assert "has left and owns 1 open deal." in page
    assert "left, last day" in page.split(">Left</h2>")[1]
    assert (await site.ask("/today", "ana")).headers["location"].startswith("/who")
    assert "Ana Rep" not in await site.get("/who", "max")
    assert 'value="ana"' not in await site.get(f"/deals/{deal['id']}/assign", "max")
    assert 'value="ana"' not in await site.get("/deals/new", "max")


async def test_a_last_day_to_come_changes_nothing_yet(site: Site) -> None:
    await leave(site, days=3)
    page = await site.get("/people/ana", "ana")
    assert "last day" in page
    assert "left, last day" not in page
    assert "Hand over those ticked" not in page


async def test_a_managers_post_that_is_left_is_told_with_who_hears_instead(site: Site) -> None:
    await leave(site, "max")
    page = await site.get("/people", "dora")
    assert "has left. It concerns Ana Rep, Bo Rep." in page
    assert "goes to Dora Director" in page
    assert 'value="max" selected' in await site.get("/people/ana/edit", "ola")


async def test_the_deals_of_who_has_left_are_handed_over_together_and_once(site: Site) -> None:
    deals = [(await site.open(customer=f"C{n}"))["id"] for n in range(12)]
    await leave(site)
    page = await site.get("/people/ana", "max")
    assert page.count('type="checkbox" name="deal.') == 12
    assert page.count("checked>") == 12
    answer = await hand_over(site, "max", *deals[:10], owner="bo", reason="Ana has left")
    assert answer.headers["location"] == "/people/ana?handed=10"
    assert "10 deals are handed over." in await site.get("/people/ana?handed=10", "max")
    assert [await owner_of(site, one) for one in deals] == ["bo"] * 10 + ["ana"] * 2
    seen = (await site.http.get(f"/v1/deals/{deals[0]}/timeline")).json()["items"][-1]
    assert (seen["kind"], seen["reason"]) == ("deal_assigned", "Ana has left")


async def test_a_form_of_many_that_is_sent_twice_happens_once(site: Site) -> None:
    deal = await site.open()
    form = hidden(await site.get("/people/ana", "max"), "/people/ana/handover")
    said = form | {f"deal.{deal['id']}": "1", "owner": "bo", "reason": "nearer"}
    for _ in "12":
        assert (await site.send("/people/ana/handover", "max", **said)).status_code == 303
    events = (await site.http.get(f"/v1/deals/{deal['id']}/timeline")).json()["items"]
    assert [event["kind"] for event in events].count("deal_assigned") == 1


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"owner": "", "reason": "x"}, ["owner"]),
        ({"owner": "bo", "reason": " "}, ["reason"]),
        ({"owner": "nobody", "reason": "x"}, ["owner"]),
        ({"owner": "cy", "reason": "x"}, ["owner"]),
        ({"owner": "bo", "reason": "x" * 1001}, ["reason"]),
    ],
)
async def test_what_does_not_fit_is_told_and_no_deal_moves(
    site: Site, said: dict[str, str], fault: list[str]
) -> None:
    gone = {"name": "Cy", "role": "rep", "last_on": str(TODAY - timedelta(days=9))}
    await site.http.put("/v1/people/cy", json=gone)
    deals = [(await site.open())["id"] for _ in "12"]
    answer = await hand_over(site, "max", *deals, **said)
    assert (answer.status_code, faults(answer.text)) == (422, fault)
    assert answer.text.count("checked>") == 2
    assert [await owner_of(site, one) for one in deals] == ["ana", "ana"]


async def test_nothing_ticked_and_those_that_stay_are_told(site: Site) -> None:
    await site.open()
    answer = await hand_over(site, "max", owner="bo", reason="x")
    assert answer.status_code == 422
    assert "No deal is ticked." in answer.text
    open_, closed = [(await site.open(customer=name))["id"] for name in ("Kaida", "Riedel")]
    form = hidden(await site.get("/people/ana", "max"), "/people/ana/handover")
    lost = {"key": "l", "seq": "99", "outcome": "lost", "reason": "too dear"}
    await site.send(f"/deals/{closed}/close", **lost)
    said = form | {f"deal.{one}": "1" for one in (open_, closed)} | {"owner": "bo", "reason": "x"}
    answer = await site.send("/people/ana/handover", "max", **said)
    assert answer.status_code == 409
    assert "1 deal could not be handed over." in answer.text
    assert "Riedel</a>: it is closed" in answer.text
    assert await owner_of(site, open_) == "bo"


async def test_a_deal_that_somebody_else_has_by_now_stays_theirs(site: Site) -> None:
    deals = [(await site.open(customer=name))["id"] for name in ("Kaida", "Riedel")]
    form = hidden(await site.get("/people/ana", "max"), "/people/ana/handover")
    taken = {"key": "t", "seq": "99", "owner": "max", "reason": "mine"}
    await site.send(f"/deals/{deals[0]}/assign", "max", **taken)
    said = form | {f"deal.{one}": "1" for one in deals} | {"owner": "bo", "reason": "x"}
    answer = await site.send("/people/ana/handover", "dora", **said)
    assert answer.status_code == 409
    assert "Kaida</a>: somebody else has it by now" in answer.text
    assert [await owner_of(site, one) for one in deals] == ["max", "bo"]


async def test_who_has_left_and_ended_nothing_tells_nothing_in_the_review(site: Site) -> None:
    assert "Ana Rep" in await site.get("/meetings/monthly", "max")
    await leave(site)
    page = await site.get("/meetings/monthly", "max")
    assert "Ana Rep" not in page
    assert "Bo Rep" in page


async def test_without_the_engine_the_same_form_is_sent_again(site: Site) -> None:
    deal = (await site.open())["id"]
    form = hidden(await site.get("/people/ana", "max"), "/people/ana/handover")
    said = form | {f"deal.{deal}": "1", "owner": "bo", "reason": "nearer"}
    site.engine.away = Away.SERVER
    answer = await site.send("/people/ana/handover", "max", **said)
    assert "the engine does not answer" in answer.text
    assert hidden(answer.text, "/people/ana/handover") == form
    site.engine.away = Away.NOTHING
    assert (await site.send("/people/ana/handover", "max", **said)).status_code == 303
    assert await owner_of(site, deal) == "bo"


async def test_a_rep_hands_over_no_deals_of_others(site: Site) -> None:
    deal = (await site.open())["id"]
    assert "/people/ana/handover" not in await site.get("/people/ana", "bo")
    said = {"key": "k", f"deal.{deal}": "1", "owner": "bo", "reason": "x"}
    answer = await site.send("/people/ana/handover", "bo", **said)
    assert "this is for a manager" in answer.text
    assert await owner_of(site, deal) == "ana"
