"""Lengths of time as authors write them: `24h` on the clock, `3bd` of business days, `-1d` of due.

Decides which texts are a length of time and how long each one is. The value is its text, so the
JSON of a playbook stays as its author wrote it. Must never know which hours are worked: a calendar
says that.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import ClassVar, Protocol

from pydantic import ConfigDict, RootModel, field_validator

_CLOCK_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
"""Seconds of each unit of clock time."""

_WORKING_UNITS = frozenset({"bh", "bd"})

_MOST = {unit: 3_653 * 86_400 // seconds for unit, seconds in _CLOCK_UNITS.items()} | {
    "bd": 2_600,
    "bh": 26_000,
    "%": 1_000,
}
"""The highest count of each unit. A choice: ten years (of 260 days of ten hours), ten budgets."""

_UNITS = "(?:s|m|h|d|w|bd|bh)"
_DURATION = f"^[1-9][0-9]{{0,9}}{_UNITS}$"
_OFFSET = f"^(?:[+-]?(?:0|[1-9][0-9]{{0,9}}){_UNITS}|(?:0|[1-9][0-9]{{0,9}})%)$"

_SHOWN = 20
"""Characters of a bad text that its error repeats. A choice: enough to find it again."""


class BusinessDay(Protocol):
    """What a length in business days has to know of a calendar."""

    @property
    def business_day_seconds(self) -> int:
        """Working seconds of one business day."""


@lru_cache(maxsize=1_024)
def _measure(text: str) -> tuple[int, str]:
    """The signed count and the unit of a well-formed text."""
    unit = text.lstrip("+-0123456789")
    return int(text.removesuffix(unit)), unit


class _Length(RootModel[str]):
    """A count and a unit, held as the text its author wrote: equal and hashed by that text."""

    model_config = ConfigDict(frozen=True)

    _pattern: ClassVar[str]
    _expected: ClassVar[str]

    @field_validator("root")
    @classmethod
    def _is_well_formed(cls, text: str) -> str:
        if re.fullmatch(cls._pattern, text) is None:
            shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
            raise ValueError(f"{shown!r} is not {cls._expected}")
        count, unit = _measure(text)
        if abs(count) > _MOST[unit]:
            raise ValueError(f"{text!r} is too long: {_MOST[unit]}{unit} at most")
        return text

    def __str__(self) -> str:
        return self.root

    @property
    def count(self) -> int:
        """How many of its unit, signed."""
        return _measure(self.root)[0]

    @property
    def unit(self) -> str:
        """What is counted, as its author wrote it."""
        return _measure(self.root)[1]

    @property
    def is_working(self) -> bool:
        """Whether it is counted in business days or hours instead of clock time."""
        return _measure(self.root)[1] in _WORKING_UNITS

    @property
    def clock_seconds(self) -> int:
        """Its length in seconds of clock time, signed.

        Raises:
            ValueError: it is not measured in clock time.
        """
        count, unit = _measure(self.root)
        if unit not in _CLOCK_UNITS:
            raise ValueError(f"{self} is not clock time")
        return count * _CLOCK_UNITS[unit]

    def working_seconds(self, calendar: BusinessDay) -> int:
        """Its length in seconds of working time, signed; the calendar says how long a day is.

        Raises:
            ValueError: it is not measured in working time.
        """
        count, unit = _measure(self.root)
        if unit not in _WORKING_UNITS:
            raise ValueError(f"{self} is not working time")
        return count * (calendar.business_day_seconds if unit == "bd" else 3_600)


class Duration(_Length):
    """How long something may take: `30s 15m 24h 3d 2w` on the clock, `3bd 4bh` of working time.

    `1d` is 24 hours on the clock; `1bd` is one business day of the calendar it is used with. It is
    never zero.
    """

    model_config = ConfigDict(
        json_schema_extra={"pattern": _DURATION, "examples": ["24h", "3d", "3bd"]},
    )

    _pattern = _DURATION
    _expected = (
        "a duration: write a whole number above zero and a unit,"
        " such as 30s, 15m, 24h, 3d, 2w (clock time), 3bd or 4bh (working time)"
    )


class Offset(_Length):
    """When a rung is reached: a signed length from the due instant (`-1d`, `0d`, `+2bd`), or `50%`.

    A percentage is a share of the budget, counted from the clock's start: `100%` is the due
    instant.
    """

    model_config = ConfigDict(
        json_schema_extra={"pattern": _OFFSET, "examples": ["-1d", "0d", "+2bd", "50%"]},
    )

    _pattern = _OFFSET
    _expected = (
        "an offset: write a signed whole number and a unit, such as -1d, 0d, +3d or +2bd"
        " (from the due instant), or a percentage such as 50% (of the budget)"
    )

    @property
    def percent(self) -> int | None:
        """The share of the budget in percent, or None if it is a length from the due instant."""
        count, unit = _measure(self.root)
        return count if unit == "%" else None
