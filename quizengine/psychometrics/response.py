"""How likely an answer is: the four-parameter logistic model, and what an answer tells."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from quizengine.psychometrics.arrays import Floats

LOGISTIC_TO_NORMAL = 2.89
"""1.7 squared: the variance of the normal that a logistic curve of slope 1 comes nearest to."""


def success_chance(
    u: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike = 0.0, d: ArrayLike = 1.0
) -> Floats:
    """Return the chance of a right answer, ``c + (d - c) / (1 + exp(-a (u - b)))``.

    Parameters
    ----------
    u : floats, logits
        Ability on the line that the item measures, ``w' theta``.
    a, b, c, d : floats
        Discrimination per logit, difficulty in logits, chance of the ignorant, chance of the able
        (1 - slip). All five are broadcast against each other. There is no scaling constant 1.7.

    Returns
    -------
    floats in [c, d]

    References
    ----------
    M. A. Barton and F. M. Lord, "An upper asymptote for the three-parameter logistic item-response
    model", ETS Research Report 81-20, 1981.

    Examples
    --------
    >>> success_chance([-1.0, 0.0, 1.0], a=1.2, b=0.0, c=0.25, d=0.98).round(3)
    array([0.419, 0.615, 0.811])
    """
    a, b, c, d = (np.asarray(part, dtype=np.float64) for part in (a, b, c, d))
    # tanh neither overflows nor loses digits in the tails, as 1 / (1 + exp(-x)) does.
    return c + (d - c) * (1.0 + np.tanh(0.5 * a * (np.asarray(u) - b))) / 2.0


def log_likelihood(
    u: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike, score: ArrayLike
) -> Floats:
    """Return the log likelihood of a score, ``s log P + (1 - s) log(1 - P)``.

    A score between 0 and 1 is partial credit: it moves the estimate towards where that share of
    answers is right, and never tells more than a whole answer does. Finite for every finite ``u``.

    Parameters
    ----------
    u, a, b, c, d : floats
        As in `success_chance`.
    score : floats in [0, 1]

    Returns
    -------
    floats <= 0, of the broadcast shape

    Examples
    --------
    >>> log_likelihood([-800.0, 0.0], a=1.0, b=0.0, c=0.0, d=1.0, score=1.0).round(4)
    array([-8.000e+02, -6.931e-01])
    """
    score = np.asarray(score, dtype=np.float64)
    right, wrong = log_chances(u, a, b, c, d)
    logs: Floats = score * right + (1.0 - score) * wrong
    return logs


def log_chances(
    u: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike
) -> tuple[Floats, Floats]:
    """Return log P and log(1 - P) of `success_chance`, both finite for every finite ``u``.

    >>> [round(float(x), 4) for x in log_chances(0.0, a=1.0, b=0.0, c=0.25, d=1.0)]
    [-0.47, -0.9808]
    """
    b, c, d = (np.asarray(part, dtype=np.float64) for part in (b, c, d))
    x = np.asarray(a) * (np.asarray(u) - b)
    with np.errstate(divide="ignore"):  # log 0 = -inf is what logaddexp wants for c = 0 and d = 1
        guess, slip, span = np.log(c), np.log1p(-d), np.log(d - c)
    right: Floats = np.logaddexp(guess, span - np.logaddexp(0.0, -x))
    wrong: Floats = np.logaddexp(slip, span - np.logaddexp(0.0, x))
    return right, wrong


def item_information(
    theta: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike = 0.0, d: ArrayLike = 1.0
) -> Floats:
    """Return the Fisher information of each item at each ability, ``P'^2 / (P (1 - P))``.

    Parameters
    ----------
    theta : (N,) floats, logits
    a, b, c, d : (J,) floats or one float
        As in `success_chance`.

    Returns
    -------
    (N, J) floats >= 0, per logit squared

    Examples
    --------
    >>> item_information([0.0, 2.0], a=[1.0, 2.0], b=[0.0, 0.0]).round(3)
    array([[0.25 , 1.   ],
           [0.105, 0.071]])
    """
    theta = np.atleast_1d(np.asarray(theta, dtype=np.float64))[:, None]
    a, b, c, d = (np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in (a, b, c, d))
    rising = success_chance(theta, a, b)
    falling = success_chance(-theta, a, -b)
    slope = (d - c) * a * rising * falling
    right = c + (d - c) * rising
    wrong = (1.0 - d) + (d - c) * falling
    information: Floats = slope**2 / np.maximum(right * wrong, 1e-300)
    return information


def test_information(
    theta: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
    c: ArrayLike = 0.0,  # noqa: PT028  (not a test: the term of the trade)
    d: ArrayLike = 1.0,  # noqa: PT028
) -> Floats:
    """Return the Fisher information of all items together at each ability, (N,) floats.

    >>> test_information([0.0], a=[1.0, 2.0], b=[0.0, 0.0]).round(3)
    array([1.25])
    """
    total: Floats = item_information(theta, a, b, c, d).sum(axis=1)
    return total


# pytest would take the public name for a test wherever it is imported.
test_information.__test__ = False  # type: ignore[attr-defined]


def expected_scores(
    theta: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike = 0.0, d: ArrayLike = 1.0
) -> Floats:
    """Return the expected score of each ability on each item.

    Parameters
    ----------
    theta : (N,) floats, logits
    a, b, c, d : (J,) floats or one float
        As in `success_chance`.

    Returns
    -------
    (N, J) floats in [0, 1]

    Examples
    --------
    >>> expected_scores([0.0, 1.0], a=[1.0, 2.0], b=[0.0, 0.0]).round(3)
    array([[0.5  , 0.5  ],
           [0.731, 0.881]])
    """
    column = np.atleast_1d(np.asarray(theta, dtype=np.float64))[:, None]
    a, b, c, d = (np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in (a, b, c, d))
    return success_chance(column, a, b, c, d)


def discounted_slope(a: ArrayLike, difficulty_sd: ArrayLike) -> Floats:
    """Return the slope to use while a difficulty is only a guess.

    A curve of slope ``a`` whose place is uncertain by ``difficulty_sd`` logits is, on average, a
    flatter curve: ``a / sqrt(1 + a^2 sd^2 / 2.89)``. Using it keeps the posterior from trusting
    an author's guess like a measurement.

    >>> discounted_slope(1.1, [0.0, 0.7]).round(3)
    array([1.1  , 1.002])
    """
    a, sd = np.asarray(a, dtype=np.float64), np.asarray(difficulty_sd, dtype=np.float64)
    flatter: Floats = a / np.sqrt(1.0 + a**2 * sd**2 / LOGISTIC_TO_NORMAL)
    return flatter
