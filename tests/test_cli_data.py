"""``quizengine db`` and ``quizengine verify``: the commands that work on a data folder."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from quizengine.cli import main
from quizengine.model.grade import Response
from quizengine.services import attempts, diagnostic, learners
from tests.factories import NOON, make_runtime
from tests.sittings import sit


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("QUIZENGINE_")]:
        monkeypatch.delenv(name)


def run(data: Path, *words: str) -> Result:
    """Run a command on a data folder."""
    return CliRunner().invoke(main, [*words, "--data", str(data)])


def finished_attempt(folder: Path) -> str:
    """Make a finished attempt in a folder's database, and return its id."""
    runtime = make_runtime(folder)
    learner = learners.new_guest(runtime, now=NOON).id
    attempt = diagnostic.start(runtime, learner, role="ml-engineer", hours_a_week=6, ratings={}, now=NOON)
    attempts.begin(runtime, learner, attempt, now=NOON)
    now = NOON
    while (slot := attempts.standing(runtime, learner, attempt).slot_id) is not None:
        now += timedelta(seconds=50)
        attempts.commit(runtime, learner, slot, Response(answers={}, dont_know=True), now=now)
    return attempt


def test_upgrade_makes_a_database_and_then_finds_nothing_to_do(tmp_path: Path) -> None:
    first = run(tmp_path / "new", "db", "upgrade")
    second = run(tmp_path / "new", "db", "upgrade")

    assert "went from nothing to" in first.output
    assert "the newest version" in second.output
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert json.loads(run(tmp_path / "new", "db", "upgrade", "--json").output)["before"]


def test_a_backup_of_a_database_in_use_has_all_that_was_committed(tmp_path: Path) -> None:
    runtime = make_runtime(tmp_path)
    learner = learners.new_guest(runtime, now=NOON).id
    copy = tmp_path / "backups" / "monday.db"

    with runtime.transaction():
        told = run(tmp_path, "db", "backup", str(copy))

    assert told.exit_code == 0
    assert f"Wrote {copy}" in told.output
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT count(*) FROM learners WHERE id = ?", (learner,)).fetchone() == (1,)
    assert sorted(path.name for path in copy.parent.iterdir()) == ["monday.db"]


def test_a_restored_backup_still_verifies(tmp_path: Path) -> None:
    attempt = finished_attempt(tmp_path)
    run(tmp_path, "db", "backup", str(tmp_path / "restored" / "quizengine.db"))

    told = run(tmp_path / "restored", "verify", attempt)

    assert told.exit_code == 0
    assert f"{attempt} agrees" in told.output


def test_a_backup_never_overwrites(tmp_path: Path) -> None:
    make_runtime(tmp_path)
    taken = tmp_path / "taken.db"
    taken.write_text("mine", "utf-8")

    told = run(tmp_path, "db", "backup", str(taken))

    assert told.exit_code == 1
    assert "exists already" in told.output
    assert taken.read_text("utf-8") == "mine"


def test_a_backup_of_nothing_says_where_it_looked(tmp_path: Path) -> None:
    told = run(tmp_path / "wrong", "db", "backup", str(tmp_path / "copy.db"))

    assert told.exit_code == 1
    assert str(tmp_path / "wrong" / "quizengine.db") in told.output
    assert not (tmp_path / "wrong").exists()


def test_a_database_of_another_kind_is_left_to_its_own_tools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUIZENGINE_DATABASE_URL", "postgresql://quiz:secret@db/quiz")

    told = run(tmp_path, "db", "backup", str(tmp_path / "copy.db"))

    assert told.exit_code == 1
    assert "pg_dump" in told.output
    assert "secret" not in told.output


def test_verify_disagrees_when_a_stored_grade_was_changed(tmp_path: Path) -> None:
    attempt = finished_attempt(tmp_path)
    with closing(sqlite3.connect(tmp_path / "quizengine.db")) as database, database:
        database.execute("UPDATE grades SET rule = 'another'")

    told = run(tmp_path, "verify", attempt, "--json")

    table = json.loads(told.output)
    assert told.exit_code == 1
    assert not table["agrees"]
    assert any("rule was 'another'" in one for one in table["differences"])


def test_verify_knows_no_attempt_of_that_name(tmp_path: Path) -> None:
    make_runtime(tmp_path)

    told = run(tmp_path, "verify", "nobody")

    assert told.exit_code == 1
    assert told.output.startswith("Error: There is no such attempt")


def test_verify_without_a_database_says_so_and_makes_none(tmp_path: Path) -> None:
    told = run(tmp_path / "wrong", "verify", "nobody")

    assert told.exit_code == 1
    assert "There is no database at" in told.output
    assert "--data" in told.output
    assert not (tmp_path / "wrong").exists()


@pytest.mark.parametrize("words", [("db", "upgrade"), ("db", "backup", "copy.db"), ("verify", "abc")])
def test_a_file_that_is_no_database_is_one_clear_line_and_stays_as_it_is(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    kept = b"this was never a database, and nobody may write over it" * 100
    (tmp_path / "quizengine.db").write_bytes(kept)
    targets = [str(tmp_path / word) if word.endswith(".db") else word for word in words]

    told = run(tmp_path, *targets)

    assert told.exit_code == 1
    assert told.output.startswith("Error: ")
    assert told.output.count("\n") == 1
    assert "file is not a database" in told.output
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"quizengine.db": kept}


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("nonsense", "QUIZENGINE_DATABASE_URL"),
        ("nosuchkind://x", "QUIZENGINE_DATABASE_URL"),
        ("sqlite:////no-such-folder/quizengine.db", "unable to open"),
    ],
)
def test_a_database_that_cannot_be_reached_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, word: str
) -> None:
    monkeypatch.setenv("QUIZENGINE_DATABASE_URL", url)

    told = run(tmp_path, "db", "upgrade")

    assert told.exit_code == 1
    assert told.output.count("\n") == 1
    assert word in told.output


def test_only_its_owner_reads_a_data_folder_that_upgrade_made(tmp_path: Path) -> None:
    run(tmp_path / "new", "db", "upgrade")

    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_a_question_file_that_is_not_there_is_told_as_a_file() -> None:
    told = CliRunner().invoke(main, ["show", "questions/missing.toml"])

    assert told.exit_code == 1
    assert "There is no file" in told.output


def test_a_sweep_closes_what_is_over_and_says_how_many(tmp_path: Path) -> None:
    sitting = sit(tmp_path, begun=False)
    long_ago = datetime.now(UTC) - timedelta(hours=5)
    attempts.begin(sitting.runtime, sitting.person, sitting.attempt, now=long_ago)

    first, second = run(tmp_path, "sweep"), run(tmp_path, "sweep", "--json")

    assert first.output == "1 closed because their time was over, 0 given up.\n"
    assert json.loads(second.output) == {"timed_out": 0, "abandoned": 0}
    assert sitting.row.state == "timed_out"


def test_a_sweep_needs_a_database(tmp_path: Path) -> None:
    told = run(tmp_path / "nowhere", "sweep")

    assert told.exit_code == 1
    assert "quizengine db upgrade" in told.output
