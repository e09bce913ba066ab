"""Queries for what a person is handed of their own. The session comes in; nothing commits."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine.store.attempt_rows import AccommodationRow, QuestionReportRow
from quizengine.store.hiring_rows import StaffRow
from quizengine.store.rows import SlotRow


def accommodations_of(session: Session, learner_id: str) -> Sequence[AccommodationRow]:
    """Return all that a person was granted, in order."""
    return session.scalars(
        select(AccommodationRow)
        .where(AccommodationRow.learner_id == learner_id)
        .order_by(AccommodationRow.id)
    ).all()


def reports_of(session: Session, attempt_id: str) -> Sequence[QuestionReportRow]:
    """Return what a person said is wrong with questions of an attempt, in order."""
    return session.scalars(
        select(QuestionReportRow)
        .where(QuestionReportRow.attempt_id == attempt_id)
        .order_by(QuestionReportRow.id)
    ).all()


def roles_of_staff(session: Session, organisation_id: str) -> dict[str, str]:
    """Return the roles of each of an organisation's people, in words, by their id."""
    rows = session.execute(
        select(StaffRow.id, StaffRow.roles).where(StaffRow.organisation_id == organisation_id)
    )
    return {row[0]: " ".join(sorted(row[1])) for row in rows}


def numbers_of_slots(session: Session, attempt_id: str) -> dict[str, int]:
    """Return the number of each question of an attempt, by its slot."""
    rows = session.execute(select(SlotRow.id, SlotRow.number).where(SlotRow.attempt_id == attempt_id))
    return {row[0]: row[1] for row in rows}
