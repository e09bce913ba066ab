"""Questions in pictures: what one tells and how people did, what all tell, people beside questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import scipy

from quizengine.psychometrics import item_information, success_chance, test_information
from quizengine.psychometrics.arrays import Floats
from quizengine.services.charts.drawing import Inks, legend, page, percent
from quizengine.services.item_bank import ItemRow, Observed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOW, HIGH = -4.0, 4.0
GRID = np.linspace(LOW, HIGH, 161)
STEP = 0.25
"""Of the map, in logits: people and questions nearer than that stand in one row."""
SIZE = (5.6, 3.5)
"""Inches: small enough that what is written can be read on a telephone."""


def item_curve(row: ItemRow, done: Sequence[Observed], inks: Inks) -> Figure:
    """Draw the chance to be right by ability, what an answer tells there, and what people did."""
    picture, (axes,) = page(inks, *SIZE)
    told = item_information(GRID, row.a, row.b, row.c, row.d)[:, 0]
    beside = axes.twinx()
    beside.set_zorder(0)
    axes.set_zorder(1)
    beside.set_facecolor("none")
    beside.fill_between(GRID, told, color=inks.accent_soft, linewidth=0)
    beside.plot(GRID, told, color=inks.muted, linewidth=1.2, linestyle=":", label="information")
    beside.set_ylim(0, max(0.4, 1.25 * float(told.max())))
    beside.set_ylabel("information", color=inks.muted)
    beside.tick_params(colors=inks.muted)
    beside.spines[["top", "left", "bottom"]].set_visible(False)
    beside.spines["right"].set_color(inks.border)
    axes.plot(GRID, success_chance(GRID, row.a, row.b, row.c, row.d), color=inks.accent, linewidth=2.2)
    if row.answers:
        axes.axhline(
            row.right, color=inks.warn, linewidth=1.4, linestyle="--", label=f"all {row.answers} answers"
        )
    if done:
        size = [30 + 4 * one.answers for one in done]
        axes.scatter(
            [one.ability for one in done], [one.right for one in done], s=size, color=inks.warn, zorder=3,
            label="people of that ability",
        )  # fmt: skip
    if row.answers:
        legend(axes, inks, "upper left")
    axes.set_xlabel("ability, logits")
    axes.set_ylabel("right")
    axes.set_xlim(LOW, HIGH)
    axes.set_ylim(0, 1.02)
    percent(axes)
    return picture


def test_information_curve(rows: Sequence[ItemRow], inks: Inks) -> Figure:
    """Draw what all these questions together tell at each ability."""
    picture, (axes,) = page(inks, *SIZE)
    a, b, c, d = (np.array([getattr(row, name) for row in rows]) for name in "abcd")
    told = test_information(GRID, a, b, c, d)
    axes.fill_between(GRID, told, color=inks.accent_soft, linewidth=0)
    axes.plot(GRID, told, color=inks.accent, linewidth=2.2)
    axes.set_xlabel("ability, logits")
    axes.set_ylabel("information of all questions")
    axes.set_xlim(LOW, HIGH)
    axes.set_ylim(0)
    return picture


# pytest would take the public name for a test wherever it is imported.
test_information_curve.__test__ = False  # type: ignore[attr-defined]


def wright_map(rows: Sequence[ItemRow], abilities: Floats, inks: Inks) -> Figure:
    """Draw people on the left and questions on the right of one scale of logits.

    Without abilities the bell curve that the scorer starts from stands for people.
    """
    picture, (left, right) = page(inks, 5.6, 4.2, columns=2, widths=[1, 1.8])
    edges = np.arange(LOW, HIGH + STEP, STEP)
    if abilities.size:
        share = np.histogram(np.clip(abilities, LOW, HIGH), edges)[0] / abilities.size
    else:
        share = np.diff(scipy.stats.norm.cdf(edges))
    left.barh(
        edges[:-1] + STEP / 2, -share, height=0.86 * STEP, color=inks.accent_soft, edgecolor=inks.accent,
        linewidth=0.8, linestyle="-" if abilities.size else ":",
    )  # fmt: skip
    left.set_xlabel("people" if abilities.size else "people, as believed")
    left.xaxis.set_major_formatter(lambda value, _: f"{abs(100 * value):.0f} %")
    left.set_ylabel("logits")
    level = np.clip(np.floor((np.array([row.b for row in rows]) - LOW) / STEP), 0, edges.size - 2)
    order = np.argsort(level, kind="stable")
    nth = np.arange(level.size) - np.searchsorted(level[order], level[order])
    right.scatter(nth + 1, LOW + (level[order] + 0.5) * STEP, s=16, color=inks.accent)
    right.set_xlabel("questions")
    right.set_xlim(0, max(12, int(nth.max(initial=0)) + 2))
    right.tick_params(labelleft=False)
    for axes in (left, right):
        axes.set_ylim(LOW, HIGH)
        axes.grid(axis="y", color=inks.border, linewidth=0.6)
        axes.set_axisbelow(True)
    return picture


def exposure(rows: Sequence[ItemRow], inks: Inks) -> Figure:
    """Draw how large a share of diagnostics had each question, the most used first."""
    picture, (axes,) = page(inks, *SIZE)
    share = np.sort([0.0 if row.exposure != row.exposure else row.exposure for row in rows])[::-1]
    axes.bar(np.arange(1, share.size + 1), share, width=1.0, color=inks.accent)
    axes.set_xlabel("questions, the most used first")
    axes.set_ylabel("diagnostics that had it")
    axes.set_xlim(0.5, share.size + 0.5)
    axes.set_ylim(0, max(0.1, 1.05 * float(share.max(initial=0.0))))
    percent(axes)
    return picture
