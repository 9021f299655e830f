"""Pace: calendars and leave, claims under way, and what is told to whom."""

import sqlalchemy as sa
from alembic import op

from ledger.types import Document, Utc, Words

revision = "20261126_pace"
down_revision = "20261123_initial"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendars",
        sa.Column("playbook_id", Words(), nullable=False),
        sa.Column("playbook_version", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False, comment="from when on; the latest one is in force"),
        sa.Column("calendar", Document(), nullable=False),
        sa.Column("reason", Words(), nullable=False),
        sa.Column("by", Words(), nullable=False),
        sa.PrimaryKeyConstraint("playbook_id", "playbook_version", "at", name=op.f("pk_calendars")),
        comment="Calendars that took the place of a playbook's own.",
    )
    op.create_table(
        "claims",
        sa.Column("person", Words(), nullable=False),
        sa.Column("deal_id", Words(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("person", "deal_id", name=op.f("pk_claims")),
        comment="Claims under way, so that two at once cannot both be the last one allowed.",
    )
    op.create_table(
        "letters",
        sa.Column("id", Words(), nullable=False),
        sa.Column("person", Words(), nullable=False),
        sa.Column("kind", Words(), nullable=False, comment="alarms, agenda, digest, weekly, test"),
        sa.Column("key", Words(), nullable=False, comment="what makes it come once"),
        sa.Column("language", Words(), nullable=False),
        sa.Column("subject", Words(), nullable=False),
        sa.Column("body", Words(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("key", name=op.f("uq_letters_key")),
        comment="What was written to people.",
    )
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letters_person_at"), ["person", "at"], unique=False)

    op.create_table(
        "recalendars",
        sa.Column("id", Words(), nullable=False),
        sa.Column("status", Words(), nullable=False, comment="running, done, failed"),
        sa.Column("playbook_id", Words(), nullable=True),
        sa.Column("playbook_version", sa.Integer(), nullable=True),
        sa.Column("owner", Words(), nullable=True, comment="null: everybody's deals"),
        sa.Column("reason", Words(), nullable=False),
        sa.Column("by", Words(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False, comment="deals: total, told, refused"),
        sa.Column("fault", Words(), nullable=True),
        sa.Column("started_at", Utc(), nullable=False),
        sa.Column("finished_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recalendars")),
        comment="Recalculations of the due instants of many deals.",
    )
    with op.batch_alter_table("recalendars", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recalendars_started_at"), ["started_at"], unique=False)

    op.create_table(
        "channels",
        sa.Column("id", Words(), nullable=False),
        sa.Column("person", Words(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, comment="order, from 0"),
        sa.Column(
            "address", Words(), nullable=False, comment="`mail`, or an Apprise address with secrets"
        ),
        sa.Column("shown", Words(), nullable=False, comment="the address without secrets"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_channels_person_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
        comment="Where a person is told.",
    )
    with op.batch_alter_table("channels", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_channels_person"), ["person"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("id", Words(), nullable=False),
        sa.Column("letter_id", Words(), nullable=False),
        sa.Column("person", Words(), nullable=False),
        sa.Column("channel_id", Words(), nullable=False),
        sa.Column("channel", Words(), nullable=False, comment="its address without secrets"),
        sa.Column("status", Words(), nullable=False, comment="queued, sent, failed"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("why", Words(), nullable=True, comment="of the last attempt that failed"),
        sa.Column("queued_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True, comment="when it was sent, or given up"),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letters.id"], name=op.f("fk_deliveries_letter_id_letters")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        comment="Each letter on each channel, once.",
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deliveries_letter_id"), ["letter_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_deliveries_person_status"), ["person", "status"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_deliveries_status_queued_at"), ["status", "queued_at"], unique=False
        )

    op.create_table(
        "feeds",
        sa.Column("person", Words(), nullable=False),
        sa.Column("token_sha256", Words(), nullable=False),
        sa.Column("made_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_feeds_person_people")),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_feeds")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_feeds_token_sha256")),
        comment="Who may read a person's agenda as a calendar, by secret address.",
    )
    op.create_table(
        "leaves",
        sa.Column("id", Words(), nullable=False),
        sa.Column("person", Words(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("delegate", Words(), nullable=True, comment="who stands in; null: nobody"),
        sa.Column("note", Words(), nullable=True),
        sa.Column("entered_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delegate"], ["people.id"], name=op.f("fk_leaves_delegate_people")
        ),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_leaves_person_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaves")),
        comment="When people are away.",
    )
    with op.batch_alter_table("leaves", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_leaves_person_last_on"), ["person", "last_on"], unique=False
        )

    op.create_table(
        "notices",
        sa.Column("deal_id", Words(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False, comment="the event that it tells of"),
        sa.Column("person", Words(), nullable=False),
        sa.Column("kind", Words(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("escalation_id", Words(), nullable=True),
        sa.Column("letter_id", Words(), nullable=True, comment="null: not yet told"),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letters.id"], name=op.f("fk_notices_letter_id_letters")
        ),
        sa.PrimaryKeyConstraint("deal_id", "seq", "person", name=op.f("pk_notices")),
        comment="What each person has to be told.",
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notices_letter_id"), ["letter_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_notices_person_letter_id"), ["person", "letter_id"], unique=False
        )

    op.create_table(
        "preferences",
        sa.Column("person", Words(), nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False, comment="alarms wait for `digest_at`"),
        sa.Column("digest_at", Words(), nullable=False, comment="local time, 08:30"),
        sa.Column(
            "agenda_at",
            Words(),
            nullable=True,
            comment="local time of the morning list; null: none",
        ),
        sa.Column("quiet_from", Words(), nullable=True, comment="local time, 22:00"),
        sa.Column("quiet_to", Words(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person"], ["people.id"], name=op.f("fk_preferences_person_people")
        ),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_preferences")),
        comment="How a person wants to be told; no row: the defaults.",
    )
    with op.batch_alter_table("clocks", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "cause",
                Words(),
                nullable=True,
                comment="what started it: stage, action, reply, claim, promise",
            )
        )
        batch_op.add_column(
            sa.Column("cause_by", Words(), nullable=True, comment="whose doing that was")
        )

    with op.batch_alter_table("deals", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "claimed_at",
                Utc(),
                nullable=True,
                comment="when its owner took it from the pool; null: never",
            )
        )
        batch_op.add_column(
            sa.Column("protected_until", Utc(), nullable=True, comment="not recycled before")
        )

    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "hours",
                sa.JSON(none_as_null=True),
                nullable=True,
                comment="own working hours; null: the calendar's",
            )
        )
