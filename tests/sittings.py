"""Timed attempts for tests: a bank of small questions, a runtime on it, somebody who sits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from quizengine.bank import Bank
from quizengine.model.answers import IntegerAnswer
from quizengine.model.attempt import Kind
from quizengine.model.grade import Response
from quizengine.model.variant import QuestionId, SkillId, Variant
from quizengine.services import attempts, learners
from quizengine.services.attempt import calls, making
from quizengine.services.attempt.calls import Saved
from quizengine.services.attempt.lease import ANYBODY, Caller
from quizengine.services.attempts import Outcome, Standing
from quizengine.services.runtime import Runtime
from quizengine.store import contract
from quizengine.store.rows import AttemptRow
from tests.factories import NOON, make_runtime
from tests.web_questions import FixedQuestion, bank, fixed_question

QUESTIONS = tuple(f"math.matrices.q{number}" for number in range(1, 6))
RIGHT = "7"


def small_bank(count: int = len(QUESTIONS)) -> Bank:
    """A bank of questions for a whole number, all with the key 7."""
    made: dict[QuestionId, FixedQuestion] = {}
    for name in QUESTIONS[:count]:
        entry = fixed_question("integer")
        part = replace(entry.fixed.parts[0], answer=IntegerAnswer(value=7))
        fixed: Variant = replace(
            entry.fixed,
            question_id=QuestionId(name),
            parts=(part,),
            misconceptions=(),
            skills=((SkillId("math.matrices"), 1.0),),
        )
        made[fixed.question_id] = replace(
            entry, question=replace(entry.question, id=fixed.question_id), fixed=fixed
        )
    return replace(bank(), questions=made)


@dataclass
class Sitting:
    """A person in an attempt, and the clock on the wall."""

    runtime: Runtime
    person: str
    attempt: str
    now: datetime = NOON
    caller: Caller = ANYBODY

    def wait(self, **time: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**time)
        return self.now

    def standing(self) -> Standing:
        """Where the attempt stands now; whoever looks closes what is over."""
        return attempts.standing(self.runtime, self.person, self.attempt, now=self.now)

    @property
    def slot(self) -> str:
        """The question that waits."""
        found = self.standing().slot_id
        assert found is not None
        return found

    def save(self, text: str, seq: int, *, caller: Caller | None = None, slot: str = "") -> Saved:
        """Save a text."""
        return calls.save(
            self.runtime,
            self.person,
            slot or self.slot,
            {"answer": text},
            seq=seq,
            now=self.now,
            caller=caller or self.caller,
        )

    def give(self, text: str, *, key: str = "", caller: Caller | None = None, slot: str = "") -> Outcome:
        """Answer with a text."""
        given = Response(answers={"answer": text})
        return calls.give(
            self.runtime,
            self.person,
            slot or self.slot,
            given,
            now=self.now,
            caller=caller or self.caller,
            key=key,
        )[0]

    def beat(self, *, offline_ms: int = 0, caller: Caller | None = None) -> calls.Beat:
        """Give a sign of life."""
        who = replace(caller or self.caller, offline_ms=offline_ms)
        return calls.beat(self.runtime, self.person, self.attempt, now=self.now, caller=who)

    def claim(self, device: str, tab: str = "tab", *, take: bool = False, lease: str = "") -> Caller:
        """Take the lease; return the caller who holds it."""
        asking = Caller(device=device, lease=lease)
        given, _ = calls.claim(self.runtime, self.person, self.attempt, asking, tab, take=take, now=self.now)
        return Caller(device=device, lease=given.token)

    @property
    def row(self) -> AttemptRow:
        """The attempt as it is stored."""
        with self.runtime.transaction.reading() as session:
            return contract.attempt(session, self.attempt)

    def facts(self) -> Mapping[str, Any]:
        """What matters of the attempt."""
        row = self.row
        return {"state": row.state, "deadline": row.deadline_at, "epoch": row.epoch}


def sit(
    folder: Path,
    *,
    kind: Kind = "screening",
    minutes: float | None = 60,
    questions: tuple[str, ...] = QUESTIONS,
    begun: bool = True,
    **terms: Any,
) -> Sitting:
    """Somebody in a screening of five questions and an hour."""
    runtime = make_runtime(folder, small_bank())
    person = learners.new_guest(runtime, now=NOON).id
    made = making.Terms(kind=kind, questions=questions, minutes=minutes, **terms)
    sitting = Sitting(runtime, person, making.make(runtime, person, made, now=NOON))
    if begun:
        attempts.begin(runtime, person, sitting.attempt, now=NOON)
    return sitting
