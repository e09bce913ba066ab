"""What is kept of candidates: finding whose time is over, and taking it away. Nothing commits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, delete, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from quizengine.store import computed
from quizengine.store.attempt_rows import (
    AccommodationRow,
    IntegrityEventRow,
    InterventionRow,
    NetworkRow,
    OrphanDraftRow,
    QuestionReportRow,
    TimeCreditRow,
)
from quizengine.store.hiring_rows import (
    AuditRow,
    CandidateRow,
    CodeRow,
    DecisionRow,
    HoldRow,
    ImportRow,
    InvitationRow,
    OutboxRow,
    PreviewRow,
    ScreenRow,
)
from quizengine.store.review_rows import MessageRow, ReviewRow
from quizengine.store.rows import DraftRow, GradeRow, ResponseRow, SlotRow

#: Times on a question are kept in steps of so many ms when the texts go.
BUCKET_MS = 10_000
#: Invitations with which nobody began, and that nobody can begin with any more.
ENDED, RUN_OUT = ("declined", "revoked", "bounced"), ("queued", "sent", "opened", "expired")


def all_screens(session: Session) -> Sequence[ScreenRow]:
    """Return the screens of all organisations, the oldest first."""
    return session.scalars(select(ScreenRow).order_by(ScreenRow.created_at, ScreenRow.id)).all()


def remembered(session: Session, screen_id: str) -> Sequence[InvitationRow]:
    """Return the invitations of a screen that still tell who somebody is, without those under a hold."""
    return _remembered(session, screen_id, InvitationRow.id.is_not(None))


def never_begun(session: Session, screen_id: str, *, before: datetime) -> Sequence[InvitationRow]:
    """Return those of them that were declined, taken back or ran out before a moment, begun by nobody."""
    is_over = or_(
        and_(InvitationRow.state.in_(ENDED), InvitationRow.ended_at < before),
        and_(InvitationRow.state.in_(RUN_OUT), InvitationRow.expires_at < before),
    )
    return _remembered(session, screen_id, and_(InvitationRow.attempt_id.is_(None), is_over))


def _remembered(session: Session, screen_id: str, wanted: ColumnElement[bool]) -> Sequence[InvitationRow]:
    return session.scalars(
        select(InvitationRow)
        .where(InvitationRow.screen_id == screen_id, InvitationRow.forgotten_at.is_(None), wanted)
        .where(
            InvitationRow.candidate_id.not_in(_held_people()), InvitationRow.screen_id.not_in(held_screens())
        )
        .order_by(InvitationRow.id)
    ).all()


def _held_people() -> Select[Any]:
    return select(HoldRow.candidate_id).where(HoldRow.candidate_id.is_not(None), HoldRow.lifted_at.is_(None))


def held_screens() -> Select[Any]:
    """Select the ids of screens under a legal hold."""
    return select(HoldRow.screen_id).where(HoldRow.screen_id.is_not(None), HoldRow.lifted_at.is_(None))


def holds_on(
    session: Session, *, screen_id: str | None = None, candidate_id: str | None = None
) -> Sequence[HoldRow]:
    """Return the holds on a screen, or on a person, that were not lifted."""
    of = HoldRow.screen_id == screen_id if screen_id else HoldRow.candidate_id == candidate_id
    return session.scalars(select(HoldRow).where(of, HoldRow.lifted_at.is_(None)).order_by(HoldRow.id)).all()


def is_held(session: Session, candidate_id: str) -> bool:
    """Whether there is a hold on a person, or on a screen that they were invited to."""
    theirs = select(InvitationRow.screen_id).where(InvitationRow.candidate_id == candidate_id)
    held = select(HoldRow.id).where(
        HoldRow.lifted_at.is_(None), or_(HoldRow.candidate_id == candidate_id, HoldRow.screen_id.in_(theirs))
    )
    return session.scalars(held).first() is not None


def people_with_nothing_else(session: Session, going: Collection[str]) -> int:
    """Return how many people have no invitation that tells who they are but these, by their ids."""
    if not going:
        return 0
    people = select(InvitationRow.candidate_id).where(InvitationRow.id.in_(going)).distinct()
    staying = select(InvitationRow.candidate_id).where(
        InvitationRow.forgotten_at.is_(None), InvitationRow.id.not_in(going)
    )
    counted = (
        select(func.count())
        .select_from(CandidateRow)
        .where(CandidateRow.id.in_(people), CandidateRow.id.not_in(staying))
    )
    return session.scalar(counted) or 0


def count_answers(session: Session, attempt_ids: Collection[str]) -> int:
    """Return how many answers these attempts have."""
    counted = (
        select(func.count())
        .select_from(ResponseRow)
        .join(SlotRow, SlotRow.id == ResponseRow.slot_id)
        .where(SlotRow.attempt_id.in_(attempt_ids))
    )
    return session.scalar(counted) or 0


def old_events(session: Session, *, before: datetime) -> dict[str, int]:
    """Return how many integrity events from before a moment each screen has, its previews with them.

    ``""`` is of attempts that belong to no screen.
    """
    return _by_screen(session, IntegrityEventRow.attempt_id, IntegrityEventRow.at < before)


def old_networks(session: Session, *, before: datetime) -> dict[str, int]:
    """Return how many keyed hashes of networks from before a moment each screen has."""
    return _by_screen(session, NetworkRow.attempt_id, NetworkRow.seen_at < before)


def _by_screen(
    session: Session, attempt_id: InstrumentedAttribute[str], old: ColumnElement[bool]
) -> dict[str, int]:
    screen_id = func.coalesce(InvitationRow.screen_id, PreviewRow.screen_id)
    rows = session.execute(
        select(screen_id, func.count())
        .select_from(attempt_id.class_)
        .outerjoin(InvitationRow, InvitationRow.attempt_id == attempt_id)
        .outerjoin(PreviewRow, PreviewRow.attempt_id == attempt_id)
        .where(old, attempt_id.not_in(_held_attempts()))
        .group_by(screen_id)
    )
    return {row[0] or "": row[1] for row in rows}


def _held_attempts() -> CompoundSelect[Any]:
    return (
        select(InvitationRow.attempt_id)
        .where(
            InvitationRow.attempt_id.is_not(None),
            or_(InvitationRow.candidate_id.in_(_held_people()), InvitationRow.screen_id.in_(held_screens())),
        )
        .union_all(select(PreviewRow.attempt_id).where(PreviewRow.screen_id.in_(held_screens())))
    )


def forget_old_events(session: Session, *, before: datetime, most: int) -> int:
    """Delete integrity events from before a moment, at most so many; return how many."""
    old = select(IntegrityEventRow.id).where(
        IntegrityEventRow.at < before, IntegrityEventRow.attempt_id.not_in(_held_attempts())
    )
    found = session.scalars(old.limit(most)).all()
    session.execute(delete(IntegrityEventRow).where(IntegrityEventRow.id.in_(found)))
    return len(found)


def forget_old_networks(session: Session, *, before: datetime, most: int) -> int:
    """Delete keyed hashes of networks from before a moment, at most so many; return how many."""
    old = select(NetworkRow.attempt_id).where(
        NetworkRow.seen_at < before, NetworkRow.attempt_id.not_in(_held_attempts())
    )
    found = session.scalars(old.limit(most)).all()
    session.execute(delete(NetworkRow).where(NetworkRow.attempt_id.in_(found)))
    return len(found)


def forget_traces(session: Session, attempt_id: str) -> None:
    """Take away what was noted beside the answers of an attempt, whatever its age."""
    session.execute(delete(IntegrityEventRow).where(IntegrityEventRow.attempt_id == attempt_id))
    session.execute(delete(NetworkRow).where(NetworkRow.attempt_id == attempt_id))


def forget_texts(session: Session, attempt_id: str) -> int:
    """Take what was typed in an attempt away; return how many answers it were.

    Verdicts stay, and times in steps of ten seconds. What staff typed about it goes as well, and so does the
    result that was computed from it before.
    """
    computed.forget(session, attempt_id)
    slots = select(SlotRow.id).where(SlotRow.attempt_id == attempt_id)
    responses = select(ResponseRow.id).where(ResponseRow.slot_id.in_(slots))
    count = len(session.scalars(responses).all())
    session.execute(delete(DraftRow).where(DraftRow.slot_id.in_(slots)))
    session.execute(delete(OrphanDraftRow).where(OrphanDraftRow.attempt_id == attempt_id))
    session.execute(
        update(GradeRow).where(GradeRow.response_id.in_(responses)).values(read_as="", feedback="", hint="")
    )
    session.execute(
        update(ResponseRow)
        .where(ResponseRow.slot_id.in_(slots))
        .values(
            answers={},
            salt=None,
            milliseconds=ResponseRow.milliseconds - ResponseRow.milliseconds % BUCKET_MS,
        )
    )
    for noted in (QuestionReportRow, InterventionRow):
        session.execute(update(noted).where(noted.attempt_id == attempt_id).values(note=""))
    session.execute(update(TimeCreditRow).where(TimeCreditRow.attempt_id == attempt_id).values(reason=""))
    return count


def forget_invitation(session: Session, row: InvitationRow, organisation_id: str, *, now: datetime) -> None:
    """Take what an invitation says of a person away: name, reason, letters, codes, notes about them."""
    row.typed_name, row.reason, row.resit_reason = "", "", ""
    row.token_hash, row.forgotten_at = None, now
    session.execute(delete(CodeRow).where(CodeRow.invitation_id == row.id))
    session.execute(
        update(OutboxRow)
        .where(OutboxRow.invitation_id == row.id)
        .values(recipient="", subject="", body="", fault="", state="sent")
    )
    session.execute(update(DecisionRow).where(DecisionRow.invitation_id == row.id).values(note=""))
    session.execute(update(ReviewRow).where(ReviewRow.invitation_id == row.id).values(text=""))
    session.execute(update(MessageRow).where(MessageRow.invitation_id == row.id).values(text="", answer=""))
    for entry in audit_about(session, organisation_id, row):
        entry.note = entry.salt = None
    session.flush()


def audit_about(session: Session, organisation_id: str, row: InvitationRow) -> Sequence[AuditRow]:
    """Return what the audit chain has on one invitation and its result, in order."""
    # Before results had ids of their own, acts on them named the invitation.
    ids = (row.id, row.result_id)
    return session.scalars(
        select(AuditRow)
        .where(
            AuditRow.organisation_id == organisation_id,
            or_(
                AuditRow.data["result"].as_string().in_(ids),
                AuditRow.data["invitation"].as_string().in_(ids),
            ),
        )
        .order_by(AuditRow.n)
    ).all()


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
    session.execute(update(HoldRow).where(HoldRow.candidate_id == who.id).values(reason=""))
    return True


def invitations_of_person(session: Session, candidate_id: str) -> Sequence[InvitationRow]:
    """Return all invitations of a person, in the order in which they were made."""
    return session.scalars(
        select(InvitationRow)
        .where(InvitationRow.candidate_id == candidate_id)
        .order_by(InvitationRow.created_at, InvitationRow.id)
    ).all()


def letters_of(session: Session, invitation_ids: Collection[str]) -> Sequence[str]:
    """Return the ids of the letters of invitations; a back end may have named files by them."""
    return session.scalars(select(OutboxRow.id).where(OutboxRow.invitation_id.in_(invitation_ids))).all()


def forget_lists_with(session: Session, organisation_id: str, email: str) -> None:
    """Take away the lists of an organisation that nobody confirmed yet and that name an address."""
    ours = select(ScreenRow.id).where(ScreenRow.organisation_id == organisation_id)
    session.execute(
        update(ImportRow)
        .where(ImportRow.screen_id.in_(ours), func.lower(ImportRow.content).contains(email, autoescape=True))
        .values(content="")
    )


def old_lists(session: Session, *, before: datetime) -> dict[str, int]:
    """Return how many lists of people that nobody confirmed before a moment each screen has."""
    rows = session.execute(
        select(ImportRow.screen_id, func.count())
        .where(
            ImportRow.made_at < before, ImportRow.content != "", ImportRow.screen_id.not_in(held_screens())
        )
        .group_by(ImportRow.screen_id)
    )
    return {row[0]: row[1] for row in rows}


def forget_lists(session: Session, *, before: datetime) -> None:
    """Take away lists of people that nobody confirmed."""
    session.execute(
        update(ImportRow)
        .where(ImportRow.made_at < before, ImportRow.screen_id.not_in(held_screens()))
        .values(content="")
    )
