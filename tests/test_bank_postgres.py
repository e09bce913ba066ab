"""Questions for PostgreSQL in a bank: checked and served by a server, left out without one."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from quizengine.bank import Bank, load_bank
from quizengine.bank.check import check_bank
from quizengine.bank.engines import judgeable, needs_postgres, without_postgres
from quizengine.cli import main
from quizengine.errors import QuizEngineError
from quizengine.grading import grade
from quizengine.model.answers import SqlAnswer
from quizengine.model.variant import QuestionId, Variant
from quizengine.services import attempts, diagnostic, learners, practice
from quizengine.services.attempt.drawing import chosen_and_drawn
from quizengine.services.scoring import Choice
from quizengine.sqljudge.panel_cache import forget_panels, keep_panels_in
from quizengine.sqljudge.postgres import use_server
from quizengine.web import create_app
from quizengine.web.settings import Settings, SettingsError
from tests.factories import BANK, NOON, make_runtime, shipped_bank
from tests.postgres import LocalServer

LATEST = "de.sql-windows.latest-release"
ON_SQLITE = "de.sql-windows.latest-row"
NOWHERE = "postgresql://judge:secret@/postgres?host=/nowhere"


def run(*words: str, given: str | None = None) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, list(words), input=given)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The shipped bank with two of its questions, one for each database."""
    folder = tmp_path / "bank"
    shutil.copytree(BANK / "datasets", folder / "datasets")
    questions = ("de/sql-windows/latest-release.toml", "de/sql-windows/latest-row.toml")
    for name in ("bank.toml", "roadmap.toml", *(f"questions/{path}" for path in questions)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(BANK / name, folder / name)
    return folder


@pytest.fixture(autouse=True)
def _no_server_left() -> Iterator[None]:
    """A command names a server for its whole process, which also remembers the databases that it drew."""
    keep_panels_in(None)
    forget_panels()
    yield
    use_server("")


def on_postgres() -> list[QuestionId]:
    return [name for name, entry in shipped_bank().questions.items() if needs_postgres(entry.question)]


def test_the_shipped_bank_asks_what_only_postgresql_can_judge() -> None:
    kept, left_out = without_postgres(shipped_bank())

    assert len(left_out) >= 4
    assert not set(left_out) & set(kept)
    assert kept.digest == shipped_bank().digest


@pytest.mark.slow
@pytest.mark.parametrize("name", on_postgres())
def test_a_question_for_postgresql_proves_itself(postgres: LocalServer, name: QuestionId) -> None:
    bank = shipped_bank()
    one = replace(bank, questions={name: bank[name]})

    report = check_bank(one, seeds=2, whole=False)

    assert [question.faults for question in report.questions] == [()]
    assert report.questions[0].mutants is not None
    assert report.notes == ()


def test_without_a_server_check_leaves_them_out_and_says_so(small: Path) -> None:
    told = run("check", "--bank", str(small), LATEST, ON_SQLITE, "--seeds", "1", "--json")

    report = json.loads(told.stdout)
    assert told.exit_code == 0
    assert [question["id"] for question in report["questions"]] == [ON_SQLITE]
    assert report["notes"][0].startswith("1 question left out: no PostgreSQL server is configured")
    assert LATEST in report["notes"][0]


def test_a_check_of_nothing_but_them_is_no_fault(small: Path) -> None:
    told = run("check", "--bank", str(small), LATEST)

    assert told.exit_code == 0
    assert "1 question left out" in told.output


def test_check_judges_them_on_the_server_that_is_named(postgres_server: LocalServer, small: Path) -> None:
    told = run("check", LATEST, "--bank", str(small), "--seeds", "1", "--postgres", postgres_server.url)

    assert told.exit_code == 0, told.output
    assert "left out" not in told.output
    assert "1 question, 1 good, 0 at fault" in told.output


def test_check_stops_where_the_server_that_is_named_cannot_be_used(small: Path) -> None:
    told = run("check", LATEST, "--bank", str(small), "--postgres", NOWHERE)

    assert told.exit_code == 1
    assert "The PostgreSQL server cannot be used" in told.output
    assert "secret" not in told.output


def test_the_cache_of_a_bank_holds_what_was_left_out(small: Path, tmp_path: Path) -> None:
    kept, left_out = judgeable(load_bank(small, cache=tmp_path / "cache"))

    again = load_bank(small, cache=tmp_path / "cache")

    assert (list(kept), left_out) == ([ON_SQLITE], (LATEST,))
    assert sorted(again) == [LATEST, ON_SQLITE]


def test_a_variant_cannot_be_drawn_without_a_server_and_says_why() -> None:
    with pytest.raises(QuizEngineError, match="No PostgreSQL server is configured"):
        shipped_bank()[LATEST].variant(1)


def test_a_bank_file_with_another_dialect_is_refused(small: Path) -> None:
    path = small / "questions/de/sql-windows/latest-release.toml"
    path.write_text(path.read_text("utf-8").replace('"postgresql"', '"mysql"'), "utf-8")

    told = run("check", str(path))

    assert told.exit_code == 1
    assert "dialect" in told.output


def test_steps_are_counted_on_sqlite_alone(small: Path) -> None:
    path = small / "questions/de/sql-windows/latest-release.toml"
    path.write_text(
        path.read_text("utf-8").replace("ordered = true", 'judge = "steps"\nordered = true'), "utf-8"
    )

    told = run("check", str(path))

    assert told.exit_code == 1
    assert "only SQLite counts steps" in told.output


# -- grade -----------------------------------------------------------------------------------------------

LINE = {
    "id": 1,
    "answer": {
        "type": "sql",
        "dialect": "postgresql",
        "schema": "CREATE TABLE t (a INTEGER, d DATE, j JSONB, ok BOOLEAN);",
        "reference": "SELECT j ->> 'kind', count(*) FILTER (WHERE ok) FROM t GROUP BY 1",
    },
    "response": "SELECT j ->> 'kind', sum(CASE WHEN ok THEN 1 ELSE 0 END) FROM t GROUP BY 1",
}


def test_grade_judges_on_the_server_that_is_named(postgres_server: LocalServer) -> None:
    wrong = {
        **LINE,
        "id": 2,
        "response": "SELECT j ->> 'kind', count(ok) FROM t GROUP BY 1",
    }
    lines = json.dumps(LINE) + "\n" + json.dumps(wrong)

    told = run("grade", "--postgres", postgres_server.url, given=lines)

    verdicts = [json.loads(line)["verdict"] for line in told.stdout.splitlines()]
    assert verdicts[0] == "correct"
    assert verdicts[1] in ("wrong", "partial")


@pytest.mark.parametrize(
    ("options", "reason"),
    [((), "No PostgreSQL server is configured"), (("--postgres", NOWHERE), "cannot be reached")],
)
def test_grade_says_undecided_with_the_reason_and_goes_on(options: tuple[str, ...], reason: str) -> None:
    other = {"id": 2, "answer": {"type": "integer", "value": "7"}, "response": "7"}

    told = run("grade", *options, given=json.dumps(LINE) + "\n" + json.dumps(other))

    first, second = map(json.loads, told.stdout.splitlines())
    assert (first["verdict"], first["rule"], second["verdict"]) == ("undecided", "sql:away", "correct")
    assert reason in first["feedback"]
    assert told.exit_code == 0


# -- pages -----------------------------------------------------------------------------------------------


def test_pages_leave_them_out_without_a_server(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path), bank=shipped_bank())

    served: Bank = app.extensions["quizengine"].bank
    assert sorted(app.config["LEFT_OUT"]) == sorted(on_postgres())
    assert not set(on_postgres()) & set(served)


