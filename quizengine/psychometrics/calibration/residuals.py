"""How well curves fit the answers, from the sums that an E-step leaves: no person is looked at again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quizengine.psychometrics.arrays import Floats
from quizengine.psychometrics.calibration.result import Calibration
from quizengine.psychometrics.response import item_information, success_chance


@dataclass(frozen=True, eq=False)
class Residuals:
    """Misfit of each item, (J,): nan where it was not estimated.

    ``infit`` and ``outfit`` are mean squared residuals, 1 where the model holds; ``infit`` weighs answers by
    what they tell, ``outfit`` is moved by a few surprising ones. ``rmsd`` is the distance between the
    curve and the answers, in chances, weighted by where people are.
    """

    infit: Floats
    outfit: Floats
    rmsd: Floats


def residuals(calibration: Calibration) -> Residuals:
    """Return the misfit of each item, integrated over what each person's ability may be.

    References
    ----------
    B. D. Wright and G. N. Masters, "Rating Scale Analysis", MESA Press, 1982, ch. 5. M. von Davier et al.,
    "Evaluating item fit for multilingual countries: RMSD", PISA technical reports since 2015.

    Examples
    --------
    >>> from quizengine.psychometrics import calibrate
    >>> rng = np.random.default_rng(1)
    >>> theta = rng.normal(size=(3000, 1))
    >>> scores = (rng.random((3000, 12)) < success_chance(theta, 1.2, np.linspace(-1, 1, 12))).astype(float)
    >>> scores[:, 0] = rng.random(3000) < 0.5
    >>> found = residuals(calibrate(scores, "1pl"))
    >>> bool(found.rmsd[0] > 3 * found.rmsd[1:].max()), bool(found.infit[0] > 1.1)
    (True, True)
    """
    right, wrong = calibration.statistics.right, calibration.statistics.wrong
    chance = curves(calibration)
    spread = np.maximum(chance * (1 - chance), 1e-12)
    count = right + wrong
    squares = right * (1 - chance) ** 2 + wrong * chance**2
    with np.errstate(invalid="ignore", divide="ignore"):
        infit = squares.sum(axis=1) / (count * spread).sum(axis=1)
        outfit = (squares / spread).sum(axis=1) / count.sum(axis=1)
        share = count / count.sum(axis=1, keepdims=True)
        apart = np.where(count > 0, right / np.maximum(count, 1e-12) - chance, 0.0)
        rmsd = np.sqrt((share * apart**2).sum(axis=1))
    return Residuals(infit, outfit, rmsd)


def curves(calibration: Calibration) -> Floats:
    """Return the chance of each item at each node, (J, Q)."""
    a, b, c, d = (part[:, None] for part in (calibration.a, calibration.b, calibration.c, calibration.d))
    return success_chance(calibration.nodes, a, b, c, d)


def information(calibration: Calibration) -> Floats:
    """Return the information of each item at each node, (J, Q)."""
    found = item_information(calibration.nodes, calibration.a, calibration.b, calibration.c, calibration.d)
    return found.T
