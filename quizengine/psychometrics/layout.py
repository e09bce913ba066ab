"""A pool laid out for choosing: sorted by main skill, and what each answer would do to each line.

What only serves to choose is in single precision: twice as fast, and right to a millionth of a skill.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quizengine.psychometrics.arrays import Integers, Singles
from quizengine.psychometrics.graded import shares_of_steps
from quizengine.psychometrics.pool import ItemPool
from quizengine.psychometrics.posterior import NODES, WEIGHTS, normal_nodes

LEAST_CHANCE = np.float32(1e-6)
LEAST_SHARE = np.float32(1e-6)
"""Floors that keep an outcome that cannot happen from dividing by zero."""
_NODES, _WEIGHTS = (part.astype(np.float32) for part in normal_nodes(9))
_MOMENTS = np.stack([_WEIGHTS, _WEIGHTS * _NODES, _WEIGHTS * _NODES**2])


@dataclass(frozen=True, slots=True)
class Outlook:
    """What each item's outcomes would do to the line ``u = w' theta`` that it measures.

    ``variance`` is (N, J), for N people and J items by place. ``facts`` is (3, H, N, J), wrong first: how
    likely the outcome is (``odds``), how far the mean of ``u`` would move (``shift``), how much of its
    variance would go (``drop``). H is 2, or more where items are graded; outcomes that an item does not have
    are never likely and change nothing. ``shared``, (N, items, M), is what `Layout.shared` says of the
    items on several skills, None where there are none.
    """

    variance: Singles
    facts: Singles
    shared: Singles | None = None

    @property
    def odds(self) -> Singles:
        """How likely each outcome is, (H, N, J)."""
        odds: Singles = self.facts[0]
        return odds

    @property
    def shift(self) -> Singles:
        """How far the mean of ``u`` would move, (H, N, J)."""
        shift: Singles = self.facts[1]
        return shift

    @property
    def drop(self) -> Singles:
        """How much of the variance of ``u`` would go, (H, N, J)."""
        drop: Singles = self.facts[2]
        return drop

    @property
    def relative_drop(self) -> Singles:
        """Share of the variance of ``u`` that an answer is expected to take away, (N, J) in [0, 1]."""
        share: Singles = expected(self.odds, np.square(self.shift))
        share /= self.variance
        return share

    def at(self, cells: Integers) -> Outlook:
        """Return the same of some cells alone, (C,) and (3, H, C); a cell is ``person * J + place``."""
        flat = self.facts.reshape(*self.facts.shape[:2], -1)
        return Outlook(self.variance.reshape(-1).take(cells), flat.take(cells, axis=2))

    def of(self, places: Integers) -> Outlook:
        """Return the same of some items alone, for every person."""
        return Outlook(self.variance.take(places, axis=1), self.facts.take(places, axis=3))

    def part_gains(self, layout: Layout) -> Singles:
        """Return by how much the skill of each part moves with the line of its item, (N, parts)."""
        gain = np.ones((len(self.variance), layout.part_place.size), dtype=np.float32)
        if self.shared is not None:
            gains = self.shared / self.variance.take(layout.mixed, axis=1)[:, :, None]
            gain[:, layout.mixed] = gains[:, :, 0]
            gain[:, len(layout) :] = gains.reshape(len(gain), -1).take(layout.part_of_mixed, axis=1)
        return gain


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
        # Parts: every item with its main skill, then the items on several with their second, third ...
        more = self.mixed_weights[:, 1:].T > 0
        column, row = np.nonzero(more)
        self.part_place: Integers = np.concatenate([np.arange(main.size), self.mixed[row]])
        self.part_skill: Integers = np.concatenate([main, self.mixed_skills[row, column + 1]])
        self.part_of_mixed: Integers = row * self.skills.shape[1] + column + 1
        ends = main.size + np.r_[0, np.cumsum(more.sum(axis=1))]
        self.part_columns = [slice(int(a), int(b)) for a, b in pairwise(ends)]
        # As with these, so with graded ones: only they are gone through outcome by outcome.
        self.graded: Integers = np.flatnonzero(pool.is_graded[self.order])
        self.graded_a = pool.a[self.order[self.graded]]
        self.graded_costs = pool.step_costs[self.order[self.graded]]

    def __len__(self) -> int:
        return self.order.size

    def centres(self, mean: Singles) -> Singles:
        """Mean of every item's line for every person, (N, J), from (N, K)."""
        centre: Singles = mean.take(self.main_skill, axis=1)
        if self.mixed.size:
            parts = mean.take(self.mixed_skills, axis=1)
            centre[:, self.mixed] = np.einsum("nim,im->ni", parts, self.mixed_weights)
        return centre

    def shared(self, covariance: Singles) -> Singles:
        """Covariance of the line of every item on several skills with each of these, (N, items, M)."""
        pairs = covariance.reshape(len(covariance), -1).take(self._mixed_pairs, axis=1)
        total: Singles = np.einsum("nimk,ik->nim", pairs, self.mixed_weights)
        return total

    def variances(self, covariance: Singles) -> tuple[Singles, Singles | None]:
        """Variance of every item's line for every person, (N, J), from (N, K, K); and what is `shared`."""
        variance: Singles = np.diagonal(covariance, axis1=1, axis2=2).take(self.main_skill, axis=1)
        if not self.mixed.size:
            return variance, None
        shared = self.shared(covariance)
        variance[:, self.mixed] = np.einsum("nim,im->ni", shared, self.mixed_weights)
        return variance, shared

    def directions(self, covariance: Singles, cells: Integers) -> Singles:
        """``Sigma w`` of the items in ``cells``, (C, K)."""
        n_skills = covariance.shape[2]
        rows = covariance.reshape(-1, n_skills)
        if len(covariance) == 1:
            places, first = cells, np.intp(0)
        else:
            who, places = np.divmod(cells, len(self))
            first = who * n_skills
        turned: Singles = rows.take(first + self.main_skill[places], axis=0)
        if self.mixed.size:
            weights, skills = self.weights.take(places, axis=0), self.skills.take(places, axis=0)
            turned *= weights[:, :1]
            for column in range(1, weights.shape[1]):
                turned += weights[:, column, None] * rows.take(first + skills[:, column], axis=0)
        return turned

    def outlook(self, mean: Singles, covariance: Singles) -> Outlook:
        """Return what every item would do, by 9 Gauss-Hermite nodes an item."""
        variance, shared = self.variances(covariance)
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
        facts = np.empty((3, 2, *sd.shape), dtype=np.float32)
        odds, step, share = facts
        odds[1], step[1], share[1] = right, first, second
        np.subtract(1, right, out=odds[0])
        np.negative(first, out=step[0])
        np.subtract(1, second, out=share[0])
        safe = np.maximum(odds, LEAST_CHANCE)
        step /= safe
        share /= safe
        share -= np.square(step)
        np.maximum(share, LEAST_SHARE, out=share)
        np.subtract(1, share, out=share)
        share *= variance
        step *= sd
        found = Outlook(variance, facts, shared)
        return self._with_graded(found, self.centres(mean)) if self.graded.size else found

    def _with_graded(self, found: Outlook, centre: Singles) -> Outlook:
        """Return an outlook with the outcomes of graded items put right: as many as the longest has."""
        outcomes = self.graded_costs.shape[1]
        unused = np.zeros((3, max(0, outcomes - 2), *found.variance.shape), dtype=np.float32)
        facts = np.concatenate([found.facts, unused], axis=1)
        variance, mean = found.variance[:, self.graded], centre[:, self.graded]
        sd = np.sqrt(variance)
        # Several steps on one line make narrower humps than 9 nodes can follow.
        u = mean + sd * NODES[:, None, None]
        chances = shares_of_steps(u, self.graded_a, self.graded_costs)
        total, first, second = np.tensordot(WEIGHTS * NODES ** np.arange(3)[:, None], chances, axes=1)
        safe = np.maximum(total, LEAST_CHANCE)
        step = first / safe
        left = np.clip(second / safe - np.square(step), LEAST_SHARE, None)
        is_outcome = np.isfinite(self.graded_costs)
        by_outcome = (total, step * sd[..., None], (1 - left) * variance[..., None] * is_outcome)
        facts[:, :, :, self.graded] = 0
        facts[:, :outcomes, :, self.graded] = np.moveaxis(np.stack(by_outcome), -1, 1)
        return Outlook(found.variance, facts, found.shared)

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


def expected(odds: Singles, values: NDArray[Any]) -> NDArray[Any]:
    """Return the mean over the outcomes of ``odds`` (H, C) and ``values`` (H, C).

    >>> expected(np.array([[0.25], [0.75]]), np.array([[4.0], [8.0]]))
    array([7.])
    """
    mean: NDArray[Any] = odds[0] * values[0]
    for odd, value in zip(odds[1:], values[1:], strict=True):
        mean += odd * value
    return mean
