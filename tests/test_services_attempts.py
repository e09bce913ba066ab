"""An attempt: nothing lost, nothing doubled, nothing put on another question."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from quizengine.errors import AttemptClosedError, BusyError, NotFoundError, RequestError, UnknownNameError
from quizengine.grading import notations
from quizengine.model.grade import Grade, Response, ResponseValue
from quizengine.services import attempts, diagnostic, learners, practice, reports
from quizengine.services.attempts import Standing
from quizengine.services.runtime import Runtime, is_id
from quizengine.services.verify import verify
from quizengine.store.rows import GradeRow, ResponseRow
from tests.factories import NOON, make_runtime

DONT_KNOW = Response(answers={}, dont_know=True)


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path)


@pytest.fixture
def learner(runtime: Runtime) -> str:
    return learners.new_guest(runtime, now=NOON).id


@pytest.fixture
def attempt(runtime: Runtime, learner: str) -> str:
    made = diagnostic.start(
        runtime, learner, role="ml-engineer", hours_a_week=6, ratings={"math": 1}, now=NOON
    )
    attempts.begin(runtime, learner, made, now=NOON)
    return made


def key_of(standing: Standing) -> Mapping[str, ResponseValue]:
    assert standing.variant is not None
    return {part.name: notations(part.answer)[0] for part in standing.variant.parts}


def answer_all(runtime: Runtime, learner: str, attempt: str) -> str:
    """Answer to the end: right, a misconception, "I don't know yet" in turn; return the report."""
    now = NOON
    while True:
        at = attempts.standing(runtime, learner, attempt)
        if at.slot_id is None or at.variant is None:
            assert at.report_id is not None
            return at.report_id
        now += timedelta(seconds=70)
        given = Response(answers=key_of(at))
        wrong = at.variant.misconceptions[0]
        if at.number % 3 == 1:
            given = DONT_KNOW
        elif at.number % 3 == 2 and wrong.query:
            given = Response(answers={at.variant.parts[0].name: wrong.query})
        elif at.number % 3 == 2 and None not in wrong.answers:
            pairs = zip(at.variant.parts, wrong.answers, strict=True)
            given = Response(answers={part.name: notations(answer)[0] for part, answer in pairs if answer})
        attempts.commit(runtime, learner, at.slot_id, given, now=now)


def test_a_diagnostic_runs_to_its_report_and_verifies(runtime: Runtime, learner: str, attempt: str) -> None:
    report = reports.read_report(runtime, learner, answer_all(runtime, learner, attempt))
    found = verify(runtime, attempt)

    assert 14 <= len(report.answers) <= 28
    assert report.misconceptions
    assert report.plan.steps
    assert len({answer.variant.question_id for answer in report.answers}) == len(report.answers)
    assert found.agrees, found.differences
    assert found.answers == len(report.answers)


def test_verify_tells_what_was_changed_behind_its_back(runtime: Runtime, learner: str, attempt: str) -> None:
    answer_all(runtime, learner, attempt)
    with runtime.transaction() as session:
        row = session.query(GradeRow).filter(GradeRow.verdict == "correct").first()
        assert row is not None
        row.verdict, row.score = "wrong", 0.0

    found = verify(runtime, attempt)

    assert any("verdict was 'wrong', is 'correct'" in difference for difference in found.differences)
    assert any("probability was" in difference for difference in found.differences)


def test_a_restart_in_the_middle_changes_nothing(
    tmp_path: Path, runtime: Runtime, learner: str, attempt: str
) -> None:
    before = attempts.standing(runtime, learner, attempt)
    assert before.slot_id is not None
    attempts.save_draft(runtime, learner, before.slot_id, key_of(before), seq=3, now=NOON)

    after = attempts.standing(make_runtime(tmp_path), learner, attempt)

    assert after.variant == before.variant
    assert after.slot_id == before.slot_id
    assert after.draft == key_of(before)


def test_the_same_click_twice_gets_the_same_outcome_and_one_response(
    runtime: Runtime, learner: str, attempt: str
) -> None:
    at = attempts.standing(runtime, learner, attempt)
    assert at.slot_id is not None

    outcomes = [attempts.commit(runtime, learner, at.slot_id, DONT_KNOW, now=NOON) for _ in range(3)]

    assert {outcome.kind for outcome in outcomes} == {"accepted"}
    with runtime.transaction() as session:
        assert session.query(ResponseRow).count() == 1
    assert attempts.standing(runtime, learner, attempt).number == 2


def test_a_tab_left_open_cannot_answer_another_question(runtime: Runtime, learner: str, attempt: str) -> None:
    first = attempts.standing(runtime, learner, attempt)
    assert first.slot_id is not None
    attempts.commit(runtime, learner, first.slot_id, DONT_KNOW, now=NOON)

    with pytest.raises(AttemptClosedError, match="has its answer already"):
        attempts.commit(runtime, learner, first.slot_id, Response(answers=key_of(first)), now=NOON)
    with pytest.raises(AttemptClosedError):
        attempts.save_draft(runtime, learner, first.slot_id, {}, seq=9, now=NOON)
    assert attempts.standing(runtime, learner, attempt).number == 2


def test_of_answers_that_race_one_counts_and_one_question_follows(
    runtime: Runtime, learner: str, attempt: str
) -> None:
    at = attempts.standing(runtime, learner, attempt)
    assert at.slot_id is not None
    slot_id, told = at.slot_id, []

    def click() -> None:
        told.append(attempts.commit(runtime, learner, slot_id, DONT_KNOW, now=NOON).kind)

    threads = [threading.Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert told == ["accepted"] * 6
    with runtime.transaction() as session:
        assert session.query(ResponseRow).count() == 1
    assert attempts.standing(runtime, learner, attempt).number == 2


def test_what_cannot_be_read_is_asked_again_and_kept(runtime: Runtime, learner: str, attempt: str) -> None:
    at = attempts.standing(runtime, learner, attempt)
    assert at.slot_id is not None
    garbage = Response(answers=dict.fromkeys(key_of(at), "\x00 nonsense ;;"))

    outcome = attempts.commit(runtime, learner, at.slot_id, garbage, now=NOON)
    after = attempts.standing(runtime, learner, attempt)

    assert outcome.kind == "unreadable"
    assert outcome.grade.feedback
    assert (after.slot_id, after.answered, after.unreadable) == (at.slot_id, 0, 1)
    assert after.draft == garbage.answers


def test_an_older_draft_never_replaces_a_newer_one(runtime: Runtime, learner: str, attempt: str) -> None:
    at = attempts.standing(runtime, learner, attempt)
    assert at.slot_id is not None
    name = next(iter(key_of(at)))

    assert attempts.save_draft(runtime, learner, at.slot_id, {name: "new"}, seq=5, now=NOON) == 5
    assert attempts.save_draft(runtime, learner, at.slot_id, {name: "old"}, seq=4, now=NOON) == 5

    assert attempts.standing(runtime, learner, attempt).draft == {name: "new"}


def test_another_persons_attempt_looks_like_none(runtime: Runtime, learner: str, attempt: str) -> None:
    stranger = learners.new_guest(runtime, now=NOON).id
    slot = attempts.standing(runtime, learner, attempt).slot_id
    assert slot is not None

    with pytest.raises(NotFoundError):
        attempts.standing(runtime, stranger, attempt)
    with pytest.raises(NotFoundError):
        attempts.commit(runtime, stranger, slot, DONT_KNOW, now=NOON)
    with pytest.raises(NotFoundError):
        attempts.save_draft(runtime, stranger, slot, {}, seq=1, now=NOON)


def test_an_answer_with_a_name_that_is_not_asked_is_refused(
    runtime: Runtime, learner: str, attempt: str
) -> None:
    at = attempts.standing(runtime, learner, attempt)
    assert at.slot_id is not None

    with pytest.raises(RequestError, match="no answer named other"):
        attempts.commit(runtime, learner, at.slot_id, Response(answers={"other": "1"}), now=NOON)


def test_starting_afresh_gives_the_open_diagnostic_up(runtime: Runtime, learner: str, attempt: str) -> None:
    again = diagnostic.start(runtime, learner, role="mlops-engineer", hours_a_week=3, ratings={}, now=NOON)

    assert attempts.standing(runtime, learner, attempt).state == "abandoned"
    assert attempts.open_attempt(runtime, learner) == again


@pytest.mark.parametrize(
    ("role", "hours", "ratings", "error", "message"),
    [
        ("ml-enginer", 6, {}, UnknownNameError, "ml-engineer"),
        ("ml-engineer", 0, {}, RequestError, "Hours a week"),
        ("ml-engineer", float("nan"), {}, RequestError, "Hours a week"),
        ("ml-engineer", 6, {"maths": 1}, RequestError, "Did you mean 'math'"),
        ("ml-engineer", 6, {"math": 7}, RequestError, "A rating is 0 to 4"),
    ],
)
def test_a_start_out_of_range_says_what_is_wrong(
    runtime: Runtime,
    learner: str,
    role: str,
    hours: float,
    ratings: dict[str, int],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        diagnostic.start(runtime, learner, role=role, hours_a_week=hours, ratings=ratings, now=NOON)


def test_ending_early_reports_what_was_answered(runtime: Runtime, learner: str, attempt: str) -> None:
    with pytest.raises(RequestError, match="Answer one question first"):
        attempts.finish(runtime, learner, attempt, now=NOON)
    slot = attempts.standing(runtime, learner, attempt).slot_id
    assert slot is not None
    attempts.commit(runtime, learner, slot, DONT_KNOW, now=NOON)

    report_id = attempts.finish(runtime, learner, attempt, now=NOON)
    again = attempts.finish(runtime, learner, attempt, now=NOON)

    assert report_id == again
    assert report_id is not None
    assert len(reports.read_report(runtime, learner, report_id).answers) == 1
    with pytest.raises(AttemptClosedError):
        attempts.save_draft(runtime, learner, slot, {}, seq=1, now=NOON)


def test_practice_grades_at_once_and_gives_fresh_variants(runtime: Runtime, learner: str) -> None:
    attempt = practice.start(runtime, learner, "math.matrices", now=NOON)
    seen = set()
    for _ in range(6):
        at = attempts.standing(runtime, learner, attempt)
        assert at.slot_id is not None
        assert at.variant is not None
        seen.add((at.variant.question_id, at.variant.identity))
        outcome = attempts.commit(runtime, learner, at.slot_id, Response(answers=key_of(at)), now=NOON)
        told = practice.feedback(runtime, learner, at.slot_id)
        assert (outcome.kind, told.answer.grade.verdict) == ("graded", "correct")
        practice.go_on(runtime, learner, attempt, like=at.slot_id, now=NOON)
        practice.go_on(runtime, learner, attempt, like=at.slot_id, now=NOON)

    assert len(seen) == 6


def test_two_misses_in_a_row_offer_a_prerequisite(runtime: Runtime, learner: str) -> None:
    attempt = practice.start(runtime, learner, "math.matrices", now=NOON)
    for _ in range(2):
        at = attempts.standing(runtime, learner, attempt)
        assert at.slot_id is not None
        attempts.commit(runtime, learner, at.slot_id, DONT_KNOW, now=NOON)
        told = practice.feedback(runtime, learner, at.slot_id)
        practice.go_on(runtime, learner, attempt, now=NOON)

    assert told.prerequisite is not None
    assert told.prerequisite.id == "math.vectors"


def test_a_diagnostic_tells_no_grade_before_its_end(runtime: Runtime, learner: str, attempt: str) -> None:
    slot = attempts.standing(runtime, learner, attempt).slot_id
    assert slot is not None
    attempts.commit(runtime, learner, slot, DONT_KNOW, now=NOON)

    with pytest.raises(NotFoundError):
        practice.feedback(runtime, learner, slot)


def test_the_resume_link_finds_the_learner_and_a_new_one_ends_it(runtime: Runtime) -> None:
    guest = learners.new_guest(runtime, now=NOON)

    assert learners.resume(runtime, guest.token) == guest.id
    token = learners.renew_link(runtime, guest.id)

    assert learners.resume(runtime, token) == guest.id
    with pytest.raises(NotFoundError):
        learners.resume(runtime, guest.token)


def test_ids_have_the_form_that_urls_allow(runtime: Runtime, learner: str, attempt: str) -> None:
    slot = attempts.standing(runtime, learner, attempt).slot_id

    assert is_id(learner)
    assert is_id(attempt)
    assert slot is not None
    assert is_id(slot)


def test_the_plan_keeps_what_a_person_sets(runtime: Runtime, learner: str, attempt: str) -> None:
    report_id = answer_all(runtime, learner, attempt)
    before = reports.read_report(runtime, learner, report_id)
    first = before.plan.steps[0].skill
    settings = reports.PlanSettings(
        hours_a_week=12, starts=NOON.date() + timedelta(days=7), postponed=(first,)
    )

    reports.change_plan(runtime, learner, report_id, settings, now=NOON)
    after = reports.read_report(runtime, learner, report_id)

    assert after.settings == settings
    assert after.plan.weeks_high < before.plan.weeks_high
    assert first not in {step.skill for step in after.plan.steps}
    with pytest.raises(RequestError):
        reports.change_plan(
            runtime, learner, report_id, reports.PlanSettings(hours_a_week=0, starts=NOON.date()), now=NOON
        )
    assert reports.read_report(runtime, learner, report_id).settings == settings


def test_an_answer_that_is_judged_while_the_attempt_ends_is_refused(
    runtime: Runtime, learner: str, attempt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = attempts.standing(runtime, learner, attempt).slot_id
    assert first is not None
    attempts.commit(runtime, learner, first, DONT_KNOW, now=NOON)
    at = attempts.standing(runtime, learner, attempt)
    assert at.slot_id is not None

    def slowly(*_: object) -> Grade:
        attempts.finish(runtime, learner, attempt, now=NOON)
        return Grade(verdict="correct", score=1.0)

    monkeypatch.setattr(attempts, "grade", slowly)
    with pytest.raises(AttemptClosedError, match="takes no answers now"):
        attempts.commit(runtime, learner, at.slot_id, Response(answers=key_of(at)), now=NOON)

    after = attempts.standing(runtime, learner, attempt)
    assert (after.state, after.answered) == ("submitted", 1)
    assert verify(runtime, attempt).agrees


def test_an_answer_that_nobody_was_free_to_judge_is_kept_and_may_be_sent_again(
    runtime: Runtime, learner: str, attempt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = attempts.standing(runtime, learner, attempt)
    assert at.slot_id is not None

    def nobody(*_: object) -> Grade:
        raise BusyError("Send it again.")

    with monkeypatch.context() as patched:
        patched.setattr(attempts, "grade", nobody)
        with pytest.raises(BusyError):
            attempts.commit(runtime, learner, at.slot_id, Response(answers=key_of(at)), now=NOON)

    after = attempts.standing(runtime, learner, attempt)
    assert (after.answered, after.unreadable, after.draft) == (0, 0, key_of(at))
    assert (
        attempts.commit(runtime, learner, at.slot_id, Response(answers=key_of(at)), now=NOON).kind
        == "accepted"
    )
