"""Who cannot be told apart: runs of a sorted list inside which the order is chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Floats

TIED = 0.8
"""Two people are told apart when one is above the other with this probability."""


def brackets(means: ArrayLike, variances: ArrayLike, *, tied: float = TIED) -> list[tuple[int, ...]]:
    """Return the maximal runs of people, best first, of whom no two can be told apart.

    Parameters
    ----------
    means, variances : (N,) floats
        Of independent posteriors of one composite.
    tied : float in (0.5, 1)
        A is above B only if P(A > B) is at least that.

    Returns
    -------
    list of tuples of positions
        Each has two people or more; runs may overlap. Within one, people are in the order of their means,
        equal ones as they came.

    Raises
    ------
    PsychometricsError
        If shapes do not fit or a variance is not above 0.

    Examples
    --------
    >>> brackets([0.0, 1.0, 0.9, 3.0], [0.04, 0.04, 0.04, 0.04])
    [(1, 2)]
    """
    mean, variance = np.asarray(means, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if mean.ndim != 1 or mean.shape != variance.shape or not (variance > 0).all():
        raise PsychometricsError("means and variances are two rows of one length, variances above 0")
    if not 0.5 < tied < 1:
        raise PsychometricsError(f"tied = {tied:g} is outside (0.5, 1)")
    order = np.argsort(-mean, kind="stable")
    sorted_mean, sorted_variance = mean[order], variance[order]
    found: list[tuple[int, ...]] = []
    end = 0
    for start in range(len(order)):
        # Runs only grow to the right: one that ends where the last did lies inside it.
        stop = max(end, start + 1)
        while stop < len(order) and _joins(sorted_mean, sorted_variance, start, stop, tied):
            stop += 1
        if stop > end and stop - start >= 2:
            found.append(tuple(int(i) for i in order[start:stop]))
        end = max(end, stop)
    return found


def chances_above(means: ArrayLike, variances: ArrayLike) -> Floats:
    """Return the probability that each person is above each other one.

    Parameters
    ----------
    means, variances : (N,) floats
        Of independent posteriors of one composite; variances above 0.

    Returns
    -------
    (N, N) floats in [0, 1]
        Row i, column j: P(i > j). One half on the diagonal.

    Examples
    --------
    >>> chances_above([0.0, 1.0], [0.5, 0.5]).round(3)
    array([[0.5  , 0.159],
           [0.841, 0.5  ]])
    """
    mean, variance = np.asarray(means, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    found: Floats = ndtr((mean[:, None] - mean) / np.sqrt(variance[:, None] + variance))
    return found


def _joins(
    mean: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    variance: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    start: int,
    new: int,
    tied: float,
) -> bool:
    """Whether a person cannot be told apart from any of a run that begins at ``start``."""
    members = slice(start, new)
    above = ndtr((mean[members] - mean[new]) / np.sqrt(variance[members] + variance[new]))
    return bool((above < tied).all())
