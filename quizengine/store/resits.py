"""Queries on people who sit the same version of a profile again. The session comes in; nothing commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizengine.store.hiring_rows import CandidateRow, InvitationRow, ScreenRow
from quizengine.store.rows import AttemptRow


def sat_since(session: Session, profile_id: str, since: datetime) -> dict[str, datetime]:
    """Return when people last began a test of a version of a profile, by address, after a moment.

    A test that was voided counts as none, here and below.
    """
    rows = session.execute(
        select(CandidateRow.email, func.max(InvitationRow.activated_at))
        .join(InvitationRow, InvitationRow.candidate_id == CandidateRow.id)
        .join(ScreenRow, ScreenRow.id == InvitationRow.screen_id)
        .join(AttemptRow, AttemptRow.id == InvitationRow.attempt_id)
        .where(
            ScreenRow.profile_id == profile_id,
            InvitationRow.activated_at > since,
            AttemptRow.voided_at.is_(None),
        )
        .group_by(CandidateRow.email)
    )
    return {email: at for email, at in rows if at is not None}


def sittings_of(
    session: Session, candidate_id: str, profile_id: str
) -> Sequence[tuple[InvitationRow, AttemptRow]]:
    """Return the sittings of a person at a version of a profile, in any screen, the first one first."""
    rows = session.execute(
        select(InvitationRow, AttemptRow)
        .join(AttemptRow, AttemptRow.id == InvitationRow.attempt_id)
        .join(ScreenRow, ScreenRow.id == InvitationRow.screen_id)
        .where(
            InvitationRow.candidate_id == candidate_id,
            ScreenRow.profile_id == profile_id,
            AttemptRow.voided_at.is_(None),
        )
        .order_by(InvitationRow.activated_at, InvitationRow.id)
    )
    return [(row[0], row[1]) for row in rows]


def later_sittings(session: Session, screen_id: str, profile_id: str) -> dict[str, int]:
    """Return the results of a screen whose person had sat before, and which sitting each is: 2 and more.

    Of the same version of a profile, in any screen; a test that nobody started is none.
    """
    number = func.row_number().over(
        partition_by=InvitationRow.candidate_id, order_by=(InvitationRow.activated_at, InvitationRow.id)
    )
    sat = (
        select(InvitationRow.result_id, InvitationRow.screen_id, number.label("number"))
        .join(AttemptRow, AttemptRow.id == InvitationRow.attempt_id)
        .join(ScreenRow, ScreenRow.id == InvitationRow.screen_id)
        .where(
            ScreenRow.profile_id == profile_id,
            AttemptRow.voided_at.is_(None),
            AttemptRow.started_at.is_not(None),
        )
        .subquery()
    )
    rows = session.execute(
        select(sat.c.result_id, sat.c.number).where(sat.c.screen_id == screen_id, sat.c.number > 1)
    )
    return {row.result_id: row.number for row in rows}


def waiting_for(session: Session, candidate_id: str, profile_id: str, states: Sequence[str]) -> bool:
    """Whether a person has an invitation to a version of a profile that is in one of some states."""
    found = session.scalar(
        select(InvitationRow.id)
        .join(ScreenRow, ScreenRow.id == InvitationRow.screen_id)
        .where(
            InvitationRow.candidate_id == candidate_id,
            ScreenRow.profile_id == profile_id,
            InvitationRow.state.in_(states),
        )
        .limit(1)
    )
    return found is not None


def locked_candidate(session: Session, candidate_id: str) -> CandidateRow:
    """Return a candidate whom nobody else lets begin a test before this transaction ends."""
    return session.get_one(CandidateRow, candidate_id, with_for_update={"key_share": True})
