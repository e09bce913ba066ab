"""The attempt contract: deadlines, leases, time that is added, what happened

Revision: 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from quizengine.store.rows import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KINDS = "kind IN ('diagnostic', 'practice', 'screening', 'preview', 'confirmation')"
STATES = "state IN ('ready', 'in_progress', 'paused', 'submitted', 'timed_out', 'abandoned')"


def upgrade() -> None:
    op.create_table(
        "outages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "sweeper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("ticked_at", UtcDateTime(), nullable=False),
        sa.Column("monotonic", sa.Double(), nullable=False),
        sa.Column("swept_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "accommodations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.String(), nullable=False),
        sa.Column("multiplier_percent", sa.Integer(), nullable=False),
        sa.Column("untimed", sa.Boolean(), nullable=False),
        sa.Column("breaks", sa.Boolean(), nullable=False),
        sa.Column("large_print", sa.Boolean(), nullable=False),
        sa.Column("integrity_off", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("granted_by", sa.String(), nullable=False),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.Column("valid_to", UtcDateTime(), nullable=True),
        sa.CheckConstraint("multiplier_percent BETWEEN 100 AND 300", name="multiplier_in_range"),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["learners.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("accommodations", schema=None) as batch_op:
        batch_op.create_index("accommodations_of_learner", ["learner_id", "granted_at"], unique=False)

    op.create_table(
        "attempt_events",
        sa.Column("attempt_id", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["attempts.id"],
        ),
        sa.PrimaryKeyConstraint("attempt_id", "n"),
    )
    op.create_table(
        "integrity_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('blur', 'focus', 'paste', 'copy', 'offline', 'takeover', 'resize', 'more')",
            name="known_integrity_event",
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["attempts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("integrity_events", schema=None) as batch_op:
        batch_op.create_index("integrity_of_attempt", ["attempt_id"], unique=False)

    op.create_table(
        "time_credits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.Column("outage_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('outage', 'connection', 'grant', 'pause')", name="known_credit"),
        sa.CheckConstraint("milliseconds >= 0", name="no_time_is_taken"),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["attempts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["outage_id"],
            ["outages.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("attempt_id", "n"),
        sa.UniqueConstraint("attempt_id", "outage_id"),
    )
    op.create_table(
        "orphan_drafts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("attempt_id", sa.String(), nullable=False),
        sa.Column("slot_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["attempts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["slot_id"],
            ["slots.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("orphan_drafts", schema=None) as batch_op:
        batch_op.create_index("orphans_of_attempt", ["attempt_id"], unique=False)

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("planned", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
        batch_op.add_column(sa.Column("base_ms", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("multiplier_percent", sa.Integer(), nullable=False, server_default="100")
        )
        batch_op.add_column(sa.Column("untimed", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("may_pause", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("closes_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("deadline_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("paused_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("last_contact_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("epoch", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("lease_hash", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("lease_device", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("lease_tab", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("continues", sa.String(), nullable=True))
        batch_op.drop_constraint("known_kind", type_="check")
        batch_op.drop_constraint("known_state", type_="check")
        batch_op.create_check_constraint("known_kind", KINDS)
        batch_op.create_check_constraint("known_state", STATES)
        batch_op.create_index("attempts_by_state", ["state", "deadline_at"], unique=False)

    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("decimal", sa.String(), nullable=False, server_default="point"))

    with op.batch_alter_table("responses", schema=None) as batch_op:
        batch_op.add_column(sa.Column("idempotency_key", sa.String(), nullable=False, server_default=""))

    with op.batch_alter_table("slots", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(), nullable=False, server_default="open"))
        batch_op.create_check_constraint(
            "known_slot_state", "state IN ('open', 'committed', 'unreadable_at_end', 'withdrawn')"
        )
    op.execute("UPDATE slots SET state = 'committed' WHERE committed_at IS NOT NULL")


def downgrade() -> None:
    # The older program knows neither state; an attempt of a kind that it does not know makes this fail.
    op.execute("UPDATE attempts SET state = 'in_progress' WHERE state = 'paused'")
    op.execute("UPDATE attempts SET state = 'submitted' WHERE state = 'timed_out'")
    with op.batch_alter_table("slots", schema=None) as batch_op:
        batch_op.drop_constraint("known_slot_state", type_="check")
        batch_op.drop_column("state")

    with op.batch_alter_table("responses", schema=None) as batch_op:
        batch_op.drop_column("idempotency_key")

    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.drop_column("decimal")

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_constraint("known_kind", type_="check")
        batch_op.drop_constraint("known_state", type_="check")
        batch_op.drop_index("attempts_by_state")
        batch_op.drop_column("continues")
        batch_op.drop_column("lease_tab")
        batch_op.drop_column("lease_device")
        batch_op.drop_column("lease_hash")
        batch_op.drop_column("epoch")
        batch_op.drop_column("revision")
        batch_op.drop_column("last_contact_at")
        batch_op.drop_column("paused_at")
        batch_op.drop_column("deadline_at")
        batch_op.drop_column("closes_at")
        batch_op.drop_column("may_pause")
        batch_op.drop_column("untimed")
        batch_op.drop_column("multiplier_percent")
        batch_op.drop_column("base_ms")
        batch_op.drop_column("planned")
        batch_op.create_check_constraint("known_kind", "kind IN ('diagnostic', 'practice')")
        batch_op.create_check_constraint(
            "known_state", "state IN ('ready', 'in_progress', 'submitted', 'abandoned')"
        )

    with op.batch_alter_table("orphan_drafts", schema=None) as batch_op:
        batch_op.drop_index("orphans_of_attempt")

    op.drop_table("orphan_drafts")
    op.drop_table("time_credits")
    with op.batch_alter_table("integrity_events", schema=None) as batch_op:
        batch_op.drop_index("integrity_of_attempt")

    op.drop_table("integrity_events")
    op.drop_table("attempt_events")
    with op.batch_alter_table("accommodations", schema=None) as batch_op:
        batch_op.drop_index("accommodations_of_learner")

    op.drop_table("accommodations")
    op.drop_table("sweeper")
    op.drop_table("outages")
