"""What is kept of candidates: finding whose time is over, and taking it away. Nothing commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from quizengine.store.attempt_rows import AccommodationRow, OrphanDraftRow
from quizengine.store.hiring_rows import (
    AuditRow,
    CandidateRow,
    CodeRow,
    DecisionRow,
    ImportRow,
    InvitationRow,
    OutboxRow,
    ScreenRow,
)
from quizengine.store.review_rows import MessageRow, QuestionReportRow, ReviewRow
from quizengine.store.rows import DraftRow, GradeRow, ResponseRow, SlotRow


def closed_screens(session: Session) -> Sequence[ScreenRow]:
    """Return the screens that are closed, of all organisations, the first closed first."""
    return session.scalars(
        select(ScreenRow).where(ScreenRow.state.in_(("closed", "archived"))).order_by(ScreenRow.closed_at)
    ).all()


def remembered(session: Session, screen_id: str, *, most: int | None = None) -> Sequence[InvitationRow]:
    """Return the invitations of a screen that still tell who somebody is."""
    return session.scalars(
        select(InvitationRow)
        .where(InvitationRow.screen_id == screen_id, InvitationRow.forgotten_at.is_(None))
        .order_by(InvitationRow.id)
        .limit(most)
    ).all()


def count_answers(session: Session, screen_id: str) -> int:
    """Return how many answers with their texts a screen's remembered invitations have."""
    counted = (
        select(func.count())
        .select_from(ResponseRow)
        .join(SlotRow, SlotRow.id == ResponseRow.slot_id)
        .join(InvitationRow, InvitationRow.attempt_id == SlotRow.attempt_id)
        .where(InvitationRow.screen_id == screen_id, InvitationRow.forgotten_at.is_(None))
    )
    return session.scalar(counted) or 0


def forget_texts(session: Session, attempt_id: str) -> int:
    """Take what was typed in an attempt away, verdicts and times stay; return how many answers it were."""
    slots = select(SlotRow.id).where(SlotRow.attempt_id == attempt_id)
    responses = select(ResponseRow.id).where(ResponseRow.slot_id.in_(slots))
    count = len(session.scalars(responses).all())
    session.execute(delete(DraftRow).where(DraftRow.slot_id.in_(slots)))
    session.execute(delete(OrphanDraftRow).where(OrphanDraftRow.attempt_id == attempt_id))
    session.execute(
        update(GradeRow).where(GradeRow.response_id.in_(responses)).values(read_as="", feedback="", hint="")
    )
    session.execute(delete(QuestionReportRow).where(QuestionReportRow.slot_id.in_(slots)))
    session.execute(update(ResponseRow).where(ResponseRow.slot_id.in_(slots)).values(answers={}, salt=None))
    return count


def forget_invitation(session: Session, row: InvitationRow, organisation_id: str, *, now: datetime) -> None:
    """Take what an invitation says of a person away: name, reason, letters, codes, notes about them."""
    row.typed_name, row.reason, row.token_hash, row.forgotten_at = "", "", None, now
    session.execute(delete(CodeRow).where(CodeRow.invitation_id == row.id))
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.invitation_id == row.id)
        .values(recipient="", subject="", body="", fault="", state="sent")
    )
    session.execute(update(DecisionRow).where(DecisionRow.invitation_id == row.id).values(note=""))
    session.execute(update(ReviewRow).where(ReviewRow.invitation_id == row.id).values(text=""))
    session.execute(update(MessageRow).where(MessageRow.invitation_id == row.id).values(text="", answer=""))
    noted = select(AuditRow).where(AuditRow.organisation_id == organisation_id, AuditRow.note.is_not(None))
    for entry in session.scalars(noted):
        if row.id in (entry.data.get("result"), entry.data.get("invitation")):
            entry.note = entry.salt = None
    session.flush()


def forget_person(session: Session, candidate_id: str) -> bool:
    """Take away who somebody is, unless an invitation still needs it; say whether it was done."""
    needed = select(InvitationRow.id).where(
        InvitationRow.candidate_id == candidate_id, InvitationRow.forgotten_at.is_(None)
    )
    if session.scalars(needed).first():
        return False
    who = session.get_one(CandidateRow, candidate_id)
    # No address, and unique.
    who.email, who.name, who.external_id, who.time_zone = f"gone:{who.id}", "", "", ""
    session.execute(delete(AccommodationRow).where(AccommodationRow.learner_id == who.learner_id))
    return True


def forget_lists(session: Session, *, before: datetime) -> int:
    """Take away lists of people that nobody confirmed; return how many."""
    old = (ImportRow.made_at < before, ImportRow.content != "")
    found = session.scalars(select(ImportRow.id).where(*old)).all()
    session.execute(update(ImportRow).where(*old).values(content=""))
    return len(found)
