"""Who may read their agenda as a calendar, by a secret address.

Decides that a person has one address at a time. Keeps no secret, only its SHA-256. Must never know
what the calendar says.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Connection, delete, select

from ledger.people import Person, UnknownPerson
from ledger.registers import feeds, people
from ledger.rows import Put, Rows
from ledger.session import Ledger


async def open_feed(ledger: Ledger, person: str, secret: str, *, now: datetime) -> None:
    """Let whoever knows the secret read a person's agenda; an earlier one stops working.

    Raises:
        UnknownPerson: there is nobody of that id.
    """
    await ledger.write(_open, person, secret, now)


async def close_feed(ledger: Ledger, person: str) -> bool:
    """Let nobody read it any more; whether somebody could."""
    return await ledger.write(_close, person)


async def feed_owner(ledger: Ledger, secret: str) -> Person | None:
    """Whose agenda the secret opens; None: nobody's."""
    statement = select(people).join(feeds, feeds.c.person == people.c.id)
    found = await ledger.rows(statement.where(feeds.c.token_sha256 == _hidden(secret)))
    return Person(**found[0]) if found else None


def _open(connection: Connection, person: str, secret: str, now: datetime) -> None:
    if connection.scalar(select(people.c.id).where(people.c.id == person)) is None:
        raise UnknownPerson(person)
    row = {"person": person, "token_sha256": _hidden(secret), "made_at": now}
    Rows([Put(feeds, row)]).write(connection)


def _close(connection: Connection, person: str) -> bool:
    return bool(connection.execute(delete(feeds).where(feeds.c.person == person)).rowcount)


def _hidden(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
