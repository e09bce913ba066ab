"""Does an item do what its curve says? Mean squares of residuals, with their z-values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Booleans, Floats, Integers
from quizengine.psychometrics.matching import Curves, others, quantile_bins, read_scores

FIT_RANGE = (0.7, 1.3)
"""Mean squares outside are flagged. B. Wright and J. Linacre, Rasch Measurement Transactions 8(3), 1994."""
LEAST = 100
"""Answers an item below which nothing is flagged."""
BINS = 8
LEAST_EXPECTED = 5.0
"""Right, and wrong, answers that a bin must expect for its share to be near normal."""


@dataclass(frozen=True, eq=False)
class ItemFit:
    """How far answers lie from the curves: each (J,), nan for an item that nobody was given.

    ``infit`` weighs each answer with its variance and so looks at people near the item; ``outfit`` does
    not, and is moved by a few surprising answers of people far off. Both are 1 on average when the curve
    is right; above, answers are noisier than it says, below, more orderly. ``infit_z`` and ``outfit_z``
    are near N(0, 1) then. ``n`` is the number of answers.
    """

    infit: Floats
    outfit: Floats
    infit_z: Floats
    outfit_z: Floats
    n: Integers

    @property
    def flagged(self) -> Booleans:
        """Items with at least 100 answers and a mean square outside [.7, 1.3], (J,) bools."""
        low, high = FIT_RANGE
        out = (self.infit < low) | (self.infit > high) | (self.outfit < low) | (self.outfit > high)
        flags: Booleans = out & (self.n >= LEAST)
        return flags


def infit_outfit(scores: ArrayLike, curves: Curves, theta: ArrayLike | None = None) -> ItemFit:
    """Compare answers with what the curves expect of the people who gave them.

    Parameters
    ----------
    scores : (N, J) floats in [0, 1], nan where not given
    curves : Curves of J items
    theta : (N,) floats, logits, optional
        Abilities to take for true, as the classical statistics do with estimates by maximum likelihood;
        leave people without one out. By default the chance of each answer is averaged over the posterior
        that the person's *other* answers give, under a normal population whose mean and sd are fitted.

    Returns
    -------
    ItemFit
        The z-values are Wilson and Hilferty's cube roots, with the variance that the model gives.

    Raises
    ------
    PsychometricsError
        If shapes do not fit or a value is not finite.

    Notes
    -----
    With y an answer, P its chance and W = P (1 - P): infit = sum (y - P)^2 / sum W and outfit = mean of
    (y - P)^2 / W. B. D. Wright and G. N. Masters, "Rating Scale Analysis", MESA Press, 1982, pp. 99-101.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> curves = Curves.of(1.5, [-1.0, -0.5, 0.0, 0.5, 1.0])
    >>> chance = curves.chances(rng.normal(size=500))
    >>> chance[:, 4] = 0.3                                         # item 4 is answered at random
    >>> fit = infit_outfit(rng.random((500, 5)) < chance, curves)
    >>> fit.outfit.round(2), fit.flagged
    (array([1.09, 0.96, 1.02, 0.99, 1.79]), array([False, False, False, False,  True]))
    """
    matrix = read_scores(scores, items=len(curves))
    chance = _chances(matrix, curves, theta)
    given = ~np.isnan(matrix)
    n = given.sum(axis=0)
    variance = chance * (1 - chance)
    squares = (matrix - chance) ** 2
    fourth = variance * ((1 - chance) ** 3 + chance**3)
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = np.nansum(variance, axis=0)
        infit = np.nansum(squares, axis=0) / weight
        outfit = np.nansum(squares / variance, axis=0) / n
        infit_sd = np.sqrt(np.nansum(fourth - variance**2, axis=0)) / weight
        outfit_sd = np.sqrt(np.nansum(fourth / variance**2 - 1, axis=0)) / n
        return ItemFit(infit, outfit, _cube_root(infit, infit_sd), _cube_root(outfit, outfit_sd), n)


@dataclass(frozen=True, eq=False)
class BinnedFit:
    """Answers to each item beside its curve, by ability, (J, B) each but for the last three, (J,).

    ``ability`` is the mean of a bin, ``observed`` the share right there, ``expected`` what the curve says,
    ``n`` the people; nan and 0 where an item has fewer bins. ``chi2``, ``df`` and ``p`` are of all its bins.
    """

    ability: Floats
    observed: Floats
    expected: Floats
    n: Integers
    chi2: Floats
    df: Integers
    p: Floats


def binned_residuals(scores: ArrayLike, curves: Curves, *, bins: int = BINS) -> BinnedFit:
    """Compare answers with each item's curve at several abilities: the test of fit for adaptive data.

    Parameters
    ----------
    scores : (N, J) floats in [0, 1], nan where not given
    curves : Curves of J items
        From elsewhere: no degree of freedom is taken off for parameters estimated from these answers.
    bins : int >= 1
        Of about equally many people, by what their *other* answers say.

    Returns
    -------
    BinnedFit
        A bin counts where at least 5 right and 5 wrong answers are expected; others join their neighbour.

    Raises
    ------
    PsychometricsError
        If shapes do not fit or a score is out of range.

    Notes
    -----
    chi2 = sum over bins of (observed - expected)^2 / variance, chances averaged over the posterior from the
    other answers. Like Q1 of W. M. Yen, Applied Psychological Measurement 5(2), 1981, pp. 245-262, but that
    people are not sorted by an ability which their answer to the item itself has moved.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> curves = Curves.of(1.5, np.linspace(-1, 1, 12))
    >>> flat = Curves.of(np.where(np.arange(12) == 5, 0.4, 1.5), curves.b)     # item 5 tells little
    >>> fit = binned_residuals(rng.random((800, 12)) < flat.chances(rng.normal(size=800)), curves)
    >>> (fit.p < 0.001).nonzero()[0], fit.df[5]
    (array([5]), np.int64(8))
    """
    matrix = read_scores(scores, items=len(curves))
    if bins < 1:
        raise PsychometricsError(f"bins = {bins}; at least 1 is needed")
    found = others(matrix, curves, np.zeros(len(matrix), dtype=np.intp))
    shape = (len(curves), bins)
    ability, observed, expected = (np.full(shape, np.nan) for _ in range(3))
    n, chi = np.zeros(shape, dtype=np.intp), np.zeros(len(curves))
    for item in range(len(curves)):
        given = ~np.isnan(matrix[:, item])
        place, chance = found.ability[given, item], found.expected[given, item]
        score = matrix[given, item]
        for number, rows in enumerate(_rich_bins(quantile_bins(place, bins), chance)):
            ability[item, number], n[item, number] = place[rows].mean(), len(rows)
            observed[item, number], expected[item, number] = score[rows].mean(), chance[rows].mean()
            off, variance = (score[rows] - chance[rows]).sum(), (chance[rows] * (1 - chance[rows])).sum()
            chi[item] += off**2 / variance
    df = (n > 0).sum(axis=1)
    chi = np.where(df > 0, chi, np.nan)
    return BinnedFit(ability, observed, expected, n, chi, df, scipy.stats.chi2.sf(chi, np.maximum(df, 1)))


def _rich_bins(place: Integers, chance: Floats) -> list[Integers]:
    """Return the rows of each bin, from low to high; one that expects too little joins the next."""
    runs: list[Integers] = []
    pending: Integers = np.zeros(0, dtype=np.intp)
    for number in range(int(place.max(initial=-1)) + 1):
        pending = np.concatenate([pending, np.flatnonzero(place == number)])
        if min(chance[pending].sum(), (1 - chance[pending]).sum()) >= LEAST_EXPECTED:
            runs.append(pending)
            pending = np.zeros(0, dtype=np.intp)
    if len(pending) and runs:
        runs[-1] = np.concatenate([runs[-1], pending])
    return runs


def _chances(matrix: Floats, curves: Curves, theta: ArrayLike | None) -> Floats:
    """Return what is expected of each answer, (N, J); nan where there is none."""
    if theta is None:
        return others(matrix, curves, np.zeros(len(matrix), dtype=np.intp)).expected
    ability = np.asarray(theta, dtype=np.float64)
    if ability.shape != (len(matrix),) or not np.isfinite(ability).all():
        raise PsychometricsError("theta must be one finite ability a person; leave out those without one")
    return np.where(np.isnan(matrix), np.nan, curves.chances(ability))


def _cube_root(mean_square: Floats, sd: Floats) -> Floats:
    """Return Wilson and Hilferty's z: ``(ms^(1/3) - 1) 3 / sd + sd / 3``."""
    z: Floats = (np.cbrt(mean_square) - 1) * 3 / sd + sd / 3
    return z
