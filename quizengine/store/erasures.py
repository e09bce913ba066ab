"""Queries on erasures and legal holds. The session comes in; nothing commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine.store.hiring_rows import CandidateRow, ErasureRow, HoldRow, InvitationRow


def waiting(session: Session, candidate_id: str) -> ErasureRow | None:
    """Return the erasure of a person that was confirmed, and neither done nor undone yet."""
    return session.scalar(
        select(ErasureRow).where(
            ErasureRow.candidate_id == candidate_id,
            ErasureRow.done_at.is_(None),
            ErasureRow.undone_at.is_(None),
        )
    )


def due(session: Session, now: datetime) -> Sequence[ErasureRow]:
    """Return the erasures whose time for undoing is over, the first asked for first."""
    return session.scalars(
        select(ErasureRow)
        .where(ErasureRow.due_at <= now, ErasureRow.done_at.is_(None), ErasureRow.undone_at.is_(None))
        .order_by(ErasureRow.id)
    ).all()


def on_screen(session: Session, screen_id: str) -> Sequence[tuple[InvitationRow, ErasureRow]]:
    """Return the erasures of a screen's people that were not undone, with their invitations."""
    rows = session.execute(
        select(InvitationRow, ErasureRow)
        .join(ErasureRow, ErasureRow.candidate_id == InvitationRow.candidate_id)
        .where(InvitationRow.screen_id == screen_id, ErasureRow.undone_at.is_(None))
        .order_by(ErasureRow.id)
    )
    return [(row[0], row[1]) for row in rows]


def done(session: Session, candidate_id: str) -> ErasureRow | None:
    """Return the erasure of a person that was done."""
    return session.scalar(
        select(ErasureRow)
        .where(ErasureRow.candidate_id == candidate_id, ErasureRow.done_at.is_not(None))
        .limit(1)
    )


def locked_person(session: Session, candidate_id: str) -> CandidateRow | None:
    """Return a person whom nobody else erases before this transaction ends."""
    return session.get(CandidateRow, candidate_id, with_for_update=True)


def find_hold(session: Session, hold_id: int, organisation_id: str) -> HoldRow | None:
    """Return a hold of an organisation that was not lifted."""
    found = session.get(HoldRow, hold_id)
    return found if found and found.organisation_id == organisation_id and found.lifted_at is None else None


def people_held(session: Session, screen_id: str) -> frozenset[str]:
    """Return the ids of a screen's invitations whose people are under a hold of their own."""
    return frozenset(
        session.scalars(
            select(InvitationRow.id)
            .join(HoldRow, HoldRow.candidate_id == InvitationRow.candidate_id)
            .where(InvitationRow.screen_id == screen_id, HoldRow.lifted_at.is_(None))
        )
    )
