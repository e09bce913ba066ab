"""Queries on screens, their people and the post. The session comes in; nothing commits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.orm import Session

from quizengine.errors import NotFoundError
from quizengine.model.attempt import FINAL, OPEN
from quizengine.store.hiring_rows import (
    CandidateRow,
    CodeRow,
    ImportRow,
    InvitationRow,
    OutboxRow,
    ScreenRow,
    ScreenStaffRow,
)
from quizengine.store.rows import AttemptRow

NO_SCREEN = "There is no such screen here."


def find_screen(session: Session, screen_id: str, organisation_id: str) -> ScreenRow:
    """Return a screen of an organisation.

    Raises
    ------
    NotFoundError
        If there is none; one of another organisation looks the same.
    """
    found = session.get(ScreenRow, screen_id)
    if found is None or found.organisation_id != organisation_id:
        raise NotFoundError(NO_SCREEN)
    return found


def screen_of(session: Session, screen_id: str) -> ScreenRow:
    """Return a screen whose right was checked before."""
    return session.get_one(ScreenRow, screen_id)


def lock_screen(session: Session, screen_id: str) -> None:
    """Hold a screen until the transaction ends: its people are invited by one at a time."""
    # Not from those who only refer to it.
    session.get_one(ScreenRow, screen_id, with_for_update={"key_share": True})


def screens_of(session: Session, organisation_id: str) -> Sequence[ScreenRow]:
    """Return an organisation's screens, the newest first."""
    return session.scalars(
        select(ScreenRow)
        .where(ScreenRow.organisation_id == organisation_id)
        .order_by(ScreenRow.created_at.desc(), ScreenRow.id)
    ).all()


def assigned_to(session: Session, staff_id: str) -> frozenset[str]:
    """Return the ids of the screens that somebody is assigned to."""
    return frozenset(
        session.scalars(select(ScreenStaffRow.screen_id).where(ScreenStaffRow.staff_id == staff_id))
    )


def staff_on(session: Session, screen_id: str) -> frozenset[str]:
    """Return the ids of the people who are assigned to a screen."""
    return frozenset(
        session.scalars(select(ScreenStaffRow.staff_id).where(ScreenStaffRow.screen_id == screen_id))
    )


def states_by_screen(session: Session, screen_ids: Collection[str]) -> dict[str, dict[str, int]]:
    """Return how many invitations of each screen are in each state."""
    # A test that has just ended is told as finished before the round of the post has noted it.
    state = case((AttemptRow.state.in_(FINAL), "completed"), else_=InvitationRow.state)
    rows = session.execute(
        select(InvitationRow.screen_id, state, func.count())
        .outerjoin(AttemptRow, AttemptRow.id == InvitationRow.attempt_id)
        .where(InvitationRow.screen_id.in_(screen_ids))
        .group_by(InvitationRow.screen_id, state)
    )
    found: dict[str, dict[str, int]] = {screen: {} for screen in screen_ids}
    for screen, name, count in rows:
        found[screen][name] = count
    return found


