"""Item parameters as an EM moves them: slope, intercept, and the logits of the two asymptotes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from quizengine.psychometrics.arrays import Booleans, Floats
from quizengine.psychometrics.response import log_chances

Model = Literal["rasch", "1pl", "2pl", "3pl", "4pl"]
MODELS: tuple[Model, ...] = ("rasch", "1pl", "2pl", "3pl", "4pl")
SLOPE, INTERCEPT, GUESS, CEILING = range(4)
FREE_COLUMNS: dict[str, tuple[int, ...]] = {
    "rasch": (SLOPE, INTERCEPT),
    "1pl": (SLOPE, INTERCEPT),
    "2pl": (SLOPE, INTERCEPT),
    "3pl": (SLOPE, INTERCEPT, GUESS),
    "4pl": (SLOPE, INTERCEPT, GUESS, CEILING),
}
"""What a model estimates of an item. Rasch and 1PL have one slope for all items; that of Rasch is told as
the spread of persons."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """All that an EM estimates: the items, and who the persons are.

    ``items`` (J, 4) holds slope a, intercept -a b, logit c and logit d; an item that cannot be estimated
    is nan, and then its answers say nothing. Persons are N(mean, sd^2).
    """

    items: Floats
    mean: float = 0.0
    sd: float = 1.0

    @property
    def usable(self) -> Booleans:
        """Which items have parameters, (J,)."""
        usable: Booleans = ~np.isnan(self.items[:, SLOPE])
        return usable

    @property
    def guess(self) -> Floats:
        """Lower asymptotes c, (J,)."""
        return np.asarray(expit(self.items[:, GUESS]))

    @property
    def ceiling(self) -> Floats:
        """Upper asymptotes d, (J,)."""
        return np.asarray(expit(self.items[:, CEILING]))

    @property
    def difficulty(self) -> Floats:
        """Difficulties b, (J,)."""
        difficulty: Floats = -self.items[:, INTERCEPT] / self.items[:, SLOPE]
        return difficulty

    def weights(self, nodes: Floats) -> Floats:
        """Return the share of persons at each of evenly spaced nodes, (Q,)."""
        density = np.exp(-0.5 * ((nodes - self.mean) / self.sd) ** 2)
        weights: Floats = density / density.sum()
        return weights

    def logits(self, nodes: Floats) -> Floats:
        """Return a theta - a b, (J, Q)."""
        logits: Floats = self.items[:, SLOPE, None] * nodes + self.items[:, INTERCEPT, None]
        return logits

    def table(self, nodes: Floats) -> Floats:
        """Return log chances of an answer, (2J, Q): row 2j item j wrong, row 2j + 1 right."""
        usable = Parameters(self.items[self.usable])
        logits, c, d = usable.logits(nodes), usable.guess[:, None], usable.ceiling[:, None]
        right, wrong = log_chances(logits, 1.0, 0.0, c, d)
        table = np.zeros((len(self.items), 2, len(nodes)))
        table[self.usable, 0], table[self.usable, 1] = wrong, right
        return table.reshape(-1, len(nodes))

    def chances(self, nodes: Floats) -> tuple[Floats, Floats, Floats]:
        """Return P, 1 - P and the derivatives of P by slope, intercept, logit c and logit d.

        Shapes (J, Q), (J, Q) and (4, J, Q).
        """
        logits, c, d = self.logits(nodes), self.guess[:, None], self.ceiling[:, None]
        rise, fall = expit(logits), expit(-logits)  # exact far out, where 1 - P would be 0
        steep = (d - c) * rise * fall
        by = np.stack([steep * nodes, steep, fall * c * (1 - c), rise * d * (1 - d)])
        # 1 - P from its own side: the difference would lose all digits where P is near 1.
        return c + (d - c) * rise, (1 - d) + (d - c) * fall, by


def single(array: Floats, exact: bool) -> NDArray[np.floating]:
    """Return the array in the precision that the products of an E-step are done in."""
    return array if exact else array.astype(np.float32)
