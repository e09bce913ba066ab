"""The report of a study of fairness: one page that needs no other file."""

from __future__ import annotations

import math
from collections import Counter

from markupsafe import Markup

from quizengine.services.fairness import charts
from quizengine.services.fairness.study import ODD, Study
from quizengine.services.fairness.text import chance, conclusion_words, size_of, way_of
from quizengine.services.report_page import number, render_report

MOST_TRACES = 24
MOST_ROWS = 500
"""Comparisons, and items, that a page lists; --json has all."""


def as_html(study: Study) -> str:
    """Return the report as HTML: light or dark as the reader's system is."""
    ordered = sorted(
        study.judged, key=lambda row: (row.verdict != "flagged", -size_of(row), study.items[row.item])
    )
    return render_report(
        "fairness/report.html",
        {"chance": lambda p: number(p) if math.isnan(p) else chance(p)},
        study=study,
        rows=ordered[:MOST_ROWS],
        more=max(0, len(ordered) - MOST_ROWS),
        few=len(study.dif.rows) - len(study.judged),
        few_by_group=Counter(
            row.group for row in study.dif.rows if row.mantel_haenszel is None
        ).most_common(),
        deltas=Markup(charts.deltas(study)),  # noqa: S704  (our own drawings, here and below)
        abilities=Markup(charts.abilities(study.groups)),  # noqa: S704
        fits=Markup(charts.fits(study)),  # noqa: S704
        traces=[
            (trace, Markup(charts.traces(trace, study.matched_on, study.dif.reference)))  # noqa: S704
            for trace in study.traces[:MOST_TRACES]
        ],
        watches=[
            (study.items[n], way_of(study, n), Markup(charts.watches(study, n)))  # noqa: S704
            for n in study.alarms[:MOST_TRACES]
        ],
        people=Markup(charts.people(study)),  # noqa: S704
        odd=study.people.odd[:MOST_ROWS] if study.people else (),
        threshold=ODD,
        items=range(min(len(study.items), MOST_ROWS)),
        drifted=None if study.drift is None else study.drift.flagged(study.level),
        words=conclusion_words,
    )
