"""How long an item will take this person: only for budgets, never for ability."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from quizengine.psychometrics.arrays import Floats
from quizengine.psychometrics.pool import ItemPool

PRECISION = 4.0
"""1 / sd^2 of log seconds of one answer, with sd = 1/2: alpha = 2 until it is measured."""
SPEED_VARIANCE = 0.09
"""Of a person's speed tau, in squared log seconds."""
TOO_LONG = 10.0
"""Beyond this many typical times somebody was away from the desk."""


@dataclass(slots=True)
class Pace:
    """How fast a person has been: log seconds ~ N(beta_j - tau, 1 / alpha^2), tau ~ N(0, 0.3^2).

    References
    ----------
    W. J. van der Linden, "A lognormal model for response times on test items", Journal of
    Educational and Behavioral Statistics 31(2), 2006, pp. 181-204.

    Examples
    --------
    >>> pool = ItemPool([[1.0], [1.0]], [1, 1], [0, 0], [0, 0], [1, 1], log_seconds=np.log([60, 90]))
    >>> pace = Pace(pool)
    >>> pace.expected_seconds().round()
    array([ 68., 102.])
    >>> pace.note(0, seconds=30.0)
    >>> pace.expected_seconds().round()
    array([57., 85.])
    """

    pool: ItemPool
    elapsed: float = 0.0
    _weighted: float = 0.0
    _precision: float = field(default=1.0 / SPEED_VARIANCE)

    def note(self, item: int, seconds: float) -> None:
        """Take the time of one answer in; time away from the page is taken off by the caller."""
        self.elapsed += seconds
        if self.pool.log_seconds is None or seconds <= 0:
            return
        lead = float(self.pool.log_seconds[item] - np.log(seconds))
        if lead > -np.log(TOO_LONG):
            self._weighted += PRECISION * lead
            self._precision += PRECISION

    @property
    def speed(self) -> float:
        """Posterior mean of tau; above 0 is faster than typical."""
        return self._weighted / self._precision

    def expected_seconds(self) -> Floats:
        """Return the expected seconds of every item for this person, (J,) floats; all 0 without times."""
        if self.pool.log_seconds is None:
            return np.zeros(len(self.pool))
        return np.exp(self.pool.log_seconds - self.speed + 1.0 / (2.0 * PRECISION))
