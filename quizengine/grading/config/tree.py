"""A configuration file as data: texts, lists and tables; and how to walk over them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

#: Every scalar is a text as it was typed: ``1.10``, ``no`` and ``on`` surprise nobody.
Tree: TypeAlias = "str | list[Tree] | dict[str, Tree]"


class Missing:
    """What stands where a file has nothing. It fulfils no comparison."""


MISSING: Final = Missing()


class Node(NamedTuple):
    """A value and its place: the positions, from the root on, that lead to it. Places order a file.

    A tuple of nodes is what a filter left of a list; its items keep the places that they had.
    """

    value: Tree | tuple[Node, ...] | Missing
    place: tuple[int, ...] = ()

    @property
    def items(self) -> tuple[Node, ...]:
        """The items of a list; anything else is a list of one, and what is missing a list of none."""
        match self.value:
            case list():
                return tuple(Node(item, (*self.place, at)) for at, item in enumerate(self.value))
            case tuple():
                return self.value
            case Missing():
                return ()
            case _:
                return (self,)

    def get(self, key: str) -> Node:
        """Return what stands under ``key``, which may be missing."""
        if isinstance(self.value, dict) and key in self.value:
            return Node(self.value[key], (*self.place, list(self.value).index(key)))
        return Node(MISSING, self.place)

    @property
    def values(self) -> tuple[Node, ...]:
        """What stands under the keys of a table, in their order."""
        if not isinstance(self.value, dict):
            return ()
        return tuple(Node(value, (*self.place, at)) for at, value in enumerate(self.value.values()))

    @property
    def is_there(self) -> bool:
        """Whether something stands here: an empty text, which is what null is read as, is nothing."""
        return self.value is not MISSING and self.value != ""


def spread(node: Node) -> Iterator[Node]:
    """Yield the node itself, or the items of a list, of its lists, and so on.

    Files write one value and a list of one for the same thing, so a rule need not tell them apart.
    """
    if isinstance(node.value, list | tuple):
        for item in node.items:
            yield from spread(item)
    else:
        yield node


def child(node: Node, key: str) -> Iterator[Node]:
    """Yield what stands under ``key``: one node, or one for each item of a list."""
    yield from (each.get(key) for each in spread(node))
