"""Functions and roots taken as names, so that ``sin(x)^2 - 1`` can be looked through like ``s^2 - 1``."""

from __future__ import annotations

from quizengine.grading.residues import constant, is_rational, names_in
from quizengine.grading.tree import Node, shape

_NUMBERS = frozenset({"pi", "e"})
_PREFIX = "atom_"


class Atoms:
    """The names given so far, one for each function or root; ``constants`` are those without variables."""

    def __init__(self) -> None:
        self.named: dict[object, str] = {}
        self.constants: frozenset[str] = frozenset()

    def replaced(self, node: Node) -> Node:
        """Return ``node`` with a name in place of each part that is no rational expression."""
        if is_rational(node):
            return node
        if node.kind in ("sum", "product", "neg", "over", "percent"):
            return node._replace(parts=tuple(map(self.replaced, node.parts)))
        if node.kind == "power" and (whole := constant(node.parts[1])) is not None and whole.denominator == 1:
            return node._replace(parts=(self.replaced(node.parts[0]), node.parts[1]))
        return self.exponential(node) or self.named_as(node)

    def exponential(self, node: Node) -> Node | None:
        """Return e^(2x) as the square of the name of e^x, so that it can be told from what is no square."""
        exponent = node.parts[-1] if node.kind == "power" or node.value == "exp" else None
        if exponent is None or exponent.kind != "product" or len(exponent.parts) < 2:
            return None
        times = constant(exponent.parts[0])
        if times is None or times.denominator != 1 or times < 2:
            return None
        rest = exponent.parts[1:]
        smaller = rest[0] if len(rest) == 1 else Node("product", "", rest)
        if smaller.kind == "over":
            return None
        base = node._replace(parts=(*node.parts[:-1], smaller))
        return Node("power", "", (self.named_as(base), exponent.parts[0]), node.start, node.end)

    def named_as(self, node: Node) -> Node:
        """Return the name of a function or root."""
        name = self.named.setdefault(shape(node), f"{_PREFIX}{len(self.named)}")
        if not names_in(node) - _NUMBERS:
            self.constants |= {name}
        return Node("name", name, (), node.start, node.end)
