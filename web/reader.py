"""Who looks at a page: the person, their language, time zone and theme, and everybody they know of.

Decides that a person is chosen from a list and kept in a cookie. That names people and does not
authenticate them, so pages are served on loopback only until there is a sign-in. Must never decide
what a role may do; the core does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal, get_args
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from sqlalchemy import Connection

from api.backing import Backing, backing_of
from ledger.leaves import absences, ahead
from ledger.people import Person, everybody, has_left
from letters.words import LANGUAGES, Language, language_of
from reports.cases import Staff
from web.speech import Speech

PERSON: Final = "dealpace_person"
LANGUAGE: Final = "dealpace_language"
THEME: Final = "dealpace_theme"

Theme = Literal["auto", "light", "dark"]

_MOST_TAGS: Final = 20
"""Languages of a browser that are looked at. A choice."""

_ANYBODY: Final = Person.model_construct(id="", name="", role="ops", locale=None, time_zone=None)
"""Whoever has not said who they are."""


class NobodyChosen(Exception):
    """The browser has not said who looks, or names somebody who is not there any more."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody in front of a page.

    Attributes:
        now: when they asked for it.
        staff: everybody, and who is away today.
    """

    person: Person
    language: Language
    zone: ZoneInfo
    theme: Theme
    now: datetime
    staff: Staff
    speech: Speech = field(init=False)

    def __post_init__(self) -> None:
        """What this reader reads is written in one way."""
        object.__setattr__(self, "speech", Speech(self.language, self.zone, self.now))

    @property
    def is_manager(self) -> bool:
        """Whether others report to them, or everybody may."""
        return self.person.role in {"manager", "director", "ops"}

    def is_gone(self, person: Person) -> bool:
        """Whether somebody has left for good."""
        return has_left(person, self.now, home=self.staff.zone(person.id))

    @property
    def choices(self) -> list[Person]:
        """Whom one may choose, by name: no machine, and nobody who has left."""
        people = self.staff.people.values()
        here = (one for one in people if not one.automatic and not self.is_gone(one))
        return sorted(here, key=lambda one: one.name)

    def name(self, person: str | None) -> str:
        """What somebody is called; nobody is empty."""
        return self.staff.name(person) if person else ""


async def reader_of(request: Request) -> Reader:
    """The reader whom the browser names.

    Raises:
        NobodyChosen: it names nobody who is known.
    """
    found = await anybody(request)
    if not found.person.id or found.is_gone(found.person):
        raise NobodyChosen
    return found


async def anybody(request: Request) -> Reader:
    """The reader, chosen or not."""
    backing, now = backing_of(request), datetime.now(UTC)
    staff = await backing.ledger.read_as_one(_staff, backing.home.time_zone, now)
    return _in_front(request, backing, staff, now)


def stranger(request: Request) -> Reader:
    """Whoever looks while the ledger cannot say who is there."""
    backing = backing_of(request)
    nobody = Staff((), time_zone=backing.home.time_zone)
    return _in_front(request, backing, nobody, datetime.now(UTC))


def _in_front(request: Request, backing: Backing, staff: Staff, now: datetime) -> Reader:
    person = staff.people.get(request.cookies.get(PERSON, ""), _ANYBODY)
    theme = request.cookies.get(THEME, "auto")
    return Reader(
        person=person,
        language=_language(request, person, backing),
        zone=ZoneInfo(person.time_zone or backing.home.time_zone),
        theme=theme if theme in get_args(Theme) else "auto",  # type: ignore[arg-type]  # one of them
        now=now,
        staff=staff,
    )


Looking = Annotated[Reader, Depends(reader_of)]
"""The reader, as a page asks for them."""

Anybody = Annotated[Reader, Depends(anybody)]
"""The same where nobody needs to be chosen."""


def _staff(connection: Connection, home: str, now: datetime) -> Staff:
    people = everybody(connection)
    entered = ahead(connection, since=now.date() - timedelta(days=1))
    return Staff(people, absences(people, entered, now=now, home=home), time_zone=home)


def _language(request: Request, person: Person, backing: Backing) -> Language:
    """The chosen one, the person's own, the browser's, the installation's."""
    chosen = request.cookies.get(LANGUAGE)
    if chosen in LANGUAGES:
        return language_of(chosen)
    if person.locale:
        return language_of(person.locale)
    tags = request.headers.get("accept-language", "").split(",")[:_MOST_TAGS]
    wanted = [tag.partition(";")[0].strip() for tag in tags]
    known = (tag for tag in wanted if tag.lower().partition("-")[0] in LANGUAGES)
    return language_of(next(known, backing.home.locale))
