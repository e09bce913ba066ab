"""SQUAREM: two EM steps tell where the third to the hundredth would lead."""

from __future__ import annotations

import numpy as np

from quizengine.psychometrics.arrays import Floats


def extrapolate(start: Floats, once: Floats, twice: Floats) -> Floats:
    """Return the point that two steps of a linearly converging map lead to.

    The step length is ``-||r|| / ||v||``, at most -1, which is the plain second step.

    References
    ----------
    R. Varadhan and C. Roland, "Simple and globally convergent methods for accelerating the convergence of
    any EM algorithm", Scandinavian Journal of Statistics 35(2), 2008, pp. 335-353, scheme S3.

    Examples
    --------
    A map that halves the distance to 2 is there at once:

    >>> extrapolate(np.array([0.0]), np.array([1.0]), np.array([1.5]))
    array([2.])
    """
    first = once - start
    bend = twice - once - first
    size = float(np.linalg.norm(bend))
    if size == 0:
        return twice
    length = min(-1.0, -float(np.linalg.norm(first)) / size)
    further: Floats = start - 2 * length * first + length**2 * bend
    return further
