"""The pool: a deal goes there after a warning, and comes back by rules that nobody passes by."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from deals.clocks import next_deadline
from deals.commands import PassTime
from deals.deal import Actor
from deals.decide import decide
from deals.playbook import Playbook
from deals.refusals import Code, Refused
from tests.deals.lives import BODY, MANAGER, REP, Life, playbook

ZHAO = Actor(id="zhao", role="rep")
LIMITED = {"warning": "2d", "cool_down": "10d", "protection": "5d", "claim_limit": 3}


def book(**pool: Any) -> Playbook:
    return Playbook.model_validate(playbook().model_dump(by_alias=True) | {"pool": pool})


def rungs(life: Life, kind: str = "idle") -> list[tuple[str, str]]:
    return [(e.do, e.to) for e in life.events if e.kind == "rung_reached" and e.clock_kind == kind]


def pooled(rules: dict[str, Any] | None = None) -> Life:
    """A deal at the moment it has gone to the pool."""
    life = Life(book(**(rules or LIMITED)))
    while not life.deal.in_pool:
        deadline = next_deadline(life.deal)
        assert deadline
        life.now = deadline.at
        life.apply(PassTime())
    return life


def recycled_at(life: Life) -> datetime:
    """When the idle clock's ladder takes the deal."""
    ladder = life.book.ladder("firm")
    at: datetime = life.clock("idle").rungs[[one.do for one in ladder].index("recycle")]
    return at


def test_the_owner_is_warned_before_a_deal_goes_to_the_pool() -> None:
    life = pooled()

    told = [(e.do, e.occurred_at) for e in life.events if e.kind == "rung_reached"]
    (warned,) = [at for do, at in told if do == "warn"]
    (recycled,) = [at for do, at in told if do == "recycle"]
    assert recycled - warned == timedelta(days=2)
    assert life.deal.former.owner == REP.id


def test_an_action_after_the_warning_cancels_it() -> None:
    life = Life(book(**LIMITED))
    life.now = recycled_at(life) - timedelta(seconds=1)
    life.apply(PassTime())
    assert ("warn", "owner") in rungs(life)

    life.act("call")
    life.wait(seconds=2)

    assert not life.deal.in_pool
    assert ("recycle", "pool") not in rungs(life)


def test_a_reply_after_the_warning_restarts_the_idle_clock() -> None:
    life = Life(book(**LIMITED))
    life.now = recycled_at(life) - timedelta(seconds=1)
    life.apply(PassTime())

    life.send("record_reply", note="we are still thinking")
    life.wait(days=4)

    assert not life.deal.in_pool
    clock = life.clock("idle")
    assert clock.started_at == life.now - timedelta(days=4)
    assert (clock.cause.what, clock.cause.by) == ("reply", REP.id)


def test_a_reply_puts_off_the_recycling_by_other_clocks_too() -> None:
    life = Life(book(**LIMITED), source="web")
    body = {**BODY["stages"][0], "actions": [{**BODY["stages"][0]["actions"][0], "ladder": "firm"}]}
    stages = [body, *BODY["stages"][1:]]
    life = Life(Playbook.model_validate(life.book.model_dump(by_alias=True) | {"stages": stages}))
    before = life.clock("action").rungs[2]
    life.now = before - timedelta(days=1)
    life.apply(PassTime())

    life.send("record_reply")

    assert life.clock("action").rungs[2] == life.now + timedelta(days=5)


def test_a_stage_may_say_that_a_reply_is_no_movement() -> None:
    stage = {**BODY["stages"][0], "idle": {"limit": "3bd", "ladder": "firm", "replies": False}}
    whole = playbook().model_dump(by_alias=True) | {"stages": [stage, *BODY["stages"][1:]]}
    life = Life(Playbook.model_validate(whole))
    started = life.clock("idle").started_at
    life.wait(hours=1)

    life.send("record_reply")

    assert life.clock("idle").started_at == started
    assert life.deal.protected_until == life.now + timedelta(days=3)


def test_a_reply_keeps_no_promise() -> None:
    life = Life()
    on = (life.now + timedelta(days=1)).isoformat()
    life.act("call", next_step={"what": "send the brochure", "on": on})

    life.send("record_reply")
    assert life.clock("promise")
    life.wait(days=2)

    assert life.clock("promise").breached_at
    life.act("mail")
    assert life.clock("promise").state == "breached"


def test_whoever_lost_a_deal_cannot_take_it_back_at_once() -> None:
    life = pooled()
    until = life.now + timedelta(days=10)

    with pytest.raises(Refused) as refused:
        life.send("claim", team="east")

    assert refused.value.code is Code.COOLING_DOWN
    assert refused.value.facts == {"owner": REP.id, "until": until.isoformat()}
    life.now = until
    life.send("claim", team="east")
    assert life.deal.owner == REP.id


def test_a_manager_gives_it_back_only_with_a_reason() -> None:
    life = pooled()
    with pytest.raises(Refused, match="cooling_down"):
        life.send("assign", by=MANAGER, owner=REP.id)

    life.send("assign", by=MANAGER, owner=REP.id, reason="she was ill")

    assert life.deal.owner == REP.id


def test_nobody_takes_more_deals_than_the_playbook_allows() -> None:
    life = pooled()
    with pytest.raises(Refused) as refused:
        life.send("claim", by=ZHAO, held=3)
    assert refused.value.facts == {"owner": "zhao", "held": 3, "limit": 3}
    with pytest.raises(Refused, match="claim_limit"):
        life.send("assign", by=MANAGER, owner="zhao", held=3)

    life.send("claim", by=ZHAO, held=2)

    assert life.deal.claimed_at == life.now


def test_a_claimed_deal_is_protected_and_keeps_stage_facts_and_history() -> None:
    life = Life(book(**(LIMITED | {"protection": "60d"})), source="web")
    life.act("call")
    while not life.deal.in_pool:
        life.wait(days=1)
    before = life.deal

    life.send("claim", by=ZHAO)

    deal = life.deal
    assert (deal.visit, deal.facts, deal.done) == (before.visit, before.facts, before.done)
    assert deal.protected_until == life.now + timedelta(days=60)
    assert recycled_at(life) == deal.protected_until
    life.wait(days=59)
    assert not life.deal.in_pool
    assert ("warn", "owner") in rungs(life)
    life.wait(days=1)
    assert life.deal.in_pool
    assert life.deal.former.owner == "zhao"


def test_a_deal_that_is_handed_over_is_no_claim_any_more() -> None:
    life = pooled()
    life.send("claim", by=ZHAO)

    life.send("assign", by=MANAGER, owner="chen")

    assert life.deal.claimed_at is None


def test_an_action_that_was_sent_before_the_pool_took_the_deal_keeps_it() -> None:
    life = Life(book(**LIMITED))
    at = recycled_at(life)
    sent_at = (at - timedelta(seconds=1)).isoformat()
    life.now = at + timedelta(hours=2)

    life.act("call", sent_at=sent_at)
    life.wait()

    assert not life.deal.in_pool
    assert life.events[-1].kind != "deal_pooled"


def test_an_instant_of_sending_before_the_last_event_counts_as_that_event() -> None:
    life = Life(book(**LIMITED))
    life.wait(days=2)

    events = decide(
        life.book,
        life.deal,
        PassTime(sent_at=life.now - timedelta(days=700)),
        now=life.now + timedelta(days=1),
    )

    assert events == ()
