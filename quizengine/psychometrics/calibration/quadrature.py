"""Where the integral over abilities is taken."""

from __future__ import annotations

import numpy as np

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Floats

REACH = 6.0
FREE_REACH = 8.0
"""Logits from 0 that are integrated over; further where the mean of persons is estimated too."""
LEAST_NODES = 61
INFORMATION = 0.25
"""What an answer tells at the most at slope 1."""


def make_nodes(answers: float, *, reach: float = REACH) -> Floats:
    """Return evenly spaced abilities, dense enough for persons with this many answers.

    The trapezoid rule errs by ``2 exp(-2 pi^2 sd^2 / h^2)`` for a posterior of that sd, so a spacing h
    of one sd is exact to 5e-9. Too few nodes bias slopes, and nothing shows it.

    >>> len(make_nodes(100)), len(make_nodes(200)), len(make_nodes(5))
    (63, 87, 61)
    """
    sd = (1.0 + INFORMATION * answers) ** -0.5
    count = max(LEAST_NODES, int(np.ceil(2 * reach / sd)) + 1)
    return np.linspace(-reach, reach, count + (count + 1) % 2)


def too_coarse(nodes: Floats, answers: float) -> bool:
    """Whether nodes are further apart than the posterior sd of persons with this many answers.

    >>> too_coarse(make_nodes(100), 100), too_coarse(make_nodes(100)[::2], 100)
    (False, True)
    """
    return bool(np.diff(nodes).max() > 1.01 * (1.0 + INFORMATION * answers) ** -0.5)


def read_nodes(nodes: Floats) -> Floats:
    """Return nodes that somebody chose.

    Raises
    ------
    PsychometricsError
        If they are fewer than 3 or not evenly spaced.
    """
    array = np.asarray(nodes, dtype=np.float64)
    if array.ndim != 1 or len(array) < 3 or not np.allclose(np.diff(array), array[1] - array[0]):
        raise PsychometricsError("nodes must be 3 or more evenly spaced abilities")
    return array
