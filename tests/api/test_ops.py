"""The process says whether it lives, whether it can serve, and what it has done."""

from datetime import UTC, datetime, timedelta

from ledger.heartbeats import beat
from tests.api.conftest import Scene
from tests.api.fake_engine import Away


async def test_a_process_that_answers_lives(scene: Scene) -> None:
    assert (await scene.http.get("/healthz")).json() == {"status": "ok"}


async def test_ready_names_each_part(scene: Scene) -> None:
    answer = await scene.http.get("/readyz")
    missing = {"ready": False, "database": True, "temporal": True, "worker": False}
    assert (answer.status_code, answer.json()) == (503, missing)
    await beat(scene.backing.ledger, "w1", at=datetime.now(UTC))
    answer = await scene.http.get("/readyz")
    assert (answer.status_code, set(answer.json().values())) == (200, {True})
    scene.engine.away = Away.SERVER
    answer = await scene.http.get("/readyz")
    assert (answer.status_code, answer.json()["temporal"]) == (503, False)


async def test_a_worker_that_fell_silent_is_missing(scene: Scene) -> None:
    await beat(scene.backing.ledger, "w1", at=datetime.now(UTC) - timedelta(seconds=11))
    assert (await scene.http.get("/readyz")).json()["worker"] is False


async def test_requests_are_counted_by_template(scene: Scene) -> None:
    await scene.http.get("/v1/deals/D1")
    await scene.http.get("/v1/deals/D2")
    await scene.http.get("/nothing/at/all")
    answer = await scene.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    count = 'dealpace_http_requests_total{method="GET",route="%s",status="404"} %s'
    assert count % ("/v1/deals/{id}", "2.0") in answer.text
    assert count % ("unmatched", "1.0") in answer.text
    assert 'dealpace_http_request_seconds_count{route="/v1/deals/{id}"} 2.0' in answer.text
