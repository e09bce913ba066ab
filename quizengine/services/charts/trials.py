"""What came out of a simulation, in four pictures: how right, how honest, how exposed, how long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from quizengine.services.charts.drawing import Inks, Place, legend, page, percent, whole
from quizengine.services.simulating import NAMES, Trial

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)), (0, (3, 1, 1, 1, 1, 1)), (0, (8, 2)))


def accuracy(trial: Trial, inks: Inks) -> Figure:
    """Draw the share of skills told rightly by the number of items, the first rule's with an error band."""
    picture, (axes,) = page(inks)
    for number, way in enumerate(trial.ways):
        items = np.array([row.items for row in way.curve])
        right = np.array([row.right for row in way.curve])
        if way.scheme == "majority":
            axes.axhline(right[-1], color=inks.border, linewidth=1.4, label=NAMES[way.scheme])
            continue
        colour, style = _look(number, inks)
        if number == 0:
            error = 2 * np.array([row.right_se for row in way.curve])
            axes.fill_between(items, right - error, right + error, color=inks.accent_soft, linewidth=0)
        axes.plot(items, right, color=colour, linestyle=style, linewidth=2, label=NAMES[way.scheme])
    axes.set_xlabel("questions")
    axes.set_ylabel("skills told rightly")
    axes.set_xlim(0, trial.items)
    whole(axes)
    percent(axes)
    legend(axes, inks, "lower right")
    return picture


def honesty(trial: Trial, inks: Inks) -> Figure:
    """Draw what was told against what was so, each dot as large as the share of skills it stands for."""
    picture, (axes,) = page(inks)
    axes.plot([0, 1], [0, 1], color=inks.border, linewidth=1.4, zorder=1)
    for number, way in reversed(list(enumerate(trial.ways))):
        if way.scheme == "majority":
            continue
        colour, _ = _look(number, inks)
        told = [one.told for one in way.reliability]
        real = [one.real for one in way.reliability]
        total = sum(one.count for one in way.reliability)
        size = [6 + 320 * one.count / total for one in way.reliability]
        solid = number == 0
        axes.scatter(
            told, real, s=size, zorder=3 if solid else 2, linewidths=1.4, edgecolors=colour,
            facecolors=colour if solid else "none", label=NAMES[way.scheme],
        )  # fmt: skip
    axes.set_xlabel("told: probability of a gap")
    axes.set_ylabel("so: share of gaps")
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    percent(axes, "x")
    percent(axes)
    _in_order(axes, inks, "upper left")
    return picture


def exposure(trial: Trial, inks: Inks) -> Figure:
    """Draw how large a share of sittings had each item, the most used first."""
    picture, (axes,) = page(inks)
    for number, way in enumerate(trial.ways):
        if way.scheme == "majority":
            continue
        colour, style = _look(number, inks)
        share = np.array(way.exposure)
        axes.step(
            np.arange(1, share.size + 1), share, where="mid", color=colour, linestyle=style, linewidth=1.8,
            label=NAMES[way.scheme],
        )  # fmt: skip
    axes.set_xlabel("questions, the most used first")
    axes.set_ylabel("sittings that had it")
    axes.set_xlim(1, trial.questions)
    axes.set_ylim(0, 1.02)
    percent(axes)
    legend(axes, inks, "upper right")
    return picture


def length(trial: Trial, inks: Inks) -> Figure:
    """Draw after how many items sittings by the first rule end by themselves."""
    picture, (axes,) = page(inks)
    stops = np.array(trial.ways[0].stops)
    axes.bar(np.arange(stops.size), stops / max(stops.sum(), 1), color=inks.accent, width=0.82)
    axes.axvline(trial.stop_items, color=inks.warn, linewidth=1.6, linestyle="--")
    axes.annotate(
        f"mean {trial.stop_items:.1f}", (trial.stop_items, 1), (-6, 0), xycoords=("data", "axes fraction"),
        textcoords="offset points", va="top", ha="right", color=inks.warn,
    )  # fmt: skip
    axes.set_xlabel("questions when it ends by itself")
    axes.set_ylabel("sittings")
    axes.set_xlim(0, trial.items + 1)
    percent(axes)
    return picture


#: The pictures of a trial, by the names of their files.
PICTURES: Mapping[str, Callable[[Trial, Inks], Figure]] = {
    "accuracy": accuracy,
    "reliability": honesty,
    "exposure": exposure,
    "length": length,
}


def _look(number: int, inks: Inks) -> tuple[str, object]:
    colours = (inks.accent, inks.warn, inks.good, inks.bad, inks.muted, inks.text)
    return colours[number % len(colours)], LINES[number % len(LINES)]


def _in_order(axes: Axes, inks: Inks, place: Place) -> None:
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc=place, frameon=False, fontsize=9.5, labelcolor=inks.text)
