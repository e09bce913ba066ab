"""A factor beside a vector or a matrix means every entry; what cannot be such a factor is never wrong."""

from __future__ import annotations

import pytest

from quizengine.grading import grade
from quizengine.grading.specs import variant_of

DIRECTION = {"type": "vector", "value": "[3/5, 4/5]"}
INVERSE = {"type": "matrix", "value": "[[2/7, 1/7], [-1/7, 3/7]]"}
GRADIENT = {"type": "expression", "value": "[2*x*exp(x*y), 6*exp(x*y)]", "variables": ["x", "y"]}
FACTORS = {
    "type": "factorisation",
    "property": "qr",
    "value": "[[3/5, -4/5], [4/5, 3/5]], [[5, 10], [0, 5]]",
    "data": {"matrix": [[3, 2], [4, 11]]},
}


@pytest.mark.parametrize(
    ("spec", "response"),
    [
        (DIRECTION, "1/5*(3, 4)"),
        (DIRECTION, "[3, 4]/5"),
        (DIRECTION, "0.2[3 4]"),
        (DIRECTION, "-1/5*[-3, -4]"),
        (DIRECTION, "-(-3/5, -4/5)"),
        (DIRECTION, r"\frac{1}{5}\begin{pmatrix}3\\4\end{pmatrix}"),
        (INVERSE, "1/7*[[2, 1], [-1, 3]]"),
        (INVERSE, "[2 1; -1 3]/7"),
        (INVERSE, r"\frac17\begin{pmatrix}2 & 1\\-1 & 3\end{pmatrix}"),
        (GRADIENT, "2exp(x*y)*[x, 3]"),
        (GRADIENT, "[x, 3]*2e^(xy)"),
        (FACTORS, "Q = 1/5*[[3, -4], [4, 3]], R = 5*[[1, 2], [0, 1]]"),
    ],
)
def test_a_factor_is_taken_into_every_entry(spec: dict[str, object], response: str) -> None:
    assert grade(variant_of(spec), response).verdict == "correct"


@pytest.mark.parametrize(
    ("spec", "response"),
    [
        (DIRECTION, "1/5 [3, 4]"),
        (DIRECTION, "(3, 4)*(1, 1)"),
        (DIRECTION, "5/(3, 4)"),
        (GRADIENT, "2exp(x*y) [x, 3]"),
        (GRADIENT, "[x, 3]*[1, 2]"),
        (GRADIENT, "[[x, 3], 2]"),
        (GRADIENT, "[1/0, 3]"),
    ],
)
def test_what_is_no_such_product_is_asked_again(spec: dict[str, object], response: str) -> None:
    assert grade(variant_of(spec), response).verdict == "unreadable"


def test_white_space_still_separates_entries() -> None:
    assert grade(variant_of({"type": "vector", "value": "[1, -2, 3]"}), "[1 -2 3]").verdict == "correct"
    assert (
        grade(variant_of({"type": "matrix", "value": "[[1, 2], [3, 4]]"}), "[[1 2]\n [3 4]]").verdict
        == "correct"
    )


def test_a_long_factor_is_not_taken_into_a_long_list() -> None:
    told = grade(variant_of(DIRECTION), "*".join(["2"] * 120) + "*[" + ", ".join(["1"] * 120) + "]")

    assert told.verdict == "unreadable"
    assert "too long" in told.feedback
