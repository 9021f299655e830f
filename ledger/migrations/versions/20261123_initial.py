"""The first tables: events, what follows from them, and what people hand in."""

import sqlalchemy as sa
from alembic import op

from ledger.types import Document, Utc, Words

revision = "20261123_initial"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "actions",
        sa.Column("deal_id", Words(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("action", Words(), nullable=False),
        sa.Column("stage", Words(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("occurred_at", Utc()),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("actor", Words(), nullable=False),
        sa.Column("actor_role", Words(), nullable=False),
        sa.Column("owner", Words(), comment="of the deal, then"),
        sa.Column("team", Words(), comment="of the deal, then"),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("moves", sa.Boolean(), nullable=False),
        sa.Column("follow_up", sa.Boolean(), nullable=False),
        sa.Column("duty", sa.Boolean(), nullable=False),
        sa.Column("evidence_n", sa.Integer(), nullable=False),
        sa.Column("after_close", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("deal_id", "seq", name=op.f("pk_actions")),
        comment="Each action done.",
    )
    op.create_index(op.f("ix_actions_actor_occurred_at"), "actions", ["actor", "occurred_at"])
    op.create_table(
        "blobs",
        sa.Column("sha256", Words(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blobs")),
        comment="Contents of uploaded files, each once.",
    )
    op.create_table(
        "clocks",
        sa.Column("deal_id", Words(), nullable=False),
        sa.Column("id", Words(), nullable=False),
        sa.Column("kind", Words(), nullable=False),
        sa.Column("subject", Words(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("stage", Words()),
        sa.Column("seq", sa.Integer(), nullable=False, comment="the event that started it"),
        sa.Column("state", Words(), nullable=False),
        sa.Column("started_at", Utc(), nullable=False),
        sa.Column("due_at", Utc(), comment="null: paused with no known end"),
        sa.Column("breached_at", Utc(), comment="the due instant it missed"),
        sa.Column("ended_at", Utc(), comment="when it was met or stopped"),
        sa.Column("ended_seq", sa.Integer()),
        sa.Column("owner", Words(), comment="at the due instant, as far as it has come"),
        sa.Column("team", Words(), comment="the same"),
        sa.PrimaryKeyConstraint("deal_id", "id", name=op.f("pk_clocks")),
        comment="Each clock, as it is or as it ended.",
    )
    op.create_index(op.f("ix_clocks_due_at"), "clocks", ["due_at"])
    op.create_table(
        "comments",
        sa.Column("deal_id", Words(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("escalation_id", Words(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("by", Words(), nullable=False),
        sa.Column("note", Words(), nullable=False),
        sa.PrimaryKeyConstraint("deal_id", "seq", name=op.f("pk_comments")),
        comment="What was said about an escalation.",
    )
    op.create_index(op.f("ix_comments_escalation_id"), "comments", ["escalation_id"])
    op.create_table(
        "deal_states",
        sa.Column("deal_id", Words(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("state", Document(), nullable=False),
        sa.PrimaryKeyConstraint("deal_id", name=op.f("pk_deal_states")),
        comment="Each deal folded, whole; apart from `deals`, so that lists stay narrow.",
    )
    op.create_table(
        "deals",
        sa.Column("id", Words(), nullable=False),
        sa.Column("title", Words(), nullable=False),
        sa.Column("customer", Words(), nullable=False),
        sa.Column("owner", Words(), comment="null: in the pool"),
        sa.Column("team", Words()),
        sa.Column("source", Words()),
        sa.Column("amount_minor", sa.BigInteger()),
        sa.Column("currency", Words(), nullable=False),
        sa.Column("playbook_id", Words(), nullable=False),
        sa.Column("playbook_version", sa.Integer(), nullable=False),
        sa.Column("playbook_digest", Words(), nullable=False),
        sa.Column("stage", Words()),
        sa.Column("visit", sa.Integer()),
        sa.Column("stage_entered_at", Utc()),
        sa.Column("status", Words(), nullable=False),
        sa.Column("in_pool", sa.Boolean(), nullable=False),
        sa.Column(
            "overdue",
            sa.Boolean(),
            nullable=False,
            comment="open, and a due instant was missed and not answered",
        ),
        sa.Column("hold_until", Utc()),
        sa.Column(
            "next_due_at",
            Utc(),
            comment="earliest due instant of its live clocks, past ones included",
        ),
        sa.Column("opened_at", Utc()),
        sa.Column("closed_at", Utc()),
        sa.Column("close_reason", Words()),
        sa.Column("follow_ups", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("heard_at", Utc(), nullable=False, comment="`at` of its latest event"),
        sa.Column("search", Words(), nullable=False, comment="title, customer and id, case folded"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deals")),
        comment="Each deal as it is now.",
    )
    op.create_index(op.f("ix_deals_opened_at_id"), "deals", ["opened_at", "id"])
    op.create_index(op.f("ix_deals_owner_status"), "deals", ["owner", "status"])
    op.create_index(op.f("ix_deals_status_next_due_at"), "deals", ["status", "next_due_at"])
    op.create_index(op.f("ix_deals_status_stage"), "deals", ["status", "stage"])
    op.create_index(op.f("ix_deals_team_status"), "deals", ["team", "status"])
    op.create_table(
        "escalations",
        sa.Column("id", Words(), nullable=False),
        sa.Column("deal_id", Words(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", Words(), nullable=False),
        sa.Column("do", Words(), nullable=False),
        sa.Column("to", Words(), nullable=False, comment="a role; who that is, people say"),
        sa.Column("clock", Words()),
        sa.Column("rung", sa.Integer()),
        sa.Column("subject", Words(), nullable=False),
        sa.Column("stage", Words()),
        sa.Column("visit", sa.Integer()),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("rung_at", Utc(), comment="when the rung was due"),
        sa.Column("due_at", Utc()),
        sa.Column("owner", Words(), comment="of the deal, then"),
        sa.Column("team", Words(), comment="of the deal, then"),
        sa.Column("reason", Words()),
        sa.Column("status", Words(), nullable=False),
        sa.Column("acknowledged_at", Utc()),
        sa.Column("acknowledged_by", Words()),
        sa.Column("note", Words()),
        sa.Column("until", Utc()),
        sa.Column("settled_at", Utc()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalations")),
        comment="Each rung reached, and each request for an override.",
    )
    op.create_index(op.f("ix_escalations_deal_id"), "escalations", ["deal_id"])
    op.create_index(op.f("ix_escalations_status_at_id"), "escalations", ["status", "at", "id"])
    op.create_table(
        "events",
        sa.Column("deal_id", Words(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", Words(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("occurred_at", Utc()),
        sa.Column("actor", Words(), nullable=False),
        sa.Column("actor_role", Words(), nullable=False),
        sa.Column("command_id", Words(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("data", Document(), nullable=False),
        sa.PrimaryKeyConstraint("deal_id", "seq", name=op.f("pk_events")),
        sa.UniqueConstraint(
            "deal_id", "command_id", "n", name=op.f("uq_events_deal_id_command_id_n")
        ),
        comment="What happened to every deal, in order; append only.",
    )
    op.create_table(
        "heartbeats",
        sa.Column("worker", Words(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_heartbeats")),
        comment="When each worker was last alive.",
    )
    op.create_table(
        "import_sources",
        sa.Column("source", Words(), nullable=False),
        sa.Column("reference", Words(), nullable=False),
        sa.Column("deal_id", Words(), nullable=False),
        sa.PrimaryKeyConstraint("source", "reference", name=op.f("pk_import_sources")),
        comment="Which deal each imported row became, so that it becomes it once.",
    )
    op.create_index(op.f("ix_import_sources_deal_id"), "import_sources", ["deal_id"])
    op.create_table(
        "imports",
        sa.Column("id", Words(), nullable=False),
        sa.Column("status", Words(), nullable=False),
        sa.Column("format", Words(), nullable=False),
        sa.Column("file_name", Words(), nullable=False),
        sa.Column("file_digest", Words(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("fault", Words()),
        sa.Column("started_at", Utc(), nullable=False),
        sa.Column("finished_at", Utc()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index(op.f("ix_imports_started_at"), "imports", ["started_at"])
    op.create_table(
        "owners",
        sa.Column("deal_id", Words(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("owner", Words(), comment="null: the pool"),
        sa.Column("team", Words()),
        sa.Column("since", Utc(), comment="null: an import does not know"),
        sa.Column("heard_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("deal_id", "seq", name=op.f("pk_owners")),
        comment="Who owned a deal, from each instant on.",
    )
    op.create_index(op.f("ix_owners_owner_since"), "owners", ["owner", "since"])
    op.create_table(
        "people",
        sa.Column("id", Words(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("email", Words()),
        sa.Column("role", Words(), nullable=False),
        sa.Column("manager", Words()),
        sa.Column("team", Words()),
        sa.Column("locale", Words()),
        sa.Column("time_zone", Words()),
        sa.ForeignKeyConstraint(["manager"], ["people.id"], name=op.f("fk_people_manager_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_table(
        "playbooks",
        sa.Column("id", Words(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", Words(), nullable=False),
        sa.Column(
            "body", Document(), nullable=False, comment="the playbook, its calendar resolved"
        ),
        sa.Column("source", Words(), nullable=False, comment="as its author wrote it"),
        sa.Column("published_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_playbooks")),
    )
    op.create_table(
        "stage_visits",
        sa.Column("deal_id", Words(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("stage", Words(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("entered_at", Utc(), comment="null: an import does not know"),
        sa.Column("heard_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc()),
        sa.Column("end", Words(), comment="forward, back, won, lost, dropped"),
        sa.Column("ended_seq", sa.Integer()),
        sa.Column("owner", Words(), comment="at entry"),
        sa.Column("team", Words(), comment="at entry"),
        sa.Column("person", Words(), comment="the first who owned it"),
        sa.Column("person_team", Words()),
        sa.Column("reassigned", sa.Boolean(), nullable=False, comment="the owner changed inside"),
        sa.Column("waived", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("deal_id", "number", name=op.f("pk_stage_visits")),
        comment="Each stay in a stage.",
    )
    op.create_index(
        op.f("ix_stage_visits_stage_entered_at"), "stage_visits", ["stage", "entered_at"]
    )
    op.create_table(
        "files",
        sa.Column("id", Words(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("media_type", Words(), nullable=False),
        sa.Column("sha256", Words(), nullable=False),
        sa.Column("stored_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["blobs.sha256"], name=op.f("fk_files_sha256_blobs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    op.create_table(
        "import_rows",
        sa.Column("import_id", Words(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False, comment="order of the report"),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("severity", Words(), nullable=False),
        sa.Column("rule", Words(), nullable=False),
        sa.Column("message", Words(), nullable=False),
        sa.Column("deal_id", Words()),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_rows_import_id_imports")
        ),
        sa.PrimaryKeyConstraint("import_id", "n", name=op.f("pk_import_rows")),
        comment="What an import refused, repaired or noted.",
    )
