"""``quizengine sheet`` as somebody at a terminal uses it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from quizengine.cli import main
from quizengine.store.database import sqlite_url, upgrade

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


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def files_of(printed: Path) -> dict[str, bytes]:
    return {name: content for name, content in contents(printed).items() if name != "class.csv"}


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


def test_a_class_is_one_document_too_also_of_what_was_there(printed: Path, tmp_path: Path) -> None:
    for path in printed.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    names = str(printed / "class.csv")

    found = run(*NEW, "--names", names, "--out", str(tmp_path), "--joined")

    assert found.exit_code == 0, found.output
    made = {name.split("-")[0] for name in contents(tmp_path).keys() - contents(printed).keys()}
    assert made == {"all", "keys"}


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two sheets that have their keys behind them."""
    folder = tmp_path_factory.mktemp("behind")
    upgrade(sqlite_url(folder / "quizengine.db"))
    words = ("--copies", "2", "--key", "same", "--joined", "--workers", "2", "--data", str(folder))
    found = run(*NEW, *words, "--out", str(folder / "out"))
    assert found.exit_code == 0, found.output
    return folder


def test_a_key_behind_its_sheet_has_no_file_of_its_own_and_comes_back_with_it(
    behind: Path, tmp_path: Path
) -> None:
    made = contents(behind / "out")
    code = records(behind / "out")[0].stem

    of_record = run("sheet", "reprint", str(behind / "out" / f"{code}.json"), "--out", str(tmp_path / "a"))
    kept = run("sheet", "reprint", code, "--data", str(behind), "--out", str(tmp_path / "b"))
    key = run("sheet", "key", code, "--data", str(behind), "--out", str(tmp_path / "c"))

    assert not [name for name in made if "key" in name]
    assert sum(name.startswith("all-") for name in made) == 1
    assert (of_record.exit_code, kept.exit_code, key.exit_code) == (0, 0, 0), key.output
    for folder in ("a", "b"):
        assert contents(tmp_path / folder) == {f"{code}.pdf": made[f"{code}.pdf"]}
    again = run("sheet", "reprint", code, "--data", str(behind), "--out", str(tmp_path / "d"))
    assert contents(tmp_path / "c")[f"{code}-key.pdf"].startswith(b"%PDF")
    assert list(contents(tmp_path / "d")) == [f"{code}.pdf"], again.output


