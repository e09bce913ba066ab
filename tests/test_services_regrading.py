"""A wrong key is put right: answers are judged again, nothing is overwritten, everybody is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from quizengine.cli import main
from quizengine.errors import NotFoundError
from quizengine.model.grade import Response
from quizengine.services import attempts, diagnostic, learners
from quizengine.services.hiring import audit, decisions, results
from quizengine.services.recomputing import notices
from quizengine.services.regrading import corrected, regrade
from quizengine.services.runtime import Runtime
from quizengine.services.verify import verify
from quizengine.services.verifying.files import verify_table
from quizengine.store.rows import GradeRow
from tests.factories import NOON, make_runtime
from tests.golden_results import (
    DETERMINANT,
    GOLDEN_BANK,
    Place,
    bank_with_a_wrong_key,
    exported,
    golden_bank,
    sit_golden,
)
from tests.hiring import make_owner

LATER = NOON + timedelta(days=3)


@pytest.fixture(scope="module")
def sat(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The place that each test has a copy of."""
    folder = tmp_path_factory.mktemp("sat")
    before = make_runtime(folder, bank_with_a_wrong_key(folder / "bank"))
    owner = make_owner(before)
    screen, (able, other) = sit_golden(before, owner)
    return Place(folder, before, owner, screen, able, other)


@pytest.fixture
def place(sat: Place, tmp_path: Path) -> Place:
    return sat.copied(tmp_path)


def grades(runtime: Runtime) -> list[tuple[int, str]]:
    with runtime.transaction.reading() as session:
        return [(row.id, row.verdict) for row in session.scalars(select(GradeRow).order_by(GradeRow.id))]


def test_a_dry_run_says_who_changes_and_changes_nothing(place: Place) -> None:
    before, rows = results.read(place.runtime, place.owner, place.able.result), grades(place.runtime)

    found = regrade(place.runtime, DETERMINANT, apply=False, now=LATER)

    [change] = found.changes
    assert found.answers == 2
    assert change.who == before.code
    assert change.verdicts == ("wrong", "correct")
    assert change.after["p_meets"] > change.before["p_meets"] == round(before.p_meets, 4)
    assert grades(place.runtime) == rows
    assert results.read(place.runtime, place.owner, place.able.result) == before


def test_an_applied_one_adds_to_what_was_told_and_says_so_everywhere(place: Place) -> None:
    runtime, owner, able = place.runtime, place.owner, place.able
    before, rows = results.read(runtime, owner, able.result), grades(runtime)
    other = results.read(runtime, owner, place.other.result)
    results.of_screen(runtime, owner, place.screen)

    [change] = regrade(runtime, DETERMINANT, apply=True, now=LATER).changes

    after = results.read(runtime, owner, able.result)
    assert after.p_meets > before.p_meets
    assert results.read(runtime, owner, place.other.result) == other
    # Nor does a list say what was computed for it before.
    assert {one.id: one for one in results.of_screen(runtime, owner, place.screen)} == {
        one.id: one for one in (after, other)
    }
    assert grades(runtime)[: len(rows)] == rows
    assert [verdict for _, verdict in grades(runtime)[len(rows) :]] == ["correct"]
    [notice] = notices(runtime, able.attempt)
    assert (notice.before["p_meets"], notice.after["p_meets"]) == (
        round(before.p_meets, 4), round(after.p_meets, 4),
    )  # fmt: skip
    entries, fault = audit.entries(runtime, owner)
    assert (entries[0].act, entries[0].data["code"], fault) == ("regraded", change.who, None)
    [decision] = decisions.decisions_on(runtime, owner, after)
    assert not decision.is_on_this
    assert decision.p_meets == f"{before.p_meets:.4f}"


def test_what_was_judged_again_verifies_with_the_decision_on_the_evidence_before(place: Place) -> None:
    regrade(place.runtime, DETERMINANT, apply=True, now=LATER)
    table = exported(place.runtime, place.owner, place.screen)

    found = verify_table(table, golden_bank())

    outcomes = {step.name: step.outcome for step in found.steps}
    assert outcomes.pop("variants") == "skipped"  # they were made by the bank with the wrong key
    assert set(outcomes.values()) == {"pass"}, [str(d) for step in found.steps for d in step.differences]
    sat = next(one for one in table["attempts"] if one["recomputed"])
    sat["answers"] = [{**one, "grades": one["grades"][:1]} for one in sat["answers"]]
    assert "chains" in {step.name for step in verify_table(table, None).steps if step.outcome == "fail"}


def test_judging_twice_changes_nothing_more(place: Place) -> None:
    regrade(place.runtime, DETERMINANT, apply=True, now=LATER)
    rows = grades(place.runtime)

    assert regrade(place.runtime, DETERMINANT, apply=True, now=LATER).changes == ()
    assert grades(place.runtime) == rows


def test_a_question_that_asks_something_else_now_is_judged_as_it_was_shown() -> None:
    bank = golden_bank()
    shown = bank[DETERMINANT].variant(3)

    assert corrected(bank, shown) == shown
    assert corrected(bank, replace(shown, prompt="What is its trace?")).prompt == "What is its trace?"
    assert corrected(bank, replace(shown, values={**shown.values, "a": "99"})).values["a"] == "99"


def test_a_learners_report_still_agrees_with_what_is_told_of_it(tmp_path: Path) -> None:
    runtime = make_runtime(tmp_path, bank_with_a_wrong_key(tmp_path / "bank"))
    learner = learners.new_guest(runtime, now=NOON).id
    attempt = diagnostic.start(runtime, learner, role="ml-engineer", hours_a_week=6, ratings={}, now=NOON)
    attempts.begin(runtime, learner, attempt, now=NOON)
    while (standing := attempts.standing(runtime, learner, attempt)).slot_id and standing.variant:
        given = Response(answers={}, dont_know=True)
        if standing.variant.question_id == DETERMINANT:
            a, b, c, d = (int(standing.variant.values[name]) for name in "abcd")
            given = Response(answers={"answer": str(a * d - b * c)})
        attempts.commit(runtime, learner, standing.slot_id, given, now=NOON)
    runtime = replace(runtime, bank=golden_bank())
    assert verify(runtime, attempt).agrees

    [change] = regrade(runtime, DETERMINANT, apply=True, now=LATER).changes

    assert change.who == attempt
    assert verify(runtime, attempt).agrees


def test_the_command_lists_changes_and_applies_them_on_demand(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUIZENGINE_BANK", str(GOLDEN_BANK))
    words = ["regrade", "--question", DETERMINANT, "--data", str(place.folder)]

    dry = CliRunner().invoke(main, words)
    done = json.loads(CliRunner().invoke(main, [*words, "--apply", "--json"]).output)
    again = CliRunner().invoke(main, words)

    assert "2 answers judged again, 1 change" in dry.output
    assert "wrong -> correct" in dry.output
    assert "add --apply" in dry.output
    assert done["changes"][0]["p_meets"][0] < done["changes"][0]["p_meets"][1]
    assert "0 change" in again.output


def test_a_question_that_nobody_knows_is_named(place: Place) -> None:
    with pytest.raises(NotFoundError, match=r"math\.nothing"):
        regrade(place.runtime, "math.nothing", apply=False, now=LATER)
