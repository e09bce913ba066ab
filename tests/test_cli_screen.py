"""Hiring tests from the command line, from a profile to the exported results."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from quizengine.cli import main
from quizengine.services.hiring import invitations, screens
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.web.words import now
from tests.factories import make_runtime
from tests.hiring import make_owner, make_person, make_profile

OLGA = "olga@example.org"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("instance")


@pytest.fixture(scope="module")
def runtime(folder: Path) -> Runtime:
    return make_runtime(folder)


@pytest.fixture(scope="module")
def owner(runtime: Runtime) -> Actor:
    return make_owner(runtime, OLGA)


@pytest.fixture(scope="module")
def screen(runtime: Runtime, owner: Actor, folder: Path) -> str:
    notice = folder / "notice.txt"
    notice.write_text("We use your answers to decide.", "utf-8")
    told = run(
        folder, "create", make_profile(runtime, owner), "--title", "ML engineer", "--contact", "Ida",
        "--privacy", str(notice), "--closes", "2099-12-31", "--open", "--json",
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    made: str = json.loads(told.output)["screen"]
    return made


def run(folder: Path, *words: str, email: str = OLGA) -> Result:
    return CliRunner().invoke(main, ["screen", *words, "--as", email, "--data", str(folder)])


def test_a_list_is_looked_at_then_confirmed(
    runtime: Runtime, owner: Actor, folder: Path, screen: str
) -> None:
    people = folder / "people.csv"
    people.write_text("email,name\nann@example.org,Ann\n", "utf-8")

    looked = run(folder, "invite", screen, str(people))
    assert looked.exit_code == 0, looked.output
    assert "1 to invite; nobody was. Add --confirm" in looked.output
    assert invitations.people_of(runtime, owner, screen, now=now()) == []

    done = run(folder, "invite", screen, str(people), "--confirm", "--url", "https://quiz.example.org")
    assert "1 invited." in done.output
    assert "https://quiz.example.org/i/" in done.output
    again = run(folder, "invite", screen, str(people), "--confirm", "--json")
    assert json.loads(again.output)["not_again"] == ["ann@example.org"]


def test_a_list_at_fault_is_exit_code_1_and_names_the_cell(folder: Path, screen: str) -> None:
    people = folder / "bad.csv"
    people.write_text("email,tz\nbob,Mars\n", "utf-8")

    told = run(folder, "invite", screen, str(people), "--confirm")

    assert told.exit_code == 1
    assert "line 2, email: 'bob'; write an address like ann@example.org" in told.output
    assert "line 2, tz: 'Mars'" in told.output


def test_files_that_are_no_text_are_a_message(folder: Path, screen: str) -> None:
    people = folder / "latin.csv"
    people.write_bytes("email,name\nzoe@example.org,Zo\xeb\n".encode("latin-1"))

    told = run(folder, "invite", screen, str(people))
    made = run(folder, "create", "x", "--title", "T", "--contact", "Ida", "--privacy", str(people))

    assert (told.exit_code, made.exit_code) == (1, 1)
    assert "line 2: byte 19 is not UTF-8" in told.output
    assert "is no text in UTF-8" in made.output


def test_results_and_their_export(folder: Path, screen: str) -> None:
    assert "Nobody has begun yet." in run(folder, "results", screen).output
    assert json.loads(run(folder, "results", screen, "--json").output) == []

    target = folder / "results.zip"
    told = run(folder, "export", screen, str(target))
    assert told.exit_code == 0, told.output
    assert zipfile.ZipFile(target).namelist() == [
        "results.csv", "answers.csv", "audit.csv", "events.jsonl", "dictionary.csv",
    ]  # fmt: skip
    told = run(folder, "export", screen, str(folder / "results.json"))
    assert told.exit_code == 0, told.output
    assert json.loads((folder / "results.json").read_text("utf-8"))["format"] == "quizengine-results-1"
    assert run(folder, "export", screen, str(folder / "b.zip"), "--result", "x").exit_code == 2
    assert "exists already" in run(folder, "export", screen, str(target)).output
    assert "granted by itself" in run(folder, "export", screen, str(folder / "c.zip"), "--names").output


def test_the_rights_of_whose_name_it_is_count(
    runtime: Runtime, owner: Actor, folder: Path, screen: str
) -> None:
    make_person(runtime, owner, "auditor", email="aude@example.org")
    people = folder / "people.csv"
    people.write_text("email\ncem@example.org\n", "utf-8")

    assert "may not do this" in run(folder, "invite", screen, str(people), email="aude@example.org").output
    assert (
        "Nobody of the staff has the address" in run(folder, "results", screen, email="x@example.org").output
    )


def test_what_would_go_is_told_and_goes(runtime: Runtime, owner: Actor, folder: Path) -> None:
    kept = screens.all_of(runtime, owner)[0].id
    long_ago = now() - timedelta(days=8)
    invitations.hand_in(runtime, owner, kept, "email\nnobody@example.org", now=long_ago)

    def purge(*words: str) -> dict[str, object]:
        told = CliRunner().invoke(main, ["screen", "purge", *words, "--json", "--data", str(folder)])
        assert told.exit_code == 0, told.output
        found: dict[str, object] = json.loads(told.output)
        return found

    foreseen, done, after = purge("--dry-run"), purge(), purge()

    assert foreseen == done == {"purged": [{"screen": kept, "held": False, "lists": 1}], "erased": 0}
    assert after == {"purged": [], "erased": 0}
