"""Markdown -> Typst, for printed sheets. The only live names are those written here and in ``typst``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from quizengine.markup.document import read_line, read_markdown
from quizengine.markup.outline import Element, outline
from quizengine.markup.page import HEADING_STEPS_DOWN
from quizengine.markup.terminal import table_rows
from quizengine.markup.typst import math_typst, typst_string, typst_text

#: Where an answer is to be written in the middle of a text.
BLANK = "#box(width: 3cm, stroke: (bottom: 0.5pt))"
_NUMBER = re.compile(
    r"[-\u2212+]?[0-9][0-9.,\u00a0\u2009 ]*(\\,[0-9.,]+)*( ?(%|\\%|[A-Za-z]{1,3}))?|NULL|\u2013|-|"
)
_WRAPPERS = {"strong": "strong", "em": "emph", "s": "strike"}


def to_typst(markdown: str, *, columns: int = 0) -> str:
    r"""Return Markdown with maths as Typst source; the place of an answer is a line to write on.

    Lines of code with more than ``columns`` signs are broken where it is seen; 0 breaks none.

    >>> to_typst("a **#b**")
    'a #strong[\\#b]'
    """
    return _blocks(outline(read_markdown(markdown)), columns)


def line_typst(markdown: str) -> str:
    r"""Return Markdown that is one line, a label or an option, as Typst source: no blocks are made.

    >>> line_typst("1. $x$ *or* y")
    '1\\. #math.equation(block: false, alt: "x", $x$) #emph[or] y'
    """
    return _line(outline(read_line(markdown)))


def broken_code(text: str, columns: int) -> str:
    """Return code whose lines have at most ``columns`` (20 or more) signs; what goes on has a sign before it.

    >>> print(broken_code("  SELECT one, another FROM some_table", 24))
      SELECT one, another
        ↪ FROM some_table
    """
    return "\n".join(piece for line in text.split("\n") for piece in _pieces(line, columns))


def _pieces(line: str, columns: int) -> Iterator[str]:
    indent = line[: len(line) - len(line.lstrip(" "))]
    lead = (indent if len(indent) < columns // 2 else "") + "  ↪ "
    while len(line) > columns:
        # After the last space, unless next to nothing would be left on the line.
        space = line.rfind(" ", columns // 2, columns)
        end = columns if space < 0 else space + 1
        yield line[:end].rstrip(" ")
        line = lead + line[end:].lstrip(" ")
    yield line


def _blocks(elements: Sequence[Element], columns: int) -> str:
    return "\n\n".join(_block(element, columns) for element in elements)


def _block(element: Element, columns: int) -> str:
    match element.kind:
        case "paragraph" | "inline":
            return _line(element.children)
        case "heading":
            level = min(6, int(element.token.tag[1]) + HEADING_STEPS_DOWN)
            return f"#heading(level: {level})[{_line(element.children)}]"
        case "math_block":
            return math_typst(element.token.content.strip(), True)
        case "fence" | "code_block":
            code = element.token.content.rstrip("\n")
            return f"#raw({typst_string(broken_code(code, columns) if columns else code)}, block: true)"
        case "blockquote":
            return f"#quote(block: true)[{_blocks(element.children, columns)}]"
        case "bullet_list":
            return f"#list({_items(element, columns)})"
        case "ordered_list":
            return f"#enum(start: {int(element.token.attrGet('start') or 1)}, {_items(element, columns)})"
        case "table":
            return _table(element)
        case _:
            return "#line(length: 100%)"


def _items(element: Element, columns: int) -> str:
    return ", ".join(f"[{_blocks(item.children, columns)}]" for item in element.children)


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
    aligned = ", ".join(map(_side, zip(*table_rows(table), strict=True)))
    return (
        f"#table(columns: {len(table_rows(table)[0])}, align: ({aligned},), "
        f"table.header({head.rstrip(', ')}), {''.join(body).rstrip(', ')})"
    )


def _side(column: Sequence[Element]) -> str:
    """Numbers stand right, so that their digits are below each other; what the author says goes first."""
    head, *cells = column
    style = str(head.token.attrGet("style") or "")
    if style:
        return style.removeprefix("text-align:")
    return "right" if cells and all(is_number(_source(cell)) for cell in cells) else "left"


def _source(element: Element) -> str:
    return element.token.content + "".join(map(_source, element.children))


def is_number(text: str) -> bool:
    """Return whether a cell of a table holds a number, perhaps with a sign of money or a unit of one word.

    >>> is_number("-0.5"), is_number("$1 200$ km"), is_number("2025-01-01")
    (True, True, False)
    """
    return _NUMBER.fullmatch(text.strip().replace("\\$", "").replace("$", "")) is not None
