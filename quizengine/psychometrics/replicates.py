"""Many people with the same items at once: answers drawn, and the filter run on all of them together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quizengine.psychometrics.arrays import Floats, Integers
from quizengine.psychometrics.graded import drawn_scores, reaching_chances
from quizengine.psychometrics.pool import ItemPool
from quizengine.psychometrics.posterior import LEAST_VARIANCE, NODES, tilted
from quizengine.psychometrics.prior import SkillPrior
from quizengine.psychometrics.response import success_chance


@dataclass(frozen=True, eq=False)
class Form:
    """A list of items, and lines through the skills that are wanted besides those of the items.

    ``lines`` is (n + m, K): the loadings of the n items, then those of m further lines.
    """

    lines: Floats
    pool: ItemPool
    items: Integers

    @classmethod
    def of(cls, pool: ItemPool, items: Integers, more: Floats | None = None) -> Form:
        """Take items from a pool; ``more`` is (m, K)."""
        lines = pool.loadings[items]
        return cls(lines if more is None else np.vstack([lines, more]), pool, items)

    def __len__(self) -> int:
        return len(self.items)

    def drawn(self, rng: np.random.Generator, on_lines: Floats) -> Floats:
        """Draw the scores of R people who stand at (R, n) logits on the lines of the items."""
        pool, items = self.pool, self.items
        draws = rng.random(on_lines.shape)
        scores = success_chance(on_lines, pool.a[items], pool.b[items], pool.c[items], pool.d[items]) > draws
        some = np.flatnonzero(pool.is_graded[items])
        if not some.size:
            return scores.astype(np.float64)
        which = items[some]
        reaching = reaching_chances(on_lines[:, some], pool.a[which], pool.step_costs[which])
        graded = scores.astype(np.float64)
        graded[:, some] = drawn_scores(reaching, pool.n_steps[which], draws[:, some])
        return graded

    def log_likelihoods(self, item: int, on_line: Floats, scores: Floats) -> Floats:
        """Return the log likelihood of R people's scores on item number ``item`` of the form.

        Where they stand at (R, Q) logits on its line, (R, Q).
        """
        return self.pool.log_likelihoods(np.full(len(scores), self.items[item]), scores, on_line)


def filter_together(prior: SkillPrior, form: Form, scores: Floats) -> tuple[Floats, Floats]:
    """Run the assumed-density filter over R people who were given the same items in the same order.

    Parameters
    ----------
    prior : SkillPrior over K skills
    form : Form of n items and m further lines
    scores : (R, n) floats in [0, 1]

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
        mean = means[:, item]
        at = mean[:, None] + np.sqrt(variance)[:, None] * NODES
        new_mean, spread = tilted(form.log_likelihoods(item, at, scores[:, item]), mean, variance)
        gains[:, item] = column / variance[:, None]
        drops[:, item] = variance - spread
        means += gains[:, item] * (new_mean - mean)[:, None]
    further = gains[:, :, n_items:]
    taken = np.matmul((further * drops[:, :, None]).transpose(0, 2, 1), further)
    covariances = shared[n_items:, n_items:] - taken
    diagonal = np.arange(covariances.shape[1])
    covariances[:, diagonal, diagonal] = np.maximum(covariances[:, diagonal, diagonal], LEAST_VARIANCE)
    return means, covariances
