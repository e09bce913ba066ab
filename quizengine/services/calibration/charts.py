"""The pictures of a calibration, as SVG whose colours are those of the page, light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from quizengine.psychometrics.arrays import Floats
from quizengine.psychometrics.calibration import Calibration
from quizengine.psychometrics.calibration.residuals import curves, information
from quizengine.services.calibration.judging import ItemRow
from quizengine.services.charts.drawing import THEMED, page, svg

if TYPE_CHECKING:
    pass

WIDTH = 9.0
SMALL = (2.4, 1.75)
LEAST_SHOWN = 5.0
"""Expected answers at a node below which what people did is not drawn: it would be noise."""
BINS = 12
OF_VERDICT = {"retire": THEMED.bad, "look": THEMED.warn, "wait": THEMED.muted, "keep": THEMED.accent}


def wright_map(calibration: Calibration, rows: Sequence[ItemRow]) -> str:
    """Draw people on the left and items on the right of one scale of logits."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415  (slow to import)

    picture, (left, right) = page(THEMED, WIDTH, 4.6, columns=2, widths=[1, 2.2])
    low, high = _range(calibration)
    step = calibration.nodes[1] - calibration.nodes[0]
    share = -100 * calibration.density
    left.barh(
        calibration.nodes,
        share,
        height=0.86 * step,
        color=THEMED.accent_soft,
        edgecolor=THEMED.accent,
        linewidth=0.8,
    )
    left.set_xlabel("people, %")
    left.set_ylabel("logits")
    left.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    left.xaxis.set_major_formatter(lambda value, _: f"{abs(value):.0f}")
    right.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.spines["left"].set_visible(False)
    drawn = [row for row in rows if np.isfinite(row.b)]
    seen: dict[int, int] = {}
    for row in sorted(drawn, key=lambda row: row.b):
        level = round(float(np.clip(row.b, low, high)) / 0.125)
        seen[level] = seen.get(level, 0) + 1
        right.plot(
            [seen[level]], [np.clip(row.b, low, high)], "o", markersize=4, color=OF_VERDICT[row.verdict]
        )
    right.set_xlim(0.2, max([12, *seen.values()]) + 1)
    right.set_xlabel("items, side by side where they are equally hard")
    for axes in (left, right):
        axes.set_ylim(low, high)
        axes.grid(axis="y", color=THEMED.border, linewidth=0.6)
        axes.set_axisbelow(True)
    right.tick_params(labelleft=False)
    return svg(picture, "People and items on one scale of ability")


def test_information_curve(calibration: Calibration) -> str:
    """Draw what all items tell together, and the error of an ability that they leave."""
    picture, (axes,) = page(THEMED, WIDTH, 3.2)
    total = np.nansum(information(calibration), axis=0)
    theta = calibration.nodes
    low, high = _range(calibration)
    axes.fill_between(theta, total, color=THEMED.accent_soft, linewidth=0)
    axes.plot(theta, total, color=THEMED.accent, linewidth=2)
    axes.set_ylabel("information")
    axes.set_xlabel("ability, logits")
    axes.set_ylim(0)
    beside = axes.twinx()
    beside.set_facecolor("none")
    beside.plot(theta, 1 / np.sqrt(np.maximum(total, 1e-9)), color=THEMED.warn, linewidth=1.6, linestyle="--")
    beside.set_ylim(0, 1.5)
    beside.set_ylabel("standard error, if all are asked", color=THEMED.warn)
    beside.spines[["top", "left"]].set_visible(False)
    beside.spines[["right", "bottom"]].set_color(THEMED.border)
    beside.tick_params(colors=THEMED.warn)
    axes.set_xlim(low, high)
    return svg(picture, "Information of all items at each ability, and the standard error")


def item_curve(calibration: Calibration, row: ItemRow, number: int, chances: Floats, told: Floats) -> str:
    """Draw one item: its curve, what people did, and what an answer tells at each ability."""
    picture, (axes,) = page(THEMED, *SMALL)
    theta, low_high = calibration.nodes, _range(calibration)
    count = calibration.statistics.right[number] + calibration.statistics.wrong[number]
    axes.fill_between(theta, told[number], color=THEMED.accent_soft, linewidth=0)
    axes.plot(theta, chances[number], color=THEMED.accent, linewidth=1.6)
    at, share = _observed(theta, calibration.statistics.right[number], count)
    axes.plot(
        at, share, "o", markersize=3, color=OF_VERDICT[row.verdict] if row.verdict != "keep" else THEMED.text
    )
    axes.set_xlim(*low_high)
    axes.set_ylim(0, 1.02)
    axes.set_yticks([0, 0.5, 1])
    axes.tick_params(labelsize=7)
    return svg(picture, f"{row.item}: chance of a right answer at each ability, and what people did")


test_information_curve.__test__ = False  # type: ignore[attr-defined]


def item_curves(
    calibration: Calibration, rows: Sequence[ItemRow], names: Sequence[str]
) -> list[tuple[ItemRow, str]]:
    """Draw the curves of some items."""
    place = {row.item: i for i, row in enumerate(rows)}
    chances, told = curves(calibration), information(calibration)
    return [
        (rows[place[name]], item_curve(calibration, rows[place[name]], place[name], chances, told))
        for name in names
    ]


def drift_plot(rows: Sequence[ItemRow]) -> str:
    """Draw difficulties then and now; on the line nothing has changed."""
    picture, (axes,) = page(THEMED, 4.4, 4.0)
    shown = [row for row in rows if row.drift and np.isfinite(row.drift.change)]
    for row in shown:
        if row.drift:
            colour = THEMED.bad if row.drift.alarms else THEMED.accent
            axes.errorbar(
                [row.drift.before], [row.b], yerr=[2 * row.se_b], fmt="o", markersize=4, color=colour,
                elinewidth=0.8,
            )  # fmt: skip
    ends = axes.get_xlim()
    axes.plot(ends, ends, color=THEMED.muted, linewidth=0.8)
    axes.set_xlabel("difficulty then, logits")
    axes.set_ylabel("now, with two standard errors")
    return svg(picture, "Difficulty of each anchor then and now")


def _observed(theta: Floats, right: Floats, count: Floats) -> tuple[Floats, Floats]:
    """Return where people stand and how often they are right, in bins of about as many answers."""
    total = count.sum()
    if total <= 0:
        return np.empty(0), np.empty(0)
    part = np.minimum((np.cumsum(count) - count / 2) / total * BINS, BINS - 1).astype(int)
    summed = partial(np.bincount, part, minlength=BINS)
    weight = summed(count)
    shown = weight >= LEAST_SHOWN
    return summed(count * theta)[shown] / weight[shown], summed(right)[shown] / weight[shown]


def _range(calibration: Calibration) -> tuple[float, float]:
    """Return the abilities that pictures show: nearly all people, and nearly all items."""
    known = calibration.b[np.isfinite(calibration.b)]
    spread = 3 * calibration.sd
    low = min(calibration.mean - spread, float(np.quantile(known, 0.02)))
    high = max(calibration.mean + spread, float(np.quantile(known, 0.98)))
    return max(low, -6.0), min(high, 6.0)
