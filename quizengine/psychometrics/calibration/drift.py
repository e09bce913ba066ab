"""Whether items have changed since they were calibrated."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Floats

ALLOWANCE, ALARM = 0.5, 5.0
"""In standard deviations of a batch: a shift of one is found in about ten batches."""
BATCH = 25
"""Answers whose mean residual is one step: single answers would alarm twice in a thousand by chance."""


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


def cusum(scores: ArrayLike, chances: ArrayLike, *, batch: int = BATCH) -> Floats:
    """Return how far answers to one item have strayed from what was expected, batch by batch.

    Parameters
    ----------
    scores : (M,) floats in [0, 1]
        The answers in order of time.
    chances : (M,) floats in (0, 1)
        What was expected of each, by the person's other answers.
    batch : int
        Answers a step; an unfinished batch waits.

    Returns
    -------
    (M // batch,) floats >= 0
        The larger of the two sums after each step; 5 or more is an alarm. By chance one comes about every
        465 steps, that is every 11,600 answers.

    References
    ----------
    W. J. J. Veerkamp and C. A. W. Glas, "Detection of known items in adaptive testing with a statistical
    quality control method", Journal of Educational and Behavioral Statistics 25(4), 2000, pp. 373-389.

    Examples
    --------
    >>> cusum([1.0] * 100, [0.5] * 100).tolist()
    [4.5, 9.0, 13.5, 18.0]
    """
    given, expected = np.asarray(scores, dtype=np.float64), np.asarray(chances, dtype=np.float64)
    if given.shape != expected.shape or given.ndim != 1 or batch < 1:
        raise PsychometricsError("scores and chances must be columns of one length, and batch 1 or more")
    steps = len(given) // batch
    shape, used = (steps, batch), steps * batch
    residual = (given - expected)[:used].reshape(shape).sum(axis=1)
    spread = np.sqrt((expected * (1 - expected))[:used].reshape(shape).sum(axis=1))
    high = low = 0.0
    sums = np.empty(steps)
    for step, z in enumerate(residual / spread):
        high, low = max(0.0, high + z - ALLOWANCE), max(0.0, low - z - ALLOWANCE)
        sums[step] = max(high, low)
    return sums
