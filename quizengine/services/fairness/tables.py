"""A CSV file as lines of named cells, read strictly: every fault is named with its line."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from quizengine.errors import TableError, nearest_hint

MOST_FAULTS = 10
"""Faults that are told; the rest is counted."""
SEPARATORS = (",", ";", "\t")


@dataclass(slots=True)
class Faults:
    """What is wrong with a file, collected while reading goes on."""

    path: Path
    found: list[str] = field(default_factory=list)
    more: int = 0

    def add(self, line: int, message: str) -> None:
        """Note a fault of a line."""
        if len(self.found) < MOST_FAULTS:
            self.found.append(f"{self.path.name}:{line}: {message}")
        else:
            self.more += 1

    def raise_any(self) -> None:
        """Raise what was found.

        Raises
        ------
        TableError
            If there is anything; with the first ten faults.
        """
        if self.found:
            rest = [f"and {self.more} more lines at fault"] if self.more else []
            raise TableError("\n".join([*self.found, *rest]))


def lines_of(
    path: Path, needed: tuple[str, ...], optional: tuple[str, ...] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number of each line and its cells by the name of their column, stripped.

    The separator is a comma, a semicolon or a tab, whichever the first line has most of; names of columns may
    be in any case and any order, other columns are passed over, empty lines too.

    Raises
    ------
    TableError
        If the file is empty, not UTF-8 or no CSV, a column is missing or there twice, or a line is too short.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _lines(path, file, needed, optional)
    except UnicodeDecodeError as error:
        raise TableError(
            f"{path.name} is not UTF-8 (byte {error.start}): save it as CSV UTF-8, "
            "or convert it with iconv -t UTF-8"
        ) from error
    except csv.Error as error:
        raise TableError(f"{path.name} is no CSV file: {error}") from error


def _lines(
    path: Path, file: Iterator[str], needed: tuple[str, ...], optional: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]]]:
    head = next(file, "")
    if not head.strip():
        raise TableError(f"{path.name} is empty; its first line must name the columns {', '.join(needed)}")
    separator = max(SEPARATORS, key=head.count)
    names = [name.strip().lower() for name in next(csv.reader([head], delimiter=separator))]
    wanted = _places(path, names, needed, optional)
    reader = csv.reader(file, delimiter=separator)
    for cells in reader:
        line = reader.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) <= max(wanted[name] for name in needed):
            raise TableError(
                f"{path.name}:{line}: the line has {len(cells)} cells; the first line names {len(names)}"
            )
        yield (
            line,
            {name: cells[place].strip() if place < len(cells) else "" for name, place in wanted.items()},
        )


def _places(
    path: Path, names: list[str], needed: tuple[str, ...], optional: tuple[str, ...]
) -> dict[str, int]:
    missing = [name for name in needed if name not in names]
    if missing:
        hint = nearest_hint(missing[0], [name for name in names if name])
        raise TableError(
            f"{path.name} has no column {', '.join(missing)}; it has {', '.join(names)}.{hint} "
            f"The first line must name {', '.join(needed)}"
        )
    wanted = [name for name in (*needed, *optional) if name in names]
    twice = [name for name in wanted if names.count(name) > 1]
    if twice:
        raise TableError(f"{path.name} has two columns named {twice[0]}")
    return {name: names.index(name) for name in wanted}


def number(text: str, fits: Callable[[float], bool]) -> float | None:
    """Return a plain decimal number, or None if the text is none or does not fit.

    >>> number("0.5", lambda x: x <= 1), number("nan", lambda x: x <= 1), number("0,5", lambda x: True)
    (0.5, None, None)
    """
    try:
        value = float(text)
    except ValueError:
        return None
    return value if fits(value) else None
