"""Questions that run on a server of their own, and what is left of a bank where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from quizengine.bank.loader import Bank
from quizengine.model.question import Question
from quizengine.model.variant import QuestionId
from quizengine.sqljudge.postgres import is_configured


def needs_postgres(question: Question) -> bool:
    """Whether a question's queries run on PostgreSQL."""
    return any(part.options.get("dialect") == "postgresql" for part in question.parts)


def without_postgres(bank: Bank) -> tuple[Bank, tuple[QuestionId, ...]]:
    """Return the bank without the questions that run on PostgreSQL, and their ids."""
    left_out = tuple(name for name, entry in bank.questions.items() if needs_postgres(entry.question))
    kept = {name: entry for name, entry in bank.questions.items() if name not in left_out}
    return replace(bank, questions=kept), left_out


def judgeable(bank: Bank) -> tuple[Bank, tuple[QuestionId, ...]]:
    """Return the questions that this process can judge, and the ids of those that it cannot.

    A server that is configured counts, whether it answers just now or not.
    """
    return (bank, ()) if is_configured() else without_postgres(bank)


def left_out_note(ids: Sequence[str]) -> str:
    """Return what is told of questions that are left out."""
    counted = "1 question" if len(ids) == 1 else f"{len(ids)} questions"
    return (
        f"{counted} left out: no PostgreSQL server is configured "
        f"(--postgres or QUIZENGINE_POSTGRES): {', '.join(ids)}"
    )
