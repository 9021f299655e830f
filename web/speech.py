"""How pages write times, spans and amounts: for one language, in one time zone, as of one instant.

Decides the short forms of the look: two units at most and rounded down, a weekday with each date,
amounts short in lists. What letters write in full is theirs (`letters.forms`). Must never know a
message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_decimal, get_currency_precision

from letters.words import Language

_LOCALES: Final[Mapping[Language, str]] = {"en": "en_GB", "zh": "zh"}
"""By whose rules dates are written: a day stands before its month."""

_UNITS: Final[Mapping[Language, tuple[str, str, str, str]]] = {
    "en": (" d", " h", " m", " s"),
    "zh": ("天", "小时", "分", "秒"),
}
_NEAR: Final[Mapping[Language, Mapping[int, str]]] = {
    "en": {-1: "yesterday", 0: "today", 1: "tomorrow"},
    "zh": {-1: "昨天", 0: "今天", 1: "明天"},
}
_SIGNS: Final = {"CNY": "¥", "EUR": "€", "USD": "$", "GBP": "£"}
"""Of the currencies whose sign nobody takes for another's; the others stand with their code."""

_STEPS: Final[Mapping[Language, tuple[tuple[int, str], ...]]] = {
    "en": ((10**9, " bn"), (10**6, " M"), (10**3, " k")),
    "zh": ((10**8, "亿"), (10**4, "万")),
}
_THREE_DIGITS: Final = 100
_TWO_DIGITS: Final = 10


SPOKEN: Final = (
    *("span", "day", "near", "short_day", "clock", "at", "weekday", "iso_day", "days", "month"),
    *("money", "short_money", "number", "percent", "named", "joined"),
)
"""The forms that templates call, by the same names."""


@dataclass(frozen=True, slots=True)
class Speech:
    """The forms of one reader at one instant.

    Attributes:
        now: as of when times are told.
    """

    language: Language
    zone: ZoneInfo
    now: datetime

    # Times

    def span(self, length: timedelta, *, in_seconds: bool = False) -> str:
        """A length of time in two units at most, rounded down; less than one unit is empty.

        Args:
            length: clock time; its sign is passed over.
            in_seconds: whether seconds count, as where a day takes some.
        """
        rest = int(abs(length).total_seconds())
        parts: list[tuple[int, str]] = []
        for size, unit in zip((86_400, 3_600, 60, 1), _UNITS[self.language], strict=True):
            if size == 1 and not in_seconds:
                break
            count, rest = divmod(rest, size)
            if count or parts:
                parts.append((count, unit))
        said = [f"{count}{unit}" for count, unit in parts[:2] if count]
        return ("" if self.language == "zh" else " ").join(said)

    def day(self, day: date) -> str:
        """A date with its weekday, `Sat 21 Nov`, `11月21日 周六`; the year of another one."""
        local = self._local(day)
        other = local.year != self.now.astimezone(self.zone).year
        if self.language == "zh":
            return self._dated(local, "y年M月d日 EEE" if other else "M月d日 EEE")
        return self._dated(local, "EEE d MMM y" if other else "EEE d MMM")

    def near(self, day: date) -> str:
        """The same, but today, tomorrow and yesterday by their names."""
        away = (self._local(day) - self.now.astimezone(self.zone).date()).days
        return _NEAR[self.language].get(away) or self.day(day)

    def short_day(self, day: date) -> str:
        """The same without the weekday, where there is no room for it."""
        local = self._local(day)
        away = (local - self.now.astimezone(self.zone).date()).days
        pattern = "M月d日" if self.language == "zh" else "d MMM"
        return _NEAR[self.language].get(away) or self._dated(local, pattern)

    def clock(self, instant: datetime) -> str:
        """The time of day."""
        return format_time(instant.astimezone(self.zone), "HH:mm", locale=self._locale)

    def at(self, instant: datetime) -> str:
        """An instant: `today 16:00`, `Sat 21 Nov 15:30`."""
        return f"{self.near(instant)} {self.clock(instant)}"

    def weekday(self, day: date) -> str:
        """A date in full, as a page's heading."""
        pattern = "M月d日 EEEE" if self.language == "zh" else "EEEE d MMMM"
        return self._dated(self._local(day), pattern)

    def month(self, day: date) -> str:
        """A month in full: `October 2026`, `2026年10月`."""
        return self._dated(day, "y年M月" if self.language == "zh" else "MMMM y")

    def iso_day(self, day: date) -> str:
        """A date as a field of a form holds it."""
        return self._local(day).isoformat()

    # Amounts

    def money(self, amount_minor: int, currency: str) -> str:
        """An amount in full; minor units only where there are any."""
        amount = _whole(amount_minor, currency)
        pattern = "#,##0" if amount == amount.to_integral_value() else "#,##0.00"
        return self._signed(format_decimal(amount, pattern, locale=self._locale), currency)

    def short_money(self, amount_minor: int, currency: str) -> str:
        """An amount as lists show it, three digits long: `¥2.86 M`, `¥286万`."""
        amount = _whole(amount_minor, currency)
        for size, unit in _STEPS[self.language]:
            if abs(amount) >= size:
                return self._signed(self._digits(amount / size) + unit, currency)
        return self._signed(self._digits(amount), currency)

    def number(self, number: float) -> str:
        """A number."""
        return format_decimal(number, locale=self._locale)

    def percent(self, share: float) -> str:
        """A share in whole percent."""
        return f"{share * 100:.0f} %" if self.language == "en" else f"{share * 100:.0f}%"

    def days(self, days: float) -> str:
        """A number of days, in whole ones; of less than ten to a tenth."""
        said = f"{days:.0f}" if days >= _TWO_DIGITS else f"{days:.1f}".removesuffix(".0")
        if said == "0" and days > 0:
            said = "< 0.1"
        return f"{said}{_UNITS[self.language][0]}"

    # Names

    def named(self, names: Mapping[str, str]) -> str:
        """A name that a playbook gives in several languages."""
        return names.get(self.language) or names.get("en") or next(iter(names.values()))

    def joined(self, items: list[str]) -> str:
        """Short items side by side."""
        return ("、" if self.language == "zh" else ", ").join(items)

    @property
    def _locale(self) -> str:
        return _LOCALES[self.language]

    def _local(self, day: date) -> date:
        return day.astimezone(self.zone).date() if isinstance(day, datetime) else day

    def _dated(self, day: date, pattern: str) -> str:
        return format_date(day, pattern, locale=self._locale)

    def _digits(self, number: Decimal) -> str:
        places = 0 if abs(number) >= _THREE_DIGITS else 1 if abs(number) >= _TWO_DIGITS else 2
        return format_decimal(round(number, places), "#,##0.##", locale=self._locale)

    def _signed(self, digits: str, currency: str) -> str:
        sign = _SIGNS.get(currency, f"{currency} ")
        return f"-{sign}{digits[1:]}" if digits.startswith("-") else f"{sign}{digits}"


def _whole(amount_minor: int, currency: str) -> Decimal:
    return Decimal(amount_minor).scaleb(-get_currency_precision(currency))
