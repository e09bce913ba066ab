"""Judging the answers to one question again, after the question or the judge was put right.

Nothing is overwritten: a grade is added, the attempt's chain and the audit chain say so, and a notice keeps
what was told before and after. Decisions stay as they were, on the evidence that they name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

import quizengine
from quizengine.bank import Bank
from quizengine.errors import BusyError, NotFoundError, QuizEngineError
from quizengine.generation.remaking import remade
from quizengine.grading import grade
from quizengine.model.grade import Grade
from quizengine.model.variant import Variant
from quizengine.services.attempt import events
from quizengine.services.hiring import audit, results
from quizengine.services.reporting import told_of
from quizengine.services.runtime import Runtime
from quizengine.store import attempts, contract, evidence, panels
from quizengine.store import regrading as store
from quizengine.store import screens as screen_store
from quizengine.store.evidence_rows import RecomputedRow
from quizengine.store.hiring_rows import InvitationRow, ScreenRow
from quizengine.store.rows import AttemptRow, SlotRow

#: A grade that differs in one of these leads to another result, or another word about it.
COUNTS = ("verdict", "score", "misconception")
#: What of an answer a person sees while they answer.
SHOWN = ("options", "items", "left", "right", "code", "column_heads", "row_heads")


@dataclass(frozen=True, slots=True, kw_only=True)
class Regraded:
    """An answer that is judged otherwise now, and what becomes of the result of its attempt.

    ``who`` is the code of a candidate, or the id of a learner's attempt. ``before`` and ``after`` have
    ``skills`` (the band of each), and in a screening ``headline`` and ``p_meets``.
    """

    attempt_id: str
    who: str
    number: int
    verdicts: tuple[str, str]
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def bands(self) -> dict[str, tuple[str, str]]:
        """The skills whose band changes, each with the band before and after."""
        return {
            skill: (band, self.after["skills"][skill])
            for skill, band in self.before["skills"].items()
            if band != self.after["skills"][skill]
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Regrading:
    """What judging a question again found: how many answers were looked at, and those that change."""

    question_id: str
    answers: int
    undecided: int
    changes: tuple[Regraded, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    slot_id: str
    grade_id: int
    grade: Grade
    by: Variant | None


def regrade(
    runtime: Runtime, question_id: str, *, apply: bool, now: datetime, by: str = "operator"
) -> Regrading:
    """Judge all answers to a question in finished attempts again; with ``apply`` the new grades count.

    They are judged by the question as the bank has it now, where that asks the same in the same words with
    the same parameters; else by the variant that was shown.

    Raises
    ------
    NotFoundError
        If nobody has answered such a question and the bank has none.
    """
    with runtime.transaction.reading() as session:
        slots = store.answers_to(session, question_id)
        given = [(slot, attempts.variant_of(session, slot)) for slot in slots]
    if not given and question_id not in runtime.bank.questions:
        raise NotFoundError(f"Nobody has answered a question {question_id!r}, and the bank has none.")
    judged = [_judge(runtime.bank, slot, shown) for slot, shown in given]
    changes = [
        _settle(runtime, one, apply=apply, now=now, by=by)
        for one in judged
        if one is not None and one.grade.verdict != "undecided"
    ]
    return Regrading(
        question_id=question_id,
        answers=len(given),
        undecided=sum(one is not None and one.grade.verdict == "undecided" for one in judged),
        changes=tuple(one for one in changes if one is not None),
    )


def _judge(bank: Bank, slot: SlotRow, shown: Variant) -> _Judged | None:
    """Return the new grade of an answer; None if it is the old one."""
    response = slot.response
    if response is None:
        return None
    variant = corrected(bank, shown)
    try:
        found = grade(variant, attempts.response_of(response))
    except BusyError:
        found = Grade(verdict="undecided")
    last = response.grades[-1]
    if all(getattr(last, name) == getattr(found, name) for name in COUNTS):
        return None
    return _Judged(slot.id, last.id, found, None if variant == shown else variant)


def corrected(bank: Bank, shown: Variant) -> Variant:
    """Return what the bank makes of the same parameters now; the variant shown if that asks otherwise."""
    if shown.question_id not in bank.questions:
        return shown
    try:
        again = remade(bank[shown.question_id].program, shown)
    except QuizEngineError:
        return shown
    if again is None or _asked(again) != _asked(shown):
        return shown
    same_judge = (again.parts, again.misconceptions) == (shown.parts, shown.misconceptions)
    return shown if same_judge else replace(again, figure=shown.figure)


def _asked(variant: Variant) -> list[object]:
    """Return what somebody who answers sees."""
    parts = [
        (part.name, part.label, type(part.answer), [getattr(part.answer, name, None) for name in SHOWN])
        for part in variant.parts
    ]
    return [variant.prompt, variant.figure and variant.figure.alt, parts]


def _settle(runtime: Runtime, judged: _Judged, *, apply: bool, now: datetime, by: str) -> Regraded | None:
    """Add a grade and tell what changes; without ``apply`` all of it is taken back."""
    with runtime.transaction() as session:
        slot = store.slot_with_grades(session, judged.slot_id)
        response = slot.response
        if response is None or response.grades[-1].id != judged.grade_id:
            return None  # somebody else has just done it
        tried = session.begin_nested()
        row = contract.locked_attempt(session, slot.attempt_id)
        before, verdict = told_now(session, row), response.grades[-1].verdict
        new = attempts.grade_row(judged.grade, engine_version=quizengine.__version__, now=now)
        new.judged_by = panels.keep_variant(session, judged.by) if judged.by else None
        response.grades.append(new)
        session.flush()
        after = told_now(session, row)
        invitation = screen_store.invitation_of_attempt(session, row.id)
        change = Regraded(
            attempt_id=row.id, who=invitation.code if invitation else row.id, number=slot.number,
            verdicts=(verdict, judged.grade.verdict), before=before, after=after,
        )  # fmt: skip
        if apply:
            _write_down(session, row, slot, change, invitation, now=now, by=by)
            tried.commit()
        else:
            tried.rollback()
    return change


def told_now(session: Session, row: AttemptRow) -> dict[str, Any]:
    """Return what an attempt tells: headline and skills of a screening, the skills of a diagnostic."""
    invitation = screen_store.invitation_of_attempt(session, row.id)
    if invitation:
        return results.summary_of(results.evidence_table(results.result_of(session, invitation)))
    told = told_of(session, row)
    return {"skills": {one["skill"]: one["band"] for one in told}, "told": told}


def _write_down(
    session: Session,
    row: AttemptRow,
    slot: SlotRow,
    change: Regraded,
    invitation: InvitationRow | None,
    *,
    now: datetime,
    by: str,
) -> None:
    question, verdict = str(slot.question_id), change.verdicts[1]
    events.append(session, row, "regraded", now=now, number=slot.number, question=question, verdict=verdict)
    session.add(
        RecomputedRow(
            attempt_id=row.id, question_id=question, at=now, by=by, before=dict(change.before),
            after=dict(change.after),
        )
    )  # fmt: skip
    if invitation:
        screen = session.get_one(ScreenRow, invitation.screen_id)
        audit.record(
            session, screen.organisation_id, actor=by, act="regraded", now=now, screen=screen.id,
            result=invitation.result_id, code=invitation.code, question=question, verdict=verdict,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a page says of a result that was recomputed."""

    question_id: str
    at: datetime
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def notices(runtime: Runtime, attempt_id: str) -> list[Notice]:
    """Return what was recomputed of an attempt, the newest first; who may see it is for the caller."""
    with runtime.transaction.reading() as session:
        return [
            Notice(question_id=one.question_id, at=one.at, before=one.before, after=one.after)
            for one in evidence.recomputed_of(session, attempt_id)[::-1]
        ]
