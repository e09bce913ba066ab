"""Kept sheets: found by their code, printed again as they were, marked into the learner's report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import quizengine
from quizengine.errors import NotFoundError, RequestError
from quizengine.grading import grade, notations
from quizengine.model.grade import Response
from quizengine.model.sheet import PrintKind, Sheet
from quizengine.model.variant import Variant
from quizengine.services import attempts, diagnostic, learners, printing
from quizengine.services.attempts import DONT_KNOW
from quizengine.services.codes import SheetCodeError
from quizengine.services.history import keep_roadmap
from quizengine.services.marking import read_marks
from quizengine.services.reports import Report, newest_report, read_report
from quizengine.services.runtime import Runtime, new_id
from quizengine.services.sheet_marks import Entry, Outcome, enter, entries_of_rows
from quizengine.services.sheet_wish import SheetError
from quizengine.services.sheets import SheetWish, make_sheets, plan_sheets
from quizengine.services.verify import verify
from quizengine.store import attempts as store
from quizengine.store.rows import AttemptRow, SheetMarkRow
from tests.factories import NOON, make_runtime

WISH = SheetWish(skills=("math.matrices", "math.bayes"), questions=6, seed=5)


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path)


@pytest.fixture
def learner(runtime: Runtime) -> str:
    return learners.new_guest(runtime, now=NOON).id


def printer(sheet: Sheet) -> Mapping[PrintKind, bytes]:
    return {"sheet": f"sheet {sheet.code}".encode(), "key": f"key {sheet.code}".encode()}


def make(runtime: Runtime, learner: str | None, wish: SheetWish = WISH, now: datetime = NOON) -> list[str]:
    """Print a run; return its codes."""
    run = printing.begin_run(runtime, learner, wish, plan_sheets(runtime.bank, wish), now=now)
    assert printing.work_on(runtime, run, printer, lambda: now)
    return [copy.code for copy in printing.read_run(runtime, learner, run, now=now).copies]


def hours(count: float) -> datetime:
    return NOON + timedelta(hours=count)


def right(variant: Variant) -> Response:
    return Response(answers={part.name: notations(part.answer)[0] for part in variant.parts})


def test_a_kept_sheet_is_the_one_that_was_made(runtime: Runtime, learner: str) -> None:
    wish = replace(WISH, skills=("de.sql-joins", "math.bayes"), copies=3, forms=2)
    made = list(make_sheets(wish, plan_sheets(runtime.bank, wish)))

    codes = make(runtime, learner, wish)

    assert codes == [sheet.code for sheet in made]
    for code, sheet in zip(codes, made, strict=True):
        assert printing.read_sheet(runtime, learner, code.lower().replace("-", "")).sheet == sheet


def test_a_reprint_is_equal_also_after_the_bank_has_changed(runtime: Runtime, learner: str) -> None:
    code = make(runtime, learner)[0]
    before = printing.read_sheet(runtime, learner, code).sheet
    emptied = replace(runtime, bank=replace(runtime.bank, questions={}, digest="another"))

    assert printing.read_print(emptied, learner, code, "sheet") == f"sheet {code}".encode()
    assert printing.read_print(emptied, learner, code, "key") == f"key {code}".encode()
    assert printing.read_sheet(emptied, learner, code).sheet == before


def test_a_run_that_was_interrupted_goes_on_as_it_began(runtime: Runtime, learner: str) -> None:
    wish = replace(WISH, copies=4)
    whole = [sheet.code for sheet in make_sheets(wish, plan_sheets(runtime.bank, wish))]
    run = printing.begin_run(runtime, learner, wish, plan_sheets(runtime.bank, wish), now=NOON)

    def dies(sheet: Sheet) -> Mapping[PrintKind, bytes]:
        if sheet.code == whole[2]:
            raise KeyboardInterrupt
        return printer(sheet)

    with pytest.raises(KeyboardInterrupt):
        printing.work_on(runtime, run, dies, lambda: NOON)
    assert not printing.work_on(runtime, run, printer, lambda: hours(0.01))
    assert printing.work_on(runtime, run, printer, lambda: hours(1))

    found = printing.read_run(runtime, learner, run, now=hours(1))
    assert found.is_done
    assert [copy.code for copy in found.copies] == whole


def test_a_copy_that_cannot_be_set_is_told_and_the_others_go_on(runtime: Runtime, learner: str) -> None:
    wish = replace(WISH, copies=3)
    plan = plan_sheets(runtime.bank, wish)
    bad = next(make_sheets(wish, plan)).code
    run = printing.begin_run(runtime, learner, wish, plan, now=NOON)

    def stumbles(sheet: Sheet) -> Mapping[PrintKind, bytes]:
        if sheet.code == bad:
            raise SheetError("no glyph")
        return printer(sheet)

    printing.work_on(runtime, run, stumbles, lambda: NOON)

    found = printing.read_run(runtime, learner, run, now=NOON)
    assert found.failed == f"{bad}: no glyph"
    assert len(found.copies) == 3
    assert not printing.read_sheet(runtime, learner, bad).is_printed


def test_a_foreign_sheet_looks_like_one_that_is_not_there(runtime: Runtime, learner: str) -> None:
    code = make(runtime, learner)[0]
    other = learners.new_guest(runtime, now=NOON).id
    unknown = next(make_sheets(replace(WISH, seed=6), plan_sheets(runtime.bank, WISH))).code

    told = set()
    for asked in (code, unknown):
        with pytest.raises(NotFoundError) as error:
            printing.read_sheet(runtime, other, asked)
        told.add(str(error.value))
        with pytest.raises(NotFoundError):
            enter(runtime, other, asked, [Entry(number=1, mark="right")], now=NOON)
        with pytest.raises(NotFoundError):
            printing.read_print(runtime, other, asked, "key")

    assert len(told) == 1
    with pytest.raises(SheetCodeError):
        printing.read_sheet(runtime, learner, "0000")


def test_an_hour_has_an_end(runtime: Runtime, learner: str) -> None:
    plan = plan_sheets(runtime.bank, WISH)
    printing.begin_run(runtime, learner, replace(WISH, copies=490), plan, now=NOON)

    with pytest.raises(RequestError, match="ask for 10 or fewer"):
        printing.begin_run(runtime, learner, replace(WISH, copies=11), plan, now=hours(0.5))
    printing.begin_run(runtime, learner, replace(WISH, copies=11), plan, now=hours(1.1))
    for _ in range(29):
        printing.begin_run(runtime, learner, WISH, plan, now=hours(1.2))
    with pytest.raises(RequestError, match="30 sets an hour"):
        printing.begin_run(runtime, learner, WISH, plan, now=hours(1.3))


def diagnosed(runtime: Runtime, learner: str, answers: int = 3, now: datetime = NOON) -> Report:
    """A learner's short diagnostic, right and wrong in turn, with its report."""
    attempt = diagnostic.start(
        runtime, learner, role="ml-engineer", hours_a_week=6, ratings={"math": 2}, now=now
    )
    attempts.begin(runtime, learner, attempt, now=now)
    for at in range(answers):
        standing = attempts.standing(runtime, learner, attempt)
        assert standing.slot_id is not None
        assert standing.variant is not None
        given = right(standing.variant) if at % 2 else Response(answers={}, dont_know=True)
        attempts.commit(runtime, learner, standing.slot_id, given, now=now)
    attempts.finish(runtime, learner, attempt, now=now)
    return newest(runtime, learner)


