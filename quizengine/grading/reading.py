"""Read a response as the type of its answer asks: one reader a type, and the echo."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import singledispatch

from quizengine.errors import UnreadableResponseError
from quizengine.grading.characters import MAX_CHARACTERS
from quizengine.grading.choosing import read_choice, read_choices, read_matching, read_order
from quizengine.grading.config import outline, read_file
from quizengine.grading.formulas import read_formula
from quizengine.grading.properties import factor_names
from quizengine.grading.typed import (
    Cells,
    File,
    Formula,
    Grid,
    Row,
    Scalar,
    Text,
    Typed,
    kind_of,
    latex_of,
    plain_of,
    read_factors,
    read_grid,
    read_group,
    read_row,
    read_scalar,
)
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
    OrderingAnswer,
    OutputAnswer,
    SetAnswer,
    SqlAnswer,
    TableAnswer,
    TextAnswer,
    VectorAnswer,
)
from quizengine.model.grade import Decimal, Grade, ResponseValue

#: What can be judged by itself: an answer, or a cell of a table.
Judged = Answer | TextAnswer

#: Units this long are words, and may begin with a capital.
LEAST_WORD = 4
MAX_QUERY_CHARACTERS = 20_000
MAX_OUTPUT_CHARACTERS = 20_000
MAX_FILE_CHARACTERS = 20_000
_ABOUT_A_COMMA = re.compile(r"[ \t]*,[ \t]*")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text was read as: plain text, LaTeX for the page, and its kind in words."""

    plain: str
    latex: str
    kind: str


class UnreadableCellsError(UnreadableResponseError):
    """Some cells of a table cannot be read; ``parts`` has one grade a cell, empty feedback where it can."""

    def __init__(self, message: str, start: int | None, end: int | None, parts: tuple[Grade, ...]) -> None:
        super().__init__(message, start, end)
        self.parts = parts


def read(response: ResponseValue, answer: Answer, decimal: Decimal = "point") -> Reading:
    """Return what ``response`` is read as, without judging it.

    Knows the declared type only, never the key, and simplifies nothing.

    Raises
    ------
    UnreadableResponseError
        If it cannot be read; ``start`` and ``end`` mark the place.
    """
    typed = take_in(answer, response, decimal)
    return Reading(plain_of(typed), latex_of(typed), kind_of(typed))


@singledispatch
def take_in(answer: Judged, response: ResponseValue, decimal: Decimal) -> Typed:
    """Read ``response`` as the type of ``answer`` asks; the key is not looked at."""
    raise TypeError(f"no reader for {type(answer).__name__}")


def _text(response: ResponseValue, what: str) -> str:
    """Return the one text of a response; a form may send it as a list of one."""
    while not isinstance(response, str):
        if len(response) != 1:
            raise UnreadableResponseError(f"{what} is wanted here, and this is a list.")
        response = response[0]
    return response


@take_in.register(IntegerAnswer)
@take_in.register(FractionAnswer)
def _(answer: IntegerAnswer | FractionAnswer, response: ResponseValue, decimal: Decimal) -> Scalar:
    return read_scalar(_text(response, "One number"), decimal)


@take_in.register
def _(answer: NumberAnswer, response: ResponseValue, decimal: Decimal) -> Scalar:
    text = _text(response, "One number")
    return read_scalar(_without_unit(text, answer.unit), decimal, percent=answer.percent == "accept")


def _without_unit(text: str, unit: str) -> str:
    """Drop the declared unit behind a number; the parser refuses any other by its name.

    A short unit is taken as it is written, since mW is no MW; a word may begin with a capital.
    """
    bare = text.rstrip()
    is_word = len(unit) >= LEAST_WORD and unit.isalpha()
    if unit and (bare.endswith(unit) or (is_word and bare.lower().endswith(unit.lower()))):
        before = bare[: len(bare) - len(unit)]
        if before.strip() and not before[-1].isalpha():
            return before
    return text


