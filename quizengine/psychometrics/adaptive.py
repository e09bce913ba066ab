"""One sitting: choose an item, take its answer in, know when to stop."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Booleans, Floats, finite
from quizengine.psychometrics.blueprint import make_blueprint
from quizengine.psychometrics.choosing import Situation, admitted, choose, lottery, tie_weight
from quizengine.psychometrics.design import Design
from quizengine.psychometrics.estimate import SkillEstimate, gap_chance
from quizengine.psychometrics.layout import Layout
from quizengine.psychometrics.pool import ItemPool
from quizengine.psychometrics.posterior import absorb_all, evidence_of, start
from quizengine.psychometrics.prior import SkillPrior
from quizengine.psychometrics.rescoring import rescore
from quizengine.psychometrics.selection import Belief, Rule
from quizengine.psychometrics.stopping import Standing, StopReason, stop_reason
from quizengine.psychometrics.times import Pace


@dataclass(frozen=True, slots=True)
class _Decision:
    item: int | None
    stopped: StopReason | None
    situation: Situation | None

    @property
    def gain(self) -> float:
        return float(self.situation.gains[0]) if self.situation else 0.0


@dataclass(slots=True)
class _Record:
    """What was given so far; skipped items are used, but no evidence."""

    items: list[int] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    dont_know: list[bool] = field(default_factory=list)
    points_to: list[int | None] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)

    @property
    def used(self) -> int:
        return len(self.items) + len(self.skipped)


class AdaptiveTest:
    """One sitting of one person: asks what settles most, until a stopping rule holds.

    Parameters
    ----------
    pool : ItemPool
        J items on K skills.
    prior : SkillPrior
        Over the same K skills.
    cuts : (K,) floats, logits
        Below its cut a skill is a gap; a target m is the cut ``ln(m / (1 - m))``.
    weights : (K,) floats >= 0, optional
        How much each skill matters; scaled to mean 1, so that risk counts skills.
    rule : {"risk", "mi", "info", "aopt", "dopt", "random"}
        What to choose by: expected risk, mutual information; the others, from maximum information
        at the mean to chance, are there to compare with.
    max_items : int >= 1
    seed : int >= 0, optional
        Equal seeds and answers give equal items. Without one, it is drawn and kept in ``test.seed``.
    design : Design, optional
    exclude : items
        Never chosen, as those a person saw in an earlier sitting; they may still be recorded.

    Raises
    ------
    PsychometricsError
        If shapes do not fit or the blueprint cannot be met by this pool.

    Notes
    -----
    After a few items chosen by mutual information, the expected number of misjudged skills is made
    as small as one answer can make it, over all skills at once. `next_item` twice without `record`
    gives the same item, and recording the answers of an earlier sitting in their order leads to the
    item that it would have asked: randomness depends on the seed and the number of items used.

    Examples
    --------
    >>> pool = ItemPool(loadings=np.eye(3)[[0, 0, 1, 1, 2, 2]], a=[1.2] * 6, b=[-1, 1] * 3,
    ...                 c=[0.02] * 6, d=[0.98] * 6)
    >>> prior = SkillPrior.from_graph(3, prerequisites=[(0, 1), (1, 2)])
    >>> test = AdaptiveTest(pool, prior, cuts=[0.0, 0.0, 0.0], max_items=3, seed=1)
    >>> while (item := test.next_item()) is not None:
    ...     test.record(item, score=1.0)
    >>> test.stopped, bool((test.gap_probabilities() < 0.5).all())
    ('max-items', True)
    """

    def __init__(  # noqa: PLR0913, PLR0917  (the public contract of a sitting)
        self,
        pool: ItemPool,
        prior: SkillPrior,
        cuts: ArrayLike,
        weights: ArrayLike | None = None,
        rule: Rule = "risk",
        max_items: int = 40,
        seed: int | None = None,
        design: Design | None = None,
        *,
        exclude: Sequence[int] = (),
    ) -> None:
        if pool.n_skills != prior.n_skills:
            raise PsychometricsError(f"the pool has {pool.n_skills} skills, the prior {prior.n_skills}")
        if rule not in get_args(Rule):
            raise PsychometricsError(f"there is no rule {rule!r}; there are {', '.join(get_args(Rule))}")
        if max_items < 1:
            raise PsychometricsError(f"max_items = {max_items} must be at least 1")
        self.pool, self.prior, self.rule, self.max_items = pool, prior, rule, max_items
        self.design = design or Design()
        self.cuts = finite(cuts, "cuts", (pool.n_skills,))
        self.weights = importance(weights, pool.n_skills)
        self.seed = _seed(seed)
        if self.design.max_seconds is not None and pool.log_seconds is None:
            raise PsychometricsError("a time budget needs a pool with log_seconds")
        self._open = np.ones(len(pool), dtype=bool)
        self._close(exclude)
        self._blueprint = make_blueprint(self.design.blueprint, pool, max_items, self._open)
        self._admitted = lottery(self.design.exposure, len(pool), self.seed)
        self._posterior = start(prior)
        self._record = _Record()
        self._used_by_area = np.zeros(max(1, len(pool.area_names)), dtype=np.intp)
        self._answered_by_area = self._used_by_area.copy()
        self._pace = Pace(pool)
        self._decided: _Decision | None = None

    # What to ask

    def next_item(self) -> int | None:
        """Return the item to ask next, or None when a stopping rule holds (see `stopped`)."""
        return self._decision.item

    @property
    def stopped(self) -> StopReason | None:
        """The name of the stopping rule that holds, or None while there is more to ask."""
        return self._decision.stopped

    @property
    def expected_gain(self) -> float:
        """What the best next item is expected to settle, in skills; 0 when nothing is left to ask."""
        return self._decision.gain

    @property
    def unmet(self) -> int:
        """How many answers the areas still lack to the least that the blueprint wants."""
        return int(self._blueprint.unmet(self._answered_by_area)) if self._blueprint else 0

    @property
    def least(self) -> int:
        """The fewest items that this sitting can still come to, those used included."""
        used = self._record.used
        if self.stopped:
            return used
        if self.design.max_seconds is not None:
            return used + 1
        if self.design.min_gain == 0:
            return self.most
        needed = max(self.design.min_items - len(self._record.items), self.unmet, 1)
        return min(used + needed, self.most)

    @property
    def most(self) -> int:
        """The most items that this sitting can still come to, those used included."""
        used = self._record.used
        if self.stopped:
            return used
        if self._blueprint is None:
            return min(self.max_items, used + int(self._open.sum()))
        return min(self.max_items, used + self._blueprint.room(self._used_by_area, self._open))

    # What was answered

    def record(
        self,
        item: int,
        score: float,
        *,
        dont_know: bool = False,
        seconds: float | None = None,
        points_to: int | None = None,
    ) -> None:
        """Take the answer to any item not used yet in, in any order.

        Parameters
        ----------
        item : int
        score : float in [0, 1]
        dont_know : bool
            "I don't know yet"; the score is 0.
        seconds : float >= 0, optional
            Time on the question, less the time away; counts towards a time budget alone.
        points_to : int, optional
            The skill that the misconception behind a wrong answer points to.

        Raises
        ------
        PsychometricsError
            If the item is unknown or used already, or a value is out of range. Nothing is changed.
        """
        self._refuse_used(item)
        if seconds is not None and not 0 <= seconds < float("inf"):
            raise PsychometricsError(f"item {item}: {seconds} seconds is no time")
        evidence = evidence_of(
            self.pool,
            item,
            float(score),
            dont_know=dont_know,
            points_to=points_to,
            misconception_weight=self.design.misconception_weight,
        )
        absorb_all(self._posterior, evidence)
        self._record.items.append(int(item))
        self._record.scores.append(float(score))
        self._record.dont_know.append(dont_know)
        self._record.points_to.append(points_to)
        if seconds is not None:
            self._pace.note(item, seconds)
        self._answered_by_area[self.pool.area_of[item]] += 1
        self._use(item)

    def skip(self, item: int) -> None:
        """Count an item as used without evidence, as after a rapid guess or a fault of the question.

        Raises
        ------
        PsychometricsError
            If the item is unknown or used already.
        """
        self._refuse_used(item)
        self._record.skipped.append(int(item))
        self._use(item)

    @property
    def items(self) -> tuple[int, ...]:
        """Items recorded so far, in order."""
        return tuple(self._record.items)

    @property
    def scores(self) -> tuple[float, ...]:
        """Their scores."""
        return tuple(self._record.scores)

    @property
    def skipped(self) -> tuple[int, ...]:
        """Items used that are no evidence."""
        return tuple(self._record.skipped)

    # What is believed

    @property
    def mean(self) -> Floats:
        """Posterior mean of every skill, (K,) floats in logits; a copy."""
        return self._posterior.mean.copy()

    @property
    def covariance(self) -> Floats:
        """Posterior covariance, (K, K) floats; a copy."""
        return self._posterior.covariance.copy()

    def gap_probabilities(self) -> Floats:
        """Return P(below the cut) of every skill, (K,) floats in [0, 1], as the test itself sees it."""
        return gap_chance(self._posterior.mean, np.diag(self._posterior.covariance), self.cuts)

    def estimate(self) -> SkillEstimate:
        """Return the final score of the answers so far, whatever their order: what a report uses."""
        record = self._record
        return rescore(
            self.pool,
            self.prior,
            record.items,
            record.scores,
            dont_know=record.dont_know,
            points_to=record.points_to,
            misconception_weight=self.design.misconception_weight,
        )

    # How

    @cached_property
    def _layout(self) -> Layout:
        return Layout(self.pool)

    @property
    def _decision(self) -> _Decision:
        if self._decided is None:
            self._decided = self._decide()
        return self._decided

    def _decide(self) -> _Decision:
        used, unmet = self._record.used, self.unmet
        eligible = self._eligible()
        item, situation = None, None
        if used < self.max_items and eligible.any():
            situation = self._situation(eligible)
            item = int(choose(situation, self.rule, self.design)[0])
        answered, design = len(self._record.items), self.design
        # What going on is worth costs time to say, and is asked only where it could end the test.
        matters = situation and design.min_gain > 0 and answered >= design.min_items and unmet == 0
        budget = design.max_seconds
        standing = Standing(
            used=used,
            answered=answered,
            candidates=int(eligible.sum()),
            unmet=unmet,
            gain=float(situation.gains[0]) if situation and matters else inf,
            seconds=0.0 if item is None or budget is None else float(self._pace.expected_seconds()[item]),
            seconds_left=inf if budget is None else budget - self._pace.elapsed,
        )
        reason = stop_reason(
            standing, max_items=self.max_items, min_items=design.min_items, min_gain=design.min_gain
        )
        return _Decision(None if reason else item, reason, situation)

    def _eligible(self) -> Booleans:
        eligible = self._open
        if self._blueprint is not None:
            left = self.max_items - self._record.used
            eligible = self._blueprint.eligible(self._used_by_area, self._answered_by_area, left, self._open)
        return admitted(eligible, self._admitted)

    def _situation(self, eligible: Booleans) -> Situation:
        order, record = self._layout.order, self._record
        mean, covariance = self._posterior.mean[None], self._posterior.covariance[None]
        return Situation(
            layout=self._layout,
            belief=Belief(mean, covariance, self.cuts, self.weights),
            free=eligible[None, order],
            worth_factor=self._worth_factor()[None, order],
            tie=tie_weight(self.rule, self.design, len(record.items)),
            is_first=record.used == 0,
            rngs=(np.random.default_rng((self.seed, record.used)),),
        )

    def _worth_factor(self) -> Floats:
        """Return what the drop of each item is multiplied by: less for full areas and for slow items."""
        factor = np.ones(len(self.pool))
        if self._blueprint is not None:
            factor *= self._blueprint.preference(self._used_by_area)
        if self.design.pace_weight and self.pool.log_seconds is not None:
            factor /= self._pace.expected_seconds() ** self.design.pace_weight
        return factor

    def _refuse_used(self, item: int) -> None:
        if not 0 <= item < len(self.pool):
            raise PsychometricsError(f"there is no item {item}; the pool has items 0 to {len(self.pool) - 1}")
        if item in self._record.items or item in self._record.skipped:
            raise PsychometricsError(f"item {item} was used already in this sitting")

    def _use(self, item: int) -> None:
        self._used_by_area[self.pool.area_of[item]] += 1
        self._close([item, *self.pool.rivals.get(item, ())])
        self._decided = None

    def _close(self, items: Sequence[int]) -> None:
        for item in items:
            if not 0 <= item < len(self.pool):
                raise PsychometricsError(f"there is no item {item} to leave out of the pool")
            self._open[item] = False


def importance(weights: ArrayLike | None, n_skills: int) -> Floats:
    """Return how much each skill matters, scaled to mean 1; all the same without ``weights``."""
    if weights is None:
        return np.ones(n_skills)
    given = finite(weights, "weights", (n_skills,))
    if (given < 0).any() or not given.any():
        raise PsychometricsError("weights must be at least 0, and not all 0")
    scaled: Floats = given / given.mean()
    return scaled


def _seed(seed: int | None) -> int:
    if seed is None:
        return secrets.randbits(64)
    if seed < 0:
        raise PsychometricsError(f"seed = {seed} must be at least 0")
    return int(seed)
