"""``calibrate``: marginal maximum likelihood by EM."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logit

from quizengine.errors import PsychometricsError, nearest_hint
from quizengine.psychometrics.arrays import Booleans, Floats
from quizengine.psychometrics.calibration.acceleration import extrapolate
from quizengine.psychometrics.calibration.expectation import Expectation, Statistics
from quizengine.psychometrics.calibration.maximisation import Problem, derivatives, maximise
from quizengine.psychometrics.calibration.parameters import (
    CEILING,
    FREE_COLUMNS,
    GUESS,
    INTERCEPT,
    MODELS,
    SLOPE,
    Model,
    Parameters,
)
from quizengine.psychometrics.calibration.precision import ScoreProducts, covariances, wants_full
from quizengine.psychometrics.calibration.priors import SILENT, WEAK, Penalty, Prior
from quizengine.psychometrics.calibration.quadrature import (
    FREE_REACH,
    REACH,
    make_nodes,
    read_nodes,
    too_coarse,
)
from quizengine.psychometrics.calibration.responses import Responses
from quizengine.psychometrics.calibration.result import Calibration, anchor_statistics, make_calibration

Run = Callable[..., Iterable[Any]]
"""What is like ``map``: plain, a process pool's, a cluster's."""

LEAST_ANSWERS = 30
LEAST_PERSONS = 2
TOLERANCE, TOLERANCE_EXACT, TOLERANCE_LARGE = 1e-5, 1e-7, 1e-4
STEEPEST = 1e-3
"""Of a gradient at the maximum, for each root of a person: far below what sampling makes of it."""
SINGLE_STEEPER = 10
PATIENCE = 100
"""Steps after which the usual tolerance is enough for little data too."""
LARGE = 1_000_000
"""Answers from which on sampling error is far above a ten-thousandth."""
EXACT = 200_000
"""Cells (persons x items) up to which all is in double precision."""
TYPICAL_GUESS, TYPICAL_CEILING = 0.2, 0.98
SLOPE_BOUNDS = (0.05, 8.0)
"""Where an extrapolated slope may be; a plain EM step may go anywhere. A slope beyond is none: four times
as steep as the sharpest question."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an EM stands after a step: the largest move of a parameter, and the log likelihood before it."""

    step: int
    change: float
    log_likelihood: float


