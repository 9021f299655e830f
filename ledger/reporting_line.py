"""Who is meant when a ladder says owner, manager or director.

Decides how a role becomes persons, from the people as they are now; a vacant post goes one up.
Pure: no database. Must never decide what anybody is told.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    """Everybody, and whom they report to.

    The manager of a deal is whom its owner reports to, its director whom that manager reports to.
    Where a post is vacant, or the owner is a stranger, everybody in the role director is asked.
    """

    def __init__(self, people: Iterable[Placed]) -> None:
        known = sorted(people, key=lambda person: person.id)
        self._managers = {person.id: person.manager for person in known}
        self._directors = tuple(person.id for person in known if person.role == "director")

    @property
    def known(self) -> frozenset[str]:
        """The ids of everybody."""
        return frozenset(self._managers)

    def recipients(self, owner: str | None, to: Recipient) -> tuple[str, ...]:
        """The persons that a rung of an owner's deal is meant for, by id; none for the pool."""
        match to:
            case "pool":
                return ()
            case "owner":
                return (owner,) if owner else ()
            case "manager":
                manager = self._manager(owner)
                return (manager,) if manager else self._directors
            case "director":
                director = self._manager(self._manager(owner))
                return (director,) if director else self._directors

    def answers_for(self, person: str, to: Recipient) -> frozenset[str]:
        """The known owners whose deals' rungs to that role are meant for the person."""
        owners = (owner for owner in self._managers if person in self.recipients(owner, to))
        return frozenset(owners)

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

    def _manager(self, person: str | None) -> str | None:
        return self._managers.get(person) if person else None
