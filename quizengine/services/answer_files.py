"""Files of answers, a line each: person, item, score. One way to read them, whoever asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quizengine.errors import TableError
from quizengine.services.tables import Faults, Rows, rows_of

COLUMNS = ("person", "item", "score")
FAMILY = "family"


@dataclass(frozen=True, slots=True)
class AnswerRows:
    """Some answers as columns. ``lines`` are their numbers in the file, ``blank`` those without a score.

    ``family`` is None where the file has no such column.
    """

    person: Sequence[str]
    item: Sequence[str]
    score: NDArray[np.float64]
    lines: NDArray[np.int64]
    family: Sequence[str] | None = None
    blank: int = 0


def answer_rows(path: Path) -> Iterator[AnswerRows]:
    """Read a CSV or Parquet file with the columns person, item, score, and family if it has one.

    Yields some 50,000 lines at a time. A line without a score is an item that was not given: it is counted
    and left out.

    Raises
    ------
    TableError
        As `rows_of` does, and with the line of each fault: a score outside [0, 1], a person or an item
        without a name.
    """
    for rows in rows_of(path, COLUMNS, (FAMILY,)):
        if len(rows.lines):
            yield _checked(path.name, rows)


def refuse_second_answers(
    name: str,
    person: NDArray[Any],
    item: NDArray[Any],
    lines: NDArray[np.int64],
    item_name: Callable[[int], str],
) -> NDArray[np.intp]:
    """Return the order by person, then item; each person may have answered an item once.

    Parameters
    ----------
    name
        The file, for the message.
    person, item : (n,) ints
    lines : (n,) ints
    item_name
        Tells the name of an item.

    Raises
    ------
    TableError
        With the lines of second answers.
    """
    order: NDArray[np.intp] = np.lexsort((lines, item, person))
    person, item, lines = person[order], item[order], lines[order]
    twice = np.flatnonzero((person[1:] == person[:-1]) & (item[1:] == item[:-1])) + 1
    faults = Faults(name)
    for i in twice[np.argsort(lines[twice])]:
        faults.add(
            int(lines[i]),
            f"this person has answered {item_name(int(item[i]))} in line {int(lines[i - 1])} too: "
            "keep one of them",
        )
    faults.raise_any()
    return order


def require_answers(name: str, number: int) -> None:
    """Refuse a file without any answer."""
    if not number:
        raise TableError(f"{name} holds no answer")


def _checked(name: str, rows: Rows) -> AnswerRows:
    person, item = (_names(rows.columns[column]) for column in ("person", "item"))
    family = _names(rows.columns[FAMILY]) if FAMILY in rows.columns else None
    score, lines = _scores(rows.columns["score"]), np.array(rows.lines, dtype=np.int64)
    is_blank = np.isnan(score)
    if is_blank.any():
        is_blank &= [cell is None or not str(cell).strip() for cell in rows.columns["score"]]
    faults = Faults(name)
    is_wrong = ~is_blank & ~((score >= 0) & (score <= 1))
    if is_wrong.any() or not all(person) or not all(item):
        for i, line in enumerate(rows.lines):
            if not person[i] or not item[i]:
                faults.add(line, f"the {'item' if person[i] else 'person'} is not named")
            elif is_wrong[i]:
                faults.add(line, f"score {str(rows.columns['score'][i])!r} is not a number from 0 to 1")
    faults.raise_any()
    if not is_blank.any():
        return AnswerRows(person, item, score, lines, family)
    given = np.flatnonzero(~is_blank)
    return AnswerRows(
        [person[i] for i in given],
        [item[i] for i in given],
        score[given],
        lines[given],
        [family[i] for i in given] if family else None,
        int(is_blank.sum()),
    )


def _names(cells: Sequence[Any]) -> list[str]:
    return ["" if cell is None else str(cell).strip() for cell in cells]


def _scores(cells: Sequence[Any]) -> NDArray[np.float64]:
    """Return numbers, nan for what is none."""
    try:
        return np.array(cells, dtype=np.float64)
    except (ValueError, TypeError):
        return np.array([_score(cell) for cell in cells], dtype=np.float64)


def _score(cell: Any) -> float:
    try:
        return float(cell)
    except (ValueError, TypeError):
        return float("nan")
