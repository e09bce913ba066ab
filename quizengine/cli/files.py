"""Files that commands read and write: whole, in UTF-8, not too large."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from quizengine.errors import QuizEngineError, TableError
from quizengine.model.sheet import Sheet
from quizengine.services.marking import MAX_BYTES, marks_text
from quizengine.services.sheet_copies import sheet_from_json
from quizengine.services.sheet_wish import SheetError

MAX_FILE = 50_000_000


class FileError(QuizEngineError):
    """A file that cannot be read as what it should be."""


def read_text(path: Path) -> str:
    """Return a file's text; raise ``FileError`` if it is too large or not UTF-8."""
    if path.stat().st_size > MAX_FILE:
        raise FileError(f"{path}: more than {MAX_FILE:,} bytes.")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: this is not UTF-8 (byte {error.start}): save it as UTF-8.") from error


def read_rows(path: Path) -> str:
    """Return the text of a CSV of marks; raise ``FileError`` with each line that cannot be read."""
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    try:
        return marks_text(content)
    except TableError as error:
        raise FileError(f"{path}:\n{error}") from error


def read_json(path: Path, what: str) -> Any:
    """Return what a file of JSON holds; ``what`` says in an error what it should have been."""
    try:
        return json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise FileError(f"{path}: this is no {what} ({error}).") from error


def read_sheet(path: Path) -> Sheet:
    """Return the sheet of a record that `sheet new` wrote."""
    try:
        return sheet_from_json(read_json(path, "record of a sheet, as `sheet new` writes it"))
    except SheetError as error:
        raise FileError(f"{path}: {error}") from error


def is_record(name: str) -> bool:
    """Whether a file is named, and not the code of a sheet."""
    return name.endswith(".json") or Path(name).exists()


def made_folder(path: Path) -> Path:
    """Return a folder, made where it is not there; raise ``FileError`` if it cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            f"{path}: this folder cannot be made ({error.strerror}); name another with --out."
        ) from error
    return path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; raise ``FileError`` if the folder takes no file."""
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise FileError(f"{path}: it cannot be written ({error.strerror}).") from error
