"""running a screen: what staff do to an attempt, holds, erasures, reports of questions, previews

Revision: 0018, after 0015.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from quizengine.store.rows import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KINDS = "kind IN ('blur', 'focus', 'paste', 'copy', 'offline', 'takeover', {}'resize', 'more')"


def upgrade() -> None:
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("voided_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("accommodations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reader_mode", sa.Boolean(), nullable=False, server_default=sa.false()))
    _know("'address_changed', ")
    op.create_table(
        "networks",
        sa.Column("attempt_id", sa.String(), sa.ForeignKey("attempts.id"), primary_key=True),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "question_reports",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("attempt_id", sa.String(), sa.ForeignKey("attempts.id"), nullable=False, index=True),
        sa.Column("slot_id", sa.String(), sa.ForeignKey("slots.id"), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "interventions",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("attempt_id", sa.String(), sa.ForeignKey("attempts.id"), nullable=False, index=True),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "act IN ('add_time', 'pause', 'resume', 'void', 'send_code')", name="known_intervention"
        ),
    )
    op.create_table(
        "previews",
        sa.Column("attempt_id", sa.String(), sa.ForeignKey("attempts.id"), primary_key=True),
        sa.Column("screen_id", sa.String(), sa.ForeignKey("screens.id"), nullable=False, index=True),
        sa.Column("staff_id", sa.String(), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "holds",
        sa.Column("id", sa.Integer(), primary_key=True),
        _organisation(),
        sa.Column("screen_id", sa.String(), sa.ForeignKey("screens.id"), nullable=True),
        sa.Column("candidate_id", sa.String(), sa.ForeignKey("candidates.id"), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("placed_by", sa.String(), nullable=False),
        sa.Column("placed_at", UtcDateTime(), nullable=False),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer(), primary_key=True),
        _organisation(),
        sa.Column("candidate_id", sa.String(), sa.ForeignKey("candidates.id"), nullable=False, index=True),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
    )


def _organisation() -> sa.Column[str]:
    return sa.Column(
        "organisation_id", sa.String(), sa.ForeignKey("organisations.id"), nullable=False, index=True
    )


def _know(more: str) -> None:
    """Let the table of integrity events know one kind more, or that kind no more."""
    with op.batch_alter_table("integrity_events", schema=None) as batch_op:
        batch_op.drop_constraint("known_integrity_event", type_="check")
        batch_op.create_check_constraint("known_integrity_event", KINDS.format(more))


def downgrade() -> None:
    for table in ("erasures", "holds", "previews", "interventions", "question_reports", "networks"):
        op.drop_table(table)
    op.execute("DELETE FROM integrity_events WHERE kind = 'address_changed'")
    _know("")
    with op.batch_alter_table("accommodations", schema=None) as batch_op:
        batch_op.drop_column("reader_mode")
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_column("voided_at")
