"""The chance that somebody is above several bars at once, from a posterior on a few lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Floats

DRAWS = 10_000
MOST_AT_ONCE = 4_000_000
"""Draws held in memory together: 32 MB a line."""


def joint_chance(
    mean: ArrayLike, covariance: ArrayLike, bars: ArrayLike, *, draws: int = DRAWS, seed: int = 0
) -> Floats:
    """Return P(on or above every bar) of N people.

    Parameters
    ----------
    mean : (N, m) floats
        Posterior means on m lines, such as a composite and the skills that have a floor.
    covariance : (N, m, m) floats
    bars : (m,) floats
    draws : int >= 1
        Of each posterior; the same for everybody, so that equal posteriors have equal chances. The
        standard error is at most ``0.5 / sqrt(draws)``.
    seed : int

    Returns
    -------
    (N,) floats in [0, 1]
        With one line the integral itself, without draws.

    Raises
    ------
    PsychometricsError
        If shapes do not fit or there are no draws.

    Examples
    --------
    >>> joint_chance([[0.0, 0.0]], [np.eye(2)], [0.0, 0.0]).round(2)
    array([0.25])
    >>> joint_chance([[1.0]], [[[4.0]]], [0.0]).round(3)
    array([0.691])
    """
    middle, spread = np.asarray(mean, dtype=np.float64), np.asarray(covariance, dtype=np.float64)
    lines = np.asarray(bars, dtype=np.float64)
    people, m = middle.shape if middle.ndim == 2 else (0, 0)
    if not m or spread.shape != (people, m, m) or lines.shape != (m,) or draws < 1:
        raise PsychometricsError(
            f"mean {middle.shape}, covariance {spread.shape} and bars {lines.shape} must be "
            "(N, m), (N, m, m) and (m,), with one draw or more"
        )
    if m == 1:
        single: Floats = ndtr((middle[:, 0] - lines[0]) / np.sqrt(spread[:, 0, 0]))
        return single
    # By eigenvalues, not Cholesky: a composite of one skill is that skill again, and the matrix singular.
    sizes, axes = np.linalg.eigh(spread)
    roots = axes * np.sqrt(np.maximum(sizes, 0.0))[:, None, :]
    normals = np.random.default_rng(seed).standard_normal((m, draws))
    chunk = max(1, MOST_AT_ONCE // draws)
    found = np.empty(people)
    for first in range(0, people, chunk):
        part = slice(first, first + chunk)
        places = middle[part, :, None] + np.matmul(roots[part], normals)
        found[part] = (places >= lines[:, None]).all(axis=1).mean(axis=1)
    return found
