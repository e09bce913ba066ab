"""Training and validating models: losses, steps, folds, and second routes to them."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import scipy

from quizengine.errors import ExpressionError
from quizengine.generation.values import exact, plain

MAX_STEPS = 100_000


def _floats(values: Any) -> Any:
    return np.array([float(exact(value)) for value in plain(values)])


def sum_of_powers(base: Any, count: int) -> Any:
    """Return ``1 + base + ... + base**(count - 1)``, term by term.

    >>> sum_of_powers(2, 4)
    15
    """
    if not 0 <= count <= 1_000:
        raise ExpressionError("sum_of_powers takes 0 to 1000 terms")
    return plain(sum((exact(base) ** power for power in range(count)), Fraction(0)))


def softmax(scores: Any) -> list[float]:
    """Softmax of a list of scores.

    >>> softmax([0, 0])
    [0.5, 0.5]
    """
    found = _floats(scores)
    powers = np.exp(found - found.max())
    return [float(power) for power in powers / powers.sum()]


def huber(error: Any, delta: Any) -> Any:
    """Huber loss of one error: quadratic up to ``delta``, linear beyond, exact.

    >>> huber(1, 2), huber(-3, 2)
    (Fraction(1, 2), 4)
    """
    size, bound = abs(exact(error)), exact(delta)
    return plain(size * size / 2 if size <= bound else bound * (size - bound / 2))


def numeric_huber(error: Any, delta: Any) -> float:
    """Huber loss by SciPy: a second route for oracles.

    >>> numeric_huber(-3, 2)
    4.0
    """
    return float(scipy.special.huber(float(exact(delta)), float(exact(error))))


def pinball(value: Any, prediction: Any, share: Any) -> Any:
    """Quantile loss: ``share`` of what is missing to the value, ``1 - share`` of what is too much, exact.

    >>> pinball(10, 8, Fraction(9, 10)), pinball(8, 10, Fraction(9, 10))
    (Fraction(9, 5), Fraction(1, 5))
    """
    gap, part = exact(value) - exact(prediction), exact(share)
    return plain(part * gap if gap >= 0 else (part - 1) * gap)


def numeric_cross_entropy_gradient(scores: Any, true_class: int) -> list[float]:
    """Gradient of the cross-entropy with respect to the scores, by central differences, for oracles.

    >>> [round(x, 6) for x in numeric_cross_entropy_gradient([0, 0], 0)]
    [-0.5, 0.5]
    """
    found, width = _floats(scores), 1e-5

    def loss(point: Any) -> float:
        return float(scipy.special.logsumexp(point) - point[true_class])

    units = np.eye(len(found)) * width
    return [round((loss(found + unit) - loss(found - unit)) / (2 * width), 9) for unit in units]


def numeric_best_constant(values: Any, loss: str) -> float:
    """Constant of least total loss (squared, absolute, largest, share:0.9), searched for, for oracles.

    >>> round(numeric_best_constant([1, 2, 9], "squared"), 6), numeric_best_constant([1, 2, 9], "absolute")
    (4.0, 2.0)
    """
    found = np.sort(_floats(values))
    if loss == "squared":
        return round(float(scipy.optimize.minimize_scalar(lambda c: float(((found - c) ** 2).sum())).x), 6)
    if loss == "largest":
        halves = np.array([(a + b) / 2 for a in found for b in found])
        return float(halves[np.argmin([np.abs(found - c).max() for c in halves])])
    part = Fraction(loss.removeprefix("share:")) if loss.startswith("share:") else Fraction(1, 2)
    totals = [sum(exact(pinball(float(value), float(c), part)) for value in found) for c in found]
    return float(found[totals.index(min(totals))])


def numeric_line_step(xs: Any, ys: Any, slope: Any, offset: Any, rate: Any) -> list[float]:
    """One descent step of a line on the mean squared error, gradient by central differences, for oracles.

    >>> numeric_line_step([1], [3], 0, 0, 0.5)
    [3.0, 3.0]
    """
    x, y = _floats(xs), _floats(ys)
    place, width = np.array([float(exact(slope)), float(exact(offset))]), 1e-4

    def loss(point: Any) -> float:
        return float(np.mean((point[0] * x + point[1] - y) ** 2))

    slopes = [(loss(place + unit) - loss(place - unit)) / (2 * width) for unit in np.eye(2) * width]
    return [round(float(item), 7) for item in place - float(exact(rate)) * np.array(slopes)]


def numeric_momentum(start: Any, gradients: Any, rate: Any, keep: Any) -> float:
    """Return where descent with momentum arrives, step by step in floats.

    >>> numeric_momentum(1, [2, 2], 0.1, 0.5)
    0.5
    """
    place, velocity = float(exact(start)), 0.0
    for gradient in _floats(gradients):
        velocity = float(exact(keep)) * velocity + float(gradient)
        place -= float(exact(rate)) * velocity
    return round(place, 10)


def numeric_clip(vector: Any, bound: Any) -> list[float]:
    """Shorten a vector to a length, by NumPy.

    >>> numeric_clip([6, 8], 5)
    [3.0, 4.0]
    """
    found = _floats(vector)
    factor = min(1.0, float(exact(bound)) / float(np.linalg.norm(found)))
    return [round(float(item), 10) for item in found * factor]


def counted_updates(rows: int, batch: int, epochs: int) -> int:
    """Count parameter updates by going through the batches; the last one may be smaller.

    >>> counted_updates(10, 4, 2)
    6
    """
    if rows * epochs // max(1, batch) > MAX_STEPS:
        raise ExpressionError(f"at most {MAX_STEPS} batches are counted")
    return sum(1 for _ in range(epochs) for _ in range(0, rows, batch))


def counted_folds(rows: int, folds: int) -> list[int]:
    """Sizes of folds when rows are dealt out one after the other.

    >>> counted_folds(10, 3)
    [4, 3, 3]
    """
    if not 1 <= folds <= rows <= MAX_STEPS:
        raise ExpressionError("folds are fewer than rows")
    return [len(range(first, rows, folds)) for first in range(folds)]


def descent_distance(curvature: Any, rate: Any, steps: int) -> float:
    """Distance from the minimum of ``curvature * x**2`` after so many steps from 1.

    >>> descent_distance(1, 0.25, 2)
    0.25
    """
    place = 1.0
    for _ in range(min(steps, MAX_STEPS)):
        place -= float(exact(rate)) * 2 * float(exact(curvature)) * place
    return math.fabs(place)
