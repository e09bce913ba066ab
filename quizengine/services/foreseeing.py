"""Looking ahead: what may come after the question that a learner reads is drawn meanwhile.

Most of what a question with a query takes is the making of its databases, and these are kept. Nothing depends
on it: what was not foreseen, or not in time, is drawn when it is wanted, and is the same.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from quizengine.grading import grade
from quizengine.model.answers import SqlAnswer
from quizengine.model.attempt import OPEN
from quizengine.model.grade import Grade, Response
from quizengine.roadmap.graph import role as find_role
from quizengine.services.attempt.drawing import fresh_variant
from quizengine.services.attempts import open_slot, standing
from quizengine.services.history import evidence, evidence_of, ratings_of
from quizengine.services.practice import next_question
from quizengine.services.runtime import Runtime
from quizengine.services.scoring import choose_next
from quizengine.store import attempts
from quizengine.store.codec import outline_from_json

#: Attempts that may wait to be looked at; beyond that, the machine has better things to do.
MAX_WAITING = 4
#: What a learner may answer, as far as the choice of the next question goes.
ANSWERS = (
    Grade(verdict="correct", score=1.0, rule="foreseen"),
    Grade(verdict="wrong", score=0.0, rule="foreseen"),
)
MILLISECONDS = 60_000

_log = logging.getLogger(__name__)


class Foresight:
    """Looks ahead for the attempts of one process, one after the other, in a thread of its own."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="foresight")
        self._free = threading.Semaphore(MAX_WAITING)

    def look(self, learner_id: str, attempt_id: str) -> None:
        """Look ahead soon; return at once."""
        if self._free.acquire(blocking=False):
            self._thread.submit(self._look, learner_id, attempt_id)

    def _look(self, learner_id: str, attempt_id: str) -> None:
        try:
            prepare_grading(self._runtime, learner_id, attempt_id)
            draw_ahead(self._runtime, learner_id, attempt_id)
        except Exception:  # the outermost edge of this thread: it must live to look again
            _log.exception("What comes next could not be drawn ahead; it is drawn when it is wanted.")
        finally:
            self._free.release()

    def close(self) -> None:
        """Finish what is being looked at, and look at nothing more."""
        self._thread.shutdown(cancel_futures=True)


def prepare_grading(runtime: Runtime, learner_id: str, attempt_id: str) -> None:
    """Work out what a query is compared with, if the question that waits asks for one."""
    variant = standing(runtime, learner_id, attempt_id).variant
    parts = variant.parts if variant else ()
    keys = {part.name: part.answer.reference for part in parts if isinstance(part.answer, SqlAnswer)}
    if variant and keys:
        grade(variant, Response(answers=keys))


def draw_ahead(runtime: Runtime, learner_id: str, attempt_id: str) -> tuple[str, ...]:
    """Draw what may come next in an attempt, where it has a query; return the ids of these questions."""
    number, likely = likely_next(runtime, learner_id, attempt_id)
    queries = tuple(name for name in likely if _has_query(runtime, name))
    for question_id in queries:
        fresh_variant(runtime, learner_id, attempt_id, number, question_id)
    return queries


def _has_query(runtime: Runtime, question_id: str) -> bool:
    return any(part.type == "sql" for part in runtime.bank[question_id].question.parts)


def likely_next(runtime: Runtime, learner_id: str, attempt_id: str) -> tuple[int, tuple[str, ...]]:
    """Return the number of the next question and which it may be: the form's, or after either answer."""
    with runtime.transaction.reading() as session:
        row = attempts.find_attempt(session, attempt_id, learner_id)
        slot = open_slot(row)
        if slot is None or row.state not in OPEN:
            return 0, ()
        number = slot.number + 1
        if row.planned:
            # A test of a fixed form: what follows stands from the start.
            return number, tuple(str(name) for name in row.planned[slot.number : number])
        if row.kind == "practice":
            return number, (next_question(runtime, session, row),)
        before = evidence_of(session, row.id, before=slot.number)
        seen = attempts.questions_seen(session, learner_id, kind="diagnostic", but=row.id)
        outline = outline_from_json(slot.variant)
        role, ratings, seed = find_role(runtime.bank.roadmap, row.role), ratings_of(row), row.seed
    # Outside any transaction: choosing takes milliseconds.
    choices = (
        choose_next(
            runtime.bank,
            role,
            ratings,
            seed,
            (*before, evidence(outline, answer, dont_know=False, milliseconds=MILLISECONDS)),
            seen,
        )
        for answer in ANSWERS
    )
    found = dict.fromkeys(choice.question_id for choice in choices)
    return number, tuple(name for name in found if name is not None)
