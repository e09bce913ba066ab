"""Which item to ask next: what each answer would settle, over all skills at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Literal

import numpy as np
from scipy.special import ndtr

from quizengine.psychometrics.arrays import Booleans, Floats, Integers
from quizengine.psychometrics.pool import ItemPool
from quizengine.psychometrics.posterior import normal_nodes

Rule = Literal["risk", "mi", "aopt", "dopt", "random"]
RULES: tuple[Rule, ...] = ("risk", "mi", "aopt", "dopt", "random")
RISK_PER_NAT = 0.3
"""Skills misjudged that a nat of entropy is worth when asking whether going on pays."""
LEAST_CHANCE = 1e-9
LEAST_SHARE = 1e-6
"""Floors that keep an outcome that cannot happen from dividing by zero."""
_NODES, _WEIGHTS = normal_nodes(9)
_MOMENTS = np.stack([_WEIGHTS, _WEIGHTS * _NODES, _WEIGHTS * _NODES**2], axis=1)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What each item's two outcomes would do to the line ``u = w' theta`` that it measures.

    ``odds``, ``shift`` and ``drop`` are (2, n), wrong first: how likely the outcome is, how far the
    mean of ``u`` would move, and how much of its variance would go.
    """

    variance: Floats
    odds: Floats
    shift: Floats
    drop: Floats

    @property
    def relative_drop(self) -> Floats:
        """Share of the variance of ``u`` that an answer is expected to take away, (n,) in [0, 1]."""
        share: Floats = _expected(self.odds, self.shift**2) / self.variance
        return share


class Layout:
    """A pool sorted by main skill, once, so that a choice needs no loop over items or skills."""

    def __init__(self, pool: ItemPool) -> None:
        self.order: Integers = np.argsort(pool.main_skill, kind="stable")
        main = pool.main_skill[self.order]
        self.main_skill = main
        self.starts: Integers = np.flatnonzero(np.r_[True, main[1:] != main[:-1]])
        self.sizes: Integers = np.diff(np.r_[self.starts, main.size])
        self.segment: Integers = np.repeat(np.arange(self.starts.size), self.sizes)
        self.place: Integers = np.empty_like(self.order)
        self.place[self.order] = np.arange(main.size)
        skills, weights = pool.parts
        self.skills, self.weights = skills[self.order], weights[self.order]
        self.half_a, self.b = pool.a[self.order] / 2.0, pool.b[self.order]
        self.middle = (pool.c + pool.d)[self.order] / 2.0
        self.half_span = (pool.d - pool.c)[self.order] / 2.0
        self.is_one_hot = bool(self.skills.shape[1] == 1)

    def lines(self, mean: Floats, covariance: Floats) -> tuple[Floats, Floats]:
        """Mean and variance of every item's line, (n,) each."""
        if self.is_one_hot:
            return mean[self.main_skill], np.diag(covariance)[self.main_skill]
        centre = np.einsum("nm,nm->n", mean[self.skills], self.weights)
        pairs = covariance[self.skills[:, :, None], self.skills[:, None, :]]
        return centre, np.einsum("nm,nmo,no->n", self.weights, pairs, self.weights)

    def directions(self, covariance: Floats, places: Integers) -> Floats:
        """``Sigma w`` of the items at ``places``, (n, K)."""
        if self.is_one_hot:
            return covariance[self.main_skill[places]]
        rows = covariance[self.skills[places]]
        turned: Floats = np.einsum("nm,nmk->nk", self.weights[places], rows)
        return turned

    def outlook(self, mean: Floats, covariance: Floats) -> Outlook:
        """Return what every item would do, by 9 Gauss-Hermite nodes an item."""
        centre, variance = self.lines(mean, covariance)
        sd = np.sqrt(variance)
        # success_chance is (c + d) / 2 + (d - c) / 2 tanh(a (u - b) / 2): only the tanh is integrated
        # node by node, which halves the time of a choice among thousands.
        bend = np.multiply.outer(self.half_a * sd, _NODES)
        bend += (self.half_a * (centre - self.b))[:, None]
        np.tanh(bend, out=bend)
        moments = self.half_span * (bend @ _MOMENTS).T
        right, first, second = moments[0] + self.middle, moments[1], moments[2] + self.middle
        # Wrong = total less right: exact enough down to a chance of a millionth, and no outcome
        # rarer than that has any weight in the choice.
        odds = np.maximum(_both(1.0 - right, right), LEAST_CHANCE)
        step = _both(-first, first) / odds
        share = np.maximum(_both(1.0 - second, second) / odds - step**2, LEAST_SHARE)
        return Outlook(variance, _both(1.0 - right, right), step * sd, variance * (1.0 - share))

    def best_of_each_skill(self, values: Floats) -> Integers:
        """Return the place of the largest value of each main skill, without skills that have only -inf."""
        top = np.maximum.reduceat(values, self.starts)
        hits = np.flatnonzero((values == top[self.segment]) & (values > -np.inf))
        segment = self.segment[hits]
        is_first = np.ones(hits.size, dtype=bool)
        np.not_equal(segment[1:], segment[:-1], out=is_first[1:])
        return hits[is_first]


