"""Text as Markdown that prints it and nothing else."""

from __future__ import annotations

import re

_SPECIAL = frozenset("\\`*_[]<$|~&")
#: What means something at the beginning of a line alone: headings, lists, quotes, rules.
_AT_START = re.compile(r"^([ \t]*)(?:([#+\-=>])|(\d{1,9})([.)]))", re.MULTILINE)


def escape_markdown(text: str) -> str:
    r"""Return text as Markdown that prints it and nothing else.

    >>> escape_markdown("a_b, 5 < $5"), escape_markdown("1. no list")
    ('a\\_b, 5 \\< \\$5', '1\\. no list')
    """
    inside = "".join(f"\\{char}" if char in _SPECIAL else char for char in text).replace("{{", r"\{\{")
    return _AT_START.sub(_escaped_start, inside)


def _escaped_start(found: re.Match[str]) -> str:
    space, sign, number, mark = found.groups()
    return f"{space}\\{sign}" if sign else f"{space}{number}\\{mark}"


def fenced(text: str, language: str = "") -> str:
    """Return text as a block of code that nothing in it can end."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def code_span(text: str) -> str:
    """Return text as code inside a line.

    >>> code_span("a`b")
    '`` a`b ``'
    """
    if "`" not in text:
        return f"`{text}`"
    fence = "``"
    while fence in text:
        fence += "`"
    return f"{fence} {text} {fence}"
