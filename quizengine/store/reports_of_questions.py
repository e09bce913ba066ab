"""Queries on what people say is wrong with questions. The session comes in; nothing commits."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizengine.store.review_rows import QuestionReportRow
from quizengine.store.rows import SlotRow


def of_attempt(session: Session, attempt_id: str) -> dict[str, list[str]]:
    """Return what was said of each question of an attempt, by slot, in order."""
    rows = session.execute(
        select(QuestionReportRow.slot_id, QuestionReportRow.text)
        .join(SlotRow, SlotRow.id == QuestionReportRow.slot_id)
        .where(SlotRow.attempt_id == attempt_id)
        .order_by(QuestionReportRow.id)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for slot, text in rows:
        found[slot].append(text)
    return found


def count(session: Session, slot_id: str) -> int:
    """Return how often something was said of one question."""
    found = select(func.count()).select_from(QuestionReportRow).where(QuestionReportRow.slot_id == slot_id)
    return session.scalar(found) or 0
