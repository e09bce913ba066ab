"""Does an item do what its curve says? Mean squares of residuals, with their z-values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Booleans, Floats, Integers
from quizengine.psychometrics.matching import Curves, others, read_scores

FIT_RANGE = (0.7, 1.3)
"""Mean squares outside are flagged. B. Wright and J. Linacre, Rasch Measurement Transactions 8(3), 1994."""
LEAST = 100
"""Answers an item below which nothing is flagged."""


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
