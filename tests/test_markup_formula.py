"""The guard: what a formula may hold, and what a person is told about the rest."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.errors import MarkupError
from quizengine.markup import commands, math_html, math_text
from quizengine.markup.formula import MAX_CHARACTERS, read_formula
from quizengine.markup.typst import math_typst

REFUSED = [
    (r"\frca{1}{2}", r"\\frca is not a command that we render\. Did you mean 'frac'\?"),
    (r"\href{javascript:x}{y}", r"\\href is not a command"),
    (r"\newcommand{\x}{y}", r"\\newcommand is not a command"),
    (r"\class{x}{y} \style{color:red}{z}", r"\\class is not a command"),
    (r"\begin{pmatirx} 1 \end{pmatirx}", r"pmatirx\} is not an environment.*Did you mean 'pmatrix'"),
    (r"\begin{pmatrix} 1", r"\\end\{pmatrix\} is missing"),
    (r"\begin{pmatrix} 1 \end{bmatrix}", r"\\end\{pmatrix\} is missing"),
    (r"\begin{array} 1 \end{array}", "needs its columns in braces"),
    ("{x", "a { is never closed"),
    ("x}", "a } has no { before it"),
    ("a & b", "stands outside a matrix"),
    (r"a \\ b", "stands outside a matrix"),
    (r"\left( x", r"a \\left has no \\right"),
    (r"x \right)", r"\\right has no \\left"),
    (r"\left x \right)", "must be followed by a bracket"),
    ("x_1_2", "two _ on one base"),
    ("x^", r"something is missing after \^"),
    (r"\frac{1}", r"something is missing after \\frac"),
    (r"\sqrt[3{x}", "never closed"),
    (r"\text{a $b$}", "plain words in braces"),
    (r"\text{<b>}", None),
    (r'\text{a" #read("x")}', "may not hold the character '\"'"),
    ('x "y"', r"write \\text"),
    ("50%", r"write \\% for the percent sign"),
    ("a # b", "# cannot be set"),
    ("a ` b", "cannot be set"),
    ("a @ b", "cannot be set"),
    ("x \u202e y", "cannot be set"),
    ("{" * 200 + "}" * 200, "nested more than"),
    ("x" * (MAX_CHARACTERS + 1), "may have 4000 characters"),
]


@pytest.mark.parametrize(("latex", "message"), REFUSED)
def test_what_we_do_not_render_is_refused_with_what_to_change(latex: str, message: str | None) -> None:
    if message is None:
        assert "<b>" not in math_html(latex)
        return

    with pytest.raises(MarkupError, match=message):
        read_formula(latex)


def test_a_long_formula_is_shortened_in_the_message() -> None:
    with pytest.raises(MarkupError) as caught:
        read_formula("x + " * 100 + r"\foo")

    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("command", sorted(commands.COMMANDS))
def test_every_allowed_command_is_refused_with_a_message_or_printed_three_ways(command: str) -> None:
    printed = 0
    for after in ("", "x", "{x}", "{a}{b}", "(", "( x", "{ab}", r"\in x", "_1"):
        for latex in (command + " " + after, f"{command}{after}", rf"\sum{command}{after}"):
            try:
                read_formula(latex)
            except MarkupError:
                continue
            printed += (
                bool(math_html(latex)) and bool(math_typst(latex)) and isinstance(math_text(latex), str)
            )

    assert printed or command in {r"\begin", r"\end", r"\left", r"\right", r"\middle", r"\\"}


PIECES = st.sampled_from(
    [*sorted(commands.COMMANDS), *"{}[]()&^_'$#\"<>|%@`~=+-*/,;.:! ab12x", "β", "≤", " "]
)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_any_text_is_either_printed_or_refused_politely(latex: str) -> None:
    try:
        html = math_html(latex)
    except MarkupError:
        return

    assert not re.search(r"<(?!/?(?:m[a-z]+|span)\b)", html)


def test_digits_are_taken_one_at_a_time_as_tex_does() -> None:
    assert math_text(r"\frac12") == "1/2"
    assert math_text("x^12") == "x^1 2"
