"""Event logs: the rows of a deal in their order, each with what it means, and nothing left out."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from deals.commands import PastStep
from imports.cells import Sheet
from imports.draft import DraftDeal
from imports.faults import BadFile
from imports.load import BadMapping, check_against, read_mapping
from imports.log import Logs
from imports.mapping import Mapping
from imports.rows import LogRows
from imports.run import Task, try_import
from imports.source import OnDisk, Uploaded
from playbooks.load import load_playbook
from tests.imports.tables import NOW, PLAYBOOK

BOOK = load_playbook(
    PLAYBOOK.replace(
        "{id: offer, name: Offer}",
        "{id: offer, name: Offer, actions: [{id: call, name: Call, required: false}]}",
    ),
    year=2026,
).playbook

LOG = """
mapping: log
name: Log
playbook: {id: small}
time_zone: UTC
currency: USD
people: {automatic: [robot]}
rows:
  kind: log
  reference: deal
  at: at
  what: what
  title: deal
  customer: deal
  owner: who
  actor: who
  amount: {column: worth, factor: 100}
  facts:
    product: {column: worth, bands: {pump: 0, valve: 500000}}
  takes: from-automatic
  events:
    new: {stage: lead}
    offer: {stage: offer, takes: always}
    call: {action: call}
    quote: {facts: {product: valve}}
    won: {end: won}
    lost: {end: lost}
    chat: note
