"""Whatever is handed in, the answer is a playbook or its faults."""

import copy
from collections.abc import Iterator

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from playbooks.draft import Plain
from playbooks.fault import written
from playbooks.load import PlaybookFaults, load_playbook, shipped
from playbooks.shape import fields_at
from playbooks.yaml_text import read_yaml
from tests.playbooks.written import GOOD_OBJECT, YEAR, faults_of

Path = tuple[str | int, ...]

SHORT = read_yaml(shipped()[1].read_text(encoding="utf-8")).data
TOKENS = [
    "\n",
    "  ",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    '"',
    "'",
    "|",
    "#",
    "&a",
    "*a",
    "!!x",
    "?",
]
WORDS = [
    "stages",
    "facts",
    "ladders",
    "id",
    "name",
    "due",
    "3d",
    "pool",
    "calendar",
    "CN",
    "0",
    "小",
]

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(WORDS)
)
plain = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text() | st.sampled_from(WORDS), inner, max_size=4)
    ),
    max_leaves=15,
)


def judge(source: Plain) -> None:
    """Loads it; a refusal has lines that are in the text, and words that can be printed."""
    last = len(source.splitlines()) + 1 if isinstance(source, str) else 0
    for fault in faults_of(source):
        assert fault.line is None or 1 <= fault.line <= last
        assert fault.message
        assert "".join(map(str, fault)).isprintable()


def places(value: Plain, path: Path = ()) -> Iterator[Path]:
    """Every path in the data, containers included."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, one in value.items():
            yield from places(one, (*path, name))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from places(one, (*path, place))


def around(data: Plain, path: Path) -> Plain:
    for step in path[:-1]:
        data = data[step]
    return data


@settings(deadline=None)
@given(st.text())
@example("\ufeff")
@example("%YAML 9.9\n--- a")
@example("--- >\n a\n...\n...\n")
@example("a: 0x\nb: 1e999\nc: .5.\n")
def test_any_text_is_answered(text: str) -> None:
    judge(text)


@settings(deadline=None)
@given(st.lists(st.sampled_from([*TOKENS, *WORDS])).map("".join))
def test_any_yaml_is_answered(text: str) -> None:
    judge(text)


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_are_answered(raw: bytes) -> None:
    with pytest.raises(PlaybookFaults):
        load_playbook(raw, year=YEAR)


@settings(deadline=None)
@given(st.dictionaries(st.text() | st.sampled_from(list(fields_at(()))), plain))
def test_any_object_is_answered(data: dict[str, Plain]) -> None:
    judge(data)


@settings(deadline=None)
@given(st.data())
def test_a_playbook_damaged_in_any_way_is_answered(data: st.DataObject) -> None:
    damaged = copy.deepcopy(data.draw(st.sampled_from([GOOD_OBJECT, SHORT])))
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(list(places(damaged)) or [("playbook",)]))
        parent, step = around(damaged, path), path[-1]
        match data.draw(st.sampled_from(["drop", "replace", "move", "misspell"])):
            case "drop" if step in parent or isinstance(step, int):
                del parent[step]
            case "move":
                parent[step] = copy.deepcopy(around(damaged, path))
            case "misspell" if isinstance(step, str) and step in parent:
                parent[data.draw(st.text(max_size=3)) + step] = parent.pop(step)
            case _:
                parent[step] = data.draw(plain)
    judge(yaml.safe_dump(damaged, allow_unicode=True) if data.draw(st.booleans()) else damaged)


def named_fields() -> list[Path]:
    """The paths of all fields of the small playbook; each model and field is in it."""
    return [path for path in places(GOOD_OBJECT) if path[-1] in fields_at(path[:-1])]


@pytest.mark.parametrize("path", named_fields(), ids=str)
def test_a_mistyped_field_is_one_fault_with_the_right_hint(path: Path) -> None:
    mistyped = copy.deepcopy(GOOD_OBJECT)
    parent, name = around(mistyped, path), str(path[-1])
    parent[f"{name}e"] = parent.pop(name)
    (fault,) = faults_of(mistyped)
    assert fault.message == f"unknown field `{name}e`"
    assert fault.hint == f"did you mean `{name}`?"


@pytest.mark.parametrize("path", named_fields(), ids=str)
@pytest.mark.parametrize("nonsense", [None, {"a": [1]}])
def test_nonsense_in_a_field_is_answered_where_it_stands(path: Path, nonsense: Plain) -> None:
    spoilt = copy.deepcopy(GOOD_OBJECT)
    around(spoilt, path)[path[-1]] = nonsense
    told = faults_of(spoilt)
    required = fields_at(path[:-1])[str(path[-1])].is_required()
    if nonsense is None and not required:
        beside = written(path[:-1])  # nothing written is nothing said, but a ladder may miss it
        assert all(fault.path.startswith(beside) for fault in told)
    else:
        assert told[0].path.startswith(written(path))


def test_every_field_of_every_model_is_in_the_small_playbook() -> None:
    seen: dict[frozenset[str], set[str]] = {}
    for path in named_fields():
        seen.setdefault(frozenset(fields_at(path[:-1])), set()).add(str(path[-1]))
    unseen = {name for fields, names in seen.items() for name in fields - names}
    assert unseen == {"country", "subdivision", "exceptions", "scale", "ladder"}
