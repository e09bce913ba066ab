"""Many sittings of one test in step, for simulations: what `AdaptiveTest` does, for N people at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from quizengine.psychometrics.adaptive import importance
from quizengine.psychometrics.arrays import Booleans, Floats, Integers, finite
from quizengine.psychometrics.blueprint import make_blueprint
from quizengine.psychometrics.choosing import Situation, admitted, choose, lottery, tie_weight
from quizengine.psychometrics.design import Design
from quizengine.psychometrics.estimate import gap_chance
from quizengine.psychometrics.layout import Layout
from quizengine.psychometrics.pool import ItemPool
from quizengine.psychometrics.posterior import LINE_STEPS, NODES, line_moments, tilted
from quizengine.psychometrics.prior import SkillPrior
from quizengine.psychometrics.selection import Belief, Rule
from quizengine.psychometrics.times import Pace


class Cohort:
    """N people who sit the same test, each with the items that an `AdaptiveTest` would give.

    Everybody answers in step, so that choices are made as large arrays: several times faster than one
    sitting after another. Answers are whole or partial scores; a sitting goes on for ``max_items``
    or until nothing is left, whatever the design would stop for.

    Parameters
    ----------
    pool, prior, cuts, weights, rule, max_items, design
        As of an `AdaptiveTest`.
    seeds : (N,) ints
        The seed of each sitting.

    Examples
    --------
    >>> pool = ItemPool(np.eye(2)[[0, 1] * 5], [1.2] * 10, np.linspace(-1, 1, 10), [0.02] * 10, [0.98] * 10)
    >>> cohort = Cohort(pool, SkillPrior.from_graph(2), [0, 0], seeds=[1, 2, 3], max_items=4)
    >>> for _ in range(4):
    ...     items = cohort.next_items()
    ...     cohort.record(items, np.array([1.0, 0.0, 1.0]))
    >>> (cohort.gap_probabilities() < 0.5).tolist()
    [[True, True], [False, False], [True, True]]
    """

    def __init__(  # noqa: PLR0913  (those of AdaptiveTest)
        self,
        pool: ItemPool,
        prior: SkillPrior,
        cuts: Sequence[float] | Floats,
        *,
        seeds: Sequence[int],
        max_items: int,
        weights: Sequence[float] | Floats | None = None,
        rule: Rule = "risk",
        design: Design | None = None,
        layout: Layout | None = None,
    ) -> None:
        self.pool, self.rule, self.design = pool, rule, design or Design()
        self.max_items, self.seeds = max_items, tuple(seeds)
        self.cuts, self.weights = finite(cuts, "cuts", (pool.n_skills,)), importance(weights, pool.n_skills)
        persons = len(self.seeds)
        self.open = np.ones((persons, len(pool)), dtype=bool)
        self._layout = layout or Layout(pool)
        self._blueprint = make_blueprint(self.design.blueprint, pool, max_items, self.open[0])
        lots = [lottery(self.design.exposure, len(pool), seed) for seed in self.seeds]
        self._admitted = None if self.design.exposure is None else np.array(lots)
        self._posterior = _Lines(prior, persons) if prior.n_skills == 1 else _Gaussians(prior, persons)
        self._given = np.zeros((persons, max(1, len(pool.area_names))), dtype=np.intp)
        self._situation: Situation | None = None
        self._asked: Integers = np.arange(persons)
        self.answered = 0

    def next_items(self) -> Integers:
        """Return the item to ask each person next, (N,) ints; -1 for those with nothing left."""
        eligible = self._eligible()
        items = np.full(len(self.seeds), -1)
        self._asked = np.flatnonzero(eligible.any(axis=1))
        self._situation = None
        if self.answered < self.max_items and self._asked.size:
            self._situation = self._situation_of(self._asked, eligible[self._asked])
            items[self._asked] = choose(self._situation, self.rule, self.design)
        return items

    def record(self, items: Integers, scores: Floats) -> None:
        """Take everybody's answer to an item of their own in; -1 is no item and no answer."""
        who = np.flatnonzero(items >= 0)
        items = items[who]
        self._posterior.absorb(who, self.pool, items, scores[who])
        self.open[who, items] = False
        for one in np.flatnonzero(np.isin(items, list(self.pool.rivals))):
            self.open[who[one], list(self.pool.rivals[int(items[one])])] = False
        self._given[who, self.pool.area_of[items]] += 1
        self.answered += 1

    def would_stop(self) -> Booleans:
        """Say whose sitting the design would end for want of gain before the items chosen last, (N,)."""
        design, stops = self.design, np.zeros(len(self.seeds), dtype=bool)
        if self._situation is None or self.answered < design.min_items or design.min_gain == 0:
            return stops
        stops[self._asked] = self._situation.gains < design.min_gain
        return stops if self._blueprint is None else stops & (self._blueprint.unmet(self._given) == 0)

    def gap_probabilities(self) -> Floats:
        """Return P(below the cut) of every person and skill, (N, K)."""
        variances = np.diagonal(self._posterior.covariance, axis1=1, axis2=2)
        return gap_chance(self._posterior.mean, variances, self.cuts)

    @property
    def mean(self) -> Floats:
        """Posterior means, (N, K); a copy."""
        return self._posterior.mean.copy()

    def _eligible(self) -> Booleans:
        eligible = self.open
        if self._blueprint is not None:
            left = self.max_items - self.answered
            eligible = self._blueprint.eligible(self._given, self._given, left, self.open)
        return admitted(eligible, self._admitted)

    def _situation_of(self, who: Integers, eligible: Booleans) -> Situation:
        order = self._layout.order
        factor = np.ones(eligible.shape)
        if self._blueprint is not None:
            factor *= self._blueprint.preference(self._given[who])
        if self.design.pace_weight and self.pool.log_seconds is not None:
            factor /= Pace(self.pool).expected_seconds() ** self.design.pace_weight
        mean, covariance = self._posterior.mean[who], self._posterior.covariance[who]
        return Situation(
            layout=self._layout,
            belief=Belief(mean, covariance, self.cuts, self.weights),
            free=eligible[:, order],
            worth_factor=factor[:, order],
            tie=tie_weight(self.rule, self.design, self.answered),
            is_first=self.answered == 0,
            rngs=tuple(np.random.default_rng((self.seeds[one], self.answered)) for one in who),
        )


