"""What the answers say: mean and covariance over all skills, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from quizengine.errors import PsychometricsError
from quizengine.model.estimate import Band
from quizengine.psychometrics.arrays import Booleans, Floats, finite
from quizengine.psychometrics.response import success_chance


def gap_chance(mean: Floats, variance: Floats, cuts: Floats) -> Floats:
    """Return the probability that each ability lies below its cut, ``Phi((cut - mean) / sd)``."""
    probabilities: Floats = ndtr((cuts - mean) / np.sqrt(variance))
    return probabilities


@dataclass(frozen=True, eq=False)
class SkillEstimate:
    """The posterior over the skills of one person, as reports and decisions use it.

    Parameters
    ----------
    mean : (K,) floats, logits
    covariance : (K, K) floats, logits squared
    converged : bool
        False when the answers contradicted each other so much that the sweeps ran out.
    sweeps : int
        How many sweeps over the answers were made.

    Examples
    --------
    >>> estimate = SkillEstimate(np.array([0.0, 1.0]), np.diag([0.25, 0.25]))
    >>> estimate.gap_probabilities(cuts=[0.5, 0.5]).round(3)
    array([0.841, 0.159])
    """

    mean: Floats
    covariance: Floats
    converged: bool = True
    sweeps: int = 0

    @property
    def standard_errors(self) -> Floats:
        """Posterior standard deviation of each skill, (K,) floats in logits."""
        return np.sqrt(np.diag(self.covariance))

    def gap_probabilities(self, cuts: ArrayLike) -> Floats:
        """Return P(below the cut) of each skill, (K,) floats in [0, 1]."""
        bar = finite(cuts, "cuts", self.mean.shape)
        return gap_chance(self.mean, np.diag(self.covariance), bar)

    def chances(self, level: float = 0.8) -> tuple[Floats, Floats, Floats]:
        """Return the chance on a question of difficulty 0, and the band that holds it.

        Parameters
        ----------
        level : float in (0, 1)
            Posterior probability that the chance lies in the band.

        Returns
        -------
        chance, low, high : (K,) floats in [0, 1] each
            At the posterior mean and at both ends of the band.

        Examples
        --------
        >>> estimate = SkillEstimate(np.array([1.0]), np.array([[0.25]]))
        >>> [float(part[0].round(2)) for part in estimate.chances()]
        [0.73, 0.59, 0.84]
        """
        if not 0 < level < 1:
            raise PsychometricsError(f"level = {level:g} is outside (0, 1)")
        reach = ndtri(0.5 + level / 2) * self.standard_errors
        low, middle, high = (success_chance(self.mean + step, 1.0, 0.0) for step in (-reach, 0.0, reach))
        return middle, low, high


def bands(
    probabilities: ArrayLike, ready: float = 0.2, gap: float = 0.8, *, measured: ArrayLike | None = None
) -> tuple[Band, ...]:
    """Sort gap probabilities into ``gap``, ``unclear`` and ``ready``.

    Parameters
    ----------
    probabilities : (K,) floats in [0, 1]
    ready, gap : floats, ready < gap
        At most ``ready`` is ready, at least ``gap`` is a gap.
    measured : (K,) bools, optional
        False where nothing in the sitting told of the skill (see `measured_skills`): unclear
        whatever the probability says.

    Examples
    --------
    >>> bands([0.95, 0.5, 0.1])
    ('gap', 'unclear', 'ready')
    >>> bands([0.95, 0.1], measured=[False, True])
    ('unclear', 'ready')
    """
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise PsychometricsError("probabilities must be a row of numbers in [0, 1]")
    if not 0 <= ready < gap <= 1:
        raise PsychometricsError(f"ready = {ready:g} must lie below gap = {gap:g}, both in [0, 1]")
    known = np.ones(p.shape, dtype=bool) if measured is None else np.asarray(measured, dtype=bool)
    if known.shape != p.shape:
        raise PsychometricsError(f"measured has shape {known.shape}; it must be {p.shape}")
    return tuple(_band(float(x), ready, gap) if seen else "unclear" for x, seen in zip(p, known, strict=True))


def _band(probability: float, ready: float, gap: float) -> Band:
    if probability >= gap:
        return "gap"
    return "ready" if probability <= ready else "unclear"


def measured_skills(loadings: ArrayLike, covariance: ArrayLike, *, neighbour: float = 0.5) -> Booleans:
    """Say which skills a sitting told of: asked about, or a near neighbour of one asked about.

    Parameters
    ----------
    loadings : (n, K) floats
        Rows of the pool's loadings for the items that were answered.
    covariance : (K, K) floats
        Of the prior: what is a neighbour does not depend on the answers.
    neighbour : float
        Correlation above which one skill tells of another.

    Returns
    -------
    (K,) bools

    Examples
    --------
    >>> measured_skills([[1, 0, 0]], [[1, 0.7, 0.3], [0.7, 1, 0.3], [0.3, 0.3, 1]])
    array([ True,  True, False])
    """
    spread = np.asarray(covariance, dtype=np.float64)
    scale = np.sqrt(np.diag(spread))
    near = abs(spread) > neighbour * np.multiply.outer(scale, scale)
    asked = (np.asarray(loadings, dtype=np.float64).reshape(-1, scale.size) > 0).any(axis=0)
    return np.logical_or(asked, near[:, asked].any(axis=1))
