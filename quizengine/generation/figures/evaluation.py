"""Figures of evaluation: confusion matrices, ROC points, step functions of samples."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from quizengine.generation.figures.drawing import GREY, INK, PALE, number_every, page, svg
from quizengine.generation.registry import figure


@figure
def confusion_matrix(counts: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    """Draw counts as a grid, a row for each true class and a column for each predicted one."""
    picture, axes = page(width=4.4, height=3.6)
    places = range(len(names))
    # Shading alone would hide small counts and printers differ: the number stands in each field.
    axes.imshow(
        [[float(count) for count in row] for row in counts], cmap="Greys", vmax=2.5 * _largest(counts)
    )
    for i, j in product(places, places):
        axes.text(j, i, str(counts[i][j]), ha="center", va="center", color=INK, fontsize=13)
    axes.set_xticks(places, names)
    axes.set_yticks(places, names)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    return svg(picture)


def _largest(counts: Sequence[Sequence[int]]) -> float:
    return float(max(max(row) for row in counts))


@figure
def roc_points(false_rates: Sequence[float], true_rates: Sequence[float], names: Sequence[str]) -> str:
    """Draw operating points of a classifier, each with its threshold beside it, on a grid of tenths."""
    picture, axes = page(width=4.6, height=4.2)
    axes.set_axisbelow(True)
    axes.grid(color=PALE)
    xs, ys = [float(x) for x in false_rates], [float(y) for y in true_rates]
    axes.plot([0, *xs, 1], [0, *ys, 1], color=GREY)
    axes.plot(xs, ys, "o", color=INK, markersize=7)
    for x, y, name in zip(xs, ys, names, strict=True):
        axes.annotate(name, (x, y), (8, -12), textcoords="offset points")
    for axis in (axes.xaxis, axes.yaxis):
        number_every(axis, 0.1)
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="false-positive rate", ylabel="true-positive rate")
    axes.tick_params(labelsize=9)
    return svg(picture)


@figure
def two_step_functions(first: Sequence[float], second: Sequence[float], names: Sequence[str]) -> str:
    """Draw the cumulative shares of two samples as steps, one solid and one dashed."""
    picture, axes = page(width=5, height=3.6)
    axes.set_axisbelow(True)
    axes.grid(color=PALE)
    low, high = min(*first, *second), max(*first, *second)
    for sample, name, style in ((first, names[0], "-"), (second, names[1], "--")):
        values = sorted(float(value) for value in sample)
        steps = [i / len(values) for i in range(len(values) + 1)]
        xs = [float(low) - 2, *values, float(high) + 2]
        axes.step(xs, [*steps, 1.0], where="post", color=INK, linestyle=style, label=name)
    number_every(axes.yaxis, 0.2)
    number_every(axes.xaxis, 2)
    axes.set(xlabel="value", ylabel="share at or below", ylim=(0, 1.02))
    axes.legend(loc="lower right", frameon=False)
    return svg(picture)


@figure
def precision_recall_points(
    recalls: Sequence[float], precisions: Sequence[float], names: Sequence[str]
) -> str:
    """Draw operating points by recall and precision, each with its threshold beside it."""
    picture, axes = page(width=4.6, height=4.2)
    axes.set_axisbelow(True)
    axes.grid(which="both", color=PALE)
    xs, ys = [float(x) for x in recalls], [float(y) for y in precisions]
    axes.plot(xs, ys, color=GREY)
    axes.plot(xs, ys, "o", color=INK, markersize=7)
    for x, y, name in zip(xs, ys, names, strict=True):
        # On white: after a rise the line would run through the number.
        field = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        axes.annotate(name, (x, y), (0, 9), textcoords="offset points", ha="center", bbox=field)
    number_every(axes.xaxis, 0.1)
    number_every(axes.yaxis, 0.1, between=True)
    axes.set(xlim=(0, 1.05), ylim=(0, 1.05), xlabel="recall", ylabel="precision")
    axes.tick_params(labelsize=9)
    return svg(picture)


@figure
def residuals(predicted: Sequence[float], errors: Sequence[float], x_title: str, y_title: str) -> str:
    """Draw residuals over their predictions around a line at zero, on a grid of whole numbers."""
    picture, axes = page(width=4.8, height=4)
    axes.set_axisbelow(True)
    axes.axhline(0, color=GREY, linestyle="--")
    axes.plot([float(x) for x in predicted], [float(y) for y in errors], "o", color=INK)
    number_every(axes.xaxis, 10, between=True)
    number_every(axes.yaxis, 2, between=True)
    axes.grid(which="both", color=PALE)
    reach = float(max(abs(error) for error in errors)) + 1
    axes.set(ylim=(-reach, reach), xlabel=x_title, ylabel=y_title)
    return svg(picture)
