"""Names for the arrays that pass through this room."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quizengine.errors import PsychometricsError

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Integers = NDArray[np.intp]
Booleans = NDArray[np.bool_]


def finite(values: ArrayLike, name: str, shape: tuple[int, ...]) -> Floats:
    """Copy ``values`` into a read-only array of floats, or say what is wrong with them.

    Raises
    ------
    PsychometricsError
        If the shape is another one, or a value is not finite.
    """
    array = np.array(values, dtype=np.float64)
    if array.shape != shape:
        raise PsychometricsError(f"{name} has shape {array.shape}; it must be {shape}")
    if not np.isfinite(array).all():
        raise PsychometricsError(f"{name} holds a value that is not finite")
    return frozen(array)


def frozen(array: Floats) -> Floats:
    """Return ``array`` itself, made read-only."""
    array.flags.writeable = False
    return array
