"""One skill, one set of answers: four classical estimates, as the reference for everything else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Floats, finite
from quizengine.psychometrics.response import item_information, log_likelihood, success_chance

GRID = np.linspace(-9.0, 9.0, 721)
"""Far enough for a N(0, 1) prior, and a spacing far below any posterior sd of a sitting."""
REACH = 12.0
"""Logits within which a maximum is looked for; beyond, an answer pattern has none."""
BRACKETS = 97


@dataclass(frozen=True, slots=True)
class Ability:
    """Where a person stands on one skill, in logits, and how well that is known."""

    theta: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class _Answers:
    score: Floats
    a: Floats
    b: Floats
    c: Floats
    d: Floats

    @property
    def parameters(self) -> tuple[Floats, Floats, Floats, Floats]:
        return self.a, self.b, self.c, self.d

    def slope(self, theta: float) -> float:
        """Derivative of the log likelihood."""
        p = success_chance(theta, *self.parameters)
        rise = success_chance(theta, self.a, self.b)
        steep = (self.d - self.c) * self.a * rise * (1.0 - rise)
        return float(((self.score - p) * steep / (p * (1.0 - p))).sum())

    def information(self, theta: float) -> float:
        return float(item_information([theta], *self.parameters).sum())


def eap(
    scores: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
    c: ArrayLike = 0.0,
    d: ArrayLike = 1.0,
    *,
    nodes: ArrayLike | None = None,
) -> Ability:
    """Return the expected a posteriori ability under a N(0, 1) prior.

    Parameters
    ----------
    scores : (n,) floats in [0, 1]
        Leave out what is no evidence (unreadable, undecided).
    a, b, c, d : (n,) floats or one float
        As in `success_chance`.
    nodes : (Q,) floats, optional
        Evenly spaced abilities to integrate over; by default 721 in [-9, 9].

    Returns
    -------
    Ability
        Both numbers stay finite when all answers are right; with none they are 0 and 1.

    Raises
    ------
    PsychometricsError
        If lengths differ or a score is outside [0, 1].

    References
    ----------
    R. D. Bock and R. J. Mislevy, "Adaptive EAP estimation of ability in a microcomputer
    environment", Applied Psychological Measurement 6(4), 1982, pp. 431-444.

    Examples
    --------
    >>> ability = eap([1, 0, 1], a=[1.0, 1.2, 0.8], b=[-1.0, 0.0, 1.0])
    >>> round(ability.theta, 6), round(ability.standard_error, 4)
    (0.144703, 0.7885)
    """
    answers = _read(scores, a, b, c, d)
    grid = GRID if nodes is None else np.asarray(nodes, dtype=np.float64)
    logs = log_likelihood(grid[:, None], *answers.parameters, answers.score).sum(axis=1) - grid**2 / 2
    weights = np.exp(logs - logs.max())
    weights[[0, -1]] /= 2.0  # the trapezoid rule, which published values on few nodes used
    weights /= weights.sum()
    theta = float(weights @ grid)
    return Ability(theta, float(np.sqrt(weights @ (grid - theta) ** 2)))


def map_estimate(
    scores: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike = 0.0, d: ArrayLike = 1.0
) -> Ability:
    """Return the mode of the posterior under a N(0, 1) prior.

    Parameters, errors as for `eap`. The standard error is ``1 / sqrt(1 + information)``.

    References
    ----------
    F. Samejima, "Estimation of latent ability using a response pattern of graded scores",
    Psychometrika Monograph 17, 1969.

    Examples
    --------
    >>> ability = map_estimate([1, 0, 1], a=[1.0, 1.2, 0.8], b=[-1.0, 0.0, 1.0])
    >>> round(ability.theta, 6), round(ability.standard_error, 6)
    (0.130769, 0.770512)
    """
    answers = _read(scores, a, b, c, d)
    theta = _highest(lambda x: answers.slope(x) - x, lambda x: _log_likelihood_at(answers, x) - x**2 / 2)
    return Ability(theta, (1.0 + answers.information(theta)) ** -0.5)


def ml_estimate(
    scores: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike = 0.0, d: ArrayLike = 1.0
) -> Ability:
    """Return the maximum likelihood ability; infinite, with infinite error, where there is none.

    Parameters, errors as for `eap`.

    References
    ----------
    F. M. Lord, "Applications of Item Response Theory to Practical Testing Problems", Erlbaum, 1980, ch. 4.

    Examples
    --------
    >>> round(ml_estimate([1, 0, 1], a=[1.0, 1.2, 0.8], b=[-1.0, 0.0, 1.0]).theta, 6)
    0.324846
    >>> ml_estimate([1, 1], a=[1.0, 1.0], b=[0.0, 0.0]).theta
    inf
    """
    answers = _read(scores, a, b, c, d)
    theta = _highest(answers.slope, lambda x: _log_likelihood_at(answers, x))
    return _with_error(answers, theta)


def wl_estimate(
    scores: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike = 0.0, d: ArrayLike = 1.0
) -> Ability:
    """Return the weighted likelihood ability, whose bias is of lower order than maximum likelihood's.

    Parameters, errors as for `eap`. Finite for all right and all wrong.

    References
    ----------
    T. A. Warm, "Weighted likelihood estimation of ability in item response theory",
    Psychometrika 54(3), 1989, pp. 427-450, eq. 11.

    Examples
    --------
    >>> round(wl_estimate([1, 0, 1], a=[1.0, 1.2, 0.8], b=[-1.0, 0.0, 1.0]).theta, 6)
    0.202222
    """
    answers = _read(scores, a, b, c, d)
    theta = _highest(lambda x: answers.slope(x) + _warm_term(answers, x), None)
    return _with_error(answers, theta)


def _read(scores: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike) -> _Answers:
    shape = (np.size(scores),)
    score = finite(np.atleast_1d(scores), "scores", shape)
    if not ((score >= 0) & (score <= 1)).all():
        raise PsychometricsError("a score is outside [0, 1]")
    columns = {"a": a, "b": b, "c": c, "d": d}
    parameters = {
        name: finite(np.broadcast_to(values, shape) if np.ndim(values) == 0 else values, name, shape)
        for name, values in columns.items()
    }
    return _Answers(score, **parameters)


def _log_likelihood_at(answers: _Answers, theta: float) -> float:
    return float(log_likelihood(theta, *answers.parameters, answers.score).sum())


def _warm_term(answers: _Answers, theta: float) -> float:
    """``sum P' P'' / (P Q) / (2 I)``: half the score function of the Jeffreys prior, for one skill."""
    p = success_chance(theta, *answers.parameters)
    rise = success_chance(theta, answers.a, answers.b)
    first = (answers.d - answers.c) * answers.a * rise * (1.0 - rise)
    second = first * answers.a * (1.0 - 2.0 * rise)
    return float((first * second / (p * (1.0 - p))).sum()) / (2.0 * answers.information(theta))


def _highest(slope: Callable[[float], float], height: Callable[[float], float] | None) -> float:
    """Return the highest point where ``slope`` goes from above 0 to below; guessing can make several."""
    places = np.linspace(-REACH, REACH, BRACKETS)
    signs = [slope(float(x)) for x in places]
    tops = [
        float(scipy.optimize.brentq(slope, places[i], places[i + 1], xtol=1e-12))
        for i in range(BRACKETS - 1)
        if signs[i] > 0 >= signs[i + 1]
    ]
    if not tops:
        return float("inf") if signs[-1] > 0 else float("-inf")
    return max(tops, key=height) if height else tops[0]


def _with_error(answers: _Answers, theta: float) -> Ability:
    if not np.isfinite(theta):
        return Ability(theta, float("inf"))
    return Ability(theta, answers.information(theta) ** -0.5)