def test_pages_ask_them_where_there_is_a_server(postgres: LocalServer, tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, postgres=postgres.url), bank=shipped_bank())

    served: Bank = app.extensions["quizengine"].bank
    assert app.config["LEFT_OUT"] == ()
    assert set(on_postgres()) <= set(served)


def test_the_page_of_a_question_says_what_judges_it(
    postgres: LocalServer, small: Path, tmp_path: Path
) -> None:
    only = load_bank(small, only=[LATEST])
    app = create_app(Settings(data=tmp_path / "data", postgres=postgres.url), bank=only)

    page = app.test_client().get("/demo?type=sql").text

    assert "PostgreSQL 1" in page
    assert "SQLite" not in page


def test_the_address_of_the_server_is_looked_at_and_kept_secret() -> None:
    with pytest.raises(SettingsError, match="QUIZENGINE_POSTGRES is an address like"):
        Settings.from_environment({"QUIZENGINE_POSTGRES": "mysql://root@db/x"})

    settings = Settings.from_environment({"QUIZENGINE_POSTGRES": NOWHERE})
    assert settings.postgres == NOWHERE
    assert "secret" not in repr(settings)


def test_serve_does_not_print_the_address(tmp_path: Path) -> None:
    told = run("serve", "--check", "--data", str(tmp_path), "--postgres", NOWHERE)

    assert told.exit_code == 0
    assert "secret" not in told.output.replace("secret_key", "")


# -- while the server is away --------------------------------------------------------------------------


def test_an_attempt_goes_on_with_another_question_while_the_server_is_away(
    tmp_path: Path, small: Path, caplog: pytest.LogCaptureFixture
) -> None:
    runtime = make_runtime(tmp_path, load_bank(small))
    learner = learners.new_guest(runtime, now=NOON).id
    attempt = diagnostic.start(runtime, learner, role="ml-engineer", hours_a_week=6, ratings={}, now=NOON)

    def easiest(bank: Bank) -> Choice:
        return Choice(next(iter(bank)), "")

    with caplog.at_level(logging.CRITICAL):
        found = chosen_and_drawn(runtime, learner, attempt, 1, easiest)

    standing = attempts.standing(runtime, learner, attempt)
    assert standing.variant is not None
    assert standing.variant.question_id == ON_SQLITE
    assert found.variant is not None
    assert found.variant.question_id == ON_SQLITE


def test_practice_goes_on_with_another_question_while_the_server_is_away(tmp_path: Path, small: Path) -> None:
    runtime = make_runtime(tmp_path, load_bank(small))
    learner = learners.new_guest(runtime, now=NOON).id

    attempt = practice.start(runtime, learner, "de.sql-windows", question_id=LATEST, now=NOON)

    variant = attempts.standing(runtime, learner, attempt).variant
    assert variant is not None
    assert variant.question_id == ON_SQLITE


@pytest.fixture
def drawn(postgres: LocalServer, small: Path) -> Variant:
    """A variant that was drawn while there was a server, of which there is none now."""
    variant = load_bank(small)[LATEST].variant(3)
    use_server("")
    forget_panels()
    return variant


def test_an_answer_given_while_the_server_is_away_is_undecided(drawn: Variant) -> None:
    assert isinstance(drawn.answer, SqlAnswer)

    told = grade(drawn, drawn.answer.reference)

    assert (told.verdict, told.rule) == ("undecided", "sql:away")
    assert "somebody will look at it" in told.feedback
