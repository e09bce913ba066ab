"""A question of each answer type, with what bites in other formats: marks, mistakes, formulas, pictures."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from quizengine.model.answers import (
    Answer,
    ChoiceAnswer,
    ChoicesAnswer,
    FractionAnswer,
    IntegerAnswer,
    MatrixAnswer,
    NumberAnswer,
    OutputAnswer,
    TableAnswer,
    TextAnswer,
    VectorAnswer,
)
from quizengine.model.collection import Collection, Family
from quizengine.model.variant import Condition, Figure, Misconception, QuestionId, SkillId, Variant
from tests.factories import make_variant
from tests.web_questions import ANSWERS, numbers

PROMPT = r"A *prompt* with $\frac{a}{b} < 1$, `x = {1}`, 5 % of \$3 ~ #1 & ]]> \\ done: {x=y}."
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10" viewBox="0 0 20 10">'
    '<path d="M0 0 L20 10" stroke="#000"/></svg>'
)
FIGURE = Figure(SVG, 'A line from 0 to "10" & down.')

_WRONG: dict[str, Answer] = {
    "integer": IntegerAnswer(value=12),
    "number": NumberAnswer(value=Fraction(3, 4)),
    "fraction": FractionAnswer(value=Fraction(4, 3)),
    "vector": VectorAnswer(values=numbers(3, 2, 1)),
    "matrix": MatrixAnswer(rows=(numbers(1, 3), numbers(2, 4))),
    "choice": ChoiceAnswer(options=ANSWERS["choice"].options, key="a"),  # type: ignore[union-attr]
    "choices": ChoicesAnswer(options=ANSWERS["choices"].options, key=("c",)),  # type: ignore[union-attr]
    "table": TableAnswer(
        column_heads=("predicted 1", "predicted 0", "total"),
        row_heads=("actual 1", "actual 0"),
        cells=(
            (IntegerAnswer(value=2), IntegerAnswer(value=8), "10"),
            (IntegerAnswer(value=5), TextAnswer(value="few"), "90"),
        ),
    ),
    "output": OutputAnswer(code="", language="python", text="1\n2"),
}


def slip(*answers: Answer | None, name: str = "slip", credit: float = 0.0) -> Misconception:
    return Misconception(
        id=name,
        answers=answers,
        feedback=f"You made the slip {name}: $x_1 \\ne x_2$ {{so}} ~ # = 1.",
        points_to=SkillId("math.vectors"),
        credit=credit,
    )


def question(kind: str) -> Variant:
    """The question of a type; a number has a picture and a mistake without end."""
    wrong = _WRONG.get(kind)
    variant = make_variant(
        ANSWERS[kind], prompt=PROMPT, misconceptions=(slip(wrong, credit=0.25),) if wrong else ()
    )
    variant = replace(
        variant,
        question_id=QuestionId(f"math.examples.{kind}"),
        title=f"An answer: {kind}",
        solution="Since $1 + 1 = 2$, it is **so**.",
        hints=("Think of $\\pi$.",),
    )
    if kind == "number":
        endless = replace(slip(None, name="above-one"), when=(Condition(">", Fraction(1)),))
        return replace(variant, figure=FIGURE, misconceptions=(*variant.misconceptions, endless))
    return variant


def several() -> Variant:
    """A question with three answers, one of them in its place in the text, and a mistake in two of them."""
    choice = ANSWERS["choice"]
    variant = make_variant(
        NumberAnswer(value=Fraction(1, 2)),
        IntegerAnswer(value=3),
        choice,
        prompt="First {{input:part1}} of it.\n\n{{input:part3}}\n\nThen more.",
        misconceptions=(
            slip(NumberAnswer(value=Fraction(2)), IntegerAnswer(value=4), None, name="both", credit=0.5),
            slip(None, IntegerAnswer(value=5), None, name="one"),
        ),
    )
    parts = tuple(
        replace(part, weight=weight, label=f"*{part.name}*")
        for part, weight in zip(variant.parts, (1.0, 2.0, 1.0), strict=True)
    )
    return replace(variant, question_id=QuestionId("math.examples.several"), title="Several", parts=parts)


def example(kind: str) -> Variant:
    return several() if kind == "several" else question(kind)


def collection(*kinds: str) -> Collection:
    """A family of one variant for each of the types."""
    return Collection("Examples", tuple(Family((example(kind),), 2) for kind in kinds))


KINDS = (*ANSWERS, "several")
