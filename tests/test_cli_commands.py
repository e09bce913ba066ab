"""The command line as a whole: help, names, errors, what it imports."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from quizengine.cli import COMMANDS, main
from quizengine.errors import QuizEngineError
from quizengine.resources import resource
from quizengine.web.settings import NAMES, PREFIX
from tests.factories import shipped_bank

DOCS = resource("docs")


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command with the words that call it."""
    for name in COMMANDS:
        found = main.get_command(click.Context(main), name)
        assert found is not None
        yield name, found
        if isinstance(found, click.Group):
            yield from ((f"{name} {sub}", command) for sub, command in found.commands.items())


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from quizengine.cli import main\n"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0\n"
        "heavy = ('sympy', 'matplotlib', 'sqlalchemy', 'flask', 'numpy', 'pydantic', 'gunicorn')\n"
        "print([name for name in heavy if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.strip() == "[]"


def test_the_help_lists_every_command_with_what_it_does() -> None:
    told = CliRunner().invoke(main, ["--help"]).output

    for name, words in COMMANDS.items():
        assert f"  {name} " in told
        assert words in " ".join(told.split())


@pytest.mark.parametrize(("words", "command"), list(commands()))
def test_every_command_explains_itself_with_an_example(words: str, command: click.Command) -> None:
    told = CliRunner().invoke(main, [*words.split(), "--help"])

    assert told.exit_code == 0
    assert "Example" in told.output
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_examples_name_questions_and_skills_that_there_are() -> None:
    bank = shipped_bank()
    skills = {skill.id for skill in bank.roadmap.skills}
    areas = "|".join(sorted({skill.partition(".")[0] for skill in skills}))
    like_an_id = re.compile(rf"\b(?:{areas})(?:\.[a-z0-9]+(?:-[a-z0-9]+)*){{1,2}}\b(?![.\w/])")
    texts = [command.epilog or "" for _, command in commands()]
    # The guide for authors writes a question of its own.
    pages = [path for path in sorted(Path(str(DOCS)).glob("*.md")) if path.name != "authoring.md"]
    texts += [path.read_text("utf-8") for path in pages]

    named = {name for text in texts for name in like_an_id.findall(text)}

    assert "math.bayes.disease-test" in named
    assert sorted(named - {*bank.questions, *skills}) == []


@pytest.mark.parametrize(("words", "command"), list(commands()))
def test_every_command_and_option_is_in_the_docs(words: str, command: click.Command) -> None:
    docs = (DOCS / "operating.md").read_text("utf-8")

    assert f"quizengine {words}" in docs
    for option in command.params:
        for name in option.opts if isinstance(option, click.Option) else ():
            if name != "--help":
                assert name in docs, f"{words} {name}"


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_in_the_docs(name: str) -> None:
    assert f"`{PREFIX}{name}`" in (DOCS / "operating.md").read_text("utf-8")


def test_a_misspelt_command_is_wrong_usage_and_gets_the_nearest_offered() -> None:
    told = CliRunner().invoke(main, ["chekc"])

    assert told.exit_code == 2
    assert "Did you mean 'check'?" in told.output


def test_an_error_of_the_file_system_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    taken = tmp_path / "file"
    taken.write_text("not a folder", "utf-8")
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)

    told = CliRunner().invoke(main, ["db", "upgrade", "--data", str(taken / "data")])

    assert told.exit_code == 1
    assert told.output.startswith("Error: ")
    assert len(told.output.splitlines()) == 1


def test_an_error_of_ours_is_its_message_and_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def failing() -> None:
        raise QuizEngineError("The shelf is empty; put something on it.")

    monkeypatch.setattr(type(main), "get_command", lambda *_: failing)

    told = CliRunner().invoke(main, ["check"])

    assert (told.exit_code, told.output) == (1, "Error: The shelf is empty; put something on it.\n")
