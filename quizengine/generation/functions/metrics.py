"""Evaluation metrics, exact on exact data."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import scipy

from quizengine.errors import ExpressionError
from quizengine.generation.values import exact, plain


def _quotient(top: Any, bottom: Any, what: str) -> Any:
    if exact(bottom) == 0:
        raise ExpressionError(f"{what} has no value here: nothing to divide by")
    return plain(exact(top) / exact(bottom))


def precision(tp: Any, fp: Any) -> Any:
    """Share of positive predictions that are right, ``tp / (tp + fp)``.

    >>> precision(3, 1)
    Fraction(3, 4)
    """
    return _quotient(tp, tp + fp, "precision")


def recall(tp: Any, fn: Any) -> Any:
    """Share of positive cases that are found, ``tp / (tp + fn)``.

    >>> recall(3, 2)
    Fraction(3, 5)
    """
    return _quotient(tp, tp + fn, "recall")


def specificity(tn: Any, fp: Any) -> Any:
    """Share of negative cases that are called negative, ``tn / (tn + fp)``.

    >>> specificity(8, 2)
    Fraction(4, 5)
    """
    return _quotient(tn, tn + fp, "specificity")


def accuracy(tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
    """Share of predictions that are right.

    >>> accuracy(3, 1, 2, 4)
    Fraction(7, 10)
    """
    return _quotient(tp + tn, tp + fp + fn + tn, "accuracy")


def f_score(tp: Any, fp: Any, fn: Any, beta: Any = 1) -> Any:
    """F-beta, the weighted harmonic mean of precision and recall; F1 by default.

    >>> f_score(3, 1, 2)
    Fraction(2, 3)
    """
    square = exact(beta) ** 2
    return _quotient((1 + square) * tp, (1 + square) * tp + square * fn + fp, "the F score")


def mcc(tp: Any, fp: Any, fn: Any, tn: Any) -> float:
    """Matthews' correlation coefficient.

    >>> round(mcc(3, 1, 2, 4), 4)
    0.4082
    """
    below = float(exact((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))
    return float(_quotient(tp * tn - fp * fn, 1, "mcc")) / math.sqrt(below) if below else 0.0


def confusion(labels: Any, predictions: Any) -> list[int]:
    """Counts ``[tp, fp, fn, tn]`` of labels and predictions of 0 and 1.

    >>> confusion([1, 1, 0, 0], [1, 0, 1, 0])
    [1, 1, 1, 1]
    """
    pairs = [(bool(y), bool(p)) for y, p in zip(plain(labels), plain(predictions), strict=True)]
    kinds = ((True, True), (False, True), (True, False), (False, False))
    return [pairs.count(kind) for kind in kinds]


def auc(positives: Any, negatives: Any) -> Any:
    """Area under the ROC curve from the scores of both classes; a tie counts one half.

    >>> auc([Fraction(9, 10), Fraction(1, 2)], [Fraction(1, 2), Fraction(1, 10)])
    Fraction(7, 8)
    """
    highs, lows = [exact(x) for x in plain(positives)], [exact(y) for y in plain(negatives)]
    won = sum(Fraction(x > y) + Fraction(x == y) / 2 for x in highs for y in lows)
    return _quotient(won, len(highs) * len(lows), "AUC")


def log_loss(labels: Any, chances: Any) -> float:
    """Mean negative log likelihood of labels of 0 and 1, natural logarithm.

    >>> round(log_loss([1], [0.5]), 6)
    0.693147
    """
    pairs = list(zip(plain(labels), plain(chances), strict=True))
    sizes = [float(exact(p)) if y else 1 - float(exact(p)) for y, p in pairs]
    if not sizes or min(sizes) <= 0:
        raise ExpressionError("log loss needs chances strictly between 0 and 1")
    return -sum(math.log(size) for size in sizes) / len(sizes)


def brier(labels: Any, chances: Any) -> Any:
    """Mean squared distance of chances from labels of 0 and 1.

    >>> brier([1, 0], [Fraction(1, 2), 0])
    Fraction(1, 8)
    """
    return mse(labels, chances)


def mse(values: Any, predictions: Any) -> Any:
    """Mean squared error.

    >>> mse([1, 2], [2, 4])
    Fraction(5, 2)
    """
    gaps = _gaps(values, predictions)
    return _quotient(sum(gap * gap for gap in gaps), len(gaps), "the mean squared error")


def rmse(values: Any, predictions: Any) -> float:
    """Root of the mean squared error.

    >>> rmse([1, 1], [3, 3])
    2.0
    """
    return math.sqrt(float(mse(values, predictions)))


def mae(values: Any, predictions: Any) -> Any:
    """Mean absolute error.

    >>> mae([1, 2], [2, 4])
    Fraction(3, 2)
    """
    gaps = _gaps(values, predictions)
    return _quotient(sum(abs(gap) for gap in gaps), len(gaps), "the mean absolute error")


def r2(values: Any, predictions: Any) -> Any:
    """Coefficient of determination.

    >>> r2([1, 2, 3], [1, 2, 4])
    Fraction(1, 2)
    """
    items = [exact(value) for value in plain(values)]
    centre = sum(items, Fraction(0)) / len(items)
    total = sum(((item - centre) ** 2 for item in items), Fraction(0))
    left = sum((gap * gap for gap in _gaps(values, predictions)), Fraction(0))
    return plain(1 - exact(_quotient(left, total, "R squared")))


def dcg(gains: Any) -> float:
    """Discounted cumulative gain of relevances in the order shown, base-2 logarithm.

    >>> dcg([1])
    1.0
    """
    return sum(float(exact(gain)) / math.log2(place + 2) for place, gain in enumerate(plain(gains)))


def ndcg(gains: Any) -> float:
    """DCG as a share of the best order's.

    >>> ndcg([3, 2, 1])
    1.0
    """
    best = dcg(sorted(plain(gains), key=exact, reverse=True))
    if best == 0:
        raise ExpressionError("NDCG has no value where nothing is relevant")
    return dcg(gains) / best


def _gaps(values: Any, predictions: Any) -> list[Fraction]:
    return [exact(y) - exact(p) for y, p in zip(plain(values), plain(predictions), strict=True)]


def average_precision(flags: Any) -> Any:
    """Mean of the precision at each relevant place of a ranking, from flags of 0 and 1 in its order.

    >>> average_precision([1, 0, 1])
    Fraction(5, 6)
    """
    found = [place for place, flag in enumerate(plain(flags), 1) if flag]
    return _quotient(sum(Fraction(i, place) for i, place in enumerate(found, 1)), len(found), "it")


def numeric_auc(positives: Any, negatives: Any) -> float:
    """Area under the ROC curve from the ranks of the positives, by SciPy: a second route for oracles.

    >>> numeric_auc([0.9, 0.5], [0.5, 0.1])
    0.875
    """
    highs, lows = ([float(exact(x)) for x in plain(scores)] for scores in (positives, negatives))
    places = scipy.stats.rankdata([*highs, *lows])[: len(highs)]
    return float((places.sum() - len(highs) * (len(highs) + 1) / 2) / (len(highs) * len(lows)))
