"""Typst source for printed sheets: text prints as written and cannot run."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.errors import MarkupError
from quizengine.markup import to_typst
from quizengine.markup.typst import math_typst, typst_string, typst_text

LIVE = {
    "strong", "emph", "strike", "raw", "link", "list", "enum", "table", "quote", "heading", "line", "box",
    "linebreak", "math.equation", "h", "none",
}  # fmt: skip
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
ESCAPED = re.compile(r"\\.", re.DOTALL)
LIVE_HASH = re.compile(r'\\.|"(?:[^"\\]|\\.)*"|#([A-Za-z.]+|.|$)', re.DOTALL)
HOSTILE = [
    '#read("/etc/passwd")',
    '#import "@preview/x:1.0.0"',
    "a #{ while true {} } b",
    '"; #read("x"); "',
    r"\#read(1) \\#read(2)",
    "`#read(1)` and ``` ` #x ` ```",
    '```\n" + read("x") + "\n```',
    '[#x](https://a.example/"#read)',
    r"$\text{a} x$ // comment */ /* more",
    "= heading + list / term: @cite <label> ~ -- ... https://a.example",
    '| #a | "b |\n|---|---|\n| ] #read(1) [ | \\ |',
]


def live_names(source: str) -> set[str]:
    """Return what follows each # that is neither escaped nor inside a string (but not plain numbers)."""
    found = (match[1] for match in LIVE_HASH.finditer(source) if match[1])
    return {name for name in found if not name[0].isdigit()}


@pytest.mark.parametrize("markdown", HOSTILE)
def test_code_in_a_text_stays_text(markdown: str) -> None:
    assert live_names(to_typst(markdown)) <= LIVE


@given(
    st.one_of(
        st.text(max_size=120),
        st.lists(st.sampled_from([*HOSTILE, "\n\n", "**", "`", "\\", '"', "#", "$x$"])).map("".join),
    )
)
def test_no_text_leaves_a_live_hash(markdown: str) -> None:
    try:
        source = to_typst(markdown)
    except MarkupError:
        return

    assert live_names(source) <= LIVE


@given(st.text())
def test_plain_text_has_a_backslash_before_every_sign(text: str) -> None:
    without_escapes = ESCAPED.sub("", typst_text(text))

    assert not re.search(r"[!-/:-@\[-`{-~]", without_escapes)


@given(st.text())
def test_a_string_ends_where_it_should(text: str) -> None:
    assert STRING.fullmatch(typst_string(text)) or "\n" not in text


@pytest.mark.parametrize(
    ("latex", "typst"),
    [
        (r"\frac{1}{2}", "frac(1, 2)"),
        (r"\begin{pmatrix} 1 & -2 \\ 3 & 4 \end{pmatrix}", 'mat(delim: "(", 1, − 2; 3, 4)'),  # noqa: RUF001
        (r"\hat{y}_i^2", "attach(hat(y), b: i, t: 2)"),
        ("[0, 1)", r"\[ 0 \, 1 \)"),
        (r"\sqrt{x}", "sqrt(x)"),
        (r"\text{say (5%)}", '"say (5%)"'),
    ],
)
def test_a_formula_is_printed_by_known_functions(latex: str, typst: str) -> None:
    assert f"${typst}$" in math_typst(latex)


def test_every_formula_has_words_for_the_tagged_document_and_long_ones_are_cut() -> None:
    assert math_typst(r"\frac{1}{2}", display=True).startswith('#math.equation(block: true, alt: "1/2", $')
    assert "see the text version" in math_typst("x + " * 200 + "x")


def test_the_place_of_an_answer_is_a_line_to_write_on() -> None:
    assert to_typst("It is {{input:a}}.") == r"It is #box(width: 3cm, stroke: (bottom: 0.5pt))\."
