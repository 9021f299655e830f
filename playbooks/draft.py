"""A playbook that somebody wrote and nobody has judged yet: plain data that knows its lines.

Decides how places in the data lead to lines of the text, also after a repair. Must never judge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from deals.fault import Path, PlaybookFault
from playbooks.fault import Fault, printable, written

Plain: TypeAlias = Any
"""Mappings with text keys, lists, text, numbers, booleans, None."""


@dataclass(slots=True)
class Spot:
    """Where a value is written, and where each value inside it is."""

    line: int
    """From 1."""
    column: int
    """From 1."""
    inside: dict[str | int, Spot] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """What a text says, where it says it, and what is already known to be wrong with it."""

    data: Plain
    spot: Spot | None = None
    """None: it came as data, without lines."""
    faults: list[Fault] = field(default_factory=list)
    doubtful: list[Path] = field(default_factory=list)
    """Places whose value is no longer what its author wrote."""

    def add(self, fault: PlaybookFault) -> None:
        """Notes a fault at the line where its path, or the innermost part of it, is written."""
        spot = self.spot
        for step in fault.path:
            if spot is None or step not in spot.inside:
                break
            spot = spot.inside[step]
        self.faults.append(placed(fault, spot))

    def at(self, path: Path) -> Plain:
        """The value at a path that exists."""
        value = self.data
        for step in path:
            value = value[step]
        return value

    def has(self, path: Path) -> bool:
        """Whether there is a value at the path."""
        try:
            self.at(path)
        except (LookupError, TypeError):
            return False
        return True

    def is_doubtful(self, path: Path) -> bool:
        """Whether the value there, or one around it, is not what its author wrote."""
        return any(path[: len(known)] == known for known in self.doubtful)

    def rename(self, path: Path, name: str) -> None:
        """Calls the field at the path by another name; it keeps its lines."""
        around, old = self.at(path[:-1]), path[-1]
        around[name] = around.pop(old)
        spot = self.spot
        for step in path[:-1]:
            spot = spot and spot.inside.get(step)
        if spot and old in spot.inside:
            spot.inside[name] = spot.inside[old]


def placed(fault: PlaybookFault, spot: Spot | None) -> Fault:
    """The fault with its line."""
    line, column = (spot.line, spot.column) if spot else (None, None)
    path, message, hint = fault
    return Fault(line, column, written(path), printable(message), printable(hint))
