"""``quizengine calibrate --db``: the answers of the database, and the guesses of the bank."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from quizengine.bank import load_bank
from quizengine.cli import main
from quizengine.psychometrics import success_chance
from quizengine.services.calibration.stored import read_stored
from quizengine.services.runtime import Runtime
from quizengine.store.rows import AttemptRow, GradeRow, LearnerRow, ResponseRow, RoadmapRow, SlotRow
from tests.factories import BANK, NOON, make_runtime, shipped_bank

QUESTIONS = sorted(shipped_bank().questions)[:8]
TRUTH = np.linspace(-1.4, 1.4, len(QUESTIONS))


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("QUIZENGINE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    """A database in which one learner and a roadmap stand."""
    made = make_runtime(tmp_path)
    with made.transaction() as session:
        session.add(LearnerRow(id="someone", created_at=NOON, resume_hash="x"))
        session.add(RoadmapRow(digest="r", content={}))
    return made


def sitting(attempt: str, scores: dict[str, float], *, kind: str = "diagnostic") -> AttemptRow:
    """Return an attempt with the answers to some questions."""
    slots = [
        SlotRow(
            id=f"{attempt}-{number}", number=number, question_id=name, identity="", variant={}, shown_at=NOON,
            committed_at=NOON, response=_response(score),
        )
        for number, (name, score) in enumerate(scores.items(), 1)
    ]  # fmt: skip
    return AttemptRow(
        id=attempt, learner_id="someone", kind=kind, state="submitted", role="ml-engineer",
        roadmap_digest="r", bank_digest="", engine_version="", seed=1, created_at=NOON, slots=slots,
    )  # fmt: skip


def _response(score: float) -> ResponseRow:
    verdict = {0.0: "wrong", 1.0: "correct"}.get(score, "partial")
    return ResponseRow(
        answers={}, dont_know=False, decimal="point", milliseconds=1000, given_at=NOON,
        grades=[_grade(verdict, score)],
    )  # fmt: skip


def _grade(verdict: str, score: float) -> GradeRow:
    return GradeRow(
        verdict=verdict, score=score, rule="", read_as="", feedback="", hint="", engine_version="",
        graded_at=NOON + timedelta(minutes=1),
    )  # fmt: skip


def answered_by(people: int) -> list[AttemptRow]:
    """Return sittings of people who follow the model, somewhat abler than the bank's authors think."""
    rng = np.random.default_rng(4)
    theta = rng.normal(0.5, 1.0, people)
    chances = success_chance(theta[:, None], 1.1, TRUTH, 0.02, 0.98)
    right = rng.random(chances.shape) < chances
    return [sitting(f"a{i}", dict(zip(QUESTIONS, map(float, right[i]), strict=True))) for i in range(people)]


def calibrate(folder: Path, *words: str) -> Result:
    data = ["--db", "--data", str(folder), "--bank", str(BANK), "--out", str(folder / "out")]
    return CliRunner().invoke(main, ["calibrate", *data, *words])


def test_the_last_grade_of_a_diagnostic_counts_and_practice_does_not(
    runtime: Runtime, tmp_path: Path
) -> None:
    one, two = QUESTIONS[:2]
    with runtime.transaction() as session:
        session.add(sitting("first", {one: 1.0, two: 0.5}))
        session.add(sitting("second", {one: 0.0}))
        session.add(sitting("practice", {one: 1.0}, kind="practice"))
        session.flush()
        regraded = session.query(ResponseRow).filter(ResponseRow.slot_id == "second-1").one()
        regraded.grades.append(_grade("correct", 1.0))
        undecided = session.query(ResponseRow).filter(ResponseRow.slot_id == "first-2").one()
        undecided.grades.append(_grade("undecided", 0.0))

    collected = read_stored(runtime.transaction, tmp_path)

    assert collected.items == (one,)
    assert collected.responses.persons == 2
    assert collected.responses.total.tolist() == [2.0]


def test_difficulties_come_from_answers_on_the_scale_of_the_bank(runtime: Runtime, tmp_path: Path) -> None:
    with runtime.transaction() as session:
        session.add_all(answered_by(400))

    told = calibrate(tmp_path, "--json")

    outcome: dict[str, Any] = json.loads(told.stdout)
    found = {item["item"]: item["b"] for item in outcome["items"]}
    guesses = {name: shipped_bank()[name].question.difficulty for name in QUESTIONS}
    shift = np.mean(list(guesses.values())) - TRUTH.mean()
    np.testing.assert_allclose([found[name] for name in QUESTIONS], TRUTH + shift, atol=0.6)
    assert np.corrcoef([found[name] for name in QUESTIONS], TRUTH)[0, 1] > 0.97


def test_the_bank_takes_what_was_written(runtime: Runtime, tmp_path: Path) -> None:
    with runtime.transaction() as session:
        session.add_all(answered_by(200))
    bank = tmp_path / "bank"
    bank.mkdir()
    for entry in BANK.iterdir():
        (bank / entry.name).symlink_to(entry)

    told = calibrate(tmp_path, "--out", str(bank / "calibration"))
    measured = load_bank(bank, only=[QUESTIONS[0]])[QUESTIONS[0]].question.measured

    assert told.exit_code == 0, told.output
    assert measured
    assert measured.b != shipped_bank()[QUESTIONS[0]].question.difficulty


def test_a_database_without_answers_says_so(runtime: Runtime, tmp_path: Path) -> None:
    told = calibrate(tmp_path)

    assert told.exit_code == 1
    assert "no answers of a diagnostic yet" in told.output
