"""The M-step: each item's curve through the expected answers, by a few Newton steps on all at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from quizengine.psychometrics.arrays import Booleans, Floats, Integers
from quizengine.psychometrics.calibration.expectation import Statistics
from quizengine.psychometrics.calibration.parameters import INTERCEPT, SLOPE, Parameters
from quizengine.psychometrics.calibration.priors import Penalty

NEWTON_STEPS = 4
LONGEST_STEP = np.array([0.5, 1.0, 1.0, 1.0])
"""Of slope, intercept, logit c and logit d: a step further would leave where the quadratic is good."""
RIDGE = 1e-9
SLACK = 1e-12
"""Of a height, that is rounding."""
LEAST_SLOPE = 0.01
"""Of an item with a prior for its slope, which has a logarithm."""
MOST_SLOPE, MOST_INTERCEPT = 10.0, 60.0
"""Where an item is stopped whose likelihood has no maximum, as few answers may have it."""


@dataclass(frozen=True, eq=False)
class Problem:
    """What is estimated: which columns of which items, and whether the persons' distribution too.

    ``free`` (J,) is false for anchors and for items that cannot be estimated.
    """

    columns: tuple[int, ...]
    free: Booleans
    common_slope: bool
    free_population: bool
    penalty: Penalty

    @property
    def expandable(self) -> bool:
        """Whether a shift and a stretch of all persons can be undone in the items."""
        return not self.free_population and not self.penalty.prior.says_something

    @property
    def places(self) -> tuple[Integers, Integers]:
        """The rows (F, 1) and columns (k,) of the items' parameters that are estimated."""
        return np.flatnonzero(self.free)[:, None], np.array(self.columns)

    def pack(self, parameters: Parameters) -> Floats:
        """Return what is estimated as one vector."""
        items = parameters.items[self.free][:, self.columns].ravel()
        return np.append(items, [parameters.mean, np.log(parameters.sd)]) if self.free_population else items

    def unpack(self, vector: Floats, like: Parameters) -> Parameters:
        """Return parameters with the estimated ones taken from a vector."""
        items = like.items.copy()
        count = int(self.free.sum()) * len(self.columns)
        items[self.places] = vector[:count].reshape(-1, len(self.columns))
        if not self.free_population:
            return replace(like, items=items)
        return Parameters(items, float(vector[count]), float(np.exp(vector[count + 1])))


def maximise(problem: Problem, parameters: Parameters, statistics: Statistics, nodes: Floats) -> Parameters:
    """Return the parameters that the expected answers are likeliest under."""
    best, moved, height = parameters, parameters, np.full(int(problem.free.sum()), -np.inf)
    for number in range(NEWTON_STEPS + 1):
        found = derivatives(problem, moved, statistics, nodes)
        # An item whose step went downhill goes half the way back: Newton can circle about a maximum.
        worse = found.height < height - SLACK * abs(height)
        if problem.common_slope:  # one slope takes one step
            worse[:] = found.height.sum() < height.sum() * (1 + SLACK)
        height = np.where(worse, height, found.height)
        best = _chosen(problem, worse, best, moved)
        if number == NEWTON_STEPS:
            break
        moved = _chosen(problem, worse, _halfway(best, moved), _stepped(problem, best, found))
    moved = best
    share = statistics.persons / statistics.persons.sum()
    mean = float(share @ nodes)
    sd = float(np.sqrt(share @ (nodes - mean) ** 2))
    if problem.free_population:
        return Parameters(moved.items, mean, sd)
    if problem.expandable:
        return _standardised(moved, mean, sd)
    return moved


def _standardised(parameters: Parameters, mean: float, sd: float) -> Parameters:
    """Return the same curves for persons who are moved to N(0, 1).

    EM with an expanded parameter: mean and spread of persons are estimated and then taken into the items,
    which changes no chance. Without it an EM creeps along that direction.

    References
    ----------
    C. Liu, D. B. Rubin and Y. N. Wu, "Parameter expansion to accelerate EM: the PX-EM algorithm",
    Biometrika 85(4), 1998, pp. 755-770.
    """
    items = parameters.items.copy()
    items[:, INTERCEPT] += items[:, SLOPE] * mean
    items[:, SLOPE] *= sd
    return replace(parameters, items=items)


