"""What comes next is drawn while the learner reads, and is what would have been drawn without that."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from quizengine.bank import load_bank
from quizengine.grading import notations
from quizengine.model.answers import SqlAnswer
from quizengine.model.grade import Response
from quizengine.resources import resource
from quizengine.services import attempts, diagnostic, foreseeing, learners, practice
from quizengine.services.attempt.drawing import fresh_variant
from quizengine.services.foreseeing import ANSWERS, Foresight, draw_ahead, likely_next, prepare_grading
from quizengine.services.runtime import Runtime
from quizengine.sqljudge import panels, reference
from quizengine.sqljudge.panel_cache import forget_panels
from tests.factories import NOON, make_runtime
from tests.hiring import make_owner, make_screen, runtime_of
from tests.hiring_sittings import answer, begin, two_skill_bank
from tests.web_questions import make_app

SKILL = "de.sql-joins"


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    # The bank that ships, because it asks for queries.
    made = make_runtime(tmp_path_factory.mktemp("foreseeing"))
    bank = load_bank(resource("question_banks") / "backend_to_ml")
    return Runtime(bank, made.transaction, made.variants_key)


@pytest.fixture
def learner(runtime: Runtime) -> str:
    return learners.new_guest(runtime, now=NOON).id


def refuse(*_: object) -> None:
    raise AssertionError("databases are made while somebody waits")


def test_the_next_question_of_a_practice_waits_for_no_databases(
    runtime: Runtime, learner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = practice.start(runtime, learner, SKILL, now=NOON)
    forget_panels()
    ahead = draw_ahead(runtime, learner, attempt)
    at = attempts.standing(runtime, learner, attempt)
    assert at.slot_id is not None
    attempts.commit(runtime, learner, at.slot_id, Response(answers={}, dont_know=True), now=NOON)

    monkeypatch.setattr(panels, "_Draft", refuse)
    practice.go_on(runtime, learner, attempt, now=NOON)

    after = attempts.standing(runtime, learner, attempt).variant
    assert after is not None
    assert ahead == (after.question_id,)
    assert isinstance(after.parts[0].answer, SqlAnswer)


def test_a_variant_drawn_ahead_is_the_one_drawn_on_demand(runtime: Runtime, learner: str) -> None:
    attempt = practice.start(runtime, learner, SKILL, now=NOON)
    number, (likely,) = likely_next(runtime, learner, attempt)
    forget_panels()
    ahead = fresh_variant(runtime, learner, attempt, number, likely)
    forget_panels()

    assert fresh_variant(runtime, learner, attempt, number, likely) == ahead


@pytest.mark.parametrize("is_right", [True, False])
def test_a_diagnostic_foresees_what_follows_either_answer(
    runtime: Runtime, learner: str, is_right: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A misconception would count as well; which one a learner has cannot be foreseen.
    monkeypatch.setattr(attempts, "grade", lambda *_: ANSWERS[0 if is_right else 1])
    attempt = diagnostic.start(runtime, learner, role="ml-engineer", hours_a_week=6, ratings={}, now=NOON)
    attempts.begin(runtime, learner, attempt, now=NOON)
    number, likely = likely_next(runtime, learner, attempt)
    at = attempts.standing(runtime, learner, attempt)
    assert at.variant is not None
    assert at.slot_id is not None

    typed = {part.name: notations(part.answer)[0] for part in at.variant.parts}
    given = Response(answers=typed, milliseconds=9_000)
    attempts.commit(runtime, learner, at.slot_id, given, now=NOON)

    after = attempts.standing(runtime, learner, attempt)
    assert after.variant is not None
    assert (number, True) == (after.number, after.variant.question_id in likely)


def test_in_a_test_for_a_role_the_next_question_of_the_form_is_foreseen(tmp_path: Path) -> None:
    runtime = runtime_of(make_app(tmp_path, bank_=two_skill_bank()))
    owner = make_owner(runtime)
    sat = begin(runtime, owner, make_screen(runtime, owner))
    number, likely = likely_next(runtime, sat.learner, sat.attempt)

    answer(runtime, sat, "r")

    after = attempts.standing(runtime, sat.learner, sat.attempt)
    assert after.variant
    assert (number, likely) == (2, (after.variant.question_id,))


def test_an_answer_waits_for_no_reference(
    runtime: Runtime, learner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = practice.start(runtime, learner, SKILL, question_id="de.sql-joins.anti-join", now=NOON)
    reference.forget()
    prepare_grading(runtime, learner, attempt)
    at = attempts.standing(runtime, learner, attempt)
    assert at.slot_id is not None

    monkeypatch.setattr(reference, "_work_out", refuse)
    given = Response(answers={"answer": "SELECT 1"})

    assert attempts.commit(runtime, learner, at.slot_id, given, now=NOON).grade.verdict in (
        "wrong",
        "partial",
    )


def test_nothing_is_foreseen_for_an_attempt_that_is_over(runtime: Runtime, learner: str) -> None:
    attempt = practice.start(runtime, learner, SKILL, now=NOON)
    attempts.finish(runtime, learner, attempt, now=NOON)

    assert draw_ahead(runtime, learner, attempt) == ()


def test_looking_ahead_returns_at_once_and_a_fault_stops_nothing(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, go = list[str](), threading.Event()

    def draw(_: Runtime, __: str, attempt_id: str) -> None:
        go.wait(30)
        looked.append(attempt_id)
        raise RuntimeError(attempt_id)

    monkeypatch.setattr(foreseeing, "prepare_grading", lambda *_: None)
    monkeypatch.setattr(foreseeing, "draw_ahead", draw)
    foresight = Foresight(runtime)

    for number in range(9):
        foresight.look("learner", f"attempt {number}")
    go.set()
    foresight.close()

    assert looked[0] == "attempt 0"
    assert len(looked) <= foreseeing.MAX_WAITING
