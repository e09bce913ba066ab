"""A class as a CSV: one name a row. Every row that cannot be used is named, and none is passed over."""

from __future__ import annotations

from collections.abc import Sequence

from quizengine.errors import TableError
from quizengine.services.csv_text import csv_lines, csv_rows
from quizengine.services.sheet_wish import MAX_COPIES

MAX_NAME = 80
MAX_BYTES = 200_000
NAME = "name"


def read_class_list(content: bytes) -> tuple[str, ...]:
    r"""Return the names in the column ``name``, in order.

    Columns are set apart by commas, semicolons or tabs; empty lines at the end are no rows. UTF-8, or UTF-16
    with its mark, as spreadsheets write it.

    Raises
    ------
    TableError
        With every row at fault: no name, one that stands above already, too many or too few columns,
        signs that are not UTF-8.

    Examples
    --------
    >>> read_class_list(b"name,group\nAda Lovelace,1\nGrace Hopper,2\n")
    ('Ada Lovelace', 'Grace Hopper')
    """
    if len(content) > MAX_BYTES:
        raise TableError(f"The class list has more than {MAX_BYTES:,} bytes: leave out what is no name.")
    lines, faults = csv_lines(content, "the class list")
    if 1 in faults:
        raise TableError(f"line 1: {faults[1]}")
    columns, rows = _rows(lines)
    at = [name.strip().lower() for name in columns].index(NAME)
    first: dict[str, int] = {}
    for line, row in rows:
        name = " ".join(row[at].split()) if at < len(row) else ""
        fault = _fault(row, columns, name, first)
        if fault and line not in faults:
            faults[line] = fault
        first.setdefault(name.casefold(), line)
    if faults:
        raise TableError("\n".join(f"line {line}: {faults[line]}" for line in sorted(faults)))
    if not rows:
        raise TableError("There is no name below the first line of the class list.")
    if len(rows) > MAX_COPIES:
        raise TableError(f"The class list has {len(rows)} names; {MAX_COPIES} are the most for one run.")
    return tuple(" ".join(row[at].split()) for _, row in rows)


def _rows(lines: Sequence[str]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the heads and the rows that are not empty, each with the line it begins on."""
    numbered = list(csv_rows(lines))
    columns = numbered[0][1] if numbered else []
    if [name.strip().lower() for name in columns].count(NAME) != 1:
        told = ", ".join(columns)[:200] if any(columns) else "nothing"
        shown = told if told.isprintable() else "signs that cannot be printed"
        raise TableError(f"The first line must hold one column {NAME}; it holds {shown}.")
    rows = numbered[1:]
    while rows and not any(cell.strip() for cell in rows[-1][1]):
        rows.pop()
    return columns, rows


def _fault(row: Sequence[str], columns: Sequence[str], name: str, first: dict[str, int]) -> str:
    if not any(cell.strip() for cell in row):
        return "this row is empty."
    if len(row) != len(columns):
        return f"there are {len(row)} columns where the first line has {len(columns)}."
    if not name:
        return "there is no name."
    if len(name) > MAX_NAME:
        return f"a name has at most {MAX_NAME} characters; this has {len(name)}."
    if not name.isprintable():
        return "the name has signs that cannot be printed."
    if name.casefold() in first:
        return f"{name} stands on line {first[name.casefold()]} already; add what tells them apart."
    return ""
