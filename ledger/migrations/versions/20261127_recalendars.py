"""A recalendar does not fail: where the engine did not take it, a worker begins it later."""

from alembic import op

from ledger.types import Words

revision = "20261127_recalendars"
down_revision = "20261127_charts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE recalendars SET status = 'running' WHERE status = 'failed'")
    with op.batch_alter_table("recalendars", schema=None) as batch_op:
        batch_op.alter_column(
            "status",
            existing_type=Words(),
            existing_nullable=False,
            comment="running, done",
            existing_comment="running, done, failed",
        )
        batch_op.drop_column("fault")
