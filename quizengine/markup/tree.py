"""A formula as a tree of frozen nodes: what the reader makes and every printer walks over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from quizengine.markup.commands import Spacing

Limits = Literal["", r"\limits", r"\nolimits"]


@dataclass(frozen=True, slots=True)
class Number:
    """Digits as written, with the comma of thousands."""

    text: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter of any alphabet, set as a variable."""

    text: str


@dataclass(frozen=True, slots=True)
class Symbol:
    r"""A sign or the name of a function. ``size`` is the height that ``\big`` asks for, in em."""

    command: str
    text: str
    spacing: Spacing
    size: float = 0.0


@dataclass(frozen=True, slots=True)
class Space:
    r"""A space of so many em (less than 0 for ``\!``)."""

    width: float


@dataclass(frozen=True, slots=True)
class Words:
    r"""Upright words: ``\text{...}`` and its kin, or the name of an operator."""

    command: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """Nodes side by side."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Fraction:
    """One thing over another: a fraction, or a binomial coefficient."""

    command: str
    top: Node
    bottom: Node


@dataclass(frozen=True, slots=True)
class Root:
    """A square root, or the root that ``index`` names."""

    body: Node
    index: Node | None


@dataclass(frozen=True, slots=True)
class Accent:
    """A mark over or under a body."""

    command: str
    body: Node


@dataclass(frozen=True, slots=True)
class Font:
    """A body in another alphabet."""

    command: str
    body: Node


@dataclass(frozen=True, slots=True)
class Style:
    """A body set as if displayed, or as if in a line."""

    command: str
    body: Node


@dataclass(frozen=True, slots=True)
class Boxed:
    """A body in a frame."""

    body: Node


@dataclass(frozen=True, slots=True)
class Script:
    """A base with what hangs on it."""

    base: Node
    sub: Node | None
    sup: Node | None
    limits: Limits = ""


@dataclass(frozen=True, slots=True)
class Fence:
    """A body between delimiters that grow with it; an empty delimiter is not drawn."""

    left: str
    body: Node
    right: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells. ``columns`` is the letters of an array's columns, with its bars."""

    environment: str
    columns: str
    rows: tuple[tuple[Row, ...], ...]


@dataclass(frozen=True, slots=True)
class Stack:
    """A mark set over or under a base, or over an arrow that grows with it."""

    command: str
    mark: Node
    base: Node


Node = (
    Number | Letter | Symbol | Space | Words | Row | Fraction | Root | Accent | Font | Style
    | Boxed | Script | Fence | Table | Stack
)  # fmt: skip


def spacing_of(node: Node) -> Spacing:
    """Return how a node sits between its neighbours."""
    match node:
        case Symbol(spacing=spacing):
            return spacing
        case Space():
            return "space"
        case Words(command=command) if command.startswith(r"\operatorname"):
            return "func"
        case Script(base=base) | Accent(body=base) | Font(body=base) if not isinstance(base, Row):
            return spacing_of(base)
        case Row(children=(only,)):
            return spacing_of(only)
        case Stack():
            return "rel"
        case _:
            return "ord"


def is_unary(node: Node, before: Spacing | None) -> bool:
    """Tell whether a sign is one number's own (``-3``) rather than between two (``x - 3``)."""
    if not isinstance(node, Symbol) or node.spacing != "bin":
        return False
    return before in {None, "bin", "rel", "open", "punct", "func"}


def begins_with_bracket(node: Node) -> bool:
    """Tell whether a node opens a bracket, so that nothing need stand between it and a function."""
    match node:
        case Fence(left=left):
            return bool(left)
        case Symbol(spacing=spacing):
            return spacing == "open"
        case Script(base=base):
            return begins_with_bracket(base)
        case Row(children=(first, *_)):
            return begins_with_bracket(first)
        case _:
            return False
