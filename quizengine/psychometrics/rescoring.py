"""The final score: all answers at once by expectation propagation, so that their order does not matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Floats, Integers
from quizengine.psychometrics.estimate import SkillEstimate
from quizengine.psychometrics.graded import graded_log_likelihood
from quizengine.psychometrics.pool import ItemPool
from quizengine.psychometrics.posterior import (
    LEAST_VARIANCE,
    Evidence,
    LinePosterior,
    absorb_all,
    evidence_of,
    normal_nodes,
)
from quizengine.psychometrics.prior import SkillPrior
from quizengine.psychometrics.response import log_likelihood

DAMPING = 0.8
MAX_SWEEPS = 30
HALVINGS = 6
TOLERANCE = 1e-6
"""No site's marginal mean moves by more than this, in logits, when the sweeps end."""
NODES, WEIGHTS = normal_nodes(31)


def rescore(
    pool: ItemPool,
    prior: SkillPrior,
    items: Sequence[int],
    scores: ArrayLike,
    *,
    dont_know: Sequence[bool] | None = None,
    points_to: Sequence[int | None] | None = None,
    misconception_weight: float = 0.25,
) -> SkillEstimate:
    """Return the posterior of all answers together, whatever their order.

    Reports and decisions use this; an `AdaptiveTest` uses the faster filter to choose items, which
    depends a little on the order of the answers.

    Parameters
    ----------
    pool, prior
        With the same number of skills.
    items : (n,) ints
        Each at most once. Leave out what is no evidence: skipped, unreadable, undecided.
    scores : (n,) floats in [0, 1]
    dont_know : (n,) bools, optional
        True where the person said "I don't know yet"; the score is 0 then.
    points_to : (n,) ints or None, optional
        The skill that a misconception pointed to.
    misconception_weight : float in [0, 0.5]
        How much of a wrong answer a misconception counts as against that skill; 0 in screenings.

    Returns
    -------
    SkillEstimate
        ``converged`` is False if the sweeps ran out; the estimate is usable all the same.

    Raises
    ------
    PsychometricsError
        If lengths differ, an item is unknown or repeated, or a score is outside [0, 1].

    Notes
    -----
    Expectation propagation over the one-dimensional sites of the answers, all sites a sweep, damped
    by 0.8; exact on a grid when there is one skill. T. Minka, "A family of algorithms for approximate
    Bayesian inference", MIT, 2001, ch. 3; in the space of the sites, C. E. Rasmussen and
    C. K. I. Williams, "Gaussian Processes for Machine Learning", 2006, section 3.6.

    Examples
    --------
    >>> pool = ItemPool(loadings=np.eye(2), a=[1, 1], b=[0, 0], c=[0.02, 0.02], d=[0.98, 0.98])
    >>> prior = SkillPrior.from_graph(2, prerequisites=[(0, 1)])
    >>> estimate = rescore(pool, prior, items=[0, 1], scores=[1.0, 0.0])
    >>> estimate.mean.round(3), estimate.converged
    (array([ 0.173, -0.173]), True)
    """
    evidence = _gather(pool, prior, items, scores, dont_know, points_to, misconception_weight)
    if not evidence:
        return SkillEstimate(prior.mean.copy(), prior.covariance.copy())
    if prior.n_skills == 1:
        line = LinePosterior(prior)
        absorb_all(line, evidence)
        return SkillEstimate(line.mean, line.covariance)
    return _propagate(prior, evidence)


def _gather(  # noqa: PLR0917  (private: the arguments of rescore, as they came)
    pool: ItemPool,
    prior: SkillPrior,
    items: Sequence[int],
    scores: ArrayLike,
    dont_know: Sequence[bool] | None,
    points_to: Sequence[int | None] | None,
    misconception_weight: float,
) -> list[Evidence]:
    if pool.n_skills != prior.n_skills:
        raise PsychometricsError(f"the pool has {pool.n_skills} skills, the prior {prior.n_skills}")
    n = len(items)
    given = np.asarray(scores, dtype=np.float64)
    unsure = [False] * n if dont_know is None else list(dont_know)
    pointed = [None] * n if points_to is None else list(points_to)
    if not given.shape == (n,) or not len(unsure) == len(pointed) == n:
        raise PsychometricsError("items, scores, dont_know and points_to must have one entry an answer")
    if len(set(items)) < n:
        raise PsychometricsError("an item is scored twice")
    evidence: list[Evidence] = []
    # In the order of the items, so that two orders of the same answers agree to the last bit.
    for i in sorted(range(n), key=lambda i: items[i]):
        evidence += evidence_of(
            pool,
            int(items[i]),
            float(given[i]),
            dont_know=unsure[i],
            points_to=pointed[i],
            misconception_weight=misconception_weight,
        )
    return evidence


