"""The demo: one question of each answer type, graded at once. Nothing of it is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from quizengine.bank import Bank, BankQuestion
from quizengine.errors import NotFoundError
from quizengine.grading import grade
from quizengine.model.grade import Grade
from quizengine.model.grade import Response as Given
from quizengine.model.variant import Variant
from quizengine.web.context import runtime
from quizengine.web.decimals import decimal_sign, remember
from quizengine.web.echo import echo
from quizengine.web.feedback import Feedback, view_feedback
from quizengine.web.forms import is_empty, read_decimal, read_form
from quizengine.web.question import view_question

blueprint = Blueprint("demo", __name__)

#: Groups of answer types, as the list beside the question has them.
GROUPS = (
    ("Numbers", ("integer", "number", "fraction", "set")),
    ("Formulas", ("expression", "equation", "interval", "factorisation")),
    ("Arrays", ("vector", "matrix", "table")),
    ("Picking", ("choice", "choices", "ordering", "matching")),
    ("Code", ("output", "sql", "config")),
)
TITLES = {
    "integer": "Whole number",
    "number": "Number",
    "fraction": "Fraction",
    "set": "Set",
    "expression": "Expression",
    "equation": "Equation",
    "interval": "Interval",
    "factorisation": "Factorisation",
    "vector": "Vector",
    "matrix": "Matrix",
    "table": "Table",
    "choice": "One choice",
    "choices": "Several choices",
    "ordering": "Ordering",
    "matching": "Matching",
    "output": "Program output",
    "sql": "SQL query",
    "config": "File to mend",
}
DONT_KNOW = Grade(verdict="wrong", rule="dont-know")


@dataclass(frozen=True, slots=True)
class Tab:
    """A link to the question of one type."""

    kind: str
    title: str
    href: str
    is_current: bool


@blueprint.get("/demo")
def show() -> str:
    """Show the question of one type."""
    kind = _kind()
    return _page(kind, _variant(kind))


@blueprint.post("/demo")
def answer() -> AnyResponse:
    """Grade an answer and show the verdict, or ask for other numbers.

    The answer to a post is the page itself: nothing was changed, so sending it again does no harm.
    """
    kind = _kind()
    if "another" in request.form:
        _another(kind)
        return redirect(url_for("demo.show", type=kind), 303)
    variant = _variant(kind)
    decimal = read_decimal(request.form)
    given = Given(
        answers=read_form(variant, request.form), decimal=decimal, dont_know="dont_know" in request.form
    )
    if not given.dont_know and all(map(is_empty, given.answers.values())):
        return make_response(_page(kind, variant, given, is_empty=True))
    return remember(make_response(_judged(kind, variant, given)), decimal)


@blueprint.post("/demo/read")
def read() -> Response:
    """Tell what is read, while somebody types."""
    return echo(_variant(_kind()))


def _judged(kind: str, variant: Variant, given: Given) -> str:
    told = DONT_KNOW if given.dont_know else grade(variant, given)
    if told.verdict == "unreadable":
        return _page(kind, variant, given, unreadable=told)
    feedback = view_feedback(variant, told, given.answers, given.decimal, dont_know=given.dont_know)
    return _page(kind, variant, given, feedback=feedback)


def _page(
    kind: str,
    variant: Variant,
    given: Given | None = None,
    *,
    unreadable: Grade | None = None,
    feedback: Feedback | None = None,
    is_empty: bool = False,
) -> str:
    view = view_question(
        variant,
        answers=given.answers if given else None,
        decimal=given.decimal if given else decimal_sign(),
        unreadable=unreadable,
    )
    return render_template(
        "demo/demo.html",
        kind=kind,
        title=TITLES[kind],
        groups=list(_groups(kind)),
        following=_following(kind),
        view=view,
        feedback=feedback,
        is_empty=is_empty,
    )


def _kind() -> str:
    """Return the type asked for, or the first that the bank has."""
    found = demo_questions(runtime().bank)
    asked = request.args.get("type", "")
    if asked in found:
        return asked
    if asked or not found:
        raise NotFoundError("There is no question of this type.")
    return "matrix" if "matrix" in found else next(iter(found))


def _variant(kind: str) -> Variant:
    """Return the variant that this session sees; its seed can be made again, so it is nowhere written."""
    entry = demo_questions(runtime().bank)[kind]
    person = session.get("demo", "")
    draws = session.get("demo_draws", {})
    return entry.variant(runtime().seed("demo", person, entry.question.id, draws.get(kind, 0)))


def _another(kind: str) -> None:
    session.setdefault("demo", token_hex(8))
    draws = session.get("demo_draws", {})
    session["demo_draws"] = {**draws, kind: draws.get(kind, 0) + 1}


def demo_questions(bank: Bank) -> dict[str, BankQuestion]:
    """Return one question for each answer type: of one part if there is such a one, then the easiest."""
    chosen: dict[str, BankQuestion] = {}
    entries = sorted(
        bank.questions.values(),
        key=lambda entry: (len(entry.question.parts), abs(entry.question.difficulty), entry.question.id),
    )
    for entry in entries:
        for part in entry.question.parts:
            chosen.setdefault(part.type, entry)
    return {kind: chosen[kind] for _, kinds in GROUPS for kind in kinds if kind in chosen}


def _groups(current: str) -> Iterator[tuple[str, list[Tab]]]:
    found = demo_questions(runtime().bank)
    for title, kinds in GROUPS:
        tabs = [
            Tab(kind, TITLES[kind], url_for("demo.show", type=kind), kind == current)
            for kind in kinds
            if kind in found
        ]
        if tabs:
            yield title, tabs


def _following(kind: str) -> Tab | None:
    kinds = list(demo_questions(runtime().bank))
    at = kinds.index(kind) + 1
    return (
        None
        if at == len(kinds)
        else Tab(kinds[at], TITLES[kinds[at]], url_for("demo.show", type=kinds[at]), False)
    )
