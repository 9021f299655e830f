"""The tables that no event fills: people, playbooks, files, imports, workers, letters to people.

Decides names, columns and keys. They hang on the same metadata as those of deals; whoever needs all
tables imports it from here. Every change needs a migration.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    false,
)

from ledger.tables import metadata
from ledger.types import Document, Utc, Words

__all__ = [
    "blobs",
    "calendars",
    "channels",
    "claims",
    "deliveries",
    "feeds",
    "files",
    "heartbeats",
    "import_rows",
    "import_sources",
    "imports",
    "leaves",
    "letters",
    "metadata",
    "notices",
    "people",
    "playbooks",
    "preferences",
    "recalendars",
    "touched",
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
    Column("hours", JSON(none_as_null=True), comment="own working hours; null: the calendar's"),
    Column(
        "automatic",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="a machine: it owns deals until a person takes them",
    ),
    Column("last_on", Date, comment="their last day; null: they stay"),
)

leaves = Table(
    "leaves",
    metadata,
    Column("id", Words, primary_key=True),
    Column("person", Words, ForeignKey("people.id"), nullable=False),
    Column("first_on", Date, nullable=False),
    Column("last_on", Date, nullable=False),
    Column("delegate", Words, ForeignKey("people.id"), comment="who stands in; null: nobody"),
    Column("note", Words),
    Column("entered_at", Utc, nullable=False),
    Index(None, "person", "last_on"),
    comment="When people are away.",
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

touched = Table(
    "touched",
    metadata,
    Column("deal_id", Words, primary_key=True),
    Column("turn", BigInteger, nullable=False, comment="of the transaction that last wrote it"),
    Index(None, "turn"),
    comment="Which deals' rows changed after which, for whoever keeps a copy.",
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("worker", Words, primary_key=True),
    Column("at", Utc, nullable=False),
    comment="When each worker was last alive.",
)

calendars = Table(
    "calendars",
    metadata,
    Column("playbook_id", Words, primary_key=True),
    Column("playbook_version", Integer, primary_key=True),
    Column("at", Utc, primary_key=True, comment="from when on; the latest one is in force"),
    Column("calendar", Document, nullable=False),
    Column("reason", Words, nullable=False),
    Column("by", Words, nullable=False),
    comment="Calendars that took the place of a playbook's own.",
)

recalendars = Table(
    "recalendars",
    metadata,
    Column("id", Words, primary_key=True),
    Column("status", Words, nullable=False, comment="running, done"),
    Column("playbook_id", Words),
    Column("playbook_version", Integer),
    Column("owner", Words, comment="null: everybody's deals"),
    Column("reason", Words, nullable=False),
    Column("by", Words, nullable=False),
    Column("counts", JSON, nullable=False, comment="deals: total, told, refused"),
    Column("started_at", Utc, nullable=False),
    Column("finished_at", Utc),
    Index(None, "started_at"),
    comment="Recalculations of the due instants of many deals.",
)

claims = Table(
    "claims",
    metadata,
    Column("person", Words, primary_key=True),
    Column("deal_id", Words, primary_key=True),
    Column("at", Utc, nullable=False),
    comment="Claims under way, so that two at once cannot both be the last one allowed.",
)

preferences = Table(
    "preferences",
    metadata,
    Column("person", Words, ForeignKey("people.id"), primary_key=True),
    Column("digest", Boolean, nullable=False, comment="alarms wait for `digest_at`"),
    Column("digest_at", Words, nullable=False, comment="local time, 08:30"),
    Column("agenda_at", Words, comment="local time of the morning list; null: none"),
    Column("quiet_from", Words, comment="local time, 22:00"),
    Column("quiet_to", Words),
    comment="How a person wants to be told; no row: the defaults.",
)

channels = Table(
    "channels",
    metadata,
    Column("id", Words, primary_key=True),
    Column("person", Words, ForeignKey("people.id"), nullable=False),
    Column("place", Integer, nullable=False, comment="order, from 0"),
    Column("address", Words, nullable=False, comment="`mail`, or an Apprise address with secrets"),
    Column("shown", Words, nullable=False, comment="the address without secrets"),
    Index(None, "person"),
    comment="Where a person is told.",
)

feeds = Table(
    "feeds",
    metadata,
    Column("person", Words, ForeignKey("people.id"), primary_key=True),
    Column("token_sha256", Words, nullable=False, unique=True),
    Column("made_at", Utc, nullable=False),
    comment="Who may read a person's agenda as a calendar, by secret address.",
)

notices = Table(
    "notices",
    metadata,
    Column("deal_id", Words, primary_key=True),
    Column("seq", Integer, primary_key=True, comment="the event that it tells of"),
    Column("person", Words, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("at", Utc, nullable=False),
    Column("escalation_id", Words),
    Column("letter_id", Words, ForeignKey("letters.id"), comment="null: not yet told"),
    Index(None, "person", "letter_id"),
    Index(None, "letter_id"),
    comment="What each person has to be told.",
)

letters = Table(
    "letters",
    metadata,
    Column("id", Words, primary_key=True),
    Column("person", Words, nullable=False),
    Column("kind", Words, nullable=False, comment="alarms, agenda, digest, weekly, test"),
    Column("key", Words, nullable=False, unique=True, comment="what makes it come once"),
    Column("language", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("body", Words, nullable=False),
    Column("chart", Words, comment="a Vega-Lite specification, drawn for mails"),
    Column("at", Utc, nullable=False),
    Index(None, "person", "at"),
    comment="What was written to people.",
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Words, primary_key=True),
    Column("letter_id", Words, ForeignKey("letters.id"), nullable=False),
    Column("person", Words, nullable=False),
    Column("channel_id", Words, nullable=False),
    Column("channel", Words, nullable=False, comment="its address without secrets"),
    Column("status", Words, nullable=False, comment="queued, sent, failed"),
    Column("attempts", Integer, nullable=False),
    Column("why", Words, comment="of the last attempt that failed"),
    Column("queued_at", Utc, nullable=False),
    Column("ended_at", Utc, comment="when it was sent, or given up"),
    Index(None, "letter_id"),
    Index(None, "person", "status"),
    Index(None, "status", "queued_at"),
    comment="Each letter on each channel, once.",
)
