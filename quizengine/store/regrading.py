"""Queries for judging the answers to one question again. Nothing here commits."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, selectinload

from quizengine.model.attempt import FINAL
from quizengine.store.rows import AttemptRow, ResponseRow, SlotRow

#: Whose answers decide about somebody: in practice people learn between them, and nothing is told.
KINDS = ("screening", "diagnostic")


def answers_to(session: Session, question_id: str) -> Sequence[SlotRow]:
    """Return the questions of finished attempts with this id that were answered, with answers and grades.

    "I don't know yet" and texts that were erased are left out: there is nothing to judge.
    """
    rows = session.scalars(
        select(SlotRow)
        .join(SlotRow.attempt)
        .join(SlotRow.response)
        .where(
            SlotRow.question_id == question_id,
            AttemptRow.kind.in_(KINDS),
            AttemptRow.state.in_(FINAL),
            ResponseRow.dont_know.is_(False),
        )
        .options(
            contains_eager(SlotRow.attempt),
            contains_eager(SlotRow.response).selectinload(ResponseRow.grades),
        )
        .order_by(AttemptRow.created_at, SlotRow.id)
    ).unique()
    return [row for row in rows if row.response and row.response.answers]


def slot_with_grades(session: Session, slot_id: str) -> SlotRow:
    """Return a question with its answer and all grades of it."""
    wanted = (
        select(SlotRow)
        .where(SlotRow.id == slot_id)
        .options(selectinload(SlotRow.response).selectinload(ResponseRow.grades))
        .execution_options(populate_existing=True)
    )
    return session.scalars(wanted).one()
