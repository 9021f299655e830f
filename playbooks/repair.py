"""Stand-ins for what is wrong in a draft, so that the rest of it can be judged in the same go.

Decides what to put in place of a bad value, and which later faults are only echoes of it. A
repaired draft is never used for anything else: the playbook is refused all the same.
"""

from __future__ import annotations

import re
from copy import deepcopy

from deals.fault import Path
from playbooks.draft import Draft, Plain
from playbooks.shape import UNKNOWN_FIELD, as_key, fields_at, meant_field

_STAND_INS: dict[str, Plain] = {
    "playbook": "unnamed",
    "version": 1,
    "name": {"en": "unnamed"},
    "calendar": {"time_zone": "UTC", "hours": "09:00-17:00"},
    "time_zone": "UTC",
    "hours": "09:00-17:00",
    "currency": "XXX",
    "limit": "1d",
    "within": "1d",
    "kind": "text",
}
"""What a required field says that its author did not, or wrongly."""

_PARTS: dict[str, Plain] = {
    "stages": {"name": {"en": "unnamed"}},
    "facts": {"kind": "text", "name": {"en": "unnamed"}},
    "ladders": [],
}
"""What a whole stage, fact or ladder is replaced with, so that others may still name it."""

_DEPENDENT: dict[str | int, tuple[str, ...]] = {
    "due": ("due_from", "ladder"),
    "limit": ("expected", "ladder"),
    "required": ("after",),
    "kind": ("choices",),
    "choices": ("kind",),
}
"""Fields that are judged by another one beside them."""

_KEY = re.compile("[a-z0-9][a-z0-9-]{0,63}")


def mend(draft: Draft, path: Path, kind: str) -> bool:
    """Puts something in place of what is wrong at the path, so that models accept it.

    Args:
        draft: the data; changed in place.
        path: where the fault is.
        kind: pydantic's name for it.

    Returns:
        Whether it could: without stages, facts or ladders as such there is nothing to go on with.
    """
    if kind == UNKNOWN_FIELD:
        _rename_or_drop(draft, path)
        return True
    if not draft.has(path[:-1]):
        return True  # what was around it is replaced already
    while path:
        if _replaced(draft, path):
            draft.doubtful.append(path)
            return True
        path = path[:-1]
    return False


def is_echo(draft: Draft, path: Path) -> bool:
    """Whether a fault there may come from a stand-in instead of the author."""
    return draft.is_doubtful(path) or any(
        path[: len(known)] == (*known[:-1], field)
        for known in draft.doubtful
        for field in _DEPENDENT.get(known[-1], ())
    )


def _rename_or_drop(draft: Draft, path: Path) -> None:
    """A mistyped field gets the name it most likely means, and what is in it is judged as well."""
    if meant := meant_field(draft, path):
        draft.rename(path, meant)
    else:
        del draft.at(path[:-1])[path[-1]]


def _replaced(draft: Draft, path: Path) -> bool:
    match path:
        case (str(whole), step) if whole in _PARTS:
            _replace_part(draft.data[whole], step, deepcopy(_PARTS[whole]))
            return True
        case (whole,) if whole in _PARTS:
            return False
    step = str(path[-1])
    field, around = fields_at(path[:-1]).get(step), draft.at(path[:-1])
    if field is None:
        return False
    if not field.is_required():
        around.pop(step, None)
    elif step == "id":
        given = around.get("id")
        around["id"] = as_key(given if isinstance(given, str) else _unnamed(path))
    elif step in _STAND_INS:
        around[step] = deepcopy(_STAND_INS[step])
    else:
        return False
    return True


def _replace_part(whole: Plain, step: str | int, part: Plain) -> None:
    if isinstance(step, int):
        whole[step] = {"id": f"unnamed-{step}", **part}
        return
    whole.pop(step, None)
    whole[step if _KEY.fullmatch(step) else as_key(step)] = part


def _unnamed(path: Path) -> str:
    """An id that no other place gets."""
    return "-".join(["unnamed", *(str(step) for step in path)])
