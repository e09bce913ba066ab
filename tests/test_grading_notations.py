"""One expression in every notation is one answer, also rewritten by SymPy; changed a little it is not."""
# ruff: noqa: RUF001 (the signs that people type, not slips of ours)

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st

from quizengine.grading import grade, variant_of

x, y = sympy.symbols("x y")
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

atoms = st.one_of(
    st.sampled_from([x, y, sympy.pi]),
    st.integers(1, 9).map(sympy.Integer),
    st.fractions(min_value=0, max_value=9, max_denominator=9).map(sympy.Rational),
)
functions = st.sampled_from(
    [sympy.sin, sympy.cos, sympy.tan, sympy.exp, sympy.log, sympy.sqrt, sympy.Abs, sympy.atan, sympy.tanh]
)
powers = st.sampled_from([2, 3, -1, -2, sympy.Rational(1, 2)])
rational = st.recursive(
    atoms.filter(lambda atom: atom != sympy.pi),
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a - b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a, b: a / (b + 1), inner, inner),
    ),
    max_leaves=6,
)
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda f, a: f(a), functions, inner),
        st.builds(lambda a, power: a**power, inner, powers),
    ),
    max_leaves=6,
)


def caret(expression: sympy.Expr) -> str:
    return str(expression).replace("**", "^")


def implicit(expression: sympy.Expr) -> str:
    text = re.sub(r"([0-9)])\*([a-z(])", r"\1\2", caret(expression))
    return re.sub(r"\b([xy])\*([xy])\b", r"\1 \2", text)


def glued(expression: sympy.Expr) -> str:
    """Leave no sign and no space between numbers and letters: ``3xy^2``."""
    return re.sub(r"(?:(?<=[0-9)])|(?<=\b[xy]))\*(?=[xy]\b)", "", caret(expression))


def unicode(expression: sympy.Expr) -> str:
    text = re.sub(r"\*\*([0-9]+)", lambda found: found[1].translate(SUPERSCRIPTS), str(expression))
    for plain, sign in (("**", "^"), ("*", "·"), ("-", "−"), ("sqrt", "√"), ("pi", "π")):
        text = text.replace(plain, sign)
    return text


NOTATIONS: dict[str, Callable[[sympy.Expr], str]] = {
    "python": str,
    "caret": caret,
    "implicit products": implicit,
    "glued letters": glued,
    "unicode": unicode,
    "latex": sympy.latex,
    "latex with dots": lambda one: f"${sympy.latex(one, mul_symbol='dot', inv_trig_style='full')}$",
    "latex with crosses": lambda one: sympy.latex(
        one, mul_symbol="times", ln_notation=True, fold_frac_powers=True
    ),
}


def verdict(key: sympy.Expr, response: str) -> str:
    assume(len(caret(key)) < 150 and not key.has(sympy.zoo, sympy.nan, sympy.I, sympy.re, sympy.im))
    return grade(
        variant_of({"type": "expression", "value": caret(key), "variables": ["x", "y"]}), response
    ).verdict


@pytest.mark.parametrize("notation", NOTATIONS)
@given(key=expressions)
def test_every_notation_of_an_expression_is_right(notation: str, key: sympy.Expr) -> None:
    # A key that has no value anywhere, such as sqrt(-1 - x^2), cannot be compared.
    values = [one.subs({x: 1.4, y: 0.27}) for one in sympy.preorder_traversal(key)]
    # Towers such as exp(exp(5)), and their sines, are too large, or left to a person, in some notations.
    assume(all(one.is_real and abs(one) < 10**6 for one in values))

    assert verdict(key, NOTATIONS[notation](key)) == "correct"


@pytest.mark.parametrize("rewrite", [sympy.expand, sympy.together, sympy.factor, sympy.cancel])
@given(key=rational)
def test_what_sympy_rewrites_stays_right(
    rewrite: Callable[[sympy.Expr], sympy.Expr], key: sympy.Expr
) -> None:
    assert verdict(key, caret(rewrite(key))) == "correct"


@given(key=expressions, change=st.sampled_from(["sign", "term", "factor", "shift"]))
def test_what_is_changed_a_little_is_wrong(key: sympy.Expr, change: str) -> None:
    small = sympy.Rational(1, 1000)
    changed = {
        "sign": -key, "term": key + small, "factor": key * (1 + small), "shift": key.subs(x, x + small),
    }[change]  # fmt: skip
    gap = (key - changed).subs({x: sympy.Rational(7, 5), y: sympy.Rational(3, 11)})
    assume(gap.is_real and abs(sympy.N(gap)) > 1e-9)

    assert verdict(key, caret(changed)) == "wrong"


@given(key=rational)
def test_a_derivative_is_one_by_the_quotient_rule_too(key: sympy.Expr) -> None:
    assume(not key.has(sympy.zoo, sympy.nan))
    top, bottom = sympy.fraction(sympy.together(key))
    by_hand = (
        f"(({caret(sympy.diff(top, x))})*({caret(bottom)}) - ({caret(top)})*({caret(sympy.diff(bottom, x))}))"
    )

    assert verdict(sympy.diff(key, x), f"{by_hand}/({caret(bottom)})^2") == "correct"
