"""The shipped playbooks say what real teams run on, and a deal can be won with them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deals.duration import Duration
from deals.playbook import Playbook
from playbooks.draft import Plain
from playbooks.load import load_playbook, shipped
from playbooks.yaml_text import read_yaml
from tests.deals.lives import Life
from tests.playbooks.written import YEAR

EQUIPMENT, SHORT = "equipment-sales", "short-pipeline"
VALUES: dict[str, Plain] = {
    "text": "two presses",
    "number": 2,
    "yes-no": True,
    "date": "2027-01-15",
    "money": {"amount_minor": 180_000_000, "currency": "CNY"},
    "contact": {"name": "Zhou"},
    "document": {"name": "Quote", "url": "https://example.com/quote.pdf"},
}


@pytest.fixture(scope="module")
def playbooks() -> dict[str, Playbook]:
    loaded = (load_playbook(file, year=YEAR).playbook for file in shipped())
    return {playbook.id: playbook for playbook in loaded}


@pytest.fixture(params=[EQUIPMENT, SHORT])
def playbook(request: pytest.FixtureRequest, playbooks: dict[str, Playbook]) -> Playbook:
    return playbooks[request.param]


def names(value: Plain) -> Iterator[dict[str, str]]:
    """Every name in a playbook's data, whatever it names."""
    if isinstance(value, dict):
        if "name" in value:
            yield value["name"]
        for one in value.values():
            yield from names(one)
    elif isinstance(value, list):
        for one in value:
            yield from names(one)


def test_two_playbooks_are_shipped_each_in_a_file_of_its_name() -> None:
    assert [file.stem for file in shipped()] == [EQUIPMENT, SHORT]
    for file in shipped():
        assert load_playbook(file, year=YEAR).playbook.id == file.stem


def test_the_stages_are_those_of_the_two_reference_pipelines(
    playbooks: dict[str, Playbook],
) -> None:
    assert {name: [stage.id for stage in each.stages] for name, each in playbooks.items()} == {
        EQUIPMENT: ["first-contact", "needs-confirmed", "quotation", "negotiation", "contract"],
        SHORT: ["lead", "opportunity", "quotation", "negotiation", "closing"],
    }


@pytest.mark.parametrize("file", shipped(), ids=lambda file: file.stem)
def test_everything_is_named_in_english_and_in_chinese(file: Path) -> None:
    found = list(names(read_yaml(file.read_text(encoding="utf-8")).data))
    assert len(found) > 30
    for name in found:
        assert set(name) == {"en", "zh"}
        assert name["en"].isascii()
        assert not name["zh"].isascii()


def test_each_stage_asks_for_its_outputs(playbooks: dict[str, Playbook]) -> None:
    asked = [stage.facts for stage in playbooks[EQUIPMENT].stages]
    assert asked == [stage.facts for stage in playbooks[SHORT].stages]
    assert asked == [
        ("source", "contact"),
        ("budget", "need", "decision-maker"),
        ("quote",),
        ("decision-maker", "key-talk-minutes"),
        ("signed-contract",),
    ]
    kinds = {fact: rule.kind for fact, rule in playbooks[EQUIPMENT].facts.items()}
    documents = {fact for fact, kind in kinds.items() if kind == "document"}
    assert documents == {"quote", "key-talk-minutes", "signed-contract"}


def test_an_interested_customer_is_called_within_three_days_and_met_within_seven(
    playbooks: dict[str, Playbook],
) -> None:
    call, visit, *_ = playbooks[EQUIPMENT].stages[0].actions
    assert (call.id, call.due, call.due_from) == ("first-call", Duration("3d"), None)
    assert (visit.id, visit.due, visit.after) == ("first-visit", Duration("7d"), ("first-call",))
    assert visit.then
    assert (visit.then.id, visit.then.within) == ("visit-minutes", Duration("24h"))


def test_three_business_days_without_action_remind_in_the_commercial_stages(
    playbook: Playbook,
) -> None:
    for stage in playbook.stages[2:]:
        assert stage.idle
        assert (stage.idle.limit, stage.idle.ladder) == (Duration("3bd"), "firm")


def test_a_quote_goes_to_somebody_who_decides_with_a_document_and_is_followed_up(
    playbooks: dict[str, Playbook],
) -> None:
    stage = playbooks[EQUIPMENT].stages[2]
    order = ["find-decision-maker", "send-quote", "review-meeting", "collect-feedback"]
    required = [action for action in stage.actions if action.required]
    assert [action.id for action in required] == order
    assert [action.after for action in required] == [(), *((each,) for each in order[:-1])]
    assert [action.evidence for action in required] == [(), ("document",), (), ()]


def test_every_ladder_goes_from_the_owner_by_the_manager_and_director_to_the_pool(
    playbook: Playbook,
) -> None:
    assert set(playbook.ladders) == {"firm", "default"}
    for rungs in playbook.ladders.values():
        people = dict.fromkeys(rung.to for rung in rungs)
        assert list(people) == ["owner", "manager", "director", "pool"]


def test_every_stage_has_clocks(playbook: Playbook) -> None:
    for stage in playbook.stages:
        assert stage.stay
        assert stage.stay.limit
        assert stage.idle


def test_every_required_action_is_due_some_time(playbook: Playbook) -> None:
    assert all(one.due for stage in playbook.stages for one in stage.actions if one.required)


def test_a_follow_up_can_be_done_as_often_as_it_takes(playbook: Playbook) -> None:
    for stage in playbook.stages[1:]:
        follow_up = stage.action("follow-up")
        assert follow_up
        assert (follow_up.required, follow_up.repeat, follow_up.follow_up) == (False, True, True)


def test_the_calendar_knows_chinas_holidays_and_the_days_worked_in_exchange(
    playbook: Playbook,
) -> None:
    calendar = playbook.calendar
    assert calendar.time_zone == "Asia/Shanghai"
    assert calendar.weekly == (*((((540, 1080),),) * 5), (), ())
    days = {str(day): hours for day, hours in calendar.exceptions}
    assert days["2026-10-01"] == ()  # National Day, a Thursday
    assert days["2026-10-10"] == ((540, 1080),)  # a Saturday, worked in exchange


def test_a_deal_can_be_won_by_doing_what_the_playbook_asks_in_its_order(
    playbook: Playbook,
) -> None:
    life = Life(playbook)
    for stage in playbook.stages:
        assert life.deal.visit.stage == stage.id
        values = {fact: VALUES.get(playbook.facts[fact].kind, "referral") for fact in stage.facts}
        life.send("record_facts", facts=values)
        for action in stage.actions:
            evidence = [{"kind": "document", **VALUES["document"]}] if action.evidence else []
            life.wait(hours=1)
            life.act(action.id, evidence=evidence)
            if action.then:
                life.act(action.then.id)
        if stage != playbook.stages[-1]:
            life.send("advance")
    life.send("close", outcome="won", amount_minor=180_000_000)
    assert life.deal.status == "won"
    assert not [event for event in life.events if event.kind == "clock_breached"]
