"""Which items of a test treat groups unlike: all items, all groups, with the false alarms kept in hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike
from scipy.special import logit

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Booleans, Floats, Integers
from quizengine.psychometrics.dif import MantelHaenszel, ets_class, mantel_haenszel
from quizengine.psychometrics.dif_logistic import LogisticDif, logistic_dif, size_class
from quizengine.psychometrics.matching import Curves, others, quantile_bins, read_scores

LEAST = 200
"""People a group who were given the item: below, "too few to say"."""
BINS = 8
LEVEL = 0.05
ROUNDS = 10
LEAST_ANCHORS = 4
"""Items that must be left to match people on; purification ends before there are fewer."""
EDGE = 1e-9
"""Keeps a chance of exactly 0 or 1 from an infinite log-odds."""

Verdict = Literal["flagged", "nothing found", "too few to say"]


@dataclass(frozen=True, slots=True)
class DifRow:
    """One item and one group, compared with the reference group.

    ``mantel_haenszel`` and ``logistic`` are None where a group has too few people; ``p_mantel_haenszel``
    and ``p_logistic`` are adjusted after Benjamini and Hochberg over all rows of the screen, nan where
    there is nothing to adjust. ``n_reference`` and ``n_focal`` count who was given the item.
    """

    item: int
    group: str
    n_reference: int
    n_focal: int
    mantel_haenszel: MantelHaenszel | None
    logistic: LogisticDif | None
    p_mantel_haenszel: float
    p_logistic: float
    verdict: Verdict


@dataclass(frozen=True, eq=False)
class DifScreen:
    """What came out for all items and groups.

    ``anchors`` (J,) bools are the items that people were matched on in the end; ``rounds`` how often the
    flagged ones were taken out and everything was computed anew; ``settled`` is False if that had not
    come to rest. ``means`` and ``sds`` are of each group's ability in logits, None when people were
    matched on their sum score.
    """

    rows: tuple[DifRow, ...]
    reference: str
    counts: dict[str, int]
    anchors: Booleans
    rounds: int
    settled: bool
    means: dict[str, float] | None
    sds: dict[str, float] | None

    @property
    def flagged(self) -> tuple[DifRow, ...]:
        """The rows that a person should look at."""
        return tuple(row for row in self.rows if row.verdict == "flagged")


def dif_screen(  # noqa: PLR0913  (the answers, and how to look at them by name)
    scores: ArrayLike,
    groups: Sequence[str | None],
    curves: Curves | None = None,
    *,
    reference: str | None = None,
    least: int = LEAST,
    bins: int = BINS,
    level: float = LEVEL,
    purify: bool = True,
    right_from: float = 0.5,
) -> DifScreen:
    """Compare every group with the reference group on every item, among people of equal ability.

    Parameters
    ----------
    scores : (N, J) floats in [0, 1], nan where an item was not given
    groups : (N,) labels; None where a person did not tell
    curves : Curves of J items, optional
        With them, people are matched on what their *other* answers say, under their own group's prior:
        right for adaptive tests, and for groups of unequal ability. Without, on the number of right
        answers, the item's own included; then everybody must have been given every item.
    reference : str, optional
        The group that the others are compared with; by default the largest.
    least : int
        People a group who were given the item, for anything to be said.
    bins : int
        Strata of Mantel-Haenszel when there are curves.
    level : float in (0, 1)
        The share of false findings among all findings that is put up with (Benjamini and Hochberg).
    purify : bool
        Match anew without the flagged items until the same ones are flagged.
    right_from : float in (0, 1]
        The score from which partial credit counts as right.

    Returns
    -------
    DifScreen
        A row is flagged if Mantel-Haenszel finds class B or C, or logistic regression does, with the
        adjusted p in place of p.

    Raises
    ------
    PsychometricsError
        If lengths differ, there is only one group, the reference is none of them, or an answer is
        missing and there are no curves.

    References
    ----------
    Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", Journal of the Royal Statistical
    Society B 57(1), 1995, pp. 289-300. Purification: P. W. Holland and D. T. Thayer, as in
    `mantel_haenszel`; one that goes on until it rests: G. L. Candell and F. Drasgow, Applied Psychological
    Measurement 12(3), 1988, pp. 253-260.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> curves = Curves.of(1.0, np.linspace(-1.5, 1.5, 12))
    >>> group = np.repeat(["one", "other"], 600)
    >>> theta = rng.normal(size=1200) - 0.5 * (group == "other")
    >>> harder = np.outer(group == "other", np.arange(12) == 4) * 1.0   # item 4, for the others
    >>> chance = 1 / (1 + np.exp(-(theta[:, None] - curves.b - harder)))
    >>> screen = dif_screen(rng.random((1200, 12)) < chance, list(group), curves, reference="one")
    >>> [(row.item, row.group) for row in screen.flagged], screen.anchors.sum()
    ([(4, 'other')], np.int64(11))
    """
    matrix = read_scores(scores, items=None if curves is None else len(curves))
    told, names = _groups(matrix, groups, reference)
    kept = told >= 0
    counts = {name: int((told == number).sum()) for number, name in enumerate(names)}
    matrix, told = matrix[kept], told[kept]
    right = np.where(np.isnan(matrix), np.nan, (matrix >= right_from).astype(np.float64))
    match = _by_curves(matrix, told, curves, bins) if curves is not None else _by_sum(right)
    looked = _Look(right, told, names, least, level)
    anchors = np.ones(matrix.shape[1], dtype=bool)
    seen: list[Booleans] = []
    rounds, settled = 0, False
    while True:
        rows, matched = looked.rows(match, anchors)
        clean = np.ones_like(anchors)
        clean[[row.item for row in rows if row.verdict == "flagged"]] = False
        settled = bool((clean == anchors).all())
        cannot = clean.sum() < LEAST_ANCHORS or any((clean == before).all() for before in seen)
        if settled or not purify or cannot or rounds == ROUNDS:
            break
        seen.append(anchors)
        anchors, rounds = clean, rounds + 1
    means, sds = (
        (dict(zip(names, (float(x) for x in values), strict=True)) for values in matched.spread)
        if matched.spread
        else (None, None)
    )
    return DifScreen(tuple(rows), names[0], counts, anchors, rounds, settled or not purify, means, sds)


@dataclass(frozen=True, eq=False)
class _Matched:
    """Strata (N, J) and the line of the logistic regression (N, J); means and sds of groups, if fitted."""

    strata: Integers
    line: Floats
    spread: tuple[Floats, Floats] | None


_Match = Callable[[Booleans], _Matched]


def _groups(
    matrix: Floats, groups: Sequence[str | None], reference: str | None
) -> tuple[Integers, tuple[str, ...]]:
    """Return the number of each person's group, -1 for none, and the names: the reference first."""
    if len(groups) != len(matrix):
        raise PsychometricsError(f"there are {len(groups)} groups for {len(matrix)} persons")
    counts = Counter(str(name) for name in groups if name is not None)
    if len(counts) < 2:
        only = f"only {next(iter(counts))!r}" if counts else "none"
        raise PsychometricsError(f"two groups are needed to compare; there is {only}")
    if reference is not None and reference not in counts:
        raise PsychometricsError(
            f"there is no group {reference!r} to compare with; there are {', '.join(sorted(counts))}"
        )
    names = sorted(counts, key=lambda name: (name != reference, -counts[name], name))
    number = {name: index for index, name in enumerate(names)}
    return np.array([-1 if g is None else number[str(g)] for g in groups], dtype=np.intp), tuple(names)


