"""Queries on printed sheets, their bytes and their marks. The session comes in; nothing commits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import and_, func, select, true, update
from sqlalchemy.orm import Session, selectinload

from quizengine.errors import NotFoundError
from quizengine.model.grade import Grade, Response
from quizengine.model.sheet import PaperSize, PrintKind, Sheet, SheetItem, SheetMark
from quizengine.store import codec, panels
from quizengine.store.attempts import EVIDENCE, plain_answers, tupled
from quizengine.store.codec import Outline
from quizengine.store.rows import (
    AttemptRow,
    GradeRow,
    ResponseRow,
    SheetItemRow,
    SheetMarkRow,
    SheetPrintRow,
    SheetRow,
    SheetRunRow,
    SlotRow,
)

_ITEM_OF_MARK = and_(SheetItemRow.code == SheetMarkRow.code, SheetItemRow.number == SheetMarkRow.number)
NO_SHEET = "There is no such sheet, or it belongs to somebody else."


def find_sheet(session: Session, code: str) -> SheetRow | None:
    """Return the sheet that has a code, with its questions and prints; whose it is is not looked at."""
    return session.scalar(
        select(SheetRow)
        .where(SheetRow.code == code)
        .options(selectinload(SheetRow.run), selectinload(SheetRow.items), selectinload(SheetRow.prints))
    )


def find_run(session: Session, run_id: str, learner_id: str | None) -> SheetRunRow:
    """Return a run of the learner with its sheets; None asks for anybody's.

    Raises
    ------
    NotFoundError
        If there is none; one of another person looks the same.
    """
    found = session.scalar(
        select(SheetRunRow).where(SheetRunRow.id == run_id).options(selectinload(SheetRunRow.sheets))
    )
    if found is None or learner_id not in (None, found.learner_id):
        raise NotFoundError(NO_SHEET)
    return found


def runs_of(session: Session, learner_id: str | None, *, limit: int) -> Sequence[SheetRunRow]:
    """Return the newest runs of a learner, or of all, with their sheets."""
    wanted = true() if learner_id is None else SheetRunRow.learner_id == learner_id
    return session.scalars(
        select(SheetRunRow)
        .where(wanted)
        .order_by(SheetRunRow.created_at.desc(), SheetRunRow.id)
        .limit(limit)
        .options(selectinload(SheetRunRow.sheets))
    ).all()


def copies_since(session: Session, learner_id: str, since: datetime) -> tuple[int, int]:
    """Return how many runs a learner began since a moment, and how many copies these have."""
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(SheetRunRow.total), 0)).where(
            SheetRunRow.learner_id == learner_id, SheetRunRow.created_at > since
        )
    ).one()
    return int(row[0]), int(row[1])


def add_sheet(session: Session, run_id: str, number: int, sheet: Sheet, *, now: datetime) -> bool:
    """Store a copy with its exact values; False where its code is there already."""
    if session.get(SheetRow, sheet.code) is not None:
        return False
    session.add(
        SheetRow(
            code=sheet.code,
            run_id=run_id,
            number=number,
            form=sheet.form,
            name=sheet.name,
            title=sheet.title,
            paper=sheet.paper,
            large_print=sheet.large_print,
            minutes=sheet.minutes,
            skills=dict(sheet.skills),
            made_at=now,
            items=[
                SheetItemRow(
                    number=at,
                    question_id=item.variant.question_id,
                    identity=item.variant.identity,
                    marks=item.marks,
                    variant=panels.keep_variant(session, item.variant),
                )
                for at, item in enumerate(sheet.items, 1)
            ],
        )
    )
    session.flush()
    return True


def sheet_of(session: Session, row: SheetRow) -> Sheet:
    """Return a sheet, the same value as when it was printed."""
    paper: PaperSize = "letter" if row.paper == "letter" else "a4"
    return Sheet(
        code=row.code,
        form=row.form,
        title=row.title,
        paper=paper,
        large_print=row.large_print,
        minutes=row.minutes,
        items=tuple(SheetItem(panels.read_variant(session, item.variant), item.marks) for item in row.items),
        name=row.name,
        skills=dict(row.skills),
        # Runs of older releases do not say it.
        key=row.run.wish.get("key", "separate"),
    )


def keep_print(session: Session, code: str, kind: PrintKind, pdf: bytes, *, now: datetime) -> None:
    """Keep the bytes of a sheet or key; those that are kept already stay."""
    if session.get(SheetPrintRow, (code, kind)) is None:
        session.add(
            SheetPrintRow(
                code=code,
                kind=kind,
                sha256=sha256(pdf).hexdigest(),
                pdf=pdf,
                made_at=now,
            )
        )


def kept_print(session: Session, code: str, kind: PrintKind) -> bytes | None:
    """Return the kept bytes of a sheet or key, if they are (still) there."""
    return session.scalar(
        select(SheetPrintRow.pdf).where(SheetPrintRow.code == code, SheetPrintRow.kind == kind)
    )


def claim_run(session: Session, run_id: str, *, now: datetime, stale: datetime) -> bool:
    """Take a run to work on it; False while another process does, which it says from time to time."""
    free = SheetRunRow.worked_at.is_(None) | (SheetRunRow.worked_at < stale)
    taken = session.scalar(
        update(SheetRunRow)
        .where(SheetRunRow.id == run_id, free)
        .values(worked_at=now, failed="")
        .returning(SheetRunRow.id)
    )
    return taken is not None


def last_marks(session: Session, code: str, learner_id: str | None) -> dict[int, SheetMark]:
    """Return for each question of a sheet what was entered last for a learner, or for nobody."""
    rows = session.scalars(
        select(SheetMarkRow)
        .where(SheetMarkRow.code == code, SheetMarkRow.learner_id.is_not_distinct_from(learner_id))
        .order_by(SheetMarkRow.id)
    )
    return {mark.number: mark_of(mark) for mark in rows}


def marked_by_owners(session: Session, run_ids: Sequence[str]) -> dict[str, int]:
    """Return how many questions of each sheet of some runs have a mark of whose sheet it is."""
    rows = session.execute(
        select(SheetMarkRow.code, func.count(SheetMarkRow.number.distinct()))
        .join(SheetRow, SheetRow.code == SheetMarkRow.code)
        .join(SheetRunRow, SheetRunRow.id == SheetRow.run_id)
        .where(
            SheetRunRow.id.in_(run_ids),
            SheetMarkRow.learner_id.is_not_distinct_from(SheetRunRow.learner_id),
        )
        .group_by(SheetMarkRow.code)
    )
    return {row[0]: int(row[1]) for row in rows}


def count_others(session: Session, code: str) -> int:
    """Return how many learners but the owner have entered something on a sheet."""
    found = session.scalar(
        select(func.count(SheetMarkRow.learner_id.distinct()))
        .join(SheetRow, SheetRow.code == SheetMarkRow.code)
        .join(SheetRunRow, SheetRunRow.id == SheetRow.run_id)
        .where(SheetMarkRow.code == code, SheetMarkRow.learner_id.is_distinct_from(SheetRunRow.learner_id))
    )
    return int(found or 0)


def share(session: Session, run_id: str, codes: Sequence[str], since: datetime | None) -> None:
    """Share these sheets of a run, or all of it if none is named; None ends it. Since when stays."""
    wanted = true() if not codes else SheetRow.code.in_(codes)
    changed = SheetRow.shared_at.is_(None) if since else SheetRow.shared_at.is_not(None)
    session.execute(
        update(SheetRow).where(SheetRow.run_id == run_id, wanted, changed).values(shared_at=since)
    )


def count_shared(session: Session, run_id: str) -> int:
    """Return how many sheets of a run are shared."""
    found = session.scalar(
        select(func.count()).where(SheetRow.run_id == run_id, SheetRow.shared_at.is_not(None))
    )
    return int(found or 0)


def add_mark(
    session: Session,
    code: str,
    mark: SheetMark,
    *,
    learner_id: str | None,
    entered_by: str | None,
    engine_version: str,
    now: datetime,
) -> None:
    """Append what stands at a question of a sheet."""
    told = mark.grade or Grade(verdict="unreadable")
    session.add(
        SheetMarkRow(
            code=code,
            number=mark.number,
            how=mark.how,
            is_own=mark.is_own,
            learner_id=learner_id,
            entered_by=entered_by,
            entered_at=now,
            answers=plain_answers(mark.response.answers),
            dont_know=mark.response.dont_know,
            decimal=mark.response.decimal,
            verdict=mark.grade.verdict if mark.grade else None,
            score=told.score,
            rule=told.rule,
            read_as=told.read_as,
            misconception=told.misconception,
            feedback=told.feedback,
            engine_version=engine_version,
        )
    )


def mark_of(row: SheetMarkRow) -> SheetMark:
    """Return a mark, the same value as when it was entered."""
    grade = None
    if row.verdict is not None:
        grade = Grade(
            verdict=row.verdict,  # type: ignore[arg-type]  # the table's constraint holds the five words
            score=row.score,
            rule=row.rule,
            read_as=row.read_as,
            misconception=row.misconception,
            feedback=row.feedback,
        )
    return SheetMark(
        number=row.number,
        how=row.how,  # type: ignore[arg-type]  # the table's constraint holds the three words
        response=Response(
            answers={name: tupled(value) for name, value in row.answers.items()},
            dont_know=row.dont_know,
            decimal="comma" if row.decimal == "comma" else "point",
        ),
        grade=grade,
        is_own=row.is_own,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetAnswerRow:
    """One answer on paper that counts for a learner: where it stands, and what the scorer needs of it."""

    code: str
    variant: Mapping[str, Any]
    mark: SheetMark

    @property
    def outline(self) -> Outline:
        """The question as the scorer needs it."""
        return codec.outline_from_json(self.variant)


def sheet_answers(
    session: Session, learner_id: str, *, since: datetime | None, until: datetime | None
) -> tuple[SheetAnswerRow, ...]:
    """Return the learner's own answers on paper that were first entered in a time, in that order.

    Of several marks of one question the last counts, whenever it was entered.
    """
    marks = (
        select(
            SheetMarkRow.code,
            SheetMarkRow.number,
            func.max(SheetMarkRow.id).label("last"),
            func.min(SheetMarkRow.id).label("first"),
            func.min(SheetMarkRow.entered_at).label("entered"),
        )
        .where(SheetMarkRow.learner_id == learner_id)
        .group_by(SheetMarkRow.code, SheetMarkRow.number)
        .subquery()
    )
    item = and_(SheetItemRow.code == marks.c.code, SheetItemRow.number == marks.c.number)
    rows = session.execute(
        select(SheetItemRow.variant, SheetMarkRow)
        .join(marks, SheetMarkRow.id == marks.c.last)
        .join(SheetItemRow, item)
        .where(
            SheetMarkRow.is_own,
            SheetMarkRow.verdict.is_not(None),
            true() if since is None else marks.c.entered >= since,
            true() if until is None else marks.c.entered < until,
        )
        .order_by(marks.c.first)
    )
    return tuple(SheetAnswerRow(code=row.code, variant=variant, mark=mark_of(row)) for variant, row in rows)


def scores_given(session: Session, learner_id: str) -> list[tuple[str, datetime, float]]:
    """Return question, moment and score of each answer of a learner that is evidence, online or on paper."""
    last = select(func.max(GradeRow.id)).group_by(GradeRow.response_id).scalar_subquery()
    online = session.execute(
        select(SlotRow.question_id, ResponseRow.given_at, GradeRow.score)
        .join(AttemptRow)
        .join(ResponseRow, ResponseRow.slot_id == SlotRow.id)
        .join(GradeRow, GradeRow.response_id == ResponseRow.id)
        .where(AttemptRow.learner_id == learner_id, GradeRow.verdict.in_(EVIDENCE), GradeRow.id.in_(last))
    )
    mine = SheetMarkRow.learner_id == learner_id
    latest = select(func.max(SheetMarkRow.id)).where(mine).group_by(SheetMarkRow.code, SheetMarkRow.number)
    paper = session.execute(
        select(SheetItemRow.question_id, SheetMarkRow.entered_at, SheetMarkRow.score)
        .join(SheetItemRow, _ITEM_OF_MARK)
        .where(
            SheetMarkRow.is_own,
            SheetMarkRow.verdict.in_(EVIDENCE),
            SheetMarkRow.id.in_(latest.scalar_subquery()),
        )
    )
    return [(row[0], row[1], row[2]) for rows in (online, paper) for row in rows]


def given_before(session: Session, learner_id: str) -> tuple[dict[str, datetime], Counter[str]]:
    """Return when each question was last given to a learner, online or on paper, and how often printed."""
    online = session.execute(
        select(SlotRow.question_id, func.max(SlotRow.shown_at))
        .join(AttemptRow)
        .where(AttemptRow.learner_id == learner_id)
        .group_by(SlotRow.question_id)
    )
    paper = session.execute(
        select(SheetItemRow.question_id, func.max(SheetRow.made_at), func.count())
        .join(SheetRow, SheetRow.code == SheetItemRow.code)
        .join(SheetRunRow, SheetRunRow.id == SheetRow.run_id)
        .where(SheetRunRow.learner_id == learner_id)
        .group_by(SheetItemRow.question_id)
    )
    last: dict[str, datetime] = {row[0]: row[1] for row in online}
    times = Counter[str]()
    # Also what others printed and shared.
    entered = session.execute(
        select(SheetItemRow.question_id, func.max(SheetMarkRow.entered_at))
        .join(SheetItemRow, _ITEM_OF_MARK)
        .where(SheetMarkRow.learner_id == learner_id)
        .group_by(SheetItemRow.question_id)
    )
    for name, at, count in paper:
        last[name] = max(at, last.get(name, at))
        times[name] = count
    for name, at in entered:
        last[name] = max(at, last.get(name, at))
    return last, times
