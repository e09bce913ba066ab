"""Exposure control: how often an item that is chosen may be given, so that none is given too often."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.adaptive import importance
from quizengine.psychometrics.arrays import Floats, finite
from quizengine.psychometrics.cohort import Cohort
from quizengine.psychometrics.design import Design
from quizengine.psychometrics.graded import drawn_scores
from quizengine.psychometrics.pool import ItemPool
from quizengine.psychometrics.prior import SkillPrior
from quizengine.psychometrics.selection import Rule

BLOCK = 32
"""People who sit in step."""
CLOSE = 0.02
"""Above the wanted rate, what simulated rates differ by from round to round."""
PEOPLE = 9
"""Stream of the seed that people are drawn from; round r has stream ``PEOPLE + r``."""


@dataclass(frozen=True, eq=False)
class ExposureControl:
    """What `sympson_hetter` found.

    Parameters
    ----------
    chances : (J,) floats in (0, 1]
        Of each item to be given when it is chosen: ``Design(exposure=...)``.
    rates : (J,) floats in [0, 1]
        Share of simulated sittings that gave each item with these chances.
    rounds : int
        How many simulations it took.
    converged : bool
        Whether no rate is more than .02 above the wanted one.
    """

    chances: Floats
    rates: Floats
    rounds: int
    converged: bool


def sympson_hetter(  # noqa: PLR0913  (the first three are those of a test)
    pool: ItemPool,
    prior: SkillPrior,
    cuts: ArrayLike,
    *,
    most: float = 0.25,
    max_items: int = 40,
    weights: ArrayLike | None = None,
    rule: Rule = "risk",
    design: Design | None = None,
    persons: int = 1000,
    seed: int = 0,
    rounds: int = 20,
    run: Callable[..., Iterable[Any]] = map,
) -> ExposureControl:
    """Find how often each item may be given when it is chosen, so that no sitting has it too often.

    Parameters
    ----------
    pool, prior, cuts, weights, rule, max_items, design
        As of an `AdaptiveTest`; the design's own ``exposure`` is replaced.
    most : float in (0, 1)
        The largest share of sittings that may have an item.
    persons : int
        People a round, drawn from the prior: rates are known to about ``sqrt(most / persons)``.
    rounds : int
        Simulations at the most.
    run : function like `map`
        Shares out blocks of 32 people.

    Returns
    -------
    ExposureControl
        Of the round with the smallest largest rate. Items in number of ``max_items`` keep the chance 1, so
        that a sitting cannot run dry; with very many skills they may stay above the wanted rate.

    Raises
    ------
    PsychometricsError
        If the items are too few for the wanted rate.

    Notes
    -----
    With P(S) the chance that an item is chosen, it is given with ``min(1, most / P(S))``; choices change
    with that, so it is done again. J. B. Sympson and R. D. Hetter, "Controlling item-exposure rates in
    computerized adaptive testing", Proceedings of the 27th annual meeting of the Military Testing
    Association, San Diego, 1985, pp. 973-977.

    Examples
    --------
    >>> pool = ItemPool(np.ones((40, 1)), [1.2] * 40, np.linspace(-2, 2, 40), [0.02] * 40, [0.98] * 40)
    >>> found = sympson_hetter(pool, SkillPrior([0], [[1]]), [0], most=0.4, max_items=8, persons=96)
    >>> found.converged, bool(found.rates.max() <= 0.42)
    (True, True)
    """
    if not 0 < most < 1:
        raise PsychometricsError(f"most = {most:g} is outside (0, 1)")
    if most * len(pool) < max_items:
        raise PsychometricsError(
            f"{len(pool)} items cannot fill {max_items} places with rates of at most {most:g}: "
            f"{int(np.ceil(max_items / most))} are the least"
        )
    base = replace(design or Design(), min_gain=0.0, exposure=None)
    bar, matters = finite(cuts, "cuts", (pool.n_skills,)), importance(weights, pool.n_skills)
    trial = partial(_rates, pool, prior, bar, matters, rule, max_items, seed=seed)
    # Aimed below by what the largest of many noisy rates lies above its own mean.
    aim = most - np.sqrt(most * (1 - most) / persons)
    chances, chosen, best = np.ones(len(pool)), None, None
    for number in range(1, rounds + 1):
        told = base if (chances == 1).all() else replace(base, exposure=tuple(chances.tolist()))
        blocks = list(run(partial(trial, told, number, persons), range(0, persons, BLOCK)))
        rates = np.sum(blocks, axis=0) / persons
        if best is None or rates.max() < best.rates.max():
            best = ExposureControl(chances, rates, number, bool(rates.max() <= most + CLOSE))
        if best.converged:
            break
        # Half of what earlier rounds said is kept, or the noise of each would chase that of the one before.
        chosen = rates / chances if chosen is None else (chosen + rates / chances) / 2
        chances = np.minimum(1.0, aim / np.maximum(chosen, 1e-12))
        # So many that a sitting can always be filled: those that are chosen least often.
        chances[np.argsort(chosen, kind="stable")[:max_items]] = 1.0
    if best is None:
        raise PsychometricsError(f"rounds = {rounds} must be at least 1")
    return best


def _rates(  # noqa: PLR0913, PLR0917  (private: what a worker is told)
    pool: ItemPool,
    prior: SkillPrior,
    cuts: Floats,
    weights: Floats,
    rule: Rule,
    max_items: int,
    design: Design,
    number: int,
    persons: int,
    first: int,
    *,
    seed: int,
) -> Floats:
    """Return how many of a block of people had each item, (J,)."""
    count = min(BLOCK, persons - first)
    rng = np.random.default_rng((seed, PEOPLE + number, first))
    theta = prior.mean + rng.normal(size=(count, prior.n_skills)) @ np.linalg.cholesky(prior.covariance).T
    scores = drawn_scores(pool.chances(theta), pool.n_steps, rng.random((count, len(pool))))
    seeds = [int(one) for one in rng.integers(2**62, size=count)]
    cohort = Cohort(
        pool, prior, cuts, seeds=seeds, max_items=max_items, weights=weights, rule=rule, design=design
    )
    everybody = np.arange(count)
    for _ in range(max_items):
        items = cohort.next_items()
        cohort.record(items, scores[everybody, items])
    total: Floats = (~cohort.open).sum(axis=0).astype(np.float64)
    return total
