"""Reviews: right answers put the next one off, wrong ones bring it back tomorrow."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.services import learners, printing
from quizengine.services.due import INTERVALS, due_on, due_skills
from quizengine.services.sheet_marks import Entry, enter
from quizengine.services.sheets import SheetWish, plan_sheets
from tests.factories import NOON, make_runtime

DAYS = st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 12, 1)), st.booleans(), min_size=1)


@given(DAYS)
def test_a_wrong_last_day_is_due_tomorrow_and_a_right_one_later_each_time(days: dict[date, bool]) -> None:
    last = max(days)
    row = 0
    for day in sorted(days, reverse=True):
        if not days[day]:
            break
        row += 1

    assert due_on(days) == last + timedelta(days=[1, 3, 7, 14, 30, 60][min(row, 5)])
    assert due_on({**days, last: False}) == last + timedelta(days=INTERVALS[0])


@pytest.mark.parametrize(("mark", "first_due"), [("right", 3), ("wrong", 1)])
def test_what_was_marked_on_paper_comes_back(tmp_path: Path, mark: str, first_due: int) -> None:
    runtime = make_runtime(tmp_path)
    learner = learners.new_guest(runtime, now=NOON).id
    wish = SheetWish(skills=("math.bayes",), questions=1)
    run = printing.begin_run(runtime, learner, wish, plan_sheets(runtime.bank, wish), now=NOON)
    printing.work_on(runtime, run, lambda sheet: {}, lambda: NOON)
    code = printing.read_run(runtime, learner, run, now=NOON).copies[0].code
    enter(runtime, learner, code, [Entry(number=1, mark=mark)], now=NOON)

    days = [day for day in range(6) if due_skills(runtime, learner, now=NOON + timedelta(days=day))]

    assert days == list(range(first_due, 6))
