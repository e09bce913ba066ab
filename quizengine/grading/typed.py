"""What was typed, coerced to the shape that an answer has: a number, a row, a grid, a set."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from quizengine.errors import UnreadableResponseError
from quizengine.grading.config.tree import Tree
from quizengine.grading.parse import parse
from quizengine.grading.tree import Node, latex_matrix, to_latex, to_plain
from quizengine.grading.values import evaluate
from quizengine.model.grade import Decimal, ResponseValue

MAX_SIDE = 20

_NUMBER_WORDS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


class Scalar(NamedTuple):
    """One number as typed: its value, whether that is exact, and the tree."""

    number: Fraction
    exact: bool
    node: Node


class Row(NamedTuple):
    """Numbers in order."""

    cells: tuple[Scalar, ...]


class Grid(NamedTuple):
    """Rows of equal length."""

    rows: tuple[Row, ...]


class Group(NamedTuple):
    """Numbers without order."""

    cells: tuple[Scalar, ...]


class Text(NamedTuple):
    """Words or lines that are compared as they stand."""

    text: str


class Picks(NamedTuple):
    """Ids of options."""

    ids: tuple[str, ...]


class Formula(NamedTuple):
    """An expression, an equation or a set as typed; what it means follows from the answer's type."""

    node: Node


class Factors(NamedTuple):
    """Matrices in order."""

    grids: tuple[Grid, ...]


class Cells(NamedTuple):
    """The asked cells of a table, row by row."""

    cells: tuple[Scalar | Text, ...]


class File(NamedTuple):
    """A configuration file as typed, what it says, and in words what it was read as."""

    text: str
    tree: Tree
    outline: str


Typed = Scalar | Row | Grid | Group | Text | Picks | Cells | Formula | Factors | File


# Reading


def read_scalar(text: str, decimal: Decimal, *, percent: bool = False) -> Scalar:
    """Read one number."""
    node = parse(text, decimal=decimal)
    if not percent:
        refuse_percent(node)
    return _scalar(node)


def read_row(response: ResponseValue, decimal: Decimal) -> Row:
    """Read a vector from one text or from a text for each component."""
    if isinstance(response, str):
        node = parse(response, layout="list", decimal=decimal)
        return Row(tuple(map(_cell, _components(node))))
    return Row(tuple(_boxed(text, decimal, f"Component {i}") for i, text in enumerate(_flat(response), 1)))


def read_grid(response: ResponseValue, decimal: Decimal) -> Grid:
    """Read a matrix from one text or from rows of texts."""
    if isinstance(response, str):
        return _grid_of(parse(response, layout="matrix", decimal=decimal))
    rows = tuple((row,) if isinstance(row, str) else row for row in response)
    if not rows or not rows[0]:
        raise UnreadableResponseError("Nothing is written here yet.")
    return _even(
        tuple(
            Row(tuple(_boxed(text, decimal, f"Row {i}, column {j}") for j, text in enumerate(row, 1)))
            for i, row in enumerate(rows, 1)
        ),
        None,
    )


def read_group(response: ResponseValue, decimal: Decimal) -> Group:
    """Read a set: braces, a bare list, or ``x=2 or x=3``."""
    if not isinstance(response, str):
        filled = [text for text in _flat(response) if text.strip()]
        if not filled:
            raise UnreadableResponseError("Nothing is written here yet.")
        return Group(tuple(_boxed(text, decimal, f"Value {i}") for i, text in enumerate(filled, 1)))
    node = parse(response, layout="list", decimal=decimal)
    while (
        node.value == ""
        and node.kind == "list"
        and len(node.parts) == 1
        and node.parts[0].kind in ("list", "rows")
    ):
        node = node.parts[0]
    if node.value not in ("", "{}"):
        raise UnreadableResponseError("Write a set in braces, like {1, 2}.", node.start, node.end)
    items = [item for row in node.parts for item in row.parts] if node.kind == "rows" else node.parts
    return Group(tuple(map(_cell, items)))


