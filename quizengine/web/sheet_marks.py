"""The way back from paper: type what was written, or mark it, question by question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from quizengine.model.grade import Decimal, ResponseValue
from quizengine.model.sheet import SheetItem
from quizengine.services.printing import KeptSheet
from quizengine.services.sheet_marks import Entry, Outcome
from quizengine.services.sheet_marks import enter as enter_marks
from quizengine.web import people
from quizengine.web.context import runtime
from quizengine.web.decimals import decimal_sign, remember
from quizengine.web.echo import echo
from quizengine.web.forms import Form, is_empty, read_decimal
from quizengine.web.forms import read_form as read_answers
from quizengine.web.security import takes
from quizengine.web.sheet_view import EnterRow, enter_row, mark_word, named_within, plain_names
from quizengine.web.sheets import own_sheet
from quizengine.web.words import now

blueprint = Blueprint("sheet_marks", __name__, url_prefix="/sheets")

#: Sixty questions with a query or a file at some of them.
MARKS_BYTES = 512 * 1024
MARKS = ("right", "partly", "wrong", "dont-know", "not-reached")
SHARES = ("0.25", "0.5", "0.75")
BOTH = "An answer and a mark: take one of the two away."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What the form has at one question."""

    number: int
    item: SheetItem
    mark: str
    misconception: str
    answers: Mapping[str, ResponseValue]
    before: Mapping[str, ResponseValue]

    @property
    def is_typed(self) -> bool:
        """Whether an answer was typed that does not stand there already."""
        return not all(map(is_empty, self.answers.values())) and self.answers != self.before

    @property
    def fault(self) -> str:
        """What is wrong, or nothing."""
        return BOTH if self.mark and self.is_typed else ""


@blueprint.get("/<code>/marks")
def marks(code: str) -> ResponseReturnValue:
    """Show the questions of a sheet, to enter what was written. Who has not begun yet is asked to first."""
    if people.learner_id() is None:
        return redirect(url_for("sheets.enter", code=code), 303)
    kept = own_sheet(code, "enter")
    rows = [_standing_row(kept, number, item) for number, item in enumerate(kept.sheet.items, 1)]
    return _page(kept, rows, decimal_sign(), is_own=_is_own(kept))


def _is_own(kept: KeptSheet) -> bool:
    """Return whether the answers are taken for the learner's own: what was said last, else no name on it."""
    said = [mark.is_own for mark in kept.marks.values()]
    return said[-1] if said else not kept.sheet.name


def _standing_row(kept: KeptSheet, number: int, item: SheetItem) -> EnterRow:
    mark = kept.marks.get(number)
    told = mark.grade if mark else None
    return enter_row(
        item,
        number,
        answers=mark.response.answers if mark else {},
        decimal=mark.response.decimal if mark else decimal_sign(),
        mark=mark_word(mark),
        misconception=(told.misconception or "") if told and mark and mark.how != "typed" else "",
    )


def _page(kept: KeptSheet, rows: list[EnterRow], decimal: Decimal, *, is_own: bool, saved: int = 0) -> str:
    faults = [(f"row-{row.number}", f"Question {row.number}: {row.fault}") for row in rows if row.fault]
    faults += [
        (field.widget.id, f"Question {row.number}: {field.widget.fault.message}")
        for row in rows
        for field in row.fields
        if field.widget.fault
    ]
    return render_template(
        "sheets/marks.html",
        kept=kept,
        rows=rows,
        decimal=decimal,
        is_own=is_own,
        faults=faults,
        saved=saved,
        shares=SHARES,
    )


@blueprint.post("/<code>/marks")
@takes(MARKS_BYTES)
def enter(code: str) -> ResponseReturnValue:
    """Enter what the form has; what cannot be read is asked again, the rest is kept."""
    kept, form = own_sheet(code, "enter"), request.form
    decimal, is_own = read_decimal(form), form.get("own") == "yes"
    sent = [_sent(form, kept, number) for number in range(1, len(kept.sheet.items) + 1)]
    outcome = enter_marks(
        runtime(),
        people.require_learner(),
        kept.sheet.code,
        list(_entries(sent, decimal)),
        is_own=is_own,
        now=now(),
    )
    if outcome.unreadable or any(one.fault for one in sent):
        rows = [_sent_row(one, outcome, decimal) for one in sent]
        page = _page(kept, rows, decimal, is_own=is_own, saved=len(outcome.saved))
        return remember(make_response(page, 422), decimal)
    answer = redirect(url_for("sheets.show", code=kept.sheet.code, _anchor="entered"), 303)
    return remember(make_response(answer), decimal)


def _sent(form: Form, kept: KeptSheet, number: int) -> Sent:
    item, mark = kept.sheet.items[number - 1], kept.marks.get(number)
    named = named_within(item.variant, number)
    word = form.get(f"m.{number}", "")
    share = form.get(f"s.{number}", "0.5")
    return Sent(
        number=number,
        item=item,
        mark="" if word not in MARKS else share if word == "partly" else word,
        misconception=form.get(f"w.{number}", "") if word in ("partly", "wrong") else "",
        answers=plain_names(item.variant, number, read_answers(named, form)),
        before=mark.response.answers if mark else {},
    )


def _entries(sent: list[Sent], decimal: Decimal) -> Iterator[Entry]:
    """Give what is entered: a question with neither mark nor answer is left as it is."""
    for one in sent:
        if one.fault or not (one.mark or one.is_typed):
            continue
        yield Entry(
            number=one.number,
            answers={} if one.mark else one.answers,
            decimal=decimal,
            mark=one.mark,
            misconception=one.misconception,
        )


def _sent_row(one: Sent, outcome: Outcome, decimal: Decimal) -> EnterRow:
    row = enter_row(
        one.item,
        one.number,
        answers=one.answers,
        decimal=decimal,
        mark=one.mark,
        misconception=one.misconception,
        unreadable=outcome.unreadable.get(one.number),
    )
    return replace(row, fault=one.fault)


@blueprint.post("/<code>/items/<int:number>/read")
def read(code: str, number: int) -> Response:
    """Say how something typed is read; this knows no key."""
    items = own_sheet(code, "enter").sheet.items
    if not 1 <= number <= len(items):
        raise NotFound
    return echo(named_within(items[number - 1].variant, number))
