"""Queries on questions that were withdrawn from screens, and their answers. Nothing here commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine.store.evidence_rows import WithdrawalRow
from quizengine.store.hiring_rows import InvitationRow, OrganisationRow
from quizengine.store.rows import AttemptRow, SlotRow


def standing(session: Session, question_id: str) -> WithdrawalRow | None:
    """Return the withdrawal of a question that stands; None if it is asked."""
    return session.scalar(
        select(WithdrawalRow)
        .where(WithdrawalRow.question_id == question_id, WithdrawalRow.undone_at.is_(None))
        .limit(1)
    )


def all_standing(session: Session) -> frozenset[str]:
    """Return the ids of all questions that are withdrawn."""
    return frozenset(
        session.scalars(select(WithdrawalRow.question_id).where(WithdrawalRow.undone_at.is_(None)))
    )


def slots_of(session: Session, question_id: str, *, state: str) -> Sequence[str]:
    """Return the ids of the slots in a state that asked candidates a question, the oldest attempt first."""
    return session.scalars(
        select(SlotRow.id)
        .join(AttemptRow, AttemptRow.id == SlotRow.attempt_id)
        .join(InvitationRow, InvitationRow.attempt_id == AttemptRow.id)
        .where(SlotRow.question_id == question_id, SlotRow.state == state)
        .order_by(AttemptRow.created_at, SlotRow.id)
    ).all()


def organisations(session: Session) -> Sequence[str]:
    """Return the ids of all organisations, the oldest first."""
    return session.scalars(
        select(OrganisationRow.id).order_by(OrganisationRow.created_at, OrganisationRow.id)
    ).all()


def withdraw(session: Session, question_id: str, reason: str, *, by: str, now: datetime) -> None:
    """Note that a question is withdrawn from now on."""
    session.add(
        WithdrawalRow(
            question_id=question_id, reason=reason, by=by, at=now, undone_by=None, undone_at=None
        )
    )  # fmt: skip
    session.flush()
