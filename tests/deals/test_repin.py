"""Deals that go on by another version of their playbook."""

from datetime import UTC, datetime
from typing import Any

import pytest

from deals.deal import OPS
from deals.events import EVENT
from deals.evolve import fold
from deals.refusals import Code, Refused
from tests.deals.lives import MANAGER, NEWER, Life, at_quotation, playbook


def repin(life: Life, **fields: Any) -> tuple[Any, ...]:
    given: dict[str, Any] = {
        "version": 2,
        "terms": playbook(body=NEWER),
        "reason": "the pilot pays",
    } | fields
    return life.send("repin", by=given.pop("by", MANAGER), **given)


def refused(life: Life, **fields: Any) -> Refused:
    before = life.deal
    with pytest.raises(Refused) as caught:
        repin(life, **fields)
    assert life.deal is before
    return caught.value


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def rungs(life: Life) -> list[tuple[str, str]]:
    return [(one.to, one.do) for one in life.events if one.kind == "rung_reached"]


def test_the_visit_goes_on_and_its_clocks_say_what_the_other_version_says() -> None:
    life = Life()
    visit = life.deal.visit
    life.act("call")

    repin(life)

    assert life.kinds() == ["playbook_changed", "clocks_set"]
    assert (life.last[0].before.version, life.last[0].playbook.version) == (1, 2)
    assert life.deal.playbook.version == 2
    assert life.deal.visit == visit  # neither an exit nor an entry
    due = {(c.kind, c.subject): c.due_at for c in life.deal.clocks if c.live}
    assert due == {
        ("action", "qualify"): utc("2026-11-25 01:00"),  # two days after the visit began
        ("idle", "contact"): utc("2026-11-24 10:00"),  # Tuesday evening
    }
    assert life.clock("idle").ladder == "firm"
    assert str(life.clock("idle").budget) == "2bd"


def test_what_was_done_counts_and_the_order_is_the_other_versions() -> None:
    life = Life(source="web")
    life.act("call")
    life.act("visit")  # asks for minutes
    repin(life)

    assert life.deal.duties == ()  # nobody writes minutes in version 2
    with pytest.raises(Refused) as caught:
        life.send("advance")
    assert caught.value.facts["unmet"] == [{"kind": "action", "id": "qualify"}]
    life.act("qualify")
    life.send("advance")
    assert life.deal.visit.stage == "pilot"


def test_a_stage_that_the_version_lacks_is_no_place_to_be() -> None:
    life = at_quotation()

    found = refused(life)

    assert found.code is Code.UNKNOWN_STAGE
    assert found.facts == {"stage": "quotation", "known": ["contact", "pilot", "contract"]}


def test_nobody_is_told_the_same_twice_and_others_are_told_at_once() -> None:
    life = Life(source="web")
    life.act("call")
    life.wait(days=2, hours=10)  # Wednesday, 19:00: version 1 has reminded, and is overdue
    assert rungs(life) == [("owner", "remind")]

    repin(life)
    life.wait()
    reached = [(e.subject, e.to) for e in life.events if e.kind == "rung_reached"]
    assert reached[1:] == [("qualify", "owner"), ("contact", "director"), ("qualify", "owner")]

    told = rungs(life)
    repin(life, version=1, terms=playbook(), reason="back")
    life.wait()
    repin(life, reason="and on")
    life.wait()
    assert rungs(life) == told


def test_what_was_missed_stays_missed() -> None:
    life = Life(source="web")
    life.act("call")
    life.wait(days=2, hours=10)
    missed = life.clock("idle").breached_at
    assert missed

    repin(life, terms=playbook(body=NEWER | {"stages": [
        {**NEWER["stages"][0], "idle": {"limit": "9bd", "ladder": "firm"}}, *NEWER["stages"][1:]
    ]}))  # fmt: skip

    assert life.clock("idle").due_at > life.now
    assert (life.clock("idle").breached_at, life.clock("idle").state) == (missed, "breached")


def test_no_deal_goes_to_the_pool_without_the_warning_because_its_playbook_changed() -> None:
    life = Life(playbook(body=NEWER), source="web")
    life.act("call")
    life.act("qualify")
    life.wait(days=30)
    assert not life.deal.in_pool

    repin(life, version=1, terms=playbook())
    life.wait()

    assert not life.deal.in_pool
    assert rungs(life)[-1] == ("owner", "warn")
    life.wait(days=1)
    assert life.deal.in_pool


def test_on_hold_and_in_the_pool_a_deal_can_go_on_by_another_version() -> None:
    life = Life()
    life.send("place_hold", until="2026-11-30T01:00:00Z", reason="fair")
    repin(life)
    assert life.deal.status == "on_hold"
    assert all(clock.state == "paused" for clock in life.deal.clocks if clock.live)

    pooled = Life()
    pooled.wait(days=60)
    assert pooled.deal.in_pool
    repin(pooled)
    assert pooled.deal.playbook.version == 2
    pooled.send("claim", team="east", held=0)
    assert pooled.clock("idle").due_at == utc("2027-01-25 10:00")  # Friday 9:00, of two days


def test_the_version_it_goes_by_already_changes_nothing() -> None:
    life = Life()
    assert repin(life, version=1, terms=playbook()) == ()


def test_who_may_and_what_is_no_version_of_it() -> None:
    life = Life()

    assert refused(life, by=life.events[0].actor).code is Code.NOT_ALLOWED
    other = playbook(body=NEWER | {"playbook": "large"})
    assert refused(life, terms=other).code is Code.BAD_COMMAND
    assert refused(life, version=3).code is Code.BAD_COMMAND
    endless = playbook(body=NEWER | {"opportunity_stage": "nowhere"})
    assert refused(life, by=OPS, terms=endless).code is Code.BAD_COMMAND
    life.send("close", outcome="lost", reason="price")
    assert refused(life).code is Code.DEAL_CLOSED


def test_the_events_alone_tell_the_same_deal() -> None:
    life = Life()
    life.wait(days=3)
    repin(life)
    life.wait(days=3)

    read_back = [EVENT.validate_json(EVENT.dump_json(event)) for event in life.events]

    assert fold(None, read_back) == life.deal
