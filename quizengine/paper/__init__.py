"""Practice sets and their keys on paper: a ``Sheet`` becomes Typst source, and that a PDF."""

from quizengine.paper.documents import CLASS_FILES, GRID_FILE, class_source, sources_of
from quizengine.paper.key import GridRow, grid_row, grid_source, key_source, paged_key
from quizengine.paper.press import Press, PressError, compile_pdf
from quizengine.paper.source import joined, paged_sheet, sheet_source

__all__ = [
    "CLASS_FILES",
    "GRID_FILE",
    "GridRow",
    "Press",
    "PressError",
    "class_source",
    "compile_pdf",
    "grid_row",
    "grid_source",
    "joined",
    "key_source",
    "paged_key",
    "paged_sheet",
    "sheet_source",
    "sources_of",
]
