"""Markdown -> the XHTML that other people's systems read, with formulas as MathML 3 or as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal
from xml.etree.ElementTree import Element as Tag
from xml.etree.ElementTree import fromstring, tostring

from quizengine.markup.document import read_line, read_markdown
from quizengine.markup.formula import read_formula
from quizengine.markup.mathml import math_html
from quizengine.markup.outline import Element, outline
from quizengine.markup.page import HEADING_STEPS_DOWN
from quizengine.markup.terminal import table_rows

Maths = Literal["mathml", "tex"]
MATHML = "http://www.w3.org/1998/Math/MathML"
#: Characters that no XML document may hold.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STYLES = {"bold": "bold", "italic": "italic", "typed": "monospace"}
_SIDES = ("left", "right")
_TAGS = {"strong": "strong", "em": "em", "blockquote": "blockquote"}


@dataclass(frozen=True, slots=True)
class Place:
    """What stands where an answer is given; a ``block`` cannot stand inside a paragraph."""

    xml: str
    block: bool = False


BLANK = Place("____")
Places = Callable[[str], Place]


def to_xhtml(markdown: str, maths: Maths, places: Places = lambda _: BLANK) -> str:
    r"""Return Markdown as well-formed XHTML; ``places`` gives what stands for ``{{input:NAME}}``.

    With ``maths="tex"`` formulas are the author's LaTeX, which passed the guard, in ``\( \)`` and ``\[ \]``.

    >>> to_xhtml(r"a *b* < $\frac{1}{2}$", "tex")
    '<p>a <em>b</em> &lt; \\(\\frac{1}{2}\\)</p>'
    """
    return _Printer(maths, places).blocks(outline(read_markdown(markdown)))


def line_xhtml(markdown: str, maths: Maths) -> str:
    """Return one line of Markdown, a label or an option, as XHTML without blocks.

    >>> line_xhtml("a **b**", "tex")
    'a <strong>b</strong>'
    """
    return _Printer(maths, lambda _: BLANK).line(outline(read_line(markdown)))


def xml_text(text: str) -> str:
    """Return text as XML that stands for it, in content and in attributes; what XML cannot hold is U+FFFD.

    >>> xml_text('a < "b"')
    'a &lt; &quot;b&quot;'
    """
    return escape(_NO_XML.sub("\ufffd", text))


def exchange_mathml(latex: str, display: bool = False) -> str:
    r"""Return a formula in the MathML that XML schemas know, where browsers take classes and style sheets.

    >>> exchange_mathml(r"\boxed{x}").partition('">')[2]
    '<menclose notation="box"><mi>x</mi></menclose></math>'
    """
    printed = math_html(latex, display, False)
    inside = printed[printed.index("<math") : printed.index("</math>") + len("</math>")]
    root = fromstring(inside.replace(f' xmlns="{MATHML}"', ""))  # noqa: S314 (printed by us, a closed set of tags)
    _to_schema(root)
    text = tostring(root, encoding="unicode")
    return text.replace("<math", f'<math xmlns="{MATHML}"', 1)


def _to_schema(parent: Tag) -> None:
    for place, node in enumerate(list(parent)):
        _to_schema(node)
        _without_class(node)
        for name in ("lspace", "rspace"):
            if node.get(name) == "0":
                node.set(name, "0em")
        wanted = ("displaystyle",) if node.tag == "mfrac" else ("scriptlevel",)
        moved = {
            name: node.attrib.pop(name) for name in wanted if name in node.attrib and node.tag != "mstyle"
        }
        if moved:
            style = Tag("mstyle", moved)
            style.append(node)
            parent[place] = style


def _without_class(node: Tag) -> None:
    names = node.attrib.pop("class", "").split()
    if "boxed" in names:
        node.tag = "menclose"
        node.set("notation", "box")
    for name in names:
        if node.tag == "mtext" and name in _STYLES:
            node.set("mathvariant", _STYLES[name])
        if node.tag == "mtd" and name in _SIDES:
            node.set("columnalign", name)
        if node.tag == "mtd" and name == "bar-before":
            node.set("class", name)
    if node.tag == "mtable":
        _bars(node)


def _bars(table: Tag) -> None:
    """Turn marks on cells into lines between columns."""
    rows = [list(row) for row in table]
    barred = {place for row in rows for place, cell in enumerate(row) if cell.attrib.pop("class", "")}
    width = max(map(len, rows), default=0)
    if barred and width > 1:
        lines = ("solid" if place in barred else "none" for place in range(1, width))
        table.set("columnlines", " ".join(lines))


class _Printer:
    def __init__(self, maths: Maths, places: Places) -> None:
        self._maths, self._places = maths, places
        # Blocks that were asked for where none can stand: they follow as soon as one can.
        self._narrow, self._waiting = 0, list[str]()

    def blocks(self, elements: Sequence[Element]) -> str:
        printed = []
        for element in elements:
            printed.append(self._block(element))
            if not self._narrow:
                printed += self._waiting
                self._waiting.clear()
        return "\n".join(filter(None, printed))

    def line(self, elements: Sequence[Element]) -> str:
        return "".join(map(self._inline, elements))

    def _block(self, element: Element) -> str:
        match element.kind:
            case "paragraph" if element.token.hidden:
                return self.line(element.children)
            case "paragraph":
                return self._paragraph(element)
            case "inline":
                return self.line(element.children)
            case "heading":
                level = min(6, int(element.token.tag[1]) + HEADING_STEPS_DOWN)
                return f"<h{level}>{self._phrase(element)}</h{level}>"
            case "math_block":
                return f"<p>{self._formula(element.token.content, True)}</p>"
            case "fence" | "code_block":
                return f"<pre>{xml_text(element.token.content.rstrip())}</pre>"
            case "blockquote":
                return f"<blockquote>{self._phrase(element, self.blocks)}</blockquote>"
            case "bullet_list":
                return f"<ul>{self._items(element)}</ul>"
            case "ordered_list":
                return self._numbered(element)
            case "table":
                return self._table(element)
            case _:
                return "<hr/>"

    def _paragraph(self, paragraph: Element, inside: str = "") -> str:
        """Print a paragraph, after what is ``inside`` already; it gives way to a block in its middle."""
        printed = []
        for child in _flat(paragraph.children):
            place = self._places(child.token.content) if child.kind == "input_place" else None
            if place is not None and place.block and not self._narrow:
                printed += [f"<p>{inside.strip()}</p>"] if inside.strip() else []
                printed.append(place.xml)
                inside = ""
            else:
                inside += self._inline(child)
        return "\n".join([*printed, f"<p>{inside.strip()}</p>"] if inside.strip() else printed)

    def _items(self, element: Element) -> str:
        return "".join(f"<li>{self.blocks(item.children)}</li>" for item in element.children)

    def _numbered(self, element: Element) -> str:
        start = element.token.attrGet("start")
        first = 1 if start is None else int(start)
        if first == 1:
            return f"<ol>{self._items(element)}</ol>"
        # What QTI knows of lists always begins at 1.
        return "\n".join(self._item(f"{first + at}. ", item) for at, item in enumerate(element.children))

    def _item(self, number: str, item: Element) -> str:
        if not item.children or item.children[0].kind != "paragraph":
            return "\n".join(filter(None, (f"<p>{number.strip()}</p>", self.blocks(item.children))))
        head, *more = item.children
        return "\n".join(filter(None, (self._paragraph(head, number), self.blocks(more))))

    def _table(self, table: Element) -> str:
        rows = [
            "<tr>" + "".join(f"<{tag}>{self.line(cell.children)}</{tag}>" for cell in row) + "</tr>"
            for row, tag in zip(table_rows(table), ["th", *["td"] * len(table_rows(table))], strict=False)
        ]
        if len(rows) == 1:
            # QTI has no table without a body.
            return f"<table><tbody>{rows[0]}</tbody></table>"
        return f"<table><thead>{rows[0]}</thead><tbody>{''.join(rows[1:])}</tbody></table>"

    def _inline(self, element: Element) -> str:
        match element.kind:
            case "text" | "text_special":
                return xml_text(element.token.content)
            case "code_inline":
                return f"<code>{xml_text(element.token.content)}</code>"
            case "softbreak":
                return "\n"
            case "hardbreak":
                return "<br/>"
            case "math_inline" | "math_inline_double":
                return self._formula(element.token.content, element.kind == "math_inline_double")
            case "input_place":
                return self._placed(self._places(element.token.content))
            case "link":
                address = xml_text(str(element.token.attrGet("href")))
                return f'<a href="{address}">{self._phrase(element)}</a>'
            case "inline":
                return self.line(element.children)
            case "s":
                return f"[struck out: {self._phrase(element)}]"
            case _:
                tag = _TAGS[element.kind]
                return f"<{tag}>{self._phrase(element)}</{tag}>"

    def _phrase(self, element: Element, printer: Callable[[Sequence[Element]], str] | None = None) -> str:
        """Print the children of an element in which schemas allow no interaction that is a block."""
        self._narrow += 1
        printed = (printer or self.line)(element.children)
        self._narrow -= 1
        return printed

    def _placed(self, place: Place) -> str:
        if not (place.block and self._narrow):
            return place.xml
        self._waiting.append(place.xml)
        return BLANK.xml

    def _formula(self, latex: str, display: bool) -> str:
        text = latex.strip()
        if self._maths == "mathml":
            return exchange_mathml(text, display)
        read_formula(text)
        left, right = (r"\[", r"\]") if display else (r"\(", r"\)")
        return f"{left}{xml_text(text)}{right}"


def _flat(elements: Sequence[Element]) -> list[Element]:
    return [child for one in elements for child in (one.children if one.kind == "inline" else [one])]
