"""Deals may go on by another version of their playbook: which versions they went by before."""

import sqlalchemy as sa
from alembic import op

from ledger.types import Utc, Words

revision = "20261126_pins"
down_revision = "20261126_reports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pins",
        sa.Column("deal_id", Words(), nullable=False),
        sa.Column(
            "seq",
            sa.Integer(),
            nullable=False,
            comment="of the event that ended it",
        ),
        sa.Column("playbook_id", Words(), nullable=False),
        sa.Column("playbook_version", sa.Integer(), nullable=False),
        sa.Column("until", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("deal_id", "seq", name=op.f("pk_pins")),
        comment="Which versions a deal went by before its present one.",
    )
