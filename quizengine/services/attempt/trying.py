"""Trying a test out before its start: questions that stand in for those of the form, and are never in it."""

from __future__ import annotations

from collections.abc import Mapping

from quizengine.bank import BankQuestion
from quizengine.bank.engines import without_postgres
from quizengine.errors import NotFoundError
from quizengine.model.variant import QuestionId, Variant
from quizengine.services.runtime import Runtime
from quizengine.store import attempts


def stand_ins(runtime: Runtime, learner_id: str, attempt_id: str) -> Mapping[str, BankQuestion]:
    """Return one question for each answer type of a fixed form, by type: short, easy, and not of the form.

    A type of which the bank has no other question is left out.

    Raises
    ------
    NotFoundError
        If there is no such attempt, it belongs to somebody else, or it has no fixed form.
    """
    with runtime.transaction.reading() as session:
        planned = [
            QuestionId(name) for name in attempts.find_attempt(session, attempt_id, learner_id).planned
        ]
    if not planned:
        raise NotFoundError("There is nothing to try out here.")
    bank = without_postgres(runtime.bank)[0]
    form = [bank.questions[name].question for name in planned if name in bank.questions]
    kinds = dict.fromkeys(part.type for question in form for part in question.parts)
    others = sorted(
        (entry for name, entry in bank.questions.items() if name not in planned),
        key=lambda entry: (len(entry.question.parts), entry.question.difficulty, entry.question.id),
    )
    chosen: dict[str, BankQuestion] = {}
    for entry in others:
        for part in entry.question.parts:
            chosen.setdefault(part.type, entry)
    return {kind: chosen[kind] for kind in kinds if kind in chosen}


def variant_to_try(runtime: Runtime, attempt_id: str, entry: BankQuestion) -> Variant:
    """Return what an attempt sees of a stand-in: the same each time, and kept nowhere."""
    return entry.variant(runtime.seed("try", attempt_id, entry.question.id))