def newest(runtime: Runtime, learner: str) -> Report:
    report_id = newest_report(runtime, learner)
    assert report_id is not None
    return read_report(runtime, learner, report_id)


def mixed(sheet: Sheet) -> Iterator[tuple[Entry, Response]]:
    """Answers as they are entered on paper and given online: right, unknown, and with a misconception."""
    for at, item in enumerate(sheet.items, 1):
        variant = item.variant
        wrong = next((one for one in variant.misconceptions if all(one.answers) and not one.query), None)
        if at % 3 == 0 and wrong:
            texts = {
                part.name: notations(answer)[0]
                for part, answer in zip(variant.parts, wrong.answers, strict=True)
                if answer is not None
            }
            response = Response(answers=texts, decimal="point")
        elif at % 3 == 1:
            response = Response(answers={}, dont_know=True)
        else:
            response = right(variant)
        mark = "dont-know" if response.dont_know else ""
        yield Entry(number=at, answers=response.answers, mark=mark), response


def sat_online(runtime: Runtime, like: Report, more: list[tuple[Variant, Response]]) -> Report:
    """The report of another learner who gave the answers of a report and more of them online."""
    learner, attempt, now = learners.new_guest(runtime, now=NOON).id, new_id(), NOON
    given = [(answer.variant, answer.response) for answer in like.answers] + more
    with runtime.transaction() as session:
        row = AttemptRow(
            id=attempt, learner_id=learner, kind="diagnostic", state="in_progress", role=like.role.id,
            self_rating=dict(like.ratings), roadmap_digest=keep_roadmap(session, runtime.bank),
            bank_digest=runtime.bank.digest, engine_version=quizengine.__version__, seed=1, created_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        for number, (variant, response) in enumerate(given, 1):
            slot = new_id()
            store.add_slot(session, slot, attempt, number, variant, now=now)
            session.flush()
            told = DONT_KNOW if response.dont_know else grade(variant, response)
            store.record_response(session, slot, response, told, engine_version="", now=now)
    attempts.finish(runtime, learner, attempt, now=now)
    return newest(runtime, learner)


def test_answers_on_paper_count_as_the_same_answers_given_online(runtime: Runtime, learner: str) -> None:
    before = diagnosed(runtime, learner)
    code = make(runtime, learner)[0]
    sheet = printing.read_sheet(runtime, learner, code).sheet
    entries = list(mixed(sheet))

    outcome = enter(runtime, learner, code, [entry for entry, _ in entries], now=hours(1))

    after = newest(runtime, learner)
    given = [(item.variant, response) for item, (_, response) in zip(sheet.items, entries, strict=True)]
    online = sat_online(runtime, before, given)
    assert outcome == Outcome(saved=tuple(range(1, len(entries) + 1)), unreadable={})
    assert after.gaps == online.gaps
    assert after.gaps != before.gaps
    assert any(answer.mark.grade and answer.mark.grade.misconception for answer in after.on_paper)
    assert verify(runtime, after.attempt_id).agrees


def test_what_was_not_reached_or_is_anothers_or_unreadable_is_no_evidence(
    runtime: Runtime, learner: str
) -> None:
    before = diagnosed(runtime, learner)
    code = make(runtime, learner)[0]

    enter(runtime, learner, code, [Entry(number=1, mark="not-reached")], now=hours(1))
    enter(runtime, learner, code, [Entry(number=2, mark="right")], is_own=False, now=hours(1))
    outcome = enter(runtime, learner, code, [Entry(number=3, answers={"answer": "sinx)"})], now=hours(1))

    assert list(outcome.unreadable) == [3]
    assert newest(runtime, learner).gaps == before.gaps


def test_the_last_mark_counts_and_all_are_kept(runtime: Runtime, learner: str) -> None:
    diagnosed(runtime, learner)
    one, other = make(runtime, learner), make(runtime, learner, replace(WISH, seed=6))
    for mark in ("wrong", "0.25", "right"):
        enter(runtime, learner, one[0], [Entry(number=1, mark=mark)], now=hours(1))

    kept = printing.read_sheet(runtime, learner, one[0])
    assert kept.marks[1].grade is not None
    assert (kept.marks[1].grade.score, kept.marks[1].grade.rule) == (1.0, "marked")
    with runtime.transaction.reading() as session:
        assert session.query(SheetMarkRow).count() == 3
    assert printing.read_sheet(runtime, learner, other[0]).marks == {}


def test_entering_the_same_twice_changes_nothing(runtime: Runtime, learner: str) -> None:
    code = make(runtime, learner)[0]
    sheet = printing.read_sheet(runtime, learner, code).sheet
    rows = read_marks("item,mark,misconception\n1,right,\n2,dont know,\n3,not reached,\n4,partly,\n", sheet)
    entries = [*entries_of_rows(sheet, rows), *[entry for entry, _ in mixed(sheet)][4:]]

    first = enter(runtime, learner, code, entries, now=hours(1))
    again = enter(runtime, learner, code, entries, now=hours(2))

    assert first.saved == (1, 2, 3, 4, 5, 6)
    assert again.saved == ()


def test_a_report_counts_what_was_entered_until_the_next_one(runtime: Runtime, learner: str) -> None:
    first = diagnosed(runtime, learner)
    code = make(runtime, learner)[0]
    enter(runtime, learner, code, [Entry(number=1, mark="right")], now=hours(1))
    second = diagnosed(runtime, learner, now=hours(24))
    enter(runtime, learner, code, [Entry(number=2, mark="right")], now=hours(25))

    assert [one.mark.number for one in read_report(runtime, learner, first.id).on_paper] == [1]
    assert [one.mark.number for one in read_report(runtime, learner, second.id).on_paper] == [2]


def test_what_was_entered_before_the_first_report_counts_in_it(runtime: Runtime, learner: str) -> None:
    code = make(runtime, learner)[0]
    enter(runtime, learner, code, [Entry(number=1, mark="right")], now=hours(1))

    assert len(diagnosed(runtime, learner, now=hours(2)).on_paper) == 1


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Entry(number=99, mark="right"), "no question 99"),
        (Entry(number=1, mark="great"), "A mark is"),
        (Entry(number=1, mark="wrong", misconception="none-of-it"), "no misconception"),
    ],
)
def test_what_is_no_mark_is_refused(runtime: Runtime, learner: str, entry: Entry, words: str) -> None:
    code = make(runtime, learner)[0]

    with pytest.raises(RequestError, match=words):
        enter(runtime, learner, code, [entry], now=NOON)


def test_questions_given_long_ago_come_first(runtime: Runtime, learner: str) -> None:
    wish = SheetWish(skills=("math.matrices",), questions=3)
    code = make(runtime, learner, wish)[0]
    given = {item.variant.question_id for item in printing.read_sheet(runtime, learner, code).sheet.items}

    again = plan_sheets(runtime.bank, wish, printing.before_of(runtime, learner))

    assert not given & {entry.question.id for entry in again.questions}


def test_a_mistake_that_was_marked_by_hand_points_to_its_skill(runtime: Runtime, learner: str) -> None:
    before = diagnosed(runtime, learner)
    code = make(runtime, learner)[0]
    items = printing.read_sheet(runtime, learner, code).sheet.items
    number, wrong = next((at, one) for at, item in enumerate(items, 1) for one in item.variant.misconceptions)

    enter(runtime, learner, code, [Entry(number=number, mark="wrong", misconception=wrong.id)], now=hours(1))

    mark = printing.read_sheet(runtime, learner, code).marks[number]
    assert mark.grade is not None
    assert (mark.grade.misconception, mark.grade.rule, mark.grade.feedback) == (
        wrong.id,
        "marked",
        wrong.feedback,
    )
    assert newest(runtime, learner).gaps != before.gaps
