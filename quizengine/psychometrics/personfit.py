"""Does a pattern of right and wrong go with any ability? For a human to look at, never a rejection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Floats
from quizengine.psychometrics.pool import ItemPool
from quizengine.psychometrics.prior import SkillPrior
from quizengine.psychometrics.replicates import Form, filter_together
from quizengine.psychometrics.rescoring import rescore

REPLICATES = 500
LEAST_ITEMS = 5
"""Answers below which every pattern is a likely one."""
TINY = 1e-12
JITTER = 1e-10
"""Added to a covariance before its root is drawn, in logits squared."""


@dataclass(frozen=True, slots=True)
class PersonFit:
    """How likely a person's answers are, beside those of simulated people like them.

    ``log_likelihood`` is of the answers at the person's own estimate; ``expected`` and ``sd`` are of the
    replicates'. ``z`` is the distance in their standard deviations, below 0 for an unlikely pattern; ``p``
    the share of replicates that are as unlikely, in (0, 1]. ``items`` is the number of answers.
    """

    log_likelihood: float
    expected: float
    sd: float
    z: float
    p: float
    items: int

    def flagged(self, level: float = 0.05) -> bool:
        """Whether a person should look at it: ``level`` of all honest sittings are flagged by chance."""
        return self.p <= level


def person_fit(
    pool: ItemPool,
    prior: SkillPrior,
    items: Sequence[int],
    scores: ArrayLike,
    *,
    replicates: int = REPLICATES,
    seed: int | Sequence[int] = 0,
) -> PersonFit:
    """Compare a person's answers with those that simulated people like them give to the same items.

    Parameters
    ----------
    pool, prior
        With the same number of skills.
    items : (n,) ints
        In the order in which they were asked, at least 5.
    scores : (n,) floats in [0, 1]
        Partial credit counts as right from .5 on, as the model has no chance of a part; on a graded item
        as the nearest step.
    replicates : int >= 99
    seed : int or ints
        Such as the number of the attempt: the same sitting always gets the same p.

    Returns
    -------
    PersonFit

    Raises
    ------
    PsychometricsError
        As `rescore` does, or for fewer than 5 items or 99 replicates.

    Notes
    -----
    The statistic is l0, the log likelihood at the person's own posterior mean; its normal theory fails in
    adaptive tests. So: draw abilities from the posterior, draw answers to the same items, estimate each
    replicate anew, and take p = (1 + number as low) / (1 + replicates). M. V. Levine and D. B. Rubin,
    "Measuring the appropriateness of multiple-choice test scores", Journal of Educational Statistics
    4(4), 1979, pp. 269-290; bootstrap: J. de la Torre and W. Deng, Journal of Educational Measurement
    45(2), 2008, pp. 159-177.

    Examples
    --------
    >>> pool = ItemPool(np.ones((20, 1)), [1.5] * 20, np.linspace(-2, 2, 20), [0.02] * 20, [0.98] * 20)
    >>> prior = SkillPrior([0.0], [[1.0]])
    >>> easy_right = person_fit(pool, prior, range(20), [1] * 10 + [0] * 10)
    >>> hard_right = person_fit(pool, prior, range(20), [0] * 10 + [1] * 10)
    >>> easy_right.p > 0.5, hard_right.p < 0.01
    (True, True)
    """
    if len(items) < LEAST_ITEMS:
        raise PsychometricsError(f"person fit needs at least {LEAST_ITEMS} answers; there are {len(items)}")
    if replicates < 99:
        raise PsychometricsError(f"{replicates} replicates cannot tell a p of .01; take 99 or more")
    estimate = rescore(pool, prior, items, scores)
    form = Form.of(pool, np.asarray(items, dtype=np.intp))
    n_steps = pool.n_steps[form.items]
    own = np.floor(np.asarray(scores, dtype=np.float64)[None, :] * n_steps + 0.5) / n_steps
    rng = np.random.default_rng(seed)
    drawn = draw_answers(form, estimate.mean, estimate.covariance, rng, replicates)
    means, _ = filter_together(prior, form, np.vstack([own, drawn]))
    fits = _log_likelihood(form, means, np.vstack([own, drawn]))
    observed, others = float(fits[0]), fits[1:]
    sd = float(others.std(ddof=1))
    return PersonFit(
        log_likelihood=observed,
        expected=float(others.mean()),
        sd=sd,
        z=(observed - float(others.mean())) / sd if sd > 0 else 0.0,
        # Equal patterns differ in the last bits only: they are as unlikely, not less so.
        p=float((1 + (others <= observed + 1e-9).sum()) / (1 + replicates)),
        items=len(items),
    )


def draw_answers(
    form: Form, mean: Floats, covariance: Floats, rng: np.random.Generator, people: int
) -> Floats:
    """Draw people from a Gaussian over K skills, and their answers, (people, n) floats in [0, 1]."""
    return form.drawn(rng, draw_lines(form.lines[: len(form)], mean, covariance, rng, people))


def draw_lines(
    lines: Floats, mean: Floats, covariance: Floats, rng: np.random.Generator, people: int
) -> Floats:
    """Draw people from a Gaussian over K skills; return where they stand on lines (n, K), (people, n)."""
    root = np.linalg.cholesky(covariance + JITTER * np.eye(len(mean)))
    drawn: Floats = (mean + rng.normal(size=(people, len(mean))) @ root.T) @ lines.T
    return drawn


def _log_likelihood(form: Form, means: Floats, scores: Floats) -> Floats:
    """Return the log likelihood of each person's answers where they stand, (R,)."""
    by_item = [form.log_likelihoods(n, means[:, n, None], scores[:, n])[:, 0] for n in range(len(form))]
    sums: Floats = np.sum(by_item, axis=0)
    return sums
