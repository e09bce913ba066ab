"""HTML that other systems hold -> Markdown with LaTeX maths; what has no Markdown is told, never dropped."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

from quizengine.errors import MarkupError
from quizengine.markup.document import read_markdown
from quizengine.markup.formula import read_formula
from quizengine.markup.writing import code_span, escape_markdown, fenced

MAX_DEPTH = 100
#: Formulas in running text, as MathJax filters know them.
_FORMULA = re.compile(r"\\\((.+?)\\\)|\\\[(.+?)\\\]|\$\$(.+?)\$\$", re.DOTALL)
_UNESCAPED_BAR = re.compile(r"(?<!\\)\|")
_RAISED = str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
_LOWERED = str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋")
_BLOCKS = frozenset(
    {"p", "div", "section", "article", "h1", "h2", "h3", "h4", "h5", "h6", "center", "address"}
)
_EMPHASIS = {"b": "**", "strong": "**", "i": "*", "em": "*"}
_THROUGH = frozenset(
    {"span", "font", "u", "small", "big", "tbody", "thead", "tfoot", "html", "body", "nolink", "a"}
)
_EMPTY = frozenset({"br", "hr", "img", "wbr", "input", "source", "col", "meta", "link", "area", "param"})
_UNSEEN = frozenset({"script", "style", "head", "title", "template"})


@dataclass(slots=True)
class _Node:
    tag: str
    address: str = ""
    children: list[_Node | str] = field(default_factory=list)


def html_to_markdown(html: str, tell: Callable[[str], None]) -> str:
    r"""Return HTML as Markdown; what changes on the way is told.

    Raises
    ------
    MarkupError
        For a picture or a sound, which a text cannot replace, and a formula outside what we render.

    Examples
    --------
    >>> html_to_markdown(r"<p>Is <b>\(x^2\)</b> &lt; 1?</p>", print)
    'Is **$x^2$** \\< 1?'
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    printer = _Printer(tell)
    return _checked(printer.blocks(reader.root.children))


def text_to_markdown(text: str) -> str:
    r"""Return plain text as Markdown: formulas between ``\(`` and ``\)`` stay formulas, lines stay lines.

    >>> text_to_markdown("a*b\n\nc")
    'a\\*b\n\nc'
    """
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return _checked("\n\n".join(_text(one.strip()).replace("\n", "\\\n") for one in paragraphs))


def markdown_from_elsewhere(text: str) -> str:
    r"""Return somebody else's Markdown with its formulas between dollars."""
    return _checked(_FORMULA.sub(_formula, text.strip()))


def _checked(markdown: str) -> str:
    read_markdown(markdown)
    return markdown


def _text(text: str) -> str:
    """Return running text as Markdown, formulas as formulas."""
    printed, start = [], 0
    for found in _FORMULA.finditer(text):
        printed += [escape_markdown(text[start : found.start()]), _formula(found)]
        start = found.end()
    return "".join([*printed, escape_markdown(text[start:])])


def _formula(found: re.Match[str]) -> str:
    latex = " ".join(next(group for group in found.groups() if group is not None).split())
    read_formula(latex)
    return f"${latex}$" if found[1] is not None else f"$${latex}$$"


