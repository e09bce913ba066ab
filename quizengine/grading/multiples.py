"""A factor beside a vector or matrix, as in ``1/5 * [3, 4]``: taken into every entry."""

from __future__ import annotations

from collections.abc import Callable

from quizengine.errors import UnreadableResponseError
from quizengine.grading.tree import Node

_LISTS = ("list", "rows")
#: Nodes that a factor may add: 600 short tokens could else become a tree of 90,000 nodes.
MAX_ADDED = 2_000


def spread(node: Node) -> Node:
    """Return ``node`` with each product of factors and one list written as the list that it is.

    A product of two lists, or a quotient by one, stays as it is: nobody can say what it means.

    Raises
    ------
    UnreadableResponseError
        If a long factor stands beside a long list.
    """
    match node.kind:
        case "list" | "rows":
            return node._replace(parts=tuple(map(spread, node.parts)))
        case "neg":
            inner = spread(node.parts[0])
            return _each(inner, lambda cell: node._replace(parts=(cell,))) if inner.kind in _LISTS else node
        case "product":
            return _spread_product(node)
    return node


def _spread_product(node: Node) -> Node:
    parts = tuple(map(spread, node.parts))
    places = [place for place, part in enumerate(parts) if part.kind in _LISTS]
    if len(places) != 1:
        return node
    before, listed, after = parts[: places[0]], parts[places[0]], parts[places[0] + 1 :]
    if _entries(listed) * sum(map(_size, before + after)) > MAX_ADDED:
        raise UnreadableResponseError(
            "This factor is too long to be taken into every entry; write the entries out.",
            node.start,
            node.end,
        )
    return _each(listed, lambda cell: node._replace(parts=(*before, cell, *after)))


def _each(node: Node, change: Callable[[Node], Node]) -> Node:
    """Change every entry of a list, also of a list of lists."""
    if node.kind not in _LISTS:
        return change(node)
    return node._replace(parts=tuple(_each(part, change) for part in node.parts))


def _entries(node: Node) -> int:
    return sum(map(_entries, node.parts)) if node.kind in _LISTS else 1


def _size(node: Node) -> int:
    return 1 + sum(map(_size, node.parts))
