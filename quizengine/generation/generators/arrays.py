"""What NumPy leaves behind when code runs: second routes that need statements, not expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from quizengine.generation.registry import generator


@generator
def views_and_copies(rng: np.random.Generator, s: int, i: int, p: int, v: int, w: int) -> Mapping[str, Any]:
    """Write to a slice and to a list-indexed copy of an array; ``printed`` is the array afterwards."""
    a = np.arange(s, s + 6)
    view, copy = a[i : i + 3], a[[i, i + 1]]
    view[p] = v
    copy[0] = w
    return {"printed": a.tolist()}
