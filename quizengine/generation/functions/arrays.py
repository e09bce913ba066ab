"""What NumPy itself answers: second routes for questions about arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from quizengine.errors import ExpressionError
from quizengine.generation.values import plain

MAX_AXIS = 100
_DTYPES = ("float64", "float32", "int64", "int32", "int16", "uint8", "bool")


def numeric_broadcast(one: Any, other: Any) -> list[int]:
    """Shape of the sum of two arrays with these shapes.

    >>> numeric_broadcast([4, 1, 3], [2, 3])
    [4, 2, 3]
    """
    return list(np.broadcast_shapes(tuple(plain(one)), tuple(plain(other))))


def numeric_axis_sum(rows: Any, axis: int) -> list[int]:
    """Sum a list of rows of whole numbers along an axis.

    >>> numeric_axis_sum([[1, 2], [3, 4]], 0)
    [4, 6]
    """
    return [int(item) for item in np.array(plain(rows)).sum(axis=axis)]


def numeric_minimum(values: Any, bound: int) -> list[int]:
    """Cut whole numbers off at a bound.

    >>> numeric_minimum([3, 8], 5)
    [3, 5]
    """
    return [int(item) for item in np.minimum(np.array(plain(values)), bound)]


def numeric_uint8_sum(one: Any, other: Any) -> list[int]:
    """Add two lists as arrays of 8-bit numbers without sign.

    >>> numeric_uint8_sum([200, 1], [100, 1])
    [44, 2]
    """
    left, right = (np.array(plain(values), dtype=np.uint8) for values in (one, other))
    return [int(item) for item in left + right]


def numeric_bytes(rows: int, columns: int, dtype: str) -> int:
    """Bytes that an array of this size and type takes, without making it.

    >>> numeric_bytes(10, 3, "int16")
    60
    """
    if dtype not in _DTYPES:
        raise ExpressionError(f"dtype is one of {', '.join(_DTYPES)}")
    return int(np.broadcast_to(np.zeros(1, dtype=dtype), (rows, columns)).nbytes)


def numeric_slice_shape(shape: Any, kind: int, step: int, low: int, high: int) -> list[int]:
    """Shape of ``X[:, ::step, low:high, 0]``; with ``[0, ..., 0:1]`` for kind 2 and ``[:, ..., 0:1]`` for 3.

    >>> numeric_slice_shape([2, 5, 9, 3], 1, 2, 1, 4)
    [2, 3, 3]
    """
    lengths = tuple(plain(shape))
    if max(lengths) > MAX_AXIS:
        raise ExpressionError(f"an axis has at most {MAX_AXIS} places here")
    first: Any = 0 if kind == 2 else slice(None)
    last: Any = 0 if kind == 1 else slice(0, 1)
    found = np.broadcast_to(np.zeros(1), lengths)[first, ::step, low:high, last]
    return [int(length) for length in found.shape]


def numeric_group_gap(groups: Any, values: Any, how: str) -> list[int]:
    """Each value minus the max or min of its group.

    >>> numeric_group_gap(["u", "v", "u"], [5, 9, 8], "max")
    [-3, 0, 0]
    """
    names, sizes = np.array(plain(groups)), np.array(plain(values))
    best = np.max if how == "max" else np.min
    return [int(size - best(sizes[names == name])) for name, size in zip(names, sizes, strict=True)]


def numeric_pivot(rows: Any, columns: Any, values: Any, how: str) -> list[list[int]]:
    """Pivot table of sums or maxima with 0 for empty cells, rows and columns sorted.

    >>> numeric_pivot(["a", "b", "a"], ["x", "y", "x"], [1, 2, 3], "sum")
    [[4, 0], [0, 2]]
    """
    tops, row_at = np.unique(plain(rows), return_inverse=True)
    heads, column_at = np.unique(plain(columns), return_inverse=True)
    cells = np.zeros((len(tops), len(heads)), dtype=int)
    combine = np.add if how == "sum" else np.maximum
    combine.at(cells, (row_at, column_at), plain(values))
    return [[int(cell) for cell in row] for row in cells]
