"""The alert report over HTTP: figures, the alerts behind them, and filters that make no sense."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api.conftest import Scene, refused

NOW = datetime.now(UTC)
LATER = (NOW + timedelta(days=30)).isoformat()
ADDRESS = "/v1/reports/alerts"


async def neglected(scene: Scene, owner: str = "ana") -> str:
    """A deal whose first call nobody makes."""
    deal_id: str = (await scene.open(owner=owner, source="web"))["id"]
    for days in range(1, 6):
        await scene.engine.pass_time(deal_id, NOW + timedelta(days=days))
    return deal_id


async def asked(scene: Scene, address: str = ADDRESS, **query: str) -> dict[str, Any]:
    answer = await scene.http.get(address, params={"as_of": LATER} | query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_each_rule_tells_how_many_of_its_alerts_were_followed(scene: Scene) -> None:
    await neglected(scene)
    found = await asked(scene)
    rule = "equipment-sales/first-contact/action/first-call/remind/owner"
    (row,) = [one for one in found["items"] if one["rule"] == rule]
    parts = ("playbook", "stage", "kind", "subject", "do", "to")
    assert "/".join(row[part] for part in parts) == rule
    assert (row["watched_n"], row["followed_n"]) == (row["alerts_n"], 0)
    assert (row["followed_ratio"], row["followed_low"], row["followed_p50_hours"]) == (0, 0, None)
    assert (row["ignored"], row["complete"]) == (False, True)
    assert sum(one["alerts_n"] for one in found["items"]) == found["total"]["alerts_n"]
    assert (found["from"], found["to"], found["time_zone"]) == (None, None, "UTC")


async def test_the_alerts_behind_every_figure_can_be_listed(scene: Scene) -> None:
    deals = {await neglected(scene), await neglected(scene, owner="bo")}
    found = await asked(scene, **{"from": "2020-01-01"})
    for row in (found["total"], *found["items"]):
        behind = (await scene.http.get(row["deals"] + "&limit=500")).json()
        assert len(behind["items"]) == row["alerts_n"]
        assert {one["deal_id"] for one in behind["items"]} == deals
        for figure in ("watched", "followed", "acknowledged"):
            counted = (await scene.http.get(f"{row['deals']}&figure={figure}&limit=500")).json()
            assert len(counted["items"]) == row[f"{figure}_n"]
    first = (await scene.http.get(found["total"]["deals"] + "&limit=1")).json()
    following = found["total"]["deals"] + f"&limit=1&cursor={first['next_cursor']}"
    second = (await scene.http.get(following)).json()
    assert first["items"][0]["at"] <= second["items"][0]["at"]
    assert first["items"] != second["items"]


async def test_the_links_carry_the_filters(scene: Scene) -> None:
    mine = await neglected(scene)
    await neglected(scene, owner="bo")
    found = await asked(scene, owner="ana", team="north", source="web", playbook="equipment-sales")
    behind = (await scene.http.get(found["total"]["deals"])).json()
    assert {one["deal_id"] for one in behind["items"]} == {mine}
    assert {(one["owner"], one["team"]) for one in behind["items"]} == {("ana", "north")}


async def test_the_report_can_be_had_as_csv(scene: Scene) -> None:
    await neglected(scene)
    rows = (await asked(scene))["items"]
    answer = await scene.http.get(f"{ADDRESS}.csv", params={"as_of": LATER})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    written = list(csv.DictReader(io.StringIO(answer.text)))
    assert [one["rule"] for one in written] == [one["rule"] for one in rows]
    assert [int(one["alerts_n"]) for one in written] == [one["alerts_n"] for one in rows]
    high = [float(one["followed_high"]) for one in written]
    assert high == [one["followed_high"] for one in rows]  # every digit
    assert {one["ignored"] for one in written} == {"false"}
    assert {one["followed_p50_hours"] for one in written} == {""}


async def test_periods_begin_and_end_with_days(scene: Scene) -> None:
    await neglected(scene)
    first = (await asked(scene, f"{ADDRESS}/deals", limit="1"))["items"][0]
    day = datetime.fromisoformat(first["at"]).date()
    inside = await asked(scene, **{"from": str(day), "to": str(day + timedelta(days=1))})
    whole = await asked(scene)
    assert 0 < inside["total"]["alerts_n"] < whole["total"]["alerts_n"]
    nothing = await asked(scene, **{"from": str(day), "to": str(day)})
    assert nothing["items"] == []
    assert (nothing["total"]["alerts_n"], nothing["total"]["followed_ratio"]) == (0, None)
    ahead = (NOW + timedelta(days=99)).date()
    assert not (await asked(scene, to=str(ahead)))["total"]["complete"]


async def test_a_question_that_makes_no_sense_is_refused(scene: Scene) -> None:
    await neglected(scene)
    for address in (ADDRESS, f"{ADDRESS}.csv", f"{ADDRESS}/deals"):
        period = {"from": "2026-02-02", "to": "2026-02-01"}
        facts = refused(await scene.http.get(address, params=period), 422, "bad_period")
        assert facts == period
        for name in ("owner", "team", "source", "playbook"):
            answer = await scene.http.get(address, params={name: "nobody@home"})
            facts = refused(answer, 422, "unknown_filter")
            assert facts == {"filter": name, "value": "nobody@home"}
        for query in ("from=yesterday", "as_of=2026-01-01", "first_on=2026-01-01", "who=me"):
            refused(await scene.http.get(f"{address}?{query}"), 422, "bad_parameter")
    for rule in ("x", "a/b/c/d/e/f", "equipment-sales/first-contact/action/x/remind/owner"):
        answer = await scene.http.get(f"{ADDRESS}/deals", params={"rule": rule})
        refused(answer, 422, "unknown_filter")
    refused(await scene.http.get(f"{ADDRESS}/deals?figure=best"), 422, "bad_parameter")
