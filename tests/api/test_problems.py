"""Every error is a problem with a stable code, and the table of codes is complete."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from api.codes import MEANINGS, Fault
from api.problems import Problem, answer, install, refused, shortened
from deals.refusals import Code, Refused
from gateway import EngineUnavailable
from tests.api.conftest import refused as told

STATUSES = {
    Code.NOT_ALLOWED: 403,
    Code.UNKNOWN_DEAL: 404,
    Code.UNKNOWN_ESCALATION: 404,
    Code.UNKNOWN_ACTION: 422,
    Code.UNKNOWN_FACT: 422,
    Code.BAD_FACT: 422,
    Code.KEY_REUSED: 422,
    Code.OCCURRED_IN_FUTURE: 422,
    Code.HOLD_IN_PAST: 422,
    Code.GATE_UNMET: 409,
    Code.OUT_OF_ORDER: 409,
    Code.DEAL_CLOSED: 409,
    Fault.ENGINE_UNAVAILABLE: 503,
}


def test_every_code_has_a_meaning_and_every_meaning_a_code() -> None:
    assert set(MEANINGS) == {*Code, *Fault}
    assert not set(Code) & set(Fault)
    assert all(meaning.title.endswith(".") for meaning in MEANINGS.values())


def test_the_contracts_statuses_hold() -> None:
    assert {code: MEANINGS[code].status for code in STATUSES} == STATUSES
    assert {meaning.status for meaning in MEANINGS.values()} <= {
        *(401, 403, 404, 405, 409, 413, 415, 422, 500, 503)
    }


@pytest.mark.parametrize("code", Code)
def test_every_refusal_can_be_told_whatever_its_facts_are_called(code: Code) -> None:
    facts = {"status": "won", "code": "x", "detail": "y", "facts": {"z": 1}, "title": "t"}
    problem = refused(Refused(code, **{k: v for k, v in facts.items() if k != "code"}))
    assert answer(problem).status_code == MEANINGS[code].status


def test_facts_that_are_not_quite_json_are_told_all_the_same() -> None:
    problem = Problem(Code.BAD_FACT, facts={"a": float("nan"), "b": object, "c": {1: (2,)}})
    assert b'"a":null' in answer(problem).body


def test_what_is_long_or_deep_is_cut_off() -> None:
    assert len(str(shortened("x" * 9_999))) == 301
    assert len(shortened(["x"] * 9_999)) == 101  # type: ignore[arg-type]  # a list stays one
    assert shortened({"a": {"b": {"c": {"d": {"e": 1}}}}}) == {"a": {"b": {"c": {"d": "…"}}}}


FAILURES: dict[str, tuple[Exception, int, str]] = {
    "operational": (OperationalError("x", {}, ValueError()), 503, "ledger_unavailable"),
    "interface": (InterfaceError("x", {}, ValueError()), 503, "ledger_unavailable"),
    "pool": (PoolExhausted(), 503, "ledger_unavailable"),
    "timeout": (TimeoutError(), 503, "ledger_unavailable"),
    "connection": (ConnectionRefusedError(), 503, "ledger_unavailable"),
    "engine": (EngineUnavailable(), 503, "engine_unavailable"),
    "data": (DataError("x", {}, ValueError()), 422, "bad_parameter"),
    "overflow": (OverflowError(), 422, "bad_parameter"),
    "unexpected": (RuntimeError("secret"), 500, "internal_error"),
}


@pytest.mark.parametrize("how", FAILURES)
async def test_every_failure_is_told_as_what_it_is(how: str) -> None:
    failure, status, code = FAILURES[how]
    app = FastAPI()
    install(app)

    @app.get("/")
    async def fail() -> None:
        raise failure

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:
        answer = await http.get("/")
    assert told(answer, status, code) == {}
    assert "secret" not in answer.text
