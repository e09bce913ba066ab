r"""What programs put around numbers: keyword arguments, table bars, a transposing sign, pieces of brackets.

Every step keeps the length of the text, so that a position in it is a position in what the person pasted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from quizengine.errors import UnreadableResponseError
from quizengine.grading.characters import MAX_CHARACTERS
from quizengine.grading.tokens import Layout
from quizengine.grading.tree import Node

MAX_KEYWORDS, MAX_TAIL = 4, 200
#: ``dtype=float32`` and its like, as NumPy and PyTorch print them.
_KEYWORD = re.compile(
    r",[ \n]{0,40}(?:dtype|device|requires_grad|grad_fn|order|copy) ?= ?"
    r"[A-Za-z0-9_.:'\"<>]{1,40}(?=[ \n]{0,9}[,)])"
)
#: The last comma of ``[[1, 2], [3, 4],]`` and the last semicolon of ``[1 2; 3 4;]``.
_IDLE_SEPARATOR = re.compile(r"(?<=[\])]),(?=[ \n]{0,9}[\])])|;(?=[ \n]{0,9}\])")
_TRANSPOSED = re.compile(
    r"([)\]]|\\end\{[a-z]{0,8}matrix\*?\})"
    r"(?: ?\^ ?(?:T|\{T\}|\\top|\{\\top\}|\\intercal|\{\\intercal\})|'|\.T|ᵀ)[ \n]{0,9}\.?[ \n]{0,9}$"
)
_PIECES = str.maketrans(dict.fromkeys("⎡⎢⎣⎤⎥⎦⎛⎜⎝⎞⎟⎠", " "))
_RULE = re.compile(r"[ |:+-]*-[ |:+-]*")


def undressed(text: str, layout: Layout) -> tuple[str, bool]:
    """Return ``text`` with spaces in place of what is no number, and whether it was written transposed."""
    if layout not in ("list", "matrix") or len(text) > MAX_CHARACTERS:
        return text, False
    text = text.translate(_PIECES)
    turned = _TRANSPOSED.search(text[-MAX_TAIL:])
    if turned:
        text = _blank(text, len(text) - len(text[-MAX_TAIL:]) + turned.end(1), len(text))
    bare = text.rstrip()
    if bare.endswith(("];", ");", "},")):
        text = _blank(text, len(bare) - 1, len(text))
    for _ in range(MAX_KEYWORDS):
        if not (keyword := _KEYWORD.search(text)):
            break
        text = _blank(text, keyword.start(), keyword.end())
    text = _IDLE_SEPARATOR.sub(" ", text)
    return (_without_bars(text) if layout == "matrix" else text), turned is not None


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


def _without_bars(text: str) -> str:
    """Read ``| 1 | 2 |`` on each line, as Markdown and text tables have it."""
    lines = text.split("\n")
    written = [line.strip() for line in lines if line.strip()]
    if not written or not all(len(line) > 1 and line[0] == line[-1] == "|" for line in written):
        return text
    return "\n".join(map(_cells_of, lines))


def _cells_of(line: str) -> str:
    if _RULE.fullmatch(line):
        return " " * len(line)
    first, last = line.find("|"), line.rfind("|")
    inside = line[first + 1 : last].replace("|", ",")
    return f"{' ' * (first + 1)}{inside}{' ' * (len(line) - last)}" if last > first else line


def transposed(node: Node) -> Node:
    """Return a matrix with rows and columns exchanged.

    Raises
    ------
    UnreadableResponseError
        If it is no matrix, or its rows differ in length.
    """
    rows = list(_rows(node))
    if not rows or len(set(map(len, rows))) > 1:
        raise UnreadableResponseError("Only a matrix can be transposed here.", node.start, node.end)
    columns = tuple(Node("list", "[]", column, node.start, node.end) for column in zip(*rows, strict=True))
    return Node("list", "[]", columns, node.start, node.end)


def _rows(node: Node) -> Iterator[tuple[Node, ...]]:
    while node.kind == "list" and len(node.parts) == 1 and node.parts[0].kind in ("list", "rows"):
        inner = node.parts[0]
        if inner.kind == "list" and not all(part.kind == "list" for part in inner.parts):
            break
        node = inner
    for part in node.parts:
        yield part.parts if part.kind == "list" else (part,)