def calibrate(  # noqa: PLR0913  (all but the first two are options with names)
    responses: ArrayLike | Responses,
    model: Model = "2pl",
    *,
    prior: Prior | Literal["weak"] | None = None,
    anchors: ArrayLike | None = None,
    guess: ArrayLike | None = None,
    ceiling: ArrayLike | None = None,
    free_population: bool | None = None,
    nodes: ArrayLike | None = None,
    tol: float | None = None,
    max_iterations: int = 500,
    standard_errors: bool = True,
    run: Run = map,
    watch: Callable[[Progress], object] | None = None,
) -> Calibration:
    """Estimate item parameters by marginal maximum likelihood.

    Parameters
    ----------
    responses : (N, J) floats in [0, 1], or Responses
        Scores; nan where an item was not given. A score between 0 and 1 is partial credit.
    model
        ``"rasch"`` (slopes 1, spread of persons estimated), ``"1pl"`` (one slope), ``"2pl"``, ``"3pl"``
        (lower asymptotes too), ``"4pl"`` (upper ones too).
    prior
        Beliefs about slopes and difficulties; ``"weak"`` is log a ~ N(0, .5^2), b ~ N(0, 2^2). With None,
        an item with all right, all wrong or fewer than 30 answers is nan, with a reason in ``notes``.
    anchors : (J, 4) floats
        Rows a, b, c, d of items that keep their parameters; nan in the rows of the others. Then mean and
        spread of the persons are estimated, on the scale of the anchors.
    guess : (J,) floats or one float in [0, 1)
        Lower asymptotes: fixed up to 2PL, 0 by default; the modes of beta priors of weight 20 for 3PL and
        4PL, 0.2 by default.
    ceiling : (J,) floats or one float in (0, 1]
        Upper asymptotes: fixed up to 3PL, 1 by default; the modes of beta priors for 4PL, 0.98 by default.
    free_population
        Whether mean and spread of the persons are estimated; something else must hold the scale then:
        anchors, which make it the default, or a prior for each difficulty.
    nodes : (Q,) floats, evenly spaced
        Abilities to integrate over; by default as many as the answers of a person need.
    tol : float > 0
        The largest move of a, -a b, c or d in a plain EM step that counts as none; by default 1e-5, 1e-7 for
        little data and 1e-4 above a million answers.
    max_iterations : int
        EM steps after which it ends without convergence.
    standard_errors : bool
        Whether to compute them; costs about as much as five EM steps.
    run
        What maps a task over shards of persons.
    watch
        Is called after each EM step.

    Returns
    -------
    Calibration
        Also without convergence: then ``converged`` is False and a note says so.

    Raises
    ------
    PsychometricsError
        If responses, anchors or options cannot be, or no item can be estimated.

    References
    ----------
    R. D. Bock and M. Aitkin, "Marginal maximum likelihood estimation of item parameters: application of an
    EM algorithm", Psychometrika 46(4), 1981, pp. 443-459.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> theta, b = rng.normal(size=(2000, 1)), np.linspace(-1.5, 1.5, 10)
    >>> scores = rng.random((2000, 10)) < 1 / (1 + np.exp(-1.3 * (theta - b)))
    >>> found = calibrate(scores, "2pl")
    >>> bool(abs(found.b - b).max() < 4 * found.se_b.max()), found.converged
    (True, True)
    """
    if model not in MODELS:
        raise PsychometricsError(f"there is no model {model!r}.{nearest_hint(str(model), MODELS)}")
    given = responses if isinstance(responses, Responses) else Responses.from_matrix(responses)
    if given.persons < LEAST_PERSONS:
        raise PsychometricsError(f"there is {given.persons} person; at least {LEAST_PERSONS} are needed")
    fixed = None if anchors is None else _read_anchors(anchors, given.n_items)
    problem, start, notes = _prepare(given, model, prior, fixed, guess, ceiling)
    if free_population is not None:
        problem = replace(problem, free_population=free_population)
    per_person = float(given.answers.sum()) / given.persons
    reach = FREE_REACH if problem.free_population else REACH
    chosen = make_nodes(per_person, reach=reach) if nodes is None else read_nodes(np.asarray(nodes))
    if too_coarse(chosen, per_person):
        notes.append(
            f"nodes: {len(chosen)} are too few for {per_person:.0f} answers a person; slopes may be biased"
        )
    exact = given.persons * given.n_items <= EXACT
    em = _Em(problem, given, chosen, exact, run, watch)
    parameters, converged = em.climb(start, tol or _tolerance(given, exact), max_iterations)
    if prior is None and (runaways := _runaways(problem, parameters)).any():
        told = "its slope grows without end; more answers, or a prior, would bound it"
        notes.extend(f"item {item}: {told}" for item in np.flatnonzero(runaways))
        em.problem = problem = replace(problem, free=problem.free & ~runaways)
        rest = replace(parameters, items=np.where(runaways[:, None], np.nan, parameters.items))
        parameters, converged = em.climb(rest, tol or _tolerance(given, exact), em.steps + max_iterations)
    final = em.expect(parameters)
    if not converged:
        notes.append(f"no convergence in {max_iterations} EM steps; the last one moved {em.change:.1g}")
    else:
        gradient = derivatives(problem, parameters, final, chosen).gradient
        if problem.common_slope:
            gradient[:, SLOPE] = gradient[:, SLOPE].sum()
        steepest = float(abs(gradient).max())
        if steepest > STEEPEST * given.persons**0.5 * (1 if exact else SINGLE_STEEPER):
            notes.append(f"the likelihood still slopes at the end (gradient {steepest:.2g})")
    spread = moved = None
    if standard_errors:
        full = wants_full(problem, given.n_items, given.persons)
        task = ScoreProducts(Expectation(parameters, chosen, exact), problem.columns, full)
        products = reduce(add, run(task, given.shards))
        spread = covariances(problem, parameters, products)
        if fixed is not None:
            moved = anchor_statistics(problem, ~np.isnan(fixed[:, 0]), parameters, products)
    return make_calibration(
        model,
        parameters,
        columns=problem.columns,
        spread=spread,
        statistics=final,
        counts=(given.persons, given.answers),
        nodes=chosen,
        iterations=em.steps,
        converged=converged,
        notes=tuple(notes),
        anchored=None if fixed is None else ~np.isnan(fixed[:, 0]),
        anchor_change=moved,
    )


