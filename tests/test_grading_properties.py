"""Answers that are not unique: whatever has the property is right, and nothing else."""
# ruff: noqa: E501 (tables of examples)

from __future__ import annotations

from fractions import Fraction as Q
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.grading import grade, variant_of

SYMMETRIC = [[2, 1], [1, 2]]


def verdict(spec: dict[str, Any], response: str) -> str:
    return grade(variant_of(spec), response).verdict


def vector(name: str, value: str = "[1, 0]", **data: Any) -> dict[str, Any]:
    return {"type": "vector", "value": value, "property": name, "data": data}


def matrix(name: str, value: str = "[[1,0],[0,1]]", **data: Any) -> dict[str, Any]:
    return {"type": "matrix", "value": value, "property": name, "data": data}


def factors(name: str, value: str, **data: Any) -> dict[str, Any]:
    return {"type": "factorisation", "value": value, "property": name, "data": data}


LU = factors("lu", "[[1,0],[2,1]], [[3,1],[0,4]]", matrix=[[3, 1], [6, 6]])
QR = factors("qr", "[[1,0],[0,1]], [[1,2],[0,3]]", matrix=[[3, 0], [4, 5]])
DIAGONAL = factors("diagonalisation", "[[1,1],[1,-1]], [[3,0],[0,1]]", matrix=SYMMETRIC)
SVD = factors("svd", "[[1,0],[0,1]], [[3,0],[0,2]], [[1,0],[0,1]]", matrix=[[0, 2], [3, 0]])


@pytest.mark.parametrize(
    ("spec", "right", "wrong"),
    [
        (vector("eigenvector", matrix=SYMMETRIC, eigenvalue=3), ["[1,1]", "[-5, -5]", "(1/2, 1/2)", "[0.7071068, 0.7071068]"],
         ["[0,0]", "[1,-1]", "[1,2]"]),
        (vector("eigenvector", matrix=SYMMETRIC), ["[1,1]", "[1,-1]"], ["[0,0]", "[1,0]"]),
        (vector("solution", matrix=[[1, 1]], vector=[3]), ["[1,2]", "[3,0]", "[-1,4]"], ["[1,1]"]),
        (vector("unit", vector=[3, 4]), ["[3/5, 4/5]", "[-0.6, -0.8]"], ["[4/5, 3/5]", "[3,4]"]),
        (matrix("eigenbasis", matrix=SYMMETRIC), ["[[1,1],[1,-1]]", "[2 -2; 3 3]"], ["[[1,1],[2,2]]", "[[1,0],[0,1]]"]),
        (matrix("basis", matrix=[[1, 0, 1], [0, 1, 1]]), ["[[1,1,2],[1,-1,0]]"], ["[[1,0,0],[0,1,0]]", "[[1,0,1],[2,0,2]]"]),
        (matrix("null-space", "[[1,-2,1]]", matrix=[[1, 1, 1], [1, 2, 3]]), ["[[1,-2,1]]", "[[-2,4,-2]]"], ["[[0,0,0]]", "[[1,1,1]]"]),
        (matrix("orthonormal", matrix=[[1, 1], [0, 1]]), ["[[1,0],[0,1]]", "[[0.6,0.8],[-0.8,0.6]]"], ["[[1,1],[0,1]]"]),
        (factors("cholesky", "[[2,0],[1,1]]", matrix=[[4, 2], [2, 2]]), ["[[2,0],[1,1]]"], ["[[-2,0],[-1,-1]]", "[[2,1],[0,1]]"]),
        (LU, ["[[1,0],[2,1]], [[3,1],[0,4]]"], ["[[1,0],[0,1]], [[3,1],[6,6]]", "[[2,0],[4,2]], [[3/2,1/2],[0,2]]"]),
        (QR, ["[[3/5,-4/5],[4/5,3/5]], [[5,4],[0,3]]", "[[-3/5,-4/5],[-4/5,3/5]], [[-5,-4],[0,3]]"],
         ["[[1,0],[0,1]], [[3,0],[4,5]]"]),
        (DIAGONAL, ["[[1,1],[1,-1]], [[3,0],[0,1]]", "[[1,2],[-1,2]], [[1,0],[0,3]]"],
         ["[[1,1],[1,-1]], [[1,0],[0,3]]", "[[1,1],[1,1]], [[3,0],[0,3]]"]),
        (SVD, ["[[0,1],[1,0]], [[3,0],[0,2]], [[1,0],[0,1]]"], ["[[1,0],[0,1]], [[0,2],[3,0]], [[1,0],[0,1]]"]),
    ],
)  # fmt: skip
def test_the_property_decides(spec: dict[str, Any], right: list[str], wrong: list[str]) -> None:
    assert {text: verdict(spec, text) for text in right} == dict.fromkeys(right, "correct")
    assert "correct" not in [verdict(spec, text) for text in wrong]


entries = st.integers(-4, 4)


@given(st.lists(entries, min_size=4, max_size=4), entries, entries, st.integers(-5, 5).filter(bool))
def test_eigenvectors_of_random_matrices(p: list[int], d: int, e: int, scale: int) -> None:
    base = np.array(p).reshape(2, 2)
    if round(float(np.linalg.det(base))) == 0 or d == e:
        return
    inverse = [[Q(p[3]), Q(-p[1])], [Q(-p[2]), Q(p[0])]]
    determinant = Q(p[0] * p[3] - p[1] * p[2])
    columns = [[Q(p[0]) * d, Q(p[1]) * e], [Q(p[2]) * d, Q(p[3]) * e]]
    made = [
        [sum((columns[i][k] * inverse[k][j] for k in range(2)), Q(0)) / determinant for j in range(2)]
        for i in range(2)
    ]
    spec = vector("eigenvector", matrix=[[str(v) for v in row] for row in made], eigenvalue=str(Q(d)))

    assert verdict(spec, f"[{p[0] * scale}, {p[2] * scale}]") == "correct"
    assert verdict(spec, f"[{p[1] * scale}, {p[3] * scale}]") == "wrong"


@given(st.lists(st.floats(-3, 3), min_size=9, max_size=9))
def test_numpys_own_factors_rounded_to_8_digits_are_accepted(values: list[float]) -> None:
    made = np.round(np.array(values).reshape(3, 3), 3)
    if abs(np.linalg.det(made)) < 0.1:
        return
    left, middle, right = np.linalg.svd(made)
    text = ", ".join(
        "[" + ", ".join("[" + ", ".join(f"{v:.8f}" for v in row) + "]" for row in part) + "]"
        for part in (left, np.diag(middle), right)
    )
    spec = factors("svd", "[[1]], [[1]], [[1]]", matrix=[[repr(float(v)) for v in row] for row in made])

    assert verdict(spec, text) == "correct"


def test_a_factorisation_in_parts_earns_part_of_it() -> None:
    told = grade(variant_of(LU), "[[2,0],[4,2]], [[3/2,1/2],[0,2]]")  # the product, without ones

    assert (told.verdict, told.rule) == ("partial", "property:lu")


@pytest.mark.parametrize("response", ["[[1,0],[2,1]]", "5", "[[1,0],[2]], [[1,0],[0,1]]", ""])
def test_too_few_matrices_are_asked_again(response: str) -> None:
    assert verdict(LU, response) == "unreadable"
