"""An agenda as an iCalendar feed (RFC 5545), in one person's language.

Decides what an event says, and which one it is: a clock keeps its event however its due instant
moves, and an event is gone when its clock ends or rests. Pure: no clock, so the same agenda is the
same text. Must never say what is to be done; the agenda does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

from icalendar import Calendar, Event, vText

from letters.render import render
from letters.words import Language

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"

REFRESH: Final = timedelta(minutes=15)
"""How often a calendar program should look again. A choice: most look less often anyway."""

_MADE_BY: Final = "-//Dealpace//Agenda//EN"


class Task(Protocol):
    """What an event has to know; the template `task` speaks of more."""

    @property
    def owner(self) -> str:
        """Whose deal it is."""

    @property
    def deal_id(self) -> str:
        """Which deal."""

    @property
    def clock(self) -> str:
        """The clock that asks, unique in its deal."""

    @property
    def due_at(self) -> datetime:
        """By when."""

    @property
    def seq(self) -> int:
        """The deal's latest event: grows with each change."""

    @property
    def heard_at(self) -> datetime:
        """When that was."""


class Reader(NamedTuple):
    """Who reads it.

    Attributes:
        name: what the person is called.
        time_zone: in which the texts tell the time; instants of events are UTC.
    """

    name: str
    language: Language
    time_zone: str


class _Text(vText):
    """A text that stays as it is: the library takes a backslash before an N for a line's end."""

    def to_ical(self) -> bytes:
        """Escaped as RFC 5545 says, section 3.3.11."""
        escaped = self.replace("\\", r"\\").replace(";", r"\;").replace(",", r"\,")
        return escaped.replace("\n", r"\n").encode()


def feed(reader: Reader, tasks: Iterable[Task], away: Mapping[str, str]) -> bytes:
    """The calendar: one event for each task, at its due instant.

    Args:
        reader: who reads it.
        tasks: what is to be done.
        away: names of those whose deals the reader looks after, by id.
    """
    calendar = Calendar()
    title = render(
        "feed", {"who": reader.name}, language=reader.language, time_zone=reader.time_zone
    ).subject
    calendar.add("prodid", _MADE_BY)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for name in ("name", "x-wr-calname"):  # RFC 7986, and what came before it
        calendar.add(name, _Text(title))
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    for task in tasks:
        calendar.add_component(_event(reader, task, away))
    text: bytes = calendar.to_ical()
    return text


def _event(reader: Reader, task: Task, away: Mapping[str, str]) -> Event:
    content = {"task": task, "whose": away.get(task.owner)}
    text = render("task", content, language=reader.language, time_zone=reader.time_zone)
    event = Event()
    event.add("uid", f"{task.clock}.{task.deal_id}@dealpace")
    event.add("sequence", task.seq)
    event.add("dtstamp", task.heard_at)
    event.add("last-modified", task.heard_at)
    event.add("dtstart", task.due_at)
    event.add("summary", _Text(text.subject))
    event.add("description", _Text(text.body.strip()))
    event.add("transp", "TRANSPARENT")  # a due instant keeps nobody busy
    return event
