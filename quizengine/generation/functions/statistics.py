"""Descriptive statistics, exact on exact data."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from quizengine.errors import ExpressionError
from quizengine.generation.values import exact, plain, symbolic


def _numbers(values: Any) -> list[Fraction]:
    items = [exact(value) for value in plain(values)]
    if not items:
        raise ExpressionError("an empty list has no statistics")
    return items


def mean(values: Any) -> Any:
    """Arithmetic mean.

    >>> mean([1, 2])
    Fraction(3, 2)
    """
    items = _numbers(values)
    return plain(sum(items, Fraction(0)) / len(items))


def weighted_mean(values: Any, weights: Any) -> Any:
    """Mean with weights.

    >>> weighted_mean([1, 4], [2, 1])
    2
    """
    items, sizes = _numbers(values), _numbers(weights)
    total = sum((x * w for x, w in zip(items, sizes, strict=True)), Fraction(0))
    return plain(total / sum(sizes, Fraction(0)))


def median(values: Any) -> Any:
    """Middle value, or the mean of the two middle ones.

    >>> median([3, 1, 2]), median([1, 2])
    (2, Fraction(3, 2))
    """
    items = sorted(_numbers(values))
    half = len(items) // 2
    return plain(items[half] if len(items) % 2 else (items[half - 1] + items[half]) / 2)


def variance(values: Any, ddof: int = 0) -> Any:
    """Variance; ``ddof = 1`` divides by n - 1.

    >>> variance([1, 3]), variance([1, 3], 1)
    (1, 2)
    """
    items = _numbers(values)
    if len(items) <= ddof:
        raise ExpressionError("too few values for this variance")
    centre = sum(items, Fraction(0)) / len(items)
    return plain(sum(((x - centre) ** 2 for x in items), Fraction(0)) / (len(items) - ddof))


def sd(values: Any, ddof: int = 0) -> Any:
    """Standard deviation: exact where it is rational, else symbolic.

    >>> sd([1, 3])
    1
    """
    return plain(sympy.sqrt(symbolic(variance(values, ddof))))


def covariance(one: Any, other: Any, ddof: int = 0) -> Any:
    """Covariance of two lists.

    >>> covariance([1, 2, 3], [2, 4, 6])
    Fraction(4, 3)
    """
    xs, ys = _numbers(one), _numbers(other)
    x, y = sum(xs, Fraction(0)) / len(xs), sum(ys, Fraction(0)) / len(ys)
    total = sum(((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)), Fraction(0))
    return plain(total / (len(xs) - ddof))


def correlation(one: Any, other: Any) -> Any:
    """Pearson's correlation.

    >>> correlation([1, 2, 3], [2, 4, 6])
    1
    """
    spread = sympy.sqrt(symbolic(variance(one)) * symbolic(variance(other)))
    return plain(symbolic(covariance(one, other)) / spread)


def quantile(values: Any, share: Any) -> Any:
    """Quantile by linear interpolation between the sorted values, as NumPy's default.

    >>> quantile([1, 2, 3, 4], Fraction(1, 2))
    Fraction(5, 2)
    """
    items = sorted(_numbers(values))
    place = exact(share) * (len(items) - 1)
    low = math.floor(place)
    high = min(low + 1, len(items) - 1)
    return plain(items[low] + (place - low) * (items[high] - items[low]))


def numeric_sd(values: Any, ddof: int = 0) -> float:
    """Standard deviation by NumPy: a second route for oracles.

    >>> numeric_sd([1, 3])
    1.0
    """
    return float(np.std([float(exact(value)) for value in plain(values)], ddof=ddof))