def invitations_of(
    session: Session, screen_id: str
) -> Sequence[tuple[InvitationRow, CandidateRow, str | None]]:
    """Return a screen's invitations with candidates and the states of attempts, in the order of the codes."""
    rows = session.execute(
        select(InvitationRow, CandidateRow, AttemptRow.state)
        .join(CandidateRow, CandidateRow.id == InvitationRow.candidate_id)
        .outerjoin(AttemptRow, AttemptRow.id == InvitationRow.attempt_id)
        .where(InvitationRow.screen_id == screen_id)
        .order_by(InvitationRow.code)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def find_invitation(session: Session, invitation_id: str, organisation_id: str) -> InvitationRow:
    """Return an invitation of an organisation.

    Raises
    ------
    NotFoundError
        If there is none; one of another organisation looks the same.
    """
    found = _of_organisation(session, InvitationRow.id == invitation_id, organisation_id)
    if found is None:
        raise NotFoundError("There is no such invitation here.")
    return found


def find_result(session: Session, result_id: str, organisation_id: str) -> InvitationRow:
    """Return the invitation behind a result of an organisation; its own id is none of a result.

    Raises
    ------
    NotFoundError
        If there is none; one of another organisation looks the same.
    """
    found = _of_organisation(session, InvitationRow.result_id == result_id, organisation_id)
    if found is None:
        raise NotFoundError("There is no such result here.")
    return found


def _of_organisation(
    session: Session, wanted: ColumnElement[bool], organisation_id: str
) -> InvitationRow | None:
    return session.scalar(
        select(InvitationRow)
        .join(ScreenRow, ScreenRow.id == InvitationRow.screen_id)
        .where(wanted, ScreenRow.organisation_id == organisation_id)
    )


def invitation_of_token(session: Session, token_hash: str) -> InvitationRow | None:
    """Return the invitation that a link belongs to."""
    return session.scalar(select(InvitationRow).where(InvitationRow.token_hash == token_hash))


def invitation_of_attempt(session: Session, attempt_id: str) -> InvitationRow | None:
    """Return the invitation that an attempt was made for."""
    return session.scalar(select(InvitationRow).where(InvitationRow.attempt_id == attempt_id))


def candidates_by_email(session: Session, organisation_id: str) -> dict[str, CandidateRow]:
    """Return an organisation's candidates by their address."""
    rows = session.scalars(select(CandidateRow).where(CandidateRow.organisation_id == organisation_id))
    return {row.email: row for row in rows}


def codes_of(session: Session, screen_id: str) -> set[str]:
    """Return the codes that a screen has given out."""
    return set(session.scalars(select(InvitationRow.code).where(InvitationRow.screen_id == screen_id)))


def invited_emails(session: Session, screen_id: str, dead: Collection[str]) -> set[str]:
    """Return the addresses that have an invitation to a screen which is in none of the ``dead`` states."""
    return set(
        session.scalars(
            select(CandidateRow.email)
            .join(InvitationRow, InvitationRow.candidate_id == CandidateRow.id)
            .outerjoin(AttemptRow, AttemptRow.id == InvitationRow.attempt_id)
            .where(InvitationRow.screen_id == screen_id, InvitationRow.state.not_in(dead))
            # Whose test was voided may be asked again.
            .where(AttemptRow.voided_at.is_(None))
        )
    )


def find_import(session: Session, import_id: str, screen_id: str) -> ImportRow:
    """Return a list of people that was handed in for a screen.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    found = session.get(ImportRow, import_id)
    if found is None or found.screen_id != screen_id:
        raise NotFoundError("There is no such list here.")
    return found


def confirm_import(session: Session, import_id: str, *, invited: int, now: datetime) -> bool:
    """Take a list as confirmed, once; False for whoever comes second."""
    taken = session.scalar(
        update(ImportRow)
        .where(ImportRow.id == import_id, ImportRow.confirmed_at.is_(None))
        .values(confirmed_at=now, invited=invited, content="")
        .returning(ImportRow.id)
    )
    return taken is not None


def due_messages(session: Session, *, now: datetime, most: int) -> Sequence[OutboxRow]:
    """Return messages whose time has come, the oldest first."""
    return session.scalars(
        select(OutboxRow)
        .where(OutboxRow.state == "queued", OutboxRow.next_at <= now)
        .order_by(OutboxRow.next_at, OutboxRow.id)
        .limit(most)
    ).all()


def claim_message(session: Session, message_id: str, *, now: datetime, until: datetime) -> OutboxRow | None:
    """Take a message to send it; None if another sender has taken it. It comes up again after ``until``."""
    taken = session.scalar(
        update(OutboxRow)
        .where(OutboxRow.id == message_id, OutboxRow.state == "queued", OutboxRow.next_at <= now)
        .values(next_at=until, tries=OutboxRow.tries + 1)
        .returning(OutboxRow.id)
    )
    return session.get(OutboxRow, taken) if taken else None


def letters_by_hand(
    session: Session, screen_id: str
) -> Sequence[tuple[OutboxRow, InvitationRow, CandidateRow]]:
    """Return the messages of a screen that somebody hands over, codes first: they run out."""
    rows = session.execute(
        select(OutboxRow, InvitationRow, CandidateRow)
        .join(InvitationRow, InvitationRow.id == OutboxRow.invitation_id)
        .join(CandidateRow, CandidateRow.id == InvitationRow.candidate_id)
        .where(InvitationRow.screen_id == screen_id, OutboxRow.state == "by_hand")
        .order_by(OutboxRow.kind != "code", CandidateRow.email)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def count_by_hand(session: Session, screen_ids: Collection[str]) -> dict[str, int]:
    """Return how many messages of each of some screens somebody has to hand over; those with any."""
    rows = session.execute(
        select(InvitationRow.screen_id, func.count())
        .join(OutboxRow, OutboxRow.invitation_id == InvitationRow.id)
        .where(InvitationRow.screen_id.in_(screen_ids), OutboxRow.state == "by_hand")
        .group_by(InvitationRow.screen_id)
    )
    return {row[0]: row[1] for row in rows}


def ended_sittings(session: Session) -> Sequence[tuple[InvitationRow, CandidateRow, AttemptRow]]:
    """Return the invitations whose attempts have ended since anybody looked."""
    rows = session.execute(
        select(InvitationRow, CandidateRow, AttemptRow)
        .join(CandidateRow, CandidateRow.id == InvitationRow.candidate_id)
        .join(AttemptRow, AttemptRow.id == InvitationRow.attempt_id)
        .where(InvitationRow.state == "activated", AttemptRow.state.in_(FINAL))
        .with_for_update(of=InvitationRow)
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def begun_by(session: Session, email: str) -> InvitationRow | None:
    """Return the newest invitation of an address with which somebody has begun a test."""
    return session.scalar(
        select(InvitationRow)
        .join(CandidateRow, CandidateRow.id == InvitationRow.candidate_id)
        .where(CandidateRow.email == email, InvitationRow.attempt_id.is_not(None))
        .order_by(InvitationRow.activated_at.desc())
        .limit(1)
    )


def newest_code(session: Session, invitation_id: str) -> CodeRow | None:
    """Return the newest code of an invitation: an older one opens nothing any more."""
    return session.scalar(
        select(CodeRow).where(CodeRow.invitation_id == invitation_id).order_by(CodeRow.id.desc()).limit(1)
    )


def ended_by_closing(session: Session, screen_id: str) -> int:
    """Return how many tests that go on would end if a screen were closed now."""
    counted = (
        select(func.count())
        .select_from(AttemptRow)
        .join(InvitationRow, InvitationRow.attempt_id == AttemptRow.id)
        .where(
            InvitationRow.screen_id == screen_id,
            AttemptRow.state.in_(("in_progress", "paused")),
            AttemptRow.hard_close,
            AttemptRow.deadline_at.is_not(None),
            AttemptRow.shut_at.is_(None),
        )
    )
    return session.scalar(counted) or 0


def open_attempts(session: Session, screen_id: str) -> Sequence[AttemptRow]:
    """Return the attempts of a screen that are not over, locked."""
    return session.scalars(
        select(AttemptRow)
        .join(InvitationRow, InvitationRow.attempt_id == AttemptRow.id)
        .where(InvitationRow.screen_id == screen_id, AttemptRow.state.in_(OPEN))
        .with_for_update(of=AttemptRow)
        .execution_options(populate_existing=True)
    ).all()
