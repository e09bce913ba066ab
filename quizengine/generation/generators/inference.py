"""Data for tests of hypotheses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from quizengine.generation.registry import generator


@generator
def sorted_p_values(rng: np.random.Generator, m: int, a: float | Fraction) -> Mapping[str, Any]:
    """``m`` sorted p-values ``P`` with three decimals on which four ways of deciding at level ``a`` differ.

    From fewest to most discoveries: Bonferroni's limit, stopping at the first value above its own
    limit, the Benjamini-Hochberg procedure, no correction.
    """
    limits = [1000 * float(a) * rank / m for rank in range(1, m + 1)]
    while True:
        drawn = sorted({round(limit * float(rng.uniform(0.5, 1.3))) for limit in limits})
        if len(drawn) == m and drawn[0] > 0 and _all_differ(drawn, limits):
            return {"P": [round(each / 1000, 3) for each in drawn]}


def _all_differ(values: Sequence[int], limits: Sequence[float]) -> bool:
    kept = [value <= limit for value, limit in zip(values, limits, strict=True)]
    if all(kept) or not any(kept):
        return False
    bonferroni = sum(value <= limits[0] for value in values)
    uncorrected = sum(value <= limits[-1] for value in values)
    largest = max(rank for rank, keeps in enumerate(kept, 1) if keeps)
    return bonferroni < kept.index(False) < largest < uncorrected
