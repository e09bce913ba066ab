"""The form that was asked for: the value counts first, and half of it is kept where the form is missing."""
# ruff: noqa: E501 (tables of examples, as people type them)

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from quizengine.grading import grade, variant_of
from quizengine.grading.forms import has_form
from quizengine.grading.parse import parse
from quizengine.model.answers import Form

CASES: dict[Form, tuple[list[str], list[str]]] = {
    "factored": (
        ["(x-1)(x+1)", "2(x-1)(x+1)", "x^2+1", "x(x-2)", "x^2 (x-1)^3", "-(x-1)(x+1)", "(x+y)(x-y)", "2^2*3", "(x-1)^2", "(sin(x)-1)(sin(x)+1)", "(x-sqrt(2))(x+sqrt(2))", "24(x-1/4)", "(e^x-1)(e^x+1)"],
        ["2x-2", "(x+2)(2x+6)", "sin(x)^2-1", "e^(2x)-1", "x^2-2sqrt(2)x+2", "sqrt(2)x-sqrt(2)y", "x^2-1", "(x^2-1)(x+2)", "2*3*(x+1)", "x^2-y^2", "12", "x^2-2x+1", "x(x^2-1)"],
    ),
    "expanded": (
        ["x^2+2x+1", "3x^2 y - y", "1/2 x + 3", "-x^2+4", "x^3/3", "7", "x", "3+2sqrt(3)", "1+sqrt(2)x", "e^x sin(x)+1"],
        ["-(x+1)", "(1+sqrt(5))(1-sqrt(3))", "2sqrt(3)+sqrt(3)", "(x+1)^2", "x^2+x+x+1", "x*x+1", "x(x+1)", "2*3*x", "x+1+2", "x y + y x"],
    ),
    "lowest-terms": (
        ["3/4", "(x+1)/(x-1)", "x/2", "-3/4", "5", "pi/4", "sqrt(3)/2", "x/(1-y)"],
        ["2sqrt(3)/4", "-y/-x", "x/(-2y)", "(2+2sqrt(3))/4", "6/8", "(x^2-1)/(x-1)", "2x/4", "0.75", "(1/2)/3"]
    ),
    "single-fraction": (["(x+1)/x", "x+1", "3x/(x+1)", "(5^(3/2)+6)/15", "e^(x/2)/x"], ["1+1/x", "1/(1+1/x)", "x^-1+1"]),
    "no-root-in-denominator": (
        ["sqrt(2)/2", "sqrt(1/2)", "2"], ["1/sqrt(2)", "2^(-1/2)", "1/(1+sqrt(3))", "sqrt(2)^-1"]
    ),
    "decimal": (["0.75", "-0.5", "3"], ["3/4", "sqrt(2)"]),
}  # fmt: skip


@pytest.mark.parametrize("form", CASES)
def test_the_form_is_seen_in_what_was_typed(form: Form) -> None:
    right, wrong = CASES[form]

    def held(text: str) -> bool:
        return has_form(parse(text, variables=frozenset("xy")), form)

    assert [text for text in right if not held(text)] == []
    assert [text for text in wrong if held(text)] == []


x, y = sympy.symbols("x y")
pairs = st.tuples(st.integers(1, 5), st.integers(-7, 7)).filter(lambda pair: gcd(*pair) == 1)
factor_lists = st.lists(pairs, min_size=2, max_size=3, unique_by=lambda pair: Fraction(pair[1], pair[0]))
contents = st.sampled_from([1, 2, 3, 6, -1, -4])


def typed(expression: sympy.Expr) -> str:
    return str(expression).replace("**", "^")


def verdict(form: Form, key: sympy.Expr, response: str) -> str:
    asked = {"type": "expression", "value": typed(key), "variables": ["x", "y"], "form": form}
    return grade(variant_of(asked), response).verdict


@given(factor_lists, contents)
def test_factoring_and_expanding_as_sympy_does(found: list[tuple[int, int]], content: int) -> None:
    factors = [a * x + b for a, b in found]
    expanded = sympy.expand(content * sympy.prod(factors))
    product = "*".join(f"({typed(factor)})" for factor in factors)
    merged = "*".join(f"({typed(one)})" for one in (sympy.expand(factors[0] * factors[1]), *factors[2:]))
    inside = "*".join(f"({typed(one)})" for one in (sympy.expand(content * factors[0]), *factors[1:]))

    assert verdict("factored", expanded, typed(sympy.factor(expanded))) == "correct"
    assert verdict("factored", expanded, f"{content}*{product}") == "correct"
    assert verdict("factored", expanded, f"{content}*{merged}") == "partial"
    if found[0][1]:  # 2x times (x+1) is as good as 2 times x times (x+1)
        assert verdict("factored", expanded, inside) == ("correct" if abs(content) == 1 else "partial")
    assert verdict("expanded", expanded, typed(expanded)) == "correct"
    assert verdict("expanded", expanded, f"{content}*{product}") == "partial"


@given(factor_lists, factor_lists, contents)
def test_quotients_in_lowest_terms_as_sympy_cancels(
    above: list[tuple[int, int]], below: list[tuple[int, int]], common: int
) -> None:
    top, bottom = (sympy.expand(sympy.prod([a * x + b for a, b in found])) for found in (above, below))
    cancelled = sympy.fraction(sympy.cancel(top / bottom))
    wider = [sympy.expand(side * (x + y)) for side in cancelled]
    scaled = [sympy.expand(side * common) for side in cancelled]
    key = cancelled[0] / cancelled[1]

    def quotient(sides: Sequence[sympy.Expr]) -> str:
        return f"({typed(sides[0])})/({typed(sides[1])})"

    if cancelled[1].has(x):
        assert verdict("lowest-terms", key, quotient(cancelled)) == "correct"
        assert verdict("lowest-terms", key, quotient(wider)) == "partial"
        if abs(common) > 1:
            assert verdict("lowest-terms", key, quotient(scaled)) == "partial"
        assert verdict("single-fraction", key, quotient(wider)) == "correct"
        assert verdict("single-fraction", key, f"{quotient(cancelled)} + 1 - 1") == "partial"


@given(st.integers(-9, 9), st.integers(1, 9), st.sampled_from([2, 3, 5, 6, 7]), st.integers(1, 9))
def test_denominators_without_roots_as_sympy_rationalises(a: int, b: int, root: int, top: int) -> None:
    value = sympy.Integer(top) / (a + b * sympy.sqrt(root))

    assert verdict("no-root-in-denominator", value, typed(sympy.radsimp(value))) == "correct"
    assert verdict("no-root-in-denominator", value, f"{top}/({a} + {b}*sqrt({root}))") == "partial"


def test_a_wrong_value_in_the_right_form_is_wrong() -> None:
    spec = {"type": "expression", "value": "x^2-1", "variables": ["x"], "form": "factored"}

    assert grade(variant_of(spec), "(x-1)(x-1)").verdict == "wrong"
    assert grade(variant_of(spec), "x^2-1").hint.startswith("The value is right")
