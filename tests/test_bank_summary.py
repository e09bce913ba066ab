"""The counts of a bank are what somebody counts by hand."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from quizengine.bank import load_bank
from quizengine.bank.summary import Summary, summarise
from quizengine.cli import main
from tests.factories import shipped_bank

GOOD = Path(__file__).parent / "banks" / "good"


@pytest.fixture
def summary() -> Summary:
    """The counts of the small good bank: two questions on matrices, of one integer each."""
    return summarise(load_bank(GOOD))


def test_the_counts_of_a_small_bank_are_those_of_its_files(summary: Summary) -> None:
    assert summary.questions == 2
    assert {one.id: one.questions for one in summary.skills} == {"math.vectors": 0, "math.matrices": 2}
    assert summary.types == {"integer": 2}
    assert (summary.computed, summary.proven, summary.several_answers) == (2, 2, 0)
    assert (summary.large, summary.few_with_reason) == (2, 0)
    assert (summary.figures, summary.with_hints, summary.generators) == ({}, 0, 0)


def test_misconceptions_are_counted_by_where_they_point(summary: Summary) -> None:
    wrong = summary.misconceptions

    assert (wrong.total, wrong.own, wrong.prerequisite, wrong.other, wrong.least) == (4, 3, 1, 0, 2)
    assert {one.id: one.pointed_to for one in summary.skills} == {"math.vectors": 1, "math.matrices": 3}


def test_a_question_without_a_second_route_or_with_few_variants_is_told(tmp_path: Path) -> None:
    root = shutil.copytree(GOOD, tmp_path / "bank")
    path = root / "questions" / "math" / "matrices" / "trace.toml"
    text = path.read_text("utf-8").replace('oracle = "trace(A)"', "")
    path.write_text(text.replace("int = [-6, 6]", "int = [1, 2]"), "utf-8")

    summary = summarise(load_bank(root))

    assert (summary.computed, summary.proven) == (2, 1)
    assert summary.large == 1


def test_the_counts_of_the_shipped_bank_add_up() -> None:
    bank = shipped_bank()
    summary = summarise(bank)
    wrong = summary.misconceptions

    assert sum(one.questions for one in summary.skills) == summary.questions == len(bank)
    assert wrong.own + wrong.prerequisite + wrong.other == wrong.total
    assert sum(one.pointed_to for one in summary.skills) == wrong.total
    assert sum(summary.types.values()) >= summary.questions
    assert summary.proven <= summary.computed <= summary.questions


def test_the_command_prints_the_counts_as_text_and_as_json() -> None:
    text = CliRunner().invoke(main, ["check", "--summary", "--bank", str(GOOD)])
    table = CliRunner().invoke(main, ["check", "--summary", "--json", "--bank", str(GOOD)])

    lines = {" ".join(line.split()) for line in text.output.splitlines()}
    assert text.exit_code == table.exit_code == 0
    assert "good: 2 questions on 1 of 2 skills" in lines
    assert {"math.matrices 2 3", "integer 2", "with a second route 2 100%"} <= lines
    assert "point to a prerequisite 1 25%" in lines
    assert json.loads(table.output) == json.loads(json.dumps(summarise(load_bank(GOOD)).as_json()))


def test_some_questions_are_counted_alone() -> None:
    told = CliRunner().invoke(main, ["check", "--summary", "math.matrices.trace", "--bank", str(GOOD)])

    assert told.output.startswith("good: 1 question on 1 of 2 skills")


def test_counting_a_bank_that_is_cached_waits_for_nothing_heavy(tmp_path: Path) -> None:
    load_bank(GOOD, cache=tmp_path / "quizengine")
    program = (
        "import sys; from quizengine.cli import main\n"
        "main(['check', '--summary', '--bank', sys.argv[1]], standalone_mode=False)\n"
        "print([name for name in ('sympy', 'jinja2', 'pydantic', 'flask') if name in sys.modules])"
    )

    told = subprocess.run(
        [sys.executable, "-c", program, GOOD],
        capture_output=True,
        text=True,
        check=True,
        env={"XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parent.parent)},
    )

    assert told.stdout.splitlines()[-1] == "[]"
