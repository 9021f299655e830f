"""Who is meant when a ladder says owner, manager or director.

Decides how a role becomes persons, from the people as they are now: whoever is absent has a
delegate, and a post that is vacant goes one up. Pure: no database. Must never decide what anybody
is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from deals.playbook import Recipient


class Placed(Protocol):
    """What has to be known of a person."""

    @property
    def id(self) -> str:
        """Who it is."""

    @property
    def role(self) -> str:
        """Rep, manager, director or ops."""

    @property
    def manager(self) -> str | None:
        """Whom the person reports to."""


class ReportingLine:
    """Everybody, whom they report to, and who is absent.

    The manager of a deal is whom its owner reports to, its director whom that manager reports to. A
    post is vacant where there is nobody, or somebody absent without a delegate: then whom they
    report to is asked. Where nobody is left, or the owner is a stranger, everybody in the role
    director is.
    """

    def __init__(
        self, people: Iterable[Placed], absences: Mapping[str, str | None] | None = None
    ) -> None:
        """Take the people as they are now.

        Args:
            people: everybody.
            absences: who is absent today, and the delegate of each; None: nobody stands in.
        """
        known = sorted(people, key=lambda person: person.id)
        self._managers = {person.id: person.manager for person in known}
        self._directors = tuple(person.id for person in known if person.role == "director")
        self._absences = dict(absences or {})

    @property
    def known(self) -> frozenset[str]:
        """The ids of everybody."""
        return frozenset(self._managers)

    def recipients(self, owner: str | None, to: Recipient) -> tuple[str, ...]:
        """The persons that a rung of an owner's deal is meant for, by id; none for the pool."""
        if to == "pool" or (to == "owner" and owner is None):
            return ()
        post = self._post(owner, to)
        while post is not None:
            if present := self._present(post):
                return (present,)
            post = self._managers.get(post)
        there = tuple(one for one in self._directors if one not in self._absences)
        return there or self._directors

    def answers_for(self, person: str, to: Recipient) -> frozenset[str]:
        """The known owners whose deals' rungs to that role are meant for the person.

        Those of their own post, whether or not they are absent, and those they stand in for.
        """
        return frozenset(
            owner
            for owner in self._managers
            if person in self.recipients(owner, to) or person == self._post(owner, to)
        )

    def stands_in_for(self, person: str) -> frozenset[str]:
        """The absent owners whose delegate the person is today."""
        return frozenset(one for one in self._absences if self._present(one) == person)

    def is_absent(self, person: str) -> bool:
        """Whether the person is away today."""
        return person in self._absences

    def answers_for_strangers(self, person: str) -> bool:
        """Whether the person is asked where the owner is nobody known."""
        return person in self._directors

    def circle(self, person: str, manager: str | None) -> tuple[str, ...]:
        """The circle that would close if the person reported to that manager; empty: none would."""
        path = [person]
        while manager is not None and manager not in path:
            path.append(manager)
            manager = self._managers.get(manager)
        return (*path, person) if manager == person else ()

    def _post(self, owner: str | None, to: Recipient) -> str | None:
        """Who holds the post, present or not; None if it is vacant."""
        match to:
            case "owner":
                return owner
            case "manager":
                return self._manager(owner)
            case "director":
                return self._manager(self._manager(owner))
            case "pool":
                return None

    def _present(self, person: str) -> str | None:
        """The person, or who stands in, also for who stands in; None if nobody does."""
        asked: set[str] = set()
        standing: str | None = person
        while standing is not None and standing in self._absences:
            asked.add(standing)
            standing = self._absences[standing]
            if standing in asked:
                return None
        return standing

    def _manager(self, person: str | None) -> str | None:
        return self._managers.get(person) if person else None
