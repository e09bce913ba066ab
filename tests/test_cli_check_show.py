"""``quizengine check`` and ``quizengine show``, as an author uses them."""

from __future__ import annotations

import json
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from quizengine.cli import main
from tests.factories import BANK

PRODUCT = "math.matrices.product"


def run(*words: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, list(words))


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A small bank of one's own: the shipped one with two of its questions."""
    folder = tmp_path / "bank"
    kept = ("math/matrices/product.toml", "math/bayes/disease-test.toml")
    for name in ("bank.toml", "roadmap.toml", *(f"questions/{path}" for path in kept)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(BANK / name, folder / name)
    return folder


def question_file(bank: Path) -> Path:
    """The file of the matrix product in a bank."""
    return bank / "questions" / "math" / "matrices" / "product.toml"


def test_a_good_question_is_a_line_of_figures_and_exit_code_0(bank: Path) -> None:
    told = run("check", "--bank", str(bank), PRODUCT, "--seeds", "3")

    assert told.exit_code == 0
    assert PRODUCT in told.output
    assert "1 question, 1 good, 0 at fault" in told.output


def test_a_file_names_its_bank_and_its_question(bank: Path) -> None:
    told = run("check", str(question_file(bank)), "--seeds", "2", "--json")

    (question,) = json.loads(told.stdout)["questions"]
    assert question["id"] == PRODUCT
    assert Path(question["path"]).is_relative_to(bank)


def test_a_fault_is_told_with_its_place_and_exit_code_1(bank: Path) -> None:
    path = question_file(bank)
    path.write_text(path.read_text("utf-8").replace("\nseconds", "\nsecond"), "utf-8")

    told = run("check", str(path))

    assert told.exit_code == 1
    assert f"{path}:" in told.output
    assert "'second'" in told.output


def test_a_name_that_begins_no_question_is_an_error(bank: Path) -> None:
    told = run("check", "--bank", str(bank), "math.matrices.prodcut")

    assert told.exit_code == 1
    assert told.output == (
        "Error: There is no question named 'math.matrices.prodcut'. Did you mean 'math.matrices.product'?\n"
    )


def test_two_workers_report_what_one_does(bank: Path) -> None:
    reports = [
        json.loads(run("check", "--bank", str(bank), "--seeds", "2", "--json", "--workers", count).stdout)
        for count in ("1", "2")
    ]

    for report in reports:
        for question in report["questions"]:
            question.pop("milliseconds")
    assert reports[0] == reports[1]


def test_the_gallery_shows_samples_of_every_question(bank: Path, tmp_path: Path) -> None:
    told = run("check", "--bank", str(bank), "--seeds", "2", "--html", str(tmp_path / "gallery"))

    index = tmp_path / "gallery" / "index.html"
    page = (tmp_path / "gallery" / "skills" / "math.matrices.html").read_text("utf-8")
    HTMLParser().feed(page)
    assert f"Gallery: {index}" in told.stderr
    assert "Product of two matrices" in index.read_text("utf-8")
    assert page.count("Worked solution") == 3
    assert "<math" in page


def test_equal_seeds_show_the_same_and_others_do_not() -> None:
    first, again, other = (run("show", PRODUCT, "--seed", seed).output for seed in ("7", "7", "8"))

    assert first == again != other


def test_a_variant_shows_prompt_key_misconceptions_and_solution() -> None:
    told = run("show", PRODUCT, "--seed", "7").output

    for words in ("Key (answer):", "Misconceptions:", "Solution:"):
        assert words in told
    assert "$" not in told


def test_a_variant_as_json_has_its_exact_values() -> None:
    table = json.loads(run("show", PRODUCT, "--seed", "7", "--json").output)

    assert table["question_id"] == PRODUCT
    assert table["parts"][0]["answer"]["type"] == "matrix"


def test_a_variant_as_html_is_a_whole_page() -> None:
    page = run("show", PRODUCT, "--html").output

    assert page.startswith("<!doctype html>")
    assert "<math" in page


def test_a_misspelt_question_gets_the_nearest_offered() -> None:
    told = run("show", "math.matrices.prodcut")

    assert told.exit_code == 1
    assert "Did you mean 'math.matrices.product'?" in told.output
