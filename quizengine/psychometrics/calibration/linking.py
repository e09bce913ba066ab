"""One scale for two calibrations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Floats

LEAST_COMMON = 2


@dataclass(frozen=True, slots=True)
class Link:
    """How one scale goes into another: ``theta' = scale theta + shift``."""

    scale: float
    shift: float

    def slopes(self, a: ArrayLike) -> Floats:
        """Return slopes on the other scale."""
        return np.asarray(a, dtype=np.float64) / self.scale

    def abilities(self, theta: ArrayLike) -> Floats:
        """Return abilities or difficulties on the other scale."""
        return self.scale * np.asarray(theta, dtype=np.float64) + self.shift


def mean_sigma(b: ArrayLike, onto: ArrayLike) -> Link:
    """Return the link that gives common items' difficulties the mean and spread that they have elsewhere.

    Parameters
    ----------
    b, onto : (J,) floats, logits
        Difficulties of the same items on the two scales; rows with nan are left out.

    Raises
    ------
    PsychometricsError
        If fewer than two items are common, or all are equally difficult.

    References
    ----------
    G. L. Marco, "Item characteristic curve solutions to three intractable testing problems",
    Journal of Educational Measurement 14(2), 1977, pp. 139-160.

    Examples
    --------
    >>> link = mean_sigma([-1.0, 0.0, 1.0], onto=[-1.5, 0.5, 2.5])
    >>> link
    Link(scale=2.0, shift=0.5)
    >>> link.abilities([0.25]).tolist(), link.slopes([1.0]).tolist()
    ([1.0], [0.5])
    """
    ours, theirs = _common(b, onto)
    if ours.std() == 0 or theirs.std() == 0:
        raise PsychometricsError("common items of one difficulty cannot carry a scale; give others")
    scale = float(theirs.std() / ours.std())
    return Link(scale, float(theirs.mean() - scale * ours.mean()))


def mean_shift(b: ArrayLike, onto: ArrayLike) -> Link:
    """Return the link that only moves: right where ``onto`` are guesses, whose errors widen their spread.

    >>> mean_shift([-1.0, 1.0], onto=[0.0, 3.0])
    Link(scale=1.0, shift=1.5)
    """
    ours, theirs = _common(b, onto)
    return Link(1.0, float(theirs.mean() - ours.mean()))


def _common(b: ArrayLike, onto: ArrayLike) -> tuple[Floats, Floats]:
    ours, theirs = np.asarray(b, dtype=np.float64), np.asarray(onto, dtype=np.float64)
    both = np.isfinite(ours) & np.isfinite(theirs)
    if both.sum() < LEAST_COMMON:
        raise PsychometricsError(f"{both.sum()} common items; a link needs {LEAST_COMMON}")
    return ours[both], theirs[both]
