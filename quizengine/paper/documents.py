"""Which documents a sheet, or a class, is printed as: with its key behind it, beside it, or without one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from quizengine.model.sheet import PrintKind, Sheet
from quizengine.paper.key import key_source, paged_key
from quizengine.paper.source import Paged, joined, paged_sheet, sheet_source

#: What comes before the code in the names of a class's files.
CLASS_FILES: dict[PrintKind, str] = {"sheet": "all", "key": "keys"}
#: How the file of the grid for the marks of a class begins.
GRID_FILE = "marks"


def sources_of(sheet: Sheet, *, public_url: str = "") -> dict[PrintKind, str]:
    """Return the Typst source of each document that a sheet is printed as.

    Where its key is in the same document, that is the only one.
    """
    if sheet.key == "same":
        parts = [replace(part, whose="") for part in _parts(sheet, "sheet", public_url)]
        return {"sheet": joined(f"{sheet.title}, {sheet.code}", parts)}
    made: dict[PrintKind, str] = {"sheet": sheet_source(sheet, public_url=public_url)}
    return made if sheet.key == "none" else made | {"key": key_source(sheet)}


def class_source(title: str, sheets: Sequence[Sheet], kind: PrintKind, *, public_url: str = "") -> str:
    """Return the source of one document with all these sheets, or with their keys.

    Keys that are printed behind their sheets are in the document of the sheets.
    """
    parts = [part for sheet in sheets for part in _parts(sheet, kind, public_url)]
    return joined(f"Answers: {title}" if kind == "key" else title, parts)


def _parts(sheet: Sheet, kind: PrintKind, public_url: str) -> Iterator[Paged]:
    if kind == "key":
        yield paged_key(sheet)
        return
    yield paged_sheet(sheet, public_url=public_url)
    if sheet.key == "same":
        yield paged_key(sheet)
