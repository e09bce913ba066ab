"""Pools, priors and people for the tests of the scorer: small, random, reproducible."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from quizengine.psychometrics import AdaptiveTest, Design, ItemPool, SkillPrior
from quizengine.psychometrics.arrays import Floats


def random_prior(seed: int, n_skills: int) -> SkillPrior:
    rng = np.random.default_rng((seed, 1))
    edges = [(int(rng.integers(child)), child) for child in range(1, n_skills) if rng.random() < 0.7]
    return SkillPrior.from_graph(n_skills, edges, [int(area) for area in rng.integers(0, 3, n_skills)])


def random_pool(
    seed: int,
    n_skills: int,
    n_items: int,
    *,
    mixed: float = 0.0,
    guessing: bool = True,
    areas: int = 0,
    enemies: tuple[tuple[int, int], ...] = (),
    log_seconds: float | None = None,
) -> ItemPool:
    """Items on random skills; a share ``mixed`` of them draws on a second skill too."""
    rng = np.random.default_rng((seed, 2))
    loadings = np.eye(n_skills)[rng.integers(0, n_skills, n_items)]
    second = np.eye(n_skills)[rng.integers(0, n_skills, n_items)]
    share = np.where(rng.random(n_items) < mixed, rng.uniform(0.1, 0.4, n_items), 0.0)[:, None]
    return ItemPool(
        (1 - share) * loadings + share * second,
        a=np.clip(np.exp(rng.normal(0.1, 0.3, n_items)), 0.3, 3.0),
        b=rng.normal(size=n_items),
        c=np.where(rng.random(n_items) < 0.4, 0.25, 0.02) if guessing else np.zeros(n_items),
        d=np.full(n_items, 0.98 if guessing else 1.0),
        areas=[int(area) for area in rng.integers(0, areas, n_items)] if areas else None,
        enemies=enemies,
        log_seconds=None if log_seconds is None else np.full(n_items, log_seconds),
    )


def one_skill_pool(a: list[float], b: list[float]) -> ItemPool:
    n_items = len(a)
    return ItemPool(np.ones((n_items, 1)), a, b, np.zeros(n_items), np.ones(n_items))


def coin(seed: int) -> Callable[[int], float]:
    """Somebody who is right on half of all items, always the same half."""
    return lambda item: float(np.random.default_rng((seed, 3, item)).random() < 0.5)


def sit(test: AdaptiveTest, answer: Callable[[int], float]) -> list[int]:
    """Go through a test to its end; the items in order."""
    while (item := test.next_item()) is not None:
        test.record(item, answer(item))
    return list(test.items)


def small_test(
    seed: int = 1,
    *,
    n_skills: int = 6,
    n_items: int = 40,
    max_items: int = 12,
    design: Design | None = None,
    pool: ItemPool | None = None,
    exclude: tuple[int, ...] = (),
    test_seed: int = 5,
) -> AdaptiveTest:
    return AdaptiveTest(
        pool or random_pool(seed, n_skills, n_items),
        random_prior(seed, n_skills),
        cuts=np.linspace(-0.5, 0.5, n_skills),
        max_items=max_items,
        seed=test_seed,
        design=design,
        exclude=exclude,
    )


def exact_posterior(
    prior: SkillPrior, pool: ItemPool, items: list[int], scores: list[float], points: int = 61
) -> tuple[Floats, Floats]:
    """Return points of a dense grid over the skills and their posterior weights, by plain arithmetic."""
    axis = np.linspace(-5, 5, points)
    grid = np.stack(np.meshgrid(*[axis] * prior.n_skills, indexing="ij"), axis=-1)
    theta = grid.reshape(-1, prior.n_skills)
    away = theta - prior.mean
    weights = np.exp(-0.5 * np.einsum("ni,ij,nj->n", away, np.linalg.inv(prior.covariance), away))
    for item, score in zip(items, scores, strict=True):
        u = theta @ pool.loadings[item]
        p = pool.c[item] + (pool.d[item] - pool.c[item]) / (1 + np.exp(-pool.a[item] * (u - pool.b[item])))
        weights = weights * p**score * (1 - p) ** (1 - score)
    return theta, weights / weights.sum()
