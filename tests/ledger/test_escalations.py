"""Escalations: whom each is meant for today, and what was answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deals.playbook import Recipient
from ledger.escalations import EscalationFilter, find_escalation, list_escalations
from ledger.paging import BadCursor
from ledger.people import Person, put_person
from ledger.record import record
from ledger.reporting_line import ReportingLine
from ledger.session import Ledger
from tests.ledger.lives import PEOPLE, Told, opened


def person(person_id: str, role: str = "rep", manager: str | None = None) -> Person:
    return Person.model_validate(
        {"id": person_id, "name": person_id.title(), "role": role, "manager": manager}
    )


STAFF = (
    person("zhao", "director"),
    person("sun", "director"),
    person("wu", "manager", "zhao"),
    person("zhou", "manager"),
    person("lin", "rep", "wu"),
    person("chen", "rep", "zhou"),
    person("lone", "rep"),
)


@pytest.fixture
async def staffed(ledger: Ledger) -> Ledger:
    """A ledger that knows a director's and a manager's people, a team without director, a loner."""
    for one in STAFF:
        await put_person(ledger, one)
    return ledger


async def neglected(ledger: Ledger, deal_id: str, owner: str, days: int = 8) -> Told:
    """A deal that nobody moved, recorded: its owner, the manager and the director were told."""
    told = opened(deal_id, owner=owner)
    for _ in range(days):
        told.wait(days=1)
    await record(ledger, deal_id, told.events)
    return told


async def meant_for(ledger: Ledger, person: str) -> set[tuple[str, Recipient]]:
    found = await list_escalations(ledger, EscalationFilter(person=person), limit=500)
    return {(one.deal_id, one.to) for one in found.items}


async def test_each_role_reaches_the_person_in_that_post(staffed: Ledger) -> None:
    await neglected(staffed, "D1", "lin")
    assert await meant_for(staffed, "lin") == {("D1", "owner")}
    assert await meant_for(staffed, "wu") == {("D1", "manager")}
    assert await meant_for(staffed, "zhao") == {("D1", "director")}
    assert await meant_for(staffed, "sun") == set()


async def test_a_vacant_post_goes_one_up(staffed: Ledger) -> None:
    await neglected(staffed, "D1", "chen")
    await neglected(staffed, "D2", "lone")
    assert await meant_for(staffed, "zhou") == {("D1", "manager")}
    both = {("D1", "director"), ("D2", "manager"), ("D2", "director")}
    assert await meant_for(staffed, "zhao") == await meant_for(staffed, "sun") == both


async def test_an_owner_nobody_knows_reports_to_the_directors(staffed: Ledger) -> None:
    await neglected(staffed, "D1", "a name from a file")
    expected = {("D1", "manager"), ("D1", "director")}
    assert await meant_for(staffed, "zhao") == await meant_for(staffed, "sun") == expected


async def test_a_new_manager_finds_the_open_escalations(staffed: Ledger) -> None:
    await neglected(staffed, "D1", "lin")
    await put_person(staffed, person("lin", "rep", "zhou"))
    assert await meant_for(staffed, "wu") == set()
    assert await meant_for(staffed, "zhou") == {("D1", "manager")}


async def test_escalations_follow_the_deal_to_its_new_owner(staffed: Ledger) -> None:
    told = await neglected(staffed, "D1", "lin")
    await record(staffed, "D1", told.send("assign", by=PEOPLE[2], owner="chen"))
    assert ("D1", "manager") not in await meant_for(staffed, "wu")
    assert ("D1", "manager") in await meant_for(staffed, "zhou")


async def test_the_list_says_whom_each_is_meant_for_as_the_filter_does(staffed: Ledger) -> None:
    for number, one in enumerate([*STAFF, person("stranger")]):
        await neglected(staffed, f"D{number}", one.id)
    everything = (await list_escalations(staffed, EscalationFilter(), limit=500)).items
    assert {one.to for one in everything} == {"owner", "manager", "director"}
    for one in STAFF:
        wanted = EscalationFilter(person=one.id)
        filtered = (await list_escalations(staffed, wanted, limit=500)).items
        assert filtered == tuple(each for each in everything if one.id in each.recipients)


async def test_what_was_answered_and_said_is_listed(staffed: Ledger) -> None:
    told = await neglected(staffed, "D1", "lin", days=5)
    assert told.deal
    first, second = told.deal.escalations[:2]
    until = told.now.replace(year=2027)
    await record(staffed, "D1", told.send("comment", escalation=first.id, note="why?"))
    acknowledged = told.send(
        "acknowledge", by=PEOPLE[2], escalation=first.id, note="seen", extend_until=until
    )
    await record(staffed, "D1", acknowledged)
    found = await find_escalation(staffed, first.id)
    assert found
    assert (found.status, found.acknowledged_by, found.note) == ("acknowledged", "wu", "seen")
    assert found.until == until
    assert [(said.by, said.note) for said in found.comments] == [("lin", "why?")]
    other = await find_escalation(staffed, second.id)
    assert other
    assert other.status == "open"
    assert await find_escalation(staffed, "D9.9") is None


async def test_an_action_settles_what_it_answers(staffed: Ledger) -> None:
    told = await neglected(staffed, "D1", "lin", days=5)
    await record(staffed, "D1", told.send("record_action", action="call"))
    settled = (await list_escalations(staffed, EscalationFilter(status=("settled",)))).items
    assert {one.subject for one in settled} >= {"call"}
    assert all(one.settled_at == told.now for one in settled)


async def test_a_request_for_an_override_reaches_the_manager(staffed: Ledger) -> None:
    told = opened("D1")
    told.send("override", reason="they signed")
    await record(staffed, "D1", told.events)
    (found,) = (await list_escalations(staffed, EscalationFilter(person="wu"))).items
    assert (found.kind, found.reason, found.recipients) == ("override", "they signed", ("wu",))


async def test_lists_are_filtered_and_paged_latest_first(staffed: Ledger) -> None:
    await neglected(staffed, "D1", "lin")
    await neglected(staffed, "D2", "chen")
    whole = (await list_escalations(staffed, EscalationFilter(), limit=500)).items
    assert [one.at for one in whole] == sorted((one.at for one in whole), reverse=True)
    first = await list_escalations(staffed, EscalationFilter(), limit=3)
    rest = await list_escalations(staffed, EscalationFilter(), cursor=first.next_cursor, limit=500)
    assert first.items + rest.items == whole
    for wanted in (
        EscalationFilter(deal_id="D2"),
        EscalationFilter(owner="chen"),
        EscalationFilter(do=("remind",)),
        EscalationFilter(team="east", status=("open", "settled")),
    ):
        found = (await list_escalations(staffed, wanted, limit=500)).items
        assert found == tuple(one for one in whole if passes(one, wanted))
        assert found
    with pytest.raises(BadCursor):
        await list_escalations(staffed, EscalationFilter(), cursor="nonsense")


def passes(one: object, wanted: EscalationFilter) -> bool:
    names = ("deal_id", "owner", "team")
    same = all(getattr(wanted, n) in {None, getattr(one, n)} for n in names)
    several = ("do", "status")
    among = all(
        getattr(wanted, n) is None or getattr(one, n) in getattr(wanted, n) for n in several
    )
    return same and among


names = st.sampled_from(["a", "b", "c", "d", "e", "f"])
roles = st.sampled_from(["rep", "manager", "director"])


@given(st.dictionaries(names, st.tuples(roles, st.none() | names)), names, names)
def test_a_circle_is_found_exactly_when_the_chain_comes_back(
    staff: dict[str, tuple[str, str | None]], someone: str, manager: str
) -> None:
    line = ReportingLine(person(one, role, above) for one, (role, above) in staff.items())
    above = {one: manager for one, (_, manager) in staff.items()} | {someone: manager}
    seen, chain = [someone], above.get(someone)
    while chain is not None and chain not in seen:
        seen.append(chain)
        chain = above.get(chain)
    assert bool(line.circle(someone, manager)) == (chain == someone)
