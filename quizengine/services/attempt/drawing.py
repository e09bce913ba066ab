"""What comes after an answer: the next question, drawn and stored before anybody sees it, or the end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from quizengine.bank import Bank
from quizengine.bank.engines import without_postgres
from quizengine.model.grade import Grade, Response
from quizengine.model.variant import Variant
from quizengine.roadmap.graph import role as find_role
from quizengine.services.attempt import events
from quizengine.services.history import Evidence, evidence, evidence_of, ratings_of
from quizengine.services.runtime import Runtime, new_id
from quizengine.services.scoring import Choice, choose_next
from quizengine.services.sealing import digest
from quizengine.sqljudge.postgres import EngineAwayError
from quizengine.store import attempts, contract, exposure
from quizengine.store.codec import outline_from_json
from quizengine.store.rows import AttemptRow, SlotRow

MAX_FRESH_DRAWS = 20


@dataclass(frozen=True, slots=True)
class Following:
    """What comes after an answer: a variant, or the reason why the attempt ends."""

    variant: Variant | None
    choice: Choice


def following(runtime: Runtime, slot: SlotRow, response: Response, result: Grade) -> Following:
    """Choose and draw what comes after an answer that is not stored yet."""
    row, number = slot.attempt, slot.number + 1
    if row.planned:
        planned = [str(name) for name in row.planned]
        with runtime.transaction.reading() as session:
            asked = contract.questions_of(session, row.id)
        return chosen_and_drawn(
            runtime, row.learner_id, row.id, number, lambda some: planned_choice(some, planned, asked)
        )
    with runtime.transaction.reading() as session:
        before = evidence_of(session, row.id, before=slot.number)
        seen = attempts.questions_seen(session, row.learner_id, kind=row.kind, but=row.id)
    outline = outline_from_json(slot.variant)
    given = evidence(outline, result, dont_know=response.dont_know, milliseconds=response.milliseconds)
    answered: tuple[Evidence, ...] = (*before, given)
    role, ratings = find_role(runtime.bank.roadmap, row.role), ratings_of(row)

    def choose(bank: Bank) -> Choice:
        return choose_next(bank, role, ratings, row.seed, answered, seen)

    return chosen_and_drawn(runtime, row.learner_id, row.id, number, choose)


def planned_choice(bank: Bank, planned: Sequence[str], asked: Collection[str]) -> Choice:
    """Return the first question of a fixed form that was not asked and that the bank (still) has.

    >>> from types import SimpleNamespace
    >>> planned_choice(SimpleNamespace(questions={"a": 0, "c": 0}), ["a", "b", "c"], {"a"}).question_id
    'c'
    """
    rest = (name for name in planned if name in bank.questions and name not in asked)
    name = next(rest, None)
    return Choice(name, "" if name else "complete")


def chosen_and_drawn(
    runtime: Runtime, learner_id: str, attempt_id: str, number: int, choose: Callable[[Bank], Choice]
) -> Following:
    """Draw the question that ``choose`` chooses; one that needs no server while none answers."""
    choice = choose(runtime.bank)
    if choice.question_id is None:
        return Following(None, choice)
    try:
        return Following(fresh_variant(runtime, learner_id, attempt_id, number, choice.question_id), choice)
    except EngineAwayError:
        choice = choose(without_postgres(runtime.bank)[0])
    if choice.question_id is None:
        return Following(None, choice)
    return Following(fresh_variant(runtime, learner_id, attempt_id, number, choice.question_id), choice)


def fresh_variant(
    runtime: Runtime, learner_id: str, attempt_id: str, number: int, question_id: str
) -> Variant:
    """Draw a variant that the learner has not seen, as far as the question has one.

    For a candidate that nobody has seen whom the same organisation tests.
    """
    entry = runtime.bank[question_id]
    with runtime.transaction.reading() as session:
        seen = exposure.identities_used(session, learner_id, question_id)
    for draw in range(MAX_FRESH_DRAWS):
        # The question's version is in the seed, so that a corrected question draws anew.
        seed = runtime.seed(attempt_id, number, question_id, entry.question.version, draw)
        variant = entry.variant(seed)
        if variant.identity not in seen:
            return variant
    return variant


def put_up(session: Session, row: AttemptRow, number: int, variant: Variant, *, now: datetime) -> str:
    """Store a variant as the question that an attempt waits on, and the event; return the slot's id."""
    slot_id = new_id()
    content = attempts.add_slot(session, slot_id, row.id, number, variant, now=now)
    events.append(session, row, "shown", now=now, number=number, variant=digest(content))
    return slot_id
