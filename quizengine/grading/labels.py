"""Slips that every number question knows: diagnoses only where no declared misconception fires."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from quizengine.grading.equal import Relation
from quizengine.grading.formulas import is_related
from quizengine.grading.numbers import accepting_rule
from quizengine.grading.typed import Formula, Grid, Row, Scalar, plain_of
from quizengine.model.answers import Answer, ExpressionAnswer, MatrixAnswer, NumberAnswer, VectorAnswer

MAX_POWER = 6

#: What a person is told, by label. These point to no skill.
BUILT_IN_LABELS: Mapping[str, str] = {
    "percentage-without-sign": "Is this meant as a percentage? Write it as a plain number from 0 to 1.",
    "sign": "Check the sign.",
    "power-of-ten": "Check the place of the decimal point.",
    "reciprocal": "Check which way round the quotient goes.",
    "factor": "Nearly: check the constant factor.",
    "order": "These are the right components; check their order.",
    "transposed": "Check what stands in rows and what in columns.",
    "complement": "Check whether this is the probability of the event or of its opposite.",
}


def built_in_label(answer: Answer, typed: object) -> str | None:
    """Return the label of a common slip that explains ``typed``, or None."""
    match answer, typed:
        case ExpressionAnswer(), Formula(node):
            return next((label for label, kind in _RELATED if is_related(answer, node, kind)), None)
        case VectorAnswer(), Row(cells):
            return _slip_of_order(answer, [cell.number for cell in cells])
        case MatrixAnswer(), Grid(rows):
            turned = tuple(zip(*([cell.number for cell in row.cells] for row in rows), strict=True))
            return "transposed" if turned == answer.rows else None
        case NumberAnswer(), Scalar():
            return _slip_of_number(answer, typed)
    return None


#: What the slip of an expression is called, and how the two are related.
_RELATED: tuple[tuple[str, Relation], ...] = (("sign", "negated"), ("factor", "multiple"))


def _slip_of_order(answer: VectorAnswer, typed: Sequence[Fraction]) -> str | None:
    if answer.property is not None or answer.up_to:
        return None
    if typed and [-value for value in typed] == list(answer.values):
        return "sign"
    return "order" if sorted(typed) == sorted(answer.values) else None


def _slip_of_number(answer: NumberAnswer, typed: Scalar) -> str | None:
    for label, slipped in _slips(answer.value):
        if slipped != answer.value and accepting_rule(answer.tolerance, slipped, typed):
            return label
    return None


def label_hint(label: str, answer: Answer, typed: object) -> str:
    """Return the hint for ``label``, in the person's own number where that says more."""
    percent = isinstance(answer, NumberAnswer) and answer.percent == "accept"
    if label == "percentage-without-sign" and percent and isinstance(typed, Scalar):
        return f"As a percentage write {plain_of(typed)[:60]} %."
    return BUILT_IN_LABELS[label]


def _slips(key: Fraction) -> Iterator[tuple[str, Fraction]]:
    if not key:
        return
    if 0 < key <= 1:
        yield "percentage-without-sign", key * 100
    yield "sign", -key
    for power in range(1, MAX_POWER + 1):
        yield "power-of-ten", key * 10**power
        yield "power-of-ten", key / 10**power
    yield "reciprocal", 1 / key
    if 0 < key < 1:
        yield "complement", 1 - key
