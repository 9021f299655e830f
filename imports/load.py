"""Finds a mapping and reads it: a file of its owner, one that ships with Dealpace, or a text.

Decides what an author is told: every fault at once, each with its line. Must never follow a
mapping; and it opens nothing but the mapping and the playbook beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from deals.fault import Path as Place
from deals.fault import PlaybookFault, suggestion
from deals.playbook import Playbook
from imports.mapping import Mapping
from imports.rows import LogRows, SnapshotRows
from playbooks.draft import Draft
from playbooks.fault import Fault, PlaybookFaults, report
from playbooks.load import Loaded, load_playbook
from playbooks.text import text_of
from playbooks.yaml_text import read_yaml

EXAMPLES: Final = Path(__file__).parent / "examples"
_FILE: Final = "mapping.yaml"
_NAME: Final = re.compile(r"[a-z0-9-]{1,64}")


class BadMapping(Exception):
    """A mapping that is refused; nothing was read by it.

    Attributes:
        faults: everything wrong with it, by line.
    """

    def __init__(self, faults: tuple[Fault, ...], name: str = "mapping") -> None:
        super().__init__("\n".join(report(faults, name)))
        self.faults = faults


class UnknownMapping(Exception):
    """Neither a file nor a shipped example has that name; `args[0]` says so in one line."""


class FoundMapping(NamedTuple):
    """A mapping's text and the folder beside it; no folder for a text that came by itself."""

    text: str
    folder: Path | None


def shipped() -> tuple[str, ...]:
    """The names of the mappings that come with Dealpace."""
    return tuple(sorted(path.parent.name for path in EXAMPLES.glob(f"*/{_FILE}")))


def find_mapping(name: str, *, files: bool) -> FoundMapping:
    """The mapping of that name.

    Args:
        name: a shipped example's name, or a path.
        files: whether a path may be meant.

    Raises:
        UnknownMapping: there is none.
        BadMapping: the file is no text.
    """
    path = EXAMPLES / name / _FILE if name in shipped() else Path(name)
    if not files and name not in shipped():
        raise UnknownMapping(f"there is no mapping called `{name}`: {suggestion(name, shipped())}")
    try:
        return FoundMapping(text_of(path), path.parent)
    except PlaybookFaults as refused:
        raise BadMapping(refused.faults, path.name) from None
    except (OSError, ValueError):
        hint = suggestion(name, shipped())
        raise UnknownMapping(f"`{name}` is no file, and no mapping's name: {hint}") from None


def given_mapping(given: str) -> FoundMapping:
    """The shipped mapping of that name; whatever looks like no name is a mapping's text itself.

    Raises:
        UnknownMapping: no mapping of that name is shipped.
    """
    if _NAME.fullmatch(given):
        return find_mapping(given, files=False)
    return FoundMapping(given, None)


def read_mapping(text: str) -> Mapping:
    """The mapping that a text describes.

    Raises:
        BadMapping: something is wrong with it.
    """
    try:
        draft = read_yaml(text_of(text))
    except PlaybookFaults as refused:
        raise BadMapping(refused.faults) from None
    mapping = _shaped(draft)
    if mapping is None or draft.faults:
        raise _bad(draft)
    for fault in loose_ends(mapping):
        draft.add(fault)
    if draft.faults:
        raise _bad(draft)
    return mapping


def playbook_beside(mapping: Mapping, folder: Path | None, *, year: int) -> Loaded | None:
    """The playbook that the mapping brings along; None if it names a published one.

    Raises:
        BadMapping: it is not there, or the mapping has no folder.
        PlaybookFaults: something is wrong with the playbook.
    """
    if mapping.playbook.file is None:
        return None
    try:
        if folder is None:
            raise FileNotFoundError
        return load_playbook(folder / mapping.playbook.file, year=year)
    except OSError:
        hint = "publish the playbook, and name it here by id and version"
        message = f"there is no playbook file `{mapping.playbook.file}` beside the mapping"
        raise BadMapping((Fault(None, None, "playbook.file", message, hint),)) from None


def check_against(mapping: Mapping, playbook: Playbook) -> None:
    """Whether the mapping speaks of stages and facts that the playbook has.

    Raises:
        BadMapping: of one that it has not.
    """
    draft = Draft(None)
    for fault in _strangers(mapping, playbook):
        draft.add(fault)
    if draft.faults:
        raise _bad(draft)


