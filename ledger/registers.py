"""The tables that no event fills: people, playbooks, files, imports, workers.

Decides names, columns and keys. They hang on the same metadata as those of deals; whoever needs all
tables imports it from here. Every change needs a migration.
"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table

from ledger.tables import metadata
from ledger.types import Document, Utc, Words

__all__ = [
    "blobs",
    "files",
    "heartbeats",
    "import_rows",
    "import_sources",
    "imports",
    "metadata",
    "people",
    "playbooks",
]

people = Table(
    "people",
    metadata,
    Column("id", Words, primary_key=True),
    Column("name", Words, nullable=False),
    Column("email", Words),
    Column("role", Words, nullable=False),
    Column("manager", Words, ForeignKey("people.id")),
    Column("team", Words),
    Column("locale", Words),
    Column("time_zone", Words),
)

playbooks = Table(
    "playbooks",
    metadata,
    Column("id", Words, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("digest", Words, nullable=False),
    Column("body", Document, nullable=False, comment="the playbook, its calendar resolved"),
    Column("source", Words, nullable=False, comment="as its author wrote it"),
    Column("published_at", Utc, nullable=False),
)

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", Words, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    comment="Contents of uploaded files, each once.",
)

files = Table(
    "files",
    metadata,
    Column("id", Words, primary_key=True),
    Column("name", Words, nullable=False),
    Column("media_type", Words, nullable=False),
    Column("sha256", Words, ForeignKey("blobs.sha256"), nullable=False),
    Column("stored_at", Utc, nullable=False),
)

imports = Table(
    "imports",
    metadata,
    Column("id", Words, primary_key=True),
    Column("status", Words, nullable=False),
    Column("format", Words, nullable=False),
    Column("file_name", Words, nullable=False),
    Column("file_digest", Words, nullable=False),
    Column("mapping", JSON, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("fault", Words),
    Column("started_at", Utc, nullable=False),
    Column("finished_at", Utc),
    Index(None, "started_at"),
)

import_rows = Table(
    "import_rows",
    metadata,
    Column("import_id", Words, ForeignKey("imports.id"), primary_key=True),
    Column("n", Integer, primary_key=True, comment="order of the report"),
    Column("row_number", Integer, nullable=False),
    Column("severity", Words, nullable=False),
    Column("rule", Words, nullable=False),
    Column("message", Words, nullable=False),
    Column("deal_id", Words),
    comment="What an import refused, repaired or noted.",
)

import_sources = Table(
    "import_sources",
    metadata,
    Column("source", Words, primary_key=True),
    Column("reference", Words, primary_key=True),
    Column("deal_id", Words, nullable=False),
    Index(None, "deal_id"),
    comment="Which deal each imported row became, so that it becomes it once.",
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("worker", Words, primary_key=True),
    Column("at", Utc, nullable=False),
    comment="When each worker was last alive.",
)
