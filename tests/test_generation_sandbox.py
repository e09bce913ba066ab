"""A stranger's bank can compute, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizengine.errors import ExpressionError
from quizengine.generation.program import sources
from quizengine.generation.python_alike import names_in, names_in_text
from quizengine.generation.sandbox import (
    FILTERS,
    MAX_DEPTH,
    MAX_STEPS,
    Expression,
    Text,
    jinja_names,
    jinja_names_in_text,
)
from quizengine.generation.values import dec, exact, rounded, show
from tests.factories import shipped_bank

MATRIX = Expression("matrix([[1, 2], [3, 4]])").evaluate({})


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1/3 + 1/6", Fraction(1, 2)),
        ("7 // 2 + 7 % 2", 4),
        ("2**-2", Fraction(1, 4)),
        ("det(A)", -2),
        ("(A * inverse(A)) == identity(2)", True),
        ("A.T == transpose(A)", True),
        ("A**3 == A * A * A", True),
        ("[1, 2, 3][1]", 2),
        ("'large' if 2 > 1 else 'small'", "large"),
        ("sum(range(1, 5))", 10),
    ],
)
def test_an_expression_is_computed_exactly(source: str, value: object) -> None:
    assert Expression(source).evaluate({"A": MATRIX}) == value


@pytest.mark.parametrize(
    "source",
    [
        "''.__class__",
        "().__class__.__bases__",
        "A.__init__.__globals__",
        "A._rep",
        "A.subs(1, 2)",
        "det.__globals__",
        "range.__self__",
        "cycler()",
        "lipsum()",
        "namespace()",
        "dict()",
        "self",
        "det",
        "[].append(1)",
        "'{0.__class__}'.format(1)",
        "'%9999999d' % 1",
        "'a' * 1000000000",
        "[0] * 1000000000",
        "(9**9)**9**9**9",
        "10**(10**5)",
        "factorial(100000)",
        "range(10**9)",
        "repeat(0, 10**9)",
        "1/0",
        "0**-1",
        "matrix([[1, 2], [3]])",
        "A|attr('__class__')",
        "A|map('upper')",
        "open('/etc/passwd')",
        "__import__('os')",
    ],
)
def test_what_leaves_the_sandbox_or_grows_without_bound_is_refused(source: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(source).evaluate({"A": MATRIX})


@pytest.mark.parametrize(
    "source",
    [
        "{% include 'x' %}",
        "{% import 'x' as x %}",
        "{% macro m() %}{% endmacro %}",
        "{% extends 'x' %}",
        "{% for a in [1] %}{% for b in [1] %}{% for c in [1] %}{% for d in [1] %}{% endfor %}{% endfor %}"
        "{% endfor %}{% endfor %}",
    ],
)
def test_a_text_holds_values_loops_and_conditions_alone(source: str) -> None:
    with pytest.raises(ExpressionError):
        Text(source)


@pytest.mark.parametrize(
    "nested",
    [
        lambda depth: "+".join("1" * depth),
        lambda depth: "-" * depth + "1",
        lambda depth: "not " * depth + "1",
        lambda depth: "[" * depth + "1" + "]" * depth,
        lambda depth: "abs(" * depth + "1" + ")" * depth,
        lambda depth: "2 if 0 else " * depth + "1",
        lambda depth: "1" + "|show" * depth,
    ],
)
def test_what_is_read_can_be_computed_however_deep_it_nests(nested: Callable[[int], str]) -> None:
    depth, read = deepest(nested)

    assert depth > 20
    assert read.evaluate({}) is not None
    with pytest.raises(ExpressionError, match="is nested too deeply"):
        Expression(nested(depth + 1))


def deepest(nested: Callable[[int], str]) -> tuple[int, Expression]:
    """The deepest expression of a kind that is read."""
    for depth in range(MAX_DEPTH + 1, 0, -1):
        with suppress(ExpressionError):
            return depth, Expression(nested(depth))
    raise AssertionError("nothing is read")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Expression("a|nosuch"),
        lambda: Expression("a is nosuch"),
        lambda: Expression("a b"),
        lambda: Expression("(1"),
        lambda: Text("{{ a|nosuch }}"),
        lambda: Text("{% for loop in [1] %}{% endfor %}"),
        lambda: Text("{% if 1 %}"),
    ],
)
def test_a_fault_is_told_when_a_source_is_read(make: Callable[[], object]) -> None:
    with pytest.raises(ExpressionError):
        make()


def test_the_names_of_a_source_are_those_from_outside() -> None:
    assert Expression("det(A) + x|show if y is even else z[k]").names == {"A", "x", "y", "z", "k"}
    assert Text("{% set a = b %}{% for i in c %}{{ a + i + d }}{% endfor %}").names == {"b", "c", "d"}


TOKENS = (
    *("a", "b1", "true", "None", "not", "and", "or", "in", "is", "if", "else", "even", "lambda", "r"),
    *("1", "0", "1.5", ".5", "2.", "1e3", "0x1f", "1_0", "1j", "'t'", '"u"', '""', "b'x'", "f'{a}'"),
    *("(", ")", "[", "]", "{", "}", ",", ":", ".", "+", "-", "*", "/", "//", "%", "**", "~", "|", "==", "<"),
    *("!=", ">=", "=", "@", "&", "#", "\\", "\n", " ", "...", ":=", "*a", "**a", "len", "f(a, k=b)", "a[b]"),
    *("tex", "join", "fixed(2)", "}}", "{{", "{a: {b: 1}}", "'}}'"),
)


@settings(max_examples=600)
@given(st.lists(st.sampled_from(TOKENS), max_size=9), st.sampled_from(["", " "]))
def test_what_python_reads_for_jinja_jinja_reads_too(tokens: list[str], between: str) -> None:
    source = between.join(tokens)

    names, in_text = names_in(source, FILTERS), names_in_text(f"x {{{{ {source} }}}} y", FILTERS)

    assert names is None or names == jinja_names(source)
    assert in_text is None or in_text == jinja_names_in_text(f"x {{{{ {source} }}}} y")


def test_python_reads_most_sources_of_the_shipped_bank_as_jinja_does() -> None:
    questions = [entry.question for entry in shipped_bank().questions.values()]
    written = {(kind, one) for q in questions for _, one, kind in sources(q) if kind in (Expression, Text)}
    quick = {Expression: names_in, Text: names_in_text}
    slow = {Expression: jinja_names, Text: jinja_names_in_text}
    read = [
        (kind, one, names)
        for kind, one in sorted(written, key=str)
        if (names := quick[kind](one, FILTERS)) is not None
    ]

    assert len(read) > 0.9 * len(written)
    for kind, one, names in read[::5]:
        assert names == slow[kind](one), one


def test_a_loop_over_loops_runs_out_of_steps() -> None:
    text = Text("{% for i in xs %}{% for j in xs %}{% for k in xs %}{% endfor %}{% endfor %}{% endfor %}")

    with pytest.raises(ExpressionError, match=f"more than {MAX_STEPS} steps"):
        text.render({"xs": list(range(1000))})


def test_an_unknown_name_is_named() -> None:
    with pytest.raises(ExpressionError, match="'nosuch' is undefined"):
        Expression("nosuch + 1").evaluate({})


def test_a_name_of_the_question_hides_a_function_of_the_library() -> None:
    assert Expression("det + 1").evaluate({"det": 4}) == 5


@given(st.text(max_size=60))
def test_any_text_as_an_expression_gives_a_value_or_an_error_of_ours(source: str) -> None:
    names: dict[str, Any] = {"a": 2, "b": Fraction(1, 3), "A": MATRIX}
    with suppress(ExpressionError):
        assert not callable(Expression(source).evaluate(names))


@given(st.fractions(max_denominator=10**6), st.integers(0, 8))
def test_rounding_is_half_away_from_zero_and_exact(value: Fraction, places: int) -> None:
    found = rounded(value, places)

    assert abs(found - value) <= Fraction(1, 2) / 10**places
    assert (found * 10**places).denominator == 1
    assert rounded(-value, places) == -found


@given(st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-1000, max_value=1000))
def test_a_decimal_is_shown_as_it_is(value: Any) -> None:
    assert Fraction(show(Fraction(value))) == Fraction(value)


def test_numbers_are_written_without_float_noise() -> None:
    assert show(0.1 + 0.2) == "0.3"
    assert dec(Fraction(-1, 2000), 3) == "-0.001"
    assert dec(Fraction(-1, 20000), 3) == "0"
    assert exact(0.1) == Fraction(1, 10)
