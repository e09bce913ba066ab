"""What an item is worth asking: what each answer would settle, over all skills at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.special import ndtr

from quizengine.psychometrics.arrays import Booleans, Floats, Integers, Singles
from quizengine.psychometrics.graded import step_variance
from quizengine.psychometrics.layout import Layout, Outlook, expected

Rule = Literal["risk", "mi", "info", "aopt", "dopt", "random"]
RULES: tuple[Rule, ...] = ("risk", "mi", "info", "aopt", "dopt", "random")
RISK_PER_NAT = 0.3
"""Skills misjudged that a nat of entropy is worth when asking whether going on pays."""
CELLS = 128
"""Items looked at fully at once: so few that what is worked out stays in the cache of a core."""
STEPS, FARTHEST = 256, 8.0
"""The table of risk and entropy: steps a unit of z, and where both are taken for 0 (they are 1e-13)."""


@dataclass(frozen=True, slots=True)
class Drops:
    """Expected fall of risk (skills misjudged) and of entropy (nats), of each candidate: (2, ...)."""

    both: Singles

    @property
    def risk(self) -> Singles:
        """Skills that are misjudged."""
        risk: Singles = self.both[0]
        return risk

    @property
    def entropy(self) -> Singles:
        """Binary entropies, summed."""
        entropy: Singles = self.both[1]
        return entropy

    def at(self, cells: Integers) -> Drops:
        """Return the same of some cells alone, (2, C)."""
        return Drops(self.both.reshape(2, -1)[:, cells])

    def worth(self, tie: float | None) -> Singles:
        """Return what is to be made large: entropy, or with ``tie`` risk and ``tie`` times entropy."""
        return self.entropy if tie is None else self.risk + np.float32(tie) * self.entropy

    @property
    def gains(self) -> Singles:
        """What asking is worth, in skills: flat risk alone is no reason to stop."""
        gains: Singles = np.maximum(self.risk, RISK_PER_NAT * self.entropy)
        return gains


class Belief:
    """Where N people stand: the Gaussian of each, the cuts, and how much each skill matters.

    Parameters
    ----------
    mean : (N, K) floats
    covariance : (N, K, K) floats
    cuts, weights : (K,) floats
    """

    def __init__(self, mean: Floats, covariance: Floats, cuts: Floats, weights: Floats) -> None:
        self.mean, self.covariance = mean.astype(np.float32), covariance.astype(np.float32)
        self.weights = weights.astype(np.float32)
        self.margins: Singles = (cuts - mean).astype(np.float32)
        self.variances: Singles = np.diagonal(self.covariance, axis1=1, axis2=2)

    @cached_property
    def now(self) -> Singles:
        """Risk and entropy of every skill as things stand, (2, N, K)."""
        return uncertainty((self.margins / np.sqrt(self.variances)).astype(np.float32, copy=False))

    @cached_property
    def total(self) -> Singles:
        """Risk and entropy over all skills, (2, N)."""
        return self.now @ self.weights

    def drops(self, layout: Layout, outlook: Outlook, cells: Integers) -> Drops:
        """Return expected risk and entropy drops of the items in ``cells``, over all K skills.

        Risk is ``sum_k weight_k min(P, 1 - P)`` with P the gap probability; entropy the same with the
        binary entropy. Both look one answer ahead.
        """
        if cells.size > CELLS:
            parts = np.array_split(cells, -(-cells.size // CELLS))
            return Drops(np.concatenate([self.drops(layout, outlook, few).both for few in parts], axis=1))
        who = cells // len(layout)
        there = outlook.at(cells)
        gain = layout.directions(self.covariance, cells)
        gain /= there.variance[:, None]
        z = gain * there.shift[:, :, None]
        np.subtract(self.margins[who], z, out=z)
        np.square(gain, out=gain)
        spreads = gain * there.drop[:, :, None]
        np.subtract(self.variances[who], spreads, out=spreads)
        z /= np.sqrt(spreads, out=spreads)
        then = uncertainty(z) @ self.weights
        return Drops(self.total[:, who] - expected(there.odds, then))

    def own_drops(self, layout: Layout, outlook: Outlook) -> Drops:
        """Return how much each item would settle the skills it draws on alone, (N, J): for the shortlist."""
        if not layout.mixed.size:
            return self._settled(layout.main_skill, np.float32(1), outlook)
        some = outlook.of(layout.mixed)
        gains = layout.shared(self.covariance) / some.variance[:, :, None]
        gain = np.ones_like(outlook.variance)
        gain[:, layout.mixed] = gains[:, :, 0]
        own = self._settled(layout.main_skill, gain, outlook)
        for column in range(1, layout.skills.shape[1]):
            extra = self._settled(layout.mixed_skills[:, column], gains[:, :, column], some)
            own.both[:, :, layout.mixed] += extra.both * (layout.mixed_weights[:, column] > 0)
        return own

    def _settled(self, skill: Integers, gain: Singles | np.float32, outlook: Outlook) -> Drops:
        """Return how much each item would settle one skill, another for each item, (N, J)."""
        z = gain * outlook.shift
        np.subtract(self.margins[:, skill], z, out=z)
        spreads = np.square(gain) * outlook.drop
        np.subtract(self.variances[:, skill], spreads, out=spreads)
        z /= np.sqrt(spreads, out=spreads)
        settled = self.now[:, :, skill] - expected(outlook.odds, uncertainty(z))
        settled *= self.weights[skill]
        return Drops(settled)


def _exact_uncertainty(z: Floats) -> tuple[Floats, Floats]:
    smaller: Floats = ndtr(-np.abs(z))
    larger = 1.0 - smaller
    entropy: Floats = -larger * np.log(larger) - smaller * np.log(np.maximum(smaller, 1e-300))
    return smaller, entropy


def _table() -> tuple[Singles, Singles]:
    """Return risk and entropy on a grid of z >= 0, and by how much each rises to the next point, (2, T)."""
    values = np.array(_exact_uncertainty(np.arange(STEPS * FARTHEST + 1) / STEPS))
    values[:, -1] = 0.0
    rises = np.diff(values, append=0.0)
    return values.astype(np.float32), rises.astype(np.float32)


_VALUES, _RISES = _table()


def uncertainty(z: Singles) -> Singles:
    """Return the smaller of P and 1 - P, and the binary entropy in nats, (2, ...), for ``P = Phi(z)``.

    Read between the points of a table, which is several times faster than the functions themselves and
    off by less than 2e-6: nothing to any choice.

    >>> uncertainty(np.array([0.0, 1.0])).round(3)
    array([[0.5  , 0.159],
           [0.693, 0.437]], dtype=float32)
    """
    rest = np.abs(z)
    rest *= STEPS
    np.minimum(rest, STEPS * FARTHEST, out=rest)
    row = rest.astype(np.intp)
    rest -= row
    both: Singles = _RISES.take(row, axis=1)
    both *= rest
    both += _VALUES.take(row, axis=1)
    return both


def shortlist(layout: Layout, outlook: Outlook, own_worth: Singles, eligible: Booleans) -> Integers:
    """Return the cells worth a full look, rising: two of each person and skill, at most.

    One by the drop of its variance, one by ``own_worth``, (N, J): what the rule wants (entropy, or risk and
    some entropy) counted over the skills of the item alone. Were the second always by entropy, one choice
    by risk in fifteen would fall on a skill whose best item settles over 2 % less than the best of all; as
    it is, one in several hundred does.
    """
    is_listed = np.zeros(eligible.size, dtype=bool)
    for values in (outlook.relative_drop, own_worth):
        is_listed[layout.best_of_each_skill(np.where(eligible, values, -np.inf))] = True
    return np.flatnonzero(is_listed)


def spread_drop(belief: Belief, layout: Layout, outlook: Outlook, cells: Integers) -> Singles:
    """Return the expected drop of the trace of Sigma, ``(v - E v') ||Sigma w||^2 / v^2`` (A-optimality)."""
    directions = layout.directions(belief.covariance, cells)
    there = outlook.at(cells)
    length: Singles = np.einsum("nk,nk->n", directions, directions) / there.variance
    return there.relative_drop * length


def information(belief: Belief, layout: Layout) -> Singles:
    """Return the Fisher information of every item at every person's mean, (N, J): maximum information.

    The classical rule for one skill, there to compare with; it knows neither cuts nor what is
    uncertain. F. M. Lord, "Applications of Item Response Theory to Practical Testing Problems",
    Erlbaum, 1980, ch. 10.
    """
    centre = layout.centres(belief.mean)
    bend = np.tanh(layout.half_a * (centre - layout.b))
    slope = layout.half_span * layout.half_a * (1 - np.square(bend))
    right = layout.middle + layout.half_span * bend
    facts: Singles = np.square(slope) / np.maximum(right * (1 - right), np.float32(1e-30))
    if layout.graded.size:
        u = centre[:, layout.graded].astype(np.float64)
        facts[:, layout.graded] = layout.graded_a**2 * step_variance(u, layout.graded_a, layout.graded_costs)
    return facts
