"""The reports over HTTP: every figure with the deals behind it, and what makes no sense refused."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reports.catalog import REPORTS, Report
from tests.api.conftest import Scene, refused

NOW = datetime.now(UTC)


async def a_few_deals(scene: Scene) -> None:
    """One idle, one that went on, one that was lost, one in euros and one on hold."""
    idle = (await scene.open(owner="ana", source="web", amount_minor=500))["id"]
    await scene.open(owner="bo", source="referral", amount_minor=700, currency="EUR")
    lost = (await scene.open(owner="bo", source="web"))["id"]
    await scene.http.post(f"/v1/deals/{lost}/close", json={"outcome": "lost", "reason": "price"})
    held = (await scene.open(owner="ana", source="web"))["id"]
    until = (NOW + timedelta(days=3)).isoformat()
    await scene.http.post(f"/v1/deals/{held}/hold", json={"until": until, "reason": "holiday"})
    done = (await scene.open(owner="ana", source="web"))["id"]
    await scene.http.post(f"/v1/deals/{done}/actions", json={"action": "first-call", "note": "ok"})
    for days in range(1, 5):
        await scene.engine.pass_time(idle, NOW + timedelta(days=days))


@pytest.mark.parametrize("report", REPORTS, ids=lambda one: one.name)
async def test_every_figure_can_be_followed_to_the_deals_it_counts(
    scene: Scene, report: Report
) -> None:
    await a_few_deals(scene)
    as_of = (NOW + timedelta(days=20)).isoformat()
    answer = await scene.http.get(f"/v1/reports/{report.name}", params={"as_of": as_of})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    followed = 0
    for table in report.tables:
        for row in found[table.name]:
            for figure in [name for name in row if name.endswith("_n") or name == "n"]:
                followed += await _follow(scene, row, figure)
    assert followed > 3


_OTHERS = ("visits_", "in_stage_", "done_", "recorded_", "actorless_", "after_close_")
"""Figures of visits and actions; those of `sla` are of clocks. Fewer deals are behind them."""


async def _follow(scene: Scene, row: dict[str, Any], figure: str) -> int:
    """How many of the row's figures led to as many deals; those that count no deals are passed."""
    answer = await scene.http.get(row["deals"].replace("{figure}", figure))
    if answer.status_code == 422:
        known = answer.json()["facts"]["known"]
        assert figure not in known
        return 0
    behind = answer.json()
    counts_deals = "/sla/" not in row["deals"] and not figure.startswith(_OTHERS)
    assert behind["n"] == row[figure] if counts_deals else behind["n"] <= row[figure]
    assert len(behind["items"]) == min(behind["n"], 50)
    assert all(one["id"].startswith("D") for one in behind["items"])
    return 1


@pytest.mark.parametrize("report", REPORTS, ids=lambda one: one.name)
async def test_every_table_is_there_as_csv_with_the_same_rows(scene: Scene, report: Report) -> None:
    await a_few_deals(scene)
    when = {"as_of": (NOW + timedelta(days=20)).isoformat()}
    whole = (await scene.http.get(f"/v1/reports/{report.name}", params=when)).json()
    for table in report.tables:
        address = f"/v1/reports/{report.name}.csv"
        answer = await scene.http.get(address, params=when | {"table": table.name})
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [[row[key] for key in table.keys] for row in rows] == [
            ["" if row[key] is None else str(row[key]) for key in table.keys]
            for row in whole[table.name]
        ]


@pytest.mark.parametrize("report", REPORTS, ids=lambda one: one.name)
async def test_an_empty_ledger_answers_without_a_division(scene: Scene, report: Report) -> None:
    answer = await scene.http.get(f"/v1/reports/{report.name}")
    assert answer.status_code == 200, answer.text
    json.loads(answer.text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


async def test_amounts_of_two_currencies_stand_beside_each_other(scene: Scene) -> None:
    await a_few_deals(scene)
    (total,) = (await scene.http.get("/v1/reports/pipeline")).json()["total"]
    assert [(one["currency"], one["amount_minor"], one["n"]) for one in total["amount"]] == [
        ("CNY", 500, 1),
        ("EUR", 700, 1),
    ]
    assert (total["n"], total["amountless_n"], total["on_hold_n"]) == (4, 2, 1)


async def test_stuck_deals_say_why(scene: Scene) -> None:
    await a_few_deals(scene)
    when = {"as_of": (NOW + timedelta(days=20)).isoformat()}
    found = (await scene.http.get("/v1/reports/stuck", params=when)).json()
    (idle, *_) = found["deals"]
    assert (idle["rank"], idle["owner"], idle["reason"]) == (1, "ana", "clock")
    whys = [one["why"] for one in idle["reasons"]]
    assert whys[0] == "clock"
    assert "unmet" in whys
    assert idle["over_days"] > 10


async def test_what_is_asked_for_must_exist(scene: Scene) -> None:
    await a_few_deals(scene)
    for query in ({"owner": "nobody"}, {"segment": "nothing"}, {"team": "x"}, {"source": "x"}):
        answer = await scene.http.get("/v1/reports/segments", params=query)
        refused(answer, 422, "unknown_filter")
    period = {"from": "2026-02-01", "to": "2026-01-01"}
    refused(await scene.http.get("/v1/reports/cycle", params=period), 422, "bad_period")
    for query in ({"horizon_days": "0"}, {"period": "day"}, {"colour": "red"}, {"as_of": "soon"}):
        answer = await scene.http.get("/v1/reports/conversion", params=query)
        refused(answer, 422, "bad_parameter")
    refused(await scene.http.get("/v1/reports/pipeline?period=week"), 422, "bad_parameter")
    refused(await scene.http.get("/v1/reports/nothing"), 404, "unknown_route")


@pytest.mark.parametrize(
    "query",
    [
        {"figure": "n", "row": "[1"},
        {"figure": "n", "row": '["all","equipment-sales","nowhere"]'},
        {"figure": "colour", "row": '["all","equipment-sales","first-contact"]'},
        {"row": "[]"},
    ],
)
async def test_deals_behind_what_is_not_there_are_refused(
    scene: Scene, query: dict[str, str]
) -> None:
    await a_few_deals(scene)
    answer = await scene.http.get("/v1/reports/conversion/deals", params=query)
    refused(answer, 422, "bad_parameter")


async def test_a_cell_never_begins_a_formula(scene: Scene) -> None:
    await scene.http.put("/v1/people/=1+1", json={"name": "Eve", "role": "rep"})
    await scene.open(owner="=1+1")
    answer = await scene.http.get("/v1/reports/pipeline.csv", params={"table": "by_owner"})
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert row["owner"] == "'=1+1"