def _bad(draft: Draft) -> BadMapping:
    return BadMapping(PlaybookFaults(draft.faults).faults)


def _shaped(draft: Draft) -> Mapping | None:
    try:
        return Mapping.model_validate(draft.data)
    except ValidationError as refused:
        for error in refused.errors(include_url=False):
            if error["type"] != "too_short" or not error["input"]:  # else each has its own fault
                draft.add(_told(error))
        return None


def _told(error: ErrorDetails) -> PlaybookFault:
    """One fault of shape, in words."""
    name = error["loc"][-1] if error["loc"] else "mapping"
    if error["type"] == "missing":
        return PlaybookFault(error["loc"][:-1], f"`{name}` is missing", f"add `{name}: …`")
    if error["type"] == "extra_forbidden":
        hint = "docs/import.md lists the fields of a mapping"
        return PlaybookFault(error["loc"], f"unknown field `{name}`", hint)
    if error["type"] == "string_type" and isinstance(error["input"], int | float | bool):
        return PlaybookFault(error["loc"], "this is not text", "put it in quotes")
    return PlaybookFault(error["loc"], error["msg"].removeprefix("Value error, "), "")


def loose_ends(mapping: Mapping) -> Iterator[PlaybookFault]:
    """What fits together with nothing: repairs of columns nobody reads, joins nobody uses."""
    used = set(mapping.rows.columns()) | {join.by for join in mapping.joins.values()}
    if mapping.people and mapping.people.manager:
        used.add(mapping.people.manager.column)
    keys = {f"{name}.{join.key}" for name, join in mapping.joins.items()}
    for column in mapping.repairs:
        if column not in used | keys:
            message = f"nothing is read from the column `{column}`"
            yield PlaybookFault(("repairs", column), message, suggestion(column, sorted(used)))
    for name in mapping.joins:
        if not any(mapping.placed(column)[0] == name for column in used):
            hint = f"write `{name}.column` where a column of it is meant, or remove it"
            yield PlaybookFault(("joins", name), f"nothing is read from `{name}`", hint)


def _strangers(mapping: Mapping, playbook: Playbook) -> Iterator[PlaybookFault]:
    stages = [stage.id for stage in playbook.stages]
    rows = mapping.rows
    named = _of_log(rows) if isinstance(rows, LogRows) else _of_snapshot(rows)
    for path, stage in named:
        if stage not in stages:
            yield PlaybookFault(path, *_no_such("stage", stage, stages))
    for fact in rows.facts:
        if fact not in playbook.facts:
            path = ("rows", "facts", fact)
            yield PlaybookFault(path, *_no_such("fact", fact, list(playbook.facts)))
    if isinstance(rows, LogRows):
        yield from _strange_happenings(rows, playbook)


def _of_snapshot(rows: SnapshotRows) -> Iterator[tuple[Place, str]]:
    """The stages that a snapshot speaks of, each with its place."""
    if rows.stage.always:
        yield ("rows", "stage", "always"), rows.stage.always
    for value, state in rows.stage.values.items():
        yield ("rows", "stage", "values", value), state.stage
    if isinstance(rows.entered, dict):
        yield from ((("rows", "entered", stage), stage) for stage in rows.entered)


def _of_log(rows: LogRows) -> Iterator[tuple[Place, str]]:
    """The stages that a log speaks of, each with its place."""
    for what, means in rows.events.items():
        if means.stage:
            yield ("rows", "events", what, "stage"), means.stage


def _strange_happenings(rows: LogRows, playbook: Playbook) -> Iterator[PlaybookFault]:
    actions = [action.id for stage in playbook.stages for action in stage.actions]
    for what, means in rows.events.items():
        if means.action and not playbook.knows_action(means.action):
            path: Place = ("rows", "events", what, "action")
            yield PlaybookFault(path, *_no_such("action", means.action, actions))
        for fact in means.facts:
            if fact not in playbook.facts:
                path = ("rows", "events", what, "facts", fact)
                yield PlaybookFault(path, *_no_such("fact", fact, list(playbook.facts)))


def _no_such(what: str, name: str, known: list[str]) -> tuple[str, str]:
    return f"the playbook has no {what} `{name}`", suggestion(name, known)
