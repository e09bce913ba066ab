"""A bank tells every fault of every file at once, with its line."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from quizengine.bank import load_bank
from quizengine.bank.check import check_bank
from quizengine.errors import BankError, UnknownNameError

BANKS = Path(__file__).parent / "banks"
BROKEN = sorted((BANKS / "broken" / "questions").rglob("*.toml"))
UNPROVEN = sorted((BANKS / "unproven" / "questions").rglob("*.toml"))
EXPECTED = re.compile(rb"# (\d+): (.*)")


def faults_of(root: Path) -> dict[str, list[tuple[int, str]]]:
    with pytest.raises(BankError) as caught:
        load_bank(root)
    found: dict[str, list[tuple[int, str]]] = {}
    for fault in caught.value.faults:
        found.setdefault(fault.path.name, []).append((fault.line, fault.message))
    return found


def test_there_are_at_least_25_kinds_of_broken_files() -> None:
    assert len(BROKEN) >= 25


@pytest.fixture(scope="module")
def broken() -> dict[str, list[tuple[int, str]]]:
    return faults_of(BANKS / "broken")


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_file_is_told_once_with_its_line(
    path: Path, broken: dict[str, list[tuple[int, str]]]
) -> None:
    match = EXPECTED.match(path.read_bytes())
    assert match is not None, "the first line of a broken file says what is expected"

    faults = broken[path.name]

    assert len(faults) == 1, faults
    assert faults[0][0] == int(match[1]), faults
    assert match[2].decode() in faults[0][1]


def test_a_good_bank_loads_and_draws() -> None:
    bank = load_bank(BANKS / "good")

    variant = bank["math.matrices.trace"].variant(seed=3)

    assert len(bank) == 2
    assert variant.answer_types == ("integer",)
    assert variant == bank["math.matrices.trace"].variant(seed=3)


def test_a_bank_is_loaded_without_what_only_drawing_needs() -> None:
    program = (
        "import sys; from quizengine.bank import load_bank; load_bank(sys.argv[1])\n"
        "print([name for name in ('matplotlib', 'scipy.stats', 'flask') if name in sys.modules])"
    )

    told = subprocess.run(
        [sys.executable, "-c", program, BANKS / "good"], capture_output=True, text=True, check=True
    )

    assert told.stdout.strip() == "[]"


def test_a_misspelt_question_gets_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match=r"Did you mean 'math\.matrices\.trace'"):
        load_bank(BANKS / "good")["math.matrices.trase"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("bank.toml", 'name = "x"\n', "write version"),
        ("roadmap.toml", 'name = "small"\n', "roadmap.toml"),
        ("roadmap.toml", "name = \n", "not TOML"),
        ("datasets/shop.toml", 'ddl = "CREATE NONSENSE"\n', "shop.toml:1: shop:"),
    ],
)
def test_a_fault_outside_the_questions_is_told_too(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    root = shutil.copytree(BANKS / "good", tmp_path / "bank")
    (root / name).write_text(text)

    with pytest.raises(BankError) as caught:
        load_bank(root)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("find", "replace", "message"),
    [
        ('area = "math"', 'area = "maths"', "Did you mean 'math'?"),
        ('prerequisites = ["math.vectors"]', 'prerequisites = ["math.matrices"]', "wait for one another"),
        ("ml-engineer = 0.8", "ml-engineer = 1.8", "chance between 0 and 1"),
        ("low = 3, high = 5", "low = 6, high = 5", "wrong way round"),
    ],
)
def test_a_fault_of_the_roadmap_has_its_line(tmp_path: Path, find: str, replace: str, message: str) -> None:
    root = shutil.copytree(BANKS / "good", tmp_path / "bank")
    text = (root / "roadmap.toml").read_text()
    (root / "roadmap.toml").write_text(text.replace(find, replace, 1))
    line = text[: text.index(find)].count("\n") + 1

    told = [fault for faults in faults_of(root).values() for fault in faults]

    assert any(at == line and message in words for at, words in told), told


def test_a_folder_that_is_no_bank_says_what_a_bank_is(tmp_path: Path) -> None:
    with pytest.raises(BankError, match=r"a bank is a folder with bank\.toml"):
        load_bank(tmp_path / "nowhere")


@pytest.fixture
def whole_bank(tmp_path: Path) -> Path:
    """The good bank, with each of its two skills asked for by four questions."""
    root = shutil.copytree(BANKS / "good", tmp_path / "bank")
    trace = root / "questions" / "math" / "matrices" / "trace.toml"
    text = trace.read_text().replace("math.matrices.trace", "math.matrices.trace-1")
    for skill in ("vectors", "matrices"):
        for number in range(1, 5):
            path = root / "questions" / "math" / skill / f"trace-{number}.toml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text.replace("math.matrices", f"math.{skill}").replace("trace-1", path.stem))
    return root


def test_a_good_bank_proves_itself(whole_bank: Path) -> None:
    report = check_bank(load_bank(whole_bank), seeds=40)

    assert report.is_good, report
    assert all(question.distinct > 30 for question in report.questions)
    assert "5 of 20 misconceptions (25%) point to a prerequisite" in report.notes


def test_a_skill_with_fewer_than_four_questions_is_a_fault_of_the_bank(whole_bank: Path) -> None:
    (whole_bank / "questions" / "math" / "vectors" / "trace-1.toml").unlink()

    report = check_bank(load_bank(whole_bank), seeds=3)

    assert not report.is_good
    assert [fault[:30] for fault in report.faults] == ["math.vectors has 3 questions, "]


@pytest.mark.parametrize("path", UNPROVEN, ids=lambda path: path.stem)
def test_a_question_that_cannot_prove_itself_is_told(path: Path) -> None:
    expected = path.read_text().splitlines()[0].removeprefix("# ")

    report = check_bank(load_bank(BANKS / "unproven", only=[f"math.matrices.{path.stem}"]), seeds=100)

    assert not report.is_good
    assert any(expected in fault for fault in report.questions[0].faults), report.questions[0].faults
