"""Order of rows: ranks with ties, sums over rows that are equal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import scipy

from quizengine.errors import ExpressionError
from quizengine.generation.values import exact, plain

_RANKS: Mapping[str, Callable[[list[Fraction], int], int]] = {
    "first": lambda keys, at: sum(key < keys[at] for key in keys) + keys[: at + 1].count(keys[at]),
    "min": lambda keys, at: sum(key < keys[at] for key in keys) + 1,
    "max": lambda keys, at: sum(key <= keys[at] for key in keys),
    "dense": lambda keys, at: len({key for key in keys if key < keys[at]}) + 1,
}


def ranks(values: Any, ties: str = "min", descending: bool = True) -> list[int]:
    """Ranks of a list, the greatest first; ``ties`` is first, min, max or dense, as in SQL and pandas.

    >>> ranks([7, 9, 9, 5]), ranks([7, 9, 9, 5], "dense"), ranks([7, 9, 9, 5], "first", False)
    ([3, 1, 1, 4], [2, 1, 1, 3], [2, 3, 4, 1])
    """
    if ties not in _RANKS:
        raise ExpressionError(f"ties is one of {', '.join(_RANKS)}")
    keys = [-exact(value) if descending else exact(value) for value in plain(values)]
    return [_RANKS[ties](keys, at) for at in range(len(keys))]


def numeric_ranks(values: Any, ties: str = "min", descending: bool = True) -> list[int]:
    """Ranks by SciPy's ``rankdata`` (ties: ordinal, min, max, dense): a second route for oracles.

    >>> numeric_ranks([7, 9, 9, 5], "ordinal")
    [3, 1, 2, 4]
    """
    sizes = np.array([float(exact(value)) for value in plain(values)])
    return [int(rank) for rank in scipy.stats.rankdata(-sizes if descending else sizes, method=ties)]


def numeric_running_sums(keys: Any, values: Any) -> list[float]:
    """For each row the sum over all rows whose key is not greater, by NumPy: a second route for oracles.

    >>> numeric_running_sums([1, 1, 2], [5, 6, 7])
    [11.0, 11.0, 18.0]
    """
    places = np.array([float(exact(key)) for key in plain(keys)])
    sizes = np.array([float(exact(value)) for value in plain(values)])
    return [float(sizes[places <= place].sum()) for place in places]
