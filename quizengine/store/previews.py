"""Attempts with which staff looked at their own screens: old ones are deleted whole. Nothing commits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.orm import Session

from quizengine.store.attempt_rows import (
    AttemptEventRow,
    InterventionRow,
    OrphanDraftRow,
    QuestionReportRow,
    TimeCreditRow,
)
from quizengine.store.evidence_rows import ComputedRow, RecomputedRow
from quizengine.store.hiring_rows import PreviewRow
from quizengine.store.retention import forget_traces, held_screens
from quizengine.store.rows import AttemptRow, DraftRow, GradeRow, LearnerRow, ResponseRow, SlotRow

#: What belongs to an attempt beside its slots, and beside the traces that a page noted.
OF_ATTEMPT = (
    AttemptEventRow, TimeCreditRow, OrphanDraftRow, QuestionReportRow, InterventionRow, ComputedRow,
    RecomputedRow, PreviewRow,
)  # fmt: skip


def screen_of(session: Session, attempt_id: str) -> str | None:
    """Return the id of the screen that an attempt is a preview of, if it is one."""
    return session.scalar(select(PreviewRow.screen_id).where(PreviewRow.attempt_id == attempt_id))


def _old(before: datetime) -> ColumnElement[bool]:
    return and_(PreviewRow.made_at < before, PreviewRow.screen_id.not_in(held_screens()))


def count_old(session: Session, *, before: datetime) -> dict[str, int]:
    """Return how many previews from before a moment each screen has that no legal hold keeps."""
    rows = session.execute(
        select(PreviewRow.screen_id, func.count()).where(_old(before)).group_by(PreviewRow.screen_id)
    )
    return {row[0]: row[1] for row in rows}


def forget_old(session: Session, *, before: datetime, most: int) -> int:
    """Delete previews from before a moment, whole, at most so many; return how many."""
    found = session.execute(
        select(AttemptRow.id, AttemptRow.learner_id)
        .join(PreviewRow, PreviewRow.attempt_id == AttemptRow.id)
        .where(_old(before))
        .limit(most)
        .with_for_update(of=AttemptRow)
    ).all()
    gone, learners = [row.id for row in found], [row.learner_id for row in found]
    slots = select(SlotRow.id).where(SlotRow.attempt_id.in_(gone))
    responses = select(ResponseRow.id).where(ResponseRow.slot_id.in_(slots))
    session.execute(delete(GradeRow).where(GradeRow.response_id.in_(responses)))
    session.execute(delete(ResponseRow).where(ResponseRow.slot_id.in_(slots)))
    session.execute(delete(DraftRow).where(DraftRow.slot_id.in_(slots)))
    for attempt_id in gone:
        forget_traces(session, attempt_id)
    for kind in (*OF_ATTEMPT, SlotRow):
        session.execute(delete(kind).where(kind.attempt_id.in_(gone)))
    session.execute(delete(AttemptRow).where(AttemptRow.id.in_(gone)))
    # Made for this one attempt, and nobody.
    session.execute(delete(LearnerRow).where(LearnerRow.id.in_(learners)))
    return len(gone)
