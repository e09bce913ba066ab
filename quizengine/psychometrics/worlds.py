"""Worlds to try a test in: who the people are, what they would answer, and what the engine is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Booleans, Floats, Integers, finite
from quizengine.psychometrics.graded import drawn_scores
from quizengine.psychometrics.pool import ItemPool
from quizengine.psychometrics.prior import Edge, SkillPrior
from quizengine.psychometrics.response import LOGISTIC_TO_NORMAL, discounted_slope

GUESSES = (0.02, 0.25)
"""Chances of the ignorant: an answer that is typed, and one chosen out of four."""
CHOSEN_SHARE = 0.4
SLIP_CEILING = 0.98
CARELESS_SHARES, CARELESS_ODDS = (0.0, 1 / 6, 0.5), (0.7, 0.2, 0.1)
"""Which share of a person's answers is given without thought, and how common such people are."""
READINESS = (-2.2, -0.6)
"""Where a skill is taken in once its prerequisites are had: about two thirds are mastered."""
# From 1: a stream of 0 would be the stream of the bare seed.
GRAPH, ITEMS, PEOPLE, ANSWERS = range(1, 5)
"""Streams of a seed: the graph and the pool of a world stay the same when its people change."""

WorldMaker = Callable[[int, int], "World"]
"""A function of (seed, persons)."""


@dataclass(frozen=True, eq=False)
class World:
    """People, and a pool as the engine sees it, which need not be as it is.

    Parameters
    ----------
    prior, pool, cuts
        What the engine is told.
    chances : (N, J) or (N, J, M) floats in [0, 1]
        The true chance of each person on each item, or of at least each step: see `ItemPool.chances`.
    gaps : (N, K) bools
        Who truly lacks what.
    weights : (K,) floats, optional
        How much each skill matters to the engine.
    """

    prior: SkillPrior
    pool: ItemPool
    cuts: Floats
    chances: Floats
    gaps: Booleans
    weights: Floats | None = None

    def answers(self, seed: int) -> Floats:
        """Return the score that each person would get on each item, (N, J) floats in [0, 1].

        One uniform draw per person and item, made before any test runs, so that two tests of the
        same people differ in nothing but what they ask.
        """
        draws = _stream(seed, ANSWERS).random(self.chances.shape[:2])
        return drawn_scores(self.chances, self.pool.n_steps, draws)

    def shard(self, first: int, last: int) -> World:
        """Return the same world with the people from ``first`` up to ``last`` alone."""
        return World(
            self.prior, self.pool, self.cuts, self.chances[first:last], self.gaps[first:last], self.weights
        )


def continuous(seed: int, persons: int, *, skills: int = 48, items: int = 480, areas: int = 6) -> World:
    """Make a world in which the engine's model is the truth.

    Examples
    --------
    >>> world = continuous(seed=1, persons=3, skills=12, items=60)
    >>> world.chances.shape, world.gaps.shape
    ((3, 60), (3, 12))
    """
    prior, area = _graph(seed, skills, areas)
    rng = _stream(seed, ITEMS)
    pool, cuts = _true_pool(rng, skills, items, area), rng.uniform(-0.5, 0.5, skills)
    theta = _people(_stream(seed, PEOPLE), prior, persons)
    return World(prior, pool, cuts, pool.chances(theta), theta < cuts)


def cold(seed: int, persons: int, *, skills: int = 48, items: int = 480, areas: int = 6) -> World:
    """Make a world that the engine only guesses at, as with a bank that nobody has answered yet.

    The truth has other guessing (.05) and slips (.03), difficulties .5 logits off the authors'
    guesses, slopes where the engine has one for all, and other correlations than the prior.
    """
    told, area = _graph(seed, skills, areas)
    true_prior, _ = _graph(seed, skills, areas, general=0.45, domain=0.5, prerequisite=0.5)
    rng = _stream(seed, ITEMS)
    truth, cuts = _true_pool(rng, skills, items, area), rng.uniform(-0.5, 0.5, skills)
    guessed = ItemPool(
        truth.loadings,
        np.full(items, discounted_slope(1.1, 0.5)),
        truth.b + rng.normal(0.0, 0.5, items),
        truth.c,
        truth.d,
        areas=list(truth.area_of),
    )
    theta = _people(_stream(seed, PEOPLE), true_prior, persons)
    real = ItemPool(truth.loadings, truth.a, truth.b, np.full(items, 0.05), np.full(items, 0.97))
    return World(told, guessed, cuts, real.chances(theta), theta < cuts)


def knowledge_space(seed: int, persons: int, *, skills: int = 48, items: int = 480, areas: int = 6) -> World:
    """Make a world of hard prerequisites: yes or no, and hardly anybody masters a skill without its parents.

    Slips and lucky guesses have chance .10; in one case of 18 a skill is had without its
    prerequisites. The engine's Gaussian is wrong here.
    """
    prior, area = _graph(seed, skills, areas)
    edges = _edges(_stream(seed, GRAPH), skills)
    rng = _stream(seed, ITEMS)
    cuts = rng.uniform(-0.5, 0.5, skills)
    main = np.arange(items) % skills
    pool = ItemPool(
        np.eye(skills)[main],
        np.full(items, 2.0),
        cuts[main],
        np.full(items, 0.10),
        np.full(items, 0.90),
        areas=list(area[main]),
    )
    draw = _stream(seed, PEOPLE)
    ready = _stream(seed, ITEMS).uniform(*READINESS, skills)
    mastered = _people(draw, prior, persons) >= ready
    exempt = draw.random((persons, skills)) < 1 / 18
    for parent, child in edges:  # children come in rising order, so that parents are settled before
        mastered[:, child] &= mastered[:, parent] | exempt[:, child]
    return World(prior, pool, cuts, np.where(mastered[:, main], 0.90, 0.10), ~mastered)


