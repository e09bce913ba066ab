"""Setting a cut: from raters who judge questions, or from two groups known by other evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Booleans, Floats, finite
from quizengine.psychometrics.response import success_chance

REACH = 4.0
"""Cuts are looked for within 4 logits of 0."""
MOST = 3.0
"""A cut beyond that says that nearly everybody, or nearly nobody, is good enough."""
STEPS = 60
LEAST_RATERS, LEAST_ITEMS, LEAST_ITEMS_ALIKE = 3, 4, 5
ALIKE = 0.01
OUTLYING = 0.9
"""A rater is named whose cut lies outside where so many further raters like the others would put theirs."""
LEAST_SPREAD = 0.1
"""Raters who agree better than that, in logits, agree by chance."""
LEAST_GROUP = 20
BOOTSTRAPS = 500
RIDGE = 1e-3
"""Keeps the slope finite where the two groups do not overlap at all."""


@dataclass(frozen=True, slots=True)
class AngoffCut:
    """Where raters put somebody who is just good enough, in logits.

    ``by_rater`` is each rater's own cut, ``sd`` their spread and ``se`` its standard error;
    ``outliers`` are the positions of raters outside the 90 % prediction interval of the others.
    """

    cut: float
    by_rater: tuple[float, ...]
    sd: float
    se: float
    outliers: tuple[int, ...]


def angoff(ratings: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike) -> AngoffCut:
    """Return the cut at which the items' chances sum to what raters expect.

    Parameters
    ----------
    ratings : (R, n) floats in (0, 1)
        For each rater and item: the chance that a just good enough person solves it.
    a, b, c, d : (n,) floats
        Parameters of the items.

    Returns
    -------
    AngoffCut

    Raises
    ------
    PsychometricsError
        With fewer than 3 raters or 4 items; if all raters agree to within .01 on fewer than 5 items, since
        then nothing was rated; if the cut lies beyond 3 logits.

    Notes
    -----
    The theta with ``sum_j P_j(theta) = sum_j mean_r p_rj``, by bisection on [-4, 4]. W. H. Angoff, "Scales,
    norms, and equivalent scores", in R. L. Thorndike (ed.), Educational Measurement, 1971, p. 515.

    Examples
    --------
    >>> ratings = [[0.5, 0.6, 0.7, 0.4], [0.6, 0.6, 0.7, 0.5], [0.5, 0.7, 0.8, 0.5]]
    >>> found = angoff(ratings, [1, 1, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1])
    >>> round(found.cut, 2), [round(x, 2) for x in found.by_rater]
    (0.37, [0.2, 0.41, 0.51])
    """
    given = np.asarray(ratings, dtype=np.float64)
    if given.ndim != 2 or not ((given > 0) & (given < 1)).all():
        raise PsychometricsError("ratings are chances above 0 and below 1, a row for each rater")
    raters, n = given.shape
    if raters < LEAST_RATERS or n < LEAST_ITEMS:
        raise PsychometricsError(
            f"{raters} raters on {n} questions; "
            f"{LEAST_RATERS} raters and {LEAST_ITEMS} questions are the least"
        )
    if n < LEAST_ITEMS_ALIKE and float(np.ptp(given, axis=0).max()) <= ALIKE:
        raise PsychometricsError(
            f"all raters agree to within {ALIKE:g} on {n} questions: nothing was rated. "
            "Let each rate alone, or take more questions"
        )
    items = tuple(finite(part, name, (n,)) for name, part in zip("abcd", (a, b, c, d), strict=True))
    cut = within_reach(_where(items, float(given.mean(axis=0).sum())))
    own = np.array([_where(items, float(row.sum())) for row in given])
    sd = float(own.std(ddof=1))
    return AngoffCut(
        cut=cut,
        by_rater=tuple(float(x) for x in own),
        sd=sd,
        se=sd / float(np.sqrt(raters)),
        outliers=tuple(i for i in range(raters) if _is_far(own, i)),
    )


def within_reach(cut: float) -> float:
    """Return a cut; refuse one beyond 3 logits.

    Raises
    ------
    PsychometricsError
        Saying which way it lies.
    """
    if abs(cut) > MOST:
        side = "nearly nobody" if cut > 0 else "nearly everybody"
        raise PsychometricsError(f"a cut of {cut:.2f} logits lets {side} pass; it must lie in [-3, 3]")
    return cut


def _where(items: tuple[Floats, ...], wanted: float) -> float:
    """Return the theta at which the chances sum to ``wanted``; an end of [-4, 4] where none do."""
    low, high = -REACH, REACH
    for _ in range(STEPS):
        middle = (low + high) / 2
        if float(np.sum(success_chance(middle, *items))) < wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _is_far(own: Floats, rater: int) -> bool:
    others = np.delete(own, rater)
    # Few raters tell little of how raters differ: with two others the interval is 7.7 of their sds wide.
    reach = stdtrit(len(others) - 1, (1 + OUTLYING) / 2) * np.sqrt(1 + 1 / len(others))
    return bool(abs(own[rater] - others.mean()) > reach * max(float(others.std(ddof=1)), LEAST_SPREAD))


@dataclass(frozen=True, slots=True)
class ContrastingCut:
    """Where two known groups part, in the unit of the scores.

    ``low`` and ``high`` hold the cut in 80 % of bootstrap samples. ``fit_below`` is the share of the fit
    who lie below the cut, ``unfit_above`` that of the unfit above it.
    """

    cut: float
    low: float
    high: float
    fit_below: float
    unfit_above: float


def contrasting_groups(
    fit: ArrayLike, unfit: ArrayLike, *, cost_ratio: float, seed: int = 0
) -> ContrastingCut:
    """Return the score from which passing costs less than failing.

    Parameters
    ----------
    fit, unfit : (n,) floats, 20 or more each
        Scores of people known by other evidence to be good enough, and not to be.
    cost_ratio : float > 0
        How many times as bad a wrong pass is as a wrong fail.
    seed : int
        Of the bootstrap.

    Returns
    -------
    ContrastingCut

    Raises
    ------
    PsychometricsError
        If a group has fewer than 20, the fit do not score higher, or the cut lies beyond 3.

    Notes
    -----
    A logistic regression of the group on the score; the cut is where the chance to be fit is
    ``cost_ratio / (1 + cost_ratio)``, both groups weighted as one half: whom somebody could collect says
    nothing about how many there are. M. J. Zieky and S. A. Livingston, "Manual for setting standards",
    ETS, 1977.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> found = contrasting_groups(rng.normal(1, 1, 200), rng.normal(-1, 1, 200), cost_ratio=1)
    >>> abs(found.cut) < 0.2, found.low < found.cut < found.high
    (True, True)
    """
    above, below = np.asarray(fit, dtype=np.float64), np.asarray(unfit, dtype=np.float64)
    for name, group in (("good enough", above), ("not good enough", below)):
        if group.ndim != 1 or len(group) < LEAST_GROUP or not np.isfinite(group).all():
            raise PsychometricsError(
                f"the group that is {name} has {group.size} scores; {LEAST_GROUP} are the least"
            )
    if cost_ratio <= 0:
        raise PsychometricsError(f"cost_ratio = {cost_ratio:g} must be above 0")
    cut = within_reach(_parting(above, below, cost_ratio))
    rng = np.random.default_rng(seed)
    again = [
        _parting(rng.choice(above, len(above)), rng.choice(below, len(below)), cost_ratio, wrong_way=cut)
        for _ in range(BOOTSTRAPS)
    ]
    low, high = np.quantile(again, [0.1, 0.9])
    return ContrastingCut(
        cut=cut,
        low=float(low),
        high=float(high),
        fit_below=float((above < cut).mean()),
        unfit_above=float((below >= cut).mean()),
    )


def _parting(above: Floats, below: Floats, ratio: float, *, wrong_way: float | None = None) -> float:
    scores = np.concatenate([above, below])
    is_fit: Booleans = np.arange(len(scores)) < len(above)
    middle, scale = float(scores.mean()), float(scores.std()) or 1.0
    x = (scores - middle) / scale
    weight = np.where(is_fit, 0.5 / len(above), 0.5 / len(below))
    sign = np.where(is_fit, 1.0, -1.0)

    def loss(line: Floats) -> tuple[float, Floats]:
        at = sign * (line[0] + line[1] * x)
        pull = -weight * sign / (1.0 + np.exp(np.clip(at, -500, 500)))
        value = float(weight @ np.logaddexp(0.0, -at)) + RIDGE * line[1] ** 2 / 2
        return value, np.array([pull.sum(), pull @ x + RIDGE * line[1]])

    intercept, slope = scipy.optimize.minimize(loss, np.zeros(2), jac=True, method="BFGS").x
    if slope <= 0:
        if wrong_way is not None:  # one bootstrap sample of few people: it tells nothing
            return wrong_way
        raise PsychometricsError(
            "those who are good enough do not score higher: the two groups are not told apart"
        )
    return middle + scale * float((np.log(ratio) - intercept) / slope)
