"""A question that has been answered, as review and practice show it: asked, given, read, judged, solved."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape

from quizengine.model.answers import (
    ChoiceAnswer,
    ChoicesAnswer,
    ConfigAnswer,
    MatchingAnswer,
    Option,
    OrderingAnswer,
    OutputAnswer,
    SqlAnswer,
)
from quizengine.model.grade import ResponseValue
from quizengine.model.variant import Part, SkillId
from quizengine.services.history import GivenAnswer
from quizengine.web.feedback import Feedback, view_feedback
from quizengine.web.question import figure_url
from quizengine.web.rendering import line, prose


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPart:
    """What was typed or picked in one part. ``block`` is text of several lines, shown as it is."""

    label: Markup
    html: Markup
    block: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredView:
    """One answered question, ready for ``templates/parts/asked.html``."""

    number: int
    slot_id: str
    question_id: str
    skill: SkillId
    title: str
    prompt: Markup
    figure: str
    figure_alt: str
    dont_know: bool
    given: tuple[GivenPart, ...]
    feedback: Feedback


def view_answered(answer: GivenAnswer) -> AnsweredView:
    """Return an answered question with its verdict; only for pages that may tell it."""
    variant, response = answer.variant, answer.response
    return AnsweredView(
        number=answer.number,
        slot_id=answer.slot_id,
        question_id=variant.question_id,
        skill=variant.primary_skill,
        title=variant.title,
        prompt=prose(variant.prompt),
        figure=figure_url(variant),
        figure_alt=variant.figure.alt if variant.figure else "",
        dont_know=response.dont_know,
        given=tuple(
            _given(part, response.answers[part.name], several=len(variant.parts) > 1)
            for part in variant.parts
            if part.name in response.answers
        ),
        feedback=view_feedback(
            variant, answer.grade, response.answers, response.decimal, dont_know=response.dont_know
        ),
    )


def _given(part: Part, value: ResponseValue, *, several: bool) -> GivenPart:
    label = line(part.label or part.name) if several else Markup("")
    match part.answer:
        case SqlAnswer() | OutputAnswer() | ConfigAnswer() if isinstance(value, str):
            return GivenPart(label=label, html=Markup(""), block=value)
        case ChoiceAnswer(options=options) | ChoicesAnswer(options=options):
            return GivenPart(label=label, html=_named(value, options, "; "))
        case OrderingAnswer(items=options):
            return GivenPart(label=label, html=_named(value, options, " → "))
        case MatchingAnswer(left=left, right=right):
            pairs = [
                Markup("{} → {}").format(line(one.text), _named(id_, right, ""))
                for one, id_ in zip(left, _items(value), strict=False)
            ]
            return GivenPart(label=label, html=Markup("; ").join(pairs))
    return GivenPart(label=label, html=Markup("<code>{}</code>").format(typed_line(value)))


def _items(value: ResponseValue) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(one for one in value if isinstance(one, str))


def _named(value: ResponseValue, options: tuple[Option, ...], between: str) -> Markup:
    names = {option.id: line(option.text) for option in options}
    return escape(between).join(names.get(id_, escape("-")) for id_ in _items(value))


def typed_line(value: ResponseValue) -> str:
    """Return what was typed in one line, rows of a grid apart by semicolons.

    >>> typed_line((("1", "2"), ("3", "4")))
    '1 2; 3 4'
    """
    if isinstance(value, str):
        return value
    rows = [one if isinstance(one, str) else " ".join(cell or "_" for cell in one) for one in value]
    return ("; " if any(not isinstance(one, str) for one in value) else ", ").join(rows)
