"""Marks of a kept sheet: graded as online, or decided by hand; appended, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import quizengine
from quizengine.errors import RequestError
from quizengine.grading import grade
from quizengine.model.grade import Decimal, Grade, Response, ResponseValue
from quizengine.model.sheet import MarkedHow, Sheet, SheetItem, SheetMark
from quizengine.model.variant import Variant
from quizengine.services.attempts import DONT_KNOW
from quizengine.services.codes import read_code
from quizengine.services.marking import MARKS, Entered, read_class_marks, share_of, typed_answers
from quizengine.services.printing import KeptSheet, read_sheet
from quizengine.services.runtime import Runtime
from quizengine.store import sheets

#: The rule of a score that somebody gave by hand: regrading does not touch it.
MARKED = "marked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is entered for one question: its answers, or a mark and perhaps a misconception."""

    number: int
    answers: Mapping[str, ResponseValue] = field(default_factory=dict)
    decimal: Decimal = "point"
    mark: str = ""
    misconception: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of entries: which questions have a new mark, and what could not be read there."""

    saved: tuple[int, ...]
    unreadable: Mapping[int, Grade]


def enter(
    runtime: Runtime,
    learner_id: str | None,
    code: str,
    entries: Sequence[Entry],
    *,
    is_own: bool = True,
    now: datetime,
) -> Outcome:
    """Judge what was written on a sheet, and append it. What stands there already is not entered twice.

    Parameters
    ----------
    learner_id
        Who enters it, whose sheet it must be, or with whom it must be shared; None is somebody at the
        command line.
    is_own
        Whether they wrote it themselves: only then it counts for their estimates. On a sheet that is shared
        with them it is taken for granted.

    Raises
    ------
    NotFoundError
        If there is no such sheet, or it belongs to somebody else.
    RequestError
        If a question, mark or misconception is none of the sheet.
    """
    kept = read_sheet(runtime, learner_id, code, "enter")
    # Outside any transaction: a slow query must not hold the lock.
    marks, outcome = _judge(kept, learner_id, entries, is_own=is_own or not kept.is_owner)
    with runtime.transaction() as session:
        for mark in marks:
            sheets.add_mark(
                session,
                kept.sheet.code,
                mark,
                learner_id=kept.learner_id,
                entered_by=learner_id,
                engine_version=quizengine.__version__,
                now=now,
            )
    return outcome


def _judge(
    kept: KeptSheet, learner_id: str | None, entries: Sequence[Entry], *, is_own: bool
) -> tuple[list[SheetMark], Outcome]:
    """Return the marks that entries come to and that do not stand there yet."""
    how: MarkedHow = "marked-self" if is_own and learner_id is not None else "marked-by"
    marks, unreadable = list[SheetMark](), dict[int, Grade]()
    for entry in entries:
        mark = judged(_item(kept.sheet, entry.number), entry, how, is_own=is_own)
        if mark.grade is not None and mark.grade.verdict == "unreadable":
            unreadable[entry.number] = mark.grade
        elif kept.marks.get(entry.number) != mark:
            marks.append(mark)
    return marks, Outcome(saved=tuple(mark.number for mark in marks), unreadable=unreadable)


@dataclass(frozen=True, slots=True)
class ClassRow:
    """What became, or would become, of the rows of one sheet."""

    sheet: Sheet
    outcome: Outcome
    points: float


def enter_class(
    runtime: Runtime,
    learner_id: str | None,
    text: str,
    *,
    is_own: bool | None = None,
    is_trial: bool = False,
    now: datetime,
) -> tuple[ClassRow, ...]:
    """Enter a CSV with the rows of many sheets; see ``enter``. A trial judges, and keeps nothing.

    ``is_own`` None takes for the owner's own what stands on sheets without a name of a class list. Entering
    the same again changes nothing.

    Raises
    ------
    MarksError
        With every line at fault; nothing is entered then.
    """
    kept: dict[str, KeptSheet] = {}

    def find(code: str) -> Sheet:
        found = read_code(code)
        if found not in kept:
            kept[found] = read_sheet(runtime, learner_id, found, "class")
        return kept[found].sheet

    made = []
    for code, rows in read_class_marks(text, find).items():
        one = kept[code]
        own = not one.sheet.name if is_own is None else is_own
        entries = tuple(entries_of_rows(one.sheet, rows))
        if is_trial:
            marks, outcome = _judge(one, learner_id, entries, is_own=own)
            after = replace(one, marks={**one.marks, **{mark.number: mark for mark in marks}})
        else:
            outcome = enter(runtime, learner_id, code, entries, is_own=own, now=now)
            after = read_sheet(runtime, learner_id, code, "class")
        made.append(ClassRow(one.sheet, outcome, after.points))
    return tuple(made)


def _item(sheet: Sheet, number: int) -> SheetItem:
    if not 1 <= number <= len(sheet.items):
        raise RequestError(f"There is no question {number}; the sheet has {len(sheet.items)}.")
    return sheet.items[number - 1]


def judged(item: SheetItem, entry: Entry, how: MarkedHow, *, is_own: bool) -> SheetMark:
    """Return the mark that an entry comes to: by the graders of the web pages, or as it was decided."""
    variant = item.variant
    if entry.mark:
        told = by_hand(variant, entry.mark, entry.misconception)
        response = Response(answers={}, dont_know=entry.mark == "dont-know")
        return SheetMark(number=entry.number, how=how, response=response, grade=told, is_own=is_own)
    response = Response(answers=entry.answers, decimal=entry.decimal)
    found = grade(variant, response)
    # What is not kept must not make two equal marks differ.
    told = Grade(
        verdict=found.verdict,
        score=found.score,
        rule=found.rule,
        read_as=found.read_as,
        misconception=found.misconception,
        feedback=found.feedback,
    )
    is_lost = found.verdict == "unreadable"
    return SheetMark(
        number=entry.number,
        how="typed",
        response=response,
        grade=found if is_lost else told,
        is_own=is_own,
    )


def by_hand(variant: Variant, mark: str, misconception: str = "") -> Grade | None:
    """Return the grade that somebody decided on; None for what was not reached.

    Raises
    ------
    RequestError
        If it is no mark, or the question has no such misconception.
    """
    if mark == "not-reached":
        return None
    if mark == "dont-know":
        return DONT_KNOW
    score = share_of(mark)
    if score is None:
        raise RequestError(
            f"A mark is {', '.join(MARKS)} or a share such as 0.75 or 1.5/2, not {mark[:40]!r}."
        )
    wrong = next((one for one in variant.misconceptions if one.id == misconception), None)
    if misconception and wrong is None:
        raise RequestError(f"This question has no misconception {misconception[:60]!r}.")
    if score == 1:
        return Grade(verdict="correct", score=1.0, rule=MARKED)
    return Grade(
        verdict="partial" if score else "wrong",
        score=score,
        rule=MARKED,
        misconception=wrong.id if wrong else None,
        feedback=wrong.feedback if wrong else "",
    )


def entries_of_rows(sheet: Sheet, rows: Sequence[Entered]) -> Iterator[Entry]:
    """Return the rows of a CSV as entries."""
    for row in rows:
        answers = {} if row.mark else typed_answers(sheet.items[row.item - 1], row)
        yield Entry(number=row.item, answers=answers, mark=row.mark, misconception=row.misconception)


__all__ = [
    "ClassRow",
    "Entry",
    "KeptSheet",
    "Outcome",
    "by_hand",
    "enter",
    "enter_class",
    "entries_of_rows",
    "judged",
]