def read_factors(response: ResponseValue, decimal: Decimal) -> Factors:
    """Read matrices in brackets, one behind the other: ``L = [[1, 0], [2, 1]], U = [[3, 1], [0, 4]]``."""
    if not isinstance(response, str):
        response = ", ".join(_flat(response))
    node = parse(response, layout="list", decimal=decimal)
    parts = [part for row in node.parts for part in row.parts] if node.kind == "rows" else list(node.parts)
    if len(parts) == 1 and parts[0].kind == "list" and not parts[0].value:
        parts = list(parts[0].parts)
    if all(part.kind == "list" and _rows(part) is None for part in parts):
        parts = [node]  # one matrix: its rows stand in the list
    return Factors(tuple(_grid_of(part) for part in parts))


def refuse_percent(node: Node) -> None:
    """Refuse a percent sign anywhere in ``node``."""
    pending = [node]
    while pending:
        found = pending.pop()
        if found.kind == "percent":
            raise UnreadableResponseError(
                "Write a plain number here, without the percent sign.", found.start, found.end
            )
        pending.extend(found.parts)


def _scalar(node: Node) -> Scalar:
    value = evaluate(node)
    return Scalar(value.number, value.exact, node)


def _cell(node: Node) -> Scalar:
    refuse_percent(node)
    return _scalar(node)


def _boxed(text: str, decimal: Decimal, where: str) -> Scalar:
    """Read the text of one box of several, naming the box where it cannot be read."""
    if not text.strip():
        raise UnreadableResponseError(f"{where} is empty.")
    try:
        return read_scalar(text, decimal)
    except UnreadableResponseError as error:
        raise UnreadableResponseError(f"{where}: {error}", error.start, error.end) from None


def _flat(response: ResponseValue) -> tuple[str, ...]:
    if not response:
        raise UnreadableResponseError("Nothing is written here yet.")
    return tuple(text for row in response for text in ((row,) if isinstance(row, str) else row))


def _unwrapped(node: Node) -> Node:
    """Drop what only holds one list: the bare outside, and brackets around a LaTeX matrix."""
    while node.kind == "list" and len(node.parts) == 1 and node.parts[0].kind in ("list", "rows"):
        inner = node.parts[0]
        if node.value and inner.kind == "list" and _rows(inner) is None:
            break  # [[1, 2]] is a matrix of one row
        node = inner
    return node


def _components(node: Node) -> tuple[Node, ...]:
    node = _unwrapped(node)
    if "{" in node.value:
        raise UnreadableResponseError(
            "Braces stand for a set, which has no order; write [1, 2].", node.start, node.end
        )
    rows = _rows(node)
    if rows is None:
        return node.parts
    if len(rows) == 1:
        return rows[0]
    if all(len(row) == 1 for row in rows):
        return tuple(row[0] for row in rows)
    raise UnreadableResponseError("A vector is wanted here, and this is a matrix.", node.start, node.end)


def _rows(node: Node) -> list[tuple[Node, ...]] | None:
    """Return the rows of ``node``, or None if it is a plain list."""
    if node.kind == "rows":
        # NumPy prints a matrix as rows in brackets on lines.
        return [
            row.parts[0].parts if len(row.parts) == 1 and row.parts[0].kind == "list" else row.parts
            for row in node.parts
        ]
    if node.parts and all(part.kind == "list" for part in node.parts):
        return [part.parts for part in node.parts]
    return None


def _grid_of(node: Node) -> Grid:
    outer = _unwrapped(node)
    rows = _rows(outer)
    if rows is None:
        what = "a vector" if len(outer.parts) > 1 else "one number"
        raise UnreadableResponseError(
            f"A matrix is wanted here, and this is {what}; write rows, like [1, 2; 3, 4].",
            outer.start,
            outer.end,
        )
    nested = len(outer.parts) > 1 and all(part.value == "{}" for part in outer.parts)
    if "{" in outer.value and not nested:
        raise UnreadableResponseError("Write a matrix in square brackets.", outer.start, outer.end)
    return _even(tuple(Row(tuple(map(_cell, row))) for row in rows), outer)


