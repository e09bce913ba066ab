"""what decisions rest on: salts of sealed events and answers, evidence, what was recomputed

Revision: 0016, after 0015.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from quizengine.store.rows import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("attempt_events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("salt", sa.String(), nullable=True))
    with op.batch_alter_table("responses", schema=None) as batch_op:
        batch_op.add_column(sa.Column("salt", sa.String(), nullable=True))
    with op.batch_alter_table("grades", schema=None) as batch_op:
        batch_op.add_column(sa.Column("judged_by", sa.JSON(), nullable=True))
    op.create_table(
        "evidence",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "recomputed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.String(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("recomputed", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recomputed_attempt_id"), ["attempt_id"], unique=False)


def downgrade() -> None:
    op.drop_table("recomputed")
    op.drop_table("evidence")
    with op.batch_alter_table("grades", schema=None) as batch_op:
        batch_op.drop_column("judged_by")
    with op.batch_alter_table("responses", schema=None) as batch_op:
        batch_op.drop_column("salt")
    with op.batch_alter_table("attempt_events", schema=None) as batch_op:
        batch_op.drop_column("salt")
