"""What everybody's other answers say: the ability to match people on, and the chance to expect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Booleans, Floats, Integers, finite
from quizengine.psychometrics.response import log_likelihood, success_chance

NODES = np.linspace(-6.0, 6.0, 97)
"""Eight points an sd of the population: below the posterior sd of any test of up to 200 items."""
ROUNDS, TOLERANCE = 200, 1e-4
"""Bound of the estimation of each group's mean and sd, in logits."""
LEAST_SD = 0.05


@dataclass(frozen=True, eq=False)
class Curves:
    """The curves of J items on one scale, in logits: `success_chance` with one entry an item."""

    a: Floats
    b: Floats
    c: Floats
    d: Floats

    @classmethod
    def of(cls, a: ArrayLike, b: ArrayLike, c: ArrayLike = 0.0, d: ArrayLike = 1.0) -> Curves:
        """Make curves of columns, or of one number for all items.

        Raises
        ------
        PsychometricsError
            If lengths differ, a value is not finite, or a curve does not rise from c to d.

        Examples
        --------
        >>> len(Curves.of(a=[1.0, 1.2], b=[0.0, 0.5], c=0.25))
        2
        """
        shape = (max(np.size(part) for part in (a, b, c, d)),)
        named = {"a": a, "b": b, "c": c, "d": d}
        columns = [
            finite(np.broadcast_to(part, shape) if np.size(part) == 1 else part, name, shape)
            for name, part in named.items()
        ]
        curves = cls(*columns)
        bad = (curves.a <= 0) | (curves.c < 0) | (curves.d > 1) | (curves.c >= curves.d)
        if bad.any():
            item = int(np.flatnonzero(bad)[0])
            raise PsychometricsError(f"item {item}: a must be above 0, and 0 <= c < d <= 1")
        return curves

    def __len__(self) -> int:
        return len(self.a)

    def chances(self, theta: Floats) -> Floats:
        """Return the chance of each ability on each item, (len(theta), J)."""
        return success_chance(theta[:, None], self.a, self.b, self.c, self.d)

    def logs(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return log P and log(1 - P), (len(theta), J) each."""
        at = theta[:, None]
        return (
            log_likelihood(at, self.a, self.b, self.c, self.d, 1.0),
            log_likelihood(at, self.a, self.b, self.c, self.d, 0.0),
        )


@dataclass(frozen=True, eq=False)
class Others:
    """What the *other* answers of each person say about each of their answers, (N, J); nan if not given.

    ``ability`` is the posterior mean in logits, ``expected`` the chance of a right answer averaged over
    the posterior. ``means`` and ``sds`` are of the groups' priors, (G,).
    """

    ability: Floats
    expected: Floats
    means: Floats
    sds: Floats


def read_scores(scores: ArrayLike, *, items: int | None = None) -> Floats:
    """Return scores as (N, J) floats in [0, 1], nan where an item was not given.

    Raises
    ------
    PsychometricsError
        If they are no matrix, of another number of items, or one is outside [0, 1].
    """
    matrix = np.asarray(scores, dtype=np.float64)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise PsychometricsError(f"scores has shape {matrix.shape}; it must be (persons, items)")
    if items is not None and matrix.shape[1] != items:
        raise PsychometricsError(f"scores has {matrix.shape[1]} columns; there are {items} items")
    if ((matrix < 0) | (matrix > 1)).any() or np.isinf(matrix).any():
        raise PsychometricsError("a score is outside [0, 1]; nan stands for an item that was not given")
    return matrix


def posterior(scores: ArrayLike, curves: Curves, groups: ArrayLike | None = None) -> Floats:
    """Return the posterior of each person on `NODES`, (N, Q), rows sum to 1.

    Parameters
    ----------
    scores : (N, J) floats in [0, 1], nan where not given
    curves : Curves of J items
    groups : (N,) ints from 0, optional
        Each group has a normal prior of its own, fitted here; without groups all are N(0, 1).

    Examples
    --------
    >>> mass = posterior([[1.0, 0.0], [1.0, 1.0]], Curves.of(1.0, [0.0, 0.0]))
    >>> (mass @ NODES).round(3)
    array([0.   , 0.704])
    """
    return posteriors(scores, curves, groups)[0]


def posteriors(
    scores: ArrayLike, curves: Curves, groups: ArrayLike | None = None
) -> tuple[Floats, Floats, Floats]:
    """Return what `posterior` does, and mean and sd of each group's prior, (G,) each."""
    logs = _log_likelihoods(read_scores(scores, items=len(curves)), curves)
    prior, means, sds = _priors(logs, groups)
    return _normalised(logs + prior), means, sds


def others(
    scores: ArrayLike,
    curves: Curves,
    groups: ArrayLike | None = None,
    *,
    anchors: ArrayLike | None = None,
) -> Others:
    """Look at each answer from the person's other answers.

    Parameters
    ----------
    scores : (N, J) floats in [0, 1], nan where not given
    curves : Curves of J items
    groups : (N,) ints from 0, optional
        Each group has a normal prior of its own, fitted here. Two people with equal answers in groups of
        unequal ability are *not* equally able on average; matching that ignores this finds differences
        in items where there are none.
    anchors : (J,) bools, optional
        Only answers to these tell of a person.

    Returns
    -------
    Others

    Notes
    -----
    R. D. Bock and M. F. Zimowski, "Multiple group IRT", in W. J. van der Linden and R. K. Hambleton (eds.),
    "Handbook of Modern Item Response Theory", 1997, pp. 433-448, with the curves known.

    Examples
    --------
    >>> found = others([[1.0, 0.0], [1.0, 1.0]], Curves.of(1.0, [0.0, 0.0]))
    >>> found.ability.round(3)  # without the item itself
    array([[-0.413,  0.413],
           [ 0.413,  0.413]])
    """
    matrix = read_scores(scores, items=len(curves))
    telling = np.ones(len(curves), dtype=bool) if anchors is None else np.asarray(anchors, dtype=bool)
    logs = _log_likelihoods(np.where(telling, matrix, np.nan), curves)
    prior, means, sds = _priors(logs, groups)
    logs = logs + prior
    ability, expected = np.full(matrix.shape, np.nan), np.full(matrix.shape, np.nan)
    chances = curves.chances(NODES)
    right, wrong = curves.logs(NODES)
    for item in range(len(curves)):
        given = ~np.isnan(matrix[:, item])
        rows = logs[given]
        if telling[item]:
            score = matrix[given, item][:, None]
            rows = rows - (score * right[:, item] + (1 - score) * wrong[:, item])
        mass = _normalised(rows)
        ability[given, item] = mass @ NODES
        expected[given, item] = mass @ chances[:, item]
    return Others(ability, expected, means, sds)


def quantile_bins(ability: Floats, bins: int) -> Integers:
    """Return the bin of each ability, of about equal numbers; equal abilities share a bin.

    >>> quantile_bins(np.array([0.1, 0.2, 0.3, 0.4]), 2)
    array([0, 0, 1, 1])
    """
    edges = np.quantile(ability, np.arange(1, bins) / bins) if len(ability) else np.zeros(0)
    return np.searchsorted(np.unique(edges), ability, side="right").astype(np.intp)


def _log_likelihoods(matrix: Floats, curves: Curves) -> Floats:
    """Return the log likelihood of each person at each node, (N, Q)."""
    right, wrong = curves.logs(NODES)
    given: Booleans = ~np.isnan(matrix)
    solved = np.where(given, matrix, 0.0)
    sums: Floats = solved @ (right - wrong).T + given.astype(np.float64) @ wrong.T
    return sums


def _normalised(logs: Floats) -> Floats:
    mass = np.exp(logs - logs.max(axis=1, keepdims=True))
    mass /= mass.sum(axis=1, keepdims=True)
    shares: Floats = mass
    return shares


def _priors(logs: Floats, groups: ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    """Return log priors (N or 1, Q), means and sds (G,): fitted by EM to each group, or N(0, 1)."""
    if groups is None:
        return -(NODES[None, :] ** 2) / 2, np.zeros(1), np.ones(1)
    group = np.asarray(groups, dtype=np.intp)
    if group.shape != (len(logs),) or (group < 0).any():
        raise PsychometricsError("groups must be one number from 0 up for each person")
    fitted = [_fitted(logs[group == number]) for number in range(int(group.max()) + 1)]
    priors = np.array([_log_normal(mean, sd) for mean, sd in fitted])
    means, sds = np.array(fitted).T
    return priors[group], means, sds


def _fitted(logs: Floats) -> tuple[float, float]:
    """Return the mean and sd of the normal population that makes these answers likeliest."""
    mean, sd = 0.0, 1.0
    for _ in range(ROUNDS if len(logs) else 0):
        mass = _normalised(logs + _log_normal(mean, sd)).mean(axis=0)
        last, mean = mean, float(mass @ NODES)
        narrower, sd = sd, max(float(mass @ (NODES - mean) ** 2) ** 0.5, LEAST_SD)
        if max(abs(mean - last), abs(sd - narrower)) < TOLERANCE:
            break
    return mean, sd


def _log_normal(mean: float, sd: float) -> Floats:
    logs: Floats = -(((NODES - mean) / sd) ** 2) / 2 - np.log(sd)
    return logs
