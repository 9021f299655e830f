"""What is wrong with the shape of a playbook, in words its author understands.

Decides message and hint for everything the models refuse: unknown, missing and mistyped fields.
Must never judge what the models accept; `deals.playbook_faults` does that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias
from zoneinfo import available_timezones

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from deals.calendar import CalendarSpec
from deals.duration import Duration, Offset
from deals.fault import MOST_FAULTS, Path, PlaybookFault, nearest, suggestion
from deals.playbook import (
    Action,
    Choice,
    FactRule,
    FollowOn,
    HoldRule,
    Idle,
    Playbook,
    PoolRule,
    Rung,
    Stage,
    Stay,
)
from playbooks.draft import Draft, Plain

_MODELS: dict[tuple[str, ...], type[BaseModel]] = {
    (): Playbook,
    ("calendar",): CalendarSpec,
    ("stages", "*"): Stage,
    ("stages", "*", "actions", "*"): Action,
    ("stages", "*", "actions", "*", "then"): FollowOn,
    ("stages", "*", "stay"): Stay,
    ("stages", "*", "idle"): Idle,
    ("facts", "*"): FactRule,
    ("facts", "*", "choices", "*"): Choice,
    ("ladders", "*", "*"): Rung,
    ("hold",): HoldRule,
    ("pool",): PoolRule,
}
"""Which model reads the mapping at a path; `*` is any name or place."""

_EXAMPLES = {
    "playbook": "playbook: my-process",
    "version": "version: 1",
    "name": "name: {en: First call, zh: 首次电话}",
    "calendar": 'calendar: {time_zone: Asia/Shanghai, country: CN, hours: "09:00-18:00"}',
    "time_zone": "time_zone: Asia/Shanghai",
    "hours": 'hours: "09:00-18:00"',
    "currency": "currency: CNY",
    "stages": "stages: [{id: lead, name: Lead}]",
    "id": "id: first-call",
    "within": "within: 24h",
    "expected": "expected: 5d",
    "ladder": "ladder: default",
    "limit": "limit: 3bd",
    "at": 'at: "+1d"',
    "to": "to: manager",
    "do": "do: escalate",
    "kind": "kind: text",
}
"""How fields are written: at least those that are required."""

MISSING = "missing"
UNKNOWN_FIELD = "extra_forbidden"
"""Pydantic's names for a field that is not there, and for one that should not be."""

_SHOWN = 40
"""Characters of a bad value that its fault repeats. A choice: enough to find it again."""

_LENGTHS = frozenset(
    name
    for model in _MODELS.values()
    for name, info in model.model_fields.items()
    if info.annotation in (Duration, Duration | None, Offset)
)
"""Fields that hold a length of time."""

Words: TypeAlias = tuple[str, str]
"""A message and a hint."""


def fields_at(path: Path) -> dict[str, FieldInfo]:
    """The fields that the mapping at the path may have, as authors call them; empty if any."""
    for shape, model in _MODELS.items():
        alike = zip(shape, path, strict=False)
        if len(shape) == len(path) and all(part in ("*", step) for part, step in alike):
            return {_written(name, info): info for name, info in model.model_fields.items()}
    return {}


def _written(name: str, info: FieldInfo) -> str:
    return info.validation_alias if isinstance(info.validation_alias, str) else name


def shape_faults(
    draft: Draft, refused: ValidationError, around: Path = ()
) -> Iterator[tuple[PlaybookFault, str]]:
    """The faults that a model found, each with pydantic's name for its kind.

    It stops after `MOST_FAULTS` and one; the next look at a repaired draft shows the next ones.

    Args:
        draft: the data.
        refused: what the model said about it.
        around: the path to the part of the data that the model read.
    """
    for error in refused.errors(include_url=False)[: MOST_FAULTS + 1]:
        if error["type"] == "too_short" and error["input"]:
            continue  # there are some, but each has a fault of its own
        path = _path(draft, (*around, *error["loc"]))
        unknown = error["type"] == UNKNOWN_FIELD
        words = _unknown(draft, path) if unknown else _words(error, path)
        yield PlaybookFault(path, *words), error["type"]


def _path(draft: Draft, loc: Path) -> Path:
    """The location without the steps that are pydantic's own, up to a field that is missing."""
    path: Path = ()
    value: Plain = draft.data
    for step in loc:
        if _is_inside(step, value):
            value = value[step]
            path = (*path, step)
        elif step in fields_at(path):
            return (*path, step)
    return path


def _is_inside(step: str | int, value: Plain) -> bool:
    if isinstance(value, list):
        return isinstance(step, int) and step < len(value)
    return isinstance(value, dict) and step in value


def _words(error: ErrorDetails, path: Path) -> Words:
    kind = "date" if error["type"].startswith("date_") else error["type"]
    if explain := _WORDS.get(kind):
        return explain(error, path)
    return _own_words(error, path)


def _own_words(error: ErrorDetails, path: Path) -> Words:
    """What a validator of ours said: `message: hint`."""
    message, _, hint = error["msg"].removeprefix("Value error, ").rpartition(": ")
    if path[-1:] == ("time_zone",) and (meant := nearest(str(error["input"]), _zones())):
        hint = f"did you mean {meant}?"
    return (message, hint) if message else (hint, "")


