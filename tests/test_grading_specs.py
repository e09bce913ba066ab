"""Answers written as JSON: what ``quizengine grade`` takes, and what it says about a line that is wrong."""
# ruff: noqa: E501 (one line of the table a line of the file)

from __future__ import annotations

import json
from typing import Any

import pytest

from quizengine.errors import QuizEngineError
from quizengine.grading import answer_from_json, decimal_from_json, grade, response_from_json, variant_of
from quizengine.model.answers import ANSWER_TYPES
from quizengine.model.grade import Response


def verdict(answer: dict[str, Any], response: object, decimal: str = "point") -> str:
    setting = decimal_from_json({"decimal": decimal})
    given = Response(answers={"answer": response_from_json(response)}, decimal=setting)
    return grade(variant_of(json.loads(json.dumps(answer))), given).verdict


LINES: list[tuple[dict[str, Any], object, str]] = [
    ({"type": "integer", "value": 7}, "7", "correct"),
    ({"type": "integer", "value": "7"}, 7, "correct"),
    ({"type": "number", "value": "1/3", "tolerance": {"exact": True}}, "0.333", "wrong"),
    ({"type": "number", "value": "1/3", "tolerance": "exact"}, "1/3", "correct"),
    ({"type": "number", "value": "1/3", "tolerance": {"rel": 0.005}}, "33.3%", "correct"),
    ({"type": "number", "value": 0.1, "tolerance": {"exact": True}}, "1/10", "correct"),
    ({"type": "number", "value": "sqrt(2)", "tolerance": {"exact": True}}, "2/sqrt(2)", "correct"),
    ({"type": "number", "value": "0.25"}, "0.251", "correct"),
    ({"type": "number", "value": "0.25", "percent": "refuse"}, "25%", "unreadable"),
    ({"type": "number", "value": "2/3", "tolerance": {"decimals": 2}}, "0.67", "correct"),
    ({"type": "number", "value": "2/3", "tolerance": {"sigfig": 3}}, "0.67", "wrong"),
    ({"type": "number", "value": "10", "tolerance": {"abs": "1/2"}}, "10.5", "correct"),
    ({"type": "fraction", "value": "3/4", "form": "lowest-terms"}, "6/8", "partial"),
    ({"type": "equation", "value": "y = 1/x", "variables": ["x", "y"]}, "xy = 1", "correct"),
    ({"type": "equation", "value": "ab = c", "variables": ["a", "b", "c"]}, "ac = b", "wrong"),
    ({"type": "equation", "value": "ab = c", "variables": ["a", "b", "c"]}, "ba = c", "correct"),
    ({"type": "fraction", "value": "3/4", "form": "decimal"}, "3/4", "partial"),
    ({"type": "number", "value": "0.75", "form": "decimal"}, "3/4", "partial"),
    ({"type": "number", "value": "0.75", "form": "decimal"}, ".75", "correct"),
    ({"type": "number", "value": "2/3", "form": "decimal"}, "0.667", "correct"),
    ({"type": "number", "value": 0.75, "form": "lowest-terms"}, "6/8", "partial"),
    ({"type": "vector", "value": [1, "1/2"]}, "[1, 0.5]", "correct"),
    ({"type": "vector", "value": "[1,2,3]"}, [1, 2, 3], "correct"),
    ({"type": "vector", "value": "[1,2,3]"}, "[1,2]", "wrong"),
    ({"type": "vector", "value": "[1,2,3]", "shape_given": True}, "[1,2]", "unreadable"),
    ({"type": "vector", "value": "[1/sqrt(2),1/sqrt(2)]", "up_to": "sign"}, "[-1/√2, -1/√2]", "correct"),
    ({"type": "matrix", "value": [[1, 2], [3, 4]]}, [["1", "2"], ["3", "4"]], "correct"),
    ({"type": "matrix", "value": "[[1,2],[3,4]]"}, "1 2\n3 4", "correct"),
    ({"type": "set", "value": "{1,2}"}, "2, 1", "correct"),
    ({"type": "expression", "value": "2*x", "variables": ["x"]}, "x+x", "correct"),
    ({"type": "expression", "value": "2*x"}, "x*2", "correct"),
    ({"type": "expression", "value": "x^2/2", "variables": ["x"], "up_to": "constant"}, "x²/2 + C", "correct"),
    ({"type": "expression", "value": "x^2-1", "variables": ["x"], "form": "factored"}, "x^2-1", "partial"),
    ({"type": "expression", "value": "[2*x, 3*y]", "variables": ["x", "y"]}, "(x+x, 3y)", "correct"),
    ({"type": "vector", "value": "[2*x, 3]", "variables": ["x"]}, "[2x, 4]", "partial"),
    ({"type": "set", "value": "{a, -a}", "variables": ["a"]}, "-a, a", "correct"),
    ({"type": "matrix", "value": "[[x,0],[0,1]]", "variables": ["x"]}, "[x 0; 0 1]", "correct"),
    ({"type": "expression", "value": "2+3*i", "variables": []}, "3i+2", "correct"),
    ({"type": "equation", "value": "y = 2*x + 1", "variables": ["x", "y"]}, "2x + 1", "correct"),
    ({"type": "interval", "value": "(-oo, 2]", "variables": ["x"]}, "x <= 2", "correct"),
    ({"type": "interval", "value": "(-oo, 2]"}, "(-oo, 2)", "partial"),
    ({"type": "vector", "value": [1, 1], "property": "eigenvector",
      "data": {"matrix": [[2, 1], [1, 2]], "eigenvalue": 3}}, "[-2, -2]", "correct"),
    ({"type": "factorisation", "value": "[[1,0],[2,1]], [[3,1],[0,4]]", "property": "lu",
      "data": {"matrix": [[3, 1], [6, 6]]}}, "L = [1 0; 2 1], U = [3 1; 0 4]", "correct"),
    ({"type": "number", "value": "250", "unit": "ms"}, "250 ms", "correct"),
    ({"type": "number", "value": "250"}, "250 ms", "unreadable"),
    ({"type": "number", "value": "62.5", "unit": "%", "percent": "refuse"}, "62.5 %", "correct"),
    ({"type": "number", "value": "62.5", "unit": "%", "percent": "refuse"}, "0.625", "wrong"),
    ({"type": "choice", "options": ["no", "yes"], "value": "yes"}, "b", "correct"),
    ({"type": "choices", "options": ["p", "q", "r"], "value": ["a", "r"]}, ["c", "a"], "correct"),
    ({"type": "ordering", "items": ["p", "q", "r"], "value": ["q", "p", "r"]}, "b a c", "correct"),
    ({"type": "ordering", "items": ["p", "q", "r"], "value": ["p", "q", "r"], "before": [["p", "q"]]},
     ["c", "a", "b"], "correct"),
    ({"type": "matching", "left": ["1", "2"], "right": ["one", "two"], "value": ["one", "two"]}, ["a", "b"], "correct"),
    ({"type": "table", "cells": [["given", {"type": "integer", "value": 3}], [{"type": "text", "value": "ja"}, "x"]]},
     ["3", "JA"], "correct"),
    ({"type": "output", "value": "1\n2\n"}, "1\n2", "correct"),
    ({"type": "output", "value": "(4, 5)\n[1, 2]"}, "(4,5)\n[1 ,2]", "correct"),
    ({"type": "output", "value": "1 2"}, "12", "wrong"),
    ({"type": "config", "kind": "yaml", "file": "a: 1", "value": "a: 2", "rules": [{"id": "two", "holds": "a == '2'"}]},
     "{'a': 2}", "correct"),
    ({"type": "config", "kind": "yaml", "file": "a: 1", "value": "a: 2", "rules": [{"id": "two", "holds": "a == '2'"}]},
     "a: 1", "wrong"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "response", "expected"), LINES)
