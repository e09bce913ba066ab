"""Text meant to harm: refused with a message, never executed, never slow, never right."""

from __future__ import annotations

import os
from fractions import Fraction as Q
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizengine.grading import grade, variant_with
from quizengine.model.answers import (
    Answer,
    ChoiceAnswer,
    ChoicesAnswer,
    ConfigAnswer,
    EquationAnswer,
    ExpressionAnswer,
    FileKind,
    IntegerAnswer,
    IntervalAnswer,
    MatchingAnswer,
    MatrixAnswer,
    NumberAnswer,
    Option,
    OrderingAnswer,
    OutputAnswer,
    Rule,
    SetAnswer,
    TableAnswer,
    VectorAnswer,
)

OPTIONS = tuple(Option(letter, letter) for letter in "abc")
ANSWERS: list[Answer] = [
    IntegerAnswer(value=42),
    NumberAnswer(value=Q(42), percent="accept"),
    VectorAnswer(values=(Q(42), Q(1))),
    MatrixAnswer(rows=((Q(42), Q(1)), (Q(0), Q(1))), shape_given=False),
    SetAnswer(values=(Q(42), Q(1))),
    ChoiceAnswer(options=OPTIONS, key="a"),
    ChoicesAnswer(options=OPTIONS, key=("a", "b")),
    OrderingAnswer(items=OPTIONS, key=("a", "b", "c"), before=(("a", "b"), ("a", "c"), ("b", "c"))),
    MatchingAnswer(left=OPTIONS, right=OPTIONS, key=("a", "b", "c")),
    TableAnswer(column_heads=("c",), row_heads=("r",), cells=((IntegerAnswer(value=42),),)),
    OutputAnswer(code="", language="python", text="42"),
    *(
        ConfigAnswer(kind=kind, given="a: 1", sound="a: 42", rules=(Rule(id="a", says="", holds="a == 42"),))
        for kind in get_args(FileKind)
    ),
]
#: Read by the same parser, compared with more work: what cannot be decided in time is left to a person.
FORMULAS: list[Answer] = [
    ExpressionAnswer(value="x^2 + sin(x)*y", variables=("x", "y")),
    ExpressionAnswer(value="x^2 - 1", variables=("x",), form="factored"),
    EquationAnswer(value="y = 2*x + 1", variables=("x", "y")),
    IntervalAnswer(value="(-oo, 2]"),
]

CODE = [
    '__import__("os").system("touch canary")',
    "open('canary', 'w').write('x')",
    "eval('1+41')",
    "exec(\"import os; os.mkdir('canary')\")",
    "().__class__.__bases__[0].__subclasses__()",
    "(lambda: 42)()",
    "[42 for _ in [1]][0]",
    "exit()",
    "Function('__import__')('os')",
    "symbols('x y z')",
    "42 if 1 else 0",
    "x:=42",
    "'%s' % 42",
    "{{7*6}}",
    "{% for x in y %}",
    "{{config.items()}}",
    "${jndi:ldap://localhost/a}",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    r"\input{/etc/passwd}",
    r"\write18{touch canary}",
    r"\def\x{\x\x}\x",
    r"\href{javascript:alert(1)}{42}",
    "42\r\nSet-Cookie: a=b",
    "'; DROP TABLE responses; --",
    "=cmd|'/c calc'!A1",
]
#: Without its cap each of these runs for minutes or exhausts the stack.
HEAVY = [
    "9**9**9**9",
    "9^(9^9)",
    "100000!",
    "((5!)!)!",
    "C(10^9, 10^8)",
    "exp(exp(exp(exp(10))))",
    "1e-999999999",
    "1" * 5000,
    "(" * 900 + "42" + ")" * 900,
    "[" * 900,
    "-" * 1500 + "42",
    "sqrt(" * 300 + "2" + ")" * 300,
    r"\sqrt{" * 300 + "2" + "}" * 300,
    r"\frac{" * 300,
    "|" * 1000,
    "1," * 999,
    "1 " * 999,
    "1\n" * 999,
    "{" * 1000,
    "$" * 1000,
    "\\" * 1000,
    r"\begin{pmatrix}" + "1&" * 600 + r"\end{pmatrix}",
    r"\begin{pmatrix}" * 100,
    "1,000" * 300,
    "1 000" * 300,
    "0.1" * 600,
    "+".join(["1/7^6000"] * 60),
    "x" * 2000,
    "e" * 2000,
    "1e" * 900,
    "a_1" * 600,
    "(1+" * 500,
    # Found by fuzzing: its borders cost more than a comparison may.
    "40>" + "√" * 9 + "x^x",
]


@pytest.mark.parametrize("text", CODE)
def test_code_is_never_run_and_never_right(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    for answer in (*ANSWERS, *FORMULAS):
        found = grade(variant_with(answer), text)
        assert found.verdict != "correct"
        assert found.verdict == "unreadable" or isinstance(answer, OutputAnswer | ConfigAnswer)

    assert os.listdir(tmp_path) == []  # noqa: PTH208 (the plain look at the folder)


@pytest.mark.parametrize("text", HEAVY, ids=lambda text: text[:20].encode("unicode_escape").decode())
def test_heavy_text_ends_with_a_verdict(text: str) -> None:
    verdicts = {grade(variant_with(answer), text).verdict for answer in (*ANSWERS, *FORMULAS)}

    assert "correct" not in verdicts


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300), st.sampled_from(ANSWERS))
def test_any_text_at_all_gets_a_verdict(text: str, answer: Answer) -> None:
    assert grade(variant_with(answer), text).verdict in ("correct", "partial", "wrong", "unreadable")


@settings(deadline=None)
@given(st.lists(st.lists(st.text(max_size=6), max_size=5), max_size=5), st.sampled_from(ANSWERS))
def test_any_grid_of_texts_gets_a_verdict(rows: list[list[str]], answer: Answer) -> None:
    assert grade(variant_with(answer), rows).verdict in ("correct", "partial", "wrong", "unreadable")


def test_a_message_quotes_a_stranger_briefly_and_without_control_characters() -> None:
    for text in (*CODE, *HEAVY, "\x1b[31m42", "4\u20282"):
        feedback = grade(variant_with(IntegerAnswer(value=42)), text).feedback
        assert len(feedback) < 250
        assert feedback.isprintable()
