"""Does an item treat two groups alike? Mantel-Haenszel, for one item and people matched on ability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike
from scipy.special import ndtri

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Booleans, Floats, Integers

DELTA = -2.35
"""ETS's delta scale: 4 / 1.7 delta points a logit, harder upwards, so the sign turns."""
MODERATE, LARGE = 1.0, 1.5
"""Delta points from which a difference matters (class B), and matters much (class C)."""

EtsClass = Literal["A", "B", "C"]


@dataclass(frozen=True, slots=True)
class MantelHaenszel:
    """What people of equal ability in two groups have in common on one item.

    ``odds_ratio`` is above 1 where the item is easier for the reference group, ``low`` and ``high``
    its 95 % interval. ``delta`` is the same on ETS's scale, below 0 where the item is *harder for the
    focal group*; ``standard_error`` is of delta. ``chi2`` has 1 degree of freedom. All are nan, and
    the class is A, where the matched groups leave nothing to compare.
    """

    odds_ratio: float
    low: float
    high: float
    delta: float
    standard_error: float
    chi2: float
    p: float
    n_reference: int
    n_focal: int
    strata: int

    @property
    def ets_class(self) -> EtsClass:
        """A (negligible), B (moderate) or C (large), as ETS defines them at the 5 % level.

        C needs |delta| >= 1.5 *and* significantly above 1 (one-sided); A is |delta| < 1 or not
        significantly different from 0; B is the rest.
        """
        return ets_class(self.delta, self.standard_error, self.p)


def ets_class(delta: float, standard_error: float, p: float, *, level: float = 0.05) -> EtsClass:
    """Return the class of a delta, its standard error and the p-value against 0.

    References
    ----------
    R. Zwick, "A review of ETS differential item functioning assessment procedures", ETS RR-12-08,
    2012, p. 3-4.

    Examples
    --------
    >>> ets_class(-1.9, 0.2, 1e-9), ets_class(-1.9, 0.6, 0.002), ets_class(0.8, 0.1, 1e-9)
    ('C', 'B', 'A')
    """
    if not abs(delta) >= MODERATE or not p < level:  # nan is A: nothing was found
        return "A"
    surely = (abs(delta) - MODERATE) / standard_error > scipy.stats.norm.isf(level)
    return "C" if abs(delta) >= LARGE and surely else "B"


def mantel_haenszel(
    right: ArrayLike, focal: ArrayLike, strata: ArrayLike, *, correction: bool = False
) -> MantelHaenszel:
    """Compare two groups on one item, within strata of equal ability.

    Parameters
    ----------
    right : (n,) bools, or floats that are 0 or 1
        Who was right, of those who were given the item.
    focal : (n,) bools
        True in the group that is looked at, False in the one it is compared with.
    strata : (n,) ints >= 0
        People of one stratum are taken for equally able: see `dif_screen`.
    correction : bool
        Take 1/2 off the difference before squaring, as Holland and Thayer do. Off by default: with it
        a test at 5 % raises fewer than 5 % false alarms.

    Returns
    -------
    MantelHaenszel
        A stratum of one group alone, or of one outcome alone, tells nothing and is not counted.

    Raises
    ------
    PsychometricsError
        If lengths differ, an answer is neither right nor wrong, or a stratum is negative.

    References
    ----------
    P. W. Holland and D. T. Thayer, "Differential item performance and the Mantel-Haenszel procedure",
    in H. Wainer and H. I. Braun (eds.), "Test Validity", 1988, pp. 129-145. Standard error: J. Robins,
    N. Breslow and S. Greenland, Biometrics 42, 1986, pp. 311-323.

    Examples
    --------
    >>> right = [1] * 60 + [0] * 40 + [1] * 40 + [0] * 60
    >>> found = mantel_haenszel(right, [0] * 100 + [1] * 100, [0] * 200)
    >>> round(found.odds_ratio, 2), round(found.delta, 2), round(found.p, 3), found.ets_class
    (2.25, -1.91, 0.005, 'B')
    """
    solved, group, place = _read(right, focal, strata)
    tables = _tables(solved, group, place)
    totals = tables.sum(axis=1)
    counts = (int((~group).sum()), int(group.sum()))
    informative = (
        (tables[:, 0] + tables[:, 1] > 0)
        & (tables[:, 2] + tables[:, 3] > 0)
        & (tables[:, 0] + tables[:, 2] > 0)
        & (tables[:, 1] + tables[:, 3] > 0)
    )
    return _from_tables(tables[informative].T, totals[informative], counts, correction)


def _read(right: ArrayLike, focal: ArrayLike, strata: ArrayLike) -> tuple[Floats, Booleans, Integers]:
    solved = np.asarray(right, dtype=np.float64)
    group = np.asarray(focal, dtype=bool)
    place = np.asarray(strata, dtype=np.intp)
    if solved.ndim != 1 or not solved.shape == group.shape == place.shape:
        raise PsychometricsError("right, focal and strata must be rows of one length, an entry an answer")
    if not np.isin(solved, (0.0, 1.0)).all():
        raise PsychometricsError("Mantel-Haenszel compares right with wrong: every answer must be 0 or 1")
    if (place < 0).any():
        raise PsychometricsError("strata are numbered from 0; one is negative")
    return solved, group, place


def _tables(solved: Floats, group: Booleans, place: Integers) -> Floats:
    """Return reference right, reference wrong, focal right, focal wrong of each stratum, (S, 4)."""
    cell = 4 * place + 2 * group + (solved == 0)
    width = 4 * (int(place.max(initial=-1)) + 1)
    return np.bincount(cell, minlength=width).reshape(-1, 4).astype(np.float64)


def _from_tables(cells: Floats, totals: Floats, counts: tuple[int, int], correction: bool) -> MantelHaenszel:
    a, b, c, d = cells
    up, down = a * d / totals, b * c / totals
    r, s = float(up.sum()), float(down.sum())
    if not len(totals) or r == 0 or s == 0:
        nothing = float("nan")
        return MantelHaenszel(
            odds_ratio=nothing,
            low=nothing,
            high=nothing,
            delta=nothing,
            standard_error=nothing,
            chi2=nothing,
            p=nothing,
            n_reference=counts[0],
            n_focal=counts[1],
            strata=len(totals),
        )
    log_ratio = float(np.log(r / s))
    error = _robins(cells, totals, up, down) ** 0.5
    reach = float(ndtri(0.975)) * error
    expected = (a + b) * (a + c) / totals
    variance = (a + b) * (c + d) * (a + c) * (b + d) / (totals**2 * (totals - 1))
    distance = max(abs(float((a - expected).sum())) - (0.5 if correction else 0.0), 0.0)
    statistic = distance**2 / float(variance.sum())
    return MantelHaenszel(
        odds_ratio=r / s,
        low=float(np.exp(log_ratio - reach)),
        high=float(np.exp(log_ratio + reach)),
        delta=DELTA * log_ratio,
        standard_error=-DELTA * error,
        chi2=statistic,
        p=float(scipy.stats.chi2.sf(statistic, 1)),
        n_reference=counts[0],
        n_focal=counts[1],
        strata=len(totals),
    )


def _robins(cells: Floats, totals: Floats, up: Floats, down: Floats) -> float:
    """Return the variance of the log odds ratio, good for few large and for many small strata."""
    agree = (cells[0] + cells[3]) / totals
    differ = 1.0 - agree
    r, s = up.sum(), down.sum()
    both = (agree * down + differ * up).sum() / (2 * r * s)
    return float((agree * up).sum() / (2 * r**2) + both + (differ * down).sum() / (2 * s**2))