class _Reader(HTMLParser):
    """HTML as a tree: whatever is not closed ends with what it stands in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Node("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = _Node(tag, dict(attrs).get("href") or "")
        if tag in ("p", "li", "tr", "td", "th"):
            self._close(tag)
        self._open[-1].children.append(node)
        if tag not in _EMPTY:
            self._open.append(node)
            if len(self._open) > MAX_DEPTH:
                raise MarkupError(f"its HTML is nested more than {MAX_DEPTH} deep")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(_Node(tag))

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self._open) - 1, 0, -1):
            if self._open[place].tag == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def _close(self, tag: str) -> None:
        """End an element of the same kind that stands open in the same list, row or table."""
        around = {"li": ("ul", "ol"), "tr": ("table",), "td": ("tr",), "th": ("tr",)}.get(tag, ())
        kinds = ("td", "th") if tag in ("td", "th") else (tag,)
        for place in range(len(self._open) - 1, 0, -1):
            if self._open[place].tag in around:
                return
            if self._open[place].tag in kinds:
                del self._open[place:]
                return


class _Printer:
    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def blocks(self, children: list[_Node | str]) -> str:
        """Print what may hold blocks; running text between them is a paragraph."""
        printed: list[str] = []
        inside = ""
        for child in children:
            block = self._block(child) if isinstance(child, _Node) else None
            if block is None:
                inside += self._inline(child)
            else:
                printed += [inside.strip(), block]
                inside = ""
        return "\n\n".join(filter(None, [*printed, inside.strip()]))

    def _block(self, node: _Node) -> str | None:
        """Print a block; None where it is none."""
        match node.tag:
            case tag if tag in _BLOCKS:
                return self.blocks(node.children)
            case "pre":
                return fenced(_bare(node).strip("\n"))
            case "ul" | "ol":
                return self._list(node)
            case "blockquote":
                return "\n".join(f"> {line}".rstrip() for line in self.blocks(node.children).split("\n"))
            case "table":
                return self._table(node)
            case "hr":
                return "---"
        if node.tag in _THROUGH and any(_holds_block(child) for child in node.children):
            return self.blocks(node.children)
        return None

    def _list(self, node: _Node) -> str:
        items = [child for child in node.children if isinstance(child, _Node) and child.tag == "li"]
        marks = (f"{at}. " if node.tag == "ol" else "- " for at in range(1, len(items) + 1))
        texts = (self.blocks(item.children) for item in items)
        return "\n".join(
            mark + text.replace("\n", "\n" + " " * len(mark)) for mark, text in zip(marks, texts, strict=True)
        )

    def _table(self, node: _Node) -> str:
        rows = [[_UNESCAPED_BAR.sub(r"\|", self._line(cell)) for cell in row] for row in _rows(node)]
        width = max(map(len, rows), default=0)
        if not width:
            return ""
        lines = ["| " + " | ".join([*row, *[" "] * (width - len(row))]) + " |" for row in rows]
        return "\n".join([lines[0], "|" + "---|" * width, *lines[1:]])

    def _line(self, node: _Node) -> str:
        return " ".join(self._inside(node).split())

    def _inside(self, node: _Node) -> str:
        return "".join(map(self._inline, node.children))

    def _inline(self, child: _Node | str) -> str:
        if isinstance(child, str):
            return _text(re.sub(r"\s+", " ", child))
        match child.tag:
            case "br":
                return "\\\n"
            case tag if tag in _EMPHASIS:
                return _marked(self._inside(child), _EMPHASIS[tag])
            case "code" | "tt" | "kbd" | "samp":
                bare = " ".join(_bare(child).split())
                return code_span(bare) if bare else ""
            case "sup":
                return self._shifted(child, _RAISED, "^")
            case "sub":
                return self._shifted(child, _LOWERED, "_")
            case "a" if (
                child.address.lower().startswith(("http://", "https://")) and "(" not in child.address
            ):
                return f"[{self._inside(child)}]({child.address})"
            case (
                "img"
                | "svg"
                | "canvas"
                | "picture"
                | "figure"
                | "video"
                | "audio"
                | "iframe"
                | "object"
                | "embed"
            ):
                raise MarkupError(f"it shows a picture or a sound (<{child.tag}>), which does not come along")
            case "math":
                raise MarkupError("it has a formula in MathML; write it in LaTeX between \\( and \\)")
            case tag if tag in _UNSEEN:
                self._tell(f"the content of <{tag}> was left out")
                return ""
            case tag if tag in _THROUGH or tag in _BLOCKS:
                return self._inside(child)
            case tag:
                self._tell(f"<{tag}> has no Markdown: its text stands there plainly")
                return self._inside(child)

    def _shifted(self, node: _Node, signs: dict[int, int], mark: str) -> str:
        text = _bare(node).strip()
        if all(ord(char) in signs for char in text):
            return text.translate(signs)
        self._tell(f"raised or lowered text is written with {mark}")
        return escape_markdown(f"{mark}({text})" if len(text) > 1 else f"{mark}{text}")


def _marked(text: str, mark: str) -> str:
    """Return emphasised text; spaces at its ends stand outside the marks."""
    bare = text.strip()
    if not bare or "\n" in bare:
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{mark}{bare}{mark}{after}"


def _bare(node: _Node) -> str:
    return "".join(
        child if isinstance(child, str) else "\n" if child.tag == "br" else _bare(child)
        for child in node.children
    )


def _holds_block(child: _Node | str) -> bool:
    return isinstance(child, _Node) and (
        child.tag in _BLOCKS or child.tag in ("pre", "ul", "ol", "table", "blockquote", "hr")
    )


def _rows(node: _Node) -> list[list[_Node]]:
    found: list[list[_Node]] = []
    for child in node.children:
        if isinstance(child, _Node) and child.tag == "tr":
            found.append(
                [cell for cell in child.children if isinstance(cell, _Node) and cell.tag in ("td", "th")]
            )
        elif isinstance(child, _Node):
            found += _rows(child)
    return [row for row in found if row]
