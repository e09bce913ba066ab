"""Plots of data and of training: histograms, boxes, scatter plots, curves; readable to a grid line."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from quizengine.generation.figures.drawing import GREY, INK, PALE, number_every, page, svg
from quizengine.generation.registry import figure

if TYPE_CHECKING:
    from matplotlib.axis import Axis

_LOOKS = (("o", "-"), ("s", "--"), ("^", ":"))


def _fine_grid(axis: Axis, step: float) -> None:
    """Draw a grid line every ``step`` and write every second number: more would touch each other."""
    number_every(axis, 2 * step, between=True)
    axis.grid(which="both", color=PALE)


@figure
def histogram(
    heights: Sequence[float],
    edges: Sequence[float],
    x_title: str,
    y_title: str,
    step: float,
    written: int = 0,
) -> str:
    """Draw bars that fill their bins, of any width; ``written = 1`` writes the heights on top."""
    picture, axes = page()
    axes.set_axisbelow(True)
    number_every(axes.yaxis, step)
    axes.grid(axis="y", color=PALE)
    places, sizes = [float(edge) for edge in edges], [float(height) for height in heights]
    widths = [right - left for left, right in pairwise(places)]
    bars = axes.bar(places[:-1], sizes, width=widths, align="edge", color=GREY, edgecolor=INK)
    if written:
        axes.bar_label(bars, [f"{size:g}" for size in sizes])
    axes.set_xticks(places)
    axes.set_ylim(0, max(sizes) + float(step))
    axes.set(xlabel=x_title, ylabel=y_title)
    return svg(picture)


@figure
def box_plots(
    boxes: Sequence[Sequence[float]],
    outliers: Sequence[Sequence[float]],
    names: Sequence[str],
    y_title: str,
    step: float,
) -> str:
    """Draw boxes given as (lower whisker, Q1, median, Q3, upper whisker), and single points beyond."""
    picture, axes = page()
    axes.set_axisbelow(True)
    _fine_grid(axes.yaxis, float(step))
    keys = ("whislo", "q1", "med", "q3", "whishi")
    drawn = [
        {**dict(zip(keys, map(float, box), strict=True)), "fliers": [float(p) for p in points], "label": name}
        for box, points, name in zip(boxes, outliers, names, strict=True)
    ]
    axes.bxp(
        drawn,
        widths=0.5,
        medianprops={"color": INK, "lw": 2.5},
        flierprops={"marker": "o", "markerfacecolor": INK},
    )
    axes.set_ylabel(y_title)
    return svg(picture)


@figure
def curves(
    xs: Sequence[float],
    lines: Sequence[Sequence[float]],
    names: Sequence[str],
    x_title: str,
    y_title: str,
    step: float,
) -> str:
    """Draw some lines over the same places, each with markers and a style of its own."""
    picture, axes = page()
    axes.set_axisbelow(True)
    number_every(axes.yaxis, step)
    axes.grid(color=PALE)
    places = [float(x) for x in xs]
    for line, name, (marker, style) in zip(lines, names, _LOOKS, strict=False):
        axes.plot(places, [float(y) for y in line], marker=marker, linestyle=style, color=INK, label=name)
    axes.set_xticks(places)
    axes.set_ylim(0, max(float(y) for line in lines for y in line) + float(step))
    axes.set(xlabel=x_title, ylabel=y_title)
    if len(names) > 1:
        axes.legend(frameon=False)
    return svg(picture)


@figure
def scatter(
    xs: Sequence[float],
    ys: Sequence[float],
    x_title: str,
    y_title: str,
    step: float,
    highest: float,
) -> str:
    """Draw points on a square grid from 0, with the line of equal values."""
    picture, axes = page(width=4, height=4)
    axes.set_axisbelow(True)
    for axis in (axes.xaxis, axes.yaxis):
        _fine_grid(axis, float(step))
    axes.plot([0, float(highest)], [0, float(highest)], "--", color=GREY)
    axes.plot([float(x) for x in xs], [float(y) for y in ys], "o", color=INK)
    axes.set(xlim=(0, float(highest)), ylim=(0, float(highest)), aspect="equal")
    axes.set(xlabel=x_title, ylabel=y_title)
    return svg(picture)


@figure
def log_line(xs: Sequence[float], ys: Sequence[float], x_title: str, y_title: str) -> str:
    """Draw a line over a logarithmic vertical axis, with the values written at its points."""
    picture, axes = page()
    axes.set_axisbelow(True)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")
    axes.grid(color=PALE)
    places, sizes = [float(x) for x in xs], [float(y) for y in ys]
    axes.plot(places, sizes, "-o", color=INK)
    for place, size in zip(places, sizes, strict=True):
        axes.annotate(f"{size:g}", (place, size), (0, 7), textcoords="offset points", ha="center")
    axes.set_xlim(min(places) - 1, max(places) + 1)
    axes.set_ylim(min(sizes) / 2, max(sizes) * 3)
    axes.set(xlabel=x_title, ylabel=y_title)
    return svg(picture)
