"""People, playbooks, files, imports and workers: kept, found again, and refused where wrong."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from activities.record import keep_beating
from deals.playbook import Playbook
from ledger import files, heartbeats, imports, people, playbooks
from ledger.registers import blobs
from ledger.session import Ledger
from tests.deals.lives import MONDAY, playbook
from tests.ledger.rows import rows_of

WU = people.Person(id="wu", name="Wu", role="manager", team="east", time_zone="Asia/Shanghai")
LIN = people.Person(id="lin", name="林", role="rep", manager="wu", email="lin@example.com")
RUN = imports.Import(
    id="I1",
    status="running",
    format="csv",
    file_name="deals.csv",
    file_digest="ab",
    mapping={"title": "Name", "固定": ["值"]},
    counts={"rows": 0},
    started_at=MONDAY,
)


async def test_a_person_is_found_as_put(ledger: Ledger) -> None:
    for one in (WU, LIN):
        await people.put_person(ledger, one)
    assert await people.find_person(ledger, "lin") == LIN
    assert await people.list_people(ledger) == (LIN, WU)


async def test_putting_a_person_again_changes_them(ledger: Ledger) -> None:
    for one in (WU, LIN, LIN.model_copy(update={"manager": None, "team": "west"})):
        await people.put_person(ledger, one)
    found = await people.find_person(ledger, "lin")
    assert (found.manager, found.team) == (None, "west")


async def test_an_unknown_person_is_refused(ledger: Ledger) -> None:
    with pytest.raises(people.UnknownPerson) as refused:
        await people.find_person(ledger, "nobody")
    assert refused.value.person == "nobody"


async def test_an_unknown_manager_is_refused(ledger: Ledger) -> None:
    with pytest.raises(people.UnknownPerson, match="wu"):
        await people.put_person(ledger, LIN)
    assert await people.list_people(ledger) == ()


async def test_nobody_reports_to_themselves_by_any_way_round(ledger: Ledger) -> None:
    for one in (WU, LIN):
        await people.put_person(ledger, one)
    with pytest.raises(people.ManagerCircle) as circle:
        await people.put_person(ledger, WU.model_copy(update={"manager": "lin"}))
    assert circle.value.path == ("wu", "lin", "wu")
    with pytest.raises(people.ManagerCircle):
        await people.put_person(ledger, WU.model_copy(update={"manager": "wu"}))


async def test_two_changes_at_once_close_no_circle(ledger: Ledger) -> None:
    zhou = people.Person(id="zhou", name="Zhou", role="manager")
    for one in (WU, zhou):
        await people.put_person(ledger, one)
    both = [
        people.put_person(ledger, WU.model_copy(update={"manager": "zhou"})),
        people.put_person(ledger, zhou.model_copy(update={"manager": "wu"})),
    ]
    found = await asyncio.gather(*both, return_exceptions=True)
    refused = [one for one in found if isinstance(one, BaseException)]
    assert [type(one) for one in refused] == [people.ManagerCircle]


async def test_of_two_who_change_one_person_the_second_is_told(ledger: Ledger) -> None:
    await people.put_person(ledger, WU)
    assert await people.put_person(ledger, LIN, was="") is None
    taken = LIN.model_copy(update={"name": "Somebody else"})
    with pytest.raises(people.PersonChanged):
        await people.put_person(ledger, taken, was="")
    changes = [LIN.model_copy(update={"team": team}) for team in ("north", "south")]
    both = [people.put_person(ledger, one, was=LIN.digest()) for one in changes]
    found = await asyncio.gather(*both, return_exceptions=True)
    (told,) = [one for one in found if isinstance(one, people.PersonChanged)]
    stays = await people.find_person(ledger, LIN.id)
    assert told.person == stays
    assert await people.put_person(ledger, stays, was=LIN.digest()) == stays  # sent twice
    assert await people.put_person(ledger, taken) == stays


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "king"},
        {"email": "nowhere"},
        {"time_zone": "Mars/Olympus"},
        {"locale": "no language"},
        {"name": " "},
        {"shoe_size": 44},
    ],
)
def test_what_no_person_has_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        people.Person.model_validate(LIN.model_dump() | wrong)


@pytest.fixture
def book() -> Playbook:
    return playbook()


async def test_a_playbook_is_found_as_published(ledger: Ledger, book: Playbook) -> None:
    assert await playbooks.publish_playbook(ledger, book, "the text", now=MONDAY)
    found = await playbooks.find_playbook(ledger, "small", 1)
    assert (found.playbook, found.digest) == (book, book.digest)
    assert (found.source, found.published_at) == ("the text", MONDAY)
    assert found.playbook.digest == book.digest


async def test_publishing_again_changes_nothing(ledger: Ledger, book: Playbook) -> None:
    await playbooks.publish_playbook(ledger, book, "the text", now=MONDAY)
    later = MONDAY + timedelta(days=1)
    assert not await playbooks.publish_playbook(ledger, book, "the text", now=later)
    assert (await playbooks.find_playbook(ledger, "small")).published_at == MONDAY


async def test_a_published_version_never_changes(ledger: Ledger, book: Playbook) -> None:
    await playbooks.publish_playbook(ledger, book, "the text", now=MONDAY)
    other = Playbook.model_validate(book.model_dump(by_alias=True) | {"currency": "EUR"})
    with pytest.raises(playbooks.PlaybookPublished) as refused:
        await playbooks.publish_playbook(ledger, other, "another", now=MONDAY)
    assert (refused.value.playbook, refused.value.digest) == ("small", book.digest)


async def test_the_latest_version_is_found_when_none_is_named(
    ledger: Ledger, book: Playbook
) -> None:
    for version in (1, 10, 9):
        newer = book.model_copy(update={"version": version})
        await playbooks.publish_playbook(ledger, newer, "", now=MONDAY)
    assert (await playbooks.find_playbook(ledger, "small")).playbook.version == 10
    listed = await playbooks.list_playbooks(ledger)
    assert [one.playbook.version for one in listed] == [10, 9, 1]


async def test_an_unknown_playbook_is_refused(ledger: Ledger, book: Playbook) -> None:
    await playbooks.publish_playbook(ledger, book, "", now=MONDAY)
    with pytest.raises(playbooks.UnknownPlaybook, match="small version 2"):
        await playbooks.find_playbook(ledger, "small", 2)
    with pytest.raises(playbooks.UnknownPlaybook):
        await playbooks.find_playbook(ledger, "other")


async def test_a_file_is_found_as_stored(ledger: Ledger) -> None:
    content = bytes(range(256)) * 40
    stored = await files.store_file(ledger, "报价.pdf", "application/pdf", content, now=MONDAY)
    assert await files.find_file(ledger, stored.id) == stored
    assert await files.file_content(ledger, stored.id) == content
    assert (stored.size, stored.name) == (len(content), "报价.pdf")


async def test_the_same_file_again_is_the_same_and_the_same_content_is_kept_once(
    ledger: Ledger,
) -> None:
    first = await files.store_file(ledger, "a.pdf", "application/pdf", b"x", now=MONDAY)
    later = MONDAY + timedelta(days=1)
    again = await files.store_file(ledger, "a.pdf", "application/pdf", b"x", now=later)
    renamed = await files.store_file(ledger, "b.pdf", "application/pdf", b"x", now=later)
    assert again == first
    assert (renamed.id == first.id, renamed.sha256 == first.sha256) == (False, True)
    assert len(await rows_of(ledger, blobs)) == 1


async def test_an_empty_file_is_a_file(ledger: Ledger) -> None:
    stored = await files.store_file(ledger, "empty", "text/plain", b"", now=MONDAY)
    await files.store_file(ledger, "other", "text/plain", b"", now=MONDAY)
    assert await files.file_content(ledger, stored.id) == b""


async def test_an_unknown_file_is_refused(ledger: Ledger) -> None:
    with pytest.raises(files.UnknownFile):
        await files.find_file(ledger, "nothing")
    with pytest.raises(files.UnknownFile):
        await files.file_content(ledger, "nothing")


async def test_an_import_is_found_as_it_was_last_saved(ledger: Ledger) -> None:
    await imports.save_import(ledger, RUN)
    done = replace(RUN, status="done", counts={"rows": 7}, finished_at=MONDAY)
    await imports.save_import(ledger, done)
    later = replace(RUN, id="I2", started_at=MONDAY + timedelta(hours=1))
    await imports.save_import(ledger, later)
    assert await imports.find_import(ledger, "I1") == done
    assert await imports.list_imports(ledger) == (later, done)
    with pytest.raises(imports.UnknownImport):
        await imports.find_import(ledger, "I9")


async def test_the_report_of_an_import_keeps_its_order_and_is_read_in_parts(
    ledger: Ledger,
) -> None:
    await imports.save_import(ledger, RUN)
    lines = [
        imports.ImportRow(number, "refused", "no_title", f"row {number}", None)
        for number in (9, 3, 5, 1)
    ]
    await imports.report_rows(ledger, "I1", lines[:3])
    await imports.report_rows(ledger, "I1", lines[3:])
    await imports.report_rows(ledger, "I1", [])
    assert await imports.report(ledger, "I1") == tuple(lines)
    assert await imports.report(ledger, "I1", after=1, limit=2) == tuple(lines[1:3])


async def test_a_row_of_a_source_becomes_one_deal(ledger: Ledger) -> None:
    row = imports.Source("crm", "7")
    await imports.remember_sources(ledger, {row: "D1"})
    await imports.remember_sources(ledger, {row: "D2", imports.Source("crm", "8"): "D3"})
    known = await imports.known_sources(ledger, "crm", ["7", "8", "9"])
    assert known == {"7": "D1", "8": "D3"}
    assert await imports.known_sources(ledger, "other", ["7"]) == {}


async def test_more_references_than_one_statement_takes_are_looked_up(ledger: Ledger) -> None:
    await imports.remember_sources(ledger, {imports.Source("crm", "39999"): "D1"})
    references = [str(number) for number in range(40_000)]
    assert await imports.known_sources(ledger, "crm", references) == {"39999": "D1"}


async def test_a_worker_lives_as_long_as_it_says_so(ledger: Ledger) -> None:
    await heartbeats.beat(ledger, "one", at=MONDAY)
    await heartbeats.beat(ledger, "two", at=MONDAY)
    later = MONDAY + timedelta(seconds=10)
    await heartbeats.beat(ledger, "two", at=later)
    assert await heartbeats.live_workers(ledger, since=MONDAY) == ("one", "two")
    assert await heartbeats.live_workers(ledger, since=later) == ("two",)


async def test_a_worker_that_is_long_silent_is_forgotten(ledger: Ledger) -> None:
    await heartbeats.beat(ledger, "old", at=MONDAY)
    now = MONDAY + heartbeats.FORGET_AFTER + timedelta(seconds=1)
    await heartbeats.beat(ledger, "new", at=now)
    assert await heartbeats.live_workers(ledger, since=MONDAY) == ("new",)


async def test_a_worker_goes_on_saying_that_it_lives_when_the_ledger_is_back(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    away = Ledger.open("postgresql://127.0.0.1:9/nothing")
    silent = asyncio.create_task(keep_beating(away, "one", every=0.01))
    beating = asyncio.create_task(keep_beating(ledger, "two", every=0.01))
    while not await heartbeats.live_workers(ledger, since=MONDAY):  # noqa: ASYNC110 - in the ledger
        await asyncio.sleep(0.01)
    while "could not say" not in caplog.text:  # noqa: ASYNC110 - in the log
        await asyncio.sleep(0.01)
    assert not silent.done()
    for task in (silent, beating):
        task.cancel()
    await asyncio.gather(silent, beating, return_exceptions=True)
    await away.close()
