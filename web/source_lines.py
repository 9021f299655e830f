"""A refused text with each fault at its line.

Decides how much of the text is shown around a fault. What is a fault others decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from playbooks.fault import Fault

AROUND: Final = 2
"""Lines of a refused text that are shown before and after a fault. A choice."""


@dataclass(frozen=True, slots=True)
class Written:
    """A line of a refused text, and what is wrong with it."""

    number: int
    text: str
    flaws: tuple[Fault, ...]


def written(text: str, flaws: Sequence[Fault]) -> Iterator[Written]:
    """The lines with faults, and those around them."""
    at: dict[int, list[Fault]] = {}
    for flaw in flaws:
        at.setdefault(flaw.line or 0, []).append(flaw)
    for number, line in enumerate(text.split("\n"), start=1):
        if any(abs(number - one) <= AROUND for one in at if one):
            yield Written(number, line, tuple(at.get(number, ())))
