"""Which column goes where: the places of a mapping that take one, and its text with others there.

Decides what can be said of a mapping by choosing columns alone; the rest is its text's. Must never
know which columns a file has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Chosen
from typing import Final, NamedTuple

import yaml
from pydantic import ValidationError

from deals.fault import Path
from imports.load import loose_ends
from imports.mapping import Mapping
from playbooks.draft import Plain
from playbooks.yaml_text import read_yaml

_SNAPSHOT: Final = (
    *("reference", "title", "customer", "owner", "team", "source", "amount", "currency"),
    *("stage", "outcome", "opened", "entered", "ended", "reason"),
)
_LOG: Final = (
    *("reference", "title", "customer", "owner", "team", "source", "amount", "currency"),
    *("at", "order", "what", "actor", "reason"),
)
_NEEDED: Final = frozenset({"title", "customer", "stage", "at", "what"})
_WITHOUT: Final = frozenset({"stage", "outcome"})
"""What cannot be added by a column alone: its values have to be listed, too."""


class Place(NamedTuple):
    """Where a mapping names a column.

    Attributes:
        path: in the mapping's data.
        column: the one it names; None: none so far.
        is_needed: whether there has to be one.
    """

    path: Path
    column: str | None
    is_needed: bool

    @property
    def key(self) -> str:
        """The path as one text; no part of it has a dot."""
        return ".".join(map(str, self.path))


def places(text: str, facts: Iterable[str]) -> tuple[Place, ...]:
    """Every place of a mapping that takes a column, also those where none is.

    Args:
        text: of a mapping without faults.
        facts: what its playbook may know of a deal.
    """
    data = read_yaml(text).data
    rows = data["rows"]
    is_log = rows.get("kind") == "log"
    found: list[Place] = []
    for name in _LOG if is_log else _SNAPSHOT:
        needed = name in _NEEDED or (is_log and name == "reference")
        if name not in _WITHOUT or _column(rows.get(name)):
            found += _inside(("rows", name), rows.get(name), needed=needed)
    for fact in facts:
        found += _inside(("rows", "facts", fact), (rows.get("facts") or {}).get(fact))
    found += _inside(("people", "manager"), (data.get("people") or {}).get("manager"))
    for name, join in (data.get("joins") or {}).items():
        found.append(Place(("joins", name), join["by"], is_needed=False))
    return tuple(found)


def with_columns(text: str, chosen: Chosen[str, str | None]) -> str:
    """The text of a mapping with other columns; what nothing is read from any more is left out.

    Args:
        text: of a mapping without faults.
        chosen: columns by `Place.key`; None takes the place out.
    """
    data = read_yaml(text).data
    for key, column in sorted(chosen.items(), reverse=True):
        _put(data, tuple(key.split(".")), column)
    while loose := _loose(data):
        for path in loose:
            _put(data, path, None)
    return as_text(data)


def by_version(text: str, playbook: str, version: int) -> str:
    """The text of a mapping that names a published playbook, not a file beside it."""
    data = read_yaml(text).data
    data["playbook"] = {"id": playbook, "version": version}
    return as_text(data)


def as_text(data: Plain) -> str:
    """Plain data as YAML that reads back as it was."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Puts in quotes what our reader would take for a number, and YAML 1.1 would not."""


_Dumper.add_implicit_resolver(
    "tag:dealpace:number", re.compile(r"[-+]?[.0-9][.0-9eE+-]*"), list("-+.0123456789")
)


def _inside(path: Path, value: Plain, *, needed: bool = False) -> Iterator[Place]:
    """The places in one field of a mapping, whichever way it is written."""
    if isinstance(value, list):
        for n, one in enumerate(value):
            yield Place((*path, n), one, needed and n == 0)
    elif isinstance(value, dict) and "column" not in value:
        for name, one in value.items():
            yield Place((*path, name), one, is_needed=False)
    else:
        yield Place(path, _column(value), needed)


def _column(value: Plain) -> str | None:
    """The column that a field names, if it is one column."""
    if isinstance(value, dict):
        value = value.get("column")
    return None if value is None or value == "dates" else str(value)


def _put(data: Plain, path: Path, column: str | None) -> None:
    *around, last = path
    for step in around:
        if isinstance(data, dict) and data.get(step) is None:
            data[step] = {}
        data = data[step]
    if isinstance(data, list):
        data[int(last) : int(last) + 1] = [column] if column else []
        return
    present = data.get(last)
    if column is None:
        data.pop(last, None)
    elif isinstance(present, dict):
        present["by" if "by" in present else "column"] = column
    else:
        data[last] = column


def _loose(data: Plain) -> list[Path]:
    """What of the mapping nothing is read from."""
    try:
        return [fault.path for fault in loose_ends(Mapping.model_validate(data))]
    except ValidationError:
        return []
