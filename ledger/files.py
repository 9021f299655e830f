"""Uploaded files: quotes, minutes, contracts.

Decides that the same content is kept once, and that the same file uploaded again is the same file.
Must never look into a content.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, exists, select

from ledger.registers import blobs, files
from ledger.rows import Put, Rows
from ledger.session import Ledger


class UnknownFile(Exception):
    """No file has that id.

    Attributes:
        file: the id.
    """

    def __init__(self, file: str) -> None:
        super().__init__(f"no file has the id {file!r}")
        self.file = file


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An uploaded file; `size` in bytes."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    stored_at: datetime


async def store_file(
    ledger: Ledger, name: str, media_type: str, content: bytes, *, now: datetime
) -> StoredFile:
    """Keep a file; the same name, type and content again give the file that is there."""
    sha256 = hashlib.sha256(content).hexdigest()
    named = f"{sha256}/{media_type}/{name}"
    file_id = hashlib.sha256(named.encode()).hexdigest()[:32]
    stored = StoredFile(file_id, name, media_type, len(content), sha256, now)
    return await ledger.write(_store, stored, content)


async def find_file(ledger: Ledger, file_id: str) -> StoredFile:
    """What is known of a file.

    Raises:
        UnknownFile: there is none of that id.
    """
    statement = select(*_FILE).join(blobs).where(files.c.id == file_id)
    found = await ledger.rows(statement)
    if not found:
        raise UnknownFile(file_id)
    return StoredFile(**found[0])


async def file_content(ledger: Ledger, file_id: str) -> bytes:
    """What is in a file.

    Raises:
        UnknownFile: there is none of that id.
    """
    statement = select(blobs.c.content).join(files).where(files.c.id == file_id)
    found = await ledger.rows(statement)
    if not found:
        raise UnknownFile(file_id)
    content: bytes = found[0][blobs.c.content]
    return content


_FILE = (files, blobs.c.size)


def _store(connection: Connection, stored: StoredFile, content: bytes) -> StoredFile:
    known = connection.scalar(select(files.c.stored_at).where(files.c.id == stored.id))
    if known:
        return replace(stored, stored_at=known)
    if not connection.scalar(select(exists().where(blobs.c.sha256 == stored.sha256))):
        blob = {"sha256": stored.sha256, "size": stored.size, "content": content}
        Rows([Put(blobs, blob)]).write(connection)
    row = {name: value for name, value in asdict(stored).items() if name in files.c}
    Rows([Put(files, row)]).write(connection)
    return stored
