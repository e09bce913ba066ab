"""What makes a question hard: how variants differ, and a model of difficulty from what is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Floats

RIDGE = 1.0
TWO_QUESTIONS = 0.4
"""Logits by which variants differ beyond which they are two questions."""
LEAST_QUESTIONS = 3


@dataclass(frozen=True, eq=False)
class DifficultyModel:
    """Difficulty as a weighted sum of features, with how well that predicts questions it has not seen.

    ``effects`` are logits for one standard deviation of a feature. ``r2`` is of leave-one-out predictions,
    below 0 where the mean alone predicts better; ``sd`` is their root mean square error.
    """

    names: tuple[str, ...]
    effects: Floats
    mean: float
    centre: Floats
    spread: Floats
    r2: float
    sd: float

    def predict(self, features: ArrayLike) -> Floats:
        """Return the difficulties expected of questions with these features, (M, p) -> (M,)."""
        told: Floats = self.mean + (np.asarray(features) - self.centre) / self.spread @ self.effects
        return told


def difficulty_model(
    features: ArrayLike, b: ArrayLike, se_b: ArrayLike | None = None, *, names: Sequence[str]
) -> DifficultyModel:
    """Fit difficulties by ridge regression on features of questions.

    Parameters
    ----------
    features : (J, p) floats
        Such as the number of steps or choices; a yes or no is 1 or 0.
    b, se_b : (J,) floats, logits
        Difficulties and their errors, which weigh them; rows with nan are left out.
    names : p names

    Raises
    ------
    PsychometricsError
        If shapes do not fit, or fewer than three questions have a difficulty.

    Examples
    --------
    >>> steps = np.array([[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]])
    >>> model = difficulty_model(steps, [-1.1, -0.4, 0.1, 0.6, 1.0, 1.6], names=["steps"])
    >>> bool(model.r2 > 0.7), model.predict([[3.5]]).round(1).tolist()
    (True, [0.3])
    """
    matrix, target = np.asarray(features, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if matrix.shape != (len(target), len(names)):
        raise PsychometricsError(
            f"features have shape {matrix.shape}; it must be ({len(target)}, {len(names)})"
        )
    errors = np.zeros(len(target)) if se_b is None else np.asarray(se_b, dtype=np.float64)
    known = np.isfinite(target) & np.isfinite(errors) & np.isfinite(matrix).all(axis=1)
    if known.sum() < LEAST_QUESTIONS:
        raise PsychometricsError(
            f"{known.sum()} questions with a difficulty; {LEAST_QUESTIONS} are the least"
        )
    matrix, target, errors = matrix[known], target[known], errors[known]
    weight = 1.0 / (errors**2 + max(float(target.var()) - float((errors**2).mean()), 0.01))
    weight /= weight.mean()
    centre, spread = np.average(matrix, axis=0, weights=weight), matrix.std(axis=0)
    spread[spread == 0] = 1.0
    design = np.column_stack([np.ones(len(target)), (matrix - centre) / spread])
    penalty = np.diag([0.0] + [RIDGE] * matrix.shape[1])
    inverse = np.linalg.inv(design.T @ (weight[:, None] * design) + penalty)
    effects = inverse @ (design.T @ (weight * target))
    leverage = weight * np.einsum("ji,ik,jk->j", design, inverse, design)
    left_out = (target - design @ effects) / (1.0 - leverage)
    # The mean predicts each question too, from the others alone.
    alone = (target - np.average(target, weights=weight)) / (1.0 - weight / weight.sum())
    r2 = 1.0 - float(weight @ left_out**2) / max(float(weight @ alone**2), 1e-300)
    sd = float(np.sqrt(np.average(left_out**2, weights=weight)))
    return DifficultyModel(tuple(names), effects[1:], float(effects[0]), centre, spread, r2, sd)


def family_spread(family: Sequence[str], b: ArrayLike, se_b: ArrayLike) -> dict[str, float]:
    """Return by how much siblings of each family truly differ in difficulty, in logits.

    The moment estimate: the scatter of the difficulties beyond their standard errors. Families of one are
    left out; 0 says that nothing but error was seen.

    References
    ----------
    R. DerSimonian and N. Laird, "Meta-analysis in clinical trials", Controlled Clinical Trials 7, 1986,
    pp. 177-188, eq. 8.

    Examples
    --------
    >>> family_spread(["x", "x", "y", "y", "z"], [0.0, 1.0, 0.5, 0.51, 0.0], [0.1] * 5)
    {'x': 0.7, 'y': 0.0}
    """
    names, values = np.asarray(family), np.asarray(b, dtype=np.float64)
    errors = np.asarray(se_b, dtype=np.float64)
    known = np.isfinite(values) & np.isfinite(errors) & (errors > 0)
    found = {}
    for name in dict.fromkeys(family):
        own = known & (names == name)
        if own.sum() < 2:
            continue
        weight = errors[own] ** -2
        scatter = float(weight @ (values[own] - np.average(values[own], weights=weight)) ** 2)
        free = weight.sum() - (weight**2).sum() / weight.sum()
        beyond = (scatter - float(own.sum() - 1)) / float(free)
        found[name] = round(max(0.0, beyond) ** 0.5, 3)
    return found
