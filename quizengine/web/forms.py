"""What a form or a script sent -> the response of each part, in the shape that graders read.

Missing fields are empty answers, never errors: the grader says in its own words what is missing,
and what was typed is shown again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request

from quizengine.errors import RequestError
from quizengine.model.answers import (
    Answer,
    ChoiceAnswer,
    ChoicesAnswer,
    MatchingAnswer,
    MatrixAnswer,
    OrderingAnswer,
    TableAnswer,
    VectorAnswer,
)
from quizengine.model.grade import Decimal, ResponseValue
from quizengine.model.variant import Variant
from quizengine.web.widgets import field_name

MAX_VALUE_CHARACTERS = 20_000
MAX_ENTRIES = 400


Form = MultiDict[str, str]


def read_form(variant: Variant, form: Form) -> Mapping[str, ResponseValue]:
    """Return what was posted for each part of ``variant``.

    Examples
    --------
    A matrix of given shape is posted cell by cell, as ``a.answer.0.1``; a choice as ``a.answer``.
    """
    return {part.name: _value(part.answer, part.name, form) for part in variant.parts}


def read_decimal(form: Form) -> Decimal:
    """Return the decimal sign that the form was filled in with."""
    return "comma" if form.get("decimal", "") == "comma" else "point"


def is_empty(value: ResponseValue) -> bool:
    """Whether nothing was entered."""
    return not value.strip() if isinstance(value, str) else all(is_empty(entry) for entry in value)


def _value(answer: Answer, name: str, form: Form) -> ResponseValue:
    match answer:
        case VectorAnswer(shape_given=True):
            return tuple(form.get(field_name(name, at), "") for at in range(len(answer.values)))
        case MatrixAnswer(shape_given=True):
            return _cells(name, form, len(answer.rows), len(answer.rows[0]))
        case TableAnswer():
            return _cells(name, form, len(answer.row_heads), len(answer.column_heads))
        case ChoicesAnswer():
            return tuple(form.getlist(field_name(name)))
        case ChoiceAnswer():
            return form.get(field_name(name), "")
        case MatchingAnswer():
            return tuple(form.get(field_name(name, at), "") for at in range(len(answer.left)))
        case OrderingAnswer():
            return _order(answer, name, form)
        case _:
            # Browsers send the ends of lines as CR LF; what was typed has none of that.
            return form.get(field_name(name), "").replace("\r\n", "\n")


def _cells(name: str, form: Form, rows: int, columns: int) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(form.get(field_name(name, i, j), "") for j in range(columns)) for i in range(rows))


def _order(answer: OrderingAnswer, name: str, form: Form) -> tuple[str, ...]:
    """Return the item at each position; of two that want the same one the second has none."""
    places = [""] * len(answer.items)
    for item in answer.items:
        wanted = form.get(field_name(name, item.id), "")
        at = (whole_number(wanted, digits=3) or 0) - 1
        if 0 <= at < len(places) and not places[at]:
            places[at] = item.id
    return tuple(places)


def whole_number(text: str, *, digits: int) -> int | None:
    """Return the number that ``text`` writes in at most so many plain digits, None if it does not.

    >>> whole_number("042", digits=3), whole_number("1e3", digits=3), whole_number("1234", digits=3)
    (42, None, None)
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def read_object(request: Request, wanted: str) -> Mapping[str, Any]:
    """Return the JSON object that a script sent; ``wanted`` says what should stand in it.

    Raises
    ------
    RequestError
        If the body is something else.
    """
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # brackets, nested a thousand deep
        body = None
    if not isinstance(body, dict):
        raise RequestError(f"Send an object with {wanted}.")
    return body


def read_answers(variant: Variant, body: object) -> Mapping[str, ResponseValue]:
    """Return the ``answers`` of a JSON body: a text, a list of texts or rows of texts for each part.

    Raises
    ------
    RequestError
        For a name that the variant has not, or a value of another shape or size.
    """
    if not isinstance(body, dict):
        raise RequestError("The answers are an object with one value for each part.")
    unknown = body.keys() - {part.name for part in variant.parts}
    if unknown:
        raise RequestError(f"This question has no answer named {', '.join(sorted(map(str, unknown)))}.")
    return {name: read_value(value) for name, value in body.items()}


def read_value(value: object) -> ResponseValue:
    """Return one value of a JSON body as graders take it.

    Raises
    ------
    RequestError
        If it is no text, list of texts or rows of texts, or is too large.
    """
    if isinstance(value, str):
        return _text(value)
    if not isinstance(value, list) or len(value) > MAX_ENTRIES:
        raise RequestError("An answer is a text, a list of texts or rows of texts.")
    if all(isinstance(entry, str) for entry in value):
        return tuple(map(_text, value))
    rows = tuple(_row(entry) for entry in value)
    if sum(map(len, rows)) > MAX_ENTRIES:
        raise RequestError(f"An answer has at most {MAX_ENTRIES} entries.")
    return rows


def _row(entry: object) -> tuple[str, ...]:
    if not isinstance(entry, list) or len(entry) > MAX_ENTRIES:
        raise RequestError("The rows of an answer are lists of texts.")
    return tuple(map(_text, entry))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise RequestError("The entries of an answer are texts.")
    if len(value) > MAX_VALUE_CHARACTERS:
        raise RequestError(f"An answer has at most {MAX_VALUE_CHARACTERS:,} characters.")
    # JSON can name half a character, which no page and no database can hold.
    return value.encode("utf-8", "replace").decode()
