"""What a fault in a playbook is, and how a hint is found for a name nobody knows.

Decides the shape of a fault only. Must never look at a playbook; the modules called `…_faults` do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Where something is written: field names and places in lists, from the playbook down."""

MOST_FAULTS = 100
"""Faults looked for in one go. A choice: more than anybody corrects before trying again."""

_LISTED = 12
"""Known names that a hint lists when none is near. A choice: they fit on a line or two."""


class PlaybookFault(NamedTuple):
    """One thing that is wrong, where, and what to do about it."""

    path: Path
    message: str
    hint: str


def nearest(name: str, known: Collection[str]) -> str | None:
    """The known name that a mistyped one most likely means, or None."""
    as_key = name.strip().lower().replace("_", "-").replace(" ", "-")
    for spelling in (name, as_key, as_key.replace("-", "_")):
        if close := get_close_matches(spelling, known, n=1):
            return close[0]
    return None


def suggestion(name: str, known: Collection[str]) -> str:
    """A hint for an unknown name: the nearest known one, or what there is to choose from."""
    if meant := nearest(name, known):
        return f"did you mean `{meant}`?"
    if not known:
        return "there is none to choose from"
    names = list(dict.fromkeys(known))
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"known: {', '.join(names[:_LISTED])}{more}"


def repeated(
    what: str, path: Path, values: Sequence[str], field: str = ""
) -> Iterator[PlaybookFault]:
    """A fault for every value of a list that is there already.

    Args:
        what: what a value is, for the message.
        path: where the list is.
        values: the list, or one field of each of its items.
        field: the name of that field.
    """
    for place, value in enumerate(values):
        if value in values[:place]:
            at: Path = (*path, place, field) if field else (*path, place)
            hint = "give one of them another id, or remove it" if field else "remove it"
            yield PlaybookFault(at, f"the {what} `{value}` is there twice", hint)
