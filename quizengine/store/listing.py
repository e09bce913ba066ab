"""Queries on many people of a screen at once: who has begun."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine.store.hiring_rows import InvitationRow
from quizengine.store.rows import AttemptRow


def begun(session: Session, screen_id: str) -> Sequence[InvitationRow]:
    """Return the invitations of a screen with which somebody has begun, by code."""
    return session.scalars(
        select(InvitationRow)
        .where(InvitationRow.screen_id == screen_id, InvitationRow.attempt_id.is_not(None))
        .order_by(InvitationRow.code)
    ).all()


def started(session: Session, screen_id: str, *, after: datetime) -> Sequence[str]:
    """Return the ids of the attempts of a screen that were started after a moment."""
    return session.scalars(
        select(AttemptRow.id)
        .join(InvitationRow, InvitationRow.attempt_id == AttemptRow.id)
        .where(InvitationRow.screen_id == screen_id, AttemptRow.started_at > after)
    ).all()
