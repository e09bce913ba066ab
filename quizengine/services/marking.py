"""What was written on paper, entered: the same graders as online, or a mark that somebody gave by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Literal

from quizengine.errors import NotFoundError, QuizEngineError, TableError
from quizengine.grading import grade
from quizengine.model.answers import OrderingAnswer
from quizengine.model.grade import Response
from quizengine.model.sheet import Sheet, SheetItem
from quizengine.model.variant import Part, misconception_title
from quizengine.services.codes import SheetCodeError, read_code
from quizengine.services.csv_text import csv_rows, csv_text

MAX_ROWS = 100_000
MAX_BYTES = 1_000_000
COLUMNS = ("code", "item", "part", "answer", "mark", "misconception")
#: Shares of a question's marks that a word stands for.
BY_HAND: Mapping[str, float] = {"right": 1.0, "partly": 0.5, "wrong": 0.0}
MARKS = ("right", "partly", "wrong", "dont-know", "not-reached")
How = Literal["typed", "marked", "dont-know", "not-reached", "unreadable"]


class MarksError(QuizEngineError):
    """Rows that cannot be read: the message names each line and what to do about it."""


#: The cells of a row by their columns, or why it cannot be read.
Row = Mapping[str, str] | MarksError


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """One row: the answers to a question by part, or a mark."""

    line: int
    item: int
    answers: Mapping[str, str]
    mark: str = ""
    misconception: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """One question marked. ``score`` is None where it is no evidence: not reached, or not readable."""

    item: int
    how: How
    score: float | None
    marks: float
    of: int
    misconception: str | None = None
    feedback: str = ""
    read_as: str = ""


def marks_text(content: bytes) -> str:
    """Return the bytes of a CSV of marks as text.

    Raises
    ------
    TableError
        If it is empty, too large, or not UTF-8: with each line at fault.
    """
    return csv_text(content, "the marks", most=MAX_BYTES)


def read_marks(text: str, sheet: Sheet) -> tuple[Entered, ...]:
    r"""Read ``item,answer`` or ``item,mark`` rows; ``code``, ``part`` and ``misconception`` may be there.

    Rows of other sheets are left out. Of several rows for one answer the last counts.

    Raises
    ------
    MarksError
        With every line at fault.

    Examples
    --------
    >>> read_marks("item,answer\n9,12\n", Sheet(code="", form="A", title="", paper="a4",
    ...     large_print=False, minutes=1, items=()))
    Traceback (most recent call last):
        ...
    quizengine.services.marking.MarksError: line 2: there is no question 9; the sheet has 0.
    """
    faults: list[str] = []
    found: dict[int, Entered] = {}
    rows = list(_rows(text))
    for line, row in rows:
        try:
            _add(_cells(row), line, sheet, found)
        except MarksError as error:
            faults.append(f"line {line}: {error}")
    _raise_any(faults, rows)
    return tuple(found[item] for item in sorted(found))


def read_class_marks(text: str, find: Callable[[str], Sheet]) -> Mapping[str, tuple[Entered, ...]]:
    """Read rows of many sheets, which their column ``code`` tells; ``find`` gives the sheet of a code.

    Returns the rows of each sheet by its code, in the order in which the codes first stand there.

    Raises
    ------
    MarksError
        With every line at fault, also those whose sheet ``find`` does not know.
    """
    faults: list[str] = []
    found: dict[str, dict[int, Entered]] = {}
    rows = list(_rows(text, is_of_many=True))
    for line, row in rows:
        try:
            cells = _cells(row)
            sheet = find(cells.get("code", ""))
            _add(cells, line, sheet, found.setdefault(sheet.code, {}))
        except (MarksError, SheetCodeError, NotFoundError) as error:
            faults.append(f"line {line}: {error}")
    _raise_any(faults, rows)
    return {code: tuple(of[item] for item in sorted(of)) for code, of in found.items()}


def _cells(row: Row) -> Mapping[str, str]:
    if isinstance(row, MarksError):
        raise row
    return row


def _raise_any(faults: Sequence[str], rows: Sequence[object]) -> None:
    if faults:
        raise MarksError("\n".join(faults))
    if not rows:
        raise MarksError("There is no row below the first line.")


def _rows(text: str, *, is_of_many: bool = False) -> Iterator[tuple[int, Row]]:
    """Give the line of each row that is not empty, and its cells by their columns, or its fault."""
    try:
        # Lines end where those of files do, not at every sign that Unicode has for it.
        numbered = csv_rows(list(StringIO(text.removeprefix("\ufeff"), newline="")))
        columns = [name.strip().lower() for name in next(numbered, (1, []))[1]]
        _check_columns(columns)
        if is_of_many and "code" not in columns:
            raise MarksError(
                "The first line must name a column code, which says whose row it is: code,item,answer or "
                "code,item,mark."
            )
        for count, (line, row) in enumerate(numbered, 1):
            if count > MAX_ROWS:
                raise MarksError(f"More than {MAX_ROWS:,} rows: divide the file.")
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield line, _named(columns, cells)
    except TableError as error:
        raise MarksError(str(error)) from error


def _check_columns(columns: Sequence[str]) -> None:
    if "item" not in columns or not {"answer", "mark"} & {*columns}:
        raise MarksError(
            "The first line must name the columns: item,answer or item,mark (code and part may be there)."
        )
    twice = [name for name in COLUMNS if columns.count(name) > 1]
    if twice:
        raise MarksError(f"The first line names the column {twice[0]} twice.")


def _named(columns: Sequence[str], cells: Sequence[str]) -> Row:
    """Return the cells of a row by the name of their column; cells at its end may be left out."""
    if any(cells[len(columns) :]):
        return MarksError(
            f"there are {len(cells)} columns where the first line has {len(columns)}; "
            "an answer with the sign between columns in it stands in quotes."
        )
    return dict(zip(columns, cells, strict=False))


def _add(row: Mapping[str, str], line: int, sheet: Sheet, found: dict[int, Entered]) -> None:
    if code := row.get("code"):
        try:
            if read_code(code) != sheet.code:
                return
        except SheetCodeError as error:
            raise MarksError(str(error)) from error
    number = row.get("item", "")
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= len(sheet.items)):
        raise MarksError(f"there is no question {number or '(empty)'}; the sheet has {len(sheet.items)}.")
    item = int(number)
    # A spreadsheet may write half a mark as 0,5.
    mark = row.get("mark", "").lower().replace(" ", "-").replace("'", "").replace(",", ".")
    answer = row.get("answer", "")
    if bool(mark) == bool(answer):
        raise MarksError("give an answer or a mark, one of the two.")
    if mark:
        if mark not in MARKS and share_of(mark) is None:
            raise MarksError(
                f"a mark is {', '.join(MARKS)} or a share such as 0.75 or 1.5/2; this is {mark!r}."
            )
        wrong = _misconception(sheet.items[item - 1], row.get("misconception", ""))
        found[item] = Entered(line=line, item=item, answers={}, mark=mark, misconception=wrong)
        return
    part = _part(sheet.items[item - 1], row.get("part", ""))
    before = found[item].answers if item in found else {}
    found[item] = Entered(line=line, item=item, answers={**before, part.name: answer})


def _misconception(item: SheetItem, name: str) -> str:
    """Return the id of a misconception that is named by it, or as the key to the sheet names it."""
    known = [wrong.id for wrong in item.variant.misconceptions]
    if not name:
        return ""
    titles = {misconception_title(one).casefold(): one for one in known}
    name = titles.get(name.strip(" .").casefold(), name)
    if name not in known:
        raise MarksError(f"this question has no misconception {name!r}; it has {', '.join(known) or 'none'}.")
    return name


def _part(item: SheetItem, name: str) -> Part:
    parts = item.variant.parts
    if not name:
        if len(parts) > 1:
            names = ", ".join(part.name for part in parts)
            raise MarksError(f"this question has several answers: name one in the column part ({names}).")
        return parts[0]
    for part in parts:
        if part.name == name:
            return part
    raise MarksError(f"there is no part {name!r}; there are {', '.join(part.name for part in parts)}.")


def mark_rows(sheet: Sheet, rows: Sequence[Entered]) -> Iterator[Marked]:
    """Judge each row; questions without a row count as not reached."""
    by_item = {row.item: row for row in rows}
    for at, item in enumerate(sheet.items, 1):
        row = by_item.get(at)
        if row is None or row.mark == "not-reached":
            yield Marked(item=at, how="not-reached", score=None, marks=0, of=item.marks)
        elif row.mark:
            score = 0.0 if row.mark == "dont-know" else (share_of(row.mark) or 0.0)
            how: How = "dont-know" if row.mark == "dont-know" else "marked"
            yield Marked(
                item=at,
                how=how,
                score=score,
                marks=score * item.marks,
                of=item.marks,
                misconception=row.misconception or None,
            )
        else:
            yield _judged(item, at, row)


def typed_answers(item: SheetItem, row: Entered) -> dict[str, str]:
    """Return what a row says of each part, as graders take it."""
    return {part.name: _as_typed(part, row.answers.get(part.name, "")) for part in item.variant.parts}


def _judged(item: SheetItem, at: int, row: Entered) -> Marked:
    found = grade(item.variant, Response(answers=typed_answers(item, row)))
    if found.verdict in ("unreadable", "undecided"):
        return Marked(item=at, how="unreadable", score=None, marks=0, of=item.marks, feedback=found.feedback)
    return Marked(
        item=at,
        how="typed",
        score=found.score,
        marks=found.score * item.marks,
        of=item.marks,
        misconception=found.misconception,
        feedback=found.feedback,
        read_as=found.read_as,
    )


def _as_typed(part: Part, text: str) -> str:
    """Turn the numbers that were written beside the items of an ordering into the order of their letters."""
    if not isinstance(part.answer, OrderingAnswer):
        return text
    places = text.replace(",", " ").replace(";", " ").split()
    items = part.answer.items
    if sorted(places) != sorted(str(at) for at in range(1, len(items) + 1)):
        return text
    return ",".join(items[places.index(str(at))].id for at in range(1, len(items) + 1))


def share_of(mark: str) -> float | None:
    """Return the share of the marks that a word or number stands for, None if it is none.

    >>> share_of("partly"), share_of("0.25"), share_of("1.5/2"), share_of("3/2")
    (0.5, 0.25, 0.75, None)
    """
    if mark in BY_HAND:
        return BY_HAND[mark]
    points, _, of = mark.partition("/")
    if "/" not in mark:
        of = "1"
    value = _decimal(points)
    if value is None or not (of.isascii() and of.isdigit() and len(of) <= 3 and int(of)):
        return None
    return value / int(of) if value <= int(of) else None


def _decimal(text: str) -> float | None:
    whole, _, rest = text.partition(".")
    is_number = text.isascii() and (whole + rest).isdigit() and len(text) <= 6
    return float(text) if is_number else None
