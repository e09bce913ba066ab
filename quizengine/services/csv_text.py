"""CSV as people hand it in: its encoding, the sign between its columns, the lines on which its rows begin."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence

from quizengine.errors import TableError

#: Signs that may set columns apart; the first counts where a line has none.
DELIMITERS = ",;\t"
_MARKED = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: How files of spreadsheets begin, which people take for CSV.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def csv_lines(content: bytes, what: str) -> tuple[list[str], dict[int, str]]:
    """Return the lines of a CSV as text, and what is wrong with those that are not in its encoding.

    UTF-8, or UTF-16 with its mark, as spreadsheets write it. ``what`` says in an error what it should be.

    Raises
    ------
    TableError
        If it is a workbook, or damaged as a whole.
    """
    if content.startswith(_WORKBOOKS):
        raise TableError(f"This is a workbook of a spreadsheet; save {what} as CSV in UTF-8.")
    encoding = next((name for mark, name in _MARKED if content.startswith(mark)), "utf-8")
    if encoding == "utf-16":
        try:
            return content.decode(encoding).splitlines(keepends=True), {}
        except UnicodeDecodeError as error:
            raise TableError(f"This is damaged UTF-16; save {what} as CSV in UTF-8.") from error
    faults, lines = {}, []
    for number, raw in enumerate(content.removeprefix(codecs.BOM_UTF8).splitlines(keepends=True), 1):
        try:
            lines.append(raw.decode())
        except UnicodeDecodeError as error:
            faults[number] = f"byte {error.start + 1} is not UTF-8; save {what} as CSV in UTF-8."
            lines.append(raw.decode(errors="replace"))
    return lines, faults


def csv_text(content: bytes, what: str, *, most: int) -> str:
    r"""Return a CSV as text; see ``csv_lines``. ``most`` is how many bytes are taken.

    >>> csv_text(b"\xef\xbb\xbfitem,mark\n", "the marks", most=100)
    'item,mark\n'

    Raises
    ------
    TableError
        With each line that is not in its encoding; or if it is too large, empty, or no CSV at all.
    """
    if len(content) > most:
        raise TableError(f"More than {most:,} bytes are not taken at once; divide {what} into several files.")
    if not content.strip():
        raise TableError(f"The file is empty; it should hold {what}.")
    lines, faults = csv_lines(content, what)
    if faults:
        raise TableError("\n".join(f"line {line}: {fault}" for line, fault in faults.items()))
    return "".join(lines)


def delimiter_of(head: str) -> str:
    """Return the sign that sets the heads of columns apart."""
    return max(DELIMITERS, key=head.count)


def csv_rows(lines: Sequence[str], *, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Give the rows of a CSV, heads and all, each with the number of the line that it begins on.

    With ``strict`` a quote that is never closed is an error, not a cell with all that comes after it.

    Raises
    ------
    TableError
        If it is no CSV, with the line.
    """
    head = lines[0] if lines else ""
    reader, before = csv.reader(lines, delimiter=delimiter_of(head), strict=strict), 0
    try:
        for row in reader:
            yield before + 1, row
            before = reader.line_num
    except csv.Error as error:
        raise TableError(f"line {before + 1}: this is no CSV ({error}).") from error