def test_a_kept_sheet_is_shared_and_no_more(behind: Path) -> None:
    code, other = (path.stem for path in records(behind / "out"))
    data = ("--data", str(behind), "--json")

    both = json.loads(run("sheet", "share", code.lower(), "--run", *data).output)
    one = json.loads(run("sheet", "share", other, "--off", *data).output)
    shown = run("sheet", "show", code, "--data", str(behind))

    assert both == {"is_shared": True, "shared": 2, "total": 2, "others": 0}
    assert one == {"is_shared": False, "shared": 1, "total": 2, "others": 0}
    assert shown.output.endswith("; shared\n")
    runs = json.loads(run("sheet", "list", *data).output)
    assert {sheet["code"]: sheet["shared"] for sheet in runs[0]["sheets"]} == {code: True, other: False}


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
        (("--difficulty", "2..3"), "No question of"),
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
        (("--difficulty", "simple"), "easy, medium, hard"),
        (("--forms", "27"), "1<=x<=26"),
        (("--copies", "100000"), "1<=x<=1000"),
        (("--minutes", "100000"), "1<=x<=240"),
        (("--reviews",), "--learner"),
    ],
)
def test_wrong_usage_is_told_with_what_would_do(words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    found = run(*NEW, "--out", str(tmp_path), *words)

    assert found.exit_code == 2
    assert says in found.output
    assert not list(tmp_path.iterdir())


def test_what_is_no_address_of_a_cluster_says_how_one_is_written(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is missing: pip install 'quizengine[cluster]'")

    found = run(*NEW, "--out", str(tmp_path), "--scheduler", "nonsense")

    assert found.exit_code == 1
    assert "tcp://host:8786" in found.output


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    found = run(*NEW, "--out", str(tmp_path / "file" / "sheets"))

    assert found.exit_code == 1
    assert f"{tmp_path / 'file' / 'sheets'}: this folder cannot be made" in found.output
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


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder, and the code of a sheet that was printed into it."""
    folder = tmp_path_factory.mktemp("kept")
    upgrade(sqlite_url(folder / "quizengine.db"))
    found = run(*NEW, "--data", str(folder), "--out", str(folder / "out"))
    assert found.exit_code == 0, found.output
    return folder, records(folder / "out")[0].stem


def test_a_kept_sheet_is_listed_and_shown_without_its_answers(kept: tuple[Path, str]) -> None:
    folder, code = kept
    data = ("--data", str(folder))

    listed = run("sheet", "list", *data)
    shown = run("sheet", "show", code.lower(), *data)
    table = json.loads(run("sheet", "show", code, "--json", *data).output)

    assert code in listed.output
    assert [run_["total"] for run_ in json.loads(run("sheet", "list", "--json", *data).output)] == [1]
    record = json.loads((folder / "out" / f"{code}.json").read_text("utf-8"))
    assert [item["title"] for item in table["items"]] == [
        item["variant"]["title"] for item in record["items"]
    ]
    assert all(item["title"] in shown.output for item in table["items"])
    assert "answer" not in json.dumps(table)


def test_what_is_kept_comes_back_byte_for_byte(kept: tuple[Path, str], tmp_path: Path) -> None:
    folder, code = kept

    again = run("sheet", "reprint", code, "--data", str(folder), "--out", str(tmp_path))
    key = run("sheet", "key", code, "--data", str(folder), "--out", str(tmp_path / "keys"))

    assert (again.exit_code, key.exit_code) == (0, 0), again.output + key.output
    for name, place in ((f"{code}.pdf", tmp_path), (f"{code}-key.pdf", tmp_path / "keys")):
        assert (place / name).read_bytes() == (folder / "out" / name).read_bytes()


def test_a_kept_sheet_goes_along_by_its_code_as_by_its_record(kept: tuple[Path, str], tmp_path: Path) -> None:
    folder, code = kept
    words = ["export", "--format", "json", "--data", str(folder)]

    by_code = run(*words, "--sheet", code, "--out", str(tmp_path / "code.zip"))
    record = str(folder / "out" / f"{code}.json")
    run(*words, "--sheet", record, "--out", str(tmp_path / "record.zip"))

    assert by_code.exit_code == 0, by_code.output
    assert (tmp_path / "code.zip").read_bytes() == (tmp_path / "record.zip").read_bytes()
    unknown = run(*words, "--sheet", "919G-PETW-A4", "--out", str(tmp_path / "none.zip"))
    assert (unknown.exit_code, "no such sheet" in unknown.output) == (1, True)


def test_printing_the_same_again_keeps_one_sheet(kept: tuple[Path, str], tmp_path: Path) -> None:
    folder, code = kept

    found = run(*NEW, "--data", str(folder), "--out", str(tmp_path))

    assert found.exit_code == 0, found.output
    runs = json.loads(run("sheet", "list", "--json", "--data", str(folder)).output)
    assert [sheet["code"] for one in runs for sheet in one["sheets"]] == [code]


def test_marks_are_kept_once(kept: tuple[Path, str], tmp_path: Path) -> None:
    folder, code = kept
    answers = tmp_path / "answers.csv"
    answers.write_text(f"code,item,mark\n{code},1,right\n{code},2,dont know\n", encoding="utf-8")
    words = ("sheet", "marks", code, str(answers), "--data", str(folder), "--json")

    first, again = json.loads(run(*words).output), json.loads(run(*words).output)

    assert (first["saved"], again["saved"]) == ([1, 2], [])
    assert [item["how"] for item in again["items"] if item["entered"]] == ["marked-by", "marked-by"]


@pytest.fixture(scope="module")
def class_of_two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A data folder, and the codes of two sheets with names that are kept in it without a key."""
    folder = tmp_path_factory.mktemp("class")
    upgrade(sqlite_url(folder / "quizengine.db"))
    (folder / "class.csv").write_text("name\nAda\nGrace\n", encoding="utf-8")
    words = ("--names", str(folder / "class.csv"), "--data", str(folder), "--out", str(folder / "out"))
    found = run(*NEW, *words, "--key", "none")
    assert found.exit_code == 0, found.output
    runs = json.loads(run("sheet", "list", "--json", "--data", str(folder)).output)
    return folder, [sheet["code"] for sheet in runs[0]["sheets"]]


def test_marks_of_a_class_are_tried_then_entered_once(
    class_of_two: tuple[Path, list[str]], tmp_path: Path
) -> None:
    folder, (ada, grace) = class_of_two
    answers = tmp_path / "answers.csv"
    rows = f"code,item,mark\n{ada},1,right\n{grace.lower()},1,0.5\n{grace},2,wrong\n"
    answers.write_text(rows, encoding="utf-8")
    words = ("sheet", "import-marks", str(answers), "--data", str(folder))

    tried = json.loads(run(*words, "--dry-run", "--json").output)
    entered = json.loads(run(*words, "--json").output)
    again = run(*words)

    assert tried == entered
    assert [(one["code"], one["name"], one["saved"]) for one in entered] == [
        (ada, "Ada", [1]),
        (grace, "Grace", [1, 2]),
    ]
    assert entered[0]["points"] == 2 * entered[1]["points"] > 0
    assert again.output.count("0 questions entered") == 2


def test_every_faulty_line_of_a_class_is_named_and_nothing_is_entered(
    class_of_two: tuple[Path, list[str]], tmp_path: Path
) -> None:
    folder, (ada, _) = class_of_two
    answers = tmp_path / "answers.csv"
    lines = [f"{ada},3,wrong", "7KQM-42XF-A6,1,right", ",1,right", f"{ada},99,right", f"{ada},1,good"]
    answers.write_text("\n".join(["code,item,mark", *lines]), encoding="utf-8")

    found = run("sheet", "import-marks", str(answers), "--data", str(folder))

    assert found.exit_code == 1
    told = ["line 3: There is no such sheet", "line 4: ", "line 5: there is no question 99", "line 6: a mark"]
    assert all(words in found.output for words in told), found.output
    answers.write_text("item,mark\n1,right\n", encoding="utf-8")
    assert "a column code" in run("sheet", "import-marks", str(answers), "--data", str(folder)).output
    shown = json.loads(run("sheet", "show", ada, "--json", "--data", str(folder)).output)
    assert not shown["items"][2]["entered"]


def test_without_the_store_it_is_said_what_that_means(kept: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = kept

    found = run(*NEW, "--seed", "9", "--no-store", "--data", str(folder), "--out", str(tmp_path))

    assert found.exit_code == 0
    assert "marks cannot be entered in the browser" in found.output
    assert len(json.loads(run("sheet", "list", "--json", "--data", str(folder)).output)) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "7KQM-42XF-A6"), "no such sheet"),
        (("show", "7KQM-42XF-A7"), "check sign"),
        (("key", "0000"), "signs"),
        (("reprint", "7KQM-42XF-A6"), "no such sheet"),
        (("list", "--learner", "nobody"), "no learner"),
    ],
)
def test_what_is_not_kept_is_one_clear_line(
    words: tuple[str, ...], says: str, kept: tuple[Path, str]
) -> None:
    found = run("sheet", *words, "--data", str(kept[0]))

    assert found.exit_code == 1
    assert says in found.output.lower()
    assert "Traceback" not in found.output


