"""The report of a study of fairness: one page that needs no other file."""

from __future__ import annotations

import math
import re
from collections import Counter

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from quizengine.resources import resource
from quizengine.services.fairness import charts
from quizengine.services.fairness.study import Study
from quizengine.services.fairness.text import chance, conclusion_words, size_of

MOST_TRACES = 24
MOST_ROWS = 500
"""Comparisons, and items, that a page lists; --json has all."""


def as_html(study: Study) -> str:
    """Return the report as HTML: light or dark as the reader's system is."""
    environment = Environment(
        loader=FileSystemLoader(resource("templates")), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = number
    environment.filters["chance"] = lambda p: number(p) if math.isnan(p) else chance(p)
    ordered = sorted(
        study.judged, key=lambda row: (row.verdict != "flagged", -size_of(row), study.items[row.item])
    )
    return environment.get_template(
        "fairness/report.html"
    ).render(
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
        items=range(min(len(study.items), MOST_ROWS)),
        drifted=None if study.drift is None else study.drift.flagged(study.level),
        words=conclusion_words,
        tokens=Markup(_tokens()),  # noqa: S704  (our own style sheet)
    )


def number(value: float | None, digits: int = 2) -> str:
    """Return a number for a table: a dash for what is not known, a true minus.

    >>> number(-0.5) == "\N{MINUS SIGN}0.50", number(None) == "\N{EN DASH}"
    (True, True)
    """
    if value is None or math.isnan(value):
        return "\N{EN DASH}"
    return f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def _tokens() -> str:
    """Return the style sheet's tokens, without comments."""
    text = (resource("static") / "css" / "tokens.css").read_text("utf-8")
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
