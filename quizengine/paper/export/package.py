"""Files in memory -> one file: itself, or a ZIP archive that is the same bytes each time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from quizengine.paper.export.notes import Note

#: The earliest moment that a ZIP archive can name.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16


@dataclass(frozen=True, slots=True)
class Export:
    """What was made: files by name, the chief one first, and what a person should know of them.

    ``count`` is how many items are in it. A ``bundle`` is of use only as a whole, as an archive.
    """

    files: Mapping[str, bytes]
    notes: tuple[Note, ...]
    count: int
    bundle: bool = False


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP archive of files: in order of their names, without dates.

    >>> archive({"b": b"2", "a": b"1"}) == archive({"a": b"1", "b": b"2"})
    True
    """
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as made:
        for name in sorted(files):
            about = ZipInfo(name, _EPOCH)
            about.compress_type, about.external_attr, about.create_system = ZIP_DEFLATED, _READABLE, 3
            made.writestr(about, files[name])
    return out.getvalue()