"""


def mapped(text: str = LOG, **rows: Any) -> Mapping:
    read = read_mapping(text)
    if rows:
        changed = {"rows": read.rows.model_dump(exclude_unset=True) | rows}
        read = Mapping.model_validate(read.model_dump(exclude_unset=True) | changed)
    check_against(read, BOOK)
    return read


def task(*lines: str, by: Mapping | None = None, header: str = "deal,at,what,who,worth") -> Task:
    content = "\n".join((header, *lines, "")).encode()
    return Task(Uploaded("log.csv", content), by or mapped(), BOOK, NOW)


def drafts(*lines: str, **given: Any) -> list[DraftDeal]:

    wanted = task(*lines, **given)
    rows = wanted.mapping.rows
    assert isinstance(rows, LogRows)
    with Sheet(wanted.mapping, wanted.files) as sheet:
        return list(Logs(wanted.mapping, rows, BOOK).drafts(sheet.rows()))


def past(*lines: str, **given: Any) -> tuple[PastStep, ...]:
    (draft,) = drafts(*lines, **given)
    assert draft.command is not None, draft.remarks
    return draft.command.past


def told(steps: tuple[PastStep, ...]) -> list[str]:
    def said(step: PastStep) -> str:
        of = (step.stage, step.action, step.owner, step.outcome, step.note, *step.facts)
        return f"{step.kind} {next(one for one in of if one)}"

    return [said(step) for step in steps]


def rules(*lines: str, **given: Any) -> list[tuple[str, str]]:
    report = try_import(task(*lines, **given))
    return [(one.severity, one.rule) for one in report.remarks if one.line]


def test_rows_of_a_deal_need_not_stand_together_and_are_ordered_by_instant() -> None:
    first, second = drafts(
        "A,2026-01-03,offer,ann,10",
        "B,2026-01-01,new,bob,20",
        "A,2026-01-01,new,ann,10",
        "A,2026-01-05,won,ann,12",
    )
    assert first.command is not None
    assert second.command is not None
    assert told(first.command.past) == ["stage lead", "stage offer", "end won"]
    assert [step.at and step.at.day for step in first.command.past] == [1, 3, 5]
    assert (first.command.opened_at, first.command.past[-1].amount_minor) == (
        first.command.past[0].at,
        1200,
    )
    assert (second.command.reference, second.command.amount_minor) == ("B", 2000)


def test_a_number_orders_rows_against_their_instants() -> None:
    lines = ("A,2026-01-02,offer,ann,1,10", "A,2026-01-02,new,ann,1,9")
    header = "deal,at,what,who,worth,no"
    assert told(past(*lines, header=header, by=mapped(order="no"))) == ["stage lead", "stage offer"]
    assert told(past(*lines, header=header)) == ["stage offer", "stage lead"]  # as in the file


def test_stages_of_one_day_can_stand_in_the_playbooks_order_ends_last() -> None:
    lines = ("A,2026-01-02,lost,ann,1", "A,2026-01-02,offer,ann,1", "A,2026-01-02,new,ann,1")
    assert told(past(*lines, by=mapped(equal="stages"))) == [
        *("stage lead", "stage offer", "end lost"),
    ]


def test_every_row_stays_and_what_has_no_consequence_is_a_note() -> None:
    lines = (
        "A,2026-01-01,call,ann,1",
        "A,2026-01-02,new,ann,1",
        "A,2026-01-03,new,ann,1",
        "A,2026-01-04,chat,ann,1",
        "A,2026-01-05,quote,ann,1",
        "A,2026-01-06,lost,ann,1",
        "A,2026-01-07,won,ann,1",
        "A,2026-01-08,call,ann,1",
    )
    assert told(past(*lines)) == [
        *("note call", "stage lead", "note new", "note chat"),
        *("facts product", "end lost", "note won", "action call"),
    ]
    assert rules(*lines) == [
        ("repaired", "before_first_stage"),
        ("repaired", "ended_already"),
    ]


def test_a_stage_after_the_end_opens_the_deal_again() -> None:
    lines = ("A,2026-01-01,new,ann,1", "A,2026-01-02,won,ann,1", "A,2026-01-03,new,ann,1")
    assert told(past(*lines)) == ["stage lead", "end won", "stage lead"]
    tally = try_import(task(*lines)).tally
    assert (tally.open, tally.won) == (1, 0)


def test_whoever_acts_takes_it_as_the_mapping_says() -> None:
    lines = (
        "A,2026-01-01,new,robot,1",
        "A,2026-01-02,chat,ann,1",
        "A,2026-01-03,chat,bob,1",
        "A,2026-01-04,offer,cleo,1",
        "A,2026-01-05,chat,robot,1",
        "A,2026-01-06,chat,,1",
    )
    steps = past(*lines)
    assert told(steps) == [
        *("stage lead", "owner ann", "note chat", "note chat"),
        *("owner cleo", "stage offer", "note chat", "note chat"),
    ]
    assert [step.actor for step in steps if step.kind == "note"] == ["ann", "bob", None, None]
    (draft,) = drafts(*lines)
    assert {one.id: one.automatic for one in draft.people} == {
        "robot": True,
        "ann": False,
        "bob": False,
        "cleo": False,
    }


@pytest.mark.parametrize(("worth", "band"), [("0", "pump"), ("4999.99", "pump"), ("5000", "valve")])
def test_an_amount_falls_into_the_band_that_begins_at_or_below_it(worth: str, band: str) -> None:
    (draft,) = drafts(f"A,2026-01-01,new,ann,{worth}")
    assert draft.command is not None
    assert draft.command.facts == {"product": band}


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("A,2026-01-02,dance,ann,1", "unknown_event"),
        ("A,,new,ann,1", "bad_date"),
        ("A,soon,new,ann,1", "bad_date"),
        (",2026-01-02,new,ann,1", "missing_id"),
        ("B,2026-01-02,chat,ann,1", "unknown_stage"),
        ("B,2026-01-02,new,ann,much", "bad_amount"),
        ("B,2026-01-02,new", "ragged_row"),
        ("B,2027-01-02,new,ann,1", "occurred_in_future"),
    ],
)
def test_a_row_that_says_nothing_of_use_is_refused(line: str, rule: str) -> None:
    assert ("refused", rule) in rules("A,2026-01-01,new,ann,1", line)


def test_what_is_not_listed_can_be_kept_as_a_note() -> None:
    lines = ("A,2026-01-01,new,ann,1", "A,2026-01-02,dance,ann,1")
    assert told(past(*lines, by=mapped(others="note"))) == ["stage lead", "note dance"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("{stage: lead}", "{stage: led}", "no stage `led`"),
        ("{action: call}", "{action: cal}", "no action `cal`"),
        ("{product: valve}", "{produce: valve}", "no fact `produce`"),
        ("{end: won}", "{end: won, stage: lead}", "one row is one thing"),
        ("  at: at\n", "", "`at` is missing"),
    ],
)
def test_a_mapping_that_speaks_of_what_is_not_there_is_refused(
    old: str, new: str, fault: str
) -> None:
    with pytest.raises(BadMapping, match=fault):
        mapped(LOG.replace(old, new, 1))


def test_a_packed_file_in_a_folder_is_read_as_what_is_in_it(tmp_path: Path) -> None:
    content = b"deal,at,what,who,worth\nA,2026-01-01,new,ann,1\n"
    (tmp_path / "log.csv.gz").write_bytes(gzip.compress(content))
    files = OnDisk(tmp_path, "log.csv.gz")
    assert files.name == "log.csv.gz"
    assert try_import(Task(files, mapped(), BOOK, NOW)).tally.open == 1


@pytest.mark.parametrize("damage", [b"no gzip at all", gzip.compress(b"deal,at" * 99)[:-9]])
def test_a_damaged_packed_file_is_refused_whole(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "log.csv.gz").write_bytes(damage)
    with pytest.raises(BadFile, match="damaged"):
        try_import(Task(OnDisk(tmp_path / "log.csv.gz"), mapped(), BOOK, NOW))
