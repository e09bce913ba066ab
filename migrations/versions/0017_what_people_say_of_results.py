"""what people say of results: reviews, words of candidates; when answers were saved

Revision: 0017, after 0015.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from quizengine.store.rows import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _reviews()
    _messages()
    with op.batch_alter_table("slots", schema=None) as batch_op:
        batch_op.add_column(sa.Column("first_saved_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("saves", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("conditions_told", sa.Boolean(), server_default=sa.false(), nullable=False)
        )


def _reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("agreements", sa.JSON(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("independent", sa.Boolean(), nullable=False),
        sa.Column("evidence_hash", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitations.id"]),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reviews_invitation_id"), ["invitation_id"], unique=False)


def _messages() -> None:
    op.create_table(
        "candidate_messages",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("invitation_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('comment', 'review')", name="known_message"),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitations.id"]),
        sa.ForeignKeyConstraint(["answered_by"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("candidate_messages", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_candidate_messages_invitation_id"), ["invitation_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_column("conditions_told")
    with op.batch_alter_table("slots", schema=None) as batch_op:
        batch_op.drop_column("saves")
        batch_op.drop_column("first_saved_at")
    op.drop_table("candidate_messages")
    op.drop_table("reviews")
