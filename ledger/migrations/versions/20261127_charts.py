"""Letters may have a chart, which mails show as a picture."""

import sqlalchemy as sa
from alembic import op

from ledger.types import Words

revision = "20261127_charts"
down_revision = "20261126_pins"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "letters",
        sa.Column("chart", Words(), comment="a Vega-Lite specification, drawn for mails"),
    )
