"""A pool laid out for choosing: sorted by main skill, and what each answer would do to each line.

What only serves to choose is in single precision: twice as fast, and right to a millionth of a skill.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quizengine.psychometrics.arrays import Integers, Singles
from quizengine.psychometrics.graded import shares_of_steps
from quizengine.psychometrics.pool import ItemPool
from quizengine.psychometrics.posterior import normal_nodes

LEAST_CHANCE = np.float32(1e-6)
LEAST_SHARE = np.float32(1e-6)
"""Floors that keep an outcome that cannot happen from dividing by zero."""
_NODES, _WEIGHTS = (part.astype(np.float32) for part in normal_nodes(9))
_MOMENTS = np.stack([_WEIGHTS, _WEIGHTS * _NODES, _WEIGHTS * _NODES**2])


@dataclass(frozen=True, slots=True)
class Outlook:
    """What each item's outcomes would do to the line ``u = w' theta`` that it measures.

    ``variance`` is (N, J), for N people and J items by place; ``odds``, ``shift`` and ``drop`` are
    (H, N, J), wrong first: how likely the outcome is, how far the mean of ``u`` would move, and how
    much of its variance would go. H is 2, or more where items are graded; outcomes that an item does
    not have are never likely and change nothing.
    """

    variance: Singles
    odds: Singles
    shift: Singles
    drop: Singles

    @property
    def relative_drop(self) -> Singles:
        """Share of the variance of ``u`` that an answer is expected to take away, (N, J) in [0, 1]."""
        share: Singles = expected(self.odds, np.square(self.shift)) / self.variance
        return share

    def at(self, cells: Integers) -> Outlook:
        """Return the same of some cells alone, (C,) and (H, C); a cell is ``person * J + place``."""
        pairs = (part.reshape(len(part), -1)[:, cells] for part in (self.odds, self.shift, self.drop))
        return Outlook(self.variance.reshape(-1)[cells], *pairs)

    def of(self, places: Integers) -> Outlook:
        """Return the same of some items alone, for every person."""
        pairs = (part[:, :, places] for part in (self.odds, self.shift, self.drop))
        return Outlook(self.variance[:, places], *pairs)


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
        parts = pool.a / 2.0, pool.b, (pool.c + pool.d) / 2.0, (pool.d - pool.c) / 2.0
        self.half_a, self.b, self.middle, self.half_span = (
            part[self.order].astype(np.float32) for part in parts
        )
        skills, weights = pool.parts
        self.skills, self.weights = skills[self.order], weights[self.order].astype(np.float32)
        # Most items draw on one skill: the few others are put right after a pass that takes all for such.
        self.mixed: Integers = np.flatnonzero(self.weights[:, 1:].any(axis=1))
        self.mixed_skills, self.mixed_weights = self.skills[self.mixed], self.weights[self.mixed]
        pairs = self.mixed_skills[:, :, None] * pool.n_skills + self.mixed_skills[:, None, :]
        self._mixed_pairs: Integers = pairs
        # As with these, so with graded ones: only they are gone through outcome by outcome.
        self.graded: Integers = np.flatnonzero(pool.is_graded[self.order])
        self.graded_a = pool.a[self.order[self.graded]]
        self.graded_costs = pool.step_costs[self.order[self.graded]]

    def __len__(self) -> int:
        return self.order.size

    def centres(self, mean: Singles) -> Singles:
        """Mean of every item's line for every person, (N, J), from (N, K)."""
        centre: Singles = mean[:, self.main_skill]
        if self.mixed.size:
            centre[:, self.mixed] = (mean[:, self.mixed_skills] * self.mixed_weights).sum(axis=-1)
        return centre

    def shared(self, covariance: Singles) -> Singles:
        """Covariance of the line of every item on several skills with each of these, (N, items, M)."""
        pairs = covariance.reshape(len(covariance), -1).take(self._mixed_pairs, axis=1)
        pairs *= self.mixed_weights[:, None, :]
        total: Singles = pairs.sum(axis=-1)
        return total

    def variances(self, covariance: Singles) -> Singles:
        """Variance of every item's line for every person, (N, J), from (N, K, K)."""
        variance: Singles = np.diagonal(covariance, axis1=1, axis2=2)[:, self.main_skill]
        if self.mixed.size:
            variance[:, self.mixed] = (self.shared(covariance) * self.mixed_weights).sum(axis=-1)
        return variance

    def directions(self, covariance: Singles, cells: Integers) -> Singles:
        """``Sigma w`` of the items in ``cells``, (C, K)."""
        who, places = np.divmod(cells, len(self))
        turned: Singles = covariance[who, self.main_skill[places]]
        if self.mixed.size:
            weights, skills = self.weights[places], self.skills[places]
            turned *= weights[:, :1]
            for column in range(1, weights.shape[1]):
                turned += weights[:, column, None] * covariance[who, skills[:, column]]
        return turned

    def outlook(self, mean: Singles, covariance: Singles) -> Outlook:
        """Return what every item would do, by 9 Gauss-Hermite nodes an item."""
        variance = self.variances(covariance)
        sd = np.sqrt(variance)
        # success_chance is (c + d) / 2 + (d - c) / 2 tanh(a (u - b) / 2): only the tanh is integrated
        # node by node, which halves the time of a choice among thousands.
        bend = np.multiply.outer(_NODES, (self.half_a * sd).reshape(-1))
        bend += (self.half_a * (self.centres(mean) - self.b)).reshape(-1)
        np.tanh(bend, out=bend)
        moments = (_MOMENTS @ bend).reshape(3, *sd.shape)
        moments *= self.half_span
        right, first, second = moments[0] + self.middle, moments[1], moments[2] + self.middle
        # Wrong = total less right: exact enough down to a chance of a millionth, and no outcome
        # rarer than that has any weight in the choice.
        odds = _both(1 - right, right)
        safe = np.maximum(odds, LEAST_CHANCE)
        step = _both(-first, first)
        step /= safe
        share = _both(1 - second, second)
        share /= safe
        share -= np.square(step)
        np.maximum(share, LEAST_SHARE, out=share)
        np.subtract(1, share, out=share)
        share *= variance
        step *= sd
        found = Outlook(variance, odds, step, share)
        return self._with_graded(found, self.centres(mean)) if self.graded.size else found

    def _with_graded(self, found: Outlook, centre: Singles) -> Outlook:
        """Return an outlook with the outcomes of graded items put right: as many as the longest has."""
        outcomes = self.graded_costs.shape[1]
        unused = np.zeros((max(0, outcomes - 2), *found.variance.shape), dtype=np.float32)
        odds, shift, drop = (np.concatenate([part, unused]) for part in (found.odds, found.shift, found.drop))
        variance, mean = found.variance[:, self.graded], centre[:, self.graded]
        sd = np.sqrt(variance)
        u = mean + sd * _NODES[:, None, None]
        chances = shares_of_steps(u.astype(np.float64), self.graded_a, self.graded_costs)
        total, first, second = np.tensordot(_MOMENTS.astype(np.float64), chances, axes=1)
        safe = np.maximum(total, LEAST_CHANCE)
        step = first / safe
        left = np.clip(second / safe - np.square(step), LEAST_SHARE, None)
        is_outcome = np.isfinite(self.graded_costs)
        place = np.s_[:outcomes, :, self.graded]
        by_outcome = (total, step * sd[..., None], (1 - left) * variance[..., None] * is_outcome)
        for part, value in zip((odds, shift, drop), by_outcome, strict=True):
            part[:, :, self.graded] = 0
            part[place] = np.moveaxis(value, -1, 0)
        return Outlook(found.variance, odds, shift, drop)

    def best_of_each_skill(self, values: Singles) -> Integers:
        """Return the cells of the largest value of each person and main skill, from (N, J) values.

        None of a skill that has only -inf.
        """
        top = np.maximum.reduceat(values, self.starts, axis=1)
        who, places = np.nonzero((values == top[:, self.segment]) & (values > -np.inf))
        segment = who * self.starts.size + self.segment[places]
        is_first = np.ones(who.size, dtype=bool)
        np.not_equal(segment[1:], segment[:-1], out=is_first[1:])
        cells: Integers = (who * len(self) + places)[is_first]
        return cells

    def siblings(self, cells: Integers) -> Integers:
        """Return the cells of all items with the main skill of one cell a person, that cell included."""
        who, places = np.divmod(cells, len(self))
        segment = self.segment[places]
        sizes = self.sizes[segment]
        first = who * len(self) + self.starts[segment]
        ends = np.cumsum(sizes)
        return np.repeat(first - (ends - sizes), sizes) + np.arange(ends[-1])


def expected(odds: Singles, values: Singles) -> Singles:
    """Return the mean over the outcomes of ``odds`` (H, C) and ``values``, or of several ``values``.

    >>> odds, values = np.array([[0.25], [0.75]]), np.array([[4.0], [8.0]])
    >>> expected(odds, values), expected(odds, np.array([values, -values]))
    (array([7.]), array([[ 7.], [-7.]]))
    """
    by_outcome = values if odds.ndim == values.ndim else values.swapaxes(0, 1)
    mean: Singles = odds[0] * by_outcome[0]
    for odd, value in zip(odds[1:], by_outcome[1:], strict=True):
        mean += odd * value
    return mean


def _both(wrong: Singles, right: Singles) -> Singles:
    """Stack the two outcomes; np.array is several times faster here than np.stack."""
    return np.array([wrong, right])
