"""Tables that people hand in, CSV or Parquet, read strictly: every fault is named with its line."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from quizengine.errors import MissingExtraError, TableError, nearest_hint

MOST_FAULTS = 10
"""Faults that are told; the rest is counted."""
SEPARATORS = (",", ";", "\t")
ROWS = 50_000
"""Lines that are read at once."""


@dataclass(slots=True)
class Faults:
    """What is wrong with a file, collected while reading goes on."""

    name: str
    found: list[str] = field(default_factory=list)
    more: int = 0

    def add(self, line: int, message: str) -> None:
        """Note a fault of a line."""
        if len(self.found) < MOST_FAULTS:
            self.found.append(f"{self.name}:{line}: {message}")
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


@dataclass(frozen=True, slots=True)
class Rows:
    """Some lines of a table as columns by name, and where each stands in the file."""

    lines: Sequence[int]
    columns: Mapping[str, Sequence[Any]]


def rows_of(path: Path, needed: tuple[str, ...], optional: tuple[str, ...] = ()) -> Iterator[Rows]:
    """Yield a table some 50,000 lines at a time, the columns that are asked for and that it has.

    Parquet by its ending, else CSV: the separator is a comma, a semicolon or a tab, whichever the first line
    has most of. Names of columns may be in any case and any order, other columns are passed over, empty lines
    too. Cells of a CSV file are text, as they stand; those of Parquet what they were stored as.

    Raises
    ------
    TableError
        If the file is empty, not UTF-8, no CSV or no Parquet, a column is missing or there twice, or a line
        has more or fewer cells than the first.
    MissingExtraError
        For Parquet, if pyarrow is not installed.
    """
    if path.suffix.lower() in (".parquet", ".pq"):
        yield from _parquet_rows(path, needed, optional)
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _csv_rows(path.name, file, needed, optional)
    except UnicodeDecodeError as error:
        raise TableError(
            f"{path.name}:{_undecodable_line(path)}: not UTF-8; save it as CSV UTF-8, "
            "or convert it with iconv -t UTF-8"
        ) from error
    except csv.Error as error:
        raise TableError(f"{path.name} is no CSV file: {error}") from error


def lines_of(
    path: Path, needed: tuple[str, ...], optional: tuple[str, ...] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number of each line and its cells by the name of their column, stripped; as `rows_of`."""
    for rows in rows_of(path, needed, optional):
        for line, *cells in zip(rows.lines, *rows.columns.values(), strict=True):
            named = zip(rows.columns, cells, strict=True)
            yield line, {name: "" if cell is None else str(cell).strip() for name, cell in named}


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


def _csv_rows(
    name: str, file: Iterator[str], needed: tuple[str, ...], optional: tuple[str, ...]
) -> Iterator[Rows]:
    head = next(file, "")
    if not head.strip():
        raise TableError(f"{name} is empty; its first line must name the columns {', '.join(needed)}")
    separator = max(SEPARATORS, key=head.count)
    names = next(csv.reader([head], delimiter=separator))
    places = _places(name, names, needed, optional)
    reader = csv.reader(file, delimiter=separator)
    while pairs := [(reader.line_num + 1, cells) for cells in islice(reader, ROWS)]:
        lines, rows = _of_width(name, pairs, len(names))
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
        yield Rows(lines, {column: columns[place] for column, place in places.items()})


def _of_width(name: str, pairs: list[tuple[int, list[str]]], width: int) -> tuple[list[int], list[list[str]]]:
    """Return the lines that are not empty; refuse those with more or fewer cells than the first line."""
    if {len(cells) for _, cells in pairs} != {width}:
        faults = Faults(name)
        pairs = [(line, cells) for line, cells in pairs if any(cell.strip() for cell in cells)]
        for line, cells in pairs:
            if len(cells) != width:
                faults.add(line, f"the line has {len(cells)} cells; the first line names {width}")
        faults.raise_any()
    return [line for line, _ in pairs], [cells for _, cells in pairs]


def _places(
    name: str, names: Sequence[str], needed: tuple[str, ...], optional: tuple[str, ...]
) -> dict[str, int]:
    known = [one.strip().lower() for one in names]
    missing = [column for column in needed if column not in known]
    if missing:
        hint = nearest_hint(missing[0], [one for one in known if one])
        raise TableError(
            f"{name} has no column {', '.join(missing)}; it has {', '.join(known)}.{hint} "
            f"The first line must name {', '.join(needed)}"
        )
    wanted = [column for column in (*needed, *optional) if column in known]
    twice = [column for column in wanted if known.count(column) > 1]
    if twice:
        raise TableError(f"{name} has two columns named {twice[0]}")
    return {column: known.index(column) for column in wanted}


def _parquet_rows(path: Path, needed: tuple[str, ...], optional: tuple[str, ...]) -> Iterator[Rows]:
    try:
        from pyarrow import ArrowInvalid  # noqa: PLC0415  (an extra)
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415
    except ImportError:
        raise MissingExtraError("Reading Parquet", "parquet") from None
    try:
        file = ParquetFile(path)
    except ArrowInvalid as error:
        raise TableError(f"{path.name}: not Parquet: {error}") from error
    names = file.schema_arrow.names
    stored = {column: names[place] for column, place in _places(path.name, names, needed, optional).items()}
    at = 1
    for batch in file.iter_batches(batch_size=ROWS, columns=list(stored.values())):
        columns = {column: batch.column(name).to_pylist() for column, name in stored.items()}
        yield Rows(range(at, at + batch.num_rows), columns)
        at += batch.num_rows


def _undecodable_line(path: Path) -> int:
    with path.open("rb") as file:
        for at, line in enumerate(file, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return at
    return 1