@dataclass(frozen=True, slots=True)
class Drops:
    """Expected fall of risk (skills misjudged) and of entropy (nats), of each candidate."""

    risk: Floats
    entropy: Floats

    def plus(self, other: Drops) -> Drops:
        """Return both together."""
        return Drops(self.risk + other.risk, self.entropy + other.entropy)

    def worth(self, tie: float | None) -> Floats:
        """Return what is to be made large: entropy, or with ``tie`` risk and ``tie`` times entropy."""
        return self.entropy if tie is None else self.risk + tie * self.entropy

    @property
    def gain(self) -> float:
        """What going on is worth, in skills: flat risk alone is no reason to stop."""
        return float(np.maximum(self.risk, RISK_PER_NAT * self.entropy).max())


@dataclass(frozen=True, eq=False)
class Belief:
    """Where a test stands: the Gaussian, the cuts, and how much each skill matters."""

    mean: Floats
    covariance: Floats
    cuts: Floats
    weights: Floats

    @cached_property
    def variances(self) -> Floats:
        """Variance of every skill, (K,)."""
        return np.diag(self.covariance)

    @cached_property
    def margins(self) -> Floats:
        """How far every mean lies below its cut, (K,)."""
        return self.cuts - self.mean

    @cached_property
    def now(self) -> tuple[Floats, Floats]:
        """Risk and entropy of every skill as things stand, (K,) each."""
        return uncertainty(self.margins / np.sqrt(self.variances))

    def drops(self, layout: Layout, outlook: Outlook, places: Integers) -> Drops:
        """Return expected risk and entropy drops of the items at ``places``, over all K skills.

        Risk is ``sum_k weight_k min(P, 1 - P)`` with P the gap probability; entropy the same with the
        binary entropy. Both look one answer ahead.
        """
        gain = layout.directions(self.covariance, places)
        gain /= outlook.variance[places, None]
        z = np.subtract(self.margins, gain * outlook.shift[:, places, None])
        np.square(gain, out=gain)
        spreads = np.subtract(self.variances, gain * outlook.drop[:, places, None])
        z /= np.sqrt(spreads, out=spreads)
        now_risk, now_entropy = self.now
        odds = outlook.odds[:, places]
        risk, entropy = (part.reshape(-1, z.shape[-1]) @ self.weights for part in uncertainty(z))
        return Drops(
            risk=float(now_risk @ self.weights) - _expected(odds, risk.reshape(odds.shape)),
            entropy=float(now_entropy @ self.weights) - _expected(odds, entropy.reshape(odds.shape)),
        )

    def own_drops(self, layout: Layout, outlook: Outlook) -> Drops:
        """Return how much each item would settle the skills it draws on alone, (n,): for the shortlist."""
        return reduce(Drops.plus, (self._drops_of(skill, layout, outlook) for skill in layout.skills.T))

    def _drops_of(self, skill: Integers, layout: Layout, outlook: Outlook) -> Drops:
        """Return how much each item would settle one skill, another for each item, (n,)."""
        if layout.is_one_hot:
            gain: Floats | float = 1.0
        else:
            shared = np.einsum("nm,nm->n", self.covariance[skill[:, None], layout.skills], layout.weights)
            gain = shared / outlook.variance
        z = self.margins[skill] - gain * outlook.shift
        z /= np.sqrt(self.variances[skill] - gain**2 * outlook.drop)
        weights = self.weights[skill]
        risk, entropy = (
            weights * (now[skill] - _expected(outlook.odds, then))
            for now, then in zip(self.now, uncertainty(z), strict=True)
        )
        return Drops(risk, entropy)


def _both(wrong: Floats, right: Floats) -> Floats:
    """Stack the two outcomes; np.array is several times faster here than np.stack."""
    return np.array([wrong, right])


def _expected(odds: Floats, values: Floats) -> Floats:
    """Return the mean over the two outcomes, (n,)."""
    mean: Floats = odds[0] * values[0] + odds[1] * values[1]
    return mean


def uncertainty(z: Floats) -> tuple[Floats, Floats]:
    """Return the smaller of P and 1 - P, and the binary entropy in nats, for ``P = Phi(z)``.

    >>> [part.round(3) for part in uncertainty(np.array([0.0, 1.0]))]
    [array([0.5  , 0.159]), array([0.693, 0.437])]
    """
    smaller: Floats = ndtr(-np.abs(z))
    larger = 1.0 - smaller
    entropy = larger * np.log(larger)
    # Clipped inside the logarithm only: at 1e-12 the entropy is 3e-11, nothing to any choice.
    entropy += smaller * np.log(np.maximum(smaller, 1e-12))
    return smaller, np.negative(entropy, out=entropy)


def shortlist(
    belief: Belief, layout: Layout, outlook: Outlook, eligible: Booleans, tie: float | None
) -> Integers:
    """Return the places worth a full look: two of each skill, at most.

    One by the drop of its variance, one by what the rule wants (entropy, or with ``tie`` risk and ``tie``
    times entropy) counted over the skills of the item alone. Were the second always by entropy, one choice
    by risk in fifteen would fall on a skill whose best item settles over 2 % less than the best of all; as
    it is, one in several hundred does.
    """
    lists = [
        layout.best_of_each_skill(np.where(eligible, values, -np.inf))
        for values in (outlook.relative_drop, belief.own_drops(layout, outlook).worth(tie))
    ]
    return np.unique(np.concatenate(lists))


def spread_drop(belief: Belief, layout: Layout, outlook: Outlook, places: Integers) -> Floats:
    """Return the expected drop of the trace of Sigma, ``(v - E v') ||Sigma w||^2 / v^2`` (A-optimality)."""
    directions = layout.directions(belief.covariance, places)
    length: Floats = np.einsum("nk,nk->n", directions, directions) / outlook.variance[places]
    return outlook.relative_drop[places] * length