def _zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


def meant_field(draft: Draft, path: Path) -> str | None:
    """The field that a mistyped one most likely means: an absent one, better a required one."""
    there, name = draft.at(path[:-1]), str(path[-1])
    absent = {field: info for field, info in fields_at(path[:-1]).items() if field not in there}
    required = [field for field, info in absent.items() if info.is_required()]
    return nearest(name, required) or nearest(name, absent)


def _unknown(draft: Draft, path: Path) -> Words:
    meant = meant_field(draft, path)
    known = [meant] if meant else fields_at(path[:-1])
    return f"unknown field `{path[-1]}`", suggestion(str(path[-1]), known)


def _missing(error: ErrorDetails, _: Path) -> Words:
    name = str(error["loc"][-1])
    return f"`{name}` is missing", f"add it, for instance `{_EXAMPLES[name]}`"


def _one_of(error: ErrorDetails, _: Path) -> Words:
    known = re.findall("'([^']*)'", error["ctx"]["expected"])
    hint = suggestion(str(error["input"]), known)
    return f"{_shown(error)} is not one of {', '.join(known)}", hint


def _pattern(error: ErrorDetails, path: Path) -> Words:
    text = str(error["input"])
    if path[-1:] == ("currency",):
        return f"{_shown(error)} is no currency", "write its three capital letters, such as CNY"
    if path[-2:-1] == ("name",):
        return f"{_shown(error)} is no language", "write its tag, such as en, zh or pt-BR"
    return f"{_shown(error)} is no id", f"write `{as_key(text)}`: a-z, 0-9 and hyphens, 64 at most"


def as_key(text: str) -> str:
    """The id that is nearest to a text."""
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")[:64] or "unnamed"


def _text(error: ErrorDetails, path: Path) -> Words:
    value = error["input"]
    if value is None:
        return f"`{path[-1]}` is empty", "write something, or remove it"
    if isinstance(value, (dict, list)):
        return f"{_shown(error)} stands where text should", "write a text"
    if path[-1] in _LENGTHS:
        return f"{_shown(error)} has no unit", f"write it with one, such as {value}d or {value}h"
    return f"{_shown(error)} is not text", f'put it in quotes: "{value}"'


def _mapping(error: ErrorDetails, path: Path) -> Words:
    fields = fields_at(path)
    names = [name for name, info in fields.items() if info.is_required()] or list(fields)
    example = (
        ", ".join(_EXAMPLES[name] for name in names if name in _EXAMPLES)
        or "en: First call, zh: 首次电话"
    )
    return f"{_shown(error)} stands where names and values should", f"write {{{example}}}"


def _list(error: ErrorDetails, path: Path) -> Words:
    value = error["input"]
    if value is None:
        return f"`{path[-1]}` is empty", "write something, or remove it"
    hint = f"write [{value}]" if isinstance(value, str) else "write it as a list: [one, other]"
    return f"{_shown(error)} stands where a list should", hint


def _whole_number(error: ErrorDetails, path: Path) -> Words:
    return f"{_shown(error)} is no whole number", f"write `{path[-1]}: 1`, without quotes"


def _number(error: ErrorDetails, _: Path) -> Words:
    return f"{_shown(error)} is no number", "write digits, without quotes"


def _yes_or_no(error: ErrorDetails, _: Path) -> Words:
    return f"{_shown(error)} is neither true nor false", "write true or false"


def _date(error: ErrorDetails, _: Path) -> Words:
    return f"{_shown(error)} is no date", "write it as 2027-01-15"


def _too_long(error: ErrorDetails, path: Path) -> Words:
    most = error["ctx"]["max_length"]
    return f"`{path[-1]}` is too long", f"{most} at most"


def _too_short(_: ErrorDetails, path: Path) -> Words:
    return f"`{path[-1]}` is empty", "write something"


def _out_of_range(error: ErrorDetails, _: Path) -> Words:
    limit = next(iter(error["ctx"].values()))
    side = "at least" if error["type"].startswith("greater") else "at most"
    return f"{_shown(error)} is out of range", f"write {side} {limit:g}"


def _shown(error: ErrorDetails) -> str:
    """What stands there, so that its author finds it again."""
    value = error["input"]
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = "true" if value is True else "false" if value is False else str(value)
    return "nothing" if value is None else f"`{text[:_SHOWN]}{'…' * (len(text) > _SHOWN)}`"


_WORDS: dict[str, Callable[[ErrorDetails, Path], Words]] = {
    MISSING: _missing,
    "literal_error": _one_of,
    "string_pattern_mismatch": _pattern,
    "string_type": _text,
    "dict_type": _mapping,
    "model_type": _mapping,
    "tuple_type": _list,
    "int_type": _whole_number,
    "int_from_float": _whole_number,
    "float_type": _number,
    "float_parsing": _number,
    "bool_type": _yes_or_no,
    "bool_parsing": _yes_or_no,
    "date": _date,
    "too_long": _too_long,
    "string_too_long": _too_long,
    "too_short": _too_short,
    "string_too_short": _too_short,
    "greater_than_equal": _out_of_range,
    "less_than_equal": _out_of_range,
}
"""How each kind of error is told; a validator's own words need no other."""
