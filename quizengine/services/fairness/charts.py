"""The pictures of a study of fairness, as SVG whose colours are those of the page, light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy

from quizengine.psychometrics.dif_screen import DifRow
from quizengine.psychometrics.drift import ALARM, BATCH
from quizengine.services.charts.drawing import THEMED, page, percent, svg
from quizengine.services.fairness.study import GroupLine, Study, Traces

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 7.6
MOST_BARS = 40
"""Comparisons in one picture: the largest first."""
LINES = ("-", "--", ":", "-.")
DELTA_ENDS = (1.0, 1.5)
FIT_ENDS = (0.7, 1.3)


def deltas(study: Study) -> str:
    """Draw the difference of each item and group with its interval, largest first."""
    rows = sorted(
        (row for row in study.judged if row.mantel_haenszel and np.isfinite(row.mantel_haenszel.delta)),
        key=lambda row: -abs(row.mantel_haenszel.delta) if row.mantel_haenszel else 0.0,
    )[:MOST_BARS]
    if not rows:
        return ""
    picture, (axes,) = page(THEMED, WIDTH, 0.9 + 0.2 * len(rows))
    several = len(study.groups) > 2
    reach = 2.0
    for place, row in enumerate(rows):
        reach = max(reach, _bar(axes, place, row))
    names = [study.items[row.item] + (f" · {row.group}" if several else "") for row in rows]
    axes.set_yticks(range(len(rows)), names, fontfamily="monospace")
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(-reach - 0.2, reach + 0.2)
    axes.axvspan(-DELTA_ENDS[0], DELTA_ENDS[0], color=THEMED.surface_sunken, linewidth=0)
    axes.axvline(0, color=THEMED.muted, linewidth=0.8)
    for end in DELTA_ENDS:
        for side in (-end, end):
            axes.axvline(side, color=THEMED.border, linewidth=0.8, linestyle="--")
    axes.set_xlabel("harder for the group   ←   delta, 95 % interval   →   easier for the group")
    return svg(picture, "Difference of each item and group with its interval, the largest first")


def _bar(axes: Axes, place: int, row: DifRow) -> float:
    tables = row.mantel_haenszel
    if tables is None:
        return 0.0
    half = 1.96 * tables.standard_error
    colour = THEMED.bad if row.verdict == "flagged" else THEMED.accent
    axes.plot([tables.delta - half, tables.delta + half], [place, place], color=colour, linewidth=1.6)
    axes.plot([tables.delta], [place], "o", color=colour, markersize=4.5)
    return min(abs(tables.delta) + half, 6.0)


def abilities(groups: Sequence[GroupLine]) -> str:
    """Draw where each group stands: the normal population fitted to it."""
    known = [line for line in groups if line.mean is not None and line.sd is not None]
    if not known:
        return ""
    picture, (axes,) = page(THEMED, WIDTH, 2.4)
    theta = np.linspace(-4, 4, 401)
    for number, line in enumerate(known):
        curve = scipy.stats.norm.pdf(theta, line.mean, line.sd)
        colour = THEMED.accent if number == 0 else THEMED.text
        axes.plot(
            theta, curve, color=colour, linestyle=LINES[number % len(LINES)], linewidth=1.8, label=line.name
        )
        if number == 0:
            axes.fill_between(theta, curve, color=THEMED.accent_soft, linewidth=0)
    axes.legend(frameon=False, labelcolor=THEMED.text, fontsize=9)
    axes.set_xlabel("ability, logits")
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylim(0)
    return svg(picture, "Ability of each group")


def traces(trace: Traces, matched_on: str, reference: str) -> str:
    """Draw how often each group solves an item, by ability."""
    picture, (axes,) = page(THEMED, 3.6, 2.5)
    for points, colour, name, mark in (
        (trace.reference_points, THEMED.accent, reference, "o-"),
        (trace.group_points, THEMED.bad, trace.group, "s--"),
    ):
        if points:
            place, right, _ = zip(*points, strict=True)
            axes.plot(place, right, mark, color=colour, linewidth=1.6, markersize=4, label=name)
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.5, 1], ["0", "50 %", "100 %"])
    axes.grid(axis="y", color=THEMED.border, linewidth=0.6)
    axes.set_xlabel(
        "sum score of the anchors" if matched_on == "sum score" else "ability by the other answers"
    )
    axes.legend(frameon=False, labelcolor=THEMED.text, fontsize=8, loc="best")
    return svg(picture, f"How often each group solves {trace.item}, by ability")


def fits(study: Study) -> str:
    """Draw infit against outfit, an item a dot."""
    if study.fit is None:
        return ""
    picture, (axes,) = page(THEMED, 4.2, 3.6)
    low, high = FIT_ENDS
    axes.add_patch(_box(low, high))
    shown = np.isfinite(study.fit.infit)
    flagged = study.fit.flagged & shown
    axes.plot(
        study.fit.infit[shown & ~flagged],
        study.fit.outfit[shown & ~flagged],
        "o",
        color=THEMED.accent,
        markersize=4,
    )
    axes.plot(study.fit.infit[flagged], study.fit.outfit[flagged], "s", color=THEMED.bad, markersize=5)
    for item in np.flatnonzero(flagged)[:12]:
        axes.annotate(
            study.items[item],
            (study.fit.infit[item], study.fit.outfit[item]),
            xytext=(4, 4),
            textcoords="offset points",
            fontsize=8,
            color=THEMED.text,
        )
    ends = [0.6, 1.4, *study.fit.infit[shown], *study.fit.outfit[shown]]
    axes.set(xlim=(min(ends) - 0.05, max(ends) + 0.05), ylim=(min(ends) - 0.05, max(ends) + 0.05))
    axes.set_xlabel("infit")
    axes.set_ylabel("outfit")
    return svg(picture, "Infit against outfit, an item a dot")


def watches(study: Study, item: int) -> str:
    """Draw the two sums of the watch on an item, batch by batch, and the line of alarm."""
    if study.watch is None:
        return ""
    seen = study.watch[item]
    picture, (axes,) = page(THEMED, 3.6, 2.3)
    at = BATCH * np.arange(1, len(seen.easier) + 1)
    axes.plot(at, seen.easier, color=THEMED.accent, linewidth=1.6, label="easier")
    axes.plot(at, seen.harder, color=THEMED.text, linestyle="--", linewidth=1.6, label="harder")
    axes.axhline(ALARM, color=THEMED.bad, linewidth=1)
    axes.set_ylim(0, max(1.2 * ALARM, 1.05 * max([*seen.easier, *seen.harder, 0.0])))
    axes.set_xlabel("answers")
    axes.legend(frameon=False, labelcolor=THEMED.text, fontsize=8, loc="upper left")
    return svg(picture, f"Sums of the watch on {study.items[item]}, by answers; above the line is an alarm")


def people(study: Study) -> str:
    """Draw how often each tenth of p came; honest answers make the bars level."""
    if study.people is None or not study.people.judged:
        return ""
    picture, (axes,) = page(THEMED, WIDTH, 2.4)
    p = study.people.p[np.isfinite(study.people.p)]
    share, edges = np.histogram(p, bins=20, range=(0, 1))
    axes.bar(edges[:-1] + 0.025, share / len(p), width=0.045, color=THEMED.accent)
    axes.axhline(1 / 20, color=THEMED.muted, linewidth=1, linestyle="--")
    axes.set_xlim(0, 1)
    axes.set_xlabel("p of a person's answers: to the left unlikely ones")
    percent(axes)
    return svg(picture, "How often each twentieth of p came; if all is as modelled the bars are level")


def _box(low: float, high: float) -> Any:
    from matplotlib.patches import Rectangle  # noqa: PLC0415  (slow to import: only where something is drawn)

    return Rectangle(
        (low, low),
        high - low,
        high - low,
        facecolor=THEMED.surface_sunken,
        edgecolor=THEMED.border,
        linewidth=0.8,
    )
