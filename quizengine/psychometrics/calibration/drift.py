"""Whether items have changed since they were calibrated."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr

from quizengine.psychometrics.arrays import Floats


def difficulty_drift(b: ArrayLike, se_b: ArrayLike, before: ArrayLike, se_before: ArrayLike) -> Floats:
    """Return the p-value of each item's difficulty not having moved between two calibrations, (J,).

    Both must be on one scale (see `mean_sigma`). nan where an item is in one of them only.

    >>> difficulty_drift([0.0, 1.0], [0.1, 0.1], before=[0.1, 0.0], se_before=[0.1, 0.1]).round(3)
    array([0.48, 0.  ])
    """
    spread = np.hypot(np.asarray(se_b, dtype=np.float64), np.asarray(se_before, dtype=np.float64))
    p: Floats = 2 * ndtr(-np.abs(np.asarray(b) - np.asarray(before)) / spread)
    return p


def anchor_drift(statistics: ArrayLike) -> Floats:
    """Return the p-value of each anchor's parameters not having moved, from `Calibration.anchor_change`.

    >>> anchor_drift([[5.99, 2], [0.0, 2]]).round(3)
    array([0.05, 1.  ])
    """
    found = np.asarray(statistics, dtype=np.float64)
    p: Floats = chdtrc(found[:, 1], found[:, 0])
    return p


def controlled(p: ArrayLike) -> Floats:
    """Return p-values corrected for their number by Benjamini and Hochberg; nan stays nan.

    >>> controlled([0.01, 0.02, float("nan"), 0.9]).round(3)
    array([0.03, 0.03,  nan, 0.9 ])
    """
    from scipy.stats import false_discovery_control  # noqa: PLC0415  (slow to import, and used once)

    values = np.asarray(p, dtype=np.float64)
    known = np.isfinite(values)
    corrected = np.full(values.shape, np.nan)
    if known.any():
        corrected[known] = false_discovery_control(values[known])
    return corrected
