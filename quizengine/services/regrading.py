"""Judging the answers to one question again, after the question or the judge was put right.

Nothing is overwritten: a grade is added, the attempt's chain and the audit chain say so, and a notice keeps
what was told before and after. Decisions stay as they were, on the evidence that they name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import quizengine
from quizengine.bank import Bank
from quizengine.errors import BusyError, QuizEngineError, UnknownNameError
from quizengine.generation.remaking import remade
from quizengine.grading import grade
from quizengine.model.grade import Grade
from quizengine.model.variant import Variant
from quizengine.services.recomputing import Act, Change, settle
from quizengine.services.runtime import Runtime
from quizengine.store import attempts, panels
from quizengine.store import regrading as store
from quizengine.store.rows import ResponseRow, SlotRow

#: A grade that differs in one of these leads to another result, or another word about it.
COUNTS = ("verdict", "score", "misconception")
#: What of an answer a person sees while they answer.
SHOWN = ("options", "items", "left", "right", "code", "column_heads", "row_heads")


@dataclass(frozen=True, slots=True, kw_only=True)
class Regraded(Change):
    """An answer that is judged otherwise now, with its verdict before and after."""

    verdicts: tuple[str, str]


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
    UnknownNameError
        If nobody has answered such a question and the bank has none.
    """
    with runtime.transaction.reading() as session:
        slots = store.answers_to(session, question_id)
        given = [(slot, attempts.variant_of(session, slot)) for slot in slots]
    if not given and question_id not in runtime.bank.questions:
        raise UnknownNameError("question", question_id, map(str, runtime.bank.questions))
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
        verdicts = (response.grades[-1].verdict, judged.grade.verdict)

        def add(response: ResponseRow = response) -> None:
            new = attempts.grade_row(judged.grade, engine_version=quizengine.__version__, now=now)
            new.judged_by = panels.keep_variant(session, judged.by) if judged.by else None
            response.grades.append(new)

        act = Act(kind="regraded", do=add, facts={"verdict": verdicts[1]}, by=by, now=now)
        found = settle(session, slot, act, apply=apply)
    return Regraded(
        verdicts=verdicts, attempt_id=found.attempt_id, who=found.who, number=found.number,
        before=found.before, after=found.after,
    )  # fmt: skip
