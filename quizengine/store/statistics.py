"""Queries on how questions were answered, over all people. The session comes in; nothing commits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from quizengine.store.rows import AttemptRow, GradeRow, ReportRow, ResponseRow, SlotRow

#: Verdicts that say something about the person.
EVIDENCE = ("correct", "partial", "wrong")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionCounts:
    """How often a question was answered, the scores together, and how many did not know."""

    answers: int
    score: float
    dont_know: int


def question_counts(session: Session) -> dict[str, QuestionCounts]:
    """Return the counts of each question that was answered, in any kind of sitting; last grades count.

    A preview is a look of staff at their own test, and no evidence of anybody.
    """
    unsure = func.sum(case((ResponseRow.dont_know, 1), else_=0))
    rows = session.execute(
        _answers(SlotRow.question_id, func.count(), func.sum(GradeRow.score), unsure)
        .join(AttemptRow, AttemptRow.id == SlotRow.attempt_id)
        .where(AttemptRow.kind != "preview")
        .group_by(SlotRow.question_id)
    )
    return {
        question: QuestionCounts(answers=answers, score=float(score), dont_know=int(unknown))
        for question, answers, score, unknown in rows
    }


def sittings_with(session: Session) -> dict[str, int]:
    """Return in how many diagnostics each question was shown."""
    shown = (
        select(SlotRow.question_id, func.count(func.distinct(SlotRow.attempt_id)))
        .join(AttemptRow)
        .where(AttemptRow.kind == "diagnostic")
        .group_by(SlotRow.question_id)
    )
    rows = session.execute(shown)
    return {row[0]: row[1] for row in rows}


def count_sittings(session: Session) -> int:
    """Return how many diagnostics were begun: those that showed a question."""
    begun = select(func.count(func.distinct(SlotRow.attempt_id))).join(AttemptRow)
    return session.scalar(begun.where(AttemptRow.kind == "diagnostic")) or 0


def answers_with_reports(session: Session, question_id: str) -> list[tuple[float, list[Any]]]:
    """Return each score of a question in a diagnostic that was finished, and what its report told."""
    rows = session.execute(
        _answers(GradeRow.score, ReportRow.told)
        .join(ReportRow, ReportRow.attempt_id == SlotRow.attempt_id)
        .where(SlotRow.question_id == question_id)
    )
    return [(float(score), told) for score, told in rows]


def reports_told(session: Session, most: int) -> list[list[Any]]:
    """Return what the newest reports told, at most so many."""
    newest = select(ReportRow.told).order_by(ReportRow.made_at.desc()).limit(most)
    return list(session.scalars(newest))


def _answers(*columns: ColumnElement[Any] | Any) -> Select[Any]:
    """Select from slots with their response and its last grade, where that is evidence."""
    last = select(func.max(GradeRow.id)).group_by(GradeRow.response_id)
    return (
        select(*columns)
        .select_from(SlotRow)
        .join(ResponseRow, ResponseRow.slot_id == SlotRow.id)
        .join(GradeRow, GradeRow.response_id == ResponseRow.id)
        .where(GradeRow.id.in_(last), GradeRow.verdict.in_(EVIDENCE))
    )
