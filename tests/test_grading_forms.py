"""The form that was asked for: the value counts first, and half of it is kept where the form is missing."""
# ruff: noqa: E501 (tables of examples, as people type them)

from __future__ import annotations

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
        ["(x-1)(x+1)", "2(x-1)(x+1)", "x^2+1", "x(x-2)", "x^2 (x-1)^3", "-(x-1)(x+1)", "(x+y)(x-y)", "2^2*3", "(x-1)^2"],
        ["x^2-1", "(x^2-1)(x+2)", "2*3*(x+1)", "x^2-y^2", "12", "x^2-2x+1", "x(x^2-1)"],
    ),
    "expanded": (
        ["x^2+2x+1", "3x^2 y - y", "1/2 x + 3", "-x^2+4", "x^3/3", "7", "x"],
        ["(x+1)^2", "x^2+x+x+1", "x*x+1", "x(x+1)", "2*3*x", "x+1+2", "x y + y x"],
    ),
    "lowest-terms": (
        ["3/4", "(x+1)/(x-1)", "x/2", "-3/4", "5"], ["6/8", "(x^2-1)/(x-1)", "2x/4", "0.75", "(1/2)/3"]
    ),
    "single-fraction": (["(x+1)/x", "x+1", "3x/(x+1)"], ["1+1/x", "1/(1+1/x)", "x^-1+1"]),
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


roots = st.lists(st.integers(-6, 6), min_size=2, max_size=3)


@given(roots)
def test_a_product_is_factored_and_its_expansion_expanded(found: list[int]) -> None:
    factored = "".join(f"(x - ({root}))" for root in found)
    expanded = str(sympy.expand(sympy.prod([sympy.Symbol("x") - root for root in found])))
    asked = {"type": "expression", "value": factored, "variables": ["x"]}

    assert (
        grade(variant_of({**asked, "form": "factored"}), factored.replace(" - (0)", "")).verdict == "correct"
    )
    assert grade(variant_of({**asked, "form": "expanded"}), expanded).verdict == "correct"
    assert grade(variant_of({**asked, "form": "expanded"}), factored).verdict == "partial"


def test_a_wrong_value_in_the_right_form_is_wrong() -> None:
    spec = {"type": "expression", "value": "x^2-1", "variables": ["x"], "form": "factored"}

    assert grade(variant_of(spec), "(x-1)(x-1)").verdict == "wrong"
    assert grade(variant_of(spec), "x^2-1").hint.startswith("The value is right")
