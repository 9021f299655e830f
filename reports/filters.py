"""What a report is asked to look at, and whether anybody has heard of it.

Decides which values of a filter are known. Must never decide what a report counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, func, select

from deals.playbook import Playbook
from ledger import tables
from ledger.registers import people, playbooks
from reports.period import PeriodKind, Window
from reports.rules import Rule

_PLAYBOOK: Final = re.compile(r"([a-z0-9][a-z0-9-]{0,63})(?:@([1-9][0-9]{0,8}))?")


HORIZON_DAYS: Final = 90.0
"""A choice, that of the definition."""


class UnknownFilter(Exception):
    """A filter that asks for something nobody has heard of.

    Attributes:
        name: the filter.
        value: what it asks for.
    """

    def __init__(self, name: str, value: str) -> None:
        super().__init__(f"no {name} is called {value!r}")
        self.name = name
        self.value = value


class Pinned(NamedTuple):
    """A playbook; one version of it, or any."""

    id: str
    version: int | None

    def has(self, book: Playbook) -> bool:
        """Whether that is one of its versions."""
        return book.id == self.id and self.version in {None, book.version}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which deals a report looks at; None does not ask.

    Attributes:
        team: of the owner that the report goes by.
        owner: the same.
        playbook: `id` or `id@version`.
        source: where the deal came from.
        rule: the id of one that alerts.
        segment: the fact, or `team`, that deals are told apart by.
        period: into which the window is divided.
        horizon_days: for shares by a horizon, in days of clock time.
    """

    window: Window
    team: str | None = None
    owner: str | None = None
    playbook: str | None = None
    source: str | None = None
    rule: str | None = None
    segment: str | None = None
    period: PeriodKind | None = None
    horizon_days: float = HORIZON_DAYS

    @property
    def pinned(self) -> Pinned | None:
        """The playbook asked for.

        Raises:
            UnknownFilter: it is not the name of any playbook.
        """
        if self.playbook is None:
            return None
        named = _PLAYBOOK.fullmatch(self.playbook)
        if named is None:
            raise UnknownFilter("playbook", self.playbook)
        return Pinned(named[1], int(named[2]) if named[2] else None)


def check(connection: Connection, filters: Filters) -> None:
    """Make sure that what is asked for exists, or once did.

    Raises:
        UnknownFilter: it never did.
    """
    for name, conditions in _known(filters):
        if not any(connection.scalar(select(one.exists())) for one in conditions):
            raise UnknownFilter(name, getattr(filters, name))


def version_at(seq: ColumnElement[int]) -> ColumnElement[int]:
    """The version of its playbook by which a deal went at one of its events."""
    pins = tables.pins.c
    before = (
        select(pins.playbook_version)
        .where(pins.deal_id == tables.deals.c.id, pins.seq > seq)
        .order_by(pins.seq)
        .limit(1)
    )
    version: ColumnElement[int] = func.coalesce(
        before.scalar_subquery(), tables.deals.c.playbook_version
    )
    return version


def of_deals(filters: Filters, seq: ColumnElement[int]) -> Iterator[ColumnElement[bool]]:
    """The conditions on the deals: playbook, by the version at one of its events, and source."""
    if pinned := filters.pinned:
        yield tables.deals.c.playbook_id == pinned.id
        if pinned.version is not None:
            yield version_at(seq) == pinned.version
    if filters.source is not None:
        yield tables.deals.c.source == filters.source


def of_rule(rule: str, rung: FromClause) -> Iterator[ColumnElement[bool]]:
    """The conditions on a rung, and its deal, that come from one rule.

    Raises:
        UnknownFilter: no rule can be called so.
    """
    named = rule.split("/")
    if len(named) != len(Rule._fields):
        raise UnknownFilter("rule", rule)
    playbook, *parts = named
    yield tables.deals.c.playbook_id == playbook
    for name, value in zip(Rule._fields[1:], parts, strict=True):
        yield rung.c[name] == value


def _known(filters: Filters) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """For each filter that asks, the places of which one has to know the value."""
    owners, deals = tables.owners.c, tables.deals.c
    if filters.owner is not None:
        owned = select(owners.seq).where(owners.owner == filters.owner)
        yield "owner", (select(people.c.id).where(people.c.id == filters.owner), owned)
    if filters.team is not None:
        owned = select(owners.seq).where(owners.team == filters.team)
        yield "team", (select(people.c.id).where(people.c.team == filters.team), owned)
    if filters.source is not None:
        yield "source", (select(deals.id).where(deals.source == filters.source),)
    if filters.rule is not None:
        rung, deal = tables.escalations, tables.deals
        sent = select(rung.c.id).join(deal, deal.c.id == rung.c.deal_id)
        yield "rule", (sent.where(*of_rule(filters.rule, rung)),)
    if pinned := filters.pinned:
        published = select(playbooks.c.id).where(playbooks.c.id == pinned.id)
        if pinned.version is not None:
            published = published.where(playbooks.c.version == pinned.version)
        yield "playbook", (published,)
