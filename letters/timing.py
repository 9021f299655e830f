"""When a letter with alarms may go.

Decides from instants and a person's wishes alone: gather for a while, wait for the digest, keep the
quiet hours, and rest after a storm. Local times are those of the person's wall clock; one that the
clock skips or shows twice counts as PEP 495 says for `fold=0`. Pure: no clock, no database.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

STORM: Final = 20
"""So many alarms in one letter are a storm. A choice: it is what a letter lists one by one."""

STORM_REST: Final = timedelta(minutes=15)
"""Clock time after such a letter until the next. A choice: what goes on coming is then one letter
more, and not one every half minute."""

_DAY: Final = timedelta(days=1)


class Wishes(Protocol):
    """What a person wants; `ledger.preferences.Preferences` fits."""

    @property
    def digest(self) -> bool:
        """Whether alarms wait for `digest_at`."""

    @property
    def digest_at(self) -> str:
        """Local time, such as 08:30."""

    @property
    def quiet_from(self) -> str | None:
        """Local time from which no alarm comes; None: they may come at any hour."""

    @property
    def quiet_to(self) -> str | None:
        """Local time until which no alarm comes; None together with `quiet_from`."""


class Told(NamedTuple):
    """The latest letter with alarms.

    Attributes:
        at: when it was written.
        alarms: how many it told of.
    """

    at: datetime
    alarms: int


def goes_at(
    since: datetime, wishes: Wishes, zone: ZoneInfo, *, gather: timedelta, last: Told | None = None
) -> datetime:
    """When a letter goes whose oldest alarm is that old; an instant behind now means at once.

    Args:
        since: the instant of the oldest alarm.
        wishes: the person's.
        zone: where the person is.
        gather: how long further alarms are waited for, in clock time.
        last: the letter before.
    """
    moment = since + gather
    if last is not None and last.alarms > STORM:
        moment = max(moment, last.at + STORM_REST)
    if wishes.digest:
        moment = next_local(moment, wishes.digest_at, zone)
    return after_quiet_hours(moment, wishes, zone)


def next_local(moment: datetime, local: str, zone: ZoneInfo) -> datetime:
    """The first instant, not before the moment, at which clocks there show that time."""
    today = moment.astimezone(zone).date()
    instants = (_instant(today + n * _DAY, local, zone) for n in range(-1, 3))
    return next(instant for instant in instants if instant >= moment)


def after_quiet_hours(moment: datetime, wishes: Wishes, zone: ZoneInfo) -> datetime:
    """The moment, or the end of the quiet hours that it lies in."""
    if wishes.quiet_from is None or wishes.quiet_to is None:
        return moment
    over_midnight = wishes.quiet_to < wishes.quiet_from
    today = moment.astimezone(zone).date()
    for day in (today - _DAY, today):
        begin = _instant(day, wishes.quiet_from, zone)
        end = _instant(day + over_midnight * _DAY, wishes.quiet_to, zone)
        if begin <= moment < end:
            return end
    return moment


def _instant(day: date, local: str, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.fromisoformat(local), zone).astimezone(UTC)
