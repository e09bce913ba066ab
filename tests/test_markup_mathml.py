"""Formulas in pages: well-formed MathML with its own words, and nothing that is a script."""

# ruff: noqa: RUF001  (signs that look like letters are what is tested)

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.errors import MarkupError
from quizengine.markup import math_html

MATHML = "{http://www.w3.org/1998/Math/MathML}"
CORE = {
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup",
    "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded",
}  # fmt: skip
FORMULAS = [
    r"\det A = -3 + \frac{1}{2}x",
    r"\begin{pmatrix} 1 & -2 \\ 3 & 4 \end{pmatrix}^{-1}",
    r"\begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}",
    r"\begin{aligned} a &= b + c \\ &= d \end{aligned}",
    r"\left[\begin{array}{cc|c} 1 & 2 & 3 \\ 4 & 5 & 6 \end{array}\right]",
    r"\operatorname*{arg\,max}_{\theta \in \Theta} \sum_{i=1}^{n} \log p(x_i \mid \theta)",
    r"\underbrace{a + b}_{\text{sum}} \ne \overline{x} \cdot \hat{\mathbf{y}}'",
    r"\lVert \mathbf{x} \rVert_2 \le \sqrt[3]{x} \quad 30^\circ \quad 5\,\%",
    r"\xrightarrow{f} \overset{!}{=} \boxed{x} \pmod{7} \binom{n}{k} \bigl( x \bigr]",
    r"a < b > c \text{ A & B < 3}",
]


def elements(html: str) -> list[ET.Element]:
    return list(ET.fromstring(html).iter())


@pytest.mark.parametrize("latex", FORMULAS)
def test_a_formula_is_well_formed_and_uses_only_elements_that_browsers_know(latex: str) -> None:
    for html in (math_html(latex), math_html(latex, display=True)):
        names = {element.tag.removeprefix(MATHML) for element in elements(html)} - {"span"}

        assert names <= CORE


@given(st.text(alphabet="xyab12 +-=<>^_{}\\()&'\"", max_size=30))
def test_whatever_is_printed_is_well_formed(latex: str) -> None:
    try:
        html = math_html(latex)
    except MarkupError:
        return

    ET.fromstring(html)


def test_elements_with_a_fixed_number_of_places_have_them_filled() -> None:
    places = {
        "mfrac": 2,
        "mroot": 2,
        "msub": 2,
        "msup": 2,
        "msubsup": 3,
        "munder": 2,
        "mover": 2,
        "munderover": 3,
    }

    for element in (element for latex in FORMULAS for element in elements(math_html(latex, display=True))):
        expected = places.get(element.tag.removeprefix(MATHML))
        assert expected is None or len(element) == expected, ET.tostring(element)


def test_a_formula_carries_its_words() -> None:
    math = ET.fromstring(math_html(r"\frac{1}{2} < x"))[0]

    assert math.get("alttext") == "1/2 < x"


def test_a_long_formula_can_be_scrolled_by_keyboard_and_a_short_one_is_no_stop() -> None:
    long = math_html("a+b+c+d+e+f+g+h+i+j+k+l+m")

    assert 'tabindex="0" role="group" aria-label="Formula"' in long
    assert "tabindex" not in math_html("a+b")
    assert "tabindex" not in math_html("a+b+c+d+e+f+g+h+i+j+k+l+m", focusable=False)


def test_the_sign_of_a_negative_number_is_not_set_as_a_difference() -> None:
    assert '<mo form="prefix">−</mo><mn>3</mn>' in math_html("x = -3")
    assert 'form="prefix"' not in math_html("x - 3")
    assert math_html("2 (-3)").count('<mo form="prefix">−</mo>') == 1


def test_bold_and_blackboard_letters_are_letters_of_their_own_since_browsers_dropped_the_attribute() -> None:
    assert "𝐱" in math_html(r"\mathbf{x}")
    assert "ℝ" in math_html(r"\mathbb{R}")
    assert "𝜷" in math_html(r"\boldsymbol{\beta}")
    assert "bold" not in math_html(r"\mathbf{x}")


def test_a_formula_that_was_set_once_is_not_set_again() -> None:
    before = math_html.cache_info().hits

    first, second = math_html("x + 41"), math_html("x + 41")

    assert first is second
    assert math_html.cache_info().hits > before
    assert math_html.cache_info().maxsize is not None
