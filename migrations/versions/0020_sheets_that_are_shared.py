"""sheets that are shared, and whose answers stand on them

Revision: 0020, after 0019.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from quizengine.store.rows import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

#: What was entered so far is of whoever had the sheet printed.
OF_THE_OWNER = """
UPDATE sheet_marks SET learner_id = (
    SELECT sheet_runs.learner_id FROM sheets JOIN sheet_runs ON sheet_runs.id = sheets.run_id
    WHERE sheets.code = sheet_marks.code
)
"""
BY_OTHERS = """
DELETE FROM sheet_marks WHERE learner_id IS NOT NULL AND NOT EXISTS (
    SELECT * FROM sheets JOIN sheet_runs ON sheet_runs.id = sheets.run_id
    WHERE sheets.code = sheet_marks.code AND sheet_runs.learner_id = sheet_marks.learner_id
)
"""


def upgrade() -> None:
    with op.batch_alter_table("sheets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("shared_at", UtcDateTime(), nullable=True))
    # By hand: SQLite would copy the table for the reference, and lose the constraints of the others.
    op.execute("ALTER TABLE sheet_marks ADD COLUMN learner_id VARCHAR REFERENCES learners (id)")
    op.create_index("sheet_marks_of_learner", "sheet_marks", ["learner_id", "code", "number"], unique=False)
    op.execute(OF_THE_OWNER)


def downgrade() -> None:
    # What others entered on shared sheets would be taken for the owner's.
    op.execute(BY_OTHERS)
    op.drop_index("sheet_marks_of_learner", "sheet_marks")
    op.execute("ALTER TABLE sheet_marks DROP COLUMN learner_id")
    with op.batch_alter_table("sheets", schema=None) as batch_op:
        batch_op.drop_column("shared_at")
