"""How instants, days, lengths of time, amounts and shares are written for one person.

Decides their forms by the rules of the person's language (CLDR, through Babel) and in their time
zone. Must never know a message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton, format_timedelta, get_timezone_name
from babel.lists import format_list
from babel.numbers import (
    format_currency,
    format_decimal,
    format_percent,
    get_currency_precision,
)

from letters.words import Language

_MINUTE: Final = timedelta(minutes=1)


class Forms(NamedTuple):
    """The forms of one language and time zone."""

    language: Language
    zone: ZoneInfo

    def when(self, instant: datetime) -> str:
        """An instant: weekday, date and time of day on the person's clock."""
        joined: str = Locale.parse(self.language).datetime_formats["short"]
        return joined.format(self.clock(instant), self.day(instant))

    def clock(self, instant: datetime) -> str:
        """The time of day of an instant."""
        return format_skeleton("Hm", instant, tzinfo=self.zone, locale=self.language)

    def day(self, day: date) -> str:
        """A date, or the date of an instant where the person is."""
        local = day.astimezone(self.zone) if isinstance(day, datetime) else day
        return format_skeleton("yMMMEd", local, locale=self.language)

    def length(self, length: timedelta) -> str:
        """A length of time in its largest unit; less than a minute counts as one."""
        rounded = max(abs(length), _MINUTE)
        return format_timedelta(rounded, granularity="minute", threshold=1, locale=self.language)

    def money(self, amount_minor: int, currency: str) -> str:
        """An amount of minor units."""
        amount = Decimal(amount_minor).scaleb(-get_currency_precision(currency))
        return format_currency(amount, currency, locale=self.language)

    def number(self, number: float) -> str:
        """A number."""
        return format_decimal(number, locale=self.language)

    def percent(self, ratio: float) -> str:
        """A ratio as a percentage, to a tenth."""
        return format_percent(ratio, format="#,##0.#%", locale=self.language)

    def listed(self, items: Sequence[str]) -> str:
        """Short items one after the other."""
        return format_list(list(items), style="standard", locale=self.language)

    def joined(self, items: Iterable[str]) -> str:
        """Short items side by side."""
        return ("，" if self.language == "zh" else ", ").join(items)

    def named(self, names: Mapping[str, str]) -> str:
        """A name that a playbook gives in several languages."""
        return names.get(self.language) or names.get("en") or next(iter(names.values()))

    def zone_name(self) -> str:
        """What the time zone is called."""
        if self.zone.key == "UTC":  # which CLDR counts as a place without a name
            return "UTC"
        return get_timezone_name(self.zone, locale=self.language)

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The forms by the names that templates call them by."""
        return {
            "when": self.when,
            "clock": self.clock,
            "day": self.day,
            "joined": self.joined,
            "length": self.length,
            "listed": self.listed,
            "money": self.money,
            "named": self.named,
            "number": self.number,
            "percent": self.percent,
        }
