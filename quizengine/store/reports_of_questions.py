"""Queries on what people say is wrong with questions. The session comes in; nothing commits."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine.store.attempt_rows import QuestionReportRow


def of_attempt(session: Session, attempt_id: str) -> dict[str, list[str]]:
    """Return what was said of each question of an attempt, by slot, in order."""
    rows = session.execute(
        select(QuestionReportRow.slot_id, QuestionReportRow.note)
        .where(QuestionReportRow.attempt_id == attempt_id)
        .order_by(QuestionReportRow.id)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for slot, note in rows:
        found[slot].append(note)
    return found
