"""What a calibration found, and what persons' abilities are under it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from quizengine.psychometrics.arrays import Booleans, Floats, Integers
from quizengine.psychometrics.calibration.expectation import Expectation, Statistics
from quizengine.psychometrics.calibration.linking import Link
from quizengine.psychometrics.calibration.maximisation import Problem
from quizengine.psychometrics.calibration.parameters import (
    CEILING,
    GUESS,
    INTERCEPT,
    SLOPE,
    Model,
    Parameters,
)
from quizengine.psychometrics.calibration.precision import Products, estimated
from quizengine.psychometrics.calibration.responses import Responses
from quizengine.psychometrics.pool import SLOPE_RANGE

NEWTON_STEPS = 30
MODE_STEP = 1e-10
LONGEST_STEP = 1.0


@dataclass(frozen=True, eq=False)
class Calibration:
    """Item parameters with their standard errors; nan for items that could not be estimated.

    ``a``, ``b``, ``c``, ``d`` and their errors are (J,). Persons are N(mean, sd^2) on the scale of the items:
    N(0, 1) unless there are anchors (or the model is Rasch). ``n`` (J,) counts answers. ``statistics`` are
    the expected answers from each of the ``nodes``. ``anchor_change`` (A, 2) has the test statistic and the
    degrees of freedom of each anchor's having moved, in the order of ``anchored``.
    """

    model: Model
    a: Floats
    b: Floats
    c: Floats
    d: Floats
    se_a: Floats
    se_b: Floats
    se_c: Floats
    se_d: Floats
    mean: float
    sd: float
    log_likelihood: float
    iterations: int
    converged: bool
    persons: int
    n: Integers
    nodes: Floats
    notes: tuple[str, ...]
    anchored: Booleans
    statistics: Statistics = field(repr=False)
    anchor_change: Floats | None = field(default=None, repr=False)

    @property
    def intercept(self) -> Floats:
        """``-a b``, (J,): well determined where b is not, for items that hardly discriminate."""
        intercept: Floats = -self.a * self.b
        return intercept

    @property
    def density(self) -> Floats:
        """The share of persons at each node, as their answers tell, (Q,)."""
        density: Floats = self.statistics.persons / self.statistics.persons.sum()
        return density

    @property
    def reliability(self) -> float:
        """The share of the spread of abilities that the answers tell, in [0, 1]."""
        unknown = self.statistics.variance / self.persons
        known = float(self.density @ self.nodes**2 - (self.density @ self.nodes) ** 2)
        return 1.0 - unknown / known

    def linked(self, link: Link) -> Calibration:
        """Return the same calibration on another scale."""
        return replace(
            self,
            a=link.slopes(self.a),
            b=link.abilities(self.b),
            se_a=self.se_a / link.scale,
            se_b=self.se_b * link.scale,
            mean=float(link.abilities(self.mean)),
            sd=self.sd * link.scale,
            nodes=link.abilities(self.nodes),
            statistics=self.statistics.stretched(link.scale),
        )

    def eap(self, responses: ArrayLike | Responses) -> tuple[Floats, Floats]:
        """Return the posterior mean and sd of each person's ability, (N,) each."""
        given = responses if isinstance(responses, Responses) else Responses.from_matrix(responses)
        means, spreads = [], []
        for shard in given.shards:
            for _, posterior, _ in Expectation(self._parameters(), self.nodes, True).posteriors(shard):
                mean = posterior @ self.nodes
                means.append(mean)
                spreads.append(np.sqrt(np.maximum(posterior @ self.nodes**2 - mean**2, 0.0)))
        return np.concatenate(means).astype(np.float64), np.concatenate(spreads).astype(np.float64)

    def posterior_mode(self, responses: ArrayLike | Responses) -> Floats:
        """Return the mode of each person's posterior, (N,)."""
        given = responses if isinstance(responses, Responses) else Responses.from_matrix(responses)
        modes = []
        for shard in given.shards:
            for block, posterior, _ in Expectation(self._parameters(), self.nodes, True).posteriors(shard):
                start = self.nodes[posterior.argmax(axis=1)]
                modes.append(self._climb(start, *block.answers()))
        return np.concatenate(modes)

    def _climb(self, theta: Floats, person: Integers, item: Integers, score: Floats) -> Floats:
        """Newton from the best node, by expected information."""
        usable = ~np.isnan(self.a[item])
        person, item, score = person[usable], item[usable], score[usable]
        a = self.a[item]
        chosen = Parameters(self._parameters().items[item])
        for _ in range(NEWTON_STEPS):
            right, wrong, by = chosen.chances(theta[person][:, None])
            steep = by[INTERCEPT, :, 0] * a
            pull = (score / right[:, 0] - (1 - score) / wrong[:, 0]) * steep
            gradient = np.bincount(person, pull, minlength=len(theta)) - (theta - self.mean) / self.sd**2
            information = np.bincount(person, steep**2 / (right * wrong)[:, 0], minlength=len(theta))
            step = np.clip(gradient / (information + self.sd**-2), -LONGEST_STEP, LONGEST_STEP)
            theta = theta + step
            if abs(step).max() < MODE_STEP:
                break
        return theta

    def _parameters(self) -> Parameters:
        with np.errstate(divide="ignore"):
            items = np.column_stack(
                [self.a, self.intercept, np.log(self.c / (1 - self.c)), np.log(self.d / (1 - self.d))]
            )
        return Parameters(items, self.mean, self.sd)

    def _worth_keeping(self) -> list[int]:
        low, high = SLOPE_RANGE
        usable = (self.a >= low) & (self.a <= high) & (np.isfinite(self.se_b) | self.anchored)
        return [int(i) for i in np.flatnonzero(usable)]

    def to_csv(
        self,
        path: str | Path,
        *,
        items: Sequence[str] | None = None,
        spread: ArrayLike | None = None,
        date: str = "",
        data: str = "",
    ) -> None:
        """Write the items that can be used and have standard errors, one a line.

        An item that those who know more get wrong more often has parameters, and is left out.

        Parameters
        ----------
        path
            The file; an older one is replaced.
        items : J names
            By default the numbers from 0.
        spread : (J,) floats
            How much variants of an item differ in difficulty; nan where nobody knows.
        date, data
            When, and a hash of the answers: so that a file can be told from another.
        """
        names = [str(i) for i in range(len(self.a))] if items is None else items
        spreads = np.full(len(self.a), np.nan) if spread is None else np.asarray(spread, dtype=np.float64)
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for i in self._worth_keeping():
                numbers = (self.a, self.se_a, self.b, self.se_b, self.c, self.d, spreads)
                told = ["" if np.isnan(column[i]) else f"{column[i]:.6g}" for column in numbers]
                writer.writerow([names[i], self.model, int(self.n[i]), *told, date, data])


