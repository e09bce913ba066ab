"""Queries on how often questions were given, and to whom. The session comes in; nothing commits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from sqlalchemy import distinct, extract, func, or_, select
from sqlalchemy.orm import Session

from quizengine.store.hiring_rows import CandidateRow, InvitationRow, ScreenRow
from quizengine.store.rows import AttemptRow, SlotRow


def forms_given(session: Session, screen_id: str) -> tuple[int, Counter[str]]:
    """Return how many forms a screen has given out, and how many of them have each question."""
    forms = session.scalars(
        select(AttemptRow.planned)
        .join(InvitationRow, InvitationRow.attempt_id == AttemptRow.id)
        .where(InvitationRow.screen_id == screen_id)
    ).all()
    return len(forms), Counter(str(id_) for form in forms for id_ in form)


def met_by(session: Session, learner_ids: Collection[str]) -> frozenset[str]:
    """Return the questions that people were shown, in practice or in a test."""
    rows = session.scalars(
        select(SlotRow.question_id).join(AttemptRow).where(AttemptRow.learner_id.in_(learner_ids)).distinct()
    )
    return frozenset(rows)


def variants_used(session: Session, organisation_id: str) -> dict[str, int]:
    """Return how many different variants of each question an organisation's candidates were shown."""
    rows = session.execute(
        select(SlotRow.question_id, func.count(distinct(SlotRow.identity)))
        .join(AttemptRow)
        .join(CandidateRow, CandidateRow.learner_id == AttemptRow.learner_id)
        .where(CandidateRow.organisation_id == organisation_id)
        .group_by(SlotRow.question_id)
    )
    return {row[0]: row[1] for row in rows}


def identities_used(session: Session, learner_id: str, question_id: str) -> frozenset[str]:
    """Return which variants of a question somebody has seen, or anybody whom the same organisation tests."""
    own = select(CandidateRow.organisation_id).where(CandidateRow.learner_id == learner_id)
    others = select(CandidateRow.learner_id).where(CandidateRow.organisation_id.in_(own))
    rows = session.scalars(
        select(SlotRow.identity)
        .join(AttemptRow)
        .where(
            SlotRow.question_id == question_id,
            or_(AttemptRow.learner_id == learner_id, AttemptRow.learner_id.in_(others)),
        )
    )
    return frozenset(rows)


def shown_by_month(session: Session, organisation_id: str) -> Counter[tuple[str, int, int]]:
    """Return how often an organisation's screens showed each question, by question, year and month (UTC)."""
    year, month = extract("year", SlotRow.shown_at), extract("month", SlotRow.shown_at)
    rows = session.execute(
        select(SlotRow.question_id, year, month, func.count())
        .join(InvitationRow, InvitationRow.attempt_id == SlotRow.attempt_id)
        .join(ScreenRow, ScreenRow.id == InvitationRow.screen_id)
        .where(ScreenRow.organisation_id == organisation_id)
        .group_by(SlotRow.question_id, year, month)
    )
    return Counter({(question, int(y), int(m)): count for question, y, m, count in rows})
