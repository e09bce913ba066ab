"""How often a bar would be wrong about people: known before it is set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Booleans, Floats, finite
from quizengine.psychometrics.bar import joint_chance
from quizengine.psychometrics.decision import CERTAIN
from quizengine.psychometrics.personfit import draw_lines
from quizengine.psychometrics.pool import ItemPool
from quizengine.psychometrics.prior import SkillPrior
from quizengine.psychometrics.replicates import Form, filter_together

PERSONS = 2000
DRAWS = 2000
"""Of each simulated person's posterior, where there are floors: an error of about a hundredth in P."""
CHUNK = 250
"""People filtered together: their gains stay in the processor's cache."""
REACH, POINTS = 8.0, 4001
"""Of the integral over posterior means: 8 sds each way."""


@dataclass(frozen=True, slots=True)
class Misclassification:
    """What becomes of people who meet a bar, and of people who do not.

    ``meets``, ``below`` and ``not_enough`` are shares of all people, sum 1; ``truly_meets`` the share that
    is above the bar in truth. ``false_pass`` is the share of *those told "meets"* who are below it,
    ``false_fail`` of those told "below" who are above it, nan if nobody is told so; ``forced`` the share
    of all people who would be judged wrongly if everybody had to be put on one side. The errors are
    Monte-Carlo standard errors of the field of that name, 0 for an integral. ``persons`` is 0 there.
    """

    meets: float
    below: float
    not_enough: float
    truly_meets: float
    false_pass: float
    false_fail: float
    forced: float
    errors: dict[str, float]
    persons: int

    @property
    def pass_rate(self) -> float:
        """Share of people expected to be told "meets"."""
        return self.meets


def misclassification(  # noqa: PLR0913  (a form, a bar, and how to try them by name)
    pool: ItemPool,
    prior: SkillPrior,
    items: Sequence[int],
    cuts: ArrayLike,
    weights: ArrayLike,
    *,
    certain: float = CERTAIN,
    floors: Mapping[int, float] | None = None,
    persons: int = PERSONS,
    seed: int = 0,
) -> Misclassification:
    """Put simulated people from the prior through a form, and see how often a bar is wrong about them.

    Parameters
    ----------
    pool, prior
        With the same number of skills K.
    items : (n,) ints
        The form, each item once.
    cuts : (K,) floats, logits
    weights : (K,) floats >= 0, not all 0
    certain : float in (0.5, 1)
        As in `role_decision`.
    floors : mapping of skill to logits, optional
        Skills that must each reach a floor of their own besides.
    persons : int >= 100
    seed : int

    Returns
    -------
    Misclassification

    Raises
    ------
    PsychometricsError
        If shapes do not fit, an item is unknown or repeated, or there are too few people.

    Notes
    -----
    People are as the prior says and items as the pool says: with real ones it will be worse. Estimates are
    the filter's. For adaptive sittings simulate them and give their estimates to `judged`.

    Examples
    --------
    >>> pool = ItemPool(np.ones((24, 1)), [1.3] * 24, np.linspace(-1, 2, 24), [0.02] * 24, [0.98] * 24)
    >>> found = misclassification(pool, SkillPrior([0.0], [[1.0]]), range(24), [0.5], [1.0], certain=0.8)
    >>> found.truly_meets > found.meets, found.false_pass < 0.1, found.not_enough < 0.35
    (True, True, True)
    """
    return misclassification_in_turn(
        pool, prior, [items], cuts, weights, certain=certain, floors=floors, persons=persons, seed=seed
    )


def misclassification_in_turn(  # noqa: PLR0913  (forms, a bar, and how to try them by name)
    pool: ItemPool,
    prior: SkillPrior,
    forms: Sequence[Sequence[int]],
    cuts: ArrayLike,
    weights: ArrayLike,
    *,
    certain: float = CERTAIN,
    floors: Mapping[int, float] | None = None,
    persons: int = PERSONS,
    seed: int = 0,
) -> Misclassification:
    """Do as `misclassification`, with people who take turns at several forms, 250 at each.

    Parameters
    ----------
    forms : sequence of (n,) ints
        Each a form as ``items`` there.

    Examples
    --------
    >>> pool = ItemPool(np.ones((48, 1)), [1.3] * 48, np.linspace(-1, 2, 48), [0.02] * 48, [0.98] * 48)
    >>> halves = [range(0, 48, 2), range(1, 48, 2)]
    >>> found = misclassification_in_turn(pool, SkillPrior([0.0], [[1.0]]), halves, [0.5], [1.0], certain=0.8)
    >>> found.persons, found.false_pass < 0.1
    (2000, True)
    """
    if not forms:
        raise PsychometricsError("there is no form; give the items of one or more")
    if persons < 100:
        raise PsychometricsError(f"{persons} simulated people say too little; take 100 or more")
    made = [_form(pool, prior, items, cuts, weights, floors or {}) for items in forms]
    rng = np.random.default_rng(seed)
    truth, told = [], []
    for block, first in enumerate(range(0, persons, CHUNK)):
        people = min(CHUNK, persons - first)
        form, bars = made[block % len(made)]
        places = draw_lines(form.lines, prior.mean, prior.covariance, rng, people)
        found, spread = filter_together(prior, form, form.drawn(rng, places[:, : len(form)]))
        truth.append((places[:, len(form) :] >= bars).all(axis=1))
        told.append(joint_chance(found[:, len(form) :], spread, bars, draws=DRAWS))
    return judged(np.concatenate(told), np.concatenate(truth), certain=certain)


