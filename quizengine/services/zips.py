"""A ZIP that is sent while it is made: no more of it is in memory than a piece."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

#: Equal files give equal bytes: no clock goes in.
DATE = (1980, 1, 1, 0, 0, 0)
#: Texts are compressed and sent in pieces of about so many bytes.
PIECE = 1 << 16


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


def zipped_texts(files: Iterable[tuple[str, Iterable[str]]]) -> Iterator[bytes]:
    """Give the bytes of a ZIP of texts, each a name and its lines or other pieces, while they are made.

    >>> import io, zipfile
    >>> made = b"".join(zipped_texts([("a.txt", (str(n) for n in range(3)))]))
    >>> zipfile.ZipFile(io.BytesIO(made)).read("a.txt")
    b'012'
    """
    out = _Out()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, texts in files:
            about = ZipInfo(name, DATE)
            about.compress_type = ZIP_DEFLATED
            with archive.open(about, "w") as file:
                for piece in _pieces(texts):
                    file.write(piece)
                    yield out.taken()
    yield out.taken()


def _pieces(texts: Iterable[str]) -> Iterator[bytes]:
    held: list[str] = []
    size = 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size >= PIECE:
            yield "".join(held).encode()
            held, size = [], 0
    yield "".join(held).encode()
