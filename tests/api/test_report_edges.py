"""Reports at the edges of the calendar: an answer or a refusal, soon, and never a fault of ours."""

import pytest

from reports.catalog import REPORTS, Report
from tests.api.conftest import Scene

EDGES = (
    {"as_of": "9999-12-31T23:59:59Z"},
    {"as_of": "0001-01-01T00:00:00Z"},
    {"from": "0001-01-01", "to": "9999-12-31"},
    {"from": "9999-12-31", "as_of": "9999-12-31T23:59:59Z"},
    {"from": "0001-01-01", "to": "0001-01-02", "as_of": "0001-01-01T12:00:00Z"},
)


@pytest.mark.parametrize("report", REPORTS, ids=lambda one: one.name)
async def test_no_date_is_too_far(scene: Scene, report: Report) -> None:
    await scene.open(owner="ana", source="web")
    for edge in EDGES:
        for divided in ({}, {"period": "month"}, {"period": "week"}):
            if divided and "period" not in report.asked_by:
                continue
            answer = await scene.http.get(f"/v1/reports/{report.name}", params=edge | divided)
            assert answer.status_code in {200, 422}, (edge, divided, answer.text)
