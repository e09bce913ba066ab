"""Markdown with LaTeX maths, written once, printed as HTML with MathML, as Typst and as plain text."""

from __future__ import annotations

from quizengine.markup.exchange import line_xhtml, to_xhtml, xml_text
from quizengine.markup.mathml import math_html
from quizengine.markup.page import inline_html, to_html
from quizengine.markup.plain import math_text
from quizengine.markup.sheet import line_typst, to_typst
from quizengine.markup.terminal import to_text

__all__ = [
    "inline_html",
    "line_typst",
    "line_xhtml",
    "math_html",
    "math_text",
    "to_html",
    "to_text",
    "to_typst",
    "to_xhtml",
    "xml_text",
]
