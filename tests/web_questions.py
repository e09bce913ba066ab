"""One variant of each answer type, a bank that holds just them, and an application that serves it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from quizengine.bank import Bank, BankQuestion
from quizengine.model.answers import (
    Answer,
    ChoiceAnswer,
    ChoicesAnswer,
    ConfigAnswer,
    EquationAnswer,
    ExpressionAnswer,
    FactorisationAnswer,
    FractionAnswer,
    IntegerAnswer,
    IntervalAnswer,
    MatchingAnswer,
    MatrixAnswer,
    NumberAnswer,
    Option,
    OrderingAnswer,
    OutputAnswer,
    Property,
    Rule,
    SetAnswer,
    SqlAnswer,
    SqlPanel,
    SqlTable,
    TableAnswer,
    TextAnswer,
    VectorAnswer,
)
from quizengine.model.question import PartSpec, Question
from quizengine.model.variant import Figure, QuestionId, SkillId, Variant
from quizengine.services import copy_values
from quizengine.web import create_app
from quizengine.web.settings import Settings
from tests.factories import make_misconception, make_variant
from tests.roadmaps import shipped


def options(*texts: str) -> tuple[Option, ...]:
    """Options with a letter each."""
    return tuple(Option(chr(ord("a") + at), text) for at, text in enumerate(texts))


def numbers(*values: int) -> tuple[Fraction, ...]:
    return tuple(map(Fraction, values))


def sql_answer() -> SqlAnswer:
    ddl = "CREATE TABLE users (user_id INTEGER PRIMARY KEY, country TEXT)"
    rows = "INSERT INTO users VALUES (1, 'IN'), (2, 'US'), (3, 'IN')"
    panel = SqlPanel(digest="d", schema=ddl, instances=(f"{ddl};\n{rows};",))
    table = SqlTable(
        name="users", ddl=ddl, columns=("user_id", "country"), sample=(("1", "IN"), ("2", "US")), row_count=3
    )
    return SqlAnswer(reference="SELECT count(*) FROM users", ordered=False, panel=panel, tables=(table,))


ANSWERS: dict[str, Answer] = {
    "integer": IntegerAnswer(value=-12),
    "number": NumberAnswer(value=Fraction(1, 4)),
    "fraction": FractionAnswer(value=Fraction(3, 4), lowest_terms=True),
    "expression": ExpressionAnswer(value="x^2 - 1", variables=("x",)),
    "equation": EquationAnswer(value="y = 2*x + 1", variables=("x", "y")),
    "interval": IntervalAnswer(value="(-oo, 2]"),
    "factorisation": FactorisationAnswer(
        factors=((numbers(1, 0), numbers(2, 1)), (numbers(3, 1), numbers(0, 4))),
        property=Property(name="lu", matrix=(numbers(3, 1), numbers(6, 6))),
    ),
    "vector": VectorAnswer(values=numbers(1, 2, 3)),
    "matrix": MatrixAnswer(rows=(numbers(1, 2), numbers(3, 4))),
    "set": SetAnswer(values=numbers(2, 3)),
    "choice": ChoiceAnswer(options=options("the $L^1$ norm", "the `L2` norm", "neither"), key="b"),
    "choices": ChoicesAnswer(options=options("recall", "precision", "support"), key=("a", "b")),
    "ordering": OrderingAnswer(
        items=options("fit the model", "split the data", "measure on the test part"),
        key=("b", "a", "c"),
        before=(("b", "a"), ("b", "c"), ("a", "c")),
    ),
    "matching": MatchingAnswer(
        left=options("$\\frac{TP}{TP + FP}$", "$\\frac{TP}{TP + FN}$"),
        right=options("recall", "precision", "accuracy"),
        key=("b", "a"),
    ),
    "table": TableAnswer(
        column_heads=("predicted 1", "predicted 0", "total"),
        row_heads=("actual 1", "actual 0"),
        cells=(
            (IntegerAnswer(value=8), IntegerAnswer(value=2), "10"),
            (IntegerAnswer(value=5), TextAnswer(value="many"), "90"),
        ),
    ),
    "output": OutputAnswer(code="for i in range(2):\n    print(i)", language="python", text="0\n1"),
    "sql": sql_answer(),
    "config": ConfigAnswer(
        kind="yaml",
        given="spec:\n  replicas: 1\n  paused: true\n",
        sound="spec:\n  replicas: 3\n  paused: false\n",
        rules=(
            Rule(id="replicas", says="There are `3` replicas.", holds="number(spec.replicas) == 3"),
            Rule(id="running", says="It runs.", holds="spec.paused == 'false'"),
        ),
        planted=("replicas", "running"),
    ),
}

#: What a person posts to be right, by type.
RIGHT: dict[str, dict[str, Any]] = {
    "integer": {"a.answer": "-12"},
    "number": {"a.answer": "0.25"},
    "fraction": {"a.answer": "3/4"},
    "expression": {"a.answer": "(x-1)(x+1)"},
    "equation": {"a.answer": "y - 2x = 1"},
    "interval": {"a.answer": "x <= 2"},
    "factorisation": {"a.answer": "L = [[1, 0], [2, 1]], U = [[3, 1], [0, 4]]"},
    "vector": {"a.answer.0": "1", "a.answer.1": "2", "a.answer.2": "3"},
    "matrix": {"a.answer.0.0": "1", "a.answer.0.1": "2", "a.answer.1.0": "3", "a.answer.1.1": "4"},
    "set": {"a.answer": "3, 2"},
    "choice": {"a.answer": "b"},
    "choices": {"a.answer": ["a", "b"]},
    "ordering": {"a.answer.a": "2", "a.answer.b": "1", "a.answer.c": "3"},
    "matching": {"a.answer.0": "b", "a.answer.1": "a"},
    "table": {"a.answer.0.0": "8", "a.answer.0.1": "2", "a.answer.1.0": "5", "a.answer.1.1": "Many"},
    "output": {"a.answer": "0\r\n1"},
    "sql": {"a.answer": "SELECT sum(1) FROM users"},
    "config": {"a.answer": "# mended\r\nspec: {paused: false, replicas: 3}"},
}

#: The same, wrong.
WRONG: dict[str, dict[str, Any]] = {
    "integer": {"a.answer": "12"},
    "number": {"a.answer": "0.75"},
    "fraction": {"a.answer": "4/3"},
    "expression": {"a.answer": "x^2 + 1"},
    "equation": {"a.answer": "y = 2x"},
    "interval": {"a.answer": "x > 2"},
    "factorisation": {"a.answer": "L = [[1, 0], [2, 1]], U = [[3, 1], [0, 5]]"},
    "vector": {"a.answer.0": "3", "a.answer.1": "2", "a.answer.2": "1"},
    "matrix": {"a.answer.0.0": "1", "a.answer.0.1": "3", "a.answer.1.0": "2", "a.answer.1.1": "4"},
    "set": {"a.answer": "3, 5"},
    "choice": {"a.answer": "a"},
    "choices": {"a.answer": ["c"]},
    "ordering": {"a.answer.a": "2", "a.answer.b": "3", "a.answer.c": "1"},
    "matching": {"a.answer.0": "a", "a.answer.1": "b"},
    "table": {"a.answer.0.0": "9", "a.answer.0.1": "9", "a.answer.1.0": "9", "a.answer.1.1": "few"},
    "output": {"a.answer": "1\r\n2"},
    "sql": {"a.answer": "SELECT 7"},
    "config": {"a.answer": "spec:\r\n  replicas: 30\r\n"},
}
PROMPTS = {
    "integer": "What is $-3 \\cdot 4$?",
    "matching": "Which name belongs to which formula?",
    "choice": "Which norm does ridge regression punish?",
    "table": "Complete the confusion matrix.",
    "matrix": "Compute\n\n$$\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}^{\\top}.$$",
}


def variant_of(kind: str) -> Variant:
    """The variant of one answer type; the integer's has a misconception, the number's a figure."""
    answer = ANSWERS[kind]
    slips = (make_misconception(IntegerAnswer(value=12), "forgets-the-sign"),) if kind == "integer" else ()
    made = make_variant(answer, misconceptions=slips, prompt=PROMPTS.get(kind, "What is it?"))
    figure = Figure(
        '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><path d="M0 40L120 0"/></svg>',
        "A line.",
    )
    return replace(
        made,
        question_id=QuestionId(f"math.matrices.{kind}"),
        solution="This is how it is done: $1 + 1 = 2$.",
        figure=figure if kind == "number" else None,
    )


@dataclass(frozen=True)
class FixedQuestion(BankQuestion):
    """A question that always gives the same variant."""

    fixed: Variant

    @property
    def program(self) -> Any:  # nothing is compiled; see ``draw_fixed``
        return self.fixed

    def variant(self, seed: int) -> Variant:
        return self.fixed


def draw_fixed(patch: pytest.MonkeyPatch) -> None:
    """Let printed copies have the values of fixed questions, which have no program to draw with."""
    patch.setattr(copy_values, "identity_of", lambda fixed, params, rng: fixed.identity)
    patch.setattr(copy_values, "variant_of", lambda fixed, params, rng: (fixed, {}))


def bank() -> Bank:
    """A bank with one question of each answer type."""
    entries = [fixed_question(kind) for kind in ANSWERS]
    return Bank(
        name="trial",
        version="1",
        licence="CC0",
        path=Path("trial"),
        digest="0",
        roadmap=shipped(),
        questions={entry.question.id: entry for entry in entries},
    )


def fixed_question(kind: str) -> FixedQuestion:
    variant = variant_of(kind)
    question = Question(
        id=variant.question_id,
        version=1,
        title=variant.title,
        skills=((SkillId("math.matrices"), 1.0),),
        difficulty=0.0,
        seconds=60,
        prompt=variant.prompt,
        solution=variant.solution,
        hints=(),
        params={},
        let={},
        generator="",
        where=(),
        identity=(),
        separable="all",
        parts=(PartSpec(name="answer", label="", weight=1.0, type=kind, value="", oracle=""),),
        misconceptions=(),
    )
    return FixedQuestion(question, Path("trial"), variant)


def make_app(folder: Path, bank_: Bank | None = None, **settings: Any) -> Flask:
    """An application on an empty folder that serves the bank above, or another."""
    app = create_app(Settings(data=folder / "data", **settings), bank=bank_ or bank())
    app.testing = True
    # Testing lets errors through; people get the error pages, so tests get them too.
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def post(client: FlaskClient, path: str, form: dict[str, Any], **headers: str) -> Any:
    """Post a form as its page would: with the token that the page holds."""
    page = client.get("/demo").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    return client.post(path, data={"csrf_token": token[1], **form}, headers=headers)
