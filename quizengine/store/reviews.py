"""Queries on reviews and on what candidates wrote. The session comes in; nothing commits."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizengine.store.hiring_rows import InvitationRow, ScreenRow, StaffRow
from quizengine.store.review_rows import MessageRow, ReviewRow


def reviews_of(session: Session, invitation_id: str) -> Sequence[tuple[ReviewRow, str]]:
    """Return the reviews of a result with who wrote them, in order."""
    rows = session.execute(
        select(ReviewRow, StaffRow.name)
        .join(StaffRow, StaffRow.id == ReviewRow.staff_id)
        .where(ReviewRow.invitation_id == invitation_id)
        .order_by(ReviewRow.id)
    )
    return [(row[0], row[1]) for row in rows]


def messages_of(session: Session, invitation_id: str) -> Sequence[MessageRow]:
    """Return what a candidate wrote after a test, in order."""
    return session.scalars(
        select(MessageRow).where(MessageRow.invitation_id == invitation_id).order_by(MessageRow.at)
    ).all()


def count_messages(session: Session, invitation_id: str, kind: str) -> int:
    """Return how often a candidate wrote something of a kind."""
    found = (
        select(func.count())
        .select_from(MessageRow)
        .where(MessageRow.invitation_id == invitation_id, MessageRow.kind == kind)
    )
    return session.scalar(found) or 0


def waiting_requests(session: Session, organisation_id: str) -> Sequence[tuple[MessageRow, InvitationRow]]:
    """Return the requests of an organisation's candidates that nobody has answered, the oldest first."""
    rows = session.execute(
        select(MessageRow, InvitationRow)
        .join(InvitationRow, InvitationRow.id == MessageRow.invitation_id)
        .join(ScreenRow, ScreenRow.id == InvitationRow.screen_id)
        .where(
            ScreenRow.organisation_id == organisation_id,
            MessageRow.kind == "review",
            MessageRow.answered_at.is_(None),
        )
        .order_by(MessageRow.at)
    )
    return [(row[0], row[1]) for row in rows]
