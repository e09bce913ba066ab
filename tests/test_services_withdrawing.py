"""A question is withdrawn: no form has it, no result rests on it, nothing is overwritten; and back again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from quizengine.cli import main
from quizengine.errors import ConflictError, NotFoundError, RequestError
from quizengine.services import attempts, recomputing, withdrawing
from quizengine.services.hiring import audit, decisions, exposure, profiles, results, screens, withdrawal
from quizengine.services.recomputing import Change, notices
from quizengine.services.runtime import Runtime
from quizengine.services.sealing import content_hash
from quizengine.services.verifying.files import verify_table
from quizengine.services.withdrawing import Withdrawing, restore, withdraw
from quizengine.store.rows import GradeRow, ResponseRow
from tests.factories import NOON, make_runtime
from tests.golden_results import (
    DETERMINANT,
    GOLDEN_BANK,
    Place,
    answer_by,
    exported,
    golden_bank,
    sit_golden,
)
from tests.hiring import make_owner, make_screen
from tests.hiring_sittings import Sat, begin, two_skill_bank

LATER = NOON + timedelta(days=3)
WHY = "Its text misleads."


@pytest.fixture(scope="module")
def sat(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The place that each test has a copy of."""
    folder = tmp_path_factory.mktemp("sat")
    runtime = make_runtime(folder, golden_bank())
    owner = make_owner(runtime)
    screen, (able, other) = sit_golden(runtime, owner)
    return Place(folder, runtime, owner, screen, able, other)


@pytest.fixture
def place(sat: Place, tmp_path: Path) -> Place:
    return sat.copied(tmp_path)


def take(place: Place, *, apply: bool = True, question: str = DETERMINANT) -> Withdrawing:
    return withdraw(place.runtime, question, reason=WHY, apply=apply, now=LATER)


def given(place: Place) -> list[tuple[int, str]]:
    """All answers and grades, as they are stored."""
    with place.runtime.transaction.reading() as session:
        rows = session.scalars(select(ResponseRow).order_by(ResponseRow.id)).all()
        graded = session.scalars(select(GradeRow).order_by(GradeRow.id)).all()
        return [*((row.id, str(row.answers)) for row in rows), *((row.id, row.verdict) for row in graded)]


def test_a_dry_run_says_what_moves_and_changes_nothing(place: Place) -> None:
    before = results.read(place.runtime, place.owner, place.able.result)

    found = take(place, apply=False)

    moved = {one.who: one for one in found.changes}
    assert len(moved) == 2
    assert moved[before.code].before["p_meets"] == round(before.p_meets, 4)
    assert moved[before.code].after["p_meets"] < moved[before.code].before["p_meets"]  # it was right
    assert results.read(place.runtime, place.owner, place.able.result) == before
    assert not audit.entries(place.runtime, place.owner)[0][0].act.startswith("question.")


def test_applied_it_counts_no_more_and_everybody_is_told(place: Place) -> None:
    runtime, owner, able = place.runtime, place.owner, place.able
    before, rows = results.read(runtime, owner, able.result), given(place)

    found = take(place)

    after = results.read(runtime, owner, able.result)
    assert after.answers == before.answers - 1
    assert after.p_meets < before.p_meets
    assert given(place) == rows
    [notice] = notices(runtime, able.attempt)
    assert (notice.kind, notice.question_id) == ("withdrawn", DETERMINANT)
    assert notice.after["p_meets"] == round(after.p_meets, 4)
    told = withdrawal.of_result(runtime, owner, after)
    assert told is not None
    assert (told.count, told.at, round(told.p_before, 9)) == (1, LATER, round(before.p_meets, 9))
    [decision] = decisions.decisions_on(runtime, owner, after)
    assert not decision.is_on_this
    entries, fault = audit.entries(runtime, owner)
    assert fault is None
    assert {one.data["code"] for one in entries if one.act == "withdrawn"} == {
        one.who for one in found.changes
    }
    assert next(one for one in entries if one.act == "question.withdrawn").note == WHY
    with pytest.raises(ConflictError, match="withdrawn already"):
        take(place)


def test_undone_all_is_as_it_was_and_both_notices_stay(place: Place) -> None:
    runtime, owner, able = place.runtime, place.owner, place.able
    before = results.read(runtime, owner, able.result)
    take(place)

    restore(runtime, DETERMINANT, reason="It was right after all.", apply=True, now=LATER + timedelta(days=1))

    after = results.read(runtime, owner, able.result)
    assert after == before
    assert [one.kind for one in notices(runtime, able.attempt)] == ["restored", "withdrawn"]
    assert decisions.decisions_on(runtime, owner, after)[0].is_on_this
    with pytest.raises(NotFoundError, match="withdrawn"):
        restore(runtime, DETERMINANT, reason=WHY, apply=True, now=LATER)


