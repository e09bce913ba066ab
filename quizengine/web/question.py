"""A variant as a page shows it: prompt, figure, widgets; and why an answer could not be read."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from flask import get_template_attribute
from markupsafe import Markup

from quizengine.markup.document import PLACE
from quizengine.model.answers import TableAnswer
from quizengine.model.grade import Decimal, Grade, ResponseValue
from quizengine.model.variant import Part, Variant
from quizengine.web.bodies import Grid
from quizengine.web.rendering import prose
from quizengine.web.widgets import PartFault, Widget, make_widget

#: How much of the typed text is shown around the place that cannot be read.
CONTEXT = 60
PROMPT_ID = "prompt"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """What ``templates/parts/question.html`` shows.

    ``widgets`` are those that follow the prompt; others stand in it. ``faults`` has the id of
    an input and the message, for the summary on top of the form.
    """

    title: str
    prompt: Markup
    widgets: tuple[Widget, ...]
    all_widgets: tuple[Widget, ...]
    figure: str
    figure_alt: str
    hints: tuple[Markup, ...]
    decimal: Decimal
    faults: tuple[tuple[str, str], ...]

    @property
    def asks_decimal(self) -> bool:
        """Whether the decimal sign matters for any answer."""
        return any(widget.takes_numbers for widget in self.all_widgets)

    @property
    def kinds(self) -> frozenset[str]:
        """The answer types on the page, which decide the scripts it loads."""
        return frozenset(widget.kind for widget in self.all_widgets)


def view_question(
    variant: Variant,
    *,
    answers: Mapping[str, ResponseValue] | None = None,
    decimal: Decimal = "point",
    unreadable: Grade | None = None,
    within: str = "",
) -> QuestionView:
    """Return ``variant`` ready for its page, with what was typed and why it could not be read.

    Nothing of the key, the solution or the misconceptions goes in. ``within`` begins every id and
    name of its form, for a page with several questions.
    """
    typed = answers or {}
    found = faults_of(variant, unreadable, typed) if unreadable else {}
    prompt_names = len(variant.parts) == 1
    widgets = tuple(
        make_widget(
            part,
            typed=typed.get(part.name),
            decimal=decimal,
            fault=found.get(part.name),
            labelled_by=within + PROMPT_ID if prompt_names else "",
            within=within,
        )
        for part in variant.parts
    )
    placed = set(PLACE.findall(variant.prompt))
    return QuestionView(
        title=variant.title,
        prompt=_prompt(variant.prompt, [widget for widget in widgets if widget.name in placed]),
        widgets=tuple(widget for widget in widgets if widget.name not in placed),
        all_widgets=widgets,
        figure=figure_url(variant),
        figure_alt=variant.figure.alt if variant.figure else "",
        hints=tuple(map(prose, variant.hints)),
        decimal=decimal,
        faults=tuple((first_input(widget), widget.fault.message) for widget in widgets if widget.fault),
    )


def _prompt(prompt: str, placed: list[Widget]) -> Markup:
    if not placed:
        return prose(prompt)
    show = get_template_attribute("parts/widgets.html", "placed_widget")
    return prose(prompt, {widget.name: str(show(widget)) for widget in placed})


def figure_url(variant: Variant) -> str:
    """Return the figure as an address for ``<img>``; inline SVG could run scripts of its author."""
    if variant.figure is None:
        return ""
    return "data:image/svg+xml;base64," + b64encode(variant.figure.svg.encode()).decode()


def first_input(widget: Widget) -> str:
    """Return the id that a link from the summary goes to."""
    if isinstance(widget.body, Grid):
        return widget.body.rows[0][0].field.replace(".", "-")
    return widget.id


def faults_of(
    variant: Variant, grade: Grade, answers: Mapping[str, ResponseValue]
) -> Mapping[str, PartFault]:
    """Return why each part that could not be read could not."""
    if len(variant.parts) == 1:
        part = variant.parts[0]
        return {part.name: _fault(part, grade, answers.get(part.name, ""))}
    return {
        part.name: _fault(part, one, answers.get(part.name, ""))
        for part, one in zip(variant.parts, grade.parts, strict=False)
        if one.feedback
    }


def _fault(part: Part, grade: Grade, value: ResponseValue) -> PartFault:
    # A place is told for one text; in a grid or a table the message names the cell.
    is_marked = (
        isinstance(value, str) and grade.start is not None and not isinstance(part.answer, TableAnswer)
    )
    if not is_marked or not isinstance(value, str):
        return PartFault(message=grade.feedback)
    before, marked, after = around(value, grade.start or 0, grade.end)
    return PartFault(message=grade.feedback, before=before, marked=marked, after=after)


def around(text: str, start: int, end: int | None) -> tuple[str, str, str]:
    """Return the text before a place, at it and after it, in one line and not too long.

    >>> around("1 + sinx", 4, 8)
    ('1 + ', 'sinx', '')
    """
    start = max(0, min(start, len(text)))
    end = max(start, min(end if end is not None else start + 1, len(text)))
    left = text.rfind("\n", 0, start) + 1
    right = text.find("\n", end)
    before, after = text[left:start], text[end : right if right >= 0 else len(text)]
    return (
        "…" + before[-CONTEXT:] if len(before) > CONTEXT else before,
        text[start : min(end, start + CONTEXT)],
        after[:CONTEXT] + "…" if len(after) > CONTEXT else after,
    )
