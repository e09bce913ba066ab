"""Figures of data: bars over categories, dots over values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from quizengine.generation.figures.drawing import GREY, INK, PALE, number_every, page, svg
from quizengine.generation.registry import figure


@figure
def bar_chart(
    heights: Sequence[float],
    labels: Sequence[str | float],
    x_title: str,
    y_title: str,
    step: float,
) -> str:
    """Draw bars over labels; grid lines every ``step`` make the heights readable."""
    picture, axes = page()
    axes.set_axisbelow(True)
    number_every(axes.yaxis, step)
    axes.grid(axis="y", color=PALE)
    sizes = [float(height) for height in heights]
    axes.bar(range(len(sizes)), sizes, width=0.6, color=GREY, edgecolor=INK)
    axes.set_xticks(range(len(sizes)), [str(label) for label in labels])
    axes.set_ylim(0, max(sizes) + float(step))
    axes.set_xlabel(x_title)
    axes.set_ylabel(y_title)
    return svg(picture)


@figure
def dot_plot(values: Sequence[float], x_title: str) -> str:
    """Draw each value as a dot over its place on a line, equal ones on top of each other."""
    picture, axes = page(height=2.4)
    tallest = max(Counter(values).values())
    for place, times in sorted(Counter(values).items()):
        axes.plot([float(place)] * times, range(1, times + 1), "o", color=INK, markersize=9)
    axes.locator_params(axis="x", integer=True, nbins=16)
    axes.set_xlim(float(min(values)) - 1, float(max(values)) + 1)
    axes.set_ylim(0.4, max(tallest, 3) + 0.6)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(x_title)
    return svg(picture)
