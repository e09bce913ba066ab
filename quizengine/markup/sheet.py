"""Markdown -> Typst, for printed sheets. The only live names are those written here and in ``typst``."""

from __future__ import annotations

from collections.abc import Sequence

from quizengine.markup.document import read_line, read_markdown
from quizengine.markup.outline import Element, outline
from quizengine.markup.page import HEADING_STEPS_DOWN
from quizengine.markup.terminal import table_rows
from quizengine.markup.typst import math_typst, typst_string, typst_text

#: Where an answer is to be written in the middle of a text.
BLANK = "#box(width: 3cm, stroke: (bottom: 0.5pt))"
_WRAPPERS = {"strong": "strong", "em": "emph", "s": "strike"}


def to_typst(markdown: str) -> str:
    r"""Return Markdown with maths as Typst source; the place of an answer is a line to write on.

    >>> to_typst("a **#b**")
    'a #strong[\\#b]'
    """
    return _blocks(outline(read_markdown(markdown)))


def line_typst(markdown: str) -> str:
    r"""Return Markdown that is one line, a label or an option, as Typst source: no blocks are made.

    >>> line_typst("1. $x$ *or* y")
    '1\\. #math.equation(block: false, alt: "x", $x$) #emph[or] y'
    """
    return _line(outline(read_line(markdown)))


def _blocks(elements: Sequence[Element]) -> str:
    return "\n\n".join(_block(element) for element in elements)


def _block(element: Element) -> str:
    match element.kind:
        case "paragraph" | "inline":
            return _line(element.children)
        case "heading":
            level = min(6, int(element.token.tag[1]) + HEADING_STEPS_DOWN)
            return f"#heading(level: {level})[{_line(element.children)}]"
        case "math_block":
            return math_typst(element.token.content.strip(), True)
        case "fence" | "code_block":
            return f"#raw({typst_string(element.token.content.rstrip(chr(10)))}, block: true)"
        case "blockquote":
            return f"#quote(block: true)[{_blocks(element.children)}]"
        case "bullet_list":
            return f"#list({_items(element)})"
        case "ordered_list":
            return f"#enum(start: {int(element.token.attrGet('start') or 1)}, {_items(element)})"
        case "table":
            return _table(element)
        case _:
            return "#line(length: 100%)"


def _items(element: Element) -> str:
    return ", ".join(f"[{_blocks(item.children)}]" for item in element.children)


def _line(elements: Sequence[Element]) -> str:
    return "".join(_inline(element) for element in elements)


def _inline(element: Element) -> str:
    match element.kind:
        case "text" | "text_special":
            return typst_text(element.token.content)
        case "code_inline":
            return f"#raw({typst_string(element.token.content)})"
        case "softbreak":
            return " "
        case "hardbreak":
            return "#linebreak()"
        case "math_inline" | "math_inline_double":
            return math_typst(element.token.content.strip(), element.kind == "math_inline_double")
        case "input_place":
            return BLANK
        case "link":
            address = typst_string(str(element.token.attrGet("href")))
            return f"#link({address})[{_line(element.children)}]"
        case "inline":
            return _line(element.children)
        case _:
            return f"#{_WRAPPERS[element.kind]}[{_line(element.children)}]"


def _table(table: Element) -> str:
    head, *body = ["".join(f"[{_line(cell.children)}], " for cell in row) for row in table_rows(table)]
    columns = len(table_rows(table)[0])
    return f"#table(columns: {columns}, table.header({head.rstrip(', ')}), {''.join(body).rstrip(', ')})"
