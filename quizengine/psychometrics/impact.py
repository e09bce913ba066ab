"""Are people of two groups selected alike? Rates, their ratio, and what such numbers cannot say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike
from scipy.special import ndtri

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Booleans, Floats

FOUR_FIFTHS = 0.8
"""29 CFR 1607.4(D): "less than four-fifths of the rate for the group with the highest rate"."""
LEVEL = 0.05
LEAST = 30
"""People a group below which nothing is concluded, whatever the numbers are."""
LEAST_CELL = 5
"""Selected and not selected people, in both groups, below which no interval is given."""
EXAMPLE_RATES = (0.5, 0.3)
"""The difference that power is told for: 50 % selected in one group, 30 % in the other."""
ENOUGH_POWER = 0.8
MOST_TABLES = 4_000_000
"""Tables that the exact chances are summed over: two groups of 2,000."""
NEARLY = 1e-7
"""Relative room within which two tables count as equally unlikely, as Fisher's test in R and SciPy has it."""

Conclusion = Literal["difference found", "none found", "no conclusion", "too few to say"]


@dataclass(frozen=True, slots=True)
class Selection:
    """How many people of a group applied, and how many of them were selected."""

    selected: int
    applied: int

    def __post_init__(self) -> None:
        if not 0 <= self.selected <= self.applied or self.applied < 1:
            raise PsychometricsError(
                f"{self.selected} selected of {self.applied}: at least one must have applied, "
                "and no more can be selected"
            )

    @property
    def rate(self) -> float:
        """Share selected, in [0, 1]."""
        return self.selected / self.applied


@dataclass(frozen=True, slots=True)
class Impact:
    """Two groups compared.

    ``ratio`` is the group's selection rate over the reference's, nan if nobody was selected there;
    ``low`` and ``high`` its 95 % interval, None with fewer than 5 people in a cell. ``p`` is Fisher's,
    exact and two-sided. ``below_four_fifths`` says whether the lower of both rates is below .8 of the
    higher. ``one_more`` and ``one_fewer`` are the ratios if one person more or fewer of the group had been
    selected, None where that cannot be. ``flag_chance`` is the chance that two groups of these sizes fall
    below four fifths when both have the pooled rate; ``power`` that Fisher's test finds 50 % against 30 %.
    Both are None for groups too large to sum over.
    """

    group: Selection
    reference: Selection
    ratio: float
    low: float | None
    high: float | None
    p: float
    below_four_fifths: bool
    one_more: float | None
    one_fewer: float | None
    flag_chance: float | None
    power: float | None

    @property
    def conclusion(self) -> Conclusion:
        """What may be said: never that a procedure is fair.

        "too few to say" below 30 people in a group; "difference found" with p < .05 and a ratio below four
        fifths; "none found" if this sample would have found 50 % against 30 % in 80 of 100 cases; else "no
        conclusion".
        """
        if min(self.group.applied, self.reference.applied) < LEAST:
            return "too few to say"
        if self.p < LEVEL and self.below_four_fifths:
            return "difference found"
        # Groups too large to sum over find such a difference always.
        return "none found" if self.power is None or self.power >= ENOUGH_POWER else "no conclusion"


def adverse_impact(group: Selection, reference: Selection) -> Impact:
    """Compare the selection rate of a group with that of another.

    Parameters
    ----------
    group, reference : Selection
        The four-fifths rule takes the group with the highest rate for the reference.

    Returns
    -------
    Impact

    References
    ----------
    Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4(D), 1978. Interval of the log ratio:
    D. Katz, J. Baptista, S. P. Azen and M. C. Pike, Biometrics 34(3), 1978, pp. 469-474. Why the rule alone
    does not do: S. B. Morris and R. E. Lobsenz, Personnel Psychology 53(1), 2000, pp. 89-111.

    Examples
    --------
    >>> found = adverse_impact(Selection(30, 100), Selection(50, 100))
    >>> round(found.ratio, 2), round(found.low, 2), round(found.high, 2), round(found.p, 4)
    (0.6, 0.42, 0.86, 0.0059)
    >>> found.conclusion, round(found.power, 2)
    ('difference found', 0.79)
    >>> adverse_impact(Selection(2, 10), Selection(5, 10)).conclusion
    'too few to say'
    """
    low, high = _interval(group, reference)
    sizes = (group.applied, reference.applied)
    pooled = (group.selected + reference.selected) / sum(sizes)
    small = (sizes[0] + 1) * (sizes[1] + 1) <= MOST_TABLES
    return Impact(
        group=group,
        reference=reference,
        ratio=_ratio(group.rate, reference.rate),
        low=low,
        high=high,
        p=fisher_p(group, reference),
        below_four_fifths=bool(_below(group.selected, reference.selected, *sizes)),
        one_more=_moved(group, reference, 1),
        one_fewer=_moved(group, reference, -1),
        flag_chance=flag_chance(sizes, (pooled, pooled)) if small else None,
        power=fisher_power(sizes, EXAMPLE_RATES) if small else None,
    )


