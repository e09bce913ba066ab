"""Before a test starts: does this device do what it needs, and how is an answer typed? Nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from quizengine.bank import BankQuestion
from quizengine.errors import NotFoundError
from quizengine.grading import grade
from quizengine.model.grade import Decimal
from quizengine.model.grade import Response as Given
from quizengine.services import attempts
from quizengine.services.attempt.trying import stand_ins, variant_to_try
from quizengine.web import people
from quizengine.web.attempt import EDITORS, WIDE, granted, page_of
from quizengine.web.context import runtime
from quizengine.web.decimals import decimal_sign
from quizengine.web.demo import TITLES
from quizengine.web.echo import echo
from quizengine.web.forms import is_empty, read_decimal, read_form
from quizengine.web.question import view_question
from quizengine.web.words import now

blueprint = Blueprint("trying", __name__, url_prefix="/t")


@blueprint.get("/<aid>/try")
def show(aid: str) -> ResponseReturnValue:
    """Look at the device, and show a question like those of the test; once it has begun, lead to it."""
    return _page(aid, None)


@blueprint.post("/<aid>/try")
def answer(aid: str) -> ResponseReturnValue:
    """Say whether an answer arrived and can be read; whether it is right is told to nobody."""
    return _page(aid, read_decimal(request.form))


@blueprint.post("/<aid>/try/read")
def read(aid: str) -> ResponseReturnValue:
    """Tell what is read, while somebody types."""
    found = stand_ins(runtime(), people.require_learner(), aid)
    return echo(variant_to_try(runtime(), aid, found[_kind(found)]))


def _kind(found: Mapping[str, BankQuestion]) -> str:
    kind = request.args.get("type") or next(iter(found), "")
    if kind not in found:
        raise NotFoundError("There is no question of this type to try.")
    return kind


def _page(aid: str, posted: Decimal | None) -> ResponseReturnValue:
    standing = attempts.standing(runtime(), people.require_learner(), aid, now=now())
    found = stand_ins(runtime(), people.require_learner(), aid)
    if standing.state != "ready":
        return redirect(url_for("attempt.where", aid=aid), 303)
    if not found:
        return page_of("try", standing, view=None)
    kind = _kind(found)
    variant = variant_to_try(runtime(), aid, found[kind])
    answers = read_form(variant, request.form) if posted else {}
    nothing = posted is not None and all(map(is_empty, answers.values()))
    unreadable = None
    if posted and not nothing:
        told = grade(variant, Given(answers=answers, decimal=posted))
        unreadable = told if told.verdict == "unreadable" else None
    view = view_question(variant, answers=answers, decimal=posted or decimal_sign(), unreadable=unreadable)
    given = granted()
    return page_of(
        "try",
        standing,
        view=view,
        kind=kind,
        kinds=view.kinds - EDITORS if given.reader_mode else view.kinds,
        wide=bool(WIDE & view.kinds),
        titles={one: TITLES[one] for one in found},
        empty=nothing,
        arrived=posted is not None and not nothing and unreadable is None,
    )
