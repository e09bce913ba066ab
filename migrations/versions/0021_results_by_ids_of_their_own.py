"""results by ids of their own, screens that end what goes on, questions that are withdrawn

Revision: 0021, after 0020. Before, a result had the id of its invitation, which stands beside a name; old
addresses of results lead nowhere afterwards. The id is part of the evidence of a decision: what was decided
before says from then on that it was decided on other evidence.
"""

from __future__ import annotations

from base64 import b32encode
from secrets import token_bytes

import sqlalchemy as sa
from alembic import op

from quizengine.store.rows import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("result_id", sa.String(), nullable=True))
    invitations = sa.table("invitations", sa.column("id", sa.String), sa.column("result_id", sa.String))
    bind = op.get_bind()
    for found in bind.execute(sa.select(invitations.c.id)).scalars().all():
        made = b32encode(token_bytes(16)).decode().rstrip("=").lower()
        bind.execute(invitations.update().where(invitations.c.id == found).values(result_id=made))
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.alter_column("result_id", existing_type=sa.String(), nullable=False)
        batch_op.create_unique_constraint("results_have_ids_of_their_own", ["result_id"])
    with op.batch_alter_table("recomputed", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="regraded"))
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("question_id", sa.String(), nullable=False, index=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
    )
    with op.batch_alter_table("screens", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hard_close", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hard_close", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("shut_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_table("withdrawals")
    with op.batch_alter_table("recomputed", schema=None) as batch_op:
        batch_op.drop_column("kind")
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_column("shut_at")
        batch_op.drop_column("hard_close")
    with op.batch_alter_table("screens", schema=None) as batch_op:
        batch_op.drop_column("hard_close")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_constraint("results_have_ids_of_their_own", type_="unique")
        batch_op.drop_column("result_id")