def _by_curves(matrix: Floats, told: Integers, curves: Curves, bins: int) -> _Match:
    def match(anchors: Booleans) -> _Matched:
        found = others(matrix, curves, told, anchors=anchors)
        strata = np.zeros(matrix.shape, dtype=np.intp)
        for item in range(matrix.shape[1]):
            given = ~np.isnan(matrix[:, item])
            strata[given, item] = quantile_bins(found.ability[given, item], bins)
        # The log-odds of the expected chance, not ability itself: a curve with guessing is no logistic
        # curve in ability, and the regression would take its bend for a difference between groups.
        line = logit(np.clip(found.expected, EDGE, 1 - EDGE))
        return _Matched(strata, line, (found.means, found.sds))

    return match


def _by_sum(right: Floats) -> _Match:
    if np.isnan(right).any():
        raise PsychometricsError(
            "some items were not given to everybody: people cannot be matched on their sum score; "
            "give the items' parameters"
        )

    def match(anchors: Booleans) -> _Matched:
        # The item's own answer belongs in: under the Rasch model it makes the match exact.
        rest = right[:, anchors].sum(axis=1)[:, None]
        total = rest + np.where(anchors, 0.0, right)
        return _Matched(total.astype(np.intp), total, None)

    return match


@dataclass(frozen=True, eq=False)
class _Look:
    right: Floats
    told: Integers
    names: tuple[str, ...]
    least: int
    level: float

    def rows(self, match: _Match, anchors: Booleans) -> tuple[list[DifRow], _Matched]:
        matched = match(anchors)
        pairs = [(item, group) for group in range(1, len(self.names)) for item in range(self.right.shape[1])]
        looks = [self._compare(matched, item, group) for item, group in pairs]
        p_tables = _adjusted([mh.p if mh else np.nan for _, mh, _ in looks])
        p_curves = _adjusted([fit.p if fit else np.nan for _, _, fit in looks])
        rows = [
            DifRow(item, self.names[group], *counts, mh, fit, p, q, self._verdict(mh, fit, p, q))
            for (item, group), (counts, mh, fit), p, q in zip(pairs, looks, p_tables, p_curves, strict=True)
        ]
        return rows, matched

    def _compare(
        self, matched: _Matched, item: int, group: int
    ) -> tuple[tuple[int, int], MantelHaenszel | None, LogisticDif | None]:
        given = ~np.isnan(self.right[:, item]) & ((self.told == 0) | (self.told == group))
        focal = self.told[given] == group
        counts = int((~focal).sum()), int(focal.sum())
        if min(counts) < self.least:
            return counts, None, None
        right = self.right[given, item]
        tables = mantel_haenszel(right, focal, matched.strata[given, item])
        return counts, tables, logistic_dif(right, focal, matched.line[given, item])

    def _verdict(self, mh: MantelHaenszel | None, fit: LogisticDif | None, p: float, q: float) -> Verdict:
        if mh is None or fit is None:
            return "too few to say"
        by_tables = ets_class(mh.delta, mh.standard_error, p, level=self.level) != "A"
        return (
            "flagged"
            if by_tables or size_class(fit.r2_change, q, level=self.level) != "A"
            else "nothing found"
        )


def _adjusted(values: list[float]) -> list[float]:
    p = np.array(values, dtype=np.float64)
    known = np.isfinite(p)
    if known.any():
        p[known] = scipy.stats.false_discovery_control(p[known])
    return [float(one) for one in p]
