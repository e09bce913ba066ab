"""The bank that ships covers its roadmap, in every form that it promises."""

from __future__ import annotations

from collections import Counter

import pytest

from quizengine.bank import Bank
from quizengine.bank.gates import sql_answers
from quizengine.generation.variants import make_variant
from quizengine.roadmap.graph import ancestors, live_skills
from quizengine.sqljudge import judge
from tests.factories import shipped_bank

#: Fewest questions with a part of this type.
LEAST = {"table": 15, "ordering": 6, "matching": 6, "output": 15, "sql": 40}
#: What a figure may show, by the functions that draw it.
FIGURES = {
    "ROC": "roc_points",
    "precision and recall": "precision_recall_points",
    "learning curves": "curves",
    "residuals": "residuals",
    "confusion matrix": "confusion_matrix",
    "histogram": "histogram",
}


@pytest.fixture(scope="module")
def bank() -> Bank:
    return shipped_bank()


def test_every_skill_is_asked_for_by_five_questions(bank: Bank) -> None:
    asked = Counter(entry.question.primary_skill for entry in bank.questions.values())

    assert [skill.id for skill in live_skills(bank.roadmap) if asked[skill.id] < 5] == []


@pytest.mark.parametrize("answer_type", LEAST)
def test_no_form_of_answer_is_a_token(bank: Bank, answer_type: str) -> None:
    having = [
        name
        for name, entry in bank.questions.items()
        if any(part.type == answer_type for part in entry.question.parts)
    ]

    assert len(having) >= LEAST[answer_type]


@pytest.mark.parametrize("shown", FIGURES)
def test_each_kind_of_figure_is_read_somewhere(bank: Bank, shown: str) -> None:
    drawn = [entry.question.figure.generator for entry in bank.questions.values() if entry.question.figure]

    assert len(drawn) >= 10
    assert FIGURES[shown] in drawn


def test_a_quarter_of_the_misconceptions_point_to_a_prerequisite(bank: Bank) -> None:
    under = {skill.id: ancestors(bank.roadmap, skill.id) for skill in bank.roadmap.skills}
    deeper = [
        wrong.points_to in under[entry.question.primary_skill]
        for entry in bank.questions.values()
        for wrong in entry.question.misconceptions
    ]

    assert sum(deeper) >= len(deeper) / 4


def test_nine_of_ten_questions_have_two_hundred_variants(bank: Bank) -> None:
    few = [name for name, entry in bank.questions.items() if entry.question.few]

    assert len(few) <= len(bank) / 10, few


def test_queries_that_are_wrong_without_a_name_are_told_from_the_reference(bank: Bank) -> None:
    of_parts = [(entry, part) for entry in bank.questions.values() for part in entry.question.parts]
    entries = [entry for entry, part in of_parts if part.options.get("also_wrong")]

    assert entries
    for entry in entries:
        (answer,) = sql_answers(make_variant(entry.program, 7))
        assert answer.also_wrong
        accepted = [sql for sql in answer.also_wrong if judge(answer, (), sql).verdict == "correct"]
        assert accepted == [], entry.question.id
