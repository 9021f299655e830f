"""A person's notices become one letter, in one transaction with its deliveries.

Decides when that is due and what stands in the letter, by the person's wishes, zone and language.
What is told is marked with its letter, so composing again tells nothing twice. Must never send.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from deals.deal import Deal
from deals.playbook import Playbook
from ledger.deals import state_of
from ledger.letters import Letter, put_letter
from ledger.notices import drop, mark_told, told_by_last_letter, untold, untold_since
from ledger.people import Person, everybody, person_of
from ledger.playbooks import UnknownPlaybook, playbook_of
from ledger.preferences import preferences_of
from letters.alarms import content
from letters.render import render
from letters.timing import Told, goes_at
from letters.words import Language, language_of

GATHER: Final = timedelta(seconds=30)
"""Clock time that an alarm waits for others. A choice: nobody misses it, and a burst is over."""


class Home(NamedTuple):
    """What an installation says of people who say nothing themselves.

    Attributes:
        gather: clock time that an alarm waits for others.
    """

    time_zone: str = "UTC"
    locale: str = "en"
    gather: timedelta = GATHER

    def zone_of(self, person: Person | None) -> str:
        """IANA name of the zone somebody is in."""
        return (person.time_zone if person else None) or self.time_zone

    def language_of(self, person: Person | None) -> Language:
        """The language somebody reads."""
        return language_of((person.locale if person else None) or self.locale)


def due_at(connection: Connection, person: str, home: Home) -> datetime | None:
    """When a person's next letter with alarms goes; None: there is nothing to tell."""
    since = untold_since(connection, person)
    if since is None:
        return None
    last = told_by_last_letter(connection, person)
    return goes_at(
        since,
        preferences_of(connection, person),
        ZoneInfo(home.zone_of(person_of(connection, person))),
        gather=home.gather,
        last=Told(*last) if last else None,
    )


def compose(connection: Connection, person: str, home: Home, *, now: datetime) -> None:
    """Write the letter that tells a person everything untold; nothing if there is none.

    Args:
        connection: a transaction of its own.
        person: whom to tell.
        home: holds for whatever the person does not say.
        now: when it is written.
    """
    notices = untold(connection, person)
    people = {one.id: one for one in everybody(connection)}
    language = home.language_of(people.get(person))
    told = content(notices, _Known(connection, people), language=language, now=now)
    if told is None:
        if notices:
            drop(connection, person, notices)
        return
    zone = home.zone_of(people.get(person))
    text = render("alarms", told, language=language, time_zone=zone)
    oldest = min(notices, key=lambda one: (one.at, one.deal_id, one.seq))
    key = f"alarms:{person}:{oldest.deal_id}.{oldest.seq}"
    letter = Letter(person, "alarms", key, language, text.subject, text.body)
    put_letter(connection, letter, now)
    mark_told(connection, person, notices, letter.id)


def trial_letter(person: Person, home: Home, *, name: str, now: datetime) -> Letter:
    """A letter that only shows that a person's channels work.

    Args:
        person: to whom.
        home: holds for whatever the person does not say.
        name: tells this test from others.
        now: when it is written.
    """
    language = home.language_of(person)
    text = render("test", {"at": now}, language=language, time_zone=home.zone_of(person))
    key = f"test:{person.id}:{name}"
    return Letter(person.id, "test", key, language, text.subject, text.body)


class _Known:
    """What the ledger knows, within the transaction."""

    def __init__(self, connection: Connection, people: Mapping[str, Person]) -> None:
        self._connection = connection
        self._people = people

    def playbook(self, playbook_id: str, version: int) -> Playbook | None:
        with suppress(UnknownPlaybook):
            return playbook_of(self._connection, playbook_id, version)
        return None

    def deal(self, deal_id: str) -> Deal | None:
        return state_of(self._connection, deal_id)

    def name(self, person: str) -> str:
        known = self._people.get(person)
        return known.name if known else person
