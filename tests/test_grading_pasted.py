"""Matrices and vectors as programs print them are read as the numbers that they hold."""
# ruff: noqa: E501, RUF001 (tables of examples, as people paste them)

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from quizengine.grading import grade, variant_of
from quizengine.grading.typed import read_grid, read_row

Rows = Any
"""Rows of numbers: lists, or an array of NumPy."""


def joined(rows: Rows, cell: str, row: str) -> str:
    return row.join(cell.join(f"{value:g}" for value in values) for values in rows)


def environment(name: str, inside: str) -> str:
    return rf"\begin{{{name}}}{inside}\end{{{name}}}"


BREAK = r"\\"
PRINTERS: dict[str, Callable[[Rows], str]] = {
    "numpy repr": lambda rows: repr(np.array(rows)),
    "numpy str": lambda rows: str(np.array(rows)),
    "numpy float32": lambda rows: repr(np.array(rows, dtype=np.float32)),
    "numpy scientific": lambda rows: np.array2string(np.array(rows, dtype=float), formatter={"float": "{:.6e}".format}),
    "numpy call": lambda rows: f"np.array({[list(row) for row in rows]}, dtype=float)",
    "numpy matrix": lambda rows: "matrix" + repr(np.array(rows)).removeprefix("array"),
    "torch": lambda rows: f"tensor({[list(map(float, row)) for row in rows]}, device='cuda:0', dtype=torch.float64)",
    "lists": lambda rows: str([list(row) for row in rows]),
    "tuples": lambda rows: str(tuple(tuple(row) for row in rows)),
    "black": lambda rows: "[\n" + "".join(f"    {list(row)},\n" for row in rows) + "]",
    "matlab": lambda rows: f"[{joined(rows, ' ', '; ')}];",
    "matlab lines": lambda rows: f"A = [{joined(rows, ', ', chr(10))}]",
    "spreadsheet": lambda rows: joined(rows, "\t", "\n") + "\n",
    "windows spreadsheet": lambda rows: joined(rows, "\t", "\r\n") + "\r\n",
    "csv": lambda rows: joined(rows, ",", "\n"),
    "latex": lambda rows: environment("pmatrix", joined(rows, " & ", r" \\ ")),
    "latex spaced": lambda rows: f"$${environment('bmatrix', joined(rows, '&', BREAK + '[2pt]'))}$$",
    "latex array": lambda rows: environment("array", "{rr}" + joined(rows, "&", BREAK) + BREAK),
    "latex bare": lambda rows: joined(rows, " & ", r" \\ "),
    "sympy": lambda rows: str(sympy.Matrix(rows)),
    "sympy latex": lambda rows: sympy.latex(sympy.Matrix(rows)),
    "sympy pretty": lambda rows: sympy.pretty(sympy.Matrix(rows), use_unicode=True),
    "mathematica": lambda rows: "{" + ", ".join("{" + joined([row], ", ", "") + "}" for row in rows) + "}",
    "markdown": lambda rows: "\n".join(f"| {joined([row], ' | ', '')} |" for row in rows),
    "markdown ruled": lambda rows: "|---|---|\n" + "\n".join(f"|{joined([row], '|', '')}|" for row in rows),
    "transposed": lambda rows: f"{np.array(rows).T.tolist()}.T",
    "transposed latex": lambda rows: environment("pmatrix", joined(np.array(rows).T, "&", BREAK)) + r"^{\top}",
}  # fmt: skip

numbers = st.one_of(st.integers(-99, 99), st.integers(-400, 400).map(lambda eighths: eighths / 8))
matrices = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(numbers, min_size=width, max_size=width), min_size=2, max_size=4)
)


@pytest.mark.parametrize("printer", PRINTERS)
@given(rows=matrices)
def test_what_programs_print_is_read_back(printer: str, rows: Rows) -> None:
    read = read_grid(PRINTERS[printer](rows), "point")

    assert [[cell.number for cell in row.cells] for row in read.rows] == [
        list(map(Fraction, row)) for row in rows
    ]


@pytest.mark.parametrize(
    "text",
    ["array([1, -2, 3], dtype=int64)", "[ 1 -2  3]", "[1. -2. 3.]", "tensor([ 1., -2.,  3.])", "c(1, -2, 3)", "1\t-2\t3",
     "np.array([[1], [-2], [3]])", "[1, -2, 3].T", "(1, -2, 3)^T", "[1 -2 3]'", "(1, -2, 3)ᵀ", "1, -2, and 3",
     r"\begin{pmatrix} 1 \\ -2 \\ 3 \end{pmatrix}", r"\begin{pmatrix*}[r]1\\-2\\3\end{pmatrix*}", "Matrix([1, -2, 3])",
     "numpy.array([1, -2, 3])", "[1;-2;3];", "⎡1 ⎤\n⎢  ⎥\n⎢-2⎥\n⎢  ⎥\n⎣3 ⎦", "[1 -2.0 +3]", "⟨1, −2, 3⟩"],
)  # fmt: skip
def test_a_vector_in_every_layout(text: str) -> None:
    assert [cell.number for cell in read_row(text, "point").cells] == [1, -2, 3]


@given(rows=matrices)
def test_a_spreadsheet_with_decimal_commas(rows: Rows) -> None:
    text = joined(rows, "\t", "\n").replace(".", ",")

    read = read_grid(text, "comma")

    assert [[cell.number for cell in row.cells] for row in read.rows] == [
        list(map(Fraction, row)) for row in rows
    ]


@pytest.mark.parametrize(
    "text", ["{{7*6}}", "matrix(c(1,2,3,4), nrow=2)", "[1, 2, 3]^T^T", "[[1, 2], [3]]^T", "[1,2,]"]
)
def test_what_could_mean_another_matrix_is_asked_again(text: str) -> None:
    asked = {"type": "matrix", "value": "[[1, 2], [3, 4]]"}

    assert grade(variant_of(asked), text).verdict == "unreadable"


def test_a_matrix_of_expressions_is_transposed_too() -> None:
    asked = {"type": "matrix", "value": "[[x, 1], [y, 2]]", "variables": ["x", "y"]}

    assert grade(variant_of(asked), "[x, y; 1, 2]^T").verdict == "correct"
    assert grade(variant_of(asked), "[x, y; 1, 2]").verdict == "partial"
