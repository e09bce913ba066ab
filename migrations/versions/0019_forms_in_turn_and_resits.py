"""forms that take turns, and why somebody sits again

Revision: 0019, after 0015.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("profiles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pool", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("resit_reason", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_column("resit_reason")
    with op.batch_alter_table("profiles", schema=None) as batch_op:
        batch_op.drop_column("pool")
