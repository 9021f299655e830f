"""People may leave for good."""

import sqlalchemy as sa
from alembic import op

revision = "20261127_leavers"
down_revision = "20261127_recalendars"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "people", sa.Column("last_on", sa.Date(), comment="their last day; null: they stay")
    )
