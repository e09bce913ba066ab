"""Scores, rankings and samples: data for questions on evaluation and monitoring."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import scipy

from quizengine.generation.registry import generator


@generator
def class_scores(rng: np.random.Generator) -> Mapping[str, Any]:
    """Scores ``P`` of positives and ``Q`` of negatives with one decimal and at least one tie between them."""
    while True:
        high = np.clip(np.round(rng.beta(3, 2, int(rng.integers(3, 6))), 1), 0.1, 0.9)
        low = np.clip(np.round(rng.beta(2, 3, int(rng.integers(4, 6))), 1), 0.1, 0.9)
        ties = int((high[:, None] == low[None]).sum())
        if ties:
            return {
                "P": [float(score) for score in high],
                "Q": [float(score) for score in low],
                "ties": ties,
                "wins": int((high[:, None] > low[None]).sum()),
                "right": int((high >= 0.5).sum() + (low < 0.5).sum()),
            }


@generator
def model_costs(rng: np.random.Generator, n: int) -> Mapping[str, Any]:
    """Three models, the more cases they flag the more of the ``n`` positives they find, at less precision."""
    recalls = np.sort(rng.choice(np.arange(40, 96, 5), size=3, replace=False)) * n // 100
    precisions = np.sort(rng.choice(np.arange(20, 96, 5), size=3, replace=False))[::-1]
    order = rng.permutation(3)
    return {
        "found": [int(recalls[i]) for i in order],
        "flagged": [int(-(-recalls[i] * 100 // precisions[i])) for i in order],
    }


@generator
def two_samples(rng: np.random.Generator, n: int, m: int) -> Mapping[str, Any]:
    """Two sorted samples of small whole numbers, the second one shifted, and their largest distance.

    ``distance`` is SciPy's statistic; ``at_values`` lists the distance at every value.
    """
    while True:
        x = np.sort(rng.choice(np.arange(2, 17), size=n, replace=False))
        y = np.sort(np.clip(rng.choice(np.arange(2, 17), size=m, replace=False) + rng.integers(1, 5), 2, 20))
        values = np.unique(np.concatenate([x, y]))
        shares_x, shares_y = ((values[:, None] >= sample).mean(axis=1) for sample in (x, y))
        gaps = np.abs(shares_x - shares_y)
        if len(set(y)) == m and float(np.sort(gaps)[-2]) < float(gaps.max()) - 1e-9 < 0.95:
            return {
                "x": [int(value) for value in x],
                "y": [int(value) for value in y],
                "at": int(values[gaps.argmax()]),
                "distance": float(scipy.stats.ks_2samp(x, y).statistic),
                "below_x": int((x <= values[gaps.argmax()]).sum()),
                "below_y": int((y <= values[gaps.argmax()]).sum()),
                "at_middle": float(gaps[np.searchsorted(values, np.median([*x, *y]), side="right") - 1]),
            }


@generator
def ranked_hits(rng: np.random.Generator) -> Mapping[str, Any]:
    """Eight results of a search, three or four of them relevant, not all at the top nor all far down."""
    while True:
        flags = [int(flag) for flag in rng.permutation([1] * int(rng.integers(3, 5)) + [0] * 5)[:8]]
        if 3 <= sum(flags) <= 4 and flags[: sum(flags)] != [1] * sum(flags) and any(flags[:3]):
            return {"flags": flags}


@generator
def operating_points(rng: np.random.Generator) -> Mapping[str, Any]:
    """Five points of a ROC curve that bends one way, on a grid of 0.05, from the highest threshold on."""
    while True:
        false_rates = np.sort(rng.choice(np.arange(1, 13), size=5, replace=False)) * 5
        true_rates = np.sort(rng.choice(np.arange(6, 20), size=5, replace=False)) * 5
        slopes = np.diff(true_rates, prepend=0) / np.diff(false_rates, prepend=0)
        if (true_rates > false_rates + 15).all() and (np.diff(slopes) <= 0).all():
            return {
                "false_rates": [Fraction(int(rate), 100) for rate in false_rates],
                "true_rates": [Fraction(int(rate), 100) for rate in true_rates],
            }
