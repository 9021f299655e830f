"""Briefings become letters: what is told one by one, what is only counted, and what is not sent.

Decides the parts of each letter and their order, and the key that makes it come once. An agenda or
a digest with nothing on it is not sent; a weekly pack always is. Pure: no clock, no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from ledger.letters import Letter, LetterKind
from letters.render import render
from letters.words import Language
from reports.agenda import Todo
from reports.digest import Digest
from reports.period import day_begins
from reports.weekly import Weekly

SOON: Final = timedelta(days=7)
"""How far an agenda looks ahead. A choice: what is due later is no matter of this morning."""

LISTED: Final = 30
"""Things that an agenda lists, and promises that a pack does. A choice: nobody reads further."""


class Reader(NamedTuple):
    """For whom a letter is written."""

    person: str
    language: Language
    time_zone: str


def agenda_key(person: str, today: date) -> str:
    """What makes an agenda come once a day."""
    return f"agenda:{person}:{today}"


def digest_key(person: str, today: date) -> str:
    """What makes a digest come once a day."""
    return f"digest:{person}:{today}"


def weekly_key(person: str, first_on: date) -> str:
    """What makes a pack come once for each week that it speaks of."""
    year, week, _ = first_on.isocalendar()
    return f"weekly:{person}:{year}-W{week:02}"


def agenda_letter(
    reader: Reader,
    todos: Iterable[Todo],
    *,
    away: Mapping[str, str],
    today: date,
    now: datetime,
) -> Letter | None:
    """A person's morning list; None where nothing is to be done soon.

    Args:
        reader: whose morning it is.
        todos: what their deals ask for, and those of people they stand in for.
        away: names of these people, by id.
        today: the date where the reader is.
        now: what is due before is late.
    """
    ordered = sorted(todos, key=lambda one: (one.due_at, one.deal_id, one.clock))
    tomorrow = day_begins(today + timedelta(days=1), reader.time_zone)
    near = [one for one in ordered if one.due_at < max(now + SOON, tomorrow)]
    if not near:
        return None
    listed = near[:LISTED]
    late = [one for one in listed if one.due_at <= now]
    content = {
        "late": late,
        "due_today": [one for one in listed if now < one.due_at < tomorrow],
        "soon": [one for one in listed if one.due_at >= tomorrow],
        "late_n": sum(one.due_at <= now for one in near),
        "total": len(near),
        "more": len(near) - len(listed),
        "away": away,
        "today": today,
        "now": now,
    }
    return _letter(reader, "agenda", agenda_key(reader.person, today), content)


def digest_letter(reader: Reader, digest: Digest, *, today: date, now: datetime) -> Letter | None:
    """What waits for a manager's answer; None where nothing does."""
    if not digest.n:
        return None
    listed = sum(len(owner.raised) for owner in digest.owners)
    content = {"digest": digest, "more": digest.n - listed, "now": now}
    return _letter(reader, "digest", digest_key(reader.person, today), content)


def weekly_letter(reader: Reader, weekly: Weekly) -> Letter:
    """The pack for the weekly meeting."""
    content = {
        "weekly": weekly,
        "week": weekly.first_on.isocalendar().week,
        "promises": weekly.promises[:LISTED],
        "more": max(0, len(weekly.promises) - LISTED),
    }
    return _letter(reader, "weekly", weekly_key(reader.person, weekly.first_on), content)


def _letter(reader: Reader, kind: LetterKind, key: str, content: dict[str, Any]) -> Letter:
    text = render(kind, content, language=reader.language, time_zone=reader.time_zone)
    return Letter(reader.person, kind, key, reader.language, text.subject, text.body)
