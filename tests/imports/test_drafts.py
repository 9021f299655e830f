"""What a row becomes: its deal, and everything that is remarked on the way."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deals.commands import ImportDeal
from imports.cells import Sheet
from imports.draft import DraftDeal, deal_id, decided, each_once
from imports.mapping import Mapping
from imports.remarks import summary
from imports.rows import SnapshotRows
from imports.run import try_import
from imports.snapshot import Snapshots
from tests.imports.tables import MAPPING, NOW, mapping, playbook, rows, task

JOINED = MAPPING.replace("  owner: owner", "  owner: owner\n  team: teams.team").replace(
    "rows:",
    "joins: {teams: {file: teams.csv, key: rep, by: owner}}\n"
    "repairs: {what: {pmup: pump}, teams.team: {Noth: North}}\n"
    "people: {manager: teams.boss}\nrows:",
)
TEAMS = "rep,team,boss\nAda,Noth,Cleo\nBert,South,Cleo\nDan,South,Cleo\nBert,East,Dan\n"


def drafts(content: str, by: Mapping | None = None, sides: str | None = None) -> list[DraftDeal]:
    given = task(content, by, {"teams.csv": sides} if sides else None)
    by_row = given.mapping.rows
    assert isinstance(by_row, SnapshotRows)
    with Sheet(given.mapping, given.files) as sheet:
        source = Snapshots(given.mapping, by_row, given.playbook)
        return list(each_once(source.drafts(sheet.rows())))


def deal(line: str, by: Mapping | None = None) -> ImportDeal:
    (draft,) = drafts(rows(line), by)
    assert draft.command is not None, draft.remarks
    return draft.command


def rules(line: str, by: Mapping | None = None) -> list[str]:
    (draft,) = drafts(rows(line), by)
    return [one.rule for one in draft.remarks]


def steps(command: ImportDeal) -> list[tuple[str | None, datetime | None]]:
    return [(step.stage or step.outcome, step.at) for step in command.past]


def berlin(year: int, month: int, day: int) -> datetime:
    """Midnight there, in winter."""
    return datetime(year, month, day, tzinfo=UTC) - timedelta(hours=1)


def test_an_open_row_is_a_deal_with_its_true_past() -> None:
    command = deal("A1,pump,Steel AG,Ada,Offer,1200.50,2026-01-02,2/3/26,2026-12-31")
    assert (command.reference, command.title, command.customer) == (
        "A1",
        "pump · Steel AG",
        "Steel AG",
    )
    assert (command.owner, command.amount_minor, command.currency) == ("Ada", 120_050, "USD")
    assert command.opened_at == berlin(2026, 1, 2)
    assert steps(command) == [("offer", berlin(2026, 2, 3))]  # an open deal has not ended


def test_a_won_row_carries_its_amount_at_its_end() -> None:
    command = deal("A1,pump,Steel AG,Ada,Won,10,2026-01-02,2026-02-03,2026-03-04")
    assert steps(command)[-1] == ("won", berlin(2026, 3, 4))
    assert (command.past[-1].amount_minor, command.amount_minor) == (1000, None)


def test_a_deal_is_the_same_deal_in_every_run_and_another_in_every_source() -> None:
    assert deal("A1,a,b,c,Lead,,,,").deal_id == deal_id("small", "A1")
    assert len({deal_id(source, "A1") for source in ("small", "large")}) == 2


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A1,pump,Steel,Ada,Offer,1,2026-01-01,2026-01-02,", []),
        ("A1,pump,,Ada,Offer,1,2026-01-01,2026-01-02,", ["blank_replaced"]),
        ("A1,pump,-,Ada,Offer,1,2026-01-01,2026-01-02,", ["blank_replaced"]),
        ("A1,pump,None,Ada,Offer,1,2026-01-01,2026-01-02,", []),
        ("A1,,,Ada,Offer,1,2026-01-01,2026-01-02,", ["blank_replaced", "blank_replaced"]),
        ("A1,pump,Steel,,Offer,1,2026-01-01,2026-01-02,", ["no_owner"]),
        ("A1,pump,Steel,,Won,1,2026-01-01,2026-01-02,2026-01-03", []),
        ("A1,pump,Steel,Ada,Lead,,,,", ["undated"]),
        ("A1,pump,Steel,Ada,Offer,,2026-01-01,,", ["entry_undated"]),
        ("A1,pump,Steel,Ada,Lead,,2026-01-01,,", []),
        ("A1,pump,Steel,Ada,Won,1,2026-01-01,2026-01-02,", ["end_undated"]),
        ("A1,pump,Steel,Ada,Won,1,2026-01-05,2026-01-05,2026-01-02", ["end_before_open"]),
        ("A1,pump,Steel,Ada,Offer,1,2026-01-05,2026-01-02,", ["entered_before_open"]),
        ("A1,pump,Steel,Ada,Lost,0,2026-01-01,2026-01-02,2026-01-03", ["lost_amount_zero"]),
        ("A1,pump,Steel,Ada,Lost,9,2026-01-01,2026-01-02,2026-01-03", []),
        ("A1,pump,Steel,Ada,Won,0,2026-01-01,2026-01-02,2026-01-03", []),
        ("A1,pump,Steel,Ada,Offer,0.005,2026-01-01,2026-01-02,", ["amount_rounded"]),
        (f"A1,{'long ' * 60},Steel,Ada,Lead,,2026-01-01,,", ["shortened"]),
        ("A1,pu\0mp,Steel,Ada,Lead,,2026-01-01,,", ["nul_removed"]),
        ("A1,pu\ufffdmp,Steel,Ada,Lead,,2026-01-01,,", ["undecodable"]),
    ],
)
def test_every_change_is_remarked(line: str, expected: list[str]) -> None:
    (draft,) = drafts(rows(line))
    assert [one.rule for one in draft.remarks] == expected
    assert draft.command is not None
    assert all(one.line == 2 and one.deal_id == draft.command.deal_id for one in draft.remarks)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (",pump,Steel,Ada,Lead,,2026-01-01,,", "missing_id"),
        ("A1,pump,Steel,Ada,Leed,,2026-01-01,,", "unknown_stage"),
        ("A1,pump,Steel,Ada,,,2026-01-01,,", "unknown_stage"),
        ("A1,pump,Steel,Ada,Lead,ten,2026-01-01,,", "bad_amount"),
        ("A1,pump,Steel,Ada,Lead,-1,2026-01-01,,", "bad_amount"),
        ("A1,pump,Steel,Ada,Lead,,01.02.2026,,", "bad_date"),
        ("A1,pump,Steel,Ada,Lead,,2026-02-30,,", "bad_date"),
        (f"A1,pump,Steel,{'x' * 101},Lead,,2026-01-01,,", "bad_value"),
        (f"{'x' * 201},pump,Steel,Ada,Lead,,2026-01-01,,", "bad_value"),
        ("A1,pump,Steel,Ada,Lead,,2026-01-01", "ragged_row"),
    ],
)
def test_a_row_that_cannot_be_a_deal_is_refused_with_its_line(line: str, rule: str) -> None:
    (draft,) = drafts(rows(line))
    assert draft.command is None
    assert (draft.remarks[-1].rule, draft.remarks[-1].severity, draft.remarks[-1].line) == (
        rule,
        "refused",
        2,
    )


def test_a_customer_without_a_stand_in_has_to_be_there() -> None:
    by = mapping(customer={"column": "customer"})
    assert rules("A1,pump,,Ada,Lead,,2026-01-01,,", by) == ["bad_value"]


def test_an_id_counts_once_and_the_first_row_is_the_deal() -> None:
    first, again, other = drafts(
        rows("A1,pump,Steel,Ada,Lead,,,,", "A1,valve,Iron,Ada,Lead,,,,", "A2,pump,x,Ada,Lead,,,,")
    )
    assert first.command
    assert other.command
    assert again.command is None
    assert again.remarks[0][:3] == (3, "refused", "duplicate_id")
    assert "line 2" in again.remarks[0].message


def test_without_an_id_column_equal_rows_stay_deals() -> None:
    by = mapping(reference=None)
    report = try_import(task(rows(*["A1,pump,Steel,Ada,Lead,,2026-01-01,,"] * 3), by))
    assert report.tally.open == 3
    assert [one.rule for one in report.remarks] == ["no_id_column"]


def test_a_refused_row_does_not_use_its_id_up() -> None:
    bad, good = drafts(rows("A1,pump,Steel,Ada,Leed,,,,", "A1,pump,Steel,Ada,Lead,,,,"))
    assert bad.command is None
    assert good.command is not None


def test_side_files_are_joined_and_repaired_once() -> None:
    by = mapping(JOINED)
    content = rows(
        "A1,pmup,Steel,Ada,Lead,,2026-01-01,,",
        "A2,pump,Steel,Eve,Lead,,2026-01-01,,",
        "A3,pump,Steel,,Lead,,2026-01-01,,",
        "A4,pump,Steel,Bert,Lead,,2026-01-01,,",
    )
    ada, eve, nobody, bert = drafts(content, by, TEAMS)
    assert [(one.team, one.manager) for one in ada.people] == [("North", "Cleo")]
    assert (bert.command and bert.command.team, nobody.people) == ("South", ())
    assert [one.team for one in eve.people] == [None]
    report = try_import(task(content, by, {"teams.csv": TEAMS}))
    assert {(found.rule, found.subject, found.n) for found in summary(report.remarks)} == {
        ("respelt", "teams.team: Noth → North", 1),
        ("respelt", "what: pmup → pump", 1),
        ("side_row_repeated", "teams.csv", 1),
        ("side_row_unused", "teams.csv", 1),
        ("unmatched", "owner in teams.csv", 1),
        ("no_owner", "owner", 1),
    }
    assert "teams.csv, line 2: " in report.remarks[0].message


@pytest.mark.parametrize(
    ("fact", "text", "value"),
    [
        ("product", "pump", "pump"),
        ("budget", "$1,000", {"amount_minor": 100_000, "currency": "USD"}),
        ("visited", "Yes", True),
        ("visited", "否", False),
        ("seats", "12", 12),
        ("seats", "1.5", 1.5),
        ("fair", "2/3/26", "2026-02-03"),
        ("contact", "Eve Adams", {"name": "Eve Adams"}),
        (
            "quote",
            "https://files.example/a/q-1.pdf",
            {"kind": "document", "name": "q-1.pdf", "url": "https://files.example/a/q-1.pdf"},
        ),
    ],
)
def test_a_fact_is_read_by_its_kind(fact: str, text: str, value: object) -> None:
    by = mapping(facts={fact: {"column": "what"}})
    (draft,) = drafts(rows(f'A1,"{text}",Steel,Ada,Lead,,2026-01-01,,'), by)
    draft, events = decided(playbook(), draft, now=NOW)
    assert [
        getattr(event, "facts", None) for event in events if event.kind == "facts_recorded"
    ] == [{fact: value}]


@pytest.mark.parametrize(
    ("fact", "text", "rule"),
    [
        ("product", "wheel", "bad_fact"),
        ("visited", "maybe", "bad_value"),
        ("seats", "many", "bad_value"),
        ("quote", "no address", "bad_fact"),
    ],
)
def test_a_fact_that_is_none_refuses_its_row(fact: str, text: str, rule: str) -> None:
    by = mapping(facts={fact: {"column": "what"}})
    report = try_import(task(rows(f'A1,"{text}",Steel,Ada,Lead,,2026-01-01,,'), by))
    assert [(one.rule, one.severity) for one in report.remarks] == [(rule, "refused")]
    assert (report.tally.refused, report.tally.rows) == (1, 1)


@pytest.mark.parametrize(
    "line",
    [
        "A1,pump,Steel,Ada,Offer,,2026-01-01,2027-01-01,",
        "A1,pump,Steel,Ada,Won,1,2026-01-01,2026-01-02,2027-01-01",
        "A1,pump,Steel,Ada,Offer,,2027-01-01,,",
    ],
)
def test_what_lies_in_the_future_is_refused(line: str) -> None:
    report = try_import(task(rows(line)))
    assert [one.rule for one in report.remarks if one.severity == "refused"] == [
        "occurred_in_future"
    ]


def test_the_outcome_may_have_a_column_of_its_own() -> None:
    by = mapping(
        stage={"column": "stage", "values": {"Lead": "lead", "Won": "contract"}},
        outcome={"column": "what", "values": {"open": "open", "gone": "lost", "": "won"}},
        ended={"lost": "entered", "won": "ended"},
        title=["customer"],
        entered=None,
    )
    lost = deal("A1,gone,Steel,Ada,Lead,,2026-01-01,2026-02-01,2026-03-01", by)
    won = deal("A1,,Steel,Ada,Won,,2026-01-01,2026-02-01,2026-03-01", by)
    assert steps(lost)[-1] == ("lost", berlin(2026, 2, 1))
    assert steps(won)[-1] == ("won", berlin(2026, 3, 1))
    assert len(steps(deal("A1,open,Steel,Ada,Lead,,2026-01-01,,", by))) == 1
    assert rules("A1,perhaps,Steel,Ada,Lead,,2026-01-01,,", by) == ["unknown_outcome"]


def test_a_history_by_stage_gives_every_visit() -> None:
    by = mapping(entered={"lead": "opened", "offer": "entered", "contract": "ended"}, ended=None)
    command = deal("A1,pump,Steel,Ada,Won,1,2026-01-02,2026-02-03,2026-03-04", by)
    assert [stage for stage, _ in steps(command)] == ["lead", "offer", "contract", "won"]


def test_what_cannot_be_refused_twice_is_counted_once() -> None:
    report = try_import(task(rows("A1,pump,Steel,Ada,Lead,,2026-01-01,,", "ragged", "", "A2")))
    assert (report.tally.rows, report.tally.open, report.tally.refused) == (3, 1, 2)
    assert len(report.remarks) == 2


cells = st.sampled_from(["A1", "A2", "", "-", "Won", "Lead", "2026-01-02", "3/4/26", "12,5", "0"])


@given(st.lists(st.lists(cells | st.text(max_size=12), max_size=10), max_size=6))
def test_whatever_the_rows_say_each_is_counted_once(lines: list[list[str]]) -> None:
    report = try_import(task(rows(*(",".join(line) for line in lines))))
    tally = report.tally
    assert tally.rows == tally.closed + tally.open + tally.refused
    assert tally.refused == len({one.line for one in report.remarks if one.severity == "refused"})
