"""What is believed of items before the answers, as a penalty on each item's likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlog1py, xlogy

from quizengine.psychometrics.arrays import Floats
from quizengine.psychometrics.calibration.parameters import CEILING, GUESS, INTERCEPT, SLOPE, Parameters
from quizengine.psychometrics.pool import COLD_DIFFICULTY_SD

COLD_LOG_SLOPE, COLD_LOG_SLOPE_SD = 0.1, 0.3
WEIGHT = 20.0
"""Answers that a belief about an asymptote is worth."""


@dataclass(frozen=True, eq=False)
class Prior:
    """Beliefs about slopes and difficulties.

    Parameters
    ----------
    difficulty : (J,) floats or one float, logits
        Where each difficulty is expected, such as an author's guess.
    difficulty_sd : float > 0, logits
        How far off that may be; infinite says nothing.
    log_slope : float
        The expected logarithm of a slope.
    log_slope_sd : float > 0
        How far off that may be; infinite says nothing.

    Examples
    --------
    >>> Prior(difficulty=[-0.5, 1.0], difficulty_sd=0.7, log_slope=0.1, log_slope_sd=0.3).difficulty_sd
    0.7
    """

    difficulty: ArrayLike = 0.0
    difficulty_sd: float = 2.0
    log_slope: float = 0.0
    log_slope_sd: float = 0.5

    @classmethod
    def of_authors(cls, difficulty: ArrayLike) -> Prior:
        """Return what authors' guesses of difficulties are worth, before anybody has answered."""
        return cls(difficulty, COLD_DIFFICULTY_SD, COLD_LOG_SLOPE, COLD_LOG_SLOPE_SD)

    @property
    def says_something(self) -> bool:
        """Whether anything is believed."""
        return bool(np.isfinite(self.difficulty_sd) or np.isfinite(self.log_slope_sd))


WEAK = Prior()
SILENT = Prior(difficulty_sd=float("inf"), log_slope_sd=float("inf"))


@dataclass(frozen=True, eq=False)
class Penalty:
    """A prior with the beliefs about asymptotes (beta, weight 20), and what it does to an M-step.

    ``guess`` and ``ceiling`` are the expected asymptotes, (J,), or None where a model does not estimate them.
    """

    prior: Prior
    guess: Floats | None
    ceiling: Floats | None

    def log_densities(self, parameters: Parameters) -> Floats:
        """Return the log density of each item, up to a constant, (J,); 0 for those that are not estimated."""
        total = np.zeros(len(parameters.items))
        if self.prior.says_something:
            slope, far = self._distances(parameters)
            total -= 0.5 * (slope**2 + far**2)
        if self.guess is not None:
            total += _beta(self.guess, parameters.guess)
        if self.ceiling is not None:
            total += _beta(self.ceiling, parameters.ceiling)
        return np.nan_to_num(total)

    def derivatives(self, parameters: Parameters) -> tuple[Floats, Floats]:
        """Return the gradient of the log density (J, 4) and its negative curvature (J, 4, 4)."""
        n_items = len(parameters.items)
        gradient, curvature = np.zeros((n_items, 4)), np.zeros((n_items, 4, 4))
        if self.prior.says_something:
            gradient, curvature = self._of_prior(parameters)
        for column, mean, now in (
            (GUESS, self.guess, parameters.guess),
            (CEILING, self.ceiling, parameters.ceiling),
        ):
            if mean is not None:
                gradient[:, column] += WEIGHT * (mean - now)
                curvature[:, column, column] += WEIGHT * now * (1 - now)
        return gradient, curvature

    def _of_prior(self, parameters: Parameters) -> tuple[Floats, Floats]:
        n_items, a, b = len(parameters.items), parameters.items[:, SLOPE], parameters.difficulty
        slope, far = self._distances(parameters)
        # Distances in sds are linear in what they depend on, but for terms that vanish at the mode.
        by = np.zeros((2, n_items, 4))
        by[0, :, SLOPE] = 1.0 / (a * self.prior.log_slope_sd)
        by[1, :, SLOPE] = -b / (a * self.prior.difficulty_sd)
        by[1, :, INTERCEPT] = -1.0 / (a * self.prior.difficulty_sd)
        gradient = -(slope[:, None] * by[0] + far[:, None] * by[1])
        return gradient, np.einsum("pji,pjk->jik", by, by)

    def _distances(self, parameters: Parameters) -> tuple[Floats, Floats]:
        """Return how many sds log slope and difficulty are off, (J,) each."""
        prior = self.prior
        slope = (np.log(parameters.items[:, SLOPE]) - prior.log_slope) / prior.log_slope_sd
        return slope, (parameters.difficulty - np.asarray(prior.difficulty)) / prior.difficulty_sd


def _beta(mean: Floats, now: Floats) -> Floats:
    """Log density of a beta with its mode at ``mean``, by what it is worth beyond a flat one."""
    log_density: Floats = WEIGHT * (xlogy(mean, now) + xlog1py(1 - mean, -now))
    return log_density