def _runaways(problem: Problem, parameters: Parameters) -> Booleans:
    """Return which items have a likelihood that grows with the slope for ever, (J,)."""
    with np.errstate(invalid="ignore"):
        found: Booleans = problem.free & (abs(parameters.items[:, SLOPE]) >= SLOPE_BOUNDS[1])
    return found


class _Em:
    """EM steps on one problem, counted."""

    def __init__(
        self,
        problem: Problem,
        responses: Responses,
        nodes: Floats,
        exact: bool,
        run: Run,
        watch: Callable[[Progress], object] | None,
    ) -> None:
        self.problem, self.responses, self.nodes, self.exact = problem, responses, nodes, exact
        self.run, self.watch = run, watch
        self.steps, self.change = 0, float("inf")

    def expect(self, parameters: Parameters) -> Statistics:
        """Return the statistics of all persons; added in the order of shards, whoever computed them."""
        task = Expectation(parameters, self.nodes, self.exact)
        statistics: Statistics = reduce(add, self.run(task, self.responses.shards))
        return statistics

    def step(self, before: Parameters, statistics: Statistics) -> Parameters:
        """Return where a plain EM step leads, and note how far that is."""
        after = maximise(self.problem, before, statistics, self.nodes)
        self.steps += 1
        self.change = _distance(before, after)
        if self.watch:
            self.watch(Progress(self.steps, self.change, statistics.log_likelihood))
        return after

    def climb(self, start: Parameters, tol: float, most: int) -> tuple[Parameters, bool]:
        """Return the maximum, and whether it was reached."""
        now = start
        while self.steps < most:
            once = self.step(now, self.expect(now))
            if self._is_still(tol):
                return once, True
            middle = self.expect(once)
            twice = self.step(once, middle)
            if self._is_still(tol):
                return twice, True
            now = self._leap(now, once, twice, self._height(once, middle))
            if self._is_still(tol):
                return now, True
        return now, False

    def _is_still(self, tol: float) -> bool:
        """Whether the last step went nowhere; of a long way less is asked than of a short one."""
        return self.change < (tol if self.steps < PATIENCE else max(tol, TOLERANCE))

    def _leap(self, start: Parameters, once: Parameters, twice: Parameters, height: float) -> Parameters:
        """Extrapolate and take one plain step from there; if that is downhill, from where we were."""
        pack = self.problem.pack
        far = self.problem.unpack(extrapolate(pack(start), pack(once), pack(twice)), twice)
        far = _within_bounds(far, twice)
        if abs(far.mean) < REACH and 0.1 < far.sd < REACH:
            statistics = self.expect(far)
            # Single precision makes heights differ in the seventh digit.
            if self._height(far, statistics) >= height - (1e-9 if self.exact else 3e-7) * abs(height):
                return self.step(far, statistics)
        return self.step(twice, self.expect(twice))

    def _height(self, parameters: Parameters, statistics: Statistics) -> float:
        return statistics.log_likelihood + float(self.problem.penalty.log_densities(parameters).sum())


def _distance(before: Parameters, after: Parameters) -> float:
    """The largest move of a slope, an intercept, an asymptote, or the persons' mean or spread.

    Items that have no maximum are not waited for.
    """
    with np.errstate(invalid="ignore"):
        bounded = abs(after.items[:, SLOPE]) < SLOPE_BOUNDS[1]
    moves: list[Floats] = [
        abs(after.items[:, :GUESS] - before.items[:, :GUESS])[bounded].ravel(),
        abs(after.guess - before.guess)[bounded],
        abs(after.ceiling - before.ceiling)[bounded],
        np.array([abs(after.mean - before.mean), abs(after.sd - before.sd)]),
    ]
    return float(np.nanmax(np.concatenate(moves)))


def _within_bounds(far: Parameters, near: Parameters) -> Parameters:
    """Return an extrapolation, but of items that it would take where none are, what they were."""
    low, high = SLOPE_BOUNDS
    slope = far.items[:, SLOPE]
    with np.errstate(invalid="ignore"):
        sound = (slope > low) & (slope < high) & (far.guess < far.ceiling)
    return replace(far, items=np.where(sound[:, None], far.items, near.items))


def _tolerance(responses: Responses, exact: bool) -> float:
    if exact:
        return TOLERANCE_EXACT
    return TOLERANCE_LARGE if responses.answers.sum() > LARGE else TOLERANCE


