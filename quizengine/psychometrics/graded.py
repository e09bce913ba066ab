"""Graded answers: the generalised partial credit model, for items whose steps have been calibrated."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Floats, Integers


def category_chances(u: ArrayLike, a: float, steps: ArrayLike) -> Floats:
    """Return the chance of each score of an item with M steps, ``P(h) ~ exp sum_{v <= h} a (u - b_v)``.

    Parameters
    ----------
    u : floats, logits
        Ability on the line that the item measures.
    a : float > 0, per logit
    steps : (M,) floats, logits
        Step difficulties b_1 ... b_M, in any order: where scores h - 1 and h are equally likely.

    Returns
    -------
    (..., M + 1) floats in [0, 1]
        Of the scores 0, 1/M, ..., 1; they sum to 1. One step is the two-parameter model.

    Raises
    ------
    PsychometricsError
        If there is no step, or one is not finite.

    References
    ----------
    E. Muraki, "A generalized partial credit model: application of an EM algorithm", Applied Psychological
    Measurement 16(2), 1992, pp. 159-176, eq. 2. With a = 1: G. N. Masters, Psychometrika 47, 1982.

    Examples
    --------
    >>> category_chances([-1.0, 0.0, 2.0], a=1.2, steps=[-0.5, 1.0]).round(3)
    array([[0.626, 0.343, 0.031],
           [0.297, 0.541, 0.163],
           [0.011, 0.229, 0.76 ]])
    """
    return shares_of_steps(np.asarray(u, dtype=np.float64), np.asarray(a), _costs(steps))


def category_information(theta: ArrayLike, a: float, steps: ArrayLike) -> Floats:
    """Return the Fisher information of an item with steps, ``a^2`` times the variance of the steps taken.

    Parameters
    ----------
    theta : (N,) floats, logits
    a, steps
        As in `category_chances`.

    Returns
    -------
    (N,) floats >= 0, per logit squared

    References
    ----------
    E. Muraki, "Information functions of the generalized partial credit model", Applied Psychological
    Measurement 17(4), 1993, pp. 351-363, eq. 9.

    Examples
    --------
    >>> category_information([-1.0, 0.0, 2.0], a=1.2, steps=[-0.5, 1.0]).round(3)
    array([0.437, 0.636, 0.304])
    """
    facts: Floats = a**2 * _variance(category_chances(np.atleast_1d(theta), a, steps))
    return facts


def step_costs(steps: Floats) -> Floats:
    """Return cumulative sums of the steps, 0 first, (G, M + 1) from (G, M); nan, no step, becomes inf.

    >>> step_costs(np.array([[-1.0, 0.5], [2.0, np.nan]]))
    array([[ 0. , -1. , -0.5],
           [ 0. ,  2. ,  inf]])
    """
    sums = np.cumsum(steps, axis=1)
    costs: Floats = np.concatenate(
        [np.zeros((len(steps), 1)), np.where(np.isnan(sums), np.inf, sums)], axis=1
    )
    return costs


def graded_log_likelihood(u: Floats, a: Floats, costs: Floats, score: Floats) -> Floats:
    """Return the log likelihood of R scores at Q abilities each, (R, Q).

    A score between two steps is weighed between both, ``(1 - f) log P(h) + f log P(h + 1)``, as a part of
    a whole answer is where there is one step: no score is refused, whatever it was rounded to.

    Parameters
    ----------
    u : (R, Q) or (Q,) floats, logits
    a : (R,) floats
    costs : (R, M + 1) floats
        From `step_costs`.
    score : (R,) floats in [0, 1]
    """
    last = np.isfinite(costs).sum(axis=1) - 1
    reached = score * last
    below = np.minimum(reached.astype(np.intp), last - 1)
    part, row = reached - below, np.arange(len(costs))
    cost = (1 - part) * costs[row, below] + part * costs[row, below + 1]
    total = np.logaddexp.reduce(_logits(u, a[:, None], costs[:, None, :]), axis=-1)
    logs: Floats = a[:, None] * (reached[:, None] * u - cost[:, None]) - total
    return logs


def reaching_chances(u: Floats, a: Floats, costs: Floats) -> Floats:
    """Return the chance of at least each step, (N, G, M) from (N, G) abilities: what a score is drawn by."""
    shares = shares_of_steps(u, a, costs)
    reaching: Floats = shares[..., :0:-1].cumsum(axis=-1)[..., ::-1]
    return reaching


def drawn_scores(reaching: Floats, n_steps: Integers, draws: Floats) -> Floats:
    """Return scores from one uniform draw an answer: the share of the steps whose chance it falls below.

    Parameters
    ----------
    reaching : (N, J) or (N, J, M) floats in [0, 1]
        Chance of a right answer, or of at least each step.
    n_steps : (J,) ints
    draws : (N, J) floats in [0, 1)

    >>> drawn_scores(np.array([[[0.9, 0.4], [0.5, 0.0]]]), np.array([2, 1]), np.array([[0.6, 0.2]]))
    array([[0.5, 1. ]])
    """
    if reaching.ndim == 2:
        return (draws < reaching).astype(np.float64)
    scores: Floats = (draws[..., None] < reaching).sum(axis=-1) / n_steps
    return scores


def step_variance(u: Floats, a: Floats, costs: Floats) -> Floats:
    """Return the variance of the number of steps taken, (N, G) from (N, G) abilities."""
    return _variance(shares_of_steps(u, a, costs))


def shares_of_steps(u: Floats, a: Floats, costs: Floats) -> Floats:
    """Return the chances of all numbers of steps, (..., G, M + 1) from (..., G) abilities."""
    logits = _logits(u, a, costs)
    shares: Floats = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    return shares


def _costs(steps: ArrayLike) -> Floats:
    row = np.asarray(steps, dtype=np.float64)
    if row.ndim != 1 or not row.size or not np.isfinite(row).all():
        raise PsychometricsError("steps must be a row of at least one finite number")
    costs: Floats = step_costs(row[None])[0]
    return costs


def _logits(u: Floats, a: Floats, costs: Floats) -> Floats:
    """Return ``a (h u - cost_h)``, -inf for steps that are none."""
    heights = np.arange(costs.shape[-1])
    logits: Floats = a[..., None] * (heights * u[..., None] - costs)
    return logits


def _variance(shares: Floats) -> Floats:
    heights = np.arange(shares.shape[-1], dtype=np.float64)
    variance: Floats = shares @ heights**2 - (shares @ heights) ** 2
    return variance
