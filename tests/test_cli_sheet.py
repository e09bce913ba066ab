"""``quizengine sheet`` as somebody at a terminal uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from quizengine.cli import main

NEW = ("sheet", "new", "--skills", "math.bayes", "--minutes", "8", "--seed", "4")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sheets")
    names = out / "class.csv"
    names.write_text("name\nAda\nGrace\n", encoding="utf-8")
    found = run(*NEW, "--names", str(names), "--out", str(out))
    assert found.exit_code == 0, found.output
    return out


def records(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def test_each_person_has_a_sheet_a_key_and_a_record(printed: Path) -> None:
    assert len(records(printed)) == 2
    for record in records(printed):
        assert (printed / f"{record.stem}.pdf").read_bytes().startswith(b"%PDF")
        assert (printed / f"{record.stem}-key.pdf").exists()
    assert len(list(printed.glob("marks-*.pdf"))) == 1
    assert not list(printed.glob("*.part"))


def test_a_reprint_is_byte_for_byte_the_same(printed: Path, tmp_path: Path) -> None:
    record = records(printed)[0]

    found = run("sheet", "reprint", str(record), "--out", str(tmp_path))

    assert found.exit_code == 0, found.output
    for name in (f"{record.stem}.pdf", f"{record.stem}-key.pdf"):
        assert (tmp_path / name).read_bytes() == (printed / name).read_bytes()


def test_a_run_goes_on_where_it_was(printed: Path) -> None:
    record = records(printed)[0]
    before = (printed / f"{record.stem}.pdf").read_bytes()
    record.unlink()
    (printed / f"{record.stem}.pdf").unlink()
    kept = records(printed)[0].stat().st_mtime_ns

    found = run(*NEW, "--names", str(printed / "class.csv"), "--out", str(printed))

    assert found.exit_code == 0, found.output
    assert (printed / f"{record.stem}.pdf").read_bytes() == before
    assert kept in {path.stat().st_mtime_ns for path in records(printed)}


def test_marks_are_added_up(printed: Path, tmp_path: Path) -> None:
    answers = tmp_path / "answers.csv"
    answers.write_text("item,mark\n1,right\n", encoding="utf-8")

    text = run("sheet", "marks", str(records(printed)[0]), str(answers))
    data = run("sheet", "marks", str(records(printed)[0]), str(answers), "--json")

    assert text.exit_code == data.exit_code == 0
    assert json.loads(data.output)["items"][0]["score"] == 1
    assert "marks" in text.output.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--skills", "maths"), "math"),
        (("--difficulty", "easy"), "no range"),
        (("--difficulty", "2..3"), "No question of"),
        (("--forms", "40"), "between 1 and 22"),
    ],
)
def test_a_wish_that_cannot_be_met_is_one_clear_line(
    words: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    found = run(*NEW, "--out", str(tmp_path), *words)

    assert found.exit_code != 0
    assert says in found.output
    assert "Traceback" not in found.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1", b"\xff\xfe", b'{"format": "quizengine-sheets-1"}', b"[" * 100_000]
)
def test_what_is_no_record_is_refused_in_one_line(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)

    found = run("sheet", "reprint", str(path))

    assert found.exit_code == 1
    assert "Traceback" not in found.output


@pytest.mark.parametrize("content", ["", "person\nAda\n", "name\n\n"])
def test_a_class_list_without_names_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "class.csv"
    path.write_text(content, encoding="utf-8")

    found = run(*NEW, "--names", str(path), "--out", str(tmp_path / "out"))

    assert found.exit_code == 1
    assert "name" in found.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--questions", "0"), "1<=x<=60"),
        (("--questions", "100000"), "1<=x<=60"),
        (("--skills", "math.matrixes"), "math.matrices"),
        (("--role", "ml-enginer"), "ml-engineer"),
        (("--types", "matrx"), "matrix"),
    ],
)
def test_wrong_usage_is_told_with_what_would_do(words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    found = run(*NEW, "--out", str(tmp_path), *words)

    assert found.exit_code == 2
    assert says in found.output
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    found = run(*NEW, "--out", str(tmp_path / "file" / "sheets"))

    assert found.exit_code == 1
    assert str(tmp_path / "file") in found.output
    assert "Traceback" not in found.output


def test_a_class_list_with_broken_rows_names_them_and_prints_nothing(tmp_path: Path) -> None:
    path = tmp_path / "class.csv"
    path.write_text("name,group\nAda,1\nAda,2\n,3\nGrace\n", encoding="utf-8")

    found = run(*NEW, "--names", str(path), "--out", str(tmp_path / "out"))

    assert found.exit_code == 1
    assert [line.split(":")[0] for line in found.output.splitlines()[-3:]] == ["line 3", "line 4", "line 5"]
    assert not (tmp_path / "out").exists()


def test_the_gaps_of_a_report_are_printed(tmp_path: Path) -> None:
    skill = {
        "skill": "math.bayes",
        "band": "gap",
        "probability": 0.9,
        "chance": 0.4,
        "goal": 0.8,
        "blocks": [],
    }
    (tmp_path / "report.json").write_text(
        json.dumps({"format": "quizengine-report-1", "skills": [skill]}), encoding="utf-8"
    )

    found = run("sheet", "new", "--for", str(tmp_path / "report.json"), "--questions", "2", "--seed", "4",
                "--out", str(tmp_path))  # fmt: skip

    assert found.exit_code == 0, found.output
    record = json.loads(next(path for path in records(tmp_path) if path.stem != "report").read_text("utf-8"))
    assert len(record["items"]) == 2
    assert all(item["variant"]["question_id"].startswith("math.bayes.") for item in record["items"])


def test_what_is_no_report_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("[" * 100_000, encoding="utf-8")

    found = run("sheet", "new", "--for", str(tmp_path / "report.json"), "--out", str(tmp_path))

    assert found.exit_code == 1
    assert "Traceback" not in found.output
