"""``quizengine export`` as somebody at a terminal uses it."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result

from quizengine.cli import main
from quizengine.paper.export import FORMATS

ONE = ("--questions", "math.bayes.disease-test", "--variants", "2")


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["export", *map(str, words)])


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_writes_the_same_bytes_twice(form: str, tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        found = run("--format", form, *ONE, "--out", tmp_path / name)
        assert found.exit_code == 0, found.output

    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with ZipFile(tmp_path / "a.zip") as made:
        assert "EXPORT-NOTES.txt" in made.namelist()


def test_a_single_file_has_its_notes_beside_it(tmp_path: Path) -> None:
    found = run("--format", "gift", *ONE, "--out", tmp_path / "bayes.gift")

    assert "2 questions in" in found.output
    assert "GIFT has no hints" in found.output
    assert "GIFT has no hints" in (tmp_path / "bayes-EXPORT-NOTES.txt").read_text()


def test_strict_turns_a_loss_into_exit_code_1_and_writes_all_the_same(tmp_path: Path) -> None:
    found = run("--format", "gift", *ONE, "--strict", "--out", tmp_path / "a.gift")
    whole = run("--format", "json", *ONE, "--strict", "--out", tmp_path / "a.json")

    assert (found.exit_code, whole.exit_code) == (1, 0)
    assert (tmp_path / "a.gift").exists()


def test_what_cannot_be_written_at_all_is_an_error_that_names_it(tmp_path: Path) -> None:
    found = run("--format", "gift", "--questions", "math.matrices.product", "--out", tmp_path / "a.gift")

    assert found.exit_code == 1
    assert "math.matrices.product" in found.output
    assert not (tmp_path / "a.gift").exists()


def test_the_questions_of_a_printed_sheet_go_along(tmp_path: Path) -> None:
    words = [
        "sheet",
        "new",
        "--skills",
        "math.bayes",
        "--minutes",
        "8",
        "--seed",
        "4",
        "--out",
        str(tmp_path),
    ]
    assert CliRunner().invoke(main, words).exit_code == 0
    record = next(path for path in tmp_path.glob("*.json"))

    found = run("--format", "json", "--with-key", "--sheet", record, "--out", tmp_path / "set")

    assert found.exit_code == 0, found.output
    there = json.loads((tmp_path / "set").read_text())
    here = json.loads(record.read_text())
    assert [family["variants"][0]["prompt"] for family in there["families"]] == [
        item["variant"]["prompt"] for item in here["items"]
    ]


def test_a_file_of_json_is_written_in_another_format_as_the_bank_would_be(tmp_path: Path) -> None:
    run("--format", "json", "--with-key", *ONE, "--out", tmp_path / "a.json")

    run("--format", "moodle", "--from", tmp_path / "a.json", "--out", tmp_path / "from.xml")
    run("--format", "moodle", *ONE, "--out", tmp_path / "bank.xml")

    assert (tmp_path / "from.xml").read_bytes() == (tmp_path / "bank.xml").read_bytes()


@pytest.mark.parametrize(
    ("words", "exit_code", "says"),
    [
        (("--format", "gift", "--questions", "math.bays"), 1, "Did you mean"),
        (("--format", "gift"), 2, "one of --questions, --sheet and --from"),
        (("--format", "gift", "--questions", ", ,"), 1, "Say which questions"),
        (("--format", "gift", *ONE, "--raw"), 2, "--format csv alone"),
        (("--format", "gift", *ONE, "--with-key"), 2, "always has its keys"),
        (("--format", "csv", *ONE, "--as-text"), 2, "leave out --as-text"),
        (("--format", "gift", "--questions", "math", "--variants", "201"), 1, "between 1 and 200"),
        (("--format", "gift", "--questions", "math", "--variants", "199"), 1, "more than 5000 items"),
        (("--format", "gift", "--from", "pyproject.toml"), 1, "no file of questions"),
    ],
)
def test_a_wish_that_cannot_be_met_is_told(
    words: tuple[str, ...], exit_code: int, says: str, tmp_path: Path
) -> None:
    found = run(*words, "--out", tmp_path / "a")

    assert found.exit_code == exit_code
    assert says in found.output


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    found = run("--format", "gift", *ONE, "--out", tmp_path / "missing" / "a.gift")

    assert found.exit_code == 1
    assert "Error:" in found.output
