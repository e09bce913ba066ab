"""Has an item become easier or harder than its parameters say? At one look, and while answers come in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike
from scipy.special import ndtr

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Booleans, Floats, Integers, finite
from quizengine.psychometrics.matching import NODES, Curves, posteriors, read_scores
from quizengine.psychometrics.response import success_chance

ALLOWANCE, ALARM = 0.5, 5.0
"""Of the watch, in standard deviations: made for a shift of 1, silent for some 465 looks without one."""
BATCH = 20
"""Answers a look: enough for their sum to be near normal, few enough to be soon."""


@dataclass(frozen=True, eq=False)
class Drift:
    """How far the answers to each item lie from its parameters, (J,) each.

    ``shift`` is about how much b has moved, in logits: above 0 the item has become harder, below 0 easier.
    ``z`` has the same sign; ``p`` is two-sided and ``p_adjusted`` after Benjamini and Hochberg over the
    items. All are nan for an item that nobody was given; ``n`` counts answers.
    """

    shift: Floats
    z: Floats
    p: Floats
    p_adjusted: Floats
    n: Integers

    def flagged(self, level: float = 0.05) -> Booleans:
        """Items whose adjusted p is below ``level``, (J,) bools."""
        flags: Booleans = self.p_adjusted < level
        return flags


def drift_test(scores: ArrayLike, curves: Curves, *, b_errors: ArrayLike | None = None) -> Drift:
    """Ask of each item whether its difficulty is still the one in use.

    Parameters
    ----------
    scores : (N, J) floats in [0, 1], nan where not given
        Answers that the parameters were not estimated from.
    curves : Curves of J items
        The parameters in use.
    b_errors : (J,) floats >= 0, logits, optional
        Standard errors of b: what is not known well cannot be seen to move.

    Returns
    -------
    Drift

    Raises
    ------
    PsychometricsError
        If shapes do not fit or a value is out of range.

    Notes
    -----
    The score test for b, with the curves of the other items as they are: ``z`` is the sum over people of
    `difficulty_scores`, over its standard deviation. It holds for adaptive tests as for fixed forms, since
    what an item was chosen on is among the person's answers. Mean and sd of the population are fitted, so
    that abler people are no drift of the items. C. A. W. Glas, "Item calibration and parameter drift", in
    W. J. van der Linden and C. A. W. Glas (eds.), "Computerized Adaptive Testing", 2000, pp. 183-199.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> curves = Curves.of(1.0, np.linspace(-1, 1, 10))
    >>> now = Curves.of(1.0, curves.b - 0.8 * (np.arange(10) == 3))     # item 3 has leaked
    >>> found = drift_test(rng.random((400, 10)) < now.chances(rng.normal(size=400)), curves)
    >>> found.flagged().nonzero()[0], found.shift[3].round(1)
    (array([3]), np.float64(-0.7))
    """
    matrix = read_scores(scores, items=len(curves))
    errors = np.zeros(len(curves)) if b_errors is None else finite(b_errors, "b_errors", (len(curves),))
    if (errors < 0).any():
        raise PsychometricsError("a standard error is below 0")
    pulls, nuisance = difficulty_scores(matrix, curves)
    # What the fitted mean and sd of the population have taken in already is no evidence left.
    taken, *_ = np.linalg.lstsq(nuisance, pulls, rcond=None)
    information = ((pulls - nuisance @ taken) ** 2).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = pulls.sum(axis=0) / information
        z = shift / np.sqrt(1 / information + errors**2)
    p = 2 * ndtr(-abs(z))
    adjusted = p.copy()
    known = np.isfinite(p)
    if known.any():
        adjusted[known] = scipy.stats.false_discovery_control(p[known])
    return Drift(shift, z, p, adjusted, (~np.isnan(matrix)).sum(axis=0))


def difficulty_scores(scores: ArrayLike, curves: Curves) -> tuple[Floats, Floats]:
    """Return how each answer pulls at its item's difficulty, and at the population's mean and sd.

    Parameters
    ----------
    scores : (N, J) floats in [0, 1], nan where not given
    curves : Curves of J items

    Returns
    -------
    pulls : (N, J) floats
        Derivative of the person's log likelihood by b: 0 on average if the curve holds, above 0 where an
        answer speaks for a harder item. 0 where the item was not given.
    nuisance : (N, 2) floats
        The same by the mean and by the sd of the population, which are fitted here.

    Examples
    --------
    >>> pulls, _ = difficulty_scores([[1.0, 0.0], [0.0, 1.0]], Curves.of(1.0, [0.0, 0.0]))
    >>> pulls.round(2)
    array([[-0.5,  0.5],
           [ 0.5, -0.5]])
    """
    matrix = read_scores(scores, items=len(curves))
    one = np.zeros(len(matrix), dtype=np.intp)
    mass, means, sds = posteriors(matrix, curves, one)
    chance = curves.chances(NODES)
    fall = -curves.a * (curves.d - curves.c) * _bell(curves)
    right, wrong = mass @ (fall / chance), mass @ (fall / (1 - chance))
    given = ~np.isnan(matrix)
    score = np.where(given, matrix, 0.0)
    pulls = np.where(given, score * right - (1 - score) * wrong, 0.0)
    step = (NODES - means[0]) / sds[0]
    return pulls, np.column_stack([mass @ step, mass @ (step**2 - 1)])


def _bell(curves: Curves) -> Floats:
    """Return how steep the logistic curve is at the nodes, (Q, J)."""
    rising = success_chance(NODES[:, None], curves.a, curves.b)
    return rising * (1 - rising)


@dataclass(frozen=True, eq=False)
class DriftWatch:
    """What a watch over one item's answers has seen.

    ``easier`` and ``harder`` (looks,) are the two sums, in standard deviations; ``alarm`` is the number of
    answers after which one first passed the limit, None if neither did.
    """

    easier: Floats
    harder: Floats
    alarm: int | None


def watch_drift(
    residuals: ArrayLike,
    variances: ArrayLike,
    *,
    allowance: float = ALLOWANCE,
    limit: float = ALARM,
    batch: int = BATCH,
) -> DriftWatch:
    """Watch one item as its answers come in, by cumulative sums that forget small chances.

    Parameters
    ----------
    residuals, variances : (n,) floats
        Of each answer in the order of time: how far it lies from what was expected of that person, and the
        variance of that. A score less the chance E that the answers *before* it gave, with ``E (1 - E)``; or
        a column of `difficulty_scores`, with its mean square.
    allowance, limit : floats > 0
        In standard deviations of a batch. With .5 and 5 there is one false alarm in about 465 batches.
    batch : int >= 1
        Answers that are looked at together; a last part of a batch waits.

    Returns
    -------
    DriftWatch

    Raises
    ------
    PsychometricsError
        If lengths differ, or a variance is not above 0.

    References
    ----------
    E. S. Page, "Continuous inspection schemes", Biometrika 41, 1954, pp. 100-115. Length of a run without
    an alarm: D. Siegmund, "Sequential Analysis", 1985, section 2.6.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> right = rng.random(600) < np.repeat([0.5, 0.75], 300)   # easier from answer 300 on
    >>> watch_drift(right - 0.5, np.full(600, 0.25)).alarm
    340
    """
    off = np.asarray(residuals, dtype=np.float64)
    spread = np.asarray(variances, dtype=np.float64)
    if off.ndim != 1 or off.shape != spread.shape or not np.isfinite(off).all():
        raise PsychometricsError("residuals and variances must be rows of finite numbers of one length")
    if not (spread > 0).all():
        raise PsychometricsError("a variance is not above 0")
    if batch < 1 or allowance <= 0 or limit <= 0:
        raise PsychometricsError("batch must be 1 or more, allowance and limit above 0")
    whole = len(off) // batch * batch
    looks = off[:whole].reshape(-1, batch).sum(axis=1) / np.sqrt(
        spread[:whole].reshape(-1, batch).sum(axis=1)
    )
    up, down, easier, harder = 0.0, 0.0, [], []
    for look in looks:
        up, down = max(0.0, up + look - allowance), max(0.0, down - look - allowance)
        easier.append(up)
        harder.append(down)
    over = np.flatnonzero(np.maximum(easier, harder) > limit) if easier else np.zeros(0)
    alarm = int(over[0] + 1) * batch if len(over) else None
    return DriftWatch(np.array(easier), np.array(harder), alarm)
