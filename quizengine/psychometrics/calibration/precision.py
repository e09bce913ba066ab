"""Standard errors, from how the persons' scores (gradients of their own log likelihoods) scatter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quizengine.psychometrics.arrays import Floats, Integers
from quizengine.psychometrics.calibration.expectation import Expectation
from quizengine.psychometrics.calibration.maximisation import Problem
from quizengine.psychometrics.calibration.parameters import Parameters, single
from quizengine.psychometrics.calibration.responses import Block, Shard

FULL_PARAMETERS = 1000
"""Up to here all parameters' errors are computed together; above, item by item."""
FULL_PERSONS = 5
"""Persons a parameter that the whole matrix needs: with fewer it is too noisy to invert."""


@dataclass(frozen=True, eq=False)
class Products:
    """Sums over persons of what the M-step's gradient is made of, and of its products."""

    gradient: Floats
    crossed: Floats

    def __add__(self, other: Products) -> Products:
        return Products(self.gradient + other.gradient, self.crossed + other.crossed)


@dataclass(frozen=True, eq=False)
class ScoreProducts:
    """The cross products of person scores, as a task over shards.

    ``full``: scores of all items' ``columns``, and of mean and log sd of the persons, against all others,
    (p, p) with p = J k + 2. Else of each item against itself, (J, k, k).
    """

    expectation: Expectation
    columns: tuple[int, ...]
    full: bool

    def __call__(self, shard: Shard) -> Products:
        """Return the products of a shard."""
        right, wrong = self._log_derivatives()
        total: Products | None = None
        for block, posterior, _ in self.expectation.posteriors(shard):
            person, item, _ = block.answers()
            found = block.expected(posterior, right, wrong)
            part = (
                self._crossed(block, posterior, found, person, item)
                if self.full
                else _own(found, item, len(self.expectation.parameters.items))
            )
            total = part if total is None else total + part
        if total is None:
            raise ValueError("a shard has no persons")
        return total

    def _log_derivatives(self) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Return the derivatives of log P and log(1 - P), (k, J, Q) each."""
        right, wrong, by = self.expectation.parameters.chances(self.expectation.nodes)
        by = by[list(self.columns)]
        exact = self.expectation.exact
        return single(np.nan_to_num(by / right), exact), single(np.nan_to_num(-by / wrong), exact)

    def _crossed(
        self, block: Block, posterior: NDArray[np.floating], found: Floats, person: Integers, item: Integers
    ) -> Products:
        n_items, k = len(self.expectation.parameters.items), len(self.columns)
        scores = np.zeros((block.persons, n_items * k + 2))
        for column in range(k):
            scores[person, item * k + column] = found[column]
        away = (self.expectation.nodes - self.expectation.parameters.mean) / self.expectation.parameters.sd
        scores[:, -2] = posterior @ (away / self.expectation.parameters.sd)
        scores[:, -1] = posterior @ (away**2 - 1)
        return Products(scores.sum(axis=0), scores.T @ scores)


def _own(found: Floats, item: Integers, n_items: int) -> Products:
    k = len(found)
    gradient = np.column_stack([np.bincount(item, row, minlength=n_items) for row in found]).astype(
        np.float64
    )
    crossed = np.empty((n_items, k, k))
    for i in range(k):
        for j in range(k):
            crossed[:, i, j] = np.bincount(item, found[i] * found[j], minlength=n_items)
    return Products(gradient, crossed)


def wants_full(problem: Problem, n_items: int, persons: int) -> bool:
    """Whether the errors of all parameters are computed together."""
    count = n_items * len(problem.columns) + 2
    return count <= FULL_PARAMETERS and persons >= FULL_PERSONS * count


def covariances(problem: Problem, parameters: Parameters, products: Products) -> Floats:
    """Return the covariance of each item's k parameters, (J, k, k); nan for what is not estimated."""
    n_items, k = len(parameters.items), len(problem.columns)
    found = np.full((n_items, k, k), np.nan)
    _, curvature = problem.penalty.derivatives(parameters)
    curvature = np.nan_to_num(curvature[:, problem.columns][:, :, problem.columns])
    if products.crossed.ndim == 3:
        found[problem.free] = _inverse(products.crossed[problem.free] + curvature[problem.free])
        return found
    basis = estimated(problem, n_items)
    whole = products.crossed.copy()
    for item in np.flatnonzero(problem.free):
        at = slice(item * k, item * k + k)
        whole[at, at] += curvature[item]
    spread = basis @ _inverse((basis.T @ whole @ basis)[None])[0] @ basis.T
    for item in np.flatnonzero(problem.free):
        at = slice(item * k, item * k + k)
        found[item] = spread[at, at]
    return found


def estimated(problem: Problem, n_items: int) -> Floats:
    """Return how all parameters (p,) hang on those that are estimated (e,), as a (p, e) matrix of 0 and 1."""
    k = len(problem.columns)
    free = np.append(np.repeat(problem.free, k), [problem.free_population] * 2)
    basis = np.eye(n_items * k + 2)[:, free]
    if not problem.common_slope:
        return basis
    own = np.array([column % k != 0 or column >= n_items * k for column in np.flatnonzero(free)])
    return np.column_stack([basis[:, ~own].sum(axis=1), basis[:, own]])


def _inverse(matrices: Floats) -> Floats:
    """Return inverses, nan where there is none."""
    try:
        np.linalg.cholesky(matrices)
        return np.asarray(np.linalg.inv(matrices), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.stack([_inverse_or_nan(matrix) for matrix in matrices])


def _inverse_or_nan(matrix: Floats) -> Floats:
    try:
        np.linalg.cholesky(matrix)
        return np.asarray(np.linalg.inv(matrix), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.full_like(matrix, np.nan)
