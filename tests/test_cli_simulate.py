"""``quizengine simulate`` on the bank that ships."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from quizengine.cli import main
from quizengine.psychometrics.simulation import Scheme
from quizengine.roadmap.graph import role
from quizengine.services.simulating import Trial, simulate_bank
from tests.factories import shipped_bank

ITEMS = 25


@pytest.fixture(scope="module")
def trial() -> Trial:
    """What a few people come to; docs/psychometrics.md has the figures of thousands."""
    bank = shipped_bank()
    wanted = role(bank.roadmap, "ml-engineer")
    schemes: tuple[Scheme, ...] = ("risk", "random", "majority")
    return simulate_bank(bank, wanted, persons=250, seed=20, items=ITEMS, schemes=schemes)


@pytest.mark.slow
def test_25_chosen_questions_are_not_worse_than_25_random_ones(trial: Trial) -> None:
    (against_random,) = (one for one in trial.comparisons if one.other == "random")

    # So few people cannot show the gain of half a point; they would show a loss of one.
    assert against_random.difference > -2 * against_random.standard_error
    assert trial.row("risk").balanced > trial.row("random").balanced - 0.01


@pytest.mark.slow
def test_claimed_probabilities_are_right_within_3_points(trial: Trial) -> None:
    assert abs(trial.claim_error) <= 0.03
    assert trial.row("risk").calibration_error <= 0.03


@pytest.mark.slow
def test_the_answers_tell_more_than_what_is_so_for_most_people(trial: Trial) -> None:
    assert trial.row("risk").right > trial.row("majority").right
    assert trial.row("risk").balanced > trial.row("majority").balanced


def figures(*words: str) -> dict[str, Any]:
    """Return what the command prints as JSON, without the time it took."""
    told = CliRunner().invoke(main, ["simulate", "--persons", "40", "--items", "5", "--json", *words])
    table: dict[str, Any] = json.loads(told.stdout)
    table.pop("milliseconds")
    return table


def test_equal_seeds_give_equal_figures_however_many_workers() -> None:
    assert figures("--seed", "3") == figures("--seed", "3", "--workers", "2")
    assert figures("--seed", "3") != figures("--seed", "4")


def test_the_table_names_every_way_that_was_tried() -> None:
    told = CliRunner().invoke(main, ["simulate", "--persons", "20", "--items", "5"]).output

    for words in (
        "adaptive",
        "random, same posterior",
        "one form, same posterior",
        "majority",
        "claimed - right",
    ):
        assert words in told


def test_worlds_rules_and_seeds_can_be_chosen() -> None:
    words = ("--world", "cold", "--world", "slopes", "--rules", "mi,info", "--seeds", "2")
    told = CliRunner().invoke(main, ["simulate", "--persons", "8", "--items", "4", "--json", *words])

    found = json.loads(told.stdout)
    assert [trial["world"] for trial in found] == ["cold", "slopes"]
    assert {row["scheme"] for row in found[0]["rows"]} == {"mi", "info"}
    assert [len(one["by_seed"]) for one in found[0]["comparisons"]] == [2]
    assert found[0]["persons"] == 16
    assert [row["items"] for row in found[0]["ways"][0]["curve"]] == [1, 2, 3, 4]


def test_a_folder_gets_a_report_to_look_at(tmp_path: Path) -> None:
    words = ("--world", "careless", "--persons", "8", "--items", "4", "--out", str(tmp_path / "trial"))
    told = CliRunner().invoke(main, ["simulate", *words])

    assert "Wrote" in told.output
    assert "Careless and guessing people" in (tmp_path / "trial" / "report.html").read_text()
    assert len(list((tmp_path / "trial").glob("*.png"))) == 4


@pytest.mark.slow
def test_exposure_can_be_held_and_the_report_says_to_what(tmp_path: Path) -> None:
    words = ("--world", "matched", "--rules", "risk", "--persons", "60", "--items", "2", "--exposure", "0.3")
    told = CliRunner().invoke(main, ["simulate", *words, "--json", "--out", str(tmp_path)])

    trial = json.loads(told.stdout)
    free, held = trial["ways"]
    assert [free["scheme"], held["scheme"]] == ["risk", "held"]
    assert trial["held"]["wanted"] == 0.3
    # Of 480 rates of 60 people each, the largest lies some standard errors above the wanted one.
    assert held["exposure"][0] == trial["held"]["reached"] < 0.3 + 4 * (0.3 * 0.7 / 60) ** 0.5
    assert held["exposure"][0] < free["exposure"][0]
    assert "when exposure is held to 30 %" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--rules", "random", "--exposure", "0.2"), "Exposure is held of a rule that chooses"),
        (("--exposure", "0.01", "--items", "25"), "items cannot fill 25 places with rates of at most 0.01"),
    ],
)
def test_exposure_that_cannot_be_held_is_refused(words: tuple[str, ...], message: str) -> None:
    told = CliRunner().invoke(main, ["simulate", "--world", "matched", *words])

    assert told.exit_code == 1
    assert message in told.output


@pytest.mark.parametrize(
    ("rules", "message"),
    [("risk,luck", "there is no rule 'luck'; there are risk,"), ("risk,risk", "a rule is named twice")],
)
def test_rules_that_there_are_not_are_refused(rules: str, message: str) -> None:
    told = CliRunner().invoke(main, ["simulate", "--rules", rules])

    assert told.exit_code == 2
    assert message in told.output


def test_a_misspelt_role_gets_the_nearest_offered() -> None:
    told = CliRunner().invoke(main, ["simulate", "--role", "ml-enginer"])

    assert told.exit_code == 1
    assert "Did you mean 'ml-engineer'?" in told.output
