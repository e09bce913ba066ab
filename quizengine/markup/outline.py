"""The tokens of a text as a tree, for the printers that need to see a whole list or table at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token


@dataclass(slots=True)
class Element:
    """A token with what stands between it and its closing one. ``kind`` has no ``_open``."""

    kind: str
    token: Token
    children: list[Element] = field(default_factory=list)


def outline(tokens: Sequence[Token]) -> list[Element]:
    """Return the elements of the uppermost level, the others inside them."""
    root: list[Element] = []
    open_lists = [root]
    for token in tokens:
        if token.nesting == -1:
            open_lists.pop()
            continue
        element = Element(token.type.removesuffix("_open"), token)
        if token.children:
            element.children = outline(token.children)
        open_lists[-1].append(element)
        if token.nesting == 1:
            open_lists.append(element.children)
    return root
