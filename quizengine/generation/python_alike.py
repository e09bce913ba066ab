"""Which names stand in an expression or a text, told by Python's own parser where it reads as Jinja does.

Jinja's parser is written in Python: reading the sources of a bank with it takes most of the time
of a load. Nine of ten hold nothing but names, numbers, words, calls, brackets, filters and the usual
operators; in these Python's parser, which is fifteen times as fast, finds the same names.
Nothing is evaluated here or there, and what is drawn is always compiled by Jinja.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterable, Iterator

#: What nests so little cannot trouble the parser, and is far from the bounds of the sandbox.
MAX_LENGTH = 400
MAX_DEPTH = 24
#: Nodes that stand for the same in both languages.
_ALIKE = (
    ast.Name, ast.Load, ast.List, ast.Tuple, ast.Dict, ast.Subscript, ast.Attribute, ast.Call, ast.keyword,
    ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow,
    ast.UnaryOp, ast.UAdd, ast.USub, ast.Not, ast.BoolOp, ast.And, ast.Or, ast.IfExp,
    ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn,
)  # fmt: skip
#: Escapes, comments, lines, and numbers that run into a letter are read in other ways.
_UNLIKE = re.compile(r"[\\#\n\r\f]|(?<![\w.])\d[\d.]*[A-Za-z_]")
_NUMBER = re.compile(r"\d+(\.\d+)?")
#: Written so they are constants in Jinja, and names in Python.
_CONSTANTS = frozenset({"true", "false", "none"})


def names_in_text(source: str, filters: Container[str]) -> frozenset[str] | None:
    """Return the names in the values of a text; None where only Jinja can tell, or refuse it.

    >>> sorted(names_in_text("Compute {{ A | tex }} and {{ b + 1 }}.", {"tex"}))
    ['A', 'b']
    """
    if "{%" in source or "{#" in source:
        return None
    found = frozenset[str]()
    for piece in source.split("{{")[1:]:
        value, end, _ = piece.partition("}}")
        names = names_in(value.strip(), filters) if end else None
        if names is None:
            return None
        found |= names
    return found


def names_in(source: str, filters: Container[str]) -> frozenset[str] | None:
    """Return the names that stand in an expression; None where only Jinja can tell, or refuse it.

    >>> sorted(names_in("det(A) + x if y >= 2 else z['k']", ()))
    ['A', 'det', 'x', 'y', 'z']
    >>> names_in("a ~ b", ()) is names_in("x | nosuch", {"tex"}) is names_in("1 +", ()) is None
    True
    """
    if len(source) > MAX_LENGTH or not source.isascii() or _UNLIKE.search(source):
        return None
    try:
        tree = ast.parse(source, mode="eval").body
        if isinstance(tree, ast.Tuple):  # Jinja knows it in brackets alone
            return None
        return frozenset(_walk(tree, source, filters)) - _CONSTANTS
    except (SyntaxError, ValueError, _UnlikeError):
        return None


class _UnlikeError(Exception):
    """Jinja may read this in another way."""


def _walk(tree: ast.AST, source: str, filters: Container[str]) -> Iterator[str]:
    level = [tree]
    for _ in range(MAX_DEPTH):
        yield from (node.id for node in level if isinstance(node, ast.Name))
        level = [child for node in level for child in _children(node, source, filters)]
        if not level:
            return
    raise _UnlikeError


def _children(node: ast.AST, source: str, filters: Container[str]) -> Iterable[ast.AST]:
    match node:
        case ast.Constant():
            if not _is_alike(node.value, source[node.col_offset : node.end_col_offset]):
                raise _UnlikeError
            return ()
        case ast.BinOp(op=ast.BitOr()):
            return node.left, *_filter_arguments(node.right, filters)
        case ast.keyword(arg=None):  # f(**values)
            raise _UnlikeError
        case ast.Dict() if None in node.keys:  # {**values}
            raise _UnlikeError
    if not isinstance(node, _ALIKE):
        raise _UnlikeError
    return ast.iter_child_nodes(node)


def _filter_arguments(node: ast.AST, filters: Container[str]) -> Iterable[ast.AST]:
    match node:
        case ast.Name(id=name) if name in filters:
            return ()
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=named) if name in filters:
            return *arguments, *named
    raise _UnlikeError


def _is_alike(value: object, written: str) -> bool:
    """Whether a constant is written as Jinja knows it: no prefix, no exponent, in one piece."""
    match value:
        case None | True | False:
            return True
        case str():
            return written in (f"'{value}'", f'"{value}"')
        case int() | float():
            return _NUMBER.fullmatch(written) is not None
    return False