def judged(probabilities: ArrayLike, above: ArrayLike, *, certain: float = CERTAIN) -> Misclassification:
    """Compare P(meets the bar) of simulated people with where they truly are.

    Parameters
    ----------
    probabilities : (N,) floats in [0, 1]
        ``RoleDecision.probability`` of each person.
    above : (N,) bools
        Who truly meets the bar.
    certain : float in (0.5, 1)

    Returns
    -------
    Misclassification

    Examples
    --------
    >>> found = judged([0.95, 0.92, 0.5, 0.02], [True, False, True, False])
    >>> found.meets, found.not_enough, found.false_pass, found.forced
    (0.5, 0.25, 0.5, 0.25)
    """
    p, truth = np.asarray(probabilities, dtype=np.float64), np.asarray(above, dtype=bool)
    if p.ndim != 1 or p.shape != truth.shape or not len(p) or not ((p >= 0) & (p <= 1)).all():
        raise PsychometricsError(
            "probabilities must be a row of numbers in [0, 1], one a person, as above is"
        )
    if not 0.5 < certain < 1:
        raise PsychometricsError(f"certain = {certain:g} is outside (0.5, 1)")
    told, denied = p >= certain, p <= 1 - certain
    shares = {
        "meets": told,
        "below": denied,
        "not_enough": ~told & ~denied,
        "truly_meets": truth,
        "false_pass": ~truth[told],
        "false_fail": truth[denied],
        "forced": (p >= 0.5) != truth,
    }
    means = {name: _mean(hits) for name, hits in shares.items()}
    errors = {
        name: (means[name] * (1 - means[name]) / max(len(hits), 1)) ** 0.5 for name, hits in shares.items()
    }
    return Misclassification(**means, errors=errors, persons=len(p))


def normal_misclassification(sd: float, cut: float, *, certain: float = CERTAIN) -> Misclassification:
    """Return the same by an integral, for a composite that is N(0, 1) and known to within ``sd``.

    The second route: no items, no simulation. Every posterior is normal with the same sd.

    Parameters
    ----------
    sd : float in (0, 1)
        Posterior standard deviation, in those of the population.
    cut : float
        The bar, in standard deviations above the mean.
    certain : float in (0.5, 1)

    References
    ----------
    L. M. Rudner, "Expected classification accuracy", Practical Assessment, Research & Evaluation 10(13),
    2005, eq. 1-3, with posteriors in place of the normal errors.

    Examples
    --------
    >>> found = normal_misclassification(0.35, 0.5, certain=0.8)
    >>> shares = found.meets, found.below, found.not_enough, found.false_pass, found.forced
    >>> [round(100 * share, 1) for share in shares]
    [19.8, 58.7, 21.5, 5.0, 10.0]
    """
    if not 0 < sd < 1 or not np.isfinite(cut) or not 0.5 < certain < 1:
        raise PsychometricsError("sd must lie in (0, 1), certain in (0.5, 1), and cut be finite")
    spread = float(np.sqrt(1 - sd**2))
    reach = float(ndtri(certain)) * sd
    above, low = _beyond(cut + reach, spread, sd, cut), _beyond(cut - reach, spread, sd, cut)
    half, everybody = _beyond(cut, spread, sd, cut), _beyond(-np.inf, spread, sd, cut)
    meets, below = above[0], 1 - low[0]
    missed = everybody[1] - low[1]
    means = {
        "meets": meets,
        "below": below,
        "not_enough": 1 - meets - below,
        "truly_meets": everybody[1],
        "false_pass": (above[0] - above[1]) / meets,
        "false_fail": missed / below,
        "forced": half[0] - half[1] + everybody[1] - half[1],
    }
    return Misclassification(**means, errors=dict.fromkeys(means, 0.0), persons=0)


def _beyond(start: float, spread: float, sd: float, cut: float) -> tuple[float, float]:
    """Return the share of people whose posterior mean lies above ``start``, and of those truly above too."""
    first = max(start, -REACH * spread)
    means = np.linspace(first, REACH * spread + abs(cut), POINTS)
    density = np.exp(-((means / spread) ** 2) / 2) / (spread * np.sqrt(2 * np.pi))
    truly = float(np.trapezoid(density * ndtr((means - cut) / sd), means))
    return float(ndtr(-start / spread)), truly


def _form(
    pool: ItemPool,
    prior: SkillPrior,
    items: Sequence[int],
    cuts: ArrayLike,
    weights: ArrayLike,
    floors: Mapping[int, float],
) -> tuple[Form, Floats]:
    """Return the form with the composite and the skills with floors as further lines, and their bars."""
    if pool.n_skills != prior.n_skills:
        raise PsychometricsError(f"the pool has {pool.n_skills} skills, the prior {prior.n_skills}")
    chosen = np.asarray(items, dtype=np.intp)
    if not len(chosen) or len(np.unique(chosen)) < len(chosen):
        raise PsychometricsError("a form needs items, each once")
    if chosen.min() < 0 or chosen.max() >= len(pool):
        raise PsychometricsError(f"a form names an item that the pool of {len(pool)} does not have")
    share = finite(weights, "weights", (pool.n_skills,))
    if (share < 0).any() or share.sum() <= 0:
        raise PsychometricsError("weights must be 0 or more, and not all 0")
    if not all(0 <= skill < pool.n_skills for skill in floors):
        raise PsychometricsError(f"floors name a skill that is none of the {pool.n_skills}")
    share = share / share.sum()
    bar = float(share @ finite(cuts, "cuts", (pool.n_skills,)))
    lines = np.vstack([share, np.eye(pool.n_skills)[list(floors)]])
    return Form.of(pool, chosen, lines), np.array([bar, *floors.values()])


def _mean(hits: Booleans | Floats) -> float:
    return float(hits.mean()) if len(hits) else float("nan")
