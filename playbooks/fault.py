"""How a playbook is refused: whole, with every fault, where it is and what to do about it.

Decides the shape of that answer, and its lines for a terminal. Must never decide what is a fault.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from deals.fault import MOST_FAULTS, Path

_MOST_CHARACTERS = 300
"""Characters of a message or a hint. A choice: a few lines of a terminal."""


class Fault(NamedTuple):
    """One fault of a playbook, each text on one line and printable."""

    line: int | None
    """From 1; None where the playbook did not come as text."""
    column: int | None
    """From 1."""
    path: str
    """Where it is in the playbook, such as `stages[0].actions[1].due`; empty for the whole."""
    message: str
    hint: str


class PlaybookFaults(Exception):
    """A playbook that is refused; nothing of it is kept.

    Attributes:
        faults: what is wrong with it, by line; at least one, `MOST_FAULTS` at most and then one
            that says there are more.
    """

    def __init__(self, found: Iterable[Fault]) -> None:
        faults = sorted(dict.fromkeys(found), key=lambda one: (one.line or 0, one.column or 0))
        if len(faults) > MOST_FAULTS:
            more = Fault(None, None, "", "there are more faults", "correct these first")
            faults = [*faults[:MOST_FAULTS], more]
        self.faults = tuple(faults)
        super().__init__("\n".join(report(self.faults, "playbook")))


def report(faults: Iterable[Fault], file: str) -> tuple[str, ...]:
    """A line for each fault: `file:line:column: message (hint)`; its path where it has no line."""
    return tuple(_reported(fault, file) for fault in faults)


def _reported(fault: Fault, file: str) -> str:
    place = f"{fault.line}:{fault.column}" if fault.line is not None else fault.path
    where = f"{file}:{place}" if place else file
    return f"{where}: {fault.message}" + (f" ({fault.hint})" if fault.hint else "")


def written(path: Path) -> str:
    """A path as people write it: `stages[0].actions[1].due`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return printable("".join(steps).removeprefix("."))


def printable(text: str) -> str:
    """The text on one line, without anything a terminal would obey, and not too long."""
    shown = text[:_MOST_CHARACTERS]
    safe = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in shown)
    return f"{safe}…" if len(text) > _MOST_CHARACTERS else safe