@dataclass(slots=True)
class _Sites:
    """The evidence as columns, and a Gaussian factor ``exp(nu u - tau u^2 / 2)`` in place of each."""

    directions: Floats
    parameters: Floats
    power: Floats
    graded: Integers
    costs: Floats
    tau: Floats
    nu: Floats

    @classmethod
    def of(cls, evidence: Sequence[Evidence], n_skills: int) -> _Sites:
        directions = np.zeros((len(evidence), n_skills))
        for row, piece in zip(directions, evidence, strict=True):
            np.add.at(row, piece.skills, piece.weights)
        parameters = np.array([[e.a, e.b, e.c, e.d, e.score] for e in evidence]).T[:, :, None]
        graded = [i for i, piece in enumerate(evidence) if piece.costs is not None]
        costs = np.array([evidence[i].costs for i in graded])
        blank = np.zeros(len(evidence))
        power = np.array([e.power for e in evidence])[:, None]
        return cls(directions, parameters, power, np.array(graded, dtype=np.intp), costs, blank, blank)

    def tilted(self, mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
        """Mean and variance of each cavity times its own likelihood."""
        sd = np.sqrt(variance)
        u = mean[:, None] + sd[:, None] * NODES
        logs = log_likelihood(u, *self.parameters)
        if self.graded.size:
            a, score = self.parameters[0, self.graded, 0], self.parameters[4, self.graded, 0]
            logs[self.graded] = graded_log_likelihood(u[self.graded], a, self.costs, score)
        logs *= self.power
        mass = WEIGHTS * np.exp(logs - logs.max(axis=1, keepdims=True))
        mass /= mass.sum(axis=1, keepdims=True)
        step = mass @ NODES
        spread = (mass * (NODES - step[:, None]) ** 2).sum(axis=1)
        return mean + sd * step, np.maximum(variance * spread, LEAST_VARIANCE)


def _propagate(prior: SkillPrior, evidence: Sequence[Evidence]) -> SkillEstimate:
    sites = _Sites.of(evidence, prior.n_skills)
    shared = prior.covariance @ sites.directions.T
    line = _Lines(sites.directions @ shared, sites.directions @ prior.mean)
    mean, variance = line.prior_mean, np.diag(line.prior_covariance)
    converged, sweeps = False, 0
    while not converged and sweeps < MAX_SWEEPS:
        sweeps += 1
        moved = _sweep(line, sites, mean, variance)
        if moved is None:
            break
        converged = bool(abs(moved[0] - mean).max() < TOLERANCE)
        mean, variance = moved
    pull = line.solve(sites.tau, sites.nu - sites.tau * line.prior_mean)
    shrink = line.solve(sites.tau, sites.tau[:, None] * shared.T)
    covariance = prior.covariance - shared @ shrink
    return SkillEstimate(
        mean=prior.mean + shared @ pull,
        covariance=(covariance + covariance.T) / 2,
        converged=converged,
        sweeps=sweeps,
    )


@dataclass(frozen=True, slots=True)
class _Lines:
    """The prior of the lines ``u = W theta`` of all sites: n x n, however many skills there are."""

    prior_covariance: Floats
    prior_mean: Floats

    def solve(self, tau: Floats, right: Floats) -> Floats:
        """Solve ``(I + T G) x = right``; no inverse of ``G``, which repeated lines make singular."""
        system = np.eye(tau.size) + tau[:, None] * self.prior_covariance
        return np.linalg.solve(system, right).astype(np.float64, copy=False)

    def marginals(self, tau: Floats, nu: Floats) -> tuple[Floats, Floats] | None:
        """Mean and variance of each line, or None if the sites make no Gaussian."""
        if (tau < 0).any():
            system = np.eye(tau.size) + tau[:, None] * self.prior_covariance
            if np.linalg.eigvals(system).real.min() <= 0:
                return None
        covariance = self.prior_covariance @ self.solve(tau, np.eye(tau.size))
        mean = self.prior_mean + covariance @ (nu - tau * self.prior_mean)
        return mean, np.maximum(np.diag(covariance), LEAST_VARIANCE)


def _sweep(line: _Lines, sites: _Sites, mean: Floats, variance: Floats) -> tuple[Floats, Floats] | None:
    """Improve every site once, against the others as they stood; return the new marginals.

    None, and nothing is changed, where even a small step leaves no Gaussian.
    """
    tau, nu = _improved(sites, mean, variance)
    damping = DAMPING
    for _ in range(HALVINGS):
        part_tau = sites.tau + damping * (tau - sites.tau)
        part_nu = sites.nu + damping * (nu - sites.nu)
        moved = line.marginals(part_tau, part_nu)
        if moved is not None:
            sites.tau, sites.nu = part_tau, part_nu
            return moved
        damping /= 2  # guessing can make a site's tau negative: go half as far
    return None


def _improved(sites: _Sites, mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Return the sites that match the tilted moments; one whose cavity is no Gaussian stays as it is."""
    precision = 1.0 / variance - sites.tau
    proper = precision > 1e-9
    precision = np.where(proper, precision, 1.0)
    pull = mean / variance - sites.nu
    tilted_mean, tilted_variance = sites.tilted(pull / precision, 1.0 / precision)
    tau = 1.0 / tilted_variance - precision
    nu = tilted_mean / tilted_variance - pull
    return np.where(proper, tau, sites.tau), np.where(proper, nu, sites.nu)
