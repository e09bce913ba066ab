"""Values as arguments of the template's functions: strings, lists and content, none of it live."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

import segno

from quizengine.markup import line_typst, to_typst
from quizengine.markup.sheet import broken_code
from quizengine.markup.typst import typst_string, typst_text
from quizengine.model.answers import Option
from quizengine.resources import resource

#: Version 1 of a QR code holds 25 signs of its capital alphabet; quiet zone as the standard asks.
QR_BORDER = 4
QR_WIDTH = "2.4cm"
SHORT_OPTION = 25


@cache
def template() -> str:
    """Return the template that every sheet and key begins with."""
    return (resource("templates") / "paper" / "sheet.typ").read_text(encoding="utf-8")


def prose(markdown: str, large: bool = False) -> str:
    """Return Markdown as Typst; code in it that is too wide is broken where it is seen."""
    return to_typst(markdown, columns=code_columns(large))


def code_columns(large: bool) -> int:
    """Return how many signs of code fit between the margins of the narrower paper."""
    return 61 if large else 85


def content(markdown: str) -> str:
    """Return Markdown as a content block.

    >>> content("a *b*")
    '[a #emph[b]]'
    """
    return f"[{to_typst(markdown)}]"


def line(markdown: str) -> str:
    r"""Return Markdown that is one line, a label or an option, as a content block.

    >>> line("1. first")
    '[1\\. first]'
    """
    return f"[{line_typst(markdown)}]"


def plain(text: str) -> str:
    """Return text as a content block that prints it and nothing else."""
    return f"[{typst_text(text)}]"


def listed(items: Iterable[str]) -> str:
    """Return a list of Typst.

    >>> listed(["[a]", "[b]"])
    '([a], [b],)'
    """
    inside = ", ".join(items)
    return f"({inside},)" if inside else "()"


def flag(value: bool) -> str:
    """Return a truth value of Typst."""
    return "true" if value else "false"


def entries(options: Sequence[Option]) -> str:
    """Return options as pairs of letter and content."""
    return listed(f"({typst_string(one.id)}, {line(one.text)})" for one in options)


def code(text: str, large: bool = False) -> str:
    """Return a block of code; lines that are too wide are broken where it is seen."""
    return f"#raw({typst_string(broken_code(text.rstrip(chr(10)), code_columns(large)))}, block: true)"


@lru_cache(1)  # a sheet and its key have the same
def qr(text: str) -> str:
    """Return a QR code as an image, with words for who cannot see it."""
    made = segno.make(text, error="m", micro=False, boost_error=False)
    svg = made.svg_inline(border=QR_BORDER, dark="#000", light="#fff")
    # What is inlined in HTML has no namespace; a picture of its own needs one.
    svg = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    alt = typst_string("QR code with the code of this sheet")
    return f'image(bytes({typst_string(svg)}), format: "svg", width: {QR_WIDTH}, alt: {alt})'
