"""Getting ready: what a process does once for each question is done before somebody waits for it."""

from __future__ import annotations

from contextlib import suppress

from quizengine.bank import Bank
from quizengine.errors import QuizEngineError


def warm(bank: Bank) -> int:
    """Draw each question once and return how many were drawn.

    That compiles its expressions, and imports what generators and figures need. Questions with a
    query are compiled only: most of what they take is the making of databases, other ones for each
    variant; ``foreseeing`` makes those that are likely wanted.
    """
    drawn = 0
    for entry in bank.questions.values():
        with suppress(QuizEngineError):  # a question at fault is told when it is asked
            if any(part.type == "sql" for part in entry.question.parts):
                _ = entry.program
                continue
            entry.variant(seed=0)
            drawn += 1
    return drawn
