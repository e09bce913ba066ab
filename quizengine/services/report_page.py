"""Reports that stand alone: one page with all its style, to be kept, sent and printed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from quizengine.resources import resource


def render_report(template: str, filters: dict[str, Callable[..., str]], **values: object) -> str:
    """Return a report as HTML that looks like the pages: light or dark as the reader's system is.

    ``template`` is a name below ``templates``; ``filters`` are added to ``number``.
    """
    environment = Environment(
        loader=FileSystemLoader(resource("templates")), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"number": number, **filters}
    return environment.get_template(template).render(tokens=Markup(_tokens()), **values)  # noqa: S704 (ours)


def number(value: float | None, digits: int = 2) -> str:
    """Return a number for a table: a dash for what is not known, a true minus.

    >>> number(-0.5) == "\N{MINUS SIGN}0.50", number(None) == "\N{EN DASH}"
    (True, True)
    """
    if value is None or math.isnan(value):
        return "\N{EN DASH}"
    return f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def _tokens() -> str:
    """Return the colours and sizes of the pages, without comments."""
    text = (resource("static") / "css" / "tokens.css").read_text("utf-8")
    return re.sub(r"/\*.*?\*/\s*", "", text, flags=re.DOTALL)