def fisher_p(group: Selection, reference: Selection) -> float:
    """Return Fisher's exact two-sided p: of all tables as unlikely as this one or more so.

    Examples
    --------
    >>> round(fisher_p(Selection(3, 4), Selection(1, 4)), 4)   # the lady tasting tea
    0.4857
    """
    return float(
        _fisher_row(group.applied, reference.applied, group.selected + reference.selected)[
            group.selected - max(0, group.selected + reference.selected - reference.applied)
        ]
    )


def flag_chance(sizes: tuple[int, int], rates: tuple[float, float]) -> float:
    """Return how often two groups fall below four fifths by the luck of the draw.

    Parameters
    ----------
    sizes : two ints
        People in each group.
    rates : two floats in [0, 1]
        The true selection rates.

    Returns
    -------
    float in [0, 1]
        Exact, summed over all outcomes.

    Examples
    --------
    >>> round(flag_chance((20, 20), (0.5, 0.5)), 3)      # nothing is wrong, and it is raised in 46 of 100
    0.46
    """
    one, other = np.arange(sizes[0] + 1)[:, None], np.arange(sizes[1] + 1)[None, :]
    return _sum_over(sizes, rates, _below(one, other, *sizes))


def fisher_power(sizes: tuple[int, int], rates: tuple[float, float], *, level: float = LEVEL) -> float:
    """Return how often Fisher's test finds a difference between groups of these sizes and true rates.

    Parameters
    ----------
    sizes : two ints
    rates : two floats in [0, 1]
    level : float in (0, 1)

    Returns
    -------
    float in [0, 1]
        Exact. With equal rates this is the rate of false alarms, which lies below ``level``.

    Examples
    --------
    >>> round(fisher_power((100, 100), (0.5, 0.3)), 3)
    0.792
    """
    return _sum_over(sizes, rates, _fisher_finds(*sizes, level))


def _sum_over(sizes: tuple[int, int], rates: tuple[float, float], found: Booleans) -> float:
    chances = [scipy.stats.binom.pmf(np.arange(n + 1), n, rate) for n, rate in zip(sizes, rates, strict=True)]
    return float(chances[0] @ found @ chances[1])


def _below(one: ArrayLike, other: ArrayLike, n_one: int, n_other: int) -> Booleans:
    """Whether the lower rate is below four fifths of the higher, in whole numbers: no rounding decides."""
    left, right = np.asarray(one) * n_other, np.asarray(other) * n_one
    below: Booleans = 5 * np.minimum(left, right) < 4 * np.maximum(left, right)
    return below


@lru_cache(maxsize=64)
def _fisher_finds(n_one: int, n_other: int, level: float) -> Booleans:
    """Whether Fisher's test finds a difference, for each outcome of both groups."""
    finds = np.zeros((n_one + 1, n_other + 1), dtype=bool)
    for total in range(n_one + n_other + 1):
        first = max(0, total - n_other)
        p = _fisher_row(n_one, n_other, total)
        ones = first + np.arange(len(p))
        finds[ones, total - ones] = p < level
    return finds


def _fisher_row(n_one: int, n_other: int, total: int) -> Floats:
    """Return Fisher's p of each table with ``total`` selected, by how many of them are of the first group."""
    ones = np.arange(max(0, total - n_other), min(n_one, total) + 1)
    chances = scipy.stats.hypergeom.pmf(ones, n_one + n_other, n_one, total)
    order = np.argsort(chances, kind="stable")
    sums = np.cumsum(chances[order])
    last = np.searchsorted(chances[order], chances * (1 + NEARLY), side="right") - 1
    p: Floats = np.minimum(sums[last], 1.0)
    return p


def _interval(group: Selection, reference: Selection) -> tuple[float | None, float | None]:
    cells = [count for side in (group, reference) for count in (side.selected, side.applied - side.selected)]
    if min(cells) < LEAST_CELL:
        return None, None
    error = (1 / cells[0] - 1 / group.applied + 1 / cells[2] - 1 / reference.applied) ** 0.5
    reach = float(np.exp(ndtri(0.975) * error))
    ratio = group.rate / reference.rate
    return ratio / reach, ratio * reach


def _ratio(rate: float, reference: float) -> float:
    return rate / reference if reference else float("nan")


def _moved(group: Selection, reference: Selection, step: int) -> float | None:
    selected = group.selected + step
    if not 0 <= selected <= group.applied or not reference.selected:
        return None
    return _ratio(selected / group.applied, reference.rate)