@dataclass(frozen=True, eq=False)
class Derivatives:
    """Of the F free items in their k free columns: gradient (F, k), information (F, k, k), height (F,)."""

    gradient: Floats
    information: Floats
    height: Floats


def derivatives(
    problem: Problem, parameters: Parameters, statistics: Statistics, nodes: Floats
) -> Derivatives:
    """Return what the expected log likelihood with the prior's is at some parameters.

    The gradient is that of the marginal log likelihood too (Fisher's identity), where the statistics
    are those of these parameters.
    """
    free = problem.free
    chosen = replace(parameters, items=parameters.items[free])
    right, wrong, by = chosen.chances(nodes)
    by = by[list(problem.columns)]
    of_right, of_wrong = statistics.right[free], statistics.wrong[free]
    gradient = np.einsum("jq,kjq->jk", of_right / right - of_wrong / wrong, by)
    weight = (of_right + of_wrong) / (right * wrong)
    information = np.empty((len(right), len(by), len(by)))
    for k in range(len(by)):
        weighted = weight * by[k]
        for m in range(k, len(by)):
            information[:, k, m] = information[:, m, k] = np.einsum("jq,jq->j", weighted, by[m])
    of_prior, curvature = problem.penalty.derivatives(parameters)
    gradient += of_prior[free][:, problem.columns]
    information += curvature[free][:, problem.columns][:, :, problem.columns]
    height = np.einsum("jq,jq->j", of_right, np.log(right)) + np.einsum("jq,jq->j", of_wrong, np.log(wrong))
    return Derivatives(gradient, information, height + problem.penalty.log_densities(parameters)[free])


def _stepped(problem: Problem, parameters: Parameters, found: Derivatives) -> Parameters:
    """Return where a Newton step leads, of limited length."""
    step = (_common_step if problem.common_slope else _own_steps)(found.gradient, found.information)
    # Shortened as a whole: cut column by column it could point downhill.
    too_long = abs(step) / LONGEST_STEP[list(problem.columns)]
    items = parameters.items.copy()
    items[problem.places] += step / np.maximum(too_long.max(axis=1, keepdims=True), 1.0)
    low = LEAST_SLOPE if problem.penalty.prior.says_something else -MOST_SLOPE
    items[:, SLOPE] = np.clip(items[:, SLOPE], low, MOST_SLOPE)
    items[:, INTERCEPT] = np.clip(items[:, INTERCEPT], -MOST_INTERCEPT, MOST_INTERCEPT)
    return replace(parameters, items=items)


def _halfway(one: Parameters, other: Parameters) -> Parameters:
    with np.errstate(invalid="ignore"):  # infinite logits of asymptotes that are 0 or 1: not estimated
        middle = (one.items + other.items) / 2
    return replace(one, items=np.where(one.items == other.items, one.items, middle))


def _chosen(problem: Problem, first: Booleans, one: Parameters, other: Parameters) -> Parameters:
    """Return the free items from one where ``first`` (F,) says so, else from the other."""
    items = other.items.copy()
    rows = np.flatnonzero(problem.free)[first]
    items[rows] = one.items[rows]
    return replace(other, items=items)


def _own_steps(gradient: Floats, information: Floats) -> Floats:
    """Newton steps of items that have nothing in common, (F, k)."""
    ridge = RIDGE * np.eye(information.shape[1])
    steps = np.linalg.solve(information + ridge, gradient[:, :, None])[:, :, 0]
    return np.asarray(steps, dtype=np.float64)


def _common_step(gradient: Floats, information: Floats) -> Floats:
    """The Newton step of items that share one slope, (F, 2): the intercepts are eliminated."""
    by_slope, by_intercept = gradient[:, SLOPE], gradient[:, INTERCEPT]
    both, own = information[:, SLOPE, INTERCEPT], information[:, INTERCEPT, INTERCEPT] + RIDGE
    slope = (by_slope - both / own * by_intercept).sum() / (
        information[:, SLOPE, SLOPE] - both**2 / own
    ).sum()
    return np.column_stack([np.full(len(gradient), slope), (by_intercept - both * slope) / own])
