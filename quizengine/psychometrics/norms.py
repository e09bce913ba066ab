"""Where a person stands among others, and how well that is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Floats

LEAST = 100
"""People of the norm group below which no percentile is told."""
DRAWS = 200
"""Plausible values that are looked at: more would not move an interval by half a point."""


@dataclass(frozen=True, slots=True)
class Percentile:
    """How many of 100 people of the norm group lie below, with an interval that holds both doubts.

    ``value``, ``low`` and ``high`` are in [0, 100], ``standard_error`` in the same points: of the person's
    ability, and of the norm group being a sample. ``n`` is the size of the norm group. With fewer than 100
    people there, all four are None: too few to say.
    """

    value: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    n: int

    @property
    def too_few(self) -> bool:
        """Whether the norm group is too small for anything to be said."""
        return self.value is None


def percentile(
    plausible: ArrayLike, norm: ArrayLike, *, level: float = 0.95, least: int = LEAST
) -> Percentile:
    """Return the share of the norm group below a person, half of the equals counted.

    Parameters
    ----------
    plausible : (M,) floats
        Draws from the person's posterior, on any scale; one number for a score without error.
    norm : (N,) floats
        One draw from the posterior of each person of the norm group, on the same scale: estimates would lie
        too close together. Never of the person's own sitting: leave it out.
    level : float in (0, 1)
        Of the interval.
    least : int
        Size of the norm group from which something is said.

    Returns
    -------
    Percentile

    Raises
    ------
    PsychometricsError
        If there is no plausible value, a number is not finite, or the level is not in (0, 1).

    Notes
    -----
    Each plausible value with k people below gives the share a Beta(k + 1/2, N - k + 1/2) (Jeffreys); the
    interval holds the quantiles of their mixture. Mid-tie percentile ranks: M. J. Kolen and R. L. Brennan,
    "Test Equating, Scaling, and Linking", 3rd ed., 2014, section 2.1.2. Plausible values: R. J. Mislevy,
    Psychometrika 56(2), 1991, pp. 177-196.

    Examples
    --------
    >>> norm = np.random.default_rng(1).normal(size=400)
    >>> plausible = np.random.default_rng(2).normal(1.0, 0.3, size=100)
    >>> found = percentile(plausible, norm)
    >>> round(found.value), round(found.low), round(found.high), found.n
    (89, 70, 97, 400)
    >>> percentile([0.0], norm[:60]).too_few
    True
    """
    values = np.atleast_1d(np.asarray(plausible, dtype=np.float64)).ravel()
    others = np.sort(np.asarray(norm, dtype=np.float64).ravel())
    if not len(values) or not np.isfinite(values).all() or not np.isfinite(others).all():
        raise PsychometricsError("plausible and norm must hold finite numbers, and at least one is plausible")
    if not 0 < level < 1:
        raise PsychometricsError(f"level = {level:g} is outside (0, 1)")
    n = len(others)
    if n < max(least, 1):
        return Percentile(None, None, None, None, n)
    below = (np.searchsorted(others, values, "left") + np.searchsorted(others, values, "right")) / 2
    share = below / n
    within = float((share * (1 - share)).mean()) / n
    between = float(share.var(ddof=1)) * (1 + 1 / len(share)) if len(share) > 1 else 0.0
    low, high = (_quantile(below, n, q) for q in ((1 - level) / 2, (1 + level) / 2))
    return Percentile(100 * float(share.mean()), 100 * (within + between) ** 0.5, 100 * low, 100 * high, n)


def _quantile(below: Floats, n: int, q: float) -> float:
    """Return the quantile of a mixture of Beta distributions, one a plausible value."""
    picked = np.sort(below)[np.linspace(0, len(below) - 1, min(len(below), DRAWS)).round().astype(np.intp)]
    one, other = picked + 0.5, n - picked + 0.5
    beta = scipy.stats.beta
    return float(scipy.optimize.brentq(lambda x: beta.cdf(x, one, other).mean() - q, 0.0, 1.0, xtol=1e-6))
