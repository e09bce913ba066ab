"""What a person answers with: from a part of a variant to what its template shows."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from quizengine.model.answers import (
    Answer,
    ChoiceAnswer,
    ChoicesAnswer,
    MatchingAnswer,
    MatrixAnswer,
    OrderingAnswer,
    TableAnswer,
    VectorAnswer,
    type_name,
)
from quizengine.model.grade import Decimal, ResponseValue
from quizengine.model.variant import Part
from quizengine.web.bodies import Body, Box, Cell, Grid, Picks, Table, Typed, make_body
from quizengine.web.rendering import line, words


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFault:
    """Why an answer cannot be read, and the typed text around the place, if there is one."""

    message: str
    before: str = ""
    marked: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Widget:
    """One answer of a question, ready for ``templates/parts/widgets.html``.

    ``id`` is the id of its input (or group), ``field`` the name that forms post.
    ``label_text`` is the label as plain text, for readers that do not say formulas.
    ``shape`` tells scripts how to collect the value: text, row, rows, choice, choices, ordering, matching.
    """

    name: str
    kind: str
    id: str
    field: str
    label: Markup
    label_text: str
    shape: str
    body: Body
    fault: PartFault | None = None
    labelled_by: str = ""

    @property
    def takes_numbers(self) -> bool:
        """Whether the decimal sign matters here."""
        cells = self.body.rows if isinstance(self.body, Table) else ()
        numeric = any(isinstance(cell, Cell) and cell.numeric for _, row in cells for cell in row)
        return isinstance(self.body, Box | Grid) or numeric


_LABELS = {
    "sql": "Your query",
    "output": "What it prints",
    "ordering": "Your order",
    "matrix": "Your matrix",
    "config": "Mend this file",
}


def make_widget(
    part: Part,
    *,
    typed: ResponseValue | None = None,
    decimal: Decimal = "point",
    fault: PartFault | None = None,
    labelled_by: str = "",
    within: str = "",
) -> Widget:
    """Return the widget of a part with what was typed so far.

    ``labelled_by`` is the id of the element that names the widget where its label does not:
    the prompt, for a question that is one choice. ``within`` begins the name of its field.
    """
    kind = type_name(part.answer)
    field = field_name(within + part.name)
    label = part.label or _LABELS.get(kind, "Your answer")
    body = make_body(part.answer, Typed(field, typed, decimal))
    return Widget(
        name=part.name,
        kind=kind,
        id=field.replace(".", "-"),
        field=field,
        label=line(label),
        label_text=words(label),
        shape=shape_of(part.answer),
        body=body,
        fault=fault,
        labelled_by=labelled_by if isinstance(body, Picks) and not part.label else "",
    )


def field_name(part: str, *places: int | str) -> str:
    """Return the name of a form field.

    >>> field_name("answer"), field_name("answer", 0, 1)
    ('a.answer', 'a.answer.0.1')
    """
    return ".".join(("a", part, *map(str, places)))


def shape_of(answer: Answer) -> str:
    """Return how the value of an answer is put together from form fields."""
    match answer:
        case VectorAnswer(shape_given=True):
            return "row"
        case MatrixAnswer(shape_given=True) | TableAnswer():
            return "rows"
        case ChoiceAnswer() | ChoicesAnswer() | OrderingAnswer() | MatchingAnswer():
            return type_name(answer)
        case _:
            return "text"
