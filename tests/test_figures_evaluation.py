"""Figures of evaluation: equal arguments give equal pictures, other ones other pictures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from quizengine.generation.figures import evaluation

NAMES = ["a", "b"]
DRAWINGS: list[tuple[Callable[[], str], Callable[[], str]]] = [
    (
        lambda: evaluation.confusion_matrix([[5, 1], [2, 7]], NAMES),
        lambda: evaluation.confusion_matrix([[5, 1], [2, 8]], NAMES),
    ),
    (
        lambda: evaluation.roc_points([0.1, 0.4], [0.5, 0.9], NAMES),
        lambda: evaluation.roc_points([0.1, 0.4], [0.6, 0.9], NAMES),
    ),
    (
        lambda: evaluation.two_step_functions([1, 4, 6], [2, 5], NAMES),
        lambda: evaluation.two_step_functions([1, 4, 6], [2, 7], NAMES),
    ),
    (
        lambda: evaluation.precision_recall_points([0.4, 0.9], [0.8, 0.5], NAMES),
        lambda: evaluation.precision_recall_points([0.4, 0.9], [0.8, 0.6], NAMES),
    ),
    (
        lambda: evaluation.residuals([10, 15], [2, -3], "x", "y"),
        lambda: evaluation.residuals([10, 15], [2, -4], "x", "y"),
    ),
]


@pytest.mark.parametrize(("draw", "draw_other"), DRAWINGS)
def test_a_figure_is_the_same_for_equal_values_and_another_for_others(
    draw: Callable[[], str], draw_other: Callable[[], str]
) -> None:
    assert draw() == draw()
    assert draw() != draw_other()
    assert "<svg" in draw()
    assert "<dc:date>" not in draw()
