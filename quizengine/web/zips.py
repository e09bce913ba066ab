"""A ZIP that is sent while it is made: no more of it is in memory than one file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from zipfile import ZIP_STORED, ZipFile, ZipInfo

#: Equal files give equal bytes: no clock goes in.
DATE = (1980, 1, 1, 0, 0, 0)


class _Out(io.RawIOBase):
    """Takes what is written, and gives it away in pieces."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]  # a ZipFile writes bytes alone
        self.pieces.append(bytes(piece))
        return len(piece)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        found = b"".join(self.pieces)
        self.pieces.clear()
        return found


def zipped(files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """Give the bytes of a ZIP of files, each a name and its content.

    >>> import io, zipfile
    >>> made = b"".join(zipped([("a.txt", b"one"), ("b.txt", b"two")]))
    >>> zipfile.ZipFile(io.BytesIO(made)).read("b.txt")
    b'two'
    """
    out = _Out()
    # PDF is compressed already.
    with ZipFile(out, "w", ZIP_STORED) as archive:
        for name, content in files:
            archive.writestr(ZipInfo(name, DATE), content)
            yield out.taken()
    yield out.taken()
