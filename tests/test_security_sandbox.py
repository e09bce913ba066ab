"""A stranger's bank: its texts and expressions run no code, and end while somebody waits."""

from __future__ import annotations

import inspect
from functools import reduce
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import sympy.parsing.sympy_parser

from quizengine.errors import ExpressionError
from quizengine.generation.functions import LIBRARY
from quizengine.generation.sandbox import Expression, Text

X = 'symbol("x")'
ENTRY = 'symbol("a{i}_{j}")'


def grid(side: int, entry: str) -> str:
    """A square matrix; ``entry`` may name the place as {i} and {j}."""
    rows = (
        ", ".join(entry.replace("{i}", str(i)).replace("{j}", str(j)) for j in range(side))
        for i in range(side)
    )
    return "[" + ", ".join(f"[{row}]" for row in rows) + "]"


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that exists once a text of ours was run; nothing may even be parsed as code."""
    path = tmp_path / "canary"

    def refuse(*_: Any, **__: Any) -> None:
        path.touch()

    monkeypatch.setattr(sympy.parsing.sympy_parser, "parse_expr", refuse)
    monkeypatch.setattr(sympy.parsing.sympy_parser, "eval_expr", refuse)
    return path


def arguments(name: str) -> list[str]:
    """Calls of a function with a text of code in each place, alone, in a list and in rows of lists."""
    found = inspect.signature(LIBRARY[name]).parameters.values()
    places = [one for one in found if one.kind is not inspect.Parameter.VAR_KEYWORD]
    harmless = ("2", X, "[[2, 1], [1, 2]]", "[1, 2]")
    calls = []
    for at, code in product(range(len(places)), ('"{}"', '["{}"]', '[["{}"]]', '[1, "{}"]')):
        for other in harmless:
            given = [code if at == place else other for place in range(len(places))]
            calls.append(f"{name}({', '.join(given)})")
    return calls


@pytest.mark.parametrize("name", sorted(LIBRARY))
@pytest.mark.filterwarnings("ignore")
def test_no_function_runs_a_text_as_code(name: str, canary: Path) -> None:
    code = f"open('{canary}', 'w')"

    for call in arguments(name):
        try:
            Expression(call.replace("{}", code)).evaluate({})
        except ExpressionError:
            continue
        finally:
            assert not canary.exists(), call


@pytest.mark.parametrize(
    "expression",
    ['"{}" ** 1', '2 ** "{}"', f'{X} ** "{{}}"', '["{}"] ** 1', f'{X} + "{{}}"', f'{X} < "{{}}"', '"{}" / 2'],
)
def test_no_operator_runs_a_text_as_code(expression: str, canary: Path) -> None:
    with pytest.raises(ExpressionError):
        Expression(expression.replace("{}", f"open('{canary}', 'w')")).evaluate({})

    assert not canary.exists()


@pytest.mark.parametrize(
    "source",
    [
        "round(1, 100000000)",
        "round(1.5, -1000000000)",
        "significant(1.5, 10000000)",
        "number(exp(10**7))",
        "floor(exp(10**9))",
        "floor(exp(exp(exp(10))))",
        "sqrt(10**5000 + 1)",
        "log(10**5000 + 7, 3)",
        "(10**3000 + 9) ** (1/3)",
        f"det({grid(12, ENTRY)})",
        f"inverse({grid(8, ENTRY)})",
        f"matrix({grid(8, ENTRY)}) ** -1",
        f"matrix({grid(3, ENTRY)}) ** 32",
        f"rank({grid(8, 'sqrt(2 + {i} + 3 * {j})')})",
        f"eigenvalues({grid(9, '({i} * 7 + {j} * 13 + {i} * {j} * {j}) % 19')})",
        f"eigenvalues({grid(4, 'sqrt(2 + {i} + 3 * {j})')})",
        "repeat(repeat(repeat(1, 2000), 2000), 2000)",
        "(" * 3_000 + "1" + ")" * 3_000,
        "[" * 3_000,
        "-" * 9_000 + "1",
    ],
)
def test_what_would_run_for_hours_is_refused(source: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(source).evaluate({})


@pytest.mark.parametrize(
    "source",
    [
        "{{ 1|fixed(100000000) }}",
        "{{ 1.5|dec(100000000) }}",
        '{% set a = "x" %}' + "{% set a = a ~ a %}" * 60 + "{{ a }}",
        "{% set a = [1] %}" + "{% set a = [a, a] %}" * 60 + "{{ a }}",
        "{% set a = [1] %}" + "{% set a = [a, a] %}" * 60 + "{{ a|length }}",
        '{% set a = "x" %}' + "{% set a %}{{ a }}{{ a }}{% endset %}" * 60,
        '{% with a = "xx" %}' * 40 + "{{ a }}" + "{% endwith %}" * 40,
        "{% for i in range(2000) %}{% for j in range(9) %}" + "x" * 19_000 + "{% endfor %}{% endfor %}",
        "{% if 1 %}" * 150 + "{% endif %}" * 150,
        "{{ 1" + " + 1" * 4_000 + " }}",
    ],
)
def test_a_text_that_would_fill_the_memory_is_refused(source: str) -> None:
    with pytest.raises(ExpressionError):
        Text(source).render({})


def test_an_expression_that_doubles_with_every_value_is_refused() -> None:
    double = Expression("x * exp(x)")

    def grow() -> Any:
        return reduce(lambda value, _: double.evaluate({"x": value}), range(60), Expression(X).evaluate({}))

    with pytest.raises(ExpressionError, match="terms"):
        grow()


def test_what_questions_need_is_still_computed() -> None:
    assert Expression("significant(1234567, 3)").evaluate({}) == 1_230_000
    assert Expression("eigenvalues([[2, 1], [1, 2]])").evaluate({}) == [1, 3]
    assert Expression("entries(matrix([[2, 0], [0, 4]]) ** -1)").evaluate({}) == [
        [Expression("1/2").evaluate({}), 0],
        [0, Expression("1/4").evaluate({})],
    ]
    assert str(Expression(f"derivative({X} ** 3, {X})").evaluate({})) == "3*x**2"
    assert Text("{% set a = 2 %}{% for i in range(3) %}{{ a * i }} {% endfor %}").render({}) == "0 2 4 "
