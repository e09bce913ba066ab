"""What others made is what the list says, lies beside its licence, and calls nobody."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

import pytest
from fontTools.ttLib import woff2  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[1]
LISTED = tomllib.loads((ROOT / "static/vendor/VENDOR.toml").read_text())["vendored"]
FOLDERS = ("static/vendor", "static/fonts", "tests/vendor")
OWN = {"VENDOR.toml", "entry.js"}


@pytest.mark.parametrize("entry", LISTED, ids=lambda entry: str(entry["file"]))
def test_a_vendored_file_is_the_one_that_was_checked_in_with_its_licence(entry: dict[str, str]) -> None:
    file, licence = ROOT / entry["file"], ROOT / entry["licences"]

    assert hashlib.sha256(file.read_bytes()).hexdigest() == entry["sha256"]
    assert licence.parent == file.parent
    assert len(licence.read_text()) > 1000
    assert entry["version"]
    assert entry["made_by"]


def test_no_vendored_file_is_missing_from_the_list() -> None:
    listed = {ROOT / entry[key] for entry in LISTED for key in ("file", "licences")}

    found = {path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()}

    assert {path for path in found if path.name not in OWN} == listed


def test_the_licences_of_all_packages_in_the_editor_are_there() -> None:
    editor = next(entry for entry in LISTED if "codemirror" in entry["file"])

    text = (ROOT / editor["licences"]).read_text()

    assert [package for package in editor["bundles"] if package not in text] == []


def test_the_editor_evaluates_no_text_as_code_and_loads_nothing() -> None:
    source = (ROOT / "static/vendor/codemirror-6.0.2/codemirror.js").read_text()

    assert not re.search(
        r"\beval\(|new Function|sourceMappingURL|\bimport\(|XMLHttpRequest|\bfetch\(", source
    )
    assert set(re.findall(r"https?://[\w.]+", source)) <= {"http://www.w3.org"}


def test_the_maths_font_is_small_and_keeps_what_formulas_need() -> None:
    path = ROOT / "static/fonts/QuizMath.woff2"

    assert path.stat().st_size <= 250_000
    assert {"MATH", "GSUB", "GPOS", "cmap"} <= tables_of(path)


def tables_of(path: Path) -> set[str]:
    """Read the table names of a WOFF2 font from its directory, which is not compressed."""
    with path.open("rb") as file:
        head = file.read(48)
        entries = [woff2.WOFF2DirectoryEntry() for _ in range(int.from_bytes(head[12:14]))]
        for entry in entries:
            entry.fromFile(file)
    return {str(entry.tag) for entry in entries}
