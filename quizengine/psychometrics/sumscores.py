"""Sum scores of a form: how likely each is, and whether items behave among people who have the same one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Floats, Integers
from quizengine.psychometrics.matching import NODES, Curves, read_scores

LEAST_EXPECTED = 1.0
"""Expected number right, and wrong, of a cell; neighbours are merged until each cell has it."""


def sum_score_chances(chances: ArrayLike) -> Floats:
    """Return how likely each number of right answers is, given the chance of each item.

    Parameters
    ----------
    chances : (..., J) floats in [0, 1]

    Returns
    -------
    (..., J + 1) floats, sums 1 along the last axis

    References
    ----------
    F. M. Lord and M. S. Wingersky, "Comparison of IRT true-score and equipercentile observed-score
    equatings", Applied Psychological Measurement 8(4), 1984, pp. 453-461.

    Examples
    --------
    >>> sum_score_chances([0.5, 0.5, 0.5])
    array([0.125, 0.375, 0.375, 0.125])
    """
    p = np.asarray(chances, dtype=np.float64)
    if p.ndim == 0 or not ((p >= 0) & (p <= 1)).all():
        raise PsychometricsError("chances must be numbers in [0, 1], one an item")
    total = np.zeros((*p.shape[:-1], p.shape[-1] + 1))
    total[..., 0] = 1.0
    for item in range(p.shape[-1]):
        one = p[..., item, None]
        higher = total[..., :-1] * one
        total *= 1 - one
        total[..., 1:] += higher
    return total


@dataclass(frozen=True, eq=False)
class SX2:
    """S-X2 of each item, (J,) each; nan and 0 degrees of freedom where too few cells are left.

    ``cells`` is how many groups of sum scores were compared.
    """

    statistic: Floats
    df: Integers
    p: Floats
    cells: Integers


def s_x2(
    scores: ArrayLike, curves: Curves, *, estimated: int | ArrayLike = 2, least: float = LEAST_EXPECTED
) -> SX2:
    """Compare, among people with the same number right, how many solved an item with how many should have.

    For a form that everybody was given whole. Ability is N(0, 1) on the scale of the curves.

    Parameters
    ----------
    scores : (N, J) of 0 and 1
        Everything else is refused: the sum score must be comparable.
    curves : Curves of J items
    estimated : int or (J,) ints
        How many parameters of each item were estimated from these answers; each takes one degree of
        freedom. 2 for the two-parameter model, 1 for Rasch, 0 if the curves came from elsewhere.
    least : float > 0
        Cells of neighbouring scores are merged until as many right and as many wrong are expected.

    Returns
    -------
    SX2

    Raises
    ------
    PsychometricsError
        If an answer is missing or partly right, or the shapes do not fit.

    References
    ----------
    M. Orlando and D. Thissen, "Likelihood-based item-fit indices for dichotomous item response theory
    models", Applied Psychological Measurement 24(1), 2000, pp. 50-64, eq. 8-11.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> curves = Curves.of(1.0, np.linspace(-1, 1, 10))
    >>> found = s_x2(rng.random((1000, 10)) < curves.chances(rng.normal(size=1000)), curves, estimated=0)
    >>> found.df.tolist(), bool((found.p > 0.001).all())
    ([9, 9, 9, 9, 9, 9, 9, 9, 9, 9], True)
    """
    matrix = read_scores(scores, items=len(curves))
    if not np.isin(matrix, (0.0, 1.0)).all():
        raise PsychometricsError(
            "S-X2 needs every answer of everybody, right or wrong: no gaps, no partial credit"
        )
    n_items = len(curves)
    if n_items < 2:
        raise PsychometricsError("S-X2 needs at least 2 items")
    cost = np.broadcast_to(np.asarray(estimated, dtype=np.intp), (n_items,))
    totals = matrix.sum(axis=1).astype(np.intp)
    people = np.bincount(totals, weights=np.ones(len(totals)), minlength=n_items + 1)[1:n_items]
    chances = curves.chances(NODES)
    weights = np.exp(-(NODES**2) / 2)
    whole = weights @ sum_score_chances(chances)
    rows = []
    for item in range(n_items):
        rest = sum_score_chances(np.delete(chances, item, axis=1))
        expected = (weights * chances[:, item]) @ rest[:, : n_items - 1] / whole[1:n_items]
        solved = np.bincount(totals, weights=matrix[:, item], minlength=n_items + 1)[1:n_items]
        rows.append(_compare(np.asarray(people), np.asarray(solved), expected, least))
    statistic, cells = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], dtype=np.intp)
    df = np.maximum(cells - cost, 0)
    statistic = np.where(df > 0, statistic, np.nan)
    return SX2(statistic, df, scipy.stats.chi2.sf(statistic, np.maximum(df, 1)), cells)


def _compare(people: Floats, solved: Floats, chance: Floats, least: float) -> tuple[float, int]:
    """Return the statistic and the number of cells, merged from both ends towards the middle."""
    right, wrong = people * chance, people * (1 - chance)
    cells = _merge(right, wrong, least)
    statistic = 0.0
    for cell in cells:
        n, hits, expected = people[cell].sum(), solved[cell].sum(), right[cell].sum()
        statistic += (hits - expected) ** 2 * n / (expected * (n - expected)) if n else 0.0
    return float(statistic), len(cells)


def _merge(right: Floats, wrong: Floats, least: float) -> list[slice]:
    """Cut scores into runs with at least so many expected right and wrong; a poor tail joins its neighbour.

    From both ends inwards, since what is rare is at the ends: few right at the low scores, few wrong at
    the high ones.
    """
    middle = int(np.searchsorted(np.cumsum(right + wrong), (right + wrong).sum() / 2))
    low = _runs(range(middle), right, wrong, least)
    high = _runs(range(len(right) - 1, middle - 1, -1), right, wrong, least)
    bounds = sorted({*low, *high, len(right)} - {0})
    starts = [0, *bounds[:-1]]
    cells = [slice(start, end) for start, end in zip(starts, bounds, strict=True)]
    return _join_poor(cells, right, wrong, least)


def _runs(places: range, right: Floats, wrong: Floats, least: float) -> list[int]:
    """Walk from an end inwards; return the inner border of each run that has become rich enough."""
    borders, hits, misses = [], 0.0, 0.0
    for place in places:
        hits, misses = hits + right[place], misses + wrong[place]
        if hits >= least and misses >= least:
            borders.append(place + 1 if places.step > 0 else place)
            hits = misses = 0.0
    return borders


def _join_poor(cells: list[slice], right: Floats, wrong: Floats, least: float) -> list[slice]:
    joined: list[slice] = []
    for cell in cells:
        rich = right[cell].sum() >= least and wrong[cell].sum() >= least
        if joined and not rich:
            joined[-1] = slice(joined[-1].start, cell.stop)
        else:
            joined.append(cell)
    if len(joined) > 1 and min(right[joined[0]].sum(), wrong[joined[0]].sum()) < least:
        joined[:2] = [slice(0, joined[1].stop)]
    return joined


@dataclass(frozen=True, eq=False)
class SumScoreAbilities:
    """What each number right, 0 to J, says of ability: (J + 1,) each.

    ``mean`` and ``sd`` are of the posterior in logits, ``chance`` how likely the sum score is.
    """

    mean: Floats
    sd: Floats
    chance: Floats


def sum_score_eap(curves: Curves, *, mean: float = 0.0, sd: float = 1.0) -> SumScoreAbilities:
    """Return the expected ability of each number right: a table that turns sum scores into logits.

    Parameters
    ----------
    curves : Curves of J items
        A form that is given whole.
    mean, sd : floats, sd > 0
        Of the population, on the scale of the curves.

    Raises
    ------
    PsychometricsError
        If sd is not above 0.

    References
    ----------
    D. Thissen, M. Pommerich, K. Billeaud and V. S. L. Williams, "Item response theory for scores on tests
    including polytomous items with ordered responses", Applied Psychological Measurement 19(1), 1995,
    pp. 39-49, eq. 4-6.

    Examples
    --------
    >>> found = sum_score_eap(Curves.of([1.0, 1.2, 0.8], [-1.0, 0.0, 1.0]))
    >>> found.mean.round(2), found.chance.round(2)
    (array([-0.98, -0.34,  0.32,  0.91]), array([0.15, 0.33, 0.35, 0.17]))
    """
    if not sd > 0:
        raise PsychometricsError(f"sd = {sd:g} must be above 0")
    theta = mean + sd * NODES
    mass = sum_score_chances(curves.chances(theta)) * np.exp(-(NODES**2) / 2)[:, None]
    total = mass.sum(axis=0)
    means = theta @ mass / total
    spread = ((theta[:, None] - means) ** 2 * mass).sum(axis=0) / total
    return SumScoreAbilities(means, np.sqrt(spread), total / total.sum())
