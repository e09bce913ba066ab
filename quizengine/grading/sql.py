"""Queries: the SQL judge's verdict as a grade."""

from __future__ import annotations

from collections.abc import Sequence

from quizengine.model.answers import SqlAnswer
from quizengine.model.grade import Grade
from quizengine.model.variant import Misconception
from quizengine.sqljudge import judge


def grade_query(answer: SqlAnswer, misconceptions: Sequence[Misconception], place: int, text: str) -> Grade:
    """Judge the query ``text``; misconceptions are told by the results of their own queries.

    ``place`` is the place of the part among the question's answers.
    """
    wrong = [(one.id, query) for one in misconceptions if (query := _wrong_query(one, place))]
    verdict = judge(answer, wrong, text, example=False)
    is_fault = verdict.verdict in ("unreadable", "undecided")
    return Grade(
        verdict=verdict.verdict,
        score=verdict.score,
        rule=verdict.rule,
        read_as=text,
        misconception=verdict.misconception,
        feedback=verdict.message if is_fault else "",
        hint="" if is_fault else verdict.message,
        stage=verdict.category or "key",
        start=verdict.start,
        end=verdict.end,
    )


def _wrong_query(one: Misconception, place: int) -> str:
    answer = one.answers[place] if place < len(one.answers) else None
    return answer.reference if isinstance(answer, SqlAnswer) else one.query