def test_a_reprint_asks_no_bank(printed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIZENGINE_BANK", str(tmp_path / "a bank that has moved on"))
    record = records(printed)[0]

    found = run("sheet", "reprint", str(record), "--out", str(tmp_path))

    assert found.exit_code == 0, found.output
    assert (tmp_path / f"{record.stem}.pdf").read_bytes() == (printed / f"{record.stem}.pdf").read_bytes()


@pytest.mark.slow
def test_two_processes_elsewhere_give_the_same_files(printed: Path, tmp_path: Path) -> None:
    places = {"TZ": "Pacific/Auckland", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "7"}
    words = [
        *NEW,
        "--names",
        str(printed / "class.csv"),
        "--out",
        str(tmp_path),
        "--workers",
        "2",
        "--no-store",
    ]

    made = subprocess.run(
        [sys.executable, "-m", "quizengine", *words],
        env={**os.environ, **places, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        check=False,
    )

    assert made.returncode == 0, made.stderr
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (printed / path.name).read_bytes(), path.name


@pytest.mark.slow
def test_a_run_that_was_killed_makes_what_is_missing_and_no_more(printed: Path, tmp_path: Path) -> None:
    words = [*NEW, "--names", str(printed / "class.csv"), "--no-store", "--out", str(tmp_path)]

    with subprocess.Popen(
        [sys.executable, "-m", "quizengine", *words],
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while not records(tmp_path):
            with suppress(subprocess.TimeoutExpired):
                assert process.wait(0.02) == 0
        process.kill()
    made = {path: path.stat().st_mtime_ns for path in records(tmp_path)}
    again = run(*words)

    assert again.exit_code == 0, again.output
    assert made.items() <= {path: path.stat().st_mtime_ns for path in records(tmp_path)}.items()
    assert contents(tmp_path) == files_of(printed)


@pytest.mark.slow
def test_a_cluster_of_two_workers_gives_the_same_files(printed: Path, tmp_path: Path) -> None:
    distributed = pytest.importorskip(
        "distributed", reason="Dask is missing: pip install 'quizengine[cluster]'"
    )
    # Without an address it takes a fixed port, which another test's cluster may hold.
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0"
    ) as cluster:
        names = str(printed / "class.csv")
        found = run(*NEW, "--names", names, "--out", str(tmp_path), "--scheduler", cluster.scheduler_address)

    assert found.exit_code == 0, found.output
    assert contents(tmp_path) == files_of(printed)


def test_a_wish_for_a_cluster_and_processes_is_refused(tmp_path: Path) -> None:
    found = run(*NEW, "--out", str(tmp_path), "--workers", "2", "--scheduler", "tcp://127.0.0.1:1")

    assert found.exit_code == 2
    assert "workers of its own" in found.output
