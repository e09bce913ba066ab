"""The report of a calibration: one page that needs no other file."""

from __future__ import annotations

from collections import Counter

import numpy as np
from markupsafe import Markup

from quizengine.services.calibration import charts
from quizengine.services.calibration.calibrating import Outcome
from quizengine.services.calibration.judging import ItemRow, order
from quizengine.services.report_page import render_report

MOST_CURVES = 24
MOST_ROWS = 500
"""Items that a page lists, the most urgent first; the file of items has all."""
FEW_MOVES = 3
NAMES = {
    "rasch": "Rasch",
    "1pl": "1PL, one slope",
    "2pl": "2PL",
    "3pl": "3PL",
    "4pl": "4PL",
}


def as_html(outcome: Outcome, *, date: str) -> str:
    """Return the report as HTML: light or dark as the reader's system is."""
    listed = sorted(outcome.rows, key=order)
    shown = _worth_showing(listed)
    pictures = {
        "wright": charts.wright_map(outcome.calibration, outcome.rows),
        "information": charts.test_information_curve(outcome.calibration),
        "drift": charts.drift_plot(outcome.rows) if _moved(listed) else "",
    }
    return render_report(
        "calibration/report.html",
        {},
        outcome=outcome,
        calibration=outcome.calibration,
        model=NAMES[outcome.calibration.model],
        answers=int(outcome.calibration.n.sum()),
        date=date,
        rows=listed[:MOST_ROWS],
        by_sum_score=any(row.sum_scores for row in listed),
        by_group=any(row.differences for row in listed),
        left_out=max(0, len(listed) - MOST_ROWS),
        counts=Counter(row.verdict for row in listed),
        acted=[row for row in listed if row.verdict in ("retire", "look")][:MOST_ROWS],
        drifted=sorted((row for row in listed if row.drift), key=lambda row: row.drift.p if row.drift else 1),
        effects=_effects(outcome),
        pictures={name: Markup(svg) for name, svg in pictures.items()},  # noqa: S704  (our own drawings)
        curves=[
            (row, Markup(svg))  # noqa: S704  (as above)
            for row, svg in charts.item_curves(outcome.calibration, outcome.rows, shown)
        ],
    )


def _worth_showing(listed: list[ItemRow]) -> list[str]:
    """Return the items whose curves are drawn: those to do something about, then those that tell most."""
    known = [row for row in listed if np.isfinite(row.a)]
    first = [row for row in known if row.verdict in ("retire", "look")]
    rest = sorted((row for row in known if row not in first), key=lambda row: -row.information)
    return [row.item for row in (first + rest)[:MOST_CURVES]]


def _moved(listed: list[ItemRow]) -> bool:
    """Whether there are enough moves to draw."""
    return sum(bool(row.drift and np.isfinite(row.drift.change)) for row in listed) >= FEW_MOVES


def _effects(outcome: Outcome) -> list[tuple[str, float]]:
    model = outcome.difficulty
    if model is None:
        return []
    return sorted(zip(model.names, model.effects.tolist(), strict=True), key=lambda pair: -abs(pair[1]))
