"""Markdown -> plain text for terminals, e-mails and exports; formulas become words and signs."""

from __future__ import annotations

from collections.abc import Sequence

from quizengine.markup.document import read_markdown
from quizengine.markup.outline import Element, outline
from quizengine.markup.plain import math_text

BLANK = "____"
_RULE = "-" * 20


def to_text(markdown: str) -> str:
    r"""Return Markdown with maths as plain text; the place of an answer is a blank.

    >>> to_text(r"Compute **both**: $\frac{1}{2}$ and {{input:x}}")
    'Compute both: 1/2 and ____'
    """
    return _blocks(outline(read_markdown(markdown)))


def _blocks(elements: Sequence[Element], between: str = "\n\n") -> str:
    return between.join(text for text in map(_block, elements) if text)


def _block(element: Element) -> str:
    match element.kind:
        case "paragraph" | "heading" | "inline":
            return _line(element.children).strip()
        case "math_block":
            return _indent(math_text(element.token.content.strip()), "    ", "    ")
        case "fence" | "code_block":
            return _indent(element.token.content.rstrip("\n"), "    ", "    ")
        case "blockquote":
            return _indent(_blocks(element.children), "> ", "> ")
        case "bullet_list":
            return "\n".join(_item(item, "- ") for item in element.children)
        case "ordered_list":
            first = int(element.token.attrGet("start") or 1)
            return "\n".join(_item(item, f"{first + place}. ") for place, item in enumerate(element.children))
        case "table":
            return _table(element)
        case _:
            return _RULE


def _item(item: Element, mark: str) -> str:
    return _indent(_blocks(item.children, "\n"), mark, " " * len(mark))


def _indent(text: str, first: str, others: str) -> str:
    return first + text.replace("\n", "\n" + others)


def _line(elements: Sequence[Element]) -> str:
    return "".join(_inline(element) for element in elements)


def _inline(element: Element) -> str:
    match element.kind:
        case "text" | "text_special" | "code_inline":
            return element.token.content
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "math_inline" | "math_inline_double":
            return math_text(element.token.content.strip())
        case "input_place":
            return BLANK
        case "link":
            words, address = _line(element.children), str(element.token.attrGet("href"))
            return words if words == address else f"{words} ({address})"
        case _:
            return _line(element.children)


def table_rows(table: Element) -> list[list[Element]]:
    """Return the cells of a table, its head first."""
    return [row.children for part in table.children for row in part.children]


def _table(table: Element) -> str:
    rows = [[_line(cell.children).strip() for cell in row] for row in table_rows(table)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)
