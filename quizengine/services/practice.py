"""Practice of one skill: fresh variants, the grade at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

import quizengine
from quizengine.bank import Bank, BankQuestion
from quizengine.bank.engines import without_postgres
from quizengine.errors import AttemptClosedError, NotFoundError, RequestError
from quizengine.grading import grade
from quizengine.model.answers import ConfigAnswer, SqlAnswer, TableAnswer
from quizengine.model.attempt import OPEN
from quizengine.model.roadmap import Skill
from quizengine.roadmap.graph import skill as find_skill
from quizengine.services.attempt import closing
from quizengine.services.attempt.drawing import fresh_variant
from quizengine.services.attempts import open_slot
from quizengine.services.history import GivenAnswer, given_answer, keep_roadmap
from quizengine.services.runtime import Runtime, new_id
from quizengine.sqljudge import SqlExample, judge
from quizengine.sqljudge.postgres import EngineAwayError
from quizengine.store import attempts
from quizengine.store.rows import AttemptRow, SlotRow

MISSES_IN_A_ROW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What is shown after an answer in practice. ``example`` is a small database on which a query fails."""

    attempt_id: str
    answer: GivenAnswer
    skill: Skill
    right: int
    done: int
    prerequisite: Skill | None
    example: SqlExample | None


def start(
    runtime: Runtime, learner_id: str, skill: str, *, question_id: str | None = None, now: datetime
) -> str:
    """Begin to practise a skill (or go on with it) and return the attempt's id.

    ``question_id`` asks for fresh variants of one question.

    Raises
    ------
    UnknownNameError
        If there is no such skill or question.
    RequestError
        If the bank has no question on the skill.
    """
    wanted = find_skill(runtime.bank.roadmap, skill)
    if not runtime.bank.of_skill(wanted.id):
        raise RequestError(f"There is no question on {wanted.title} in this bank yet.")
    with runtime.transaction() as session:
        found = attempts.attempts_of(session, learner_id, "practice")
        going_on = next((row for row in found if row.skill == wanted.id and row.state in OPEN), None)
        if going_on is not None and question_id is None:
            attempt_id, number = going_on.id, len(going_on.slots) + 1
            if open_slot(going_on) is not None:
                return attempt_id
        else:
            attempt_id, number = new_id(), 1
            if going_on is not None:
                closing.end(session, going_on, how="finish", stopped=closing.AFRESH, now=now)
            session.add(
                _row(runtime, attempt_id, learner_id, wanted, keep_roadmap(session, runtime.bank), now)
            )
    _add(runtime, learner_id, attempt_id, number, question_id, now=now)
    return attempt_id


def _row(
    runtime: Runtime, attempt_id: str, learner_id: str, skill: Skill, roadmap_digest: str, now: datetime
) -> AttemptRow:
    return AttemptRow(
        id=attempt_id,
        learner_id=learner_id,
        kind="practice",
        state="in_progress",
        role="",
        skill=skill.id,
        roadmap_digest=roadmap_digest,
        bank_digest=runtime.bank.digest,
        engine_version=quizengine.__version__,
        seed=0,
        created_at=now,
        started_at=now,
    )


def go_on(
    runtime: Runtime, learner_id: str, attempt_id: str, *, like: str | None = None, now: datetime
) -> None:
    """Put the next question of a practice up; ``like`` is the slot whose question is wanted again.

    Doing so twice changes nothing: the question that waits stays.
    """
    with runtime.transaction.reading() as session:
        row = attempts.find_attempt(session, attempt_id, learner_id)
        if row.kind != "practice" or row.state not in OPEN:
            raise AttemptClosedError("This practice is over; begin another.")
        if open_slot(row) is not None:
            return
        number = len(row.slots) + 1
        question_id = next((slot.question_id for slot in row.slots if slot.id == like), None)
    _add(runtime, learner_id, attempt_id, number, question_id, now=now)


