"""Sets of real numbers, equations and inequalities: equal where they hold for the same values."""
# ruff: noqa: E501, RUF001 (tables of examples, as people type them)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.grading import grade, variant_of
from quizengine.grading.parse import parse
from quizengine.grading.solutions import same_set


def match(one: str, two: str) -> str | None:
    left, right = (parse(text, layout="interval", variables=frozenset("x")) for text in (one, two))
    return same_set(left, right, "x")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("(-oo,2]", "x <= 2"), ("(-oo,2]", "]-oo; 2]"), ("(-oo,2]", "2 ≥ x"), ("(1,3]", "1 < x <= 3"),
        ("(1,3]", "x > 1 and x ≤ 3"), ("(-oo,1) U (2,oo)", "x < 1 or x > 2"), ("[0,1] ∪ [1,2]", "[0,2]"),
        ("(-oo,1)∪(2,oo)", "x^2 - 3x + 2 > 0"), ("[-1,5]", "|x-2| <= 3"), ("[0,4)", "sqrt(x) < 2"),
        ("(-oo,0)U(0,oo)", "x ≠ 0"), ("{2,3}", "x=2 or x=3"), ("R", "x^2 >= 0"), ("(-√2, √2)", "x^2 < 2"),
        ("∅", "x^2 < 0"), ("(0,1]", "x ∈ (0,1]"), ("(0, ln 2)", "1 < e^x < 2"), ("[0,2] ∩ [1,3]", "[1,2]"),
        ("not x > 1", "x <= 1"), ("(1/3, 1/2)", "(0.5/1.5, 0.5)"), ("{3}", "[3,3]"), ("(0,oo)", "1/x > 0"),
    ],
)  # fmt: skip
def test_one_set_in_two_ways_is_the_same(one: str, two: str) -> None:
    assert match(one, two) == "same"
    assert match(two, one) == "same"


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("(-oo,2]", "(-oo,2)", "ends"), ("[1,3]", "(1,3)", "ends"), ("x < 2", "x <= 2", "ends"),
        ("(-oo,2]", "[2,oo)", "different"), ("(0,1)", "(0,2)", "different"), ("x < 1/3", "x < 0.333", "different"),
        ("(0,1)", "∅", "different"), ("x^2 > 4", "x > 2", "different"), ("(0,1) U (2,3)", "(0,3)", "different"),
        ("[0,4)", "sqrt(x) < 2.001", "different"),
    ],
)  # fmt: skip
def test_other_sets_are_told_apart(one: str, two: str, expected: str) -> None:
    assert match(one, two) == expected


ends = st.fractions(-20, 20, max_denominator=12)


@given(ends, ends, st.sampled_from("(["), st.sampled_from(")]"))
def test_an_interval_is_the_inequality_that_it_means(
    a: object, b: object, opening: str, closing: str
) -> None:
    low, high = sorted((a, b))  # type: ignore[type-var]
    signs = {"(": "<", "[": "<=", ")": "<", "]": "<="}

    typed = f"{low} {signs[opening]} x {signs[closing]} {high}"

    assert match(f"{opening}{low}, {high}{closing}", typed) == "same"


@given(ends, ends)
def test_a_quadratic_inequality_lies_between_its_roots(a: object, b: object) -> None:
    low, high = sorted((a, b))  # type: ignore[type-var]

    assert match(f"[{low}, {high}]", f"(x - ({a}))(x - ({b})) <= 0") == "same"


@pytest.mark.parametrize(
    ("key", "response", "verdict"),
    [
        ("y=2*x+1", "2y = 4x + 2", "correct"), ("y=2*x+1", "y - 2x = 1", "correct"), ("y=2*x+1", "2x+1", "correct"),
        ("y=2*x+1", "y = 2x + 2", "wrong"), ("(x-y)^2=0", "x = y", "correct"), ("y=ln(x)", "x = e^y", "correct"),
        ("x^2+y^2=1", "y = sqrt(1-x^2)", "wrong"), ("x^2+y^2=1", "1 - x^2 = y^2", "correct"),
        ("x*y=1", "y = 1/x", "correct"), ("x+y<=3", "3 >= y+x", "correct"), ("x+y<=3", "x+y < 3", "wrong"),
        ("y>2*x+1", "-y < -2x - 1", "correct"), ("x=1, y=2", "y = 2 and x = 1", "correct"),
        ("x+y=3, x-y=-1", "x=1; y=2", "correct"), ("x+y=3, x-y=-1", "x=2, y=1", "wrong"),
        ("x^2+y^2=1", "x+y", "unreadable"), ("y=2*x+1", "(1, 2)", "unreadable"),
    ],
)  # fmt: skip
def test_equations_are_equal_where_they_hold_together(key: str, response: str, verdict: str) -> None:
    spec = {"type": "equation", "value": key, "variables": ["x", "y"]}

    assert grade(variant_of(spec), response).verdict == verdict


@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(-9, 9).filter(bool), st.integers(1, 5))
def test_a_line_is_each_of_its_multiples_and_no_parallel(a: int, b: int, factor: int, shift: int) -> None:
    spec = {"type": "equation", "value": f"y = {a}*x + {b}", "variables": ["x", "y"]}

    assert grade(variant_of(spec), f"{factor}y - {factor}*({a}x) = {factor}*({b})").verdict == "correct"
    assert grade(variant_of(spec), f"y = {a}x + {b + shift}").verdict == "wrong"


@pytest.mark.parametrize(
    ("response", "words"),
    [
        ("0 ∪ √x", "not a number"),
        ("not oo", "Infinity"),
        ("(0, x)", "not a number"),
        ("{1, oo}", "Infinity"),
        ("1 or 10^oo", "Infinity"),
        ("5", "interval or an inequality"),
        ("(0, 1", "not closed"),
        ("(0 1)", ""),
        ("[1]", "two ends"),
        ("", ""),
    ],
)
def test_what_is_no_set_is_asked_again(response: str, words: str) -> None:
    told = grade(variant_of({"type": "interval", "value": "(0, 1)"}), response)

    assert told.verdict == "unreadable"
    assert words in told.feedback
