"""Published playbooks, each version for ever as it was published.

Decides that a version never changes. Must never judge a playbook; the core does before it comes
here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, RowMapping, insert, select
from sqlalchemy.exc import IntegrityError

from deals.playbook import Playbook
from ledger.registers import playbooks
from ledger.rows import Row
from ledger.session import Ledger


class UnknownPlaybook(Exception):
    """There is no playbook of that id, or no such version of it.

    Attributes:
        playbook: the id.
        version: the version asked for; None: any.
    """

    def __init__(self, playbook: str, version: int | None) -> None:
        super().__init__(playbook if version is None else f"{playbook} version {version}")
        self.playbook = playbook
        self.version = version


class PlaybookPublished(Exception):
    """That version was published before, and says something else.

    Attributes:
        playbook: the id.
        version: the version.
        digest: the digest of what was published.
    """

    def __init__(self, playbook: str, version: int, digest: str) -> None:
        super().__init__(f"{playbook} version {version} is published already, and is another one")
        self.playbook = playbook
        self.version = version
        self.digest = digest


@dataclass(frozen=True, slots=True)
class PublishedPlaybook:
    """A playbook and when it was published.

    Attributes:
        source: the text as its author wrote it.
    """

    playbook: Playbook
    digest: str
    source: str
    published_at: datetime


async def publish_playbook(
    ledger: Ledger, playbook: Playbook, source: str, *, now: datetime
) -> bool:
    """Publish a version; doing it again changes nothing.

    Args:
        ledger: where to.
        playbook: the playbook, its calendar resolved.
        source: the text as its author wrote it.
        now: the instant of publication.

    Returns:
        Whether it is new.

    Raises:
        PlaybookPublished: the version is published with another content.
    """
    row = {
        "id": playbook.id,
        "version": playbook.version,
        "digest": playbook.digest,
        "body": playbook.model_dump_json(by_alias=True),
        "source": source,
        "published_at": now,
    }
    try:
        await ledger.write(_insert, row)
    except IntegrityError:
        published = await find_playbook(ledger, playbook.id, playbook.version)
        if source == published.source or playbook.digest == published.digest:
            return (
                False  # the same text may mean another calendar by now: holidays were pinned then
            )
        raise PlaybookPublished(playbook.id, playbook.version, published.digest) from None
    return True


async def find_playbook(
    ledger: Ledger, playbook_id: str, version: int | None = None
) -> PublishedPlaybook:
    """A version of a playbook; the latest when none is named.

    Raises:
        UnknownPlaybook: there is none.
    """
    statement = select(playbooks).where(playbooks.c.id == playbook_id)
    if version is not None:
        statement = statement.where(playbooks.c.version == version)
    statement = statement.order_by(playbooks.c.version.desc()).limit(1)
    found = await ledger.rows(statement)
    if not found:
        raise UnknownPlaybook(playbook_id, version)
    return _read(found[0])


def playbook_of(connection: Connection, playbook_id: str, version: int) -> Playbook:
    """A version of a playbook, within work that somebody else began.

    Raises:
        UnknownPlaybook: there is none.
    """
    statement = select(playbooks.c.body).where(
        playbooks.c.id == playbook_id, playbooks.c.version == version
    )
    body = connection.scalar(statement)
    if body is None:
        raise UnknownPlaybook(playbook_id, version)
    return _parsed(body)


async def list_playbooks(ledger: Ledger) -> tuple[PublishedPlaybook, ...]:
    """Every version of every playbook, by id, the latest version first."""
    statement = select(playbooks).order_by(playbooks.c.id, playbooks.c.version.desc())
    return tuple(map(_read, await ledger.rows(statement)))


@lru_cache(maxsize=32)  # a choice: more than a company has in use at once
def _parsed(body: str) -> Playbook:
    return Playbook.model_validate_json(body)


def _insert(connection: Connection, row: Row) -> None:
    connection.execute(insert(playbooks), row)


def _read(row: RowMapping) -> PublishedPlaybook:
    playbook = Playbook.model_validate_json(row["body"])
    return PublishedPlaybook(playbook, row["digest"], row["source"], row["published_at"])