def _add(
    runtime: Runtime, learner_id: str, attempt_id: str, number: int, question_id: str | None, *, now: datetime
) -> None:
    with runtime.transaction.reading() as session:
        row = attempts.find_attempt(session, attempt_id, learner_id)
        if question_id is None or question_id not in runtime.bank.questions:
            question_id = next_question(runtime, session, row)
    try:
        variant = fresh_variant(runtime, learner_id, attempt_id, number, question_id)
    except EngineAwayError:  # another one can be practised meanwhile
        runtime = replace(runtime, bank=without_postgres(runtime.bank)[0])
        with runtime.transaction.reading() as session:
            row = attempts.find_attempt(session, attempt_id, learner_id)
            question_id = next_question(runtime, session, row)
        variant = fresh_variant(runtime, learner_id, attempt_id, number, question_id)
    with runtime.transaction() as session:
        row = attempts.find_attempt(session, attempt_id, learner_id)
        if open_slot(row) is None:
            attempts.add_slot(session, new_id(), attempt_id, len(row.slots) + 1, variant, now=now)


def next_question(runtime: Runtime, session: Session, row: AttemptRow) -> str:
    """Return the id of the question that comes next in a practice, unless another is asked for."""
    shown = [
        slot.question_id
        for each in attempts.attempts_of(session, row.learner_id, "practice")
        for slot in each.slots
    ]
    return _least_practised(runtime.bank, row.skill, shown)


def _least_practised(bank: Bank, skill: str, shown: Sequence[str]) -> str:
    """Return the question shown least often; the easiest of equals."""
    times = Counter(shown)
    entries: list[BankQuestion] = [e for e in bank.questions.values() if e.question.primary_skill == skill]
    return min(
        entries, key=lambda e: (times[e.question.id], e.question.difficulty, e.question.id)
    ).question.id


def feedback(runtime: Runtime, learner_id: str, slot_id: str) -> Feedback:
    """Return the grade of an answer in practice, with what to do next.

    Raises
    ------
    NotFoundError
        If there is no such answer, or it is not of a practice: a diagnostic tells nothing before its end.
    """
    with runtime.transaction.reading() as session:
        slot = attempts.find_slot(session, slot_id, learner_id)
        if slot.attempt.kind != "practice" or slot.response is None:
            raise NotFoundError("There is nothing to show for this question.")
        row = attempts.find_attempt(session, slot.attempt_id, learner_id, answers=True)
        done = [s for s in row.slots if s.response is not None and s.number <= slot.number]
        answer = given_answer(session, slot)
        found = Feedback(
            attempt_id=row.id,
            answer=answer,
            skill=find_skill(runtime.bank.roadmap, row.skill),
            right=sum(_is_right(s) for s in done),
            done=len(done),
            prerequisite=_prerequisite(runtime, row.skill, answer, done),
            example=None,
        )
    # outside the transaction: queries are run for it
    return replace(found, answer=with_parts(answer), example=failing_example(answer))


def with_parts(answer: GivenAnswer) -> GivenAnswer:
    """Return an answer with a verdict on each part, cell or rule, which the store does not keep.

    Queries are left out: they would have to run again.
    """
    kinds = [part.answer for part in answer.variant.parts]
    of_one = len(kinds) == 1 and not isinstance(kinds[0], ConfigAnswer | TableAnswer)
    if of_one or answer.response.dont_know or any(isinstance(kind, SqlAnswer) for kind in kinds):
        return answer
    again = grade(answer.variant, answer.response)
    return replace(answer, grade=replace(answer.grade, parts=again.parts))


def failing_example(answer: GivenAnswer) -> SqlExample | None:
    """Return a small database on which the query of a wrong answer fails, if it is one."""
    if answer.grade.verdict not in ("wrong", "partial"):
        return None
    for part in answer.variant.parts:
        text = answer.response.answers.get(part.name)
        if isinstance(part.answer, SqlAnswer) and isinstance(text, str):
            example = judge(part.answer, (), text).example
            # A misconception has its own words.
            return replace(example, slip="") if example and answer.grade.misconception else example
    return None


def _is_right(slot: SlotRow) -> bool:
    return slot.response is not None and slot.response.grades[-1].verdict == "correct"


def _prerequisite(runtime: Runtime, skill: str, answer: GivenAnswer, done: Sequence[SlotRow]) -> Skill | None:
    """Return the skill that two misses in a row point to, if it is another one."""
    last = done[-MISSES_IN_A_ROW:]
    if len(last) < MISSES_IN_A_ROW or any(map(_is_right, last)):
        return None
    roadmap = runtime.bank.roadmap
    if answer.points_to and answer.points_to != skill:
        return find_skill(roadmap, answer.points_to)
    first = next(iter(find_skill(roadmap, skill).prerequisites), None)
    return find_skill(roadmap, first) if first else None
