"""Scores, rankings and samples: data for questions on evaluation and monitoring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

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