def broken_off(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Begin something that is ended from outside after the first answer."""
    settled: list[Change] = []

    def settle(*given: Any, **named: Any) -> Change:
        if settled:
            raise KeyboardInterrupt
        settled.append(recomputing.settle(*given, **named))
        return settled[-1]

    with monkeypatch.context() as patch:
        patch.setattr(withdrawing, "settle", settle)
        with pytest.raises(KeyboardInterrupt):
            act()


def test_what_was_broken_off_goes_on_and_is_told_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, owner = place.runtime, place.owner
    both = (place.able.result, place.other.result)
    before = [results.read(runtime, owner, one) for one in both]
    again = partial(restore, runtime, DETERMINANT, reason=WHY, apply=True, now=LATER)

    broken_off(monkeypatch, lambda: take(place))
    assert len(take(place).changes) == 1
    without = [results.read(runtime, owner, one) for one in both]
    broken_off(monkeypatch, again)
    assert len(again().changes) == 1

    assert [one.answers for one in without] == [one.answers - 1 for one in before]
    assert [results.read(runtime, owner, one) for one in both] == before
    acts = [one.act for one in audit.entries(runtime, owner)[0] if one.act.startswith("question.")]
    assert acts == ["question.restored", "question.withdrawn"]


def outcomes(table: dict[str, object]) -> dict[str, str]:
    return {step.name: step.outcome for step in verify_table(table, golden_bank()).steps}


@pytest.mark.parametrize("undone", [False, True])
def test_the_export_says_so_and_verifies_with_the_decision_from_before(place: Place, undone: bool) -> None:
    take(place)
    if undone:
        restore(place.runtime, DETERMINANT, reason=WHY, apply=True, now=LATER + timedelta(days=1))
    table = exported(place.runtime, place.owner, place.screen)

    assert set(outcomes(table).values()) == {"pass"}
    answer = next(
        one for each in table["attempts"] for one in each["answers"] if one["withdrawn"]
    )  # fmt: skip
    assert (answer["withdrawn"][0]["until"] is not None) is undone

    # Who forges a file makes its hash anew; the chain still tells.
    answer["withdrawn"] = []
    table["content_hash"] = content_hash(table)
    failed = {name for name, outcome in outcomes(table).items() if outcome == "fail"}
    assert "chains" in failed
    assert ("estimate" in failed) is not undone


def test_no_new_form_has_it_and_who_has_it_answers_for_nothing(tmp_path: Path) -> None:
    runtime = make_runtime(tmp_path, two_skill_bank(24))
    owner = make_owner(runtime)
    screen = make_screen(runtime, owner)
    going_on = begin(runtime, owner, screen, "Ann Lee")
    question = str(attempts.standing(runtime, going_on.learner, going_on.attempt).variant.question_id)  # type: ignore[union-attr]

    found = withdraw(runtime, question, reason=WHY, apply=True, now=NOON)

    assert (found.changes, found.going_on, found.short) == ((), 0, ())
    profile = profiles.read(runtime, owner, screens.read(runtime, owner, screen).profile.id)
    forms = [
        exposure.form_for(
            runtime,
            profile,
            screen_id=screen,
            organisation_id=owner.organisation_id,
            learner_ids=[],
            seed=seed,
        )
        for seed in range(8)
    ]
    assert question in profile.pool
    assert all(question not in form for form in forms)
    answer_by_sevens(runtime, going_on)
    told = results.read(runtime, owner, going_on.result)
    assert told.answers == told.asked - 1
    listed = exposure.table(runtime, owner).questions
    assert [one.question for one in listed if one.is_withdrawn] == [question]
    table = exported(runtime, owner, screen)
    assert "fail" not in {step.outcome for step in verify_table(table, None).steps}
    assert [len(one["withdrawn"]) for one in table["attempts"][0]["answers"]].count(1) == 1
    assert notices(runtime, going_on.attempt) == []


def answer_by_sevens(runtime: Runtime, sat: Sat) -> None:
    answer_by(runtime, sat, right="math.vectors math.matrices")


def test_screens_that_cannot_do_without_it_are_named(place: Place) -> None:
    assert take(place, apply=False).short == ("ML engineer, Berlin",)


def test_a_reason_is_needed_and_an_unknown_question_is_offered_the_nearest(place: Place) -> None:
    with pytest.raises(NotFoundError, match="determinant-2x2"):
        take(place, question="math.matrices.determinant-2x3")
    with pytest.raises(RequestError, match="Say why"):
        withdraw(place.runtime, DETERMINANT, reason=" ", apply=False, now=LATER)


def test_the_command_lists_what_moves_does_it_and_undoes_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUIZENGINE_BANK", str(GOLDEN_BANK))
    words = ["screen", "withdraw-question", DETERMINANT, "--reason", WHY, "--data", str(place.folder)]

    dry = CliRunner().invoke(main, words)
    done = json.loads(CliRunner().invoke(main, [*words, "--apply", "--json"]).output)
    back = CliRunner().invoke(main, [*words, "--undo", "--apply"])

    assert "2 results rest on it" in dry.output
    assert "add --apply" in dry.output
    assert len(done["results"]) == 2
    assert done["results"][0]["p_meets"][0] != done["results"][0]["p_meets"][1]
    assert "counts and is asked again" in back.output
