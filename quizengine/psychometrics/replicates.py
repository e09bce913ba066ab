"""Many people with the same items at once: answers drawn, and the filter run on all of them together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quizengine.psychometrics.arrays import Floats, Integers
from quizengine.psychometrics.pool import ItemPool
from quizengine.psychometrics.posterior import LEAST_VARIANCE, NODES, WEIGHTS
from quizengine.psychometrics.prior import SkillPrior
from quizengine.psychometrics.response import success_chance


@dataclass(frozen=True, eq=False)
class Form:
    """A list of items, and lines through the skills that are wanted besides those of the items.

    ``lines`` is (n + m, K): the loadings of the n items, then those of m further lines.
    """

    lines: Floats
    a: Floats
    b: Floats
    c: Floats
    d: Floats

    @classmethod
    def of(cls, pool: ItemPool, items: Integers, more: Floats | None = None) -> Form:
        """Take items from a pool; ``more`` is (m, K)."""
        lines = pool.loadings[items]
        lines = lines if more is None else np.vstack([lines, more])
        return cls(lines, pool.a[items], pool.b[items], pool.c[items], pool.d[items])

    def __len__(self) -> int:
        return len(self.a)

    def chances(self, on_lines: Floats) -> Floats:
        """Return the chance of each item where the n lines of the items stand at (..., n) logits."""
        return success_chance(on_lines, self.a, self.b, self.c, self.d)


def filter_together(prior: SkillPrior, form: Form, scores: Floats) -> tuple[Floats, Floats]:
    """Run the assumed-density filter over R people who were given the same items in the same order.

    Parameters
    ----------
    prior : SkillPrior over K skills
    form : Form of n items and m further lines
    scores : (R, n) floats, 0 or 1

    Returns
    -------
    means : (R, n + m) floats, logits
        Posterior mean on each line.
    covariances : (R, m, m) floats
        Posterior covariance of the further lines.

    Notes
    -----
    As `GaussianPosterior`, but kept as what each answer took from the prior's covariance, and on the lines
    alone: O(n^2 (n + m)) a person, however many skills there are.
    """
    people, n_items = scores.shape
    shared = form.lines @ prior.covariance @ form.lines.T
    means = np.tile(form.lines @ prior.mean, (people, 1))
    gains = np.empty((people, n_items, len(form.lines)))
    drops = np.empty((people, n_items))
    for item in range(n_items):
        before = gains[:, :item]
        pulls = before[:, :, item] * drops[:, :item]
        column = shared[item] - np.matmul(pulls[:, None, :], before)[:, 0]
        variance = np.maximum(column[:, item], LEAST_VARIANCE)
        step, spread = _tilted(form, item, means[:, item], variance, scores[:, item])
        gains[:, item] = column / variance[:, None]
        drops[:, item] = variance - spread
        means += gains[:, item] * step[:, None]
    further = gains[:, :, n_items:]
    taken = np.matmul((further * drops[:, :, None]).transpose(0, 2, 1), further)
    covariances = shared[n_items:, n_items:] - taken
    diagonal = np.arange(covariances.shape[1])
    covariances[:, diagonal, diagonal] = np.maximum(covariances[:, diagonal, diagonal], LEAST_VARIANCE)
    return means, covariances


def _tilted(form: Form, item: int, mean: Floats, variance: Floats, score: Floats) -> tuple[Floats, Floats]:
    """Return by how much one answer moves each person's mean on its line, and the variance after it."""
    sd = np.sqrt(variance)
    places = mean[:, None] + sd[:, None] * NODES
    chance = success_chance(places, form.a[item], form.b[item], form.c[item], form.d[item])
    # The tiny number keeps a person 40 sds off from dividing by zero; it moves nobody else.
    mass = WEIGHTS * (np.where(score[:, None] > 0, chance, 1.0 - chance) + 1e-300)
    mass /= mass.sum(axis=1, keepdims=True)
    shift = mass @ NODES
    spread = (mass * (NODES - shift[:, None]) ** 2).sum(axis=1)
    return sd * shift, np.maximum(variance * spread, LEAST_VARIANCE)