def wrong_slopes(seed: int, persons: int, *, skills: int = 48, items: int = 480, areas: int = 6) -> World:
    """Make a world in which items tell apart other than the engine believes.

    True slopes lie off those that the engine is told by a factor of exp(N(-.2, .5)): a fifth lower in
    the middle, so that answers are trusted too much, and every item another way.
    """
    told = continuous(seed, persons, skills=skills, items=items, areas=areas)
    off = np.random.default_rng((seed, ITEMS, 1)).normal(-0.2, 0.5, items)
    pool = told.pool
    truth = ItemPool(pool.loadings, np.clip(pool.a * np.exp(off), 0.2, 4.0), pool.b, pool.c, pool.d)
    theta = _people(_stream(seed, PEOPLE), told.prior, persons)
    return World(told.prior, pool, told.cuts, truth.chances(theta), told.gaps)


def careless(seed: int, persons: int, *, skills: int = 48, items: int = 480, areas: int = 6) -> World:
    """Make a world with people who do not always try.

    Seven in ten always do. Two in ten are careless: every sixth answer is given without thought. One
    in ten guesses half of all answers. An answer without thought is right as often as a guess.
    """
    honest = continuous(seed, persons, skills=skills, items=items, areas=areas)
    share = np.random.default_rng((seed, PEOPLE, 1)).choice(CARELESS_SHARES, p=CARELESS_ODDS, size=persons)
    chances = (1 - share[:, None]) * honest.chances + share[:, None] * honest.pool.c
    return World(honest.prior, honest.pool, honest.cuts, chances, honest.gaps)


def bank_world(
    pool: ItemPool,
    prior: SkillPrior,
    cuts: ArrayLike,
    seed: int,
    persons: int,
    *,
    weights: ArrayLike | None = None,
    difficulty_sd: float = 0.0,
) -> World:
    """Make a world of a given bank, with people drawn from its prior.

    Parameters
    ----------
    pool, prior, cuts, weights
        As given to an `AdaptiveTest`.
    seed, persons : int
    difficulty_sd : float >= 0, logits
        How far the true difficulties lie off the pool's. Slopes are made steeper to match, so that a
        pool made with `ItemPool.from_guesses` and the same sd is right on average and wrong in every item.

    Raises
    ------
    PsychometricsError
        If shapes do not fit, or the slopes cannot be those of difficulties so uncertain.

    Examples
    --------
    >>> pool = ItemPool.from_guesses(np.eye(2)[[0, 1] * 5], np.linspace(-1, 1, 10), [0.02] * 10)
    >>> world = bank_world(pool, SkillPrior.from_graph(2), [0, 0], seed=1, persons=4, difficulty_sd=0.7)
    >>> world.chances.shape
    (4, 10)
    """
    bar = finite(cuts, "cuts", (pool.n_skills,))
    if prior.n_skills != pool.n_skills:
        raise PsychometricsError(f"the pool has {pool.n_skills} skills, the prior {prior.n_skills}")
    sharpness = 1.0 - pool.a**2 * difficulty_sd**2 / LOGISTIC_TO_NORMAL
    if (sharpness <= 0).any():
        raise PsychometricsError(f"difficulty_sd = {difficulty_sd:g} is more than these slopes allow")
    moved = pool.b + _stream(seed, ITEMS).normal(0.0, 1.0, len(pool)) * difficulty_sd
    steps = None if pool.steps is None else pool.steps + (moved - pool.b)[:, None]
    truth = ItemPool(pool.loadings, pool.a / np.sqrt(sharpness), moved, pool.c, pool.d, steps=steps)
    theta = _people(_stream(seed, PEOPLE), prior, persons)
    importance = None if weights is None else finite(weights, "weights", (pool.n_skills,))
    return World(prior, pool, bar, truth.chances(theta), theta < bar, importance)


WORLDS: Mapping[str, WorldMaker] = {
    "matched": continuous,
    "cold": cold,
    "prerequisites": knowledge_space,
    "slopes": wrong_slopes,
    "careless": careless,
}
"""Worlds by the names of the command line."""


def _stream(seed: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng((seed, purpose))


def _edges(rng: np.random.Generator, skills: int) -> list[Edge]:
    """Return up to three prerequisites for each skill among the dozen before it, children rising."""
    edges: list[Edge] = []
    for child in range(1, skills):
        near = np.arange(max(0, child - 12), child)
        parents = rng.choice(near, size=min(near.size, int(rng.integers(0, 4))), replace=False)
        edges += [(int(parent), child) for parent in sorted(parents)]
    return edges


def _graph(seed: int, skills: int, areas: int, **strengths: float) -> tuple[SkillPrior, Integers]:
    edges = _edges(_stream(seed, GRAPH), skills)
    area: Integers = np.arange(skills) * areas // skills
    return SkillPrior.from_graph(skills, edges, list(area), **strengths), area


def _true_pool(rng: np.random.Generator, skills: int, items: int, area: Integers) -> ItemPool:
    main = np.arange(items) % skills
    return ItemPool(
        np.eye(skills)[main],
        np.clip(np.exp(rng.normal(0.1, 0.3, items)), 0.3, 3.0),
        rng.normal(0.0, 1.0, items),
        np.where(rng.random(items) < CHOSEN_SHARE, GUESSES[1], GUESSES[0]),
        np.full(items, SLIP_CEILING),
        areas=list(area[main]),
    )


def _people(rng: np.random.Generator, prior: SkillPrior, persons: int) -> Floats:
    shape = (persons, prior.n_skills)
    spread = np.linalg.cholesky(prior.covariance)
    return prior.mean + rng.normal(size=shape) @ spread.T
