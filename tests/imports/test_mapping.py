"""A mapping is refused whole, with every fault and its line; the shipped ones are sound."""

import pytest

from imports.load import (
    BadMapping,
    UnknownMapping,
    check_against,
    find_mapping,
    playbook_beside,
    read_mapping,
    shipped,
)
from tests.imports.tables import MAPPING, mapping, playbook


def faults(text: str) -> list[str]:
    with pytest.raises(BadMapping) as refused:
        check_against(read_mapping(text), playbook())
    return str(refused.value).splitlines()


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_mapping_and_its_playbook_are_sound(name: str) -> None:
    found = find_mapping(name, files=False)
    read = read_mapping(found.text)
    beside = playbook_beside(read, found.folder, year=2026)
    assert read.mapping == name
    if beside is not None:
        check_against(read, beside.playbook)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("name: Small", "nome: Small", "mapping:3:1: unknown field `nome` "),
        ("name: Small", "nome: Small", "`name` is missing (add `name: …`)"),
        ("Europe/Berlin", "Europe/Berln", "mapping:5:1: "),
        ("M/D/YY]", "M/D]", "mapping:7:14: a date format has a day D"),
        ('["-"]', "[0]", "mapping:8:9: this is not text (put it in quotes)"),
        ("{id: small}", "{}", "mapping:4:1: a playbook is named by its file, or by id"),
        ("Lead: lead", "Lead: leed", "the playbook has no stage `leed` (did you mean `lead`?)"),
        ("outcome: won", "outcome: gone", "Input should be 'won', 'lost' or 'dropped'"),
        ("owner: owner", "owner: owner\n  facts: {colour: c}", "the playbook has no fact `colour`"),
        ("owner: owner", "owner: owner\n  owner: x", "`owner` is there twice"),
        (
            "rows:",
            "repairs: {nothing: {a: b}}\nrows:",
            "nothing is read from the column `nothing`",
        ),
        (
            "rows:",
            "joins: {teams: {file: t.csv, key: a, by: owner}}\nrows:",
            "nothing is read from `teams`",
        ),
        ("rows:", "file: {encoding: klingon}\nrows:", "there is no encoding called `klingon`"),
        ("  reference: id", "  kind: events\n  reference: id", "'snapshot', 'log'"),
    ],
)
def test_a_fault_is_told_with_its_line(old: str, new: str, fault: str) -> None:
    assert any(fault in line for line in faults(MAPPING.replace(old, new, 1)))


def test_every_fault_is_told_at_once() -> None:
    broken = MAPPING.replace("USD", "usd").replace("[iso, M/D/YY]", "[isso]")
    assert len(faults(broken.replace("Europe/Berlin", "Mars"))) == 3


@pytest.mark.parametrize("text", ["", "- a\n", "a: &x 1\nb: *x\n", "{", "mapping: [" * 60])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    assert faults(text)


def test_only_files_of_the_command_line_are_opened_by_path() -> None:
    with pytest.raises(UnknownMapping, match="no mapping called"):
        find_mapping("../maven-crm", files=False)
    with pytest.raises(UnknownMapping, match="is no file"):
        find_mapping("no/such/mapping.yaml", files=True)


def test_a_playbook_file_needs_a_folder() -> None:
    read = mapping().model_copy(
        update={"playbook": mapping().playbook.model_copy(update={"file": "p.yaml", "id": None})}
    )
    with pytest.raises(BadMapping, match=r"no playbook file `p\.yaml`"):
        playbook_beside(read, None, year=2026)


def test_columns_of_side_files_are_told_apart() -> None:
    joined = MAPPING.replace(
        "owner: owner", "owner: owner\n  team: teams.team\n  source: odd.name"
    ).replace("rows:", "joins: {teams: {file: t.csv, key: rep, by: owner}}\nrows:")
    columns = read_mapping(joined).columns()
    assert columns["teams"] == {"rep", "team"}
    assert {"owner", "odd.name", "entered"} <= (columns[None] or set())
