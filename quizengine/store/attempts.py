"""Queries on learners, attempts and their slots. The session comes in; nothing commits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, literal, select, true, update
from sqlalchemy.orm import Session, joinedload, selectinload

from quizengine.errors import AttemptClosedError, NotFoundError
from quizengine.model import attempt as model
from quizengine.model.grade import Grade, Response
from quizengine.model.variant import Variant
from quizengine.store import codec, panels
from quizengine.store.codec import Outline
from quizengine.store.once import keep_once
from quizengine.store.rows import (
    AttemptRow,
    DraftRow,
    GradeRow,
    LearnerRow,
    ReportRow,
    ResponseRow,
    RoadmapRow,
    SlotRow,
    UtcDateTime,
)

NO_ATTEMPT = "There is no such attempt, or it belongs to somebody else."
EVIDENCE = ("correct", "partial", "wrong")
"""Verdicts that say something about what a person knows."""
ANSWERED = "This question has its answer already; go on to the next one."


def find_attempt(
    session: Session, attempt_id: str, learner_id: str | None, *, answers: bool = False
) -> AttemptRow:
    """Return an attempt of the learner with its slots; None as learner asks for anybody's.

    Parameters
    ----------
    answers
        Whether all variants, responses and grades come with it. Else a variant is fetched
        when it is looked at: an attempt that goes on needs one.

    Raises
    ------
    NotFoundError
        If there is none; one of another person looks the same.
    """
    slots = selectinload(AttemptRow.slots)
    wanted = (
        slots.joinedload(SlotRow.response).selectinload(ResponseRow.grades)
        if answers
        else slots.defer(SlotRow.variant)
    )
    found = session.scalar(
        select(AttemptRow).where(AttemptRow.id == attempt_id).options(slots.joinedload(SlotRow.draft), wanted)
    )
    if found is None or learner_id not in (None, found.learner_id):
        raise NotFoundError(NO_ATTEMPT)
    return found


def find_slot(session: Session, slot_id: str, learner_id: str) -> SlotRow:
    """Return one question of an attempt of the learner.

    Raises
    ------
    NotFoundError
        If there is none; one of another person looks the same.
    """
    found = session.scalar(
        select(SlotRow)
        .where(SlotRow.id == slot_id)
        .options(
            joinedload(SlotRow.attempt),
            joinedload(SlotRow.draft),
            joinedload(SlotRow.response).selectinload(ResponseRow.grades),
        )
    )
    if found is None or found.attempt.learner_id != learner_id:
        raise NotFoundError("There is no such question, or it belongs to somebody else.")
    return found


def attempts_of(session: Session, learner_id: str, kind: str) -> Sequence[AttemptRow]:
    """Return the attempts of a learner, the newest first; variants are fetched when they are looked at."""
    return session.scalars(
        select(AttemptRow)
        .where(AttemptRow.learner_id == learner_id, AttemptRow.kind == kind)
        .order_by(AttemptRow.created_at.desc())
        .options(selectinload(AttemptRow.slots).defer(SlotRow.variant))
    ).all()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredRow:
    """What a committed answer tells the scorer: the question in outline, and the last grade."""

    outline: Outline
    dont_know: bool
    milliseconds: int
    grade: Grade


def scored_answers(
    session: Session, attempt_id: str, *, before: int | None = None, withdrawn: bool = False
) -> tuple[ScoredRow, ...]:
    """Return the committed answers of an attempt (``before`` a number), in order, as the scorer needs them.

    Every commit reads all answers before it: what only their pages show stays where it is. Questions that
    were withdrawn afterwards count only if they are asked for.
    """
    wanted = true() if before is None else SlotRow.number < before
    counts = true() if withdrawn else SlotRow.state != "withdrawn"
    rows = session.execute(
        select(
            SlotRow.number, SlotRow.variant, ResponseRow.dont_know, ResponseRow.milliseconds,
            GradeRow.verdict, GradeRow.score, GradeRow.misconception,
        )
        .join(ResponseRow, ResponseRow.slot_id == SlotRow.id)
        .join(GradeRow, GradeRow.response_id == ResponseRow.id)
        .where(SlotRow.attempt_id == attempt_id, wanted, counts)
        .order_by(SlotRow.number, GradeRow.id)
    )  # fmt: skip
    last = {row.number: row for row in rows}
    return tuple(
        ScoredRow(
            outline=codec.outline_from_json(row.variant),
            dont_know=row.dont_know,
            milliseconds=row.milliseconds,
            grade=Grade(verdict=row.verdict, score=row.score, misconception=row.misconception),
        )
        for row in last.values()
    )


def diagnostic_scores(session: Session) -> Iterator[tuple[str, str, float]]:
    """Yield attempt, question and score of every answer in a diagnostic that is evidence, the last grade.

    Of two answers to one question in one attempt the first counts. Practice is left out: there people
    learn between answers.
    """
    last = select(func.max(GradeRow.id)).group_by(GradeRow.response_id).scalar_subquery()
    rows = session.execute(
        select(SlotRow.attempt_id, SlotRow.question_id, GradeRow.score)
        .join(AttemptRow, SlotRow.attempt_id == AttemptRow.id)
        .join(ResponseRow, ResponseRow.slot_id == SlotRow.id)
        .join(GradeRow, GradeRow.response_id == ResponseRow.id)
        .where(AttemptRow.kind == "diagnostic", GradeRow.verdict.in_(EVIDENCE), GradeRow.id.in_(last))
        .order_by(SlotRow.attempt_id, SlotRow.number)
        .execution_options(yield_per=10_000)
    )
    attempt, seen = "", set[str]()
    for row in rows:
        if row.attempt_id != attempt:
            attempt, seen = row.attempt_id, set()
        if row.question_id not in seen:
            seen.add(row.question_id)
            yield row.attempt_id, row.question_id, row.score


def questions_seen(session: Session, learner_id: str, *, kind: str, but: str = "") -> frozenset[str]:
    """Return the ids of the questions that a learner was shown in attempts of a kind, ``but`` for one."""
    rows = session.scalars(
        select(SlotRow.question_id)
        .join(AttemptRow)
        .where(AttemptRow.learner_id == learner_id, AttemptRow.kind == kind, AttemptRow.id != but)
    )
    return frozenset(rows)


def add_slot(
    session: Session, slot_id: str, attempt_id: str, number: int, variant: Variant, *, now: datetime
) -> dict[str, Any]:
    """Store a variant as the next question of an attempt, before anybody sees it; return its JSON."""
    content = panels.keep_variant(session, variant)
    session.add(
        SlotRow(
            id=slot_id,
            attempt_id=attempt_id,
            number=number,
            question_id=variant.question_id,
            identity=variant.identity,
            variant=content,
            shown_at=now,
        )
    )
    return content


def variant_of(session: Session, slot: SlotRow) -> Variant:
    """Return the variant of a slot, exactly as it was shown."""
    return panels.read_variant(session, slot.variant)


def record_response(
    session: Session,
    slot_id: str,
    response: Response,
    grade: Grade,
    *,
    engine_version: str,
    now: datetime,
    key: str = "",
) -> ResponseRow:
    """Append a response and its grade, once: of two that race, the second is refused.

    ``key`` is what the page calls this answer by, however often it sends it.

    Raises
    ------
    AttemptClosedError
        If a response stands there already, as after a double click, or the attempt ended meanwhile.
    """
    going_on = select(AttemptRow.id).where(AttemptRow.state.in_(model.before("finish")))
    taken = session.scalar(
        update(SlotRow)
        .where(SlotRow.id == slot_id, SlotRow.committed_at.is_(None), SlotRow.attempt_id.in_(going_on))
        .values(committed_at=now, state="committed")
        .returning(SlotRow.id)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        raise AttemptClosedError(ANSWERED)
    given = ResponseRow(
        slot_id=slot_id,
        answers=plain_answers(response.answers),
        dont_know=response.dont_know,
        decimal=response.decimal,
        milliseconds=response.milliseconds,
        given_at=now,
        idempotency_key=key,
        grades=[grade_row(grade, engine_version=engine_version, now=now)],
    )
    session.add(given)
    session.execute(delete(DraftRow).where(DraftRow.slot_id == slot_id))
    return given


def grade_row(grade: Grade, *, engine_version: str, now: datetime) -> GradeRow:
    """Return the row of a grade as it was told."""
    return GradeRow(
        verdict=grade.verdict,
        score=grade.score,
        rule=grade.rule,
        read_as=grade.read_as,
        misconception=grade.misconception,
        feedback=grade.feedback,
        hint=grade.hint,
        engine_version=engine_version,
        graded_at=now,
    )


def response_of(row: ResponseRow) -> Response:
    """Return what a person gave, the same value as when it came in."""
    return Response(
        answers={name: tupled(value) for name, value in row.answers.items()},
        dont_know=row.dont_know,
        decimal="comma" if row.decimal == "comma" else "point",
        milliseconds=row.milliseconds,
    )


def save_draft(
    session: Session,
    slot_id: str,
    seq: int,
    answers: Mapping[str, Any],
    *,
    now: datetime,
    decimal: str = "point",
) -> DraftRow:
    """Keep what stands in the form, unless a newer state is kept; return the newest."""
    draft = session.get(DraftRow, slot_id)
    if draft is None:
        draft = DraftRow(
            slot_id=slot_id, seq=seq, answers=plain_answers(answers), decimal=decimal, saved_at=now
        )
        session.add(draft)
    elif seq > draft.seq:
        draft.seq, draft.answers, draft.decimal, draft.saved_at = seq, plain_answers(answers), decimal, now
    else:
        return draft
    # The type by name: as a bare value it would go to the database with its zone.
    moment = literal(now, UtcDateTime())
    session.execute(
        update(SlotRow)
        .where(SlotRow.id == slot_id)
        .values(saves=SlotRow.saves + 1, first_saved_at=func.coalesce(SlotRow.first_saved_at, moment))
        .execution_options(synchronize_session=False)
    )
    return draft


def answers_of(draft: DraftRow) -> dict[str, Any]:
    """Return the answers of a draft as values."""
    return {name: tupled(value) for name, value in draft.answers.items()}


def move(session: Session, attempt_id: str, how: model.Move, **values: Any) -> bool:
    """Take an attempt from one state to the next; False if it is in no state that this leads out of.

    The guard is the condition of the update, so of two that race one moves it.
    """
    taken = session.scalar(
        update(AttemptRow)
        .where(AttemptRow.id == attempt_id, AttemptRow.state.in_(model.before(how)))
        .values(state=model.after(how), **values)
        .returning(AttemptRow.id)
    )
    return taken is not None


def keep_roadmap(session: Session, digest: str, content: dict[str, Any]) -> None:
    """Store a roadmap under the hash of its content, once."""
    keep_once(session, RoadmapRow, digest, digest=digest, content=content)


def find_report(session: Session, report_id: str, learner_id: str) -> ReportRow:
    """Return a report of the learner.

    Raises
    ------
    NotFoundError
        If there is none; one of another person looks the same.
    """
    found = session.scalar(
        select(ReportRow)
        .join(AttemptRow, AttemptRow.id == ReportRow.attempt_id)
        .where(ReportRow.id == report_id, AttemptRow.learner_id == learner_id)
    )
    if found is None:
        raise NotFoundError("There is no such report, or it belongs to somebody else.")
    return found


def report_of_attempt(session: Session, attempt_id: str) -> ReportRow | None:
    """Return the report of a finished diagnostic, if it has one."""
    return session.scalar(select(ReportRow).where(ReportRow.attempt_id == attempt_id))


def newest_report(session: Session, learner_id: str) -> ReportRow | None:
    """Return the newest report of a learner."""
    return session.scalar(
        select(ReportRow)
        .join(AttemptRow, AttemptRow.id == ReportRow.attempt_id)
        .where(AttemptRow.learner_id == learner_id)
        .order_by(ReportRow.made_at.desc())
        .limit(1)
    )


def neighbours_of(
    session: Session, report: ReportRow, learner_id: str
) -> tuple[datetime | None, datetime | None]:
    """Return when the reports of a learner before and after this one were made; None where there is none."""
    made = [
        func.max(ReportRow.made_at).filter(ReportRow.made_at < report.made_at),
        func.min(ReportRow.made_at).filter(ReportRow.made_at > report.made_at),
    ]
    row = session.execute(
        select(*made)
        .join(AttemptRow, AttemptRow.id == ReportRow.attempt_id)
        .where(AttemptRow.learner_id == learner_id)
    ).one()
    return row[0], row[1]


def find_learner(session: Session, resume_hash: str) -> LearnerRow | None:
    """Return the learner whose resume link has this hash."""
    return session.scalar(select(LearnerRow).where(LearnerRow.resume_hash == resume_hash))


def plain_answers(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return answers as JSON."""
    return {name: _lists(value) for name, value in answers.items()}


def _lists(value: Any) -> Any:
    return [_lists(item) for item in value] if isinstance(value, tuple | list) else str(value)


def tupled(value: Any) -> Any:
    """Return an answer of JSON as the value that graders take."""
    return tuple(tupled(item) for item in value) if isinstance(value, list) else value
