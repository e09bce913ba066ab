"""From answers to a posterior over all skills, one answer at a time or all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Floats, Integers
from quizengine.psychometrics.graded import graded_log_likelihood
from quizengine.psychometrics.pool import ItemPool
from quizengine.psychometrics.prior import SkillPrior
from quizengine.psychometrics.response import log_likelihood

LEAST_VARIANCE = 1e-8
"""No skill is ever known better than this, so that later answers can still move it."""
LINE_REACH, LINE_POINTS = 8.0, 321
"""The grid of the one-skill posterior: 8 prior sds each way, 20 points an sd."""
LINE_STEPS = np.linspace(-LINE_REACH, LINE_REACH, LINE_POINTS)
MISCONCEPTION_SLOPE = 1.0


def normal_nodes(number: int) -> tuple[Floats, Floats]:
    """Return Gauss-Hermite nodes and weights for a N(0, 1) expectation."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(number)
    return nodes, weights / weights.sum()


NODES, WEIGHTS = normal_nodes(15)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was learned about one line ``u = w' theta``: likelihood ``(P^s (1 - P)^(1 - s)) ^ power``.

    With ``costs``, the cumulative steps of a graded item, it is that of the partial credit model.
    """

    skills: Integers
    weights: Floats
    a: float
    b: float
    c: float
    d: float
    score: float
    power: float = 1.0
    costs: Floats | None = None

    def log_likelihood(self, u: Floats) -> Floats:
        """Return the log likelihood at each ``u``."""
        if self.costs is not None:
            a, score = np.array([self.a]), np.array([self.score])
            logs: Floats = self.power * graded_log_likelihood(u, a, self.costs[None], score)[0]
            return logs
        return self.power * log_likelihood(u, self.a, self.b, self.c, self.d, self.score)


def answer_evidence(pool: ItemPool, item: int, score: float, *, dont_know: bool = False) -> Evidence:
    """Return what an answer says about the skills of its item.

    "I don't know yet" leaves no room for a guess or a slip: its likelihood is that of a wrong
    answer to an item with c = 0 and d = 1, so nobody loses by being honest. Of a graded item it is that
    of no step taken.

    Raises
    ------
    PsychometricsError
        If there is no such item, or the score is not in [0, 1], or not 0 with ``dont_know``.
    """
    if not 0 <= item < len(pool):
        raise PsychometricsError(f"there is no item {item}; the pool has items 0 to {len(pool) - 1}")
    if not 0.0 <= score <= 1.0:
        raise PsychometricsError(f"item {item}: score {score} is outside [0, 1]")
    if dont_know and score != 0.0:
        raise PsychometricsError(f"item {item}: 'I don't know yet' scores 0, not {score:g}")
    skills, weights = pool.parts
    c, d = (0.0, 1.0) if dont_know else (float(pool.c[item]), float(pool.d[item]))
    a, b = float(pool.a[item]), float(pool.b[item])
    costs = pool.step_costs[item] if pool.is_graded[item] else None
    return Evidence(skills[item], weights[item], a, b, c, d, float(score), costs=costs)


def misconception_evidence(pool: ItemPool, item: int, points_to: int, power: float) -> Evidence | None:
    """Return the weak evidence that a misconception gives against the skill it points to.

    None where the item itself measures that skill: then the answer has said it already.

    Parameters
    ----------
    item : int
        The item whose wrong answer fired the misconception; its difficulty is used.
    points_to : int
        Index of the skill.
    power : float in [0, 0.5]
        How much of a wrong answer this counts as.

    Raises
    ------
    PsychometricsError
        If there is no such skill.
    """
    if not 0 <= points_to < pool.n_skills:
        raise PsychometricsError(f"item {item}: a misconception points to skill {points_to}, which is none")
    if power == 0.0 or pool.loadings[item, points_to] > 0:
        return None
    skills, weights = np.array([points_to], dtype=np.intp), np.ones(1)
    return Evidence(skills, weights, MISCONCEPTION_SLOPE, float(pool.b[item]), 0.0, 1.0, 0.0, power)


def evidence_of(
    pool: ItemPool,
    item: int,
    score: float,
    *,
    dont_know: bool = False,
    points_to: int | None = None,
    misconception_weight: float = 0.25,
) -> list[Evidence]:
    """Return all evidence of one answer: itself and, perhaps, the misconception that fired.

    Raises
    ------
    PsychometricsError
        As `answer_evidence` and `misconception_evidence` do, or if a right answer carries a misconception.
    """
    found = [answer_evidence(pool, item, score, dont_know=dont_know)]
    if points_to is not None:
        if score == 1.0 or dont_know:
            raise PsychometricsError(
                f"item {item}: only an answer that is not right can carry a misconception"
            )
        extra = misconception_evidence(pool, item, points_to, misconception_weight)
        found += [extra] if extra else []
    return found


class Posterior(Protocol):
    """What a test believes of one person, and how an answer changes it."""

    mean: Floats
    covariance: Floats

    def absorb(self, evidence: Evidence) -> None:
        """Take one piece of evidence in."""


class GaussianPosterior:
    """Assumed-density filter: a Gaussian over all skills, moved along one line an answer.

    Parameters
    ----------
    prior : SkillPrior

    Notes
    -----
    The one-dimensional moments are exact to 15 Gauss-Hermite nodes; the rest of the Gaussian moves
    with them by regression. O(K^2) an answer, nothing is inverted. M. Opper, "A Bayesian approach to
    on-line learning", in "On-Line Learning in Neural Networks", Cambridge, 1998, eq. 16.10-16.12.

    Examples
    --------
    >>> posterior = GaussianPosterior(SkillPrior([0, 0], [[1, 0.6], [0.6, 1]]))
    >>> posterior.absorb(Evidence(np.array([0]), np.ones(1), 1.0, 0.0, 0.02, 0.98, score=1.0))
    >>> posterior.mean.round(3)
    array([0.397, 0.238])
    """

    def __init__(self, prior: SkillPrior) -> None:
        self.mean = prior.mean.copy()
        self.covariance = prior.covariance.copy()

    def absorb(self, evidence: Evidence) -> None:
        """Take one piece of evidence in: ``mu += g (m' - m)``, ``Sigma -= g g' (v - v')``."""
        skills, weights = evidence.skills, evidence.weights
        direction = self.covariance[skills[0]] * weights[0]
        for skill, weight in zip(skills[1:], weights[1:], strict=True):
            direction = direction + self.covariance[skill] * weight
        mean, variance = float(self.mean[skills] @ weights), float(direction[skills] @ weights)
        logs = evidence.log_likelihood(mean + variance**0.5 * NODES)
        new_mean, new_variance = (float(part) for part in tilted(logs, mean, variance))
        gain = direction / variance
        self.mean = self.mean + gain * (new_mean - mean)
        # An outer product of a vector with itself is symmetric to the last bit, and so stays Sigma.
        self.covariance = self.covariance - np.multiply.outer(gain, gain) * (variance - new_variance)


def tilted(logs: Floats, mean: Floats | float, variance: Floats | float) -> tuple[Floats, Floats]:
    """Return mean and variance of N(mean, variance) times a likelihood known at its nodes, the last axis."""
    mass = WEIGHTS * np.exp(logs - logs.max(axis=-1, keepdims=True))
    mass /= mass.sum(axis=-1, keepdims=True)
    step = mass @ NODES
    spread = (mass * np.square(NODES - step[..., None])).sum(axis=-1)
    return mean + np.sqrt(variance) * step, np.maximum(variance * spread, LEAST_VARIANCE)


class LinePosterior:
    """One skill alone: the posterior itself on a grid, so that no order of answers matters.

    Examples
    --------
    >>> posterior = LinePosterior(SkillPrior([0.0], [[1.0]]))
    >>> posterior.absorb(Evidence(np.array([0]), np.ones(1), 1.0, 0.0, 0.0, 1.0, score=1.0))
    >>> posterior.mean.round(4)
    array([0.4132])
    """

    def __init__(self, prior: SkillPrior) -> None:
        self._logs = -(LINE_STEPS**2) / 2
        self._grid = prior.mean[0] + np.sqrt(prior.covariance[0, 0]) * LINE_STEPS
        self.mean, self.covariance = prior.mean.copy(), prior.covariance.copy()

    def absorb(self, evidence: Evidence) -> None:
        """Multiply the likelihood in."""
        self._logs = self._logs + evidence.log_likelihood(self._grid)
        mean, variance = line_moments(self._logs, self._grid)
        self.mean, self.covariance = mean.reshape(1), variance.reshape(1, 1)


def line_moments(logs: Floats, grid: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of what has these log densities on ``grid``, the last axis."""
    mass = np.exp(logs - logs.max(axis=-1, keepdims=True))
    mass /= mass.sum(axis=-1, keepdims=True)
    mean = np.asarray(mass @ grid)
    variance = (mass * np.square(grid - mean[..., None])).sum(axis=-1)
    return mean, np.maximum(variance, LEAST_VARIANCE)


def start(prior: SkillPrior) -> Posterior:
    """Return the posterior of somebody who has not answered yet: exact for one skill, Gaussian for more."""
    return LinePosterior(prior) if prior.n_skills == 1 else GaussianPosterior(prior)


def absorb_all(posterior: Posterior, evidence: Sequence[Evidence]) -> None:
    """Take several pieces of evidence in, in their order."""
    for piece in evidence:
        posterior.absorb(piece)
