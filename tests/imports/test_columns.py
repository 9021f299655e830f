"""Columns chosen one by one, and the first look at a file: what a page knows before it begins."""

import pytest

from imports.columns import as_text, by_version, places, with_columns
from imports.glance import MOST_ROWS, columns_of, expected, glance
from imports.load import find_mapping, read_mapping, shipped
from imports.run import try_import
from imports.source import Uploaded
from playbooks.yaml_text import read_yaml
from tests.imports.tables import MAPPING, mapping, playbook, rows, task
from tests.imports.test_log import LOG

STRANGE = ["1e3", ".5e3", "no", "null", "~", "2026-10-01", "18:00", "a: b", "=cmd()", "007", "客户"]


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_mapping_says_the_same_after_a_change_to_itself(name: str) -> None:
    text = find_mapping(name, files=False).text
    same = {one.key: one.column for one in places(text, ()) if one.column}
    assert read_mapping(with_columns(text, same)) == read_mapping(text)


def test_text_that_looks_like_something_else_reads_back_as_text() -> None:
    data = {one: one for one in STRANGE} | {"numbers": [1, -2.5], "yes": True, "nothing": None}
    assert read_yaml(as_text(data)).data == data


def test_a_column_is_named_wherever_a_mapping_may_name_one() -> None:
    found = {one.key: (one.column, one.is_needed) for one in places(MAPPING, ["budget"])}
    assert found["rows.title.1"] == ("customer", False)
    assert found["rows.customer"] == ("customer", True)
    assert found["rows.stage"] == ("stage", True)
    assert found["rows.facts.budget"] == (None, False)
    assert "rows.outcome" not in found  # its values would have to be listed, too
    log = {one.key: one.column for one in places(LOG, [])}
    assert (log["rows.at"], log["rows.what"], log["rows.actor"]) == ("at", "what", "who")


def test_columns_are_put_in_taken_out_and_added() -> None:
    chosen = {"rows.customer": "Firm", "rows.title.0": None, "rows.owner": None}
    chosen |= {"rows.facts.budget": "Budget", "people.manager": "Boss"}
    read = read_mapping(with_columns(MAPPING, chosen))
    assert (read.rows.customer.column, read.rows.customer.blank) == ("Firm", "unknown")
    assert (read.rows.title, read.rows.owner) == (("customer",), None)
    assert read.rows.facts["budget"].column == "Budget"
    assert read.people
    assert read.people.manager
    assert read.people.manager.column == "Boss"


def test_what_nothing_is_read_from_any_more_is_left_out() -> None:
    text = find_mapping("simple", files=False).text
    gone = {"rows.team": None, "people.manager": None, "rows.title.0": None}
    read = read_mapping(with_columns(text, gone | {"rows.facts.product": None}))
    assert (read.joins, read.repairs) == ({}, {})


def test_a_mapping_names_a_published_playbook_in_the_place_of_its_file() -> None:
    chosen = read_mapping(by_version(find_mapping("simple", files=False).text, "p", 3)).playbook
    assert (chosen.file, chosen.id, chosen.version) == (None, "p", 3)


def test_a_look_at_all_rows_says_what_a_dry_run_says() -> None:
    work = task(rows("A1,pump,Steel,Ada,Won,10,2026-01-01,2026-01-02,2026-01-03", "A2", "A1,x,,,,"))
    seen, said = glance(work), try_import(work)
    assert (seen.tally, seen.remarks, seen.is_whole) == (said.tally, said.remarks, True)
    assert [one.line for one in seen.refused] == [3, 4]


def test_a_look_at_a_long_file_is_short() -> None:
    line = "A{},pump,Steel,Ada,Lead,7,2026-01-01,,"
    seen = glance(task(rows(*(line.format(n) for n in range(MOST_ROWS + 1)))))
    assert (seen.tally.rows, seen.is_whole) == (MOST_ROWS, False)


def test_rows_are_expected_as_they_will_be_counted() -> None:
    work = task(rows("A1,pump,Steel,Ada,Lead,7,2026-01-01,,", "A2", '"A3\nB",x,,,,,,,', ""))
    assert expected(work.mapping, work.files) == try_import(work).tally.rows
    log = Uploaded("log.csv", b"deal,at,what,who,worth\nD1,x,new,,\nD1,x,won,,\n,x,y,,\nD2\n")
    assert expected(read_mapping(LOG), log) == 3  # a deal, a row without one, a damaged row


def test_columns_are_shown_with_what_the_first_row_has() -> None:
    found = columns_of(Uploaded("deals.csv", b"a;b;b;\n1;2;3;4\n"))
    assert (found.names, found.first, found.delimiter) == (("a", "b", "b", ""), {"a": "1"}, ";")
    assert columns_of(Uploaded("deals.csv", b"a,b\n")).first == {}
    assert mapping().mapping == playbook().id
