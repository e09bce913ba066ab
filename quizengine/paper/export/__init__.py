"""Variants in other people's formats, in memory. What a format cannot hold is refused by name and noted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from quizengine.model.collection import Collection
from quizengine.paper.export.documents import to_latex_source, to_markdown
from quizengine.paper.export.fields import Wish
from quizengine.paper.export.gift import to_gift
from quizengine.paper.export.moodle import to_moodle
from quizengine.paper.export.notes import NOTES_FILE, Note, is_strictly_good, notes_text
from quizengine.paper.export.package import Export, archive
from quizengine.paper.export.qti import to_qti
from quizengine.paper.export.qti_dialect import QTI21, QTI30
from quizengine.paper.export.rows import to_csv, to_json


@dataclass(frozen=True, slots=True)
class Options:
    """How to export. ``with_key`` is for the formats that can do without the answers."""

    with_key: bool = False
    as_text: bool = False
    as_essay: bool = False
    raw: bool = False
    bom: bool = False

    @property
    def wish(self) -> Wish:
        """What concerns answers."""
        return Wish(self.as_text, self.as_essay)


Writer = Callable[[Collection, Options], Export]
FORMATS: Mapping[str, Writer] = {
    "qti21": lambda collection, options: to_qti(collection, options.wish, QTI21),
    "qti30": lambda collection, options: to_qti(collection, options.wish, QTI30),
    "moodle": lambda collection, options: to_moodle(collection, options.wish),
    "gift": lambda collection, options: to_gift(collection, options.wish),
    "csv": lambda collection, options: to_csv(
        collection, with_key=options.with_key, raw=options.raw, bom=options.bom
    ),
    "json": lambda collection, options: to_json(collection, options.with_key),
    "markdown": lambda collection, options: to_markdown(collection, options.with_key),
    "latex": lambda collection, options: to_latex_source(collection, options.with_key),
}
#: Formats that take every answer as it is, with or without its key.
KEYED = frozenset({"csv", "json", "markdown", "latex"})


def export(collection: Collection, form: str, options: Options | None = None) -> Export:
    """Return a collection in one of ``FORMATS``, with its notes as a file. Equal input, equal bytes."""
    made = FORMATS[form](collection, options or Options())
    text = notes_text(f"{collection.title}: what went along as {form}", made.notes)
    return replace(made, files={**made.files, NOTES_FILE: text.encode()})


__all__ = [
    "FORMATS",
    "KEYED",
    "NOTES_FILE",
    "Export",
    "Note",
    "Options",
    "archive",
    "export",
    "is_strictly_good",
    "notes_text",
]