@dataclass(slots=True)
class _Gaussians:
    """The filter of `GaussianPosterior` for N people."""

    prior: SkillPrior
    persons: int
    mean: Floats = field(init=False)
    covariance: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.mean = np.repeat(self.prior.mean[None], self.persons, axis=0)
        self.covariance = np.repeat(self.prior.covariance[None], self.persons, axis=0)

    def absorb(self, who: Integers, pool: ItemPool, items: Integers, scores: Floats) -> None:
        skills, weights = pool.parts[0][items], pool.parts[1][items]
        direction = np.einsum("nm,nmk->nk", weights, self.covariance[who[:, None], skills])
        mean = np.einsum("nm,nm->n", weights, self.mean[who[:, None], skills])
        variance = np.einsum("nm,nm->n", weights, np.take_along_axis(direction, skills, axis=1))
        u = mean[:, None] + np.sqrt(variance)[:, None] * NODES
        new_mean, new_variance = tilted(pool.log_likelihoods(items, scores, u), mean, variance)
        gain = direction / variance[:, None]
        self.mean[who] += gain * (new_mean - mean)[:, None]
        shrunk = gain * (variance - new_variance)[:, None]
        self.covariance[who] -= gain[:, :, None] * shrunk[:, None, :]


@dataclass(slots=True)
class _Lines:
    """The grid of `LinePosterior` for N people."""

    prior: SkillPrior
    persons: int
    mean: Floats = field(init=False)
    covariance: Floats = field(init=False)
    logs: Floats = field(init=False)
    grid: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.mean = np.repeat(self.prior.mean[None], self.persons, axis=0)
        self.covariance = np.repeat(self.prior.covariance[None], self.persons, axis=0)
        self.logs = np.repeat(-np.square(LINE_STEPS)[None] / 2, self.persons, axis=0)
        self.grid = self.prior.mean[0] + np.sqrt(self.prior.covariance[0, 0]) * LINE_STEPS

    def absorb(self, who: Integers, pool: ItemPool, items: Integers, scores: Floats) -> None:
        self.logs[who] += pool.log_likelihoods(items, scores, self.grid)
        mean, variance = line_moments(self.logs[who], self.grid)
        self.mean[who, 0], self.covariance[who, 0, 0] = mean, variance
