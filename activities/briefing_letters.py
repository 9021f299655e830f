"""Briefings become letters: what is told one by one, what is only counted, and what is not sent.

Decides the parts of each letter and their order, and the key that makes it come once. An agenda or
a digest with nothing on it is not sent; a weekly pack always is. Pure: no clock, no database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from ledger.letters import Letter, LetterKind
from letters.forms import Forms
from letters.render import render
from letters.words import Language, catalog
from reports import charts
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
    letter = _letter(reader, "weekly", weekly_key(reader.person, weekly.first_on), content)
    return replace(letter, chart=_where_it_is_stuck(reader, weekly))


def _where_it_is_stuck(reader: Reader, weekly: Weekly) -> str | None:
    """The stages with stuck deals, the most first; None where there are none."""
    forms = Forms(reader.language, ZoneInfo(reader.time_zone))
    stages = sorted(weekly.stuck.stages, key=lambda one: -one.stuck_n)
    is_of_one = len({forms.named(one.playbook) for one in stages}) == 1
    rows = []
    for one in stages:
        names = [one.stage] if is_of_one else [one.stage, one.playbook]
        if one.stuck_n:
            rows.append((forms.joined(map(forms.named, names)), one.stuck_n))
    title = catalog(reader.language).gettext("1. Where it is stuck")
    return json.dumps(charts.titled(charts.bars(tuple(rows), title), title)) if rows else None


def _letter(reader: Reader, kind: LetterKind, key: str, content: dict[str, Any]) -> Letter:
    text = render(kind, content, language=reader.language, time_zone=reader.time_zone)
    return Letter(reader.person, kind, key, reader.language, text.subject, text.body)
