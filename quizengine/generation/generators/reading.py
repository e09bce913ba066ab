"""Data to be read off a figure: curves of runs, points of precision and recall, residuals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from quizengine.generation.registry import generator

_PRECISIONS = tuple(Fraction(share, 100) for share in (40, 50, 60, 75, 80, 90))


@generator
def run_curves(rng: np.random.Generator) -> Mapping[str, Any]:
    """Validation errors of three runs over seven epochs, even numbers, two of them with an early dip.

    ``kept`` is the epoch of the lowest error; ``walked`` keeps the best so far while it goes along.
    """
    while True:
        errors = [_falling(rng) for _ in range(3)]
        kept = [1 + errors[i].index(min(errors[i])) for i in range(3)]
        dips = [_first_dip(line) for line in errors]
        apart = all(len(set(at_epoch)) == 3 for at_epoch in zip(*errors, strict=True))
        lowest = [
            line.count(min(line)) == 1 and min(line) > 0 and 1 < at < 7
            for line, at in zip(errors, kept, strict=True)
        ]
        best = min(range(3), key=lambda i: min(errors[i]))
        once = [min(line) for line in errors].count(min(errors[best])) == 1
        early = sum(dip != at for dip, at in zip(dips, kept, strict=True))
        if apart and all(lowest) and once and early >= 2 and len(set(kept)) > 1:
            return {
                "errors": errors,
                "kept": kept,
                "walked": [_walked(line) for line in errors],
                "dips": dips,
                "best": best,
            }


def _falling(rng: np.random.Generator) -> list[int]:
    turn = int(rng.integers(3, 6))
    steps = [*rng.choice([-3, -2, -1, 1], turn), *rng.integers(1, 3, 6 - turn)]
    heights = int(rng.integers(8, 13)) + np.cumsum([0, *steps])
    return [2 * int(height) for height in heights]


def _first_dip(line: Sequence[int]) -> int:
    return next((i for i, (one, after) in enumerate(pairwise(line), 1) if after > one), len(line))


def _walked(line: Sequence[int]) -> int:
    best = 0
    for at, error in enumerate(line):
        best = at if error < line[best] else best
    return best + 1


@generator
def precision_recall(rng: np.random.Generator) -> Mapping[str, Any]:
    """Five points of a precision-recall curve from the highest threshold on, one rise in its precision.

    ``place`` is the last point that keeps the precision ``least``; at an earlier one it is missed. False
    alarms never become fewer from a point to the next, as on a real curve.
    """
    while True:
        recalls = sorted(Fraction(int(tenth), 10) for tenth in rng.choice(np.arange(2, 11), 5, replace=False))
        precisions = [_PRECISIONS[int(i)] for i in rng.permutation(len(_PRECISIONS))[:5]]
        false_alarms = [r * (1 / p - 1) for r, p in zip(recalls, precisions, strict=True)]
        rises = [after > one for one, after in pairwise(precisions)]
        place = 1 + rises.index(True) if sum(rises) == 1 else 0
        least = precisions[place]
        if place not in (2, 3) or false_alarms != sorted(false_alarms):
            continue
        if precisions[0] > least > max(precisions[place + 1 :]):
            return {
                "recalls": recalls,
                "precisions": precisions,
                "least": least,
                "place": place,
                "before": [p >= least for p in precisions].index(False) - 1,
            }


@generator
def residual_points(rng: np.random.Generator) -> Mapping[str, Any]:
    """Eight predictions on a grid of 5 with whole residuals that do not cancel, the worst one below zero.

    ``at`` is its place, ``at_highest`` that of the largest positive one.
    """
    while True:
        predicted = sorted(5 * int(step) for step in rng.choice(np.arange(2, 13), 8, replace=False))
        residuals = [int(value) for value in rng.integers(-6, 7, 8)]
        sizes = [abs(value) for value in residuals]
        at = sizes.index(max(sizes))
        alone = sizes.count(sizes[at]) == 1 and residuals.count(max(residuals)) == 1
        if alone and residuals[at] < 0 and 0 not in residuals and 4 <= abs(sum(residuals)) < sum(sizes):
            return {
                "predicted": predicted,
                "residuals": residuals,
                "at": at,
                "at_highest": residuals.index(max(residuals)),
            }


@generator
def residual_pattern(rng: np.random.Generator, k: int) -> Mapping[str, Any]:
    """Eighteen residuals over their predictions: a bow (0), a funnel (1), two bands (2), no pattern (3)."""
    predicted = [10 + 5 * i for i in range(18)]
    place = np.linspace(-1, 1, 18)
    # One of each in every pair: a long run of equal signs would look like a trend.
    signs = np.concatenate([rng.permutation([1, -1]) for _ in range(9)])
    noise = rng.uniform(-1, 1, 18)
    shapes = (
        int(rng.choice([-1, 1])) * (9 * place**2 - 4) + noise,
        signs * (0.6 + 4.4 * (place + 1)) * rng.uniform(0.6, 1, 18),
        5 * signs + noise,
        signs * rng.uniform(0.5, 4, 18),
    )
    return {"predicted": predicted, "residuals": [round(value) for value in shapes[k]]}
