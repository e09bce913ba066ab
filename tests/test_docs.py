"""What the docs show is what happens: every example runs, every link leads somewhere."""

from __future__ import annotations

import doctest
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from quizengine.bank.schema import AnswerTable, MisconceptionTable, QuestionTable, Table
from quizengine.generation import registry
from quizengine.model.answers import ANSWER_TYPES
from quizengine.resources import resource
from quizengine.sqljudge.datasets import read_dataset

ROOT = resource("docs").parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "question_banks" / "backend_to_ml" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
AUTHORING = (ROOT / "docs" / "authoring.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)?(?:#([^)\s]+))?\)")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(page: Path, *kinds: str) -> list[str]:
    """Return the fenced blocks of a page that have one of these languages."""
    return [text for kind, text in BLOCK.findall(page.read_text("utf-8")) if kind in kinds]


def with_blocks(kind: str) -> list[Path]:
    """Return the pages that have a block of this language."""
    return [page for page in PAGES if blocks(page, kind)]


def page_name(page: Path) -> str:
    """Name a page in a test's id."""
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", with_blocks("python"), ids=page_name)
def test_every_python_example_runs(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    # An example may register a generator; the reference must not come to know it.
    monkeypatch.setattr(registry, "_generators", dict(registry.generators()))
    source = "\n".join(blocks(page, "python"))
    example = doctest.DocTestParser().get_doctest(source, {}, page.name, str(page), 0)
    told: list[str] = []

    result = doctest.DocTestRunner(optionflags=FLAGS).run(example, out=told.append)

    assert result.attempted > 0
    assert not result.failed, "".join(told)


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A folder as an author has it: the bank, with the files that the pages say to write."""
    shutil.copytree(ROOT / "question_banks", tmp_path / "question_banks")
    for text in blocks(ROOT / "docs" / "authoring.md", "toml"):
        if text.startswith("# file: "):
            path = tmp_path / text.splitlines()[0].removeprefix("# file: ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return tmp_path


def sessions(page: Path) -> Iterator[tuple[str, str]]:
    """Yield each command that a page shows with what it shows of its output."""
    for block in blocks(page, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def ran(command: str, folder: Path) -> str:
    """Run a command line, which may begin with ``echo ... |``, and return what it printed."""
    given, _, words = command.rpartition(" | ")
    arguments = shlex.split(words)
    assert arguments[0] == "quizengine", "the docs show our own commands"
    text = " ".join(shlex.split(given)[1:]) if given else ""
    done = subprocess.run(
        [sys.executable, "-m", "quizengine", *arguments[1:]],
        input=text,
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("QUIZENGINE_")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("page", with_blocks("console"), ids=page_name)
def test_every_command_shown_prints_what_is_shown(page: Path, workplace: Path) -> None:
    checker = doctest.OutputChecker()

    for command, shown in sessions(page):
        printed = ran(command, workplace)
        assert checker.check_output(shown, printed, FLAGS), f"$ {command}\n{printed}"


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text("utf-8")):
        if target.startswith("http"):
            continue
        found = (page.parent / target).resolve() if target else page
        assert found.exists(), f"{page.name}: {target}"
        if anchor:
            heads = re.findall(r"^#+ (.*)$", found.read_text("utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
            assert anchor in slugs, f"{page.name}: #{anchor}"


def test_the_readme_begins_with_the_two_commands_and_the_picture() -> None:
    first_screen = (ROOT / "README.md").read_text("utf-8").splitlines()[:16]

    shown = "\n".join(first_screen)
    assert "make run" in shown
    assert "make test" in shown
    assert "docs/images/report.png" in shown


def test_the_reference_of_functions_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    assert spec
    assert spec.loader
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)

    assert reference.with_reference(AUTHORING) == AUTHORING, "run: python tools/reference.py"


@pytest.mark.parametrize("name", ANSWER_TYPES)
def test_every_answer_type_is_explained(name: str) -> None:
    assert f"| `{name}` |" in AUTHORING


@pytest.mark.parametrize("table", [QuestionTable, MisconceptionTable, *AnswerTable.__subclasses__()])
def test_every_key_of_a_file_is_explained(table: type[Table]) -> None:
    written_before = AUTHORING.partition("## Reference")[0]

    for name, field in table.model_fields.items():
        assert f"`{field.alias or name}" in written_before or f" {name} " in written_before, name


def test_the_dataset_shown_is_one() -> None:
    (shown,) = [text for text in blocks(ROOT / "docs" / "authoring.md", "toml") if "[tables." in text]

    dataset = read_dataset("shop", tomllib.loads(shown))

    assert [rules.table.name for rules in dataset.tables] == ["users", "orders"]
