"""What the text of a cell says: an instant, an amount, a fact.

Decides how texts are read, by the formats that the mapping names, and never by guessing: `3/4/17`
is a date only if the mapping says which of the two is the month. Must never know which column a
text came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

from deals.facts import MAX_AMOUNT_MINOR

ISO: Final = "iso"
"""The date format that needs no pattern: `2017-03-01`, `2017-03-01T09:30:00+02:00`."""

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""No instant of a deal lies before it. A choice: what lies there is a spreadsheet's zero."""

_PIVOT: Final = 69
"""Two-digit years from here on are of the last century. Source: POSIX strptime."""

_TOKENS: Final = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short>\d{2})",
    "M": r"(?P<month>\d{1,2})",
    "D": r"(?P<day>\d{1,2})",
}
_TIME: Final = (
    r"(?:[T, ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"(?: *(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")
_NOON: Final = 12

Decimals = Literal[".", ","]


class BadText(Exception):
    """A text that does not say what its column should; `args[0]` tells why, in one line."""


def date_pattern(form: str) -> re.Pattern[str]:
    """The pattern of a date format such as `M/D/YY`, `D.M.YYYY` or `YYYY年M月D日`.

    A time of day may follow the date (`9:30`, `09:30:00`, `9:30 PM`).

    Raises:
        ValueError: the format does not name a day, a month and a year, each once.
    """
    parts = re.split("(YYYY|YY|M{1,2}|D{1,2})", form)
    names = [part if part in _TOKENS else part[0] for part in parts[1::2]]
    if sorted(name[0] for name in names) != ["D", "M", "Y"]:
        raise ValueError(
            "a date format has a day D, a month M and a year YY or YYYY, such as M/D/YY"
        )
    texts = [re.escape(part) for part in parts[0::2]]
    tokens = [*(_TOKENS[name] for name in names), ""]
    return re.compile(
        "".join(text + token for text, token in zip(texts, tokens, strict=True)) + _TIME
    )


class Dates:
    """Reads instants by the formats of a mapping.

    Attributes:
        zone: of dates that name none.
    """

    def __init__(self, formats: Iterable[str], time_zone: str) -> None:
        """Take the formats to try, in order, and the zone of dates that name none.

        Raises:
            ValueError: a format is none.
        """
        self.zone = ZoneInfo(time_zone)
        self._patterns = [None if form == ISO else date_pattern(form) for form in formats]

    def instant(self, text: str) -> datetime:
        """The instant in UTC; a date without a time is 00:00 of that day in the mapping's zone.

        A local time that the zone skips or has twice takes the instant of PEP 495's `fold=0`.

        Raises:
            BadText: no format fits, there is no such day, or it lies before `EARLIEST`.
        """
        try:
            local = self._local(text)
            aware = local if local.tzinfo else local.replace(tzinfo=self.zone)
            instant = aware.astimezone(UTC)
        except (ValueError, OverflowError):
            raise BadText(f"`{text}` is no date of the mapping's formats") from None
        if instant < EARLIEST:
            raise BadText(f"`{text}` lies before {EARLIEST.year}")
        return instant

    def _local(self, text: str) -> datetime:
        for pattern in self._patterns:
            if pattern is None and _ISO_DATE.fullmatch(text):
                return datetime.fromisoformat(text)
            if pattern is not None and (found := pattern.fullmatch(text)):
                return _moment(found)
        raise ValueError(text)


def _moment(found: re.Match[str]) -> datetime:
    read = found.groupdict()
    if read.get("year"):
        year = int(read["year"])
    else:
        short = int(read["short"])
        year = short + (1900 if short >= _PIVOT else 2000)
    hour = int(read["hour"] or 0)
    if half := read["half"]:
        if not 1 <= hour <= _NOON:
            raise ValueError(hour)
        hour = hour % _NOON + (_NOON if half in "Pp" else 0)
    minute, second = int(read["minute"] or 0), int(read["second"] or 0)
    return datetime(year, int(read["month"]), int(read["day"]), hour, minute, second)  # noqa: DTZ001 - the caller adds the zone


_CURRENCY: Final = r"(?:[A-Za-z]{3}|[A-Z]{0,2}[$£€¥₩₹₽₺₫฿]|元|円)?"
_DIGITS: Final = {
    ".": re.compile(r"(?:\d{1,3}(?:[,'’]\d{2,3})+|\d+)(?:\.\d+)?|\.\d+"),
    ",": re.compile(r"(?:\d{1,3}(?:[.'’]\d{2,3})+|\d+)(?:,\d+)?|,\d+"),
}
_AMOUNT: Final = re.compile(rf"{_CURRENCY}(?P<sign>-?){_CURRENCY}(?P<digits>[\d.,'’]+){_CURRENCY}")
_SPACES: Final = re.compile(r"\s+")


def number(text: str, decimals: Decimals = ".") -> Decimal:
    """The number in a text such as `1234.5`, `$1,234.00` or (with comma decimals) `1.234,00 €`.

    Raises:
        BadText: it is no number, or its separators do not fit: `12,5` is not 125.
    """
    found = _AMOUNT.fullmatch(_SPACES.sub("", text))
    if not found or not _DIGITS[decimals].fullmatch(found["digits"]):
        raise BadText(f"`{text}` is no number")
    groups = ",'’" if decimals == "." else ".'’"
    digits = found["digits"].translate({ord(sign): None for sign in groups}).replace(",", ".")
    return Decimal(found["sign"] + digits)


def minor_units(text: str, factor: int, decimals: Decimals = ".") -> tuple[int, bool]:
    """The amount in minor units, and whether it had to be rounded (half to even) to whole ones.

    Args:
        text: the amount as it is written.
        factor: minor units of one unit written, such as 100 cents of a dollar.
        decimals: what stands before the decimals.

    Raises:
        BadText: it is no amount, negative, or larger than any deal.
    """
    exact = number(text, decimals) * factor
    if not 0 <= exact <= MAX_AMOUNT_MINOR:
        raise BadText(f"`{text}` is negative, or larger than any deal")
    whole = round(exact)
    return whole, whole != exact
