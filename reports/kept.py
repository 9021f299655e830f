"""Which clocks did somebody keep last week, and which not; beside their team?

Population: clocks that were due in the window, by who owned the deal at the due instant, as the
report `sla` counts them. Kept: met at or before it. n: kept, and met later, or ended unmet after
it, or not met yet; what ended or was left before it was due is in neither. Missed: n without the
kept; those that are still unmet are named first, then the latest due. The team: everybody of the
same team, the person included.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, case, func, or_, select

from deals.clock import ClockKind
from ledger import tables
from ledger.session import Ledger

NAMED: Final = 3
"""Missed clocks that are named. A choice: whoever wants all of them asks the report."""

_clock, _deal = tables.clocks.c, tables.deals.c


class Share(NamedTuple):
    """How many of n were kept."""

    kept_n: int
    n: int


@dataclass(frozen=True, slots=True)
class Missed:
    """A clock that was not kept.

    Attributes:
        playbook: id and version, by which its subject has a name.
        met_at: when it was met all the same.
    """

    deal_id: str
    customer: str
    kind: ClockKind
    subject: str
    playbook: tuple[str, int]
    due_at: datetime
    met_at: datetime | None


@dataclass(frozen=True, slots=True)
class LastWeek:
    """What became of a week's clocks.

    Attributes:
        own: of the person.
        team: of their team; None where they have none.
        missed: the person's own, `NAMED` at most.
    """

    own: Share
    team: Share | None
    missed: tuple[Missed, ...]


async def kept(
    ledger: Ledger,
    person: str,
    team: str | None,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
) -> LastWeek:
    """What became of the clocks due in `[since, until)`.

    Args:
        ledger: where to look.
        person: whose clocks.
        team: theirs.
        since: when the week began.
        until: when the next one did.
        now: what is not met by then is not met.
    """
    return await ledger.read(_kept, person, team, _was_due(since, until, now))


def _kept(
    connection: Connection, person: str, team: str | None, was_due: ColumnElement[bool]
) -> LastWeek:
    own = _share(connection, and_(was_due, _clock.owner == person))
    named = connection.execute(_missed(and_(was_due, _clock.owner == person))).mappings()
    return LastWeek(
        own=own,
        team=_share(connection, and_(was_due, _clock.team == team)) if team else None,
        missed=tuple(map(_told, named)) if own.kept_n < own.n else (),
    )


def _was_due(since: datetime, until: datetime, now: datetime) -> ColumnElement[bool]:
    """The due instant lies in the week, and somebody had to do something about it."""
    outlived = or_(_clock.ended_at.is_(None), _clock.ended_at > _clock.due_at)
    inside = and_(_clock.due_at >= since, _clock.due_at < until, _clock.due_at <= now)
    return and_(inside, or_(_clock.state == "met", outlived))


_IS_KEPT: Final = and_(_clock.state == "met", _clock.ended_at <= _clock.due_at)


def _share(connection: Connection, chosen: ColumnElement[bool]) -> Share:
    counted = func.coalesce(func.sum(case((_IS_KEPT, 1), else_=0)), 0)
    kept_n, n = connection.execute(select(counted, func.count()).where(chosen)).one()
    return Share(int(kept_n), n)


def _missed(chosen: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    of_deal = (_deal.customer, _deal.playbook_id, _deal.playbook_version)
    of_clock = (_clock.deal_id, _clock.kind, _clock.subject, _clock.due_at, _clock.ended_at)
    is_met = case((_clock.state == "met", 1), else_=0)
    return (
        select(*of_deal, *of_clock, _clock.state)
        .join(tables.deals, _deal.id == _clock.deal_id)
        .where(chosen, or_(_clock.state != "met", _clock.ended_at > _clock.due_at))
        .order_by(is_met, _clock.due_at.desc(), _clock.deal_id, _clock.id)
        .limit(NAMED)
    )


def _told(row: RowMapping) -> Missed:
    return Missed(
        **{name: row[name] for name in ("deal_id", "customer", "kind", "subject", "due_at")},
        playbook=(row["playbook_id"], row["playbook_version"]),
        met_at=row["ended_at"] if row["state"] == "met" else None,
    )