def _even(rows: tuple[Row, ...], node: Node | None) -> Grid:
    place = (node.start, node.end) if node else (None, None)
    lengths = {len(row.cells) for row in rows}
    if len(lengths) > 1:
        shape = ", ".join(str(len(row.cells)) for row in rows[:MAX_SIDE])
        raise UnreadableResponseError(f"The rows have different lengths: {shape}.", *place)
    if len(rows) > MAX_SIDE or max(lengths) > MAX_SIDE:
        raise UnreadableResponseError(f"At most {MAX_SIDE} rows and columns can be read.", *place)
    return Grid(rows)


# Echo


def plain_of(typed: Typed) -> str:
    """Write what was read as plain text, nothing simplified."""
    match typed:
        case Scalar():
            return to_plain(typed.node)
        case Row():
            return f"[{_listed(typed.cells)}]"
        case Grid():
            return f"[{', '.join(map(plain_of, typed.rows))}]"
        case Group():
            return f"{{{_listed(typed.cells)}}}"
        case Text() | File():
            return typed.text
        case Picks():
            return ", ".join(typed.ids)
        case Cells():
            return "; ".join(map(plain_of, typed.cells))
        case Formula():
            return to_plain(typed.node)
        case Factors():
            return ", ".join(map(plain_of, typed.grids))


def _listed(cells: tuple[Scalar, ...]) -> str:
    return ", ".join(to_plain(cell.node) for cell in cells)


def latex_of(typed: Typed) -> str:
    """Write what was read in LaTeX; empty where it is no mathematics."""
    match typed:
        case Scalar():
            return to_latex(typed.node)
        case Row():
            return rf"\left({_listed_latex(typed.cells)}\right)"
        case Grid():
            return latex_matrix([[to_latex(cell.node) for cell in row.cells] for row in typed.rows])
        case Group():
            return rf"\left\{{{_listed_latex(typed.cells)}\right\}}" if typed.cells else r"\emptyset"
        case Formula():
            return to_latex(typed.node)
        case Factors():
            return r",\; ".join(map(latex_of, typed.grids))
        case _:
            return ""


def _listed_latex(cells: tuple[Scalar, ...]) -> str:
    return r",\; ".join(to_latex(cell.node) for cell in cells)


def kind_of(typed: Typed) -> str:
    """Say in words what was read: ``a set of two numbers``."""
    match typed:
        case Scalar():
            return "a number"
        case Row():
            return f"a vector of {_counted(len(typed.cells), 'number')}"
        case Grid():
            return f"a {len(typed.rows)} × {len(typed.rows[0].cells)} matrix"  # noqa: RUF001 (the sign of a shape)
        case Group():
            return f"a set of {_counted(len(typed.cells), 'number')}" if typed.cells else "the empty set"
        case Text():
            return "text"
        case File():
            return typed.outline
        case Picks():
            return _counted(len(typed.ids), "choice")
        case Cells():
            return _counted(len(typed.cells), "cell")
        case Formula():
            return formula_kind(typed.node)
        case Factors():
            return _counted(len(typed.grids), "matrix", "matrices")


_FORMULA_KINDS = {
    "relation": "an equation",
    "and": "several conditions",
    "or": "a set of numbers",
    "union": "a set of numbers",
    "cap": "a set of numbers",
    "interval": "an interval",
    "list": "a list",
    "rows": "a matrix",
}


def formula_kind(node: Node) -> str:
    """Say in words what an expression is."""
    if node.kind == "relation" and node.value != "=":
        return "an inequality"
    return _FORMULA_KINDS.get(node.kind, "an expression")


def _counted(count: int, noun: str, plural: str = "") -> str:
    number = _NUMBER_WORDS[count] if count < len(_NUMBER_WORDS) else str(count)
    return f"{number} {noun if count == 1 else plural or noun + 's'}"
