"""Summaries and explanations: every event has its sentence, every span its reason."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.explanations import explained
from api.summaries import summary
from deals import commands as c
from deals import events as e
from deals.deal import Deal, PlaybookRef
from deals.decide import decide
from deals.evolve import fold
from deals.playbook import Playbook
from deals.refusals import Refused
from deals.working_time import due
from ledger.reporting_line import ReportingLine
from playbooks.load import load_playbook, shipped
from tests.api.conftest import TEAM

PLAYBOOK: Playbook = load_playbook(shipped()[0], year=2026).playbook
LINE = ReportingLine(TEAM)
BEGAN = datetime(2026, 9, 28, 2, 0, tzinfo=UTC)
"""A Monday morning in Shanghai, three days before a week of holidays."""

REF: Any = {"id": PLAYBOOK.id, "version": 1, "digest": PLAYBOOK.digest}
ACTOR: Any = {"id": "ana", "role": "rep"}
OPENING = c.OpenDeal(
    deal_id="D1", playbook=REF, title="T", customer="C", owner="ana", command_id="c0", actor=ACTOR
)


def opened() -> Deal:
    """A deal, just begun."""
    return fold(None, decide(PLAYBOOK, None, OPENING, now=BEGAN))


def after(deal: Deal, command: c.Command, now: datetime) -> Deal:
    """The deal after a command, which may have been refused."""
    try:
        return fold(deal, decide(PLAYBOOK, deal, command, now=now))
    except Refused:
        return deal


@pytest.mark.parametrize("kind", get_args(e.Event), ids=lambda kind: kind.__name__)
def test_every_event_has_a_sentence(kind: type[e.Base]) -> None:
    filler: dict[str, Any] = {
        "str": "x", "int": 1, "bool": True, "AwareDatetime": BEGAN, "dict": {"a": 1}, "tuple": (),
        "PlaybookRef": PlaybookRef.model_validate(REF),
    }  # fmt: skip
    fields: dict[str, Any] = {
        name: filler.get(getattr(field.annotation, "__name__", ""))
        for name, field in kind.model_fields.items()
        if field.is_required()
    }
    fields |= {"clock_kind": "idle", "do": "remind", "to": "owner"}
    sentence = summary(kind.model_construct(None, **fields))  # type: ignore[arg-type]  # a member
    assert sentence.endswith(".")
    assert sentence[0].isupper() or sentence.startswith("x")


steps = st.lists(
    st.tuples(
        st.sampled_from(["pass", "call", "hold", "resume", "step", "pool", "claim"]),
        st.integers(min_value=1, max_value=2_000_000),
    ),
    max_size=8,
)


def lived(moves: list[tuple[str, int]]) -> tuple[Deal, datetime]:
    """A deal after some time with holds, promises and the pool, and the instant then."""
    deal, now = opened(), BEGAN
    for n, (move, seconds) in enumerate(moves):
        now += timedelta(seconds=seconds)
        deal = after(deal, c.PassTime(), now)
        soon = now + timedelta(days=3)
        sent: dict[str, Any] = {
            "command_id": f"c{n + 1}",
            "actor": {"id": "max", "role": "manager"},
        }
        commands: dict[str, c.Command] = {
            "call": c.RecordAction(action="first-call", **sent),
            "hold": c.PlaceHold(until=soon, reason="fair", **sent),
            "resume": c.ReleaseHold(**sent),
            "step": c.RecordAction(
                action="follow-up", next_step=c.NextStepGiven(what="call", on=soon), **sent
            ),
            "claim": c.Claim(**sent),
        }
        if move in commands:
            deal = after(deal, commands[move], now)
    return deal, now


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_the_spans_account_for_the_whole_budget(moves: list[tuple[str, int]]) -> None:
    deal, now = lived(moves)
    for told, clock in zip(explained(PLAYBOOK, deal, LINE, now=now), deal.clocks, strict=True):
        assert all(a.to_at == b.from_at and a.why != b.why for a, b in pairwise(told.spans))
        if clock.due_at is None or not told.spans or told.spans_left_off or clock.budget is None:
            continue
        assert told.spans[0].from_at == clock.started_at
        assert told.spans[-1].to_at == clock.due_at
        counted = sum(span.seconds for span in told.spans if span.counts)
        bare = due(PLAYBOOK.calendar, clock.budget, BEGAN)
        assert bare is not None
        length = clock.budget
        seconds = (
            length.working_seconds(PLAYBOOK.calendar) if length.is_working else length.clock_seconds
        )
        assert counted == pytest.approx(seconds)


def test_a_hold_is_a_span_that_does_not_count() -> None:
    deal, now = lived([("hold", 60), ("pass", 60)])
    told = explained(PLAYBOOK, deal, LINE, now=now)[0]
    assert [span.why for span in told.spans] == ["counts", "hold", "counts"]
    assert told.spans[1].seconds == 3 * 86_400
    assert told.counted_seconds == 60


def test_what_stops_a_clock_is_named() -> None:
    deal = opened()
    stopped = {one.kind: one.stopped_by for one in explained(PLAYBOOK, deal, LINE, now=BEGAN)}
    assert stopped["action"].actions
    assert stopped["stay"].actions == ()
    assert "first-visit" in stopped["idle"].actions
    assert "advance" in stopped["stay"].commands


def test_rungs_behind_and_ahead_are_told_apart() -> None:
    deal, now = lived([("pass", 86_400 * 3 + 60)])
    call = explained(PLAYBOOK, deal, LINE, now=now)[0]
    assert call.breached_at is not None
    assert [rung.state for rung in call.rungs] == [
        *("passed", "passed", "next", "ahead", "ahead", "ahead")
    ]
    assert [rung.do for rung in call.rungs][-2:] == ["warn", "recycle"]
    assert call.remaining_seconds == 0
    deal, now = lived([("call", 60)])
    met = explained(PLAYBOOK, deal, LINE, now=now)[0]
    assert (met.state, {rung.state for rung in met.rungs}) == ("met", {"void"})
