"""Recompute a finished attempt from what is stored, and say whether it agrees with what was told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from quizengine.grading import grade
from quizengine.model.grade import Grade
from quizengine.services.attempt import events
from quizengine.services.attempts import DONT_KNOW
from quizengine.services.history import GivenAnswer, given_answers
from quizengine.services.reporting import TOLD_DECIMALS, told_of
from quizengine.services.runtime import Runtime
from quizengine.store import attempts, contract, evidence
from quizengine.store.rows import AttemptRow

#: Linear algebra differs in its last bits between machines; more than this is a disagreement.
PROBABILITY_TOLERANCE = 0.0005


@dataclass(frozen=True, slots=True)
class Verification:
    """What was recomputed, and every place where it differs from what was told."""

    attempt_id: str
    answers: int
    skills: int
    differences: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def verify(runtime: Runtime, attempt_id: str) -> Verification:
    """Grade every stored answer again, compute the gaps again, and compare.

    Raises
    ------
    NotFoundError
        If there is no such attempt.
    """
    with runtime.transaction.reading() as session:
        row = attempts.find_attempt(session, attempt_id, None, answers=True)
        history = given_answers(session, row)
        broken = events.first_break(contract.events_of(session, attempt_id))
        told = attempts.report_of_attempt(session, attempt_id)
        recomputed = evidence.recomputed_of(session, attempt_id)
        # After a regrading that is what is told.
        last = recomputed[-1].after.get("told", []) if recomputed else told.told if told else []
        score_differences = list(_told_differences(session, row, last)) if told else []
        skills = len(told.told) if told else 0
    grade_differences = [difference for answer in history for difference in _grade_differences(answer)]
    chain = [f"event {broken}: it does not follow from the one before"] if broken else []
    return Verification(attempt_id, len(history), skills, (*chain, *grade_differences, *score_differences))


def _grade_differences(answer: GivenAnswer) -> Iterator[str]:
    judged_by = answer.judged_by or answer.variant
    now = DONT_KNOW if answer.response.dont_know else grade(judged_by, answer.response)
    for name in ("verdict", "score", "rule", "misconception"):
        before, after = getattr(answer.grade, name), getattr(now, name)
        if before != after and not _is_undecided(answer.grade, now):
            yield f"question {answer.number}: {name} was {before!r}, is {after!r}"


def _is_undecided(before: Grade, after: Grade) -> bool:
    """Whether a person had to decide: a budget that ran out then need not run out now."""
    return "undecided" in (before.verdict, after.verdict)


def _told_differences(session: Session, row: AttemptRow, told: list[dict[str, object]]) -> Iterator[str]:
    now = {entry["skill"]: entry for entry in told_of(session, row)}
    before = {entry["skill"]: entry for entry in told}
    for skill in sorted(before.keys() ^ now.keys(), key=str):
        yield f"{skill}: told {'then' if skill in before else 'now'} only"
    for skill in sorted(before.keys() & now.keys(), key=str):
        for name in ("probability", "chance"):
            was, is_now = float(str(before[skill][name])), float(str(now[skill][name]))
            if abs(was - is_now) > PROBABILITY_TOLERANCE:
                yield f"{skill}: {name} was {was:.{TOLD_DECIMALS}f}, is {is_now:.{TOLD_DECIMALS}f}"
