"""Pictures of training: how a distance changes from step to step."""

from __future__ import annotations

from collections.abc import Sequence

from quizengine.generation.figures.drawing import INK, PALE, page, svg
from quizengine.generation.registry import figure
from quizengine.generation.values import exact

_STEPS = 8
_LINES = ("-", "--", "-.", ":")
_MARKERS = ("o", "s", "^", "D")


@figure
def descent_curves(*, factors: Sequence[object]) -> str:
    """Distance from the minimum over eight steps, one curve a factor, named A, B, C, D in the legend."""
    picture, axes = page(width=5.2, height=3.4)
    for factor, line, marker, name in zip(factors, _LINES, _MARKERS, "ABCD", strict=True):
        sizes = [abs(float(exact(factor))) ** step for step in range(_STEPS + 1)]
        axes.plot(range(_STEPS + 1), sizes, line, color=INK, marker=marker, markersize=5, label=name)
    axes.set(xlabel="step", ylabel="distance from the minimum")
    axes.set_ylim(bottom=0)
    axes.locator_params(axis="x", integer=True)
    axes.set_axisbelow(True)
    axes.grid(color=PALE)
    axes.legend(title="curve")
    return svg(picture)