@take_in.register(ExpressionAnswer)
@take_in.register(EquationAnswer)
@take_in.register(IntervalAnswer)
def _(
    answer: ExpressionAnswer | EquationAnswer | IntervalAnswer, response: ResponseValue, decimal: Decimal
) -> Formula:
    return Formula(read_formula(answer, _text(response, "One text"), decimal))


@take_in.register
def _(answer: FactorisationAnswer, response: ResponseValue, decimal: Decimal) -> Typed:
    factors = read_factors(response, decimal)
    names = factor_names(answer)
    if len(factors.grids) != len(names):
        raise UnreadableResponseError(
            f"Write {' and '.join(names)}, like {', '.join(f'{name} = [[1, 0], [0, 1]]' for name in names)}; "
            f"this gives {len(factors.grids)} of {len(names)}."
        )
    return factors


@take_in.register
def _(answer: VectorAnswer, response: ResponseValue, decimal: Decimal) -> Row:
    row = read_row(response if answer.shape_given else _trimmed_row(response), decimal)
    if answer.shape_given and len(row.cells) != len(answer.values):
        count = len(answer.values)
        raise UnreadableResponseError(
            f"{count} component{'s are' if count > 1 else ' is'} wanted; this has {len(row.cells)}."
        )
    return row


@take_in.register
def _(answer: MatrixAnswer, response: ResponseValue, decimal: Decimal) -> Grid:
    grid = read_grid(response if answer.shape_given else _trimmed_grid(response), decimal)
    shape = len(grid.rows), len(grid.rows[0].cells)
    wanted = len(answer.rows), len(answer.rows[0])
    if answer.shape_given and shape != wanted:
        raise UnreadableResponseError(
            f"A {wanted[0]} by {wanted[1]} matrix is wanted; this one is {shape[0]} by {shape[1]}."
        )
    return grid


@take_in.register
def _(answer: SetAnswer, response: ResponseValue, decimal: Decimal) -> Typed:
    return read_group(response, decimal)


@take_in.register
def _(answer: ChoiceAnswer, response: ResponseValue, decimal: Decimal) -> Typed:
    return read_choice(answer, response)


@take_in.register
def _(answer: ChoicesAnswer, response: ResponseValue, decimal: Decimal) -> Typed:
    return read_choices(answer, response)


@take_in.register
def _(answer: OrderingAnswer, response: ResponseValue, decimal: Decimal) -> Typed:
    return read_order(answer, response)


@take_in.register
def _(answer: MatchingAnswer, response: ResponseValue, decimal: Decimal) -> Typed:
    return read_matching(answer, response)


@take_in.register
def _(answer: TextAnswer, response: ResponseValue, decimal: Decimal) -> Text:
    text = " ".join(_text(response, "One word").split())
    if not text:
        raise UnreadableResponseError("Nothing is written here yet.")
    _check_text(text, MAX_CHARACTERS)
    return Text(text)


@take_in.register
def _(answer: OutputAnswer, response: ResponseValue, decimal: Decimal) -> Text:
    text = "\n".join(output_lines(_text(response, "One text")))
    if not text:
        raise UnreadableResponseError("Nothing is written here yet.")
    _check_text(text, MAX_OUTPUT_CHARACTERS)
    return Text(text)


@take_in.register
def _(answer: SqlAnswer, response: ResponseValue, decimal: Decimal) -> Text:
    text = _text(response, "One query")
    if len(text) > MAX_QUERY_CHARACTERS:
        raise UnreadableResponseError(f"A query can have at most {MAX_QUERY_CHARACTERS:,} characters.")
    return Text(text)


@take_in.register
def _(answer: ConfigAnswer, response: ResponseValue, decimal: Decimal) -> File:
    text = _text(response, "One file")
    _check_text(text, MAX_FILE_CHARACTERS)
    if not text.strip():
        raise UnreadableResponseError("Nothing is written here yet.")
    tree = read_file(answer.kind, text)
    return File(text, tree, outline(answer.kind, tree))


