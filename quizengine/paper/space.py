"""Where an answer is written by hand: the space that fits its type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import singledispatch

from quizengine.grading import factor_names
from quizengine.markup.sheet import is_number
from quizengine.markup.typst import typst_string
from quizengine.model.answers import (
    Answer,
    CellAnswer,
    ChoiceAnswer,
    ChoicesAnswer,
    ConfigAnswer,
    EquationAnswer,
    ExpressionAnswer,
    FactorisationAnswer,
    FractionAnswer,
    IntegerAnswer,
    IntervalAnswer,
    MatchingAnswer,
    MatrixAnswer,
    NumberAnswer,
    Option,
    OrderingAnswer,
    OutputAnswer,
    SetAnswer,
    SqlAnswer,
    SqlTable,
    TableAnswer,
    VectorAnswer,
)
from quizengine.paper.typeset import SHORT_OPTION, code, code_columns, entries, flag, line, listed, plain

#: Centimetres of room for working: at least so much a mark, so much in all, so much between several answers.
WORKING_CM = 1.5
MOST_WORKING_CM = 6.0
BETWEEN_CM = 0.4
#: Lines for a query or the mending of a file: at least, and at most where the page has room.
LEAST_SQL_LINES = 8
LEAST_CONFIG_LINES = 5
MOST_LINES = 8
#: Width between the margins of A4, the narrower paper, and of half of it; what a cell has beside its text;
#: a sign of code in em.
PAGE_POINTS = 478.0
HALF_POINTS = 230.0
CELL_POINTS = 8.0
SIGN_WIDTH = 0.602
MOST_SAMPLE_POINTS = 8.5
LEAST_SAMPLE_POINTS = 5.5
LARGE = 1.4


def working(marks: int, large: bool) -> str:
    """Return empty room for working: what the marks are worth, and a share of what a page has left."""
    least = min(max(WORKING_CM * marks, BETWEEN_CM), MOST_WORKING_CM)
    return f"#working({least:g}cm, {marks}, squeeze, large: {flag(large)})"


def _note(words: str) -> str:
    return f"#note[{words}]"


def _written(least: int, marks: int, large: bool, dotted: bool = False) -> str:
    return (
        f"#ruled({least}, squeeze, most: {MOST_LINES + 2 * marks}, share: {marks}, "
        f"large: {flag(large)}, dotted: {flag(dotted)})"
    )


@singledispatch
def shown(answer: Answer, large: bool) -> str:
    """Return what a person has to see before the answer: code, tables, a file. Most answers need nothing."""
    return ""


@shown.register
def _(answer: OutputAnswer, large: bool) -> str:
    return code(answer.code, large)


@shown.register
def _(answer: ConfigAnswer, large: bool) -> str:
    lines = answer.given.rstrip("\n").split("\n")
    width = len(f"{len(lines)}")
    return code("\n".join(f"{at:>{width}}  {line}" for at, line in enumerate(lines, 1)), large)


@shown.register
def _(answer: SqlAnswer, large: bool) -> str:
    schema = code("\n".join(_in_columns(table.ddl, code_columns(large)) for table in answer.tables), large)
    return f"{schema}\n#samples({listed(_samples(answer.tables, large))})"


def _in_columns(ddl: str, columns: int) -> str:
    """Return a definition with line breaks between columns only, as many on a line as fit."""
    head, *rest = " ".join(ddl.split()).split(", ")
    lines = [head]
    for column in rest:
        if len(lines[-1]) + len(column) + 3 <= columns:
            lines[-1] += f", {column}"
        else:
            lines[-1] += ","
            lines.append(f"  {column}")
    return "\n".join(lines)


def _samples(tables: Sequence[SqlTable], large: bool) -> Iterator[str]:
    """Give the tables; two that are narrow and follow each other stand side by side."""
    sizes = [code_points(_columns(table), large) for table in tables]
    narrow = [_width(_columns(one), size) <= HALF_POINTS for one, size in zip(tables, sizes, strict=True)]
    at = 0
    while at < len(tables):
        pair = all(narrow[at : at + 2]) and at + 1 < len(tables)
        for one in range(at, at + 1 + pair):
            yield _sample(tables[one], sizes[one], pair)
        at += 1 + pair


def _columns(table: SqlTable) -> list[list[str]]:
    return [[name, *(row[at] for row in table.sample)] for at, name in enumerate(table.columns)]


def _sample(table: SqlTable, points: float, half: bool) -> str:
    rows = f"{table.row_count} rows, the first {len(table.sample)}"
    said = plain(rows if table.row_count > len(table.sample) else "all rows")
    aligned = listed("right" if all(map(is_number, one[1:])) else "left" for one in _columns(table))
    heads = listed(f"raw({typst_string(name)})" for name in table.columns)
    cells = listed(f"raw({typst_string(cell)})" for row in table.sample for cell in row)
    return f"({typst_string(table.name)}, {said}, {heads}, {aligned}, {points:g}, {flag(half)}, {cells})"


def _width(columns: Sequence[Sequence[str]], points: float) -> float:
    signs = sum(max(map(len, column)) for column in columns)
    return signs * SIGN_WIDTH * points + CELL_POINTS * len(columns)


def code_points(columns: Sequence[Sequence[str]], large: bool) -> float:
    """Return the size at which a table of code is no wider than the page, within what can be read."""
    signs = sum(max(map(len, column)) for column in columns)
    room = PAGE_POINTS - CELL_POINTS * len(columns)
    most = MOST_SAMPLE_POINTS * (LARGE if large else 1)
    return max(LEAST_SAMPLE_POINTS, min(most, round(room / (signs * SIGN_WIDTH), 1)))


@singledispatch
def space(answer: Answer, label: str, marks: int, large: bool) -> str:
    """Return the room to write one answer: blocks that stick to each other, the last one too.

    It is the body of a function of ``squeeze``: how much of the room there can be.

    ``label`` is a content block; ``marks`` say how much room for working there is.
    """
    raise TypeError(f"no space on paper for {type(answer).__name__}")


@space.register(IntegerAnswer | FractionAnswer)
def _(answer: Answer, label: str, marks: int, large: bool) -> str:
    return f"{working(marks, large)}\n#answer-line(label: {label}, large: {flag(large)})"


@space.register
def _(answer: NumberAnswer, label: str, marks: int, large: bool) -> str:
    unit = plain(answer.unit)
    return f"{working(marks, large)}\n#answer-line(label: {label}, unit: {unit}, large: {flag(large)})"


@space.register(ExpressionAnswer | EquationAnswer | IntervalAnswer | SetAnswer)
def _(answer: Answer, label: str, marks: int, large: bool) -> str:
    return f"{working(marks, large)}\n#full-line(label: {label}, large: {flag(large)})"


@space.register
def _(answer: VectorAnswer, label: str, marks: int, large: bool) -> str:
    return _cells(1, len(answer.values), answer.shape_given, label, marks, large)


@space.register
def _(answer: MatrixAnswer, label: str, marks: int, large: bool) -> str:
    return _cells(len(answer.rows), len(answer.rows[0]), answer.shape_given, label, marks, large)


@space.register
def _(answer: FactorisationAnswer, label: str, marks: int, large: bool) -> str:
    boxes = "".join(
        f"#cells({len(rows)}, {len(rows[0])}, label: {line(f'${name}$')}, large: {flag(large)})\n"
        for name, rows in zip(factor_names(answer), answer.factors, strict=True)
    )
    return f"{working(marks, large)}\n{boxes}"


def _cells(rows: int, columns: int, shown: bool, label: str, marks: int, large: bool) -> str:
    room = f"#cells({rows}, {columns}, label: {label}, large: {flag(large)})"
    if not shown:
        room = f"#empty-box(label: {label}, large: {flag(large)})"
    return f"{working(marks, large)}\n{room}"


@space.register
def _(answer: ChoiceAnswer, label: str, marks: int, large: bool) -> str:
    return f"{_note('Tick exactly one.')}\n{_options(answer.options, large)}"


@space.register
def _(answer: ChoicesAnswer, label: str, marks: int, large: bool) -> str:
    return f"{_note('Tick all that apply.')}\n{_options(answer.options, large)}"


def _options(options: tuple[Option, ...], large: bool) -> str:
    short = not large and all(len(one.text) < SHORT_OPTION for one in options)
    return f"#options({entries(options)}, short: {flag(short)})"


@space.register
def _(answer: OrderingAnswer, label: str, marks: int, large: bool) -> str:
    words = f"Number them from 1 to {len(answer.items)} in the right order."
    return f"{_note(words)}\n#options({entries(answer.items)}, mark: number-box)"


@space.register
def _(answer: MatchingAnswer, label: str, marks: int, large: bool) -> str:
    # Letters on both sides could be mixed up: the left side is numbered.
    left = tuple(Option(f"{at}", one.text) for at, one in enumerate(answer.left, 1))
    words = "Write into each box the letter that belongs to it."
    return f"{_note(words)}\n#pairs({entries(left)}, {entries(answer.right)})"


@space.register
def _(answer: TableAnswer, label: str, marks: int, large: bool) -> str:
    return f"#blank-table({table_arguments(answer, lambda cell: '')}, large: {flag(large)})"


def table_arguments(answer: TableAnswer, written: Callable[[CellAnswer], str]) -> str:
    """Return heads and rows of a table; ``written`` gives the text of a cell that is asked for."""
    heads = listed(["[]", *map(line, answer.column_heads)])
    rows = listed(
        listed(
            [
                line(name),
                *(line(cell) if isinstance(cell, str) else f"[{written(cell)}]" for cell in row),
            ]
        )
        for name, row in zip(answer.row_heads, answer.cells, strict=True)
    )
    return f"{heads}, {rows}"


@space.register
def _(answer: OutputAnswer, label: str, marks: int, large: bool) -> str:
    lines = answer.text.count("\n") + 1
    return f"{_note('It prints:')}\n#ruled({lines + 1}, squeeze, large: {flag(large)})"


@space.register
def _(answer: SqlAnswer, label: str, marks: int, large: bool) -> str:
    return _written(LEAST_SQL_LINES, marks, large, dotted=True)


@space.register
def _(answer: ConfigAnswer, label: str, marks: int, large: bool) -> str:
    words = "For each fault: the line, what is wrong, what to write."
    return f"{_note(words)}\n{_written(LEAST_CONFIG_LINES, marks, large)}"
