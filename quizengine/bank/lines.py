"""On which line of a TOML file a key stands: ``tomllib`` does not tell."""

from __future__ import annotations

import re

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+|\"[^\"]*\")\s*=")
_AT_LINE = re.compile(r"\(at line (\d+)")

Path = tuple[str | int, ...]


def line_of(text: str, path: Path) -> int:
    r"""Return the line (from 1) of the key at ``path``, or of the nearest table above it.

    A number in the path counts the tables of an array: ``("misconceptions", 1, "value")``.

    >>> line_of("a = 1\n[b]\nc = 2\n", ("b", "c"))
    3
    >>> line_of("a = 1\n[[m]]\nx = 1\n[[m]]\ny = 2\n", ("m", 1, "x"))
    4
    """
    places = _places(text)
    while path:
        if path in places:
            return places[path]
        path = path[:-1]
    return 1


def syntax_line(message: str, text: str) -> int:
    """Return the line that a TOML syntax error names in its message.

    >>> syntax_line("Expected '=' (at line 3, column 5)", "")
    3
    """
    found = _AT_LINE.search(message)
    return int(found[1]) if found else max(1, text.count("\n"))


def _places(text: str) -> dict[Path, int]:
    places: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    quote = ""
    for number, line in enumerate(text.splitlines(), 1):
        if quote:
            quote = "" if quote in line else quote
            continue
        header = _HEADER.match(line)
        if header:
            table = _table(header[2], is_array=header[1] == "[[", counts=counts)
            places.setdefault(table, number)
            if header[1] == "[[":
                places.setdefault(table[:-1], number)
            continue
        key = _KEY.match(line)
        if key:
            places.setdefault((*table, key[1].strip('"')), number)
        quote = _opened(line)
    return places


def _table(name: str, *, is_array: bool, counts: dict[Path, int]) -> Path:
    path: Path = tuple(part.strip().strip('"') for part in name.split("."))
    if is_array:
        counts[path] = counts.get(path, -1) + 1
        return (*path, counts[path])
    # [misconceptions.x] below [[misconceptions]] belongs to the last one.
    for length in range(len(path), 0, -1):
        if path[:length] in counts and length < len(path):
            return (*path[:length], counts[path[:length]], *path[length:])
    return path


def _opened(line: str) -> str:
    for quote in ("'''", '"""'):
        if line.count(quote) % 2:
            return quote
    return ""
