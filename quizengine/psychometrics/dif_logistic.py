"""Does an item treat two groups alike? Logistic regression, which also sees differences that turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike
from scipy.special import expit

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Booleans, Floats
from quizengine.psychometrics.dif import EtsClass

MODERATE, LARGE = 0.035, 0.070
"""Change of Nagelkerke's R squared from which a difference matters, and matters much."""
MAX_STEPS, TOLERANCE, SMALL_STEP = 50, 1e-9, 1e-3


@dataclass(frozen=True, slots=True)
class LogisticDif:
    """How much the group adds to ability in telling who solves an item.

    ``chi2`` and ``p`` are of group and group x ability together (2 df); the uniform part (1 df) is
    of the group alone, the non-uniform part (1 df) of the interaction beyond it. ``group`` is in logits
    at the mean ability, below 0 where the item is harder for the focal group; ``interaction`` in logits
    a standard deviation of ability. ``r2_change`` is of Nagelkerke's R squared. All are nan where ability
    or group separate right from wrong.
    """

    chi2: float
    p: float
    chi2_uniform: float
    p_uniform: float
    chi2_nonuniform: float
    p_nonuniform: float
    group: float
    interaction: float
    r2_change: float
    n_reference: int
    n_focal: int

    @property
    def size_class(self) -> EtsClass:
        """A (negligible or not significant at 5 %), B (from .035 on) or C (from .07 on)."""
        return size_class(self.r2_change, self.p)


def size_class(r2_change: float, p: float, *, level: float = 0.05) -> EtsClass:
    """Return the class of a change in Nagelkerke's R squared.

    References
    ----------
    M. G. Jodoin and M. J. Gierl, "Evaluating type I error and power rates using an effect size measure
    with the logistic regression procedure for DIF detection", Applied Measurement in Education 14(4),
    2001, pp. 329-349.

    Examples
    --------
    >>> size_class(0.08, 0.001), size_class(0.05, 0.001), size_class(0.08, 0.2)
    ('C', 'B', 'A')
    """
    if not r2_change >= MODERATE or not p < level:
        return "A"
    return "C" if r2_change >= LARGE else "B"


def logistic_dif(right: ArrayLike, focal: ArrayLike, ability: ArrayLike) -> LogisticDif:
    """Compare three logistic regressions of one item: on ability, with the group, with their product.

    Parameters
    ----------
    right : (n,) bools, or floats that are 0 or 1
        Who was right, of those who were given the item.
    focal : (n,) bools
        True in the group that is looked at, False in the one it is compared with.
    ability : (n,) floats
        What people are matched on: a sum score or an estimate. It is standardised here.

    Returns
    -------
    LogisticDif

    Raises
    ------
    PsychometricsError
        If lengths differ, an answer is neither right nor wrong, or an ability is not finite.

    References
    ----------
    H. Swaminathan and H. J. Rogers, "Detecting differential item functioning using logistic regression
    procedures", Journal of Educational Measurement 27(4), 1990, pp. 361-370. R squared:
    N. J. D. Nagelkerke, Biometrika 78(3), 1991, pp. 691-692.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> ability, focal = rng.normal(size=1000), np.arange(1000) % 2 == 0
    >>> right = rng.random(1000) < 1 / (1 + np.exp(-(ability - 1.0 * focal)))
    >>> found = logistic_dif(right, focal, ability)
    >>> found.p_uniform < 0.001, found.p_nonuniform > 0.05, round(found.group)
    (True, True, -1)
    """
    solved, group, level = _read(right, focal, ability)
    counts = (int((~group).sum()), int(group.sum()))
    spread = float(level.std())
    if min(counts) == 0 or spread == 0 or solved.min() == solved.max():
        return _nothing(counts)
    level = (level - level.mean()) / spread
    columns = np.column_stack([np.ones_like(level), level, group, group * level])
    fits = [_fit(columns[:, :width], solved) for width in (2, 3, 4)]
    if any(fit is None for fit in fits):
        return _nothing(counts)
    (base, _), (uniform, shift), (full, both) = (fit for fit in fits if fit is not None)
    steps = [max(2 * (uniform - base), 0.0), max(2 * (full - uniform), 0.0)]
    share = solved.mean()
    empty = len(solved) * float(share * np.log(share) + (1 - share) * np.log1p(-share))
    return LogisticDif(
        chi2=sum(steps),
        p=float(scipy.stats.chi2.sf(sum(steps), 2)),
        chi2_uniform=steps[0],
        p_uniform=float(scipy.stats.chi2.sf(steps[0], 1)),
        chi2_nonuniform=steps[1],
        p_nonuniform=float(scipy.stats.chi2.sf(steps[1], 1)),
        group=float(shift[2]),
        interaction=float(both[3]),
        r2_change=_nagelkerke(full, empty, len(solved)) - _nagelkerke(base, empty, len(solved)),
        n_reference=counts[0],
        n_focal=counts[1],
    )


def _read(right: ArrayLike, focal: ArrayLike, ability: ArrayLike) -> tuple[Floats, Booleans, Floats]:
    solved = np.asarray(right, dtype=np.float64)
    group, level = np.asarray(focal, dtype=bool), np.asarray(ability, dtype=np.float64)
    if solved.ndim != 1 or not solved.shape == group.shape == level.shape or not len(solved):
        raise PsychometricsError("right, focal and ability must be rows of one length, an entry an answer")
    if not np.isin(solved, (0.0, 1.0)).all():
        raise PsychometricsError("logistic regression tells right from wrong: every answer must be 0 or 1")
    if not np.isfinite(level).all():
        raise PsychometricsError("ability holds a value that is not finite")
    return solved, group, level


def _fit(columns: Floats, solved: Floats) -> tuple[float, Floats] | None:
    """Return the highest log likelihood and where it is, by Newton's steps; None where it has no top."""
    weights = np.zeros(columns.shape[1])
    height = _log_likelihood(columns, solved, weights)
    for _ in range(MAX_STEPS):
        chance = expit(columns @ weights)
        curvature = (columns.T * (chance * (1 - chance))) @ columns
        try:
            step = np.linalg.solve(curvature, columns.T @ (solved - chance))
        except np.linalg.LinAlgError:
            return None
        risen = _log_likelihood(columns, solved, weights + step)
        while risen < height - TOLERANCE and abs(step).max() > TOLERANCE:
            step = step / 2
            risen = _log_likelihood(columns, solved, weights + step)
        weights, gain, height = weights + step, risen - height, risen
        # A small gain alone is not the top: where groups separate, weights run off and gain ever less.
        if gain < TOLERANCE * (1 + abs(height)) and abs(step).max() < SMALL_STEP:
            return height, weights
    return None


def _log_likelihood(columns: Floats, solved: Floats, weights: Floats) -> float:
    line = columns @ weights
    return float(solved @ line - np.logaddexp(0.0, line).sum())


def _nagelkerke(height: float, empty: float, n: int) -> float:
    return float(-np.expm1(2 * (empty - height) / n) / -np.expm1(2 * empty / n))


def _nothing(counts: tuple[int, int]) -> LogisticDif:
    nothing = float("nan")
    return LogisticDif(
        chi2=nothing,
        p=nothing,
        chi2_uniform=nothing,
        p_uniform=nothing,
        chi2_nonuniform=nothing,
        p_nonuniform=nothing,
        group=nothing,
        interaction=nothing,
        r2_change=nothing,
        n_reference=counts[0],
        n_focal=counts[1],
    )
