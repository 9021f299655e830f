"""The locks pin everything by hash, name no place to get it from, and agree with each other."""

import re

import pytest

from tests.house.tree import ROOT, project

EVERYTHING = "requirements.lock"
RUNTIME = "requirements-runtime.lock"
both = pytest.mark.parametrize("lock", [EVERYTHING, RUNTIME])


def _text(lock: str) -> str:
    return (ROOT / lock).read_text("utf-8")


def _pins(lock: str) -> dict[str, str]:
    """Package name → its entry: version, marker and hashes, on one line."""
    joined = _text(lock).replace("\\\n", " ")
    entries = [" ".join(line.split()) for line in joined.splitlines()]
    return {entry.split("==")[0]: entry for entry in entries if entry and entry[0] != "#"}


def _names(requirements: list[str]) -> set[str]:
    """Normalised package names, as a lock spells them."""
    heads = (re.match(r"[\w.-]+", requirement) for requirement in requirements)
    return {re.sub(r"[-_.]+", "-", head[0]).lower() for head in heads if head}


@both
def test_every_package_is_pinned_and_hashed(lock: str) -> None:
    assert not [
        entry
        for entry in _pins(lock).values()
        if not re.fullmatch(r"[\w.-]+==\S+( ; [^\\]+?)?( --hash=sha256:[0-9a-f]{64})+", entry)
    ]


@both
def test_a_lock_names_no_address_path_or_option(lock: str) -> None:
    assert "/" not in _text(lock)
    assert not re.search(r"^\s*-(?!-hash=)", _text(lock), re.MULTILINE)


def test_the_lock_holds_every_dependency() -> None:
    metadata = project()["project"]
    tools = metadata["optional-dependencies"]["dev"]
    assert _names(metadata["dependencies"]) | _names(tools) <= set(_pins(EVERYTHING))


def test_the_runtime_lock_holds_the_dependencies_and_no_tool() -> None:
    metadata = project()["project"]
    assert _names(metadata["dependencies"]) <= set(_pins(RUNTIME))
    assert not _names(metadata["optional-dependencies"]["dev"]) & set(_pins(RUNTIME))


def test_the_locks_agree() -> None:
    assert _pins(RUNTIME).items() <= _pins(EVERYTHING).items()
