"""A grade as a person reads it: the verdict in words, what was read, the misconception, the solution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import shorten

from markupsafe import Markup, escape

from quizengine.errors import MarkupError, UnreadableResponseError
from quizengine.grading import asked_cells, read
from quizengine.model.answers import (
    Answer,
    ChoiceAnswer,
    ChoicesAnswer,
    ConfigAnswer,
    MatchingAnswer,
    Option,
    OrderingAnswer,
    OutputAnswer,
    SqlAnswer,
    TableAnswer,
)
from quizengine.model.grade import Decimal, Grade, ResponseValue, Verdict
from quizengine.model.variant import Part, Variant, misconception_title
from quizengine.web.rendering import formula, line, prose

TITLES: Mapping[Verdict, str] = {
    "correct": "Correct",
    "partial": "Partly right",
    "wrong": "Not right yet",
    "unreadable": "This could not be read",
    "undecided": "This could not be decided",
}
_UNDECIDED = "Our grader ran out of its budget, so this answer counts neither for nor against you."

#: How much is shown of a reading that is too long for a formula.
MAX_PLAIN = 400

_AND, _THEN = Markup("; "), Markup(" → ")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAs:
    """What one answer was read as. ``kind`` says it in words: "a set of two numbers"."""

    html: Markup
    kind: str = ""
    label: Markup | str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartVerdict:
    """The verdict on one part of several."""

    label: Markup
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What ``verdict`` of ``templates/parts/verdict.html`` shows. ``solution`` is the worked solution.

    ``one_a_line``: the labels of the parts are sentences.
    """

    verdict: Verdict
    title: str
    score: float
    read_as: tuple[ReadAs, ...]
    misconception: str
    text_html: Markup
    hint_html: Markup
    parts: tuple[PartVerdict, ...]
    solution: Markup
    one_a_line: bool = False


def view_feedback(
    variant: Variant,
    grade: Grade,
    answers: Mapping[str, ResponseValue],
    decimal: Decimal = "point",
    *,
    dont_know: bool = False,
) -> Feedback:
    """Return ``grade`` ready for a page that may show it (practice, demo, review)."""
    shown = () if dont_know else tuple(read_as(variant, answers, decimal))
    return Feedback(
        verdict=grade.verdict,
        title="New to you" if dont_know else TITLES[grade.verdict],
        score=grade.score,
        read_as=shown,
        misconception=misconception_title(grade.misconception) if grade.misconception else "",
        text_html=_text(variant, grade),
        hint_html=escape(grade.hint),
        parts=tuple(
            PartVerdict(label=label, verdict=one.verdict)
            for label, one in zip(_labels(variant), grade.parts, strict=False)
        ),
        solution=prose(variant.solution),
        one_a_line=isinstance(variant.answer, ConfigAnswer),
    )


def _text(variant: Variant, grade: Grade) -> Markup:
    """Return the feedback; only an author's is Markdown, the grader's may quote what was typed."""
    if grade.verdict == "undecided":
        return escape(_UNDECIDED)
    if any(wrong.id == grade.misconception for wrong in variant.misconceptions):
        return prose(grade.feedback)
    return escape(grade.feedback)


def _labels(variant: Variant) -> list[Markup]:
    """Return what the parts of a grade are called: parts of the question, cells of its one table, rules."""
    answer = variant.answer
    if len(variant.parts) == 1 and isinstance(answer, ConfigAnswer):
        return [line(rule.says) for rule in answer.rules]
    if len(variant.parts) == 1 and isinstance(answer, TableAnswer):
        return [escape(place) for place, _ in asked_cells(answer)]
    return [_label(part) for part in variant.parts] if len(variant.parts) > 1 else []


def _label(part: Part) -> Markup:
    return line(part.label or part.name)


def read_as(variant: Variant, answers: Mapping[str, ResponseValue], decimal: Decimal) -> list[ReadAs]:
    """Return what each part was read as, for those that could be read."""
    found = []
    for part in variant.parts:
        value = answers.get(part.name)
        if value is None:
            continue
        try:
            html, kind = echo_html(part.answer, value, decimal)
        except UnreadableResponseError:
            continue
        found.append(ReadAs(html=html, kind=kind, label=_label(part) if len(variant.parts) > 1 else ""))
    return [one for one in found if one.html]


def echo_html(answer: Answer, value: ResponseValue, decimal: Decimal) -> tuple[Markup, str]:
    """Return what ``value`` is read as, for the page, and its kind in words.

    Knows the declared type only, so it can be shown before the answer counts.

    Raises
    ------
    UnreadableResponseError
        If it cannot be read.
    """
    reading = read(value, answer, decimal)
    if reading.latex:
        return _as_formula(reading.latex, reading.plain), reading.kind
    match answer:
        case ChoiceAnswer(options=options) | ChoicesAnswer(options=options) | OrderingAnswer(items=options):
            return _picked(reading.plain, options, answer), ""
        case MatchingAnswer(left=left, right=right):
            names = {option.id: option for option in right}
            ids = reading.plain.split(", ")
            pairs = (
                line(one.text) + " → " + line(names[id_].text) for one, id_ in zip(left, ids, strict=True)
            )
            return _AND.join(pairs), ""
        case SqlAnswer() | OutputAnswer():
            # The text itself stands in the form below.
            return Markup(""), ""
        case ConfigAnswer():
            return escape(reading.kind), ""
        case TableAnswer():
            return escape(reading.plain), ""
    return Markup("<code>{}</code>").format(reading.plain), reading.kind


def _as_formula(latex: str, plain: str) -> Markup:
    """Return what was read as a formula; what is too long for one, such as a set of hundreds, as text."""
    try:
        return formula(latex)
    except MarkupError:
        return Markup("<code>{}</code>").format(shorten(plain, MAX_PLAIN, placeholder=" …"))


def _picked(plain: str, options: tuple[Option, ...], answer: Answer) -> Markup:
    names = {option.id: option for option in options}
    between = _THEN if isinstance(answer, OrderingAnswer) else _AND
    return between.join(line(names[id_].text) for id_ in plain.split(", ") if id_ in names)
