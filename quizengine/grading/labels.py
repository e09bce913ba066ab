"""Slips that every number question knows: diagnoses only where no declared misconception fires."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from quizengine.grading.numbers import accepting_rule
from quizengine.grading.typed import Scalar, plain_of
from quizengine.model.answers import Answer, NumberAnswer

MAX_POWER = 6

#: What a person is told, by label. These point to no skill.
BUILT_IN_LABELS: Mapping[str, str] = {
    "percentage-without-sign": "Is this meant as a percentage? Write it as a plain number from 0 to 1.",
    "sign": "Check the sign.",
    "power-of-ten": "Check the place of the decimal point.",
    "reciprocal": "Check which way round the quotient goes.",
    "complement": "Check whether this is the probability of the event or of its opposite.",
}


def built_in_label(answer: Answer, typed: object) -> str | None:
    """Return the label of a common slip that explains ``typed``, or None."""
    if not isinstance(answer, NumberAnswer) or not isinstance(typed, Scalar):
        return None
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
