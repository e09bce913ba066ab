"""Shared sheets: answers of others count for them alone, and a sheet shared no more is unknown to them."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from quizengine.errors import NotFoundError
from quizengine.grading import notations
from quizengine.services import learners, printing
from quizengine.services.due import due_skills
from quizengine.services.marking import MarksError
from quizengine.services.runtime import Runtime
from quizengine.services.sheet_marks import Entry, enter, enter_class
from quizengine.services.sheet_sharing import share, sharing_of
from quizengine.services.sheets import SheetWish
from quizengine.store import database
from tests.factories import NOON, make_runtime
from tests.test_services_printing import diagnosed, hours, make, newest

WISH = SheetWish(skills=("math.matrices",), questions=3, copies=3, names=("Ada", "Grace", "Edsger"), seed=5)


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path)


@pytest.fixture
def owner(runtime: Runtime) -> str:
    return learners.new_guest(runtime, now=NOON).id


@pytest.fixture
def other(runtime: Runtime) -> str:
    return learners.new_guest(runtime, now=NOON).id


@pytest.fixture
def codes(runtime: Runtime, owner: str) -> list[str]:
    return make(runtime, owner, WISH)


def right(runtime: Runtime, code: str, number: int) -> Entry:
    part = printing.read_sheet(runtime, None, code).sheet.items[number - 1].variant.parts[0]
    return Entry(number=number, answers={part.name: notations(part.answer)[0]})


def test_answers_on_a_shared_sheet_count_for_who_gave_them(
    runtime: Runtime, owner: str, other: str, codes: list[str]
) -> None:
    before = [diagnosed(runtime, one) for one in (owner, other)]
    share(runtime, owner, codes[0], is_on=True, now=NOON)

    # Said to be somebody else's, as a form could be made to say: what is entered here is the enterer's.
    enter(runtime, other, codes[0], [right(runtime, codes[0], 1)], is_own=False, now=hours(1))
    enter(runtime, owner, codes[0], [Entry(number=2, mark="wrong")], is_own=True, now=hours(1))

    mine, theirs = newest(runtime, owner), newest(runtime, other)
    assert [(one.mark.number, one.mark.how) for one in theirs.on_paper] == [(1, "typed")]
    assert [one.mark.number for one in mine.on_paper] == [2]
    assert theirs.gaps != before[1].gaps
    assert list(printing.read_sheet(runtime, owner, codes[0]).marks) == [2]
    assert list(printing.read_sheet(runtime, other, codes[0], "enter").marks) == [1]
    assert sharing_of(runtime, owner, codes[0]).others == 1
    listed = printing.list_runs(runtime, owner, now=hours(1))[0].copies
    assert [(copy.marked, copy.is_shared) for copy in listed] == [(1, True), (0, False), (0, False)]
    for one in (owner, other):
        assert "math.matrices" in due_skills(runtime, one, now=hours(24 * 90))


def test_what_is_shared_no_more_is_unknown_and_stays_in_the_report(
    runtime: Runtime, owner: str, other: str, codes: list[str]
) -> None:
    diagnosed(runtime, other)
    share(runtime, owner, codes[0], is_on=True, whole_run=True, now=NOON)
    for code in codes:
        enter(runtime, other, code, [right(runtime, code, 1)], now=hours(1))
    entered = newest(runtime, other)

    over = share(runtime, owner, codes[1], is_on=False, whole_run=True, now=hours(2))

    assert (over.is_shared, over.shared, over.total, over.others) == (False, 0, 3, 1)
    for code in codes:
        with pytest.raises(NotFoundError):
            printing.read_sheet(runtime, other, code, "enter")
        with pytest.raises(NotFoundError):
            enter(runtime, other, code, [right(runtime, code, 2)], now=hours(2))
    assert newest(runtime, other) == entered
    assert len(entered.on_paper) == 3


def test_one_sheet_is_shared_without_the_others_of_its_run(
    runtime: Runtime, owner: str, other: str, codes: list[str]
) -> None:
    told = share(runtime, owner, codes[2].lower(), is_on=True, now=NOON)

    assert (told.is_shared, told.shared, told.total, told.others) == (True, 1, 3, 0)
    with pytest.raises(NotFoundError):
        printing.read_sheet(runtime, other, codes[0], "enter")
    for permission in ("print", "key", "class", "share"):
        with pytest.raises(NotFoundError):
            printing.read_sheet(runtime, other, codes[2], permission)
    with pytest.raises(NotFoundError):
        share(runtime, other, codes[2], is_on=False, now=NOON)
    with pytest.raises(MarksError, match="line 2: There is no such sheet"):
        enter_class(runtime, other, f"code,item,mark\n{codes[2]},1,right\n", now=NOON)


def test_marks_from_before_there_was_sharing_are_the_owners(tmp_path: Path) -> None:
    url = database.sqlite_url(tmp_path / "quizengine.db")
    command.upgrade(database._config(url), "0019")
    engine = database.open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("PRAGMA foreign_keys = OFF"))
        for statement in (
            "INSERT INTO learners (id, created_at, resume_hash, decimal) VALUES "
            "('p', '2026-03-02 12:00:00', 'hash', 'point')",
            "INSERT INTO sheet_runs (id, learner_id, title, wish, forms, total, minutes, notes, bank_digest, "
            "engine_version, created_at, failed) VALUES ('r', 'p', '', '{}', '[]', 1, 1, '[]', '', '', "
            "'2026-03-02 12:00:00', '')",
            "INSERT INTO sheets (code, run_id, number, form, name, title, paper, large_print, minutes, "
            "skills, made_at) VALUES ('c', 'r', 1, 'A', '', '', 'a4', 0, 1, '{}', '2026-03-02 12:00:00')",
            "INSERT INTO sheet_items VALUES ('c', 1, 'q', 'i', 1, '{}')",
            "INSERT INTO sheet_marks (code, number, how, is_own, entered_by, entered_at, answers, dont_know, "
            "decimal, score, rule, read_as, feedback, engine_version) VALUES ('c', 1, 'marked-by', 1, NULL, "
            "'2026-03-02 12:00:00', '{}', 0, 'point', 0, '', '', '', '')",
        ):
            connection.execute(text(statement))

    database.upgrade(url)

    with engine.connect() as connection:
        assert connection.execute(text("SELECT learner_id FROM sheet_marks")).scalars().all() == ["p"]
    database.downgrade(url, "0019")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM sheet_marks")).scalar() == 1
    engine.dispose()
