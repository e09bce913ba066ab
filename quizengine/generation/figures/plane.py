"""Figures in the plane: arrows from the origin on a grid of whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from quizengine.generation.figures.drawing import INK, PALE, number_every, page, svg
from quizengine.generation.registry import figure


@figure
def vector_arrows(ends: Sequence[Sequence[float]], names: Sequence[str]) -> str:
    """Draw an arrow from the origin to each end, with its name beside the tip."""
    picture, axes = page(width=4, height=4)
    axes.set_axisbelow(True)
    axes.grid(color=PALE)
    axes.spines[["left", "bottom"]].set_position("zero")
    for (x, y), name in zip(ends, names, strict=True):
        axes.annotate(
            "",
            (x, y),
            (0, 0),
            arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 2, "shrinkA": 0, "shrinkB": 0},
        )
        # Beyond the tip, where the arrow itself never runs.
        beyond = (11 * x / hypot(x, y), 11 * y / hypot(x, y))
        axes.annotate(
            name, (x, y), beyond, textcoords="offset points", fontweight="bold", ha="center", va="center"
        )
    reach = [(min(0, *line) - 1, max(0, *line) + 1) for line in zip(*ends, strict=True)]
    axes.set(xlim=reach[0], ylim=reach[1], aspect="equal")
    for axis in (axes.xaxis, axes.yaxis):
        number_every(axis, 1)
        # The two zeros would stand side by side under the arrows' common foot.
        axis.set_major_formatter(lambda value, _place: f"{value:.0f}" if value else "")
    return svg(picture)
