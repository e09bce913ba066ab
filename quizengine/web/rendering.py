"""The one door from an author's Markdown to what a template prints unescaped."""

from __future__ import annotations

from collections.abc import Mapping

from flask import g, has_request_context
from markupsafe import Markup

from quizengine.markup import inline_html, math_html, to_html, to_text

# ``markup`` escapes every character of its input and has its own list of tags: its output is safe.


def write_formulas_as_text() -> None:
    """Let the formulas of this page be plain text, for a person in reader mode."""
    g.formulas_as_text = True


def _as_text() -> bool:
    return has_request_context() and bool(g.get("formulas_as_text", False))


def prose(markdown: str, inputs: Mapping[str, str] | None = None) -> Markup:
    """Return a text with paragraphs; ``inputs`` are answer boxes that stand in it."""
    return Markup(to_html(markdown, inputs, formulas_as_text=_as_text()))  # noqa: S704


def line(markdown: str) -> Markup:
    """Return a label, an option or a head: one line without blocks."""
    return Markup(inline_html(markdown, formulas_as_text=_as_text()))  # noqa: S704


def formula(latex: str) -> Markup:
    """Return a formula as MathML."""
    return Markup(math_html(latex))  # noqa: S704


def words(markdown: str) -> str:
    """Return one line as plain text, for attributes and the options of a select."""
    return to_text(markdown).strip()
