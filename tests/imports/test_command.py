"""The command imports, or says in full what it would do, or why it does nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from imports.command import ImportRefused, Wanted, cli_run
from imports.load import EXAMPLES
from ledger.deals import DealFilter, list_deals
from ledger.imports import find_import, list_imports
from ledger.people import list_people
from ledger.playbooks import list_playbooks
from ledger.session import Ledger
from tests.imports.conftest import Lives
from tests.imports.tables import HEADER, MAPPING, PLAYBOOK

Write = Callable[[str, str | bytes], Path]

ROWS = (
    f"{HEADER}\n"
    "A1,pump,Steel,Ada,Won,10,2026-01-01,2026-01-02,2026-01-03\n"
    "A2,pump,Steel,Ada,Lead,,2026-01-01,,\n"
    "A3\n"
)


@pytest.fixture
def wanted(written: Write) -> Wanted:
    """A file, its mapping and the playbook beside that."""
    written("playbook.yaml", PLAYBOOK)
    beside = MAPPING.replace("{id: small}", "{file: playbook.yaml}")
    return Wanted(written("deals.csv", ROWS), mapping=str(written("mapping.yaml", beside)))


async def test_an_import_is_kept_under_the_id_it_tells(
    wanted: Wanted, ledger: Ledger, lives: Lives
) -> None:
    lines: list[str] = []
    said = await cli_run(wanted, ledger=ledger, starter=lives, say=lines.append)
    assert said.import_id is not None
    kept = await find_import(ledger, said.import_id)
    assert (kept.status, kept.file_name, kept.counts["rows"]) == ("done", "deals.csv", 3)
    assert lines == ["3 rows: 1 closed, 1 open"]
    assert list(said.as_lines()) == [
        "3 rows: 1 closed deals (1 won, 0 lost, 0 dropped), 1 open",
        "0 were there before, 1 refused",
        "won: 1,000 USD in minor units",
        "      1 refused ragged_row",
        "line 4: ragged_row: the row has 1 fields, the header 9",
    ]


async def test_a_dry_run_says_the_same_and_writes_nothing(wanted: Wanted, ledger: Ledger) -> None:
    said = await cli_run(wanted, ledger=ledger, starter=None, say=print)
    plain = json.loads(json.dumps(said.as_json()))
    assert (plain["dry_run"], plain["counts"]["won"], plain["counts"]["open"]) == (True, 1, 1)
    assert plain["won_amounts"] == [{"currency": "USD", "amount_minor": 1000}]
    assert plain["summary"] == [
        {"severity": "refused", "rule": "ragged_row", "subject": "", "n": 1}
    ]
    assert plain["remarks"][0]["line"] == 4
    for listed in (list_imports, list_people, list_playbooks):
        assert await listed(ledger) == ()
    assert (await list_deals(ledger, DealFilter())).items == ()


async def test_a_playbook_beside_the_mapping_is_published_once(
    wanted: Wanted, ledger: Ledger, lives: Lives
) -> None:
    for _ in range(2):
        await cli_run(wanted, ledger=ledger, starter=lives, say=print)
    (published,) = await list_playbooks(ledger)
    assert published.playbook.id == "small"


async def test_a_changed_playbook_needs_another_version(
    wanted: Wanted, written: Write, ledger: Ledger, lives: Lives
) -> None:
    await cli_run(wanted, ledger=ledger, starter=lives, say=print)
    written("playbook.yaml", PLAYBOOK.replace("name: Small", "name: Other"))
    with pytest.raises(ImportRefused, match="raise its version"):
        await cli_run(wanted, ledger=ledger, starter=lives, say=print)


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("deals.csv", "", "deals.csv: the file is empty"),
        ("deals.csv", "id;what\n", "deals.csv: the header lacks `customer`"),
        ("mapping.yaml", "mapping: Bad Name\n", "`name` is missing"),
        ("mapping.yaml", b"\xff\xfe\x00", "this is not UTF-8"),
        ("playbook.yaml", "playbook: x\n", "is missing"),
    ],
)
async def test_what_cannot_be_read_is_refused_whole(
    wanted: Wanted, ledger: Ledger, lives: Lives, file: str, content: str | bytes, reason: str
) -> None:
    raw = content.encode() if isinstance(content, str) else content
    wanted.file.with_name(file).write_bytes(raw)
    with pytest.raises(ImportRefused) as refused:
        await cli_run(wanted, ledger=ledger, starter=lives, say=print)
    assert reason in str(refused.value)
    assert lives.deals == {}
    assert [one.status for one in await list_imports(ledger)] in ([], ["failed"])


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (Wanted(Path("nowhere.csv"), mapping="maven-crm"), "nowhere.csv: it cannot be read: No"),
        (Wanted(Path("a.csv"), mapping="nowhere"), "`nowhere` is no file, and no mapping's name"),
        (Wanted(Path("a.csv")), "name a mapping with --map"),
    ],
)
async def test_what_is_not_there_is_named(
    ledger: Ledger, lives: Lives, asked: Wanted, reason: str
) -> None:
    with pytest.raises(ImportRefused, match=reason):
        await cli_run(asked, ledger=ledger, starter=lives, say=print)


async def test_a_mapping_may_name_a_published_playbook(
    wanted: Wanted, written: Write, ledger: Ledger, lives: Lives
) -> None:
    by_id = Wanted(wanted.file, mapping=str(written("by-id.yaml", MAPPING)))
    with pytest.raises(ImportRefused, match="no such playbook is published: small"):
        await cli_run(by_id, ledger=ledger, starter=lives, say=print)
    await cli_run(wanted, ledger=ledger, starter=lives, say=print)
    again = await cli_run(by_id, ledger=ledger, starter=lives, say=print)
    assert again.tally.unchanged == 2


async def test_the_example_to_copy_shows_what_is_remarked(ledger: Ledger, lives: Lives) -> None:
    file = EXAMPLES / "simple" / "deals.csv"
    said = await cli_run(Wanted(file, mapping="simple"), ledger=ledger, starter=lives, say=print)
    assert [one.rule for one in said.remarks] == [
        "respelt",
        "lost_amount_zero",
        "no_owner",
        "unknown_stage",
    ]
    assert (said.tally.won, said.tally.lost, said.tally.open) == (1, 1, 2)
    assert said.tally.won_amounts == {"EUR": 890_000}
    assert {one.id: one.team for one in await list_people(ledger)} == {
        "Ines Vogt": "North",
        "Jonas Beck": "South",
        "Karla Sommer": None,
    }
    offered = next(deal for deal in lives.deals.values() if deal.owner)
    assert [visit.stage for visit in offered.visits] == ["lead", "quotation"]