def _prepare(
    responses: Responses,
    model: Model,
    prior: Prior | Literal["weak"] | None,
    anchors: Floats | None,
    guess: ArrayLike | None,
    ceiling: ArrayLike | None,
) -> tuple[Problem, Parameters, list[str]]:
    """Return the problem, where to start, and what is left out with the reason."""
    columns = FREE_COLUMNS[model]
    n_items = responses.n_items
    lower = _asymptote(guess, TYPICAL_GUESS if GUESS in columns else 0.0, n_items, "guess")
    upper = _asymptote(ceiling, TYPICAL_CEILING if CEILING in columns else 1.0, n_items, "ceiling")
    if not (lower < upper).all():
        raise PsychometricsError("guess must be below ceiling for every item")
    anchored = np.zeros(n_items, dtype=bool) if anchors is None else ~np.isnan(anchors[:, 0])
    left_out, notes = _left_out(responses, anchored) if prior is None else (responses.answers == 0, [])
    left_out &= ~anchored
    free = ~anchored & ~left_out
    if not free.any():
        raise PsychometricsError("\n".join(["no item can be estimated:", *(notes or ["all are anchors"])]))
    with np.errstate(divide="ignore"):
        start = _start(responses, lower, upper)
        if anchors is not None:
            start[anchored] = _as_parameters(anchors[anchored])
    start[left_out] = np.nan
    believed = {None: SILENT, "weak": WEAK}[prior] if prior is None or isinstance(prior, str) else prior
    penalty = Penalty(believed, lower if GUESS in columns else None, upper if CEILING in columns else None)
    common = model in ("rasch", "1pl")
    if common and anchors is not None:  # their slopes are given, and so is that of the others
        start[free, SLOPE] = 1.0 if model == "rasch" else float(np.mean(anchors[anchored, 0]))
        columns, common = (INTERCEPT,), False
    return (
        Problem(columns, free, common, anchors is not None, penalty),
        Parameters(start),
        notes,
    )


def _left_out(responses: Responses, anchored: Booleans) -> tuple[Booleans, list[str]]:
    few = responses.answers < LEAST_ANSWERS
    none, all_ = responses.total == 0, responses.total == responses.answers
    notes = []
    for item in np.flatnonzero((few | none | all_) & ~anchored):
        count = responses.answers[item]
        if few[item]:
            reason = f"{count} answers; {LEAST_ANSWERS} are the least"
        else:
            reason = f"all {count} answers are {'wrong' if none[item] else 'right'}"
        notes.append(f"item {item}: {reason}")
    return few | none | all_, notes


def _start(responses: Responses, lower: Floats, upper: Floats) -> Floats:
    """Return a slope of 1 and intercepts from the shares of right answers, (J, 4)."""
    share = (responses.total + 0.5) / (responses.answers + 1.0)
    known = np.clip((share - lower) / (upper - lower), 0.02, 0.98)
    # A N(0, 1) of persons flattens a logistic curve by about sqrt(1 + 1 / 2.89).
    return np.column_stack([np.ones(len(share)), 1.16 * logit(known), logit(lower), logit(upper)])


def _asymptote(values: ArrayLike | None, default: float, n_items: int, name: str) -> Floats:
    array = np.asarray(default if values is None else values, dtype=np.float64)
    if array.shape not in ((), (n_items,)) or not ((array >= 0) & (array <= 1)).all():
        raise PsychometricsError(f"{name} must be one number in [0, 1], or {n_items} of them")
    return np.broadcast_to(array, (n_items,)).copy()


def _read_anchors(anchors: ArrayLike, n_items: int) -> Floats:
    array = np.asarray(anchors, dtype=np.float64)
    if array.shape != (n_items, 4):
        raise PsychometricsError(f"anchors have shape {array.shape}; it must be ({n_items}, 4): a, b, c, d")
    rows = array[~np.isnan(array[:, 0])]
    a, _, c, d = rows.T
    if not len(rows) or not np.isfinite(rows).all() or not ((a > 0) & (c >= 0) & (c < d) & (d <= 1)).all():
        raise PsychometricsError("anchors need at least one row, all finite, a > 0 and 0 <= c < d <= 1")
    return array


def _as_parameters(rows: Floats) -> Floats:
    a, b, c, d = rows.T
    return np.column_stack([a, -a * b, logit(c), logit(d)])
