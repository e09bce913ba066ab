"""Vectors and matrices, exact; ``numeric_...`` functions are second routes through NumPy for oracles."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from quizengine.errors import ExpressionError
from quizengine.generation.values import exact, plain, show, symbolic

MAX_SIDE = 20
#: Beyond these SymPy needs seconds, then for ever.
MAX_SIDE_OF_EIGENVALUES = 5
MAX_SIDE_OF_RANK = 12
MAX_SYMBOLIC_SIDE = 3
MAX_SYMBOLIC_SIDE_OF_ROOTS = 2


def _matrix(value: Any) -> sympy.ImmutableMatrix:
    return value if isinstance(value, sympy.MatrixBase) else matrix(value)


def _limited(value: Any, most: int = MAX_SIDE, most_symbolic: int = MAX_SYMBOLIC_SIDE) -> Any:
    """Return a matrix that is small enough for what its entries are."""
    found = _matrix(value)
    limit = most if all(item.is_Rational or item.is_Float for item in found) else most_symbolic
    if max(found.shape) > limit:
        raise ExpressionError(f"this takes at most {limit} rows and columns of such entries")
    return found


def _vector(value: Any) -> list[Fraction]:
    items = plain(value)
    if isinstance(items, list) and items and isinstance(items[0], list):
        items = [item for row in items for item in row]
    if not isinstance(items, list):
        raise ExpressionError(f"expected a vector, found {show(value)[:40]!r}")
    return [exact(item) for item in items]


def _float(value: Any) -> Any:
    return np.array([[float(exact(item)) for item in row] for row in plain(_matrix(value))])


def matrix(rows: Any) -> Any:
    """Make a matrix of rows; ``+ - *`` work on it, and ``A.T`` is its transpose.

    >>> matrix([[1, 2], [3, 4]]) * matrix([[1], [1]])
    Matrix([
    [3],
    [7]])
    """
    rows = plain(rows)
    if not rows or any(not isinstance(row, list) or len(row) != len(rows[0]) for row in rows):
        raise ExpressionError("matrix takes a list of rows of equal length")
    if len(rows) > MAX_SIDE or len(rows[0]) > MAX_SIDE:
        raise ExpressionError(f"a matrix has at most {MAX_SIDE} rows and columns")
    return sympy.ImmutableMatrix([[symbolic(item) for item in row] for row in rows])


def identity(size: int) -> Any:
    """Return the identity matrix.

    >>> entries(identity(2))
    [[1, 0], [0, 1]]
    """
    if not 1 <= size <= MAX_SIDE:
        raise ExpressionError(f"identity takes 1 to {MAX_SIDE}")
    return sympy.ImmutableMatrix(sympy.eye(size))


def entries(value: Any) -> list[Any]:
    """Return a matrix as a list of rows.

    >>> entries(matrix([[1, 2], [3, 4]]))
    [[1, 2], [3, 4]]
    """
    return list(plain(_matrix(value)))


def flat(value: Any) -> list[Any]:
    """Return the entries of a matrix, or of a list of lists, in one list.

    >>> flat([[1, 2], [3]])
    [1, 2, 3]
    """
    return [item for row in plain(value) for item in (row if isinstance(row, list) else [row])]


def row(value: Any, index: int) -> list[Any]:
    """Return row ``index`` (from 0) of a matrix.

    >>> row([[1, 2], [3, 4]], 1)
    [3, 4]
    """
    return list(entries(value)[index])


def column(value: Any, index: int) -> list[Any]:
    """Return column ``index`` (from 0) of a matrix.

    >>> column([[1, 2], [3, 4]], 1)
    [2, 4]
    """
    return [line[index] for line in entries(value)]


def transpose(value: Any) -> Any:
    """Exchange rows and columns.

    >>> entries(transpose([[1, 2], [3, 4]]))
    [[1, 3], [2, 4]]
    """
    return _matrix(value).T


def det(value: Any) -> Any:
    """Determinant.

    >>> det([[1, 2], [3, 4]])
    -2
    """
    return plain(_limited(value).det())


def trace(value: Any) -> Any:
    """Sum of the diagonal.

    >>> trace([[1, 2], [3, 4]])
    5
    """
    return plain(_matrix(value).trace())


def inverse(value: Any) -> Any:
    """Inverse matrix.

    >>> entries(inverse([[1, 2], [3, 5]]))
    [[-5, 2], [3, -1]]
    """
    found = _limited(value, most_symbolic=MAX_SYMBOLIC_SIDE_OF_ROOTS)
    if found.det() == 0:
        raise ExpressionError("a matrix with determinant 0 has no inverse")
    return found.inv()


def rank(value: Any) -> int:
    """Return how many rows are independent.

    >>> rank([[1, 2], [2, 4]])
    1
    """
    return int(_limited(value, MAX_SIDE_OF_RANK).rank())


def hadamard(one: Any, other: Any) -> Any:
    """Multiply entry by entry.

    >>> entries(hadamard([[1, 2]], [[3, 4]]))
    [[3, 8]]
    """
    return _matrix(one).multiply_elementwise(_matrix(other))


def eigenvalues(value: Any) -> list[Any]:
    """Return the real eigenvalues, sorted, each as often as its multiplicity.

    >>> eigenvalues([[2, 1], [1, 2]])
    [1, 3]
    """
    square = _limited(value, MAX_SIDE_OF_EIGENVALUES, MAX_SYMBOLIC_SIDE_OF_ROOTS)
    found = [plain(root) for root, times in square.eigenvals().items() for _ in range(times)]
    return sorted(found, key=exact)


def dot(one: Any, other: Any) -> Any:
    """Dot product of two vectors.

    >>> dot([1, 2], [3, 4])
    11
    """
    left, right = _vector(one), _vector(other)
    if len(left) != len(right):
        raise ExpressionError(f"vectors of {len(left)} and {len(right)} components have no dot product")
    return plain(sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0)))


def norm(vector: Any) -> Any:
    """Length of a vector: exact where it is rational, else symbolic.

    >>> norm([3, 4])
    5
    """
    return plain(sympy.sqrt(symbolic(dot(vector, vector))))


def norm1(vector: Any) -> Any:
    """Sum of absolute values.

    >>> norm1([3, -4])
    7
    """
    return plain(sum((abs(item) for item in _vector(vector)), Fraction(0)))


def cross(one: Any, other: Any) -> list[Any]:
    """Cross product of two vectors with three components.

    >>> cross([1, 0, 0], [0, 1, 0])
    [0, 0, 1]
    """
    a, b = _vector(one), _vector(other)
    return [
        plain(a[1] * b[2] - a[2] * b[1]),
        plain(a[2] * b[0] - a[0] * b[2]),
        plain(a[0] * b[1] - a[1] * b[0]),
    ]


def solve(coefficients: Any, right: Any) -> list[Any]:
    """Solve a square linear system.

    >>> solve([[2, 0], [0, 4]], [2, 2])
    [1, Fraction(1, 2)]
    """
    solution = inverse(coefficients) * matrix([[item] for item in plain(right)])
    return [plain(item) for item in solution]


def numeric_det(value: Any) -> float:
    """Determinant by NumPy's LU factorisation: a second route for oracles.

    >>> round(numeric_det([[1, 2], [3, 4]]), 9)
    -2.0
    """
    return float(np.linalg.det(_float(value)))


def numeric_product(one: Any, other: Any) -> list[Any]:
    """Matrix product by NumPy, rounded to 9 decimals: a second route for oracles.

    >>> numeric_product([[1, 2]], [[3], [4]])
    [[11.0]]
    """
    return [[float(item) for item in line] for line in np.round(_float(one) @ _float(other), 9)]


def numeric_inverse(value: Any) -> list[Any]:
    """Inverse by NumPy, rounded to 9 decimals: a second route for oracles.

    >>> numeric_inverse([[2, 0], [0, 4]])
    [[0.5, 0.0], [0.0, 0.25]]
    """
    return [[float(item) for item in line] for line in np.round(np.linalg.inv(_float(value)), 9)]


def numeric_eigenvalues(value: Any) -> list[float]:
    """Real eigenvalues by NumPy, sorted, rounded to 9 decimals: a second route for oracles.

    >>> numeric_eigenvalues([[2, 1], [1, 2]])
    [1.0, 3.0]
    """
    found = np.linalg.eigvals(_float(value))
    return sorted(float(item) for item in np.round(np.real(found), 9) + 0.0)


def numeric_solve(coefficients: Any, right: Any) -> list[float]:
    """Solve a square system by NumPy, rounded to 9 decimals: a second route for oracles.

    >>> numeric_solve([[2, 0], [0, 4]], [2, 2])
    [1.0, 0.5]
    """
    known = np.array([float(exact(item)) for item in plain(right)])
    return [float(item) for item in np.round(np.linalg.solve(_float(coefficients), known), 9)]
