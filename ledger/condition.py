"""How the installation does, as far as the ledger can tell: its tables, workers, letters, jobs.

Decides what is counted, and over what time. Must never say what is a fault, nor what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Connection, func, null, or_, select

from ledger.migrate import needed_migration, present_migration
from ledger.registers import deliveries, heartbeats, imports, recalendars
from ledger.session import Ledger
from ledger.tables import deals

LATELY: Final = timedelta(days=1)
"""How far back letters and jobs are looked at. A choice: since the same time yesterday."""


class Heard(NamedTuple):
    """A worker that was heard of within a day."""

    worker: str
    at: datetime


class Post(NamedTuple):
    """What became of the letters on one channel lately.

    Attributes:
        channel: its address without secrets.
        why: of a delivery that failed.
    """

    person: str
    channel: str
    sent: int
    failed: int
    why: str | None


class Work(NamedTuple):
    """A long job that runs, or an import that failed lately.

    Attributes:
        what: of an import its file, of a recalendar its reason.
    """

    kind: str
    id: str
    status: str
    what: str
    fault: str | None
    started_at: datetime


class InUse(NamedTuple):
    """A playbook version, and how many open deals go by it."""

    playbook_id: str
    version: int
    deals: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What the tables say.

    Attributes:
        last: the deal heard of last, and when.
        queued: letters that wait, and since when the oldest does.
    """

    last: tuple[str, datetime] | None
    open: int
    workers: tuple[Heard, ...]
    queued: tuple[int, datetime | None]
    sent: int
    post: tuple[Post, ...]
    work: tuple[Work, ...]
    in_use: tuple[InUse, ...]


@dataclass(frozen=True, slots=True)
class LedgerCondition:
    """The database.

    Attributes:
        kind: `sqlite` or `postgresql`.
        version: of the database.
        migration: at which its tables are; None: there are none.
        needed: the one that this code needs.
        figures: None where the tables are not those of this code.
    """

    kind: str
    version: str
    migration: str | None
    needed: str | None
    figures: Figures | None


async def condition_of(ledger: Ledger, *, now: datetime) -> LedgerCondition:
    """What there is to know of a ledger that answers."""
    return await ledger.read_as_one(_condition, now)


def _condition(connection: Connection, now: datetime) -> LedgerCondition:
    at, needed = present_migration(connection), needed_migration()
    version = connection.dialect.server_version_info or ()
    return LedgerCondition(
        kind=connection.dialect.name,
        version=".".join(map(str, version)),
        migration=at,
        needed=needed,
        figures=_figures(connection, now - LATELY) if at == needed else None,
    )


def _figures(connection: Connection, since: datetime) -> Figures:
    last = connection.execute(
        select(deals.c.id, deals.c.heard_at).order_by(deals.c.heard_at.desc()).limit(1)
    ).first()
    heard = select(heartbeats.c.worker, heartbeats.c.at).order_by(heartbeats.c.at.desc())
    waiting = select(func.count(), func.min(deliveries.c.queued_at)).where(
        deliveries.c.status == "queued"
    )
    n, since_when = connection.execute(waiting).one()
    post = tuple(_post(connection, since))
    in_use = tuple(_in_use(connection))
    return Figures(
        last=(last.id, last.heard_at) if last else None,
        open=sum(one.deals for one in in_use),
        workers=tuple(Heard(*row) for row in connection.execute(heard)),
        queued=(n, since_when),
        sent=sum(one.sent for one in post),
        post=tuple(one for one in post if one.failed),
        work=tuple(_work(connection, since)),
        in_use=in_use,
    )


def _post(connection: Connection, since: datetime) -> Iterator[Post]:
    """Channels that letters went to lately, those that fail most first."""
    row = deliveries.c
    statement = (
        select(row.person, row.channel, row.status, func.count(), func.max(row.why))
        .where(row.status.in_(("sent", "failed")), row.queued_at >= since)
        .group_by(row.person, row.channel, row.status)
    )
    found: dict[tuple[str, str], Post] = {}
    for person, channel, status, n, why in connection.execute(statement):
        known = found.get((person, channel), Post(person, channel, 0, 0, None))
        told = {"failed": n, "why": why} if status == "failed" else {"sent": n}
        found[person, channel] = known._replace(**told)
    yield from sorted(found.values(), key=lambda one: (-one.failed, one.person, one.channel))


def _work(connection: Connection, since: datetime) -> Iterator[Work]:
    row = imports.c
    failed = (row.status == "failed") & (row.started_at >= since)
    statement = (
        select(row.id, row.status, row.file_name, row.fault, row.started_at)
        .where(or_(row.status == "running", failed))
        .order_by(row.started_at.desc())
    )
    yield from (Work("import", *one) for one in connection.execute(statement))
    its = recalendars.c
    counted = (
        select(its.id, its.status, its.reason, null(), its.started_at)
        .where(its.status == "running")
        .order_by(its.started_at.desc())
    )
    yield from (Work("recalendar", *one) for one in connection.execute(counted))


def _in_use(connection: Connection) -> Iterator[InUse]:
    by = (deals.c.playbook_id, deals.c.playbook_version)
    statement = (
        select(*by, func.count())
        .where(deals.c.status.in_(("open", "on_hold")))
        .group_by(*by)
        .order_by(*by)
    )
    yield from (InUse(*row) for row in connection.execute(statement))
