"""The tables of deals: what is kept for ever, and what follows from it.

Decides names, columns and keys. `events` is only ever added to. `DERIVED` can be thrown away and
folded anew from it (`rebuild`), so nothing may stand there that an event does not say. Amounts are
minor units of `currency`. Every change needs a migration.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
)

from ledger.types import Document, Utc, Words

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

FIRST = "first"
"""Key of `Column.info`: once the column named there has a value, this one keeps what it has."""

events = Table(
    "events",
    metadata,
    Column("deal_id", Words, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("at", Utc, nullable=False),
    Column("occurred_at", Utc),
    Column("actor", Words, nullable=False),
    Column("actor_role", Words, nullable=False),
    Column("command_id", Words, nullable=False),
    Column("n", Integer, nullable=False),
    Column("data", Document, nullable=False),
    UniqueConstraint("deal_id", "command_id", "n"),
    comment="What happened to every deal, in order; append only.",
)

deals = Table(
    "deals",
    metadata,
    Column("id", Words, primary_key=True),
    Column("title", Words, nullable=False),
    Column("customer", Words, nullable=False),
    Column("owner", Words, comment="null: in the pool"),
    Column("team", Words),
    Column("source", Words),
    Column("amount_minor", BigInteger),
    Column("currency", Words, nullable=False),
    Column("playbook_id", Words, nullable=False),
    Column("playbook_version", Integer, nullable=False),
    Column("playbook_digest", Words, nullable=False),
    Column("stage", Words),
    Column("visit", Integer),
    Column("stage_entered_at", Utc),
    Column("status", Words, nullable=False),
    Column("in_pool", Boolean, nullable=False),
    Column(
        "overdue",
        Boolean,
        nullable=False,
        comment="open, and a due instant was missed and not answered",
    ),
    Column("hold_until", Utc),
    Column("claimed_at", Utc, comment="when its owner took it from the pool; null: never"),
    Column("protected_until", Utc, comment="not recycled before"),
    Column(
        "next_due_at", Utc, comment="earliest due instant of its live clocks, past ones included"
    ),
    Column("opened_at", Utc),
    Column("seen_at", Utc, comment="when a source that knows no opening saw it"),
    Column("closed_at", Utc),
    Column("close_reason", Words),
    Column("follow_ups", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("heard_at", Utc, nullable=False, comment="`at` of its latest event"),
    Column("search", Words, nullable=False, comment="title, customer and id, case folded"),
    Index(None, "owner", "status"),
    Index(None, "team", "status"),
    Index(None, "status", "stage"),
    Index(None, "status", "next_due_at"),
    Index(None, "opened_at", "id"),
    comment="Each deal as it is now.",
)

deal_states = Table(
    "deal_states",
    metadata,
    Column("deal_id", Words, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("state", Document, nullable=False),
    comment="Each deal folded, whole; apart from `deals`, so that lists stay narrow.",
)

stage_visits = Table(
    "stage_visits",
    metadata,
    Column("deal_id", Words, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("stage", Words, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("entered_at", Utc, comment="null: an import does not know"),
    Column("heard_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("end", Words, comment="forward, back, won, lost, dropped"),
    Column("ended_seq", Integer),
    Column("owner", Words, comment="at entry"),
    Column("team", Words, comment="at entry"),
    Column("person", Words, comment="the first who owned it", info={FIRST: "person"}),
    Column("person_team", Words, info={FIRST: "person"}),
    Column("reassigned", Boolean, nullable=False, comment="the owner changed inside"),
    Column("waived", JSON, nullable=False),
    Index(None, "stage", "entered_at"),
    comment="Each stay in a stage.",
)

owners = Table(
    "owners",
    metadata,
    Column("deal_id", Words, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("owner", Words, comment="null: the pool"),
    Column("team", Words),
    Column("since", Utc, comment="null: an import does not know"),
    Column("heard_at", Utc, nullable=False),
    Index(None, "owner", "since"),
    comment="Who owned a deal, from each instant on.",
)

pins = Table(
    "pins",
    metadata,
    Column("deal_id", Words, primary_key=True),
    Column("seq", Integer, primary_key=True, comment="of the event that ended it"),
    Column("playbook_id", Words, nullable=False),
    Column("playbook_version", Integer, nullable=False),
    Column("until", Utc, nullable=False),
    comment="Which versions a deal went by before its present one.",
)

amounts = Table(
    "amounts",
    metadata,
    Column("deal_id", Words, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("amount_minor", BigInteger, nullable=False),
    Column("since", Utc, comment="null: an import does not know"),
    comment="What a deal was worth, from each instant on.",
)

facts = Table(
    "facts",
    metadata,
    Column("deal_id", Words, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("fact", Words, primary_key=True),
    Column("value", Words, comment="null: no short text"),
    Column("present", Boolean, nullable=False, comment="not taken back"),
    Column("since", Utc, comment="null: an import does not know"),
    comment="What was known of a deal, from each instant on; texts that can be compared.",
)

holds = Table(
    "holds",
    metadata,
    Column("deal_id", Words, primary_key=True),
    Column("since", Utc, primary_key=True),
    Column("ended_at", Utc),
    Column("reason", Words, nullable=False),
    comment="When a deal rested on purpose.",
)

actions = Table(
    "actions",
    metadata,
    Column("deal_id", Words, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("action", Words, nullable=False),
    Column("stage", Words, nullable=False),
    Column("visit", Integer, nullable=False),
    Column("occurred_at", Utc),
    Column("at", Utc, nullable=False),
    Column("actor", Words, nullable=False),
    Column("actor_role", Words, nullable=False),
    Column("owner", Words, comment="of the deal, then"),
    Column("team", Words, comment="of the deal, then"),
    Column("late", Boolean, nullable=False),
    Column("moves", Boolean, nullable=False),
    Column("follow_up", Boolean, nullable=False),
    Column("duty", Boolean, nullable=False),
    Column("evidence_n", Integer, nullable=False),
    Column("note_letters", Integer, comment="letters of its note; null: it has none"),
    Column("note_length", Integer),
    Column("note_key", BigInteger, comment="the same of notes that say the same"),
    Column("after_close", Boolean, nullable=False),
    Index(None, "actor", "occurred_at"),
    comment="Each action done.",
)

clocks = Table(
    "clocks",
    metadata,
    Column("deal_id", Words, primary_key=True),
    Column("id", Words, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("visit", Integer, nullable=False),
    Column("stage", Words),
    Column("seq", Integer, nullable=False, comment="the event that started it"),
    Column("state", Words, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("cause", Words, comment="what started it: stage, action, reply, claim, promise"),
    Column("cause_by", Words, comment="whose doing that was"),
    Column("due_at", Utc, comment="null: paused with no known end"),
    Column("breached_at", Utc, comment="the due instant it missed"),
    Column("ended_at", Utc, comment="when it was met or stopped"),
    Column("ended_seq", Integer),
    Column("owner", Words, comment="at the due instant, as far as it has come"),
    Column("team", Words, comment="the same"),
    Index(None, "due_at"),
    comment="Each clock, as it is or as it ended.",
)

escalations = Table(
    "escalations",
    metadata,
    Column("id", Words, primary_key=True),
    Column("deal_id", Words, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", Words, nullable=False),
    Column("do", Words, nullable=False),
    Column("to", Words, nullable=False, comment="a role; who that is, people say"),
    Column("clock", Words),
    Column("rung", Integer),
    Column("subject", Words, nullable=False),
    Column("stage", Words),
    Column("visit", Integer),
    Column("at", Utc, nullable=False),
    Column("rung_at", Utc, comment="when the rung was due"),
    Column("due_at", Utc),
    Column("owner", Words, comment="of the deal, then"),
    Column("team", Words, comment="of the deal, then"),
    Column("reason", Words),
    Column("status", Words, nullable=False),
    Column("acknowledged_at", Utc),
    Column("acknowledged_by", Words),
    Column("note", Words),
    Column("until", Utc),
    Column("settled_at", Utc),
    Index(None, "deal_id"),
    Index(None, "status", "at", "id"),
    comment="Each rung reached, and each request for an override.",
)

comments = Table(
    "comments",
    metadata,
    Column("deal_id", Words, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("escalation_id", Words, nullable=False),
    Column("at", Utc, nullable=False),
    Column("by", Words, nullable=False),
    Column("note", Words, nullable=False),
    Index(None, "escalation_id"),
    comment="What was said about an escalation.",
)

DERIVED = (
    deals,
    deal_states,
    stage_visits,
    owners,
    pins,
    amounts,
    facts,
    holds,
    actions,
    clocks,
    escalations,
    comments,
)
"""What `rebuild` makes anew from `events`."""
