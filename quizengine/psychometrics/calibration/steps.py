"""Steps of graded items from answers: the generalised partial credit model by marginal maximum likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Floats, Integers
from quizengine.psychometrics.calibration.acceleration import extrapolate
from quizengine.psychometrics.calibration.quadrature import make_nodes
from quizengine.psychometrics.graded import shares_of_steps
from quizengine.psychometrics.matching import read_scores

TOLERANCE = 1e-5
"""No parameter moves by more in a plain step of EM when the estimation ends."""
NEWTON_STEPS, LONGEST = 3, 1.0
LEAST_SLOPE = 0.05


@dataclass(frozen=True, eq=False)
class StepCalibration:
    """What `calibrate_steps` found: slopes a (J,), steps (J, M), nan for none, and their standard errors.

    ``steps`` go into ``ItemPool(steps=...)``.
    """

    a: Floats
    steps: Floats
    se_a: Floats
    se_steps: Floats
    log_likelihood: float
    iterations: int
    converged: bool


def calibrate_steps(
    scores: ArrayLike, n_steps: Sequence[int] | ArrayLike, *, max_iterations: int = 500
) -> StepCalibration:
    """Estimate slopes and steps of graded items, theta ~ N(0, 1).

    Parameters
    ----------
    scores : (N, J) floats in [0, 1], nan where not given
        Of an item with M steps 0, 1/M, ..., 1.
    n_steps : (J,) ints >= 1, or one for all
        1 for an item that is right or wrong, which is the two-parameter model.
    max_iterations : int
        Rounds of three EM steps, at most.

    Returns
    -------
    StepCalibration
        ``converged`` is False if the rounds ran out.

    Raises
    ------
    PsychometricsError
        If shapes do not fit, or a score of an item is no step or nobody has it: an item whose score
        nobody has must be given fewer steps.

    Notes
    -----
    EM with the E-step as one matrix product, three Newton steps an item (the M-step is a concave
    multinomial regression), and SQUAREM. Everything is in memory, N x J x (M + 1) cells. Standard errors are
    from the cross products of people's scores. E. Muraki, Applied Psychological Measurement 16(2), 1992.

    Examples
    --------
    >>> from quizengine.psychometrics import category_chances
    >>> rng, steps = np.random.default_rng(1), [-0.8, 0.6]
    >>> chances = category_chances(rng.normal(size=2000), 1.2, steps)
    >>> scores = np.array([[rng.choice(3, p=p) / 2 for p in chances] for _ in range(5)]).T
    >>> found = calibrate_steps(scores, 2)
    >>> found.converged, bool((abs(found.steps - steps) < 4 * found.se_steps).all())
    (True, True)
    """
    matrix = read_scores(scores)
    counts = np.broadcast_to(np.asarray(n_steps, dtype=np.intp), (matrix.shape[1],))
    answers = _indicators(matrix, counts)
    fit = _Fit(answers, counts, make_nodes(float((~np.isnan(matrix)).sum(axis=1).mean())))
    at, converged, rounds, height = fit.start(), False, 0, -np.inf
    while not converged and rounds < max_iterations:
        rounds += 1
        _, once = fit.step(at)
        height, twice = fit.step(once)
        converged = bool(abs(twice - once).max() < TOLERANCE)
        further = extrapolate(at, once, twice)
        reached, then = fit.step(further) if (further[:, 0] > LEAST_SLOPE).all() else (-np.inf, twice)
        at = then if reached >= height and not converged else twice
    return fit.told(at, rounds, converged)


def _indicators(matrix: Floats, counts: Integers) -> Floats:
    """Return who has which score, (N, J, H) of 0 and 1."""
    if (counts < 1).any():
        raise PsychometricsError("an item has at least 1 step")
    taken = matrix * counts
    off = abs(taken - np.round(taken)) > 1e-6
    if off.any():
        item = int(np.flatnonzero(off.any(axis=0))[0])
        raise PsychometricsError(f"item {item}: a score is none of its {counts[item]} steps")
    heights = np.arange(counts.max() + 1)
    found: Floats = (np.round(taken)[:, :, None] == heights).astype(np.float64)
    missing = (found.sum(axis=0) == 0) & (heights <= counts[:, None])
    if missing.any():
        item = int(np.flatnonzero(missing.any(axis=1))[0])
        height = int(np.flatnonzero(missing[item])[0])
        raise PsychometricsError(
            f"item {item}: nobody has the score {height} of {counts[item]}; give it fewer steps"
        )
    return found


class _Fit:
    """The answers, and what a step of EM makes of parameters (J, 1 + M): slope, then a times summed steps."""

    def __init__(self, answers: Floats, counts: Integers, nodes: Floats) -> None:
        self.persons, self.items, self.outcomes = answers.shape
        self.answers = answers.reshape(self.persons, -1)
        self.counts, self.nodes = counts, nodes
        self.heights = np.arange(self.outcomes)
        self.is_used = self.heights <= counts[:, None]
        self.log_prior = -(nodes**2) / 2 - np.log(np.exp(-(nodes**2) / 2).sum())

    def start(self) -> Floats:
        """Begin with slopes of 1, and steps where neighbouring scores are as common as they are."""
        common = self.answers.reshape(self.persons, self.items, -1).sum(axis=0)
        costs = np.where(
            self.is_used, np.log(np.maximum(common[:, :1], 1)) - np.log(np.maximum(common, 1)), 0
        )
        return np.column_stack([np.ones(self.items), costs[:, 1:]])

    def chances(self, at: Floats) -> Floats:
        """Return the chance of each score at each node, (J, H, Q)."""
        costs = np.where(self.is_used, np.column_stack([np.zeros(self.items), at[:, 1:]]), np.inf)
        by_node = shares_of_steps(self.nodes[:, None], at[:, 0], costs / at[:, :1])
        shares: Floats = by_node.transpose(1, 2, 0)
        return shares

    def posterior(self, chances: Floats) -> tuple[Floats, Floats]:
        """Return the posterior of each person (N, Q), and the log likelihood of each (N,)."""
        table = np.where(self.is_used[:, :, None], np.log(np.maximum(chances, 1e-300)), 0.0)
        logs = self.answers @ table.reshape(-1, self.nodes.size) + self.log_prior
        most = logs.max(axis=1, keepdims=True)
        mass = np.exp(logs - most)
        total = mass.sum(axis=1, keepdims=True)
        return mass / total, (most + np.log(total))[:, 0]

    def step(self, at: Floats) -> tuple[float, Floats]:
        """Return the log likelihood at the parameters, and those after one step of EM."""
        mass, logs = self.posterior(self.chances(at))
        numbers = (self.answers.T @ mass).reshape(self.items, self.outcomes, -1)
        for _ in range(NEWTON_STEPS):
            at = at + self._newton(at, numbers)
        return float(logs.sum()), at

    def _newton(self, at: Floats, numbers: Floats) -> Floats:
        chances, people = self.chances(at), numbers.sum(axis=1)
        off = numbers - people[:, None] * chances
        mean = np.einsum("h,jhq->jq", self.heights, chances)
        spread = np.einsum("h,jhq->jq", self.heights**2, chances) - mean**2
        slope = np.column_stack(
            [np.einsum("h,jhq,q->j", self.heights, off, self.nodes), -off[:, 1:].sum(axis=2)]
        )
        later, weight = chances[:, 1:], people * self.nodes
        bend = np.empty((self.items, self.outcomes, self.outcomes))
        bend[:, 0, 0] = (people * self.nodes**2 * spread).sum(axis=1)
        bend[:, 0, 1:] = -np.einsum("jq,jkq->jk", weight, later * (self.heights[1:, None] - mean[:, None]))
        bend[:, 1:, 0] = bend[:, 0, 1:]
        bend[:, 1:, 1:] = -np.einsum("jq,jkq,jlq->jkl", people, later, later)
        places = np.arange(1, self.outcomes)
        # What an item has no step for stays where it is.
        bend[:, places, places] += np.einsum("jq,jkq->jk", people, later) + ~self.is_used[:, 1:]
        moved = np.linalg.solve(bend, slope[:, :, None])[:, :, 0]
        return np.clip(np.where(self.is_used, moved, 0.0), -LONGEST, LONGEST)

    def told(self, at: Floats, rounds: int, converged: bool) -> StepCalibration:
        """Return the parameters as slopes and steps, with their standard errors."""
        chances = self.chances(at)
        mass, logs = self.posterior(chances)
        errors_a, errors_b = self._errors(at, chances, mass)
        steps = np.diff(np.column_stack([np.zeros(self.items), at[:, 1:]]), axis=1) / at[:, :1]
        used = self.is_used[:, 1:]
        return StepCalibration(
            at[:, 0],
            np.where(used, steps, np.nan),
            errors_a,
            np.where(used, errors_b, np.nan),
            float(logs.sum()),
            rounds,
            converged,
        )

    def _errors(self, at: Floats, chances: Floats, mass: Floats) -> tuple[Floats, Floats]:
        """Return standard errors of slopes (J,) and steps (J, M), all parameters together."""
        answers = self.answers.reshape(self.persons, self.items, -1)
        given = answers.sum(axis=2, keepdims=True)
        pulls = np.empty((self.persons, self.items, self.outcomes))
        mean = np.einsum("h,jhq->jq", self.heights, chances)
        taken = answers @ self.heights
        pulls[:, :, 0] = taken * (mass @ self.nodes)[:, None] - given[:, :, 0] * (
            mass @ (self.nodes * mean).T
        )
        expected = (mass @ chances.reshape(-1, self.nodes.size).T).reshape(answers.shape)
        pulls[:, :, 1:] = (given * expected - answers)[:, :, 1:]
        flat, used = pulls.reshape(self.persons, -1), self.is_used.reshape(-1)
        spread = np.zeros((used.size, used.size))
        spread[np.ix_(used, used)] = np.linalg.pinv(flat[:, used].T @ flat[:, used], hermitian=True)
        width, errors = self.outcomes, np.zeros((self.items, self.outcomes - 1))
        blocks = spread.reshape(self.items, width, self.items, width)[
            np.arange(self.items), :, np.arange(self.items)
        ]
        steps = np.diff(np.column_stack([np.zeros(self.items), at[:, 1:]]), axis=1) / at[:, :1]
        for height in range(1, width):
            turned = np.zeros((self.items, width))
            turned[:, 0], turned[:, height] = -steps[:, height - 1] / at[:, 0], 1 / at[:, 0]
            if height > 1:
                turned[:, height - 1] = -1 / at[:, 0]
            errors[:, height - 1] = np.sqrt(np.einsum("jk,jkl,jl->j", turned, blocks, turned))
        return np.sqrt(blocks[:, 0, 0]), errors
