"""What may be handed in as a playbook, and how its text is read."""

import json
from pathlib import Path

import pytest

from playbooks.draft import Plain
from playbooks.load import load_playbook
from tests.playbooks.written import GOOD, GOOD_OBJECT, YEAR, changed, faults_of


def test_a_playbook_comes_as_text_bytes_file_object_or_json(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_bytes(GOOD.encode())
    sources: list[Plain] = [GOOD, GOOD.encode(), file, GOOD_OBJECT, json.dumps(GOOD_OBJECT)]
    playbooks = [load_playbook(source, year=YEAR).playbook for source in sources]
    assert len({playbook.digest for playbook in playbooks}) == 1


def test_json_may_be_written_as_programs_write_it() -> None:
    text = json.dumps({**GOOD_OBJECT, "name": "Small 😀 小"}, indent="\t").replace(": ", ":\t")
    loaded = load_playbook(text.replace("/", "\\/"), year=YEAR)
    assert loaded.playbook.name == {"en": "Small 😀 小"}
    assert "\\ud83d\\ude00" in loaded.source


def test_the_source_is_what_its_author_wrote(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(GOOD, encoding="utf-8")
    assert load_playbook(file, year=YEAR).source == GOOD
    assert json.loads(load_playbook(GOOD_OBJECT, year=YEAR).source) == GOOD_OBJECT


def test_an_object_is_left_as_it_was() -> None:
    before = json.dumps(GOOD_OBJECT)
    faults_of({**GOOD_OBJECT, "stagess": GOOD_OBJECT["stages"], "nam": 1})
    assert json.dumps(GOOD_OBJECT) == before


def test_a_mark_of_byte_order_and_line_ends_of_another_system_do_no_harm() -> None:
    assert faults_of(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()) == ()


def test_a_file_that_is_not_there_is_the_callers_to_tell(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_playbook(tmp_path / "none.yaml", year=YEAR)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "latin-1"])
def test_another_encoding_is_named_with_the_line_where_it_shows(encoding: str) -> None:
    raw = f"version: 1\nname: {'设备销售' if encoding == 'gb18030' else 'é'}\n".encode(encoding)
    (fault,) = faults_of(raw)
    assert fault.line == (1 if encoding == "utf-16" else 2)
    assert fault.message == "this is not UTF-8"


@pytest.mark.parametrize("make", [str, str.encode, lambda text: {"name": text}])
def test_a_quarter_of_a_megabyte_is_the_most(make: type) -> None:
    (fault,) = faults_of(make("小" * 90_000))
    assert fault.message == "longer than 256 KB"


def test_of_a_huge_file_no_more_is_read_than_needed() -> None:
    (fault,) = faults_of(Path("/dev/zero"))
    assert fault.message == "longer than 256 KB"


@pytest.mark.parametrize("text", ["", "  \n", "# only a comment\n", "---\n"])
def test_nothing_is_no_playbook(text: str) -> None:
    assert faults_of(text)


@pytest.mark.parametrize("text", ["- a\n- b", "a text", "5", "null", "[]", "true"])
def test_a_playbook_is_a_mapping(text: str) -> None:
    (fault,) = faults_of(text)
    assert "names and values should" in fault.message
    assert fault.line == 1


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "{? "])
def test_nesting_has_a_floor(opening: str) -> None:
    assert faults_of(opening * 5_000)[-1].message == "nested more than 20 deep"


def test_an_object_of_any_depth_is_answered() -> None:
    deep: dict[str, object] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    assert faults_of({"deep": deep})[0].message.startswith("this is not JSON")


@pytest.mark.parametrize("value", [{1, 2}, object(), float("nan"), b"bytes"])
def test_an_object_that_is_no_json_is_answered(value: object) -> None:
    assert faults_of({"name": value})[0].message.startswith("this is not JSON")


def test_half_a_character_is_refused_on_either_road() -> None:
    assert "'\\ud800' is not allowed" in faults_of({**GOOD_OBJECT, "name": "\ud800"})[0].message
    assert "'\\ud800'" in faults_of(changed(("name: Call", 'name: "\\uD800"')))[0].message


WORDS = ["on", "off", "yes", "no", "y", "n", "18:00", "2026-10-01", "1_000", "0o17", "1:30:00"]


@pytest.mark.parametrize("word", WORDS)
def test_a_word_means_what_it_looks_like(word: str) -> None:
    text = changed(("choices: [web,", f"choices: [{word},"))
    rule = load_playbook(text, year=YEAR).playbook.facts["source"]
    assert rule.choices[0].id == word


def test_norwegian_is_a_language() -> None:
    text = changed(("name: Lead", "name: {en: Lead, no: Emne}"))
    assert load_playbook(text, year=YEAR).playbook.stages[0].name == {"en": "Lead", "no": "Emne"}


@pytest.mark.parametrize(("word", "meant"), [("yes", True), ("no", False), ("true", True)])
def test_a_switch_may_be_said_in_words(word: str, meant: bool) -> None:  # noqa: FBT001 - a table
    text = changed(("required: false", f"required: {word}"))
    assert load_playbook(text, year=YEAR).playbook.stages[0].actions[2].required is meant
