"""The Rasch model without any assumption about people: conditional maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Floats, Integers
from quizengine.psychometrics.matching import read_scores

MOST_ITEMS = 200
"""Sums over sum scores lose digits beyond, and take long."""
SMALL = 1e-4
"""Step of the differences that the information is read from, in logits."""
LEAST_SLOPE = 1e-9
"""Of the log likelihood an answer, where the search ends."""


@dataclass(frozen=True, eq=False)
class RaschCml:
    """Difficulties b (J,), which sum to 0, their standard errors, and the conditional log likelihood.

    ``people`` counts those with neither all right nor all wrong: nobody else tells of difficulties here.
    """

    b: Floats
    se_b: Floats
    log_likelihood: float
    people: int


def symmetric_functions(b: ArrayLike) -> Floats:
    """Return the elementary symmetric functions of ``exp(-b)``, (J + 1,) floats.

    The r-th is the sum, over all ways to have r of the J items right, of ``exp(-sum of their b)``.

    Parameters
    ----------
    b : (J,) floats, logits

    Raises
    ------
    PsychometricsError
        If b is no row of finite numbers.

    Examples
    --------
    >>> symmetric_functions([-1.0, -0.5, 0.0, 0.5, 1.0]).round(5)
    array([ 1.     ,  6.34141, 14.30148, 14.30148,  6.34141,  1.     ])
    """
    difficulties = np.asarray(b, dtype=np.float64)
    if difficulties.ndim != 1 or not np.isfinite(difficulties).all():
        raise PsychometricsError("b must be a row of finite numbers")
    sums = np.ones(1)
    for easiness in np.exp(-difficulties):
        sums = np.append(sums, 0.0) + easiness * np.append(0.0, sums)
    return sums


def rasch_cml(scores: ArrayLike) -> RaschCml:
    """Estimate the difficulties of the Rasch model from who got what, given how many.

    Parameters
    ----------
    scores : (N, J) of 0 and 1
        A form that everybody was given whole, of 2 to 200 items.

    Returns
    -------
    RaschCml

    Raises
    ------
    PsychometricsError
        If an answer is missing or partly right, or an item was solved by all or none of those who count.

    Notes
    -----
    Given the sum score, answers do not depend on ability: nothing is assumed of the people. Difficulties are
    those of a = 1. E. B. Andersen, "The numerical solution of a set of conditional estimation equations",
    Journal of the Royal Statistical Society B 34(1), 1972, pp. 42-54.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> b = np.array([-1.0, 0.0, 1.0])
    >>> found = rasch_cml(rng.random((2000, 3)) < 1 / (1 + np.exp(b - rng.normal(size=(2000, 1)))))
    >>> bool((abs(found.b - b) < 4 * found.se_b).all())
    True
    """
    matrix = read_scores(scores)
    n_items = matrix.shape[1]
    if not np.isin(matrix, (0.0, 1.0)).all():
        raise PsychometricsError(
            "this needs every answer of everybody, right or wrong: no gaps, no partial credit"
        )
    if not 2 <= n_items <= MOST_ITEMS:
        raise PsychometricsError(f"{n_items} items; this takes 2 to {MOST_ITEMS}")
    totals = matrix.sum(axis=1).astype(np.intp)
    telling = matrix[(totals > 0) & (totals < n_items)]
    solved, people = telling.sum(axis=0), np.bincount(totals, minlength=n_items + 1)[1:n_items]
    flat = np.flatnonzero((solved == 0) | (solved == len(telling)))
    if flat.size:
        raise PsychometricsError(
            f"item {flat[0]}: all or none of those with something right and something wrong solved it"
        )
    start = -np.log(solved / (len(telling) - solved))
    best = scipy.optimize.minimize(
        lambda b: _loss(b, solved, people) / len(telling),
        start - start.mean(),
        jac=lambda b: _slope(b, solved, people) / len(telling),
        method="BFGS",
        options={"gtol": LEAST_SLOPE, "maxiter": 1000},
    )
    b = np.asarray(best.x - best.x.mean())
    return RaschCml(b, _errors(b, solved, people), -_loss(b, solved, people), len(telling))


def _loss(b: Floats, solved: Floats, people: Integers) -> float:
    """Return minus the conditional log likelihood."""
    sums = symmetric_functions(b)[1:-1]
    return float(solved @ b + people @ np.log(sums))


def _slope(b: Floats, solved: Floats, people: Integers) -> Floats:
    """Return its derivatives: how many solved each item, less how many should have at these sum scores."""
    sums = symmetric_functions(b)[1:-1]
    rest = np.array([symmetric_functions(np.delete(b, item))[:-1] for item in range(len(b))])
    chances = np.exp(-b)[:, None] * rest / sums
    slope: Floats = solved - chances @ people
    return slope


def _errors(b: Floats, solved: Floats, people: Integers) -> Floats:
    """Return the standard errors of difficulties that sum to 0, from differences of the slope."""
    steps = SMALL * np.eye(len(b))
    information = np.array(
        [
            (_slope(b + step, solved, people) - _slope(b - step, solved, people)) / (2 * SMALL)
            for step in steps
        ]
    )
    # Raising all alike changes nothing: the inverse is taken across that direction.
    spread = np.linalg.pinv((information + information.T) / 2, rcond=1e-6, hermitian=True)
    errors: Floats = np.sqrt(np.diag(spread))
    return errors
