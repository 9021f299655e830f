"""Reports: what was known of a deal from when on, and which deals changed lately."""

import sqlalchemy as sa
from alembic import op

from ledger.types import Utc, Words

revision = "20261126_reports"
down_revision = "20261126_pace"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "amounts",
        sa.Column("deal_id", Words(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("since", Utc(), nullable=True, comment="null: an import does not know"),
        sa.PrimaryKeyConstraint("deal_id", "seq", name=op.f("pk_amounts")),
        comment="What a deal was worth, from each instant on.",
    )
    op.create_table(
        "facts",
        sa.Column("deal_id", Words(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("fact", Words(), nullable=False),
        sa.Column("value", Words(), nullable=True, comment="null: no short text"),
        sa.Column("present", sa.Boolean(), nullable=False, comment="not taken back"),
        sa.Column("since", Utc(), nullable=True, comment="null: an import does not know"),
        sa.PrimaryKeyConstraint("deal_id", "seq", "fact", name=op.f("pk_facts")),
        comment="What was known of a deal, from each instant on; texts that can be compared.",
    )
    op.create_table(
        "holds",
        sa.Column("deal_id", Words(), nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.Column("reason", Words(), nullable=False),
        sa.PrimaryKeyConstraint("deal_id", "since", name=op.f("pk_holds")),
        comment="When a deal rested on purpose.",
    )
    op.create_table(
        "touched",
        sa.Column("deal_id", Words(), nullable=False),
        sa.Column(
            "turn", sa.BigInteger(), nullable=False, comment="of the transaction that last wrote it"
        ),
        sa.PrimaryKeyConstraint("deal_id", name=op.f("pk_touched")),
        comment="Which deals' rows changed after which, for whoever keeps a copy.",
    )
    with op.batch_alter_table("touched", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_touched_turn"), ["turn"], unique=False)

    with op.batch_alter_table("actions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "note_letters",
                sa.Integer(),
                nullable=True,
                comment="letters of its note; null: it has none",
            )
        )
        batch_op.add_column(sa.Column("note_length", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "note_key",
                sa.BigInteger(),
                nullable=True,
                comment="the same of notes that say the same",
            )
        )

    with op.batch_alter_table("deals", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "seen_at",
                Utc(),
                nullable=True,
                comment="when a source that knows no opening saw it",
            )
        )

    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "automatic",
                sa.Boolean(),
                server_default=sa.false(),
                nullable=False,
                comment="a machine: it owns deals until a person takes them",
            )
        )
