"""Answers that are not unique: the property is verified, the key is only one example.

Exact where every entry is rational and typed so; else within the tolerance of the question, or
a millionth of the size of what is compared.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import flint

from quizengine.model.answers import FactorisationAnswer, Property, PropertyName, Tolerance

Vector = Sequence[Fraction]
Matrix = Sequence[Vector]

#: Entries that are no exact rationals are compared within this much, relative to the largest.
NEAR = Fraction(1, 10**6)
MOST_WHILE_INCOMPLETE = 0.6


class Checker:
    """Comparisons within one tolerance."""

    def __init__(self, tolerance: Tolerance, *, exact: bool) -> None:
        self.tolerance, self.exact = tolerance, exact

    def same(self, one: Vector, two: Vector) -> bool:
        """Whether two rows of numbers agree, each within the tolerance for the largest of them."""
        if len(one) != len(two):
            return False
        size = max(map(abs, (*one, *two)), default=Fraction(0))
        allowed = self.tolerance.margin(size) if self.tolerance.kind != "exact" else Fraction(0)
        if not self.exact:
            allowed = max(allowed, NEAR * size)
        return all(abs(a - b) <= allowed for a, b in zip(one, two, strict=True))

    def equal(self, one: Matrix, two: Matrix) -> bool:
        """Whether two matrices agree; the tolerance is that of the largest entry of both."""
        if [len(row) for row in one] != [len(row) for row in two]:
            return False
        return self.same([v for row in one for v in row], [v for row in two for v in row])

    def zero(self, values: Vector, size: Fraction) -> bool:
        """Whether all values are 0 beside numbers of this size."""
        return self.same((*values, size), (*[Fraction(0)] * len(values), size))


def product(one: Matrix, two: Matrix) -> list[list[Fraction]]:
    """Multiply two matrices.

    >>> product([[1, 2]], [[3], [4]]) == [[11]]
    True
    """
    columns = list(zip(*two, strict=True))
    return [
        [sum((a * b for a, b in zip(row, column, strict=True)), Fraction(0)) for column in columns]
        for row in one
    ]


def transposed(matrix: Matrix) -> list[list[Fraction]]:
    """Turn rows into columns."""
    return [list(column) for column in zip(*matrix, strict=True)]


def rank(rows: Matrix) -> int:
    """Return the exact rank."""
    table = [[flint.fmpq(v.numerator, v.denominator) for v in row] for row in rows]
    return int(flint.fmpq_mat(table).rank()) if rows and rows[0] else 0


def fulfilled(wanted: Property, matrices: Sequence[Matrix], check: Checker) -> float:
    """Return the share of the conditions that hold, 1 where all do.

    ``matrices`` holds what was typed: one matrix a factor; a vector is a matrix of one row.
    """
    conditions = _PROPERTIES[wanted.name](wanted, matrices, check)
    if wanted.name in FACTORS and not conditions[0]:
        return 0.0  # any triangles have the structure; without the product they show nothing
    share = sum(conditions) / len(conditions)
    return 1.0 if share == 1 else min(MOST_WHILE_INCOMPLETE, share)


def _applied(matrix: Matrix, vector: Vector) -> list[Fraction]:
    return [row[0] for row in product(matrix, [[v] for v in vector])]


def _eigenvector(wanted: Property, typed: Sequence[Matrix], check: Checker) -> list[bool]:
    (vector,) = typed[0]
    return [_is_eigenvector(wanted.matrix, vector, wanted.eigenvalue, check)]


def _is_eigenvector(matrix: Matrix, vector: Vector, eigenvalue: Fraction | None, check: Checker) -> bool:
    if len(vector) != len(matrix) or not any(vector):
        return False
    image = _applied(matrix, vector)
    if eigenvalue is None:
        pivot = max(range(len(vector)), key=lambda i: abs(vector[i]))
        eigenvalue = image[pivot] / vector[pivot]
    return check.same(image, [eigenvalue * v for v in vector])


def _unit(wanted: Property, typed: Sequence[Matrix], check: Checker) -> list[bool]:
    (vector,) = typed[0]
    direction = wanted.vector
    has_length_one = check.same([sum((v * v for v in vector), Fraction(0))], [Fraction(1)])
    if not direction:
        return [has_length_one]
    crossed = [
        a * e - b * d
        for a, d in zip(vector, direction, strict=False)
        for b, e in zip(vector, direction, strict=False)
    ]
    return [has_length_one, len(vector) == len(direction) and check.zero(crossed, max(map(abs, direction)))]


def _solution(wanted: Property, typed: Sequence[Matrix], check: Checker) -> list[bool]:
    (vector,) = typed[0]
    if len(vector) != len(wanted.matrix[0]):
        return [False]
    image = _applied(wanted.matrix, vector)
    return [check.same([one], [two]) for one, two in zip(image, wanted.vector, strict=True)]


# Bases: one vector a row


def _eigenbasis(wanted: Property, typed: Sequence[Matrix], check: Checker) -> list[bool]:
    rows, size = typed[0], len(wanted.matrix)
    if len(rows) != size or rank(rows) != size:
        return [False]
    return [_is_eigenvector(wanted.matrix, row, None, check) for row in rows]


def _basis(wanted: Property, typed: Sequence[Matrix], check: Checker) -> list[bool]:
    rows = typed[0]
    if len(rows[0]) != len(wanted.matrix[0]) or not len(rows) == rank(rows) == rank(wanted.matrix):
        return [False]
    return [_lies_in(row, wanted.matrix, check) for row in rows]


def _null_space(wanted: Property, typed: Sequence[Matrix], check: Checker) -> list[bool]:
    rows, columns = typed[0], len(wanted.matrix[0])
    dimension = columns - rank(wanted.matrix)
    if len(rows[0]) != columns or not len(rows) == rank(rows) == dimension:
        return [False]
    size = max(abs(v) for row in wanted.matrix for v in row) or Fraction(1)
    return [check.zero(_applied(wanted.matrix, row), size * max(map(abs, row))) for row in rows]


def _orthonormal(wanted: Property, typed: Sequence[Matrix], check: Checker) -> list[bool]:
    rows = typed[0]
    conditions = [_is_orthonormal(rows, check)]
    if wanted.matrix:
        conditions.append(
            len(rows[0]) == len(wanted.matrix[0])
            and len(rows) == rank(wanted.matrix)
            and all(_lies_in(row, wanted.matrix, check) for row in rows)
        )
    return conditions


def _is_orthonormal(rows: Matrix, check: Checker) -> bool:
    return check.equal(product(rows, transposed(rows)), _identity(len(rows)))


def _identity(size: int) -> list[list[Fraction]]:
    return [[Fraction(int(i == j)) for j in range(size)] for i in range(size)]


def _lies_in(vector: Vector, span: Matrix, check: Checker) -> bool:
    """Whether a vector, perhaps rounded, is its own projection onto the span of the rows."""
    independent: list[Vector] = []
    for row in span:
        if rank([*independent, row]) > len(independent):
            independent.append(row)
    gram = product(independent, transposed(independent))
    weights = [row[0] for row in product(independent, [[v] for v in vector])]
    solved = flint.fmpq_mat([[flint.fmpq(v.numerator, v.denominator) for v in row] for row in gram]).solve(
        flint.fmpq_mat([[flint.fmpq(v.numerator, v.denominator)] for v in weights])
    )
    parts = [Fraction(int(solved[i, 0].p), int(solved[i, 0].q)) for i in range(len(independent))]
    projected = product([parts], independent)[0]
    return check.same(projected, vector)


# Factorisations


def _is_lower(matrix: Matrix, check: Checker) -> bool:
    size = max(abs(v) for row in matrix for v in row)
    return check.zero([v for i, row in enumerate(matrix) for j, v in enumerate(row) if j > i], size)


def _is_upper(matrix: Matrix, check: Checker) -> bool:
    return (
        _is_lower(transposed(matrix), check)
        if matrix and len(matrix) == len(matrix[0])
        else all(not v for i, row in enumerate(matrix) for j, v in enumerate(row) if j < i)
    )


def _fits(factors: Sequence[Matrix], count: int) -> bool:
    return len(factors) == count and all(
        len(left[0]) == len(right) for left, right in itertools.pairwise(factors)
    )


def _multiplied(factors: Sequence[Matrix]) -> Matrix:
    total = factors[0]
    for factor in factors[1:]:
        total = product(total, factor)
    return total


def _cholesky(wanted: Property, typed: Sequence[Matrix], check: Checker) -> list[bool]:
    (lower,) = typed
    size = len(wanted.matrix)
    if len(lower) != size or len(lower[0]) != size:
        return [False]
    positive = all(lower[i][i] > 0 for i in range(size))
    return [
        check.equal(product(lower, transposed(lower)), wanted.matrix),
        _is_lower(lower, check) and positive,
    ]


def _lu(wanted: Property, typed: Sequence[Matrix], check: Checker) -> list[bool]:
    if not _fits(typed, 2) or len(typed[0]) != len(typed[0][0]):
        return [False]
    lower, upper = typed
    ones = check.same([lower[i][i] for i in range(len(lower))], [Fraction(1)] * len(lower))
    return [
        check.equal(product(lower, upper), wanted.matrix),
        _is_lower(lower, check) and ones,
        _is_upper(upper, check),
    ]


def _qr(wanted: Property, typed: Sequence[Matrix], check: Checker) -> list[bool]:
    if not _fits(typed, 2):
        return [False]
    orthogonal, upper = typed
    return [
        check.equal(product(orthogonal, upper), wanted.matrix),
        _is_orthonormal(transposed(orthogonal), check),
        _is_upper(upper, check),
    ]


def _diagonalisation(wanted: Property, typed: Sequence[Matrix], check: Checker) -> list[bool]:
    if not _fits(typed, 2):
        return [False]
    vectors, diagonal = typed
    size = len(wanted.matrix)
    if len(vectors) != size or len(diagonal) != size:
        return [False]
    is_diagonal = _is_lower(diagonal, check) and _is_upper(diagonal, check)
    return [
        is_diagonal and check.equal(product(wanted.matrix, vectors), product(vectors, diagonal)),
        rank(vectors) == size,
    ]


def _svd(wanted: Property, typed: Sequence[Matrix], check: Checker) -> list[bool]:
    """U, the singular values as a diagonal matrix, V transposed: thin or full."""
    if not _fits(typed, 3):
        return [False]
    left, middle, right = typed
    values = [middle[i][i] for i in range(min(len(middle), len(middle[0])))]
    off = [v for i, row in enumerate(middle) for j, v in enumerate(row) if i != j]
    ordered = all(a >= b for a, b in zip(values, [*values[1:], Fraction(0)], strict=True))
    return [
        check.equal(_multiplied(typed), wanted.matrix),
        check.zero(off, max(map(abs, values))) and ordered,
        _is_orthonormal(transposed(left), check) and _is_orthonormal(right, check),
    ]


_PROPERTIES: Mapping[PropertyName, Callable[[Property, Sequence[Matrix], Checker], list[bool]]] = {
    "eigenvector": _eigenvector,
    "unit": _unit,
    "solution": _solution,
    "eigenbasis": _eigenbasis,
    "basis": _basis,
    "null-space": _null_space,
    "orthonormal": _orthonormal,
    "cholesky": _cholesky,
    "lu": _lu,
    "qr": _qr,
    "diagonalisation": _diagonalisation,
    "svd": _svd,
}
#: How many matrices each factorisation has, with the names they usually bear.
FACTORS: Mapping[PropertyName, tuple[str, ...]] = {
    "cholesky": ("L",),
    "lu": ("L", "U"),
    "qr": ("Q", "R"),
    "diagonalisation": ("P", "D"),
    "svd": ("U", "Σ", "Vᵀ"),
}


def factor_names(answer: FactorisationAnswer) -> tuple[str, ...]:
    """Return the names of the matrices asked for, in order."""
    return FACTORS[answer.property.name] if answer.property else ("",) * len(answer.factors)
