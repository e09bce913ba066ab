"""Queries for exports of a screen: rows come in pieces, however many they are. Nothing here commits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased

from quizengine.model.attempt import FINAL
from quizengine.store.attempt_rows import AttemptEventRow
from quizengine.store.hiring_rows import AuditRow, CandidateRow, InvitationRow
from quizengine.store.rows import AttemptRow, GradeRow, ResponseRow, SlotRow

AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLine:
    """One answer as an export tells it; ``seconds`` are in the time that everybody has."""

    code: str
    number: int
    question_id: str
    version: int
    skill: str
    answers: Mapping[str, Any]
    dont_know: bool
    read_as: str
    verdict: str
    score: float
    misconception: str | None
    seconds: float


def begun(session: Session, screen_id: str) -> Iterator[Sequence[tuple[InvitationRow, CandidateRow]]]:
    """Yield the invitations of a screen with which somebody has begun, and who, by code, in pieces."""
    after = ""
    while True:
        rows = session.execute(
            select(InvitationRow, CandidateRow)
            .join(CandidateRow, CandidateRow.id == InvitationRow.candidate_id)
            .where(_is_begun(screen_id), InvitationRow.code > after)
            .order_by(InvitationRow.code)
            .limit(AT_ONCE)
        )
        found = [(row[0], row[1]) for row in rows]
        if not found:
            return
        yield found
        after = found[-1][0].code


def count_begun(session: Session, screen_id: str) -> int:
    """Return with how many invitations of a screen somebody has begun."""
    return session.scalar(select(func.count()).select_from(InvitationRow).where(_is_begun(screen_id))) or 0


def _is_begun(screen_id: str) -> ColumnElement[bool]:
    return and_(InvitationRow.screen_id == screen_id, InvitationRow.attempt_id.is_not(None))


def invitation_ids(session: Session, screen_id: str) -> frozenset[str]:
    """Return the ids of a screen's invitations and of their results, as the audit chain names them."""
    rows = session.execute(
        select(InvitationRow.id, InvitationRow.result_id).where(InvitationRow.screen_id == screen_id)
    )
    return frozenset(one for row in rows for one in row)


def answer_lines(session: Session, screen_id: str) -> Iterator[AnswerLine]:
    """Yield the answers of a screen's finished attempts, by code and number, with the last grade of each."""
    other = aliased(GradeRow)
    last = select(func.max(other.id)).where(other.response_id == ResponseRow.id).correlate(ResponseRow)
    rows = session.execute(
        select(
            InvitationRow.code, SlotRow.number, SlotRow.question_id, SlotRow.variant["version"],
            SlotRow.variant["skills"], ResponseRow.answers, ResponseRow.dont_know, GradeRow.read_as,
            GradeRow.verdict, GradeRow.score, GradeRow.misconception, ResponseRow.milliseconds,
            AttemptRow.multiplier_percent,
        )
        .join(AttemptRow, AttemptRow.id == InvitationRow.attempt_id)
        .join(SlotRow, SlotRow.attempt_id == AttemptRow.id)
        .join(ResponseRow, ResponseRow.slot_id == SlotRow.id)
        .join(GradeRow, GradeRow.id == last.scalar_subquery())
        .where(InvitationRow.screen_id == screen_id, AttemptRow.state.in_(FINAL))
        .order_by(InvitationRow.code, SlotRow.number)
        .execution_options(yield_per=AT_ONCE)
    )  # fmt: skip
    for row in rows:
        yield AnswerLine(
            code=row[0], number=row[1], question_id=row[2], version=row[3], skill=row[4][0][0],
            answers=row[5], dont_know=row[6], read_as=row[7], verdict=row[8], score=row[9],
            misconception=row[10], seconds=row[11] / 1000 * 100 / row[12],
        )  # fmt: skip


def event_rows(session: Session, screen_id: str) -> Iterator[tuple[str, AttemptEventRow]]:
    """Yield the events of a screen's attempts with the codes of the candidates, by code and number."""
    rows = session.execute(
        select(InvitationRow.code, AttemptEventRow)
        .join(AttemptEventRow, AttemptEventRow.attempt_id == InvitationRow.attempt_id)
        .where(InvitationRow.screen_id == screen_id)
        .order_by(InvitationRow.code, AttemptEventRow.n)
        .execution_options(yield_per=AT_ONCE)
    )
    for row in rows:
        yield row[0], row[1]


def audit_rows(session: Session, organisation_id: str) -> Iterator[AuditRow]:
    """Yield an organisation's audit chain, in order."""
    yield from session.scalars(
        select(AuditRow)
        .where(AuditRow.organisation_id == organisation_id)
        .order_by(AuditRow.n)
        .execution_options(yield_per=AT_ONCE)
    )