COLUMNS = ("item", "model", "n", "a", "se_a", "b", "se_b", "c", "d", "sigma_f", "date", "data")
"""Of a file of calibrated items."""


def make_calibration(  # noqa: PLR0913  (the parts of a calibration, each under its name)
    model: Model,
    parameters: Parameters,
    *,
    columns: tuple[int, ...],
    spread: Floats | None,
    statistics: Statistics,
    counts: tuple[int, Integers],
    nodes: Floats,
    iterations: int,
    converged: bool,
    notes: tuple[str, ...],
    anchored: Booleans | None,
    anchor_change: Floats | None,
) -> Calibration:
    """Return a calibration in the terms of a reader: b for the intercept, and errors of a, b, c, d."""
    a, c, d = parameters.items[:, SLOPE], parameters.guess, parameters.ceiling
    b = parameters.difficulty
    errors = _errors(parameters, columns, spread)
    mean, sd = parameters.mean, parameters.sd
    is_anchored = np.zeros(len(a), dtype=bool) if anchored is None else anchored
    for column in (c, d):
        column[np.isnan(a)] = np.nan
    if model == "rasch" and anchored is None:
        # One slope for N(0, 1) persons is slope 1 for persons of that spread.
        sd = float(np.nanmean(a))
        errors = [np.where(np.isnan(a), np.nan, 0.0), errors[1] * sd, *errors[2:]]
        nodes, b, a = nodes * sd, b * sd, np.where(np.isnan(a), np.nan, 1.0)
        statistics = statistics.stretched(sd)
    return Calibration(
        model=model,
        a=a,
        b=b,
        c=c,
        d=d,
        se_a=errors[0],
        se_b=errors[1],
        se_c=errors[2],
        se_d=errors[3],
        mean=mean,
        sd=sd,
        log_likelihood=statistics.log_likelihood,
        iterations=iterations,
        converged=converged,
        persons=counts[0],
        n=counts[1],
        nodes=nodes,
        notes=notes,
        anchored=is_anchored,
        statistics=statistics,
        anchor_change=anchor_change,
    )


def _errors(parameters: Parameters, columns: tuple[int, ...], spread: Floats | None) -> list[Floats]:
    """Return the standard errors of a, b, c and d by the delta method, (J,) each."""
    n_items = len(parameters.items)
    if spread is None:
        return [np.full(n_items, np.nan) for _ in range(4)]
    whole = np.zeros((n_items, 4, 4))
    for i, row in enumerate(columns):
        for j, column in enumerate(columns):
            whole[:, row, column] = spread[:, i, j]
    a, c, d = parameters.items[:, SLOPE], parameters.guess, parameters.ceiling
    by_b = np.zeros((n_items, 4))
    by_b[:, SLOPE], by_b[:, INTERCEPT] = -parameters.difficulty / a, -1.0 / a
    variances = [
        whole[:, SLOPE, SLOPE],
        np.einsum("ji,jik,jk->j", by_b, whole, by_b),
        whole[:, GUESS, GUESS] * (c * (1 - c)) ** 2,
        whole[:, CEILING, CEILING] * (d * (1 - d)) ** 2,
    ]
    # What the model does not estimate is known, not unknown: its error is 0.
    return [np.sqrt(np.maximum(variance, 0.0)) for variance in variances]


def anchor_statistics(
    problem: Problem, anchored: Booleans, parameters: Parameters, products: Products
) -> Floats:
    """Return how strongly its answers pull each anchor away, (A, 2): chi-squared, degrees of freedom.

    The score test: the gradient at the anchored values against its covariance, less what the estimated
    parameters explain of it. Under no drift it is chi-squared.

    References
    ----------
    C. A. W. Glas, "Detection of differential item functioning using Lagrange multiplier tests",
    Statistica Sinica 8(3), 1998, pp. 647-667.
    """
    k = len(problem.columns)
    found = np.empty((int(anchored.sum()), 2))
    if products.crossed.ndim == 3:
        for row, item in enumerate(np.flatnonzero(anchored)):
            found[row] = _quadratic(products.gradient[item], products.crossed[item]), k
        return found
    basis = estimated(problem, len(parameters.items))
    own = basis.T @ products.crossed @ basis
    for row, item in enumerate(np.flatnonzero(anchored)):
        at = slice(item * k, item * k + k)
        explained = products.crossed[at] @ basis
        spread = products.crossed[at, at] - explained @ np.linalg.solve(own, explained.T)
        found[row] = _quadratic(products.gradient[at], spread), k
    return found


def _quadratic(gradient: Floats, spread: Floats) -> float:
    try:
        return float(gradient @ np.linalg.solve(spread, gradient))
    except np.linalg.LinAlgError:
        return float("nan")
