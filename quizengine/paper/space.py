"""Where an answer is written by hand: the space that fits its type."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch

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
from quizengine.paper.typeset import SHORT_OPTION, code, entries, flag, line, listed, plain

#: Centimetres of room for working, a mark and at the most.
WORKING_CM = 1.6
MOST_WORKING_CM = 7.0
BETWEEN_CM = 0.4
SQL_LINES = 4
CONFIG_LINES = 4


def working(marks: int, large: bool) -> str:
    """Return empty room for working: as much as the marks are worth, a little between several answers."""
    return f"#working({min(max(WORKING_CM * marks, BETWEEN_CM), MOST_WORKING_CM):g}cm, large: {flag(large)})"


@singledispatch
def space(answer: Answer, label: str, marks: int, large: bool) -> str:
    """Return what is printed below a prompt for one answer: what it shows, and the room to write.

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
        f"#cells({len(rows)}, {len(rows[0])}, label: [Factor {at}], large: {flag(large)})\n"
        for at, rows in enumerate(answer.factors, 1)
    )
    return f"{working(marks, large)}\n{boxes}"


def _cells(rows: int, columns: int, shown: bool, label: str, marks: int, large: bool) -> str:
    room = f"#cells({rows}, {columns}, label: {label}, large: {flag(large)})"
    if not shown:
        room = f"#empty-box(label: {label}, large: {flag(large)})"
    return f"{working(marks, large)}\n{room}"


@space.register
def _(answer: ChoiceAnswer, label: str, marks: int, large: bool) -> str:
    return f"#text(fill: quiet)[Tick exactly one.]\n\n{_options(answer.options, large)}"


@space.register
def _(answer: ChoicesAnswer, label: str, marks: int, large: bool) -> str:
    return f"#text(fill: quiet)[Tick all that apply.]\n\n{_options(answer.options, large)}"


def _options(options: tuple[Option, ...], large: bool) -> str:
    short = not large and all(len(one.text) < SHORT_OPTION for one in options)
    return f"#options({entries(options)}, short: {flag(short)})"


@space.register
def _(answer: OrderingAnswer, label: str, marks: int, large: bool) -> str:
    words = f"Number them from 1 to {len(answer.items)} in the right order."
    return f"#text(fill: quiet)[{words}]\n\n#options({entries(answer.items)}, mark: number-box)"


@space.register
def _(answer: MatchingAnswer, label: str, marks: int, large: bool) -> str:
    # Letters on both sides could be mixed up: the left side is numbered.
    left = tuple(Option(f"{at}", one.text) for at, one in enumerate(answer.left, 1))
    words = "Write into each box the letter that belongs to it."
    return f"#text(fill: quiet)[{words}]\n\n#pairs({entries(left)}, {entries(answer.right)})"


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
    return (
        f"{code(answer.code, answer.language)}\n#text(fill: quiet)[It prints:]\n"
        f"#ruled({lines + 1}, large: {flag(large)})"
    )


@space.register
def _(answer: SqlAnswer, label: str, marks: int, large: bool) -> str:
    schema = code("\n".join(table.ddl for table in answer.tables), "sql")
    samples = listed(map(_sample, answer.tables))
    lines = SQL_LINES + 2 * marks
    return f"{schema}\n#samples({samples})\n#ruled({lines}, large: {flag(large)}, dotted: true)"


def _sample(table: SqlTable) -> str:
    heads = listed(f"raw({typst_string(name)})" for name in table.columns)
    cells = listed(f"raw({typst_string(cell)})" for row in table.sample for cell in row)
    shown = f"{table.row_count} rows" if table.row_count > len(table.sample) else ""
    rows = f"{shown}, the first {len(table.sample)}" if shown else "all rows"
    return f"({typst_string(table.name)}, {plain(rows)}, {heads}, {cells})"


@space.register
def _(answer: ConfigAnswer, label: str, marks: int, large: bool) -> str:
    width = len(str(answer.given.count("\n") + 1))
    numbered = "\n".join(
        f"{at:>{width}}  {line}" for at, line in enumerate(answer.given.rstrip("\n").split("\n"), 1)
    )
    words = "For each fault: the line, what is wrong, what to write."
    return (
        f"{code(numbered)}\n#text(fill: quiet)[{words}]\n#ruled({CONFIG_LINES + marks}, large: {flag(large)})"
    )
