"""Equations in several variables: the same solutions are the same equation, one component more is not."""
# ruff: noqa: E501 (tables of examples, as people type them)

from __future__ import annotations

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from quizengine.grading import grade, variant_of


def judged(key: str, response: str, *names: str) -> str:
    return grade(
        variant_of({"type": "equation", "value": key, "variables": list(names or ("x", "y"))}), response
    ).verdict


@pytest.mark.parametrize(
    "response",
    ["(y-2x-1)*exp(x) = 0", "(y-2x-1)(x^2+1) = 0", "(y-2x-1)(x^2+y^2+1) = 0", "|y-2x-1| = 0", "(y-2x-1)^3 = 0",
     "sqrt(y-2x-1) = 0", "e^y = e^(2x+1)", "ln(y-2x) = 0"],
)  # fmt: skip
def test_a_factor_that_never_vanishes_changes_nothing(response: str) -> None:
    assert judged("y = 2x+1", response) == "correct"


@pytest.mark.parametrize(
    "response",
    ["(y-2x-1)(x-20) = 0", "(y-2x-1)(y-20) = 0", "(y-2x-1)(x-1000) = 0", "x(y-2x-1) = 0", "(y-2x-1)(e^x-5) = 0",
     "(y-2x-1)(x^2+y^2-400) = 0", "y^2 - 2x y - y - 20y + 40x + 20 = 0"],
)  # fmt: skip
def test_a_second_component_is_seen_however_far_away(response: str) -> None:
    assert judged("y = 2x+1", response) == "wrong"
    assert judged(response, "y = 2x+1") == "wrong"


@pytest.mark.parametrize(
    "response", ["sin(y) = sin(sin x)", "max(y, x) = sin x", "ln(y) = ln(sin x)", "|y| = |sin x|", "y cos x = sin x cos x"]
)  # fmt: skip
def test_a_branch_on_one_side_alone_is_not_the_whole(response: str) -> None:
    assert judged("y = sin(x)", response) == "wrong"
    assert judged(response, "y = sin(x)") == "wrong"


def test_what_cannot_be_met_is_left_to_a_human() -> None:
    assert judged("y = 2x+1", "(y-2x-1)(e^x+5) = 0") == "undecided"


@pytest.mark.parametrize(
    ("key", "response", "verdict"),
    [
        ("a*b = 0", "a=0 or b=0", "correct"), ("a=0 or b=0", "a*b = 0", "correct"), ("a*b = 0", "a = 0", "wrong"),
        ("a=0 or x=y", "a x = a y", "correct"), ("x=y or x=-y", "|x| = |y|", "correct"),
        ("x^2+y^2 = 1", "y=sqrt(1-x^2) or y=-sqrt(1-x^2)", "correct"), ("x^2+y^2 = 1", "y = sqrt(1-x^2)", "wrong"),
        ("x^2 = 4", "x=2 or x=-2", "correct"), ("x=2 or x=-2", "x^2 = 4", "correct"), ("x=2 or x=-2", "x = 2", "wrong"),
        ("y > x^2", "x^2 < y", "correct"), ("y > x^2", "y >= x^2", "wrong"), ("y > x^2", "not y <= x^2", "correct"),
        ("i*a = b", "a = b/i", "correct"), ("i*a = b", "b = a/i", "wrong"), ("a = b/(2+i)", "a = b*(2-i)/5", "correct"),
    ],
)  # fmt: skip
def test_alternatives_and_complex_equations(key: str, response: str, verdict: str) -> None:
    names = sorted({letter for letter in key + response if letter in "abxy"})

    assert judged(key, response, *names) == verdict


@pytest.mark.parametrize(
    ("key", "response", "verdict"),
    [
        ("y=x, y^2=2", "x^2+y^2=4, y=x", "correct"), ("y=x, y^2=2", "x^2+y^2=2, y=x", "wrong"),
        ("y=x, y^2=2", "x=sqrt(2), y=sqrt(2)", "wrong"), ("x*y=6, x+y=5", "y=5-x, x^2-5x+6=0", "correct"),
        ("x*y=6, x+y=5", "x=2, y=3", "wrong"), ("x*y=6, x+y=5", "x*y=6", "wrong"), ("x=1, y=-1", "x+y=0, x-y=2", "correct"),
        ("x=1, y=-1", "x^3=1, y=-x", "undecided"),
    ],
)  # fmt: skip
def test_systems_of_polynomials(key: str, response: str, verdict: str) -> None:
    assert judged(key, response) == verdict


lines = st.tuples(st.integers(-3, 3), st.integers(-9, 9)).map(lambda line: f"y - ({line[0]})*x - ({line[1]})")


@given(lines, lines)
def test_two_lines_are_one_equation_multiplied_out(one: str, two: str) -> None:
    both = f"({one})*({two}) = 0"
    expanded = str(sympy.expand(sympy.sympify(f"({one})*({two})"))).replace("**", "^") + " = 0"

    assert judged(both, expanded) == "correct"
    assert judged(both, f"{one} = 0 or {two} = 0") == "correct"
    if one != two:
        assert judged(both, f"{one} = 0") == "wrong"
