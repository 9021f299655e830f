"""What follows from each command, by example."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from deals.agenda import next_actions
from deals.clocks import next_deadline
from deals.commands import SENT, PassTime
from deals.deal import OPS, OWNER, Actor
from deals.decide import decide
from deals.gates import unmet
from deals.refusals import Code, Refused
from deals.view import view
from tests.deals.lives import DOCUMENT, MANAGER, MONDAY, REP, Life, at_quotation


def deadline(life: Life) -> Any:  # noqa: ANN401 - an instant, or the test fails
    found = next_deadline(life.deal)
    assert found
    return found.at


def refused(code: Code) -> pytest.RaisesExc[Refused]:
    return pytest.raises(Refused, match=f"^{code.value}$")


def test_an_opened_deal_stands_in_the_first_stage_with_its_clocks_running() -> None:
    life = Life()

    assert [event.kind for event in life.events] == ["deal_opened", "stage_entered", "clocks_set"]
    assert [clock.id for clock in life.deal.clocks] == [
        "action.call.2",
        "action.visit.2",
        "stay.contact.2",
        "idle.contact.2",
    ]
    assert life.clock("action").due_at == MONDAY + timedelta(days=3)
    assert life.clock("idle").due_at == MONDAY + timedelta(
        days=2, hours=9
    )  # 27 working hours: Wednesday 18:00


def test_the_gate_names_what_is_missing_in_order_and_the_deal_stays() -> None:
    life = Life()
    before = life.deal

    with refused(Code.GATE_UNMET) as caught:
        life.send("advance")

    assert caught.value.facts["unmet"] == [
        {"kind": "action", "id": "call"},
        {"kind": "action", "id": "visit"},
        {"kind": "fact", "id": "source"},
    ]
    assert life.deal == before


def test_a_done_action_meets_its_clock_and_restarts_idle_and_names_the_cause() -> None:
    life = Life()
    life.wait(hours=5)

    life.act("call", note="spoke with Mr Gao")

    recorded, clocks = life.last
    assert recorded.kind == "action_recorded"
    states = {clock.id: clock.state for clock in clocks.clocks}
    assert states == {
        "action.call.2": "met",
        "idle.contact.2": "met",
        f"idle.contact.{recorded.seq}": "running",
    }


def test_an_action_that_does_not_move_the_deal_leaves_idle_alone() -> None:
    life = Life()
    due_at = life.clock("idle").due_at
    life.wait(hours=5)

    life.act("mail")

    assert life.clock("idle").due_at == due_at


def test_a_quote_before_the_decision_maker_is_known_is_out_of_order() -> None:
    life = at_quotation()

    with refused(Code.OUT_OF_ORDER) as caught:
        life.act("send", evidence=[DOCUMENT])

    assert caught.value.facts == {"action": "send", "after": ["find"]}


def test_a_visit_creates_the_duty_to_write_minutes_and_the_gate_waits_for_them() -> None:
    life = Life(source="web")
    life.act("call")
    life.act("visit")

    assert life.clock("follow_on").due_at == MONDAY + timedelta(hours=24)
    assert [one.id for one in unmet(life.book, life.deal)] == ["minutes"]
    assert next_actions(life.book, life.deal)[0].action == "minutes"

    life.act("minutes")

    assert unmet(life.book, life.deal) == ()
    assert life.clock("follow_on") is None


def test_nobody_writes_minutes_of_a_visit_that_has_not_been() -> None:
    life = Life()

    with refused(Code.OUT_OF_ORDER) as caught:
        life.act("minutes")

    assert caught.value.facts == {"action": "minutes", "after": ["visit"]}


def test_a_second_visit_creates_a_second_duty() -> None:
    life = Life(source="web")
    life.act("call")
    for _ in range(2):
        life.act("visit")
        life.act("minutes")

    assert life.deal.done_in_visit("minutes").times == 2
    assert life.deal.duties == ()


def test_a_clock_that_starts_with_another_action_starts_there() -> None:
    life = at_quotation()
    life.act("find")
    assert [clock.subject for clock in life.deal.clocks if clock.kind == "action"] == ["send"]
    life.wait(hours=2)

    life.act("send", evidence=[DOCUMENT], occurred_at=(life.now - timedelta(hours=1)).isoformat())

    asked = next(clock for clock in life.deal.clocks if clock.subject == "ask")
    assert asked.due_at == life.now - timedelta(hours=1) + timedelta(days=2)


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        (Code.UNKNOWN_ACTION, {"action": "dance"}),
        (Code.ACTION_NOT_IN_STAGE, {"action": "send"}),
        (Code.OCCURRED_IN_FUTURE, {"action": "call", "occurred_at": "2026-11-24T01:00:00Z"}),
        (Code.OCCURRED_BEFORE_DEAL, {"action": "call", "occurred_at": "2026-11-22T01:00:00Z"}),
        (
            Code.NEXT_STEP_IN_PAST,
            {"action": "call", "next_step": {"what": "meet", "on": "2026-11-20"}},
        ),
        (
            Code.NEXT_STEP_IN_PAST,
            {"action": "call", "next_step": {"what": "meet", "on": "2026-11-23T00:30:00Z"}},
        ),
        (Code.BAD_COMMAND, {"action": "call", "next_step": {"what": "meet", "on": "9999-12-31"}}),
    ],
)
def test_what_cannot_have_happened_is_refused(code: Code, fields: dict[str, Any]) -> None:
    life = Life()

    with refused(code):
        life.send("record_action", **fields)


def test_an_action_is_done_once_a_visit_unless_the_playbook_says_otherwise() -> None:
    life = Life()
    life.act("call")
    life.act("mail")
    life.act("mail")

    with refused(Code.ALREADY_DONE):
        life.act("call")


def test_evidence_the_playbook_asks_for_must_be_there() -> None:
    life = at_quotation()
    life.act("find")

    with refused(Code.EVIDENCE_MISSING):
        life.act("send")


def test_a_ladder_climbs_once_from_reminder_to_pool_and_each_rung_says_when_it_was_due() -> None:
    life = Life()
    life.act("call")
    life.act("visit")
    life.act("minutes")

    life.wait(days=30)

    rungs = [e for e in life.last if e.kind == "rung_reached" and e.clock_kind == "idle"]
    assert [(e.do, e.to) for e in rungs] == [
        ("remind", "owner"),
        ("escalate", "manager"),
        ("warn", "owner"),
        ("recycle", "pool"),
    ]
    breach = next(e for e in life.last if e.kind == "clock_breached" and e.clock_kind == "idle")
    assert rungs[1].occurred_at == breach.occurred_at + timedelta(days=1)
    assert rungs[2].occurred_at == breach.occurred_at + timedelta(days=6)
    assert rungs[3].occurred_at == breach.occurred_at + timedelta(days=7)
    assert life.deal.in_pool
    assert life.wait(days=300) == ()


def test_a_pooled_deal_promises_no_next_rung() -> None:
    life = Life()
    life.wait(days=60)

    assert {clock.next_rung for clock in view(life.book, life.deal).clocks} == {None}


def test_a_pooled_deal_is_claimed_with_fresh_clocks() -> None:
    life = Life()
    life.wait(days=60)
    assert life.deal.in_pool
    assert life.deal.escalations == ()
    with refused(Code.IN_POOL):
        life.act("call")
    with refused(Code.IN_POOL):
        life.send("close", outcome="won")

    life.send("claim", by=Actor(id="zhao", role="rep"), team="west")

    assert (life.deal.owner, life.deal.team) == ("zhao", "west")
    assert life.clock("idle").started_at == life.now
    assert life.clock("idle").breached_at is None
    assert deadline(life) > life.now


def test_an_owners_command_is_of_whoever_has_the_deal_when_it_is_decided() -> None:
    life = Life()
    life.send("assign", by=OWNER, owner="zhao")
    life.act("call", by=OWNER)
    assert [event.actor for event in life.events[-2:]] == [Actor(id="zhao", role="rep")] * 2
    life.wait(days=60)
    assert life.deal.in_pool
    life.send("assign", by=OWNER, owner="lin")
    assert life.events[-1].actor == OPS


def test_what_was_due_is_reached_before_a_command_that_comes_later() -> None:
    life = Life()
    life.now += timedelta(days=4)

    life.act("call")

    assert "rung_reached" in life.kinds()
    assert life.kinds().index("rung_reached") < life.kinds().index("action_recorded")


def test_doing_the_action_ends_its_ladder_and_settles_what_was_raised() -> None:
    life = Life()
    life.wait(days=4)
    raised = {one.subject for one in life.deal.escalations}
    assert "call" in raised

    life.act("call")

    assert "call" not in {one.subject for one in life.deal.escalations}
    assert life.deal.done_in_visit("call").late


def test_an_acknowledged_escalation_quiets_its_ladder_and_keeps_the_distances() -> None:
    life = Life()
    life.wait(days=3)
    clock = next(c for c in life.deal.clocks if c.subject == "call")
    until = life.now + timedelta(days=5)
    one = next(e for e in life.deal.escalations if e.subject == "call")

    life.send(
        "acknowledge",
        by=MANAGER,
        escalation=one.id,
        note="He is at a fair",
        extend_until=until.isoformat(),
    )

    quieted = life.deal.clock(clock.id)
    assert quieted.rungs[2:] == (until, until + timedelta(days=2))
    assert quieted.due_at == clock.due_at
    with refused(Code.ESCALATION_CLOSED):
        life.send("acknowledge", by=MANAGER, escalation=one.id, note="again")
    with refused(Code.UNKNOWN_ESCALATION):
        life.send("comment", escalation="D1.999", note="?")


def test_a_promise_quiets_idle_only_up_to_its_own_date_and_breaches_at_once() -> None:
    life = Life()
    idle_due = life.clock("idle").due_at
    promised = life.now + timedelta(days=1)

    life.act("call", next_step={"what": "send the brochure", "on": promised.isoformat()})

    assert life.clock("idle").state == "paused"
    assert life.clock("idle").due_at == idle_due + timedelta(days=1)
    life.wait(days=1)
    assert [e.clock_kind for e in life.last if e.kind == "clock_breached"] == ["promise"]
    assert life.clock("idle").state == "running"


def test_a_kept_promise_is_met() -> None:
    life = Life()
    life.act("call", next_step={"what": "visit", "on": "2026-11-25"})
    assert life.clock("promise").due_at == MONDAY + timedelta(days=2, hours=9)
    life.wait(hours=3)

    life.act("visit")

    ended = next(
        c for e in life.last if e.kind == "clocks_set" for c in e.clocks if c.kind == "promise"
    )
    assert ended.state == "met"
    assert life.deal.next_step is None


def test_a_held_deal_stays_quiet_and_goes_on_with_what_it_had_left() -> None:
    life = Life()
    due_at = life.clock("action").due_at
    life.wait(hours=1)

    life.send("place_hold", until="2026-12-01", reason="plant closed")

    assert life.deal.status == "on_hold"
    assert {clock.state for clock in life.deal.clocks} == {"paused"}
    with refused(Code.ON_HOLD):
        life.act("call")
    resumes = life.deal.hold.until
    assert deadline(life) == resumes
    life.wait(days=20)
    assert life.events[-1].kind != "hold_placed"
    assert life.deal.status == "open"
    assert life.clock("action").due_at == due_at + (resumes - (MONDAY + timedelta(hours=1)))


def test_a_long_hold_needs_a_manager() -> None:
    life = Life()

    with refused(Code.HOLD_TOO_LONG):
        life.send("place_hold", until="2027-06-01", reason="budget next year")
    with refused(Code.HOLD_IN_PAST):
        life.send("place_hold", until="2026-11-01", reason="?")

    life.send("place_hold", by=MANAGER, until="2027-06-01", reason="budget next year")
    life.send("release_hold")
    with refused(Code.NOT_ON_HOLD):
        life.send("release_hold")


def test_a_manager_lets_a_deal_pass_on_the_record_and_a_rep_asks() -> None:
    life = Life()
    life.send("override", reason="they are in a hurry")
    assert [(e.kind, e.to) for e in life.deal.escalations] == [("override", "manager")]

    life.send("override", by=MANAGER, reason="known customer")

    assert life.deal.escalations == ()
    assert unmet(life.book, life.deal) == ()
    life.send("advance")
    assert life.deal.visit.stage == "quotation"
    assert [one.id for one in life.deal.visits[0].waived] == ["call", "visit", "source"]


def test_going_back_begins_a_new_visit_whose_actions_are_to_be_done_anew() -> None:
    life = at_quotation()

    life.send("return", to="contact", reason="another need came up")

    assert life.deal.visit.number == 3
    assert life.deal.done_in_visit("call") is None
    assert life.deal.visits[1].end == "back"
    with refused(Code.NOT_AN_EARLIER_STAGE):
        life.send("return", to="contract", reason="forward is not back")
    with refused(Code.UNKNOWN_STAGE):
        life.send("return", to="nowhere", reason="lost")


def test_a_deal_is_won_through_the_last_gate_and_then_absorbs_everything() -> None:
    life = at_quotation()
    with refused(Code.NOT_LAST_STAGE):
        life.send("close", outcome="won")
    life.act("find")
    life.act("send", evidence=[DOCUMENT])
    life.act("ask")
    life.send("record_facts", facts={"quote": DOCUMENT})
    life.send("advance")
    with refused(Code.GATE_UNMET):
        life.send("close", outcome="won")
    life.send("record_facts", facts={"signed": True})
    with refused(Code.LAST_STAGE):
        life.send("advance")

    life.send("close", outcome="won", amount_minor=120_000_00)

    assert (life.deal.status, life.deal.amount_minor) == ("won", 120_000_00)
    assert [clock for clock in life.deal.clocks if clock.live] == []
    assert next_deadline(life.deal) is None
    assert life.wait(days=400) == ()
    with refused(Code.DEAL_CLOSED):
        life.act("call")
    life.send("reopen", reason="signed by the wrong company")
    assert (life.deal.status, life.deal.visit.stage, life.deal.visit.number) == (
        "open",
        "contract",
        4,
    )


def test_an_open_deal_cannot_be_reopened_and_a_lost_one_can() -> None:
    life = Life()
    with refused(Code.DEAL_OPEN):
        life.send("reopen", reason="?")
    life.send("close", outcome="lost", reason="price")

    life.send("reopen", reason="they called back")

    assert life.deal.status == "open"
    assert life.clock("idle").started_at == life.now


def test_handing_over_keeps_everything_and_is_for_the_owner_or_a_manager() -> None:
    life = Life()
    clocks = life.deal.clocks
    with refused(Code.NOT_ALLOWED):
        life.send("assign", by=REP.model_copy(update={"id": "chen"}), owner="chen")
    with refused(Code.ALREADY_OWNER):
        life.send("assign", owner=REP.id)

    life.send("assign", by=MANAGER, owner="chen", team="west")

    assert (life.deal.owner, life.deal.team, life.deal.clocks) == ("chen", "west", clocks)
    with refused(Code.NOT_IN_POOL):
        life.send("claim")


def test_the_same_command_again_changes_nothing_and_another_under_its_id_is_refused() -> None:
    life = Life()
    life.act("call", command_id="key-1", digest="a")
    before = life.deal

    assert life.act("call", command_id="key-1", digest="a") == ()

    assert life.deal == before
    with refused(Code.KEY_REUSED):
        life.act("visit", command_id="key-1", digest="b")


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"wealth": 3}, Code.UNKNOWN_FACT),
        ({"source": "moon"}, Code.BAD_FACT),
        ({"budget": 12}, Code.BAD_FACT),
        ({"machines": 10**400}, Code.BAD_FACT),
        ({"machines": 1e300}, Code.BAD_FACT),
        ({"machines": float("nan")}, Code.BAD_FACT),
        ({"machines": "3"}, Code.BAD_FACT),
        ({"budget": {"amount_minor": 1.5, "currency": "CNY"}}, Code.BAD_FACT),
        ({"budget": {"amount_minor": -1, "currency": "CNY"}}, Code.BAD_FACT),
        ({"contact": {"phone": "1"}}, Code.BAD_FACT),
        ({"quote": {"name": "x"}}, Code.BAD_FACT),
        ({"signed": "yes"}, Code.BAD_FACT),
    ],
)
def test_facts_are_what_the_playbook_says_they_are(facts: dict[str, Any], code: Code) -> None:
    life = Life()

    with refused(code):
        life.send("record_facts", facts=facts)


def test_an_instant_outside_the_calendar_is_no_instant() -> None:
    with pytest.raises(ValidationError):
        SENT.validate_python(
            {"kind": "record_action", "action": "call", "occurred_at": "0001-01-01T00:00:00+14:00"}
        )


def test_a_fact_can_be_taken_back() -> None:
    life = Life(source="web")

    life.send("record_facts", facts={"source": None})

    assert "source" not in life.deal.facts


def test_time_that_reaches_nothing_is_no_event() -> None:
    life = Life()

    assert decide(life.book, life.deal, PassTime(), now=life.now) == ()


def test_a_clock_that_runs_backwards_does_not_reorder_events() -> None:
    life = Life()
    life.wait(hours=2)
    life.now -= timedelta(hours=1)

    life.act("call")

    assert [e.at for e in life.events] == sorted(e.at for e in life.events)


def test_the_view_tells_what_a_reader_needs() -> None:
    life = at_quotation()
    shown = view(life.book, life.deal)

    assert shown.stage.id == "quotation"
    assert [one.action for one in shown.next_actions] == ["find"]
    assert [one.id for one in shown.unmet] == ["find", "send", "ask", "quote"]
    assert {clock.kind for clock in shown.clocks} == {"action", "idle"}
    assert shown.workflow_id == "deal-D1"