@take_in.register
def _(answer: TableAnswer, response: ResponseValue, decimal: Decimal) -> Cells:
    asked = asked_cells(answer)
    texts = _cell_texts(answer, response, len(asked))
    found: list[Scalar | Text] = []
    grades: list[Grade] = []
    for (_, cell), text in zip(asked, texts, strict=True):
        try:
            typed = take_in(cell, text, decimal)
        except UnreadableResponseError as error:
            grades.append(Grade(verdict="unreadable", feedback=str(error), start=error.start, end=error.end))
            continue
        grades.append(Grade(verdict="unreadable", read_as=plain_of(typed)))
        if isinstance(typed, Scalar | Text):
            found.append(typed)
    for ((where, _), text), cell_grade in zip(zip(asked, texts, strict=True), grades, strict=True):
        if cell_grade.feedback:
            message = cell_grade.feedback if text.strip() else "this cell is empty."
            raise UnreadableCellsError(f"{where}: {message}", cell_grade.start, cell_grade.end, tuple(grades))
    return Cells(tuple(found))


def asked_cells(answer: TableAnswer) -> list[tuple[str, CellAnswer]]:
    """Return the cells to fill in, row by row, each with the words for its place."""
    return [
        (f"{row_head}, {column_head}", cell)
        for row_head, row in zip(answer.row_heads, answer.cells, strict=True)
        for column_head, cell in zip(answer.column_heads, row, strict=True)
        if not isinstance(cell, str)
    ]


def _cell_texts(answer: TableAnswer, response: ResponseValue, asked: int) -> list[str]:
    """Return the texts of the asked cells, from all cells or from the asked ones alone."""
    if isinstance(response, str):
        response = tuple(tuple(line.split("\t")) for line in response.strip().splitlines())
    texts = [text for row in response for text in ((row,) if isinstance(row, str) else row)]
    flat = [cell for row in answer.cells for cell in row]
    if len(texts) == len(flat):
        return [text for text, cell in zip(texts, flat, strict=True) if not isinstance(cell, str)]
    if len(texts) == asked:
        return texts
    raise UnreadableResponseError(f"Fill in every cell: {asked} are asked, and this gives {len(texts)}.")


def _trimmed_row(response: ResponseValue) -> ResponseValue:
    """Drop empty boxes at the end of a row whose length is the person's to find."""
    if isinstance(response, str):
        return response
    boxes = [text for row in response for text in ((row,) if isinstance(row, str) else row)]
    while boxes and not boxes[-1].strip():
        boxes.pop()
    return tuple(boxes)


def _trimmed_grid(response: ResponseValue) -> ResponseValue:
    """Drop empty rows and columns at the end of a grid whose shape is the person's to find."""
    if isinstance(response, str):
        return response
    rows = [(row,) if isinstance(row, str) else row for row in response]
    while rows and not any(text.strip() for text in rows[-1]):
        rows.pop()
    width = max((i + 1 for row in rows for i, text in enumerate(row) if text.strip()), default=0)
    return tuple(row[:width] for row in rows)


def output_lines(text: str) -> list[str]:
    """Return the lines of an output without the spaces at their ends or empty lines after the last.

    Spaces about a comma are made alike: who types ``(2,3)`` for ``(2, 3)`` knows what is printed.
    """
    lines = [_ABOUT_A_COMMA.sub(", ", line).rstrip() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _check_text(text: str, greatest: int) -> None:
    if len(text) > greatest:
        raise UnreadableResponseError(f"At most {greatest:,} characters can be read.")
    for position, char in enumerate(text):
        if char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Cn"):
            raise UnreadableResponseError(
                f"Character {position + 1} is U+{ord(char):04X}; delete it.", position, position + 1
            )


def is_read_alike(answer: Judged, other: Judged) -> bool:
    """Whether a response to ``answer`` can be compared with ``other``: numbers of any kind can."""
    numbers = IntegerAnswer | NumberAnswer | FractionAnswer
    return type(answer) is type(other) or (isinstance(answer, numbers) and isinstance(other, numbers))