def test_a_line_is_judged(answer: dict[str, Any], response: object, expected: str) -> None:
    assert verdict(answer, response) == expected


def test_every_answer_type_can_be_written_as_json() -> None:
    assert {answer["type"] for answer, _, _ in LINES} | {"sql"} == set(ANSWER_TYPES)


def test_a_line_may_carry_the_decimal_comma() -> None:
    assert verdict({"type": "number", "value": "1000.5"}, "1.000,5", "comma") == "correct"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"type": "nmber", "value": "1"}, "'nmber'; those known are choice, choices, config, equation"),
        ({"value": "1"}, "no 'type'"),
        ({"type": "number"}, "no 'value'"),
        ({"type": "number", "value": "eval(1)"}, "cannot be read: The name “eval”"),
        ({"type": "number", "value": True}, "neither text nor a number"),
        ({"type": "number", "value": None}, "neither text nor a number"),
        ({"type": "number", "value": "1", "tolerance": {"rle": 1}}, "Did you mean 'rel'"),
        ({"type": "number", "value": "1", "tolerance": 3}, "A tolerance is"),
        ({"type": "number", "value": "1", "tolerance": {"sigfig": 99}}, "between 0 and 30"),
        ({"type": "integer", "value": "1/2"}, "not whole"),
        ({"type": "vector", "value": "[1]", "up_to": "scael"}, "Did you mean 'scale'"),
        ({"type": "choice", "options": [], "value": "a"}, "1 to 26"),
        ({"type": "choice", "options": ["x"], "value": "b"}, "no option named 'b'"),
        ({"type": "choices", "options": ["x"], "value": "a"}, "list of options"),
        ({"type": "ordering", "items": ["x", "y"], "value": ["x", "y"], "before": [["x"]]}, "pairs"),
        ({"type": "matching", "left": ["1", "2"], "right": ["x"], "value": ["x"]}, "one option of 'right' for each"),
        ({"type": "table", "cells": []}, "list of rows"),
        ({"type": "config", "kind": "ymal"}, "Did you mean 'yaml'"),
        ({"type": "config", "kind": "yaml", "file": "a: 1", "value": "a: 2", "rules": []}, "'rules' is a list"),
        ({"type": "config", "kind": "yaml", "file": "a: 1", "value": "a: 2", "rules": [{"id": "x", "holds": "a ="}]},
         "nothing can be read from '='"),
        ({"type": "config", "kind": "yaml", "file": "a: 1", "value": "a: 2", "rules": [{"id": "x", "holds": "a == 1"}]},
         "breaks its own rules: x"),
        ({"type": "config", "kind": "yaml", "file": "a: 1", "value": "a: b: c", "rules": [{"id": "x", "holds": "a == 1"}]},
         "value of the answer cannot be read: Line 1"),
        ({"type": "table", "cells": [["x"], ["y", "z"]]}, "different lengths"),
        ({"type": "table", "cells": [["x"]], "row_heads": ["a", "b"]}, "list of 1 texts"),
        ({"type": "table", "cells": [[{"type": "set", "value": "{1}"}]]}, "A cell is"),
        ({"type": "sql", "schema": "CREATE TABLE t (a INTEGER);", "reference": "SELECT a FROM t", "misconceptions": 3},
         "list of"),
    ],
)  # fmt: skip
def test_a_wrong_line_says_what_is_wrong(answer: dict[str, Any], words: str) -> None:
    with pytest.raises(QuizEngineError) as caught:
        answer_from_json(answer)

    assert words in str(caught.value)


def test_an_unknown_decimal_setting_is_refused() -> None:
    with pytest.raises(QuizEngineError, match="point or comma"):
        decimal_from_json({"decimal": "dot"})


# Queries

SQL = {
    "type": "sql",
    "schema": "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER);",
    "reference": "SELECT id FROM t WHERE a > 3",
    "misconceptions": [
        {"id": "counts-the-bound", "sql": "SELECT id FROM t WHERE a >= 3", "feedback": "More than 3."}
    ],
}


def test_a_query_is_judged_by_what_it_returns() -> None:
    variant = variant_of(SQL)

    assert grade(variant, "select id from t where 3 < a;").verdict == "correct"
    assert grade(variant, "SELECT id FROM t").verdict in ("wrong", "partial")
    unreadable = grade(variant, "SELECT b FROM t")
    assert (unreadable.verdict, unreadable.start, unreadable.end) == ("unreadable", 7, 8)
    assert "no column b" in unreadable.feedback


def test_a_query_with_a_named_mistake_gets_its_feedback() -> None:
    found = grade(variant_of(SQL), "SELECT id FROM t WHERE NOT a < 3")

    assert (found.misconception, found.feedback) == ("counts-the-bound", "More than 3.")
    assert found.verdict == "wrong"
