"""Several answers in one text of Moodle's: its embedded answers, known as Cloze."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from quizengine.markup import line_xhtml, to_xhtml
from quizengine.paper.export.fields import GridField, NumberField, PickField, TextField, decimal_text
from quizengine.paper.export.items import Item, Slip, number_window
from quizengine.paper.export.notes import ENDLESS, TICKS, Notes

#: What ends an answer or begins something else in an embedded answer; as entities Moodle decodes them.
_SPECIAL = {char: f"&#{ord(char)};" for char in "&<>~#}{=%\\/\"'*\n:"}
MAX_WEIGHT = 1000
SEVERAL = (
    "mistakes that show in several boxes: they are told at each box, also where the other boxes are right"
)


class Told(NamedTuple):
    """A mistake, and what it gives in one box."""

    slip: Slip
    field: NumberField | TextField | PickField


def cloze_of(item: Item, notes: Notes) -> dict[str, str]:
    """Return the box of each part; a part of several cells is a table of boxes."""
    weights = _weights(item, notes)
    boxes: dict[str, str] = {}
    for at, (part, field) in enumerate(zip(item.variant.parts, item.fields, strict=True)):
        if isinstance(field, GridField):
            boxes[part.name] = _grid(field, weights[at], _in_cells(item, at))
        elif isinstance(field, NumberField | TextField | PickField):
            boxes[part.name] = _box(field, weights[at], list(_in_part(item, at)))
    _tell(item, notes)
    return boxes


def _in_part(item: Item, at: int) -> Iterator[Told]:
    for slip in item.slips:
        found = number_window(slip) if slip.when and at == 0 else None if slip.when else slip.fields[at]
        if isinstance(found, NumberField | TextField | PickField) and found != item.fields[at]:
            yield Told(slip, found)


def _in_cells(item: Item, at: int) -> Iterator[list[Told]]:
    """Yield the mistakes that show in each cell of a part."""
    field = item.fields[at]
    assert isinstance(field, GridField)
    for cell, right in enumerate(field.asked):
        grids = ((slip, slip.fields[at]) for slip in item.slips if not slip.when)
        wrong = (
            (slip, grid.asked[cell])
            for slip, grid in grids
            if isinstance(grid, GridField) and cell < len(grid.asked)
        )
        yield [Told(slip, found) for slip, found in wrong if not _same(found, right)]


def _same(one: NumberField | TextField, other: NumberField | TextField) -> bool:
    if isinstance(one, NumberField) and isinstance(other, NumberField):
        return abs(one.value - other.value) <= other.margin
    return one == other


def _tell(item: Item, notes: Notes) -> None:
    for slip in item.slips:
        if slip.when and number_window(slip) is None:
            notes.add("lost", ENDLESS, item.variant.question_id, slip.wrong.id)
        elif len(slip.touched) > 1 or isinstance(item.fields[slip.touched[0]], GridField):
            notes.add("lost", SEVERAL, item.variant.question_id, slip.wrong.id)
        elif isinstance(field := item.fields[slip.touched[0]], PickField) and field.many:
            notes.add("lost", TICKS, item.variant.question_id, slip.wrong.id)


def _weights(item: Item, notes: Notes) -> list[int]:
    """Return whole weights for the boxes: those of a part of several cells are shared out among them."""
    shares = []
    for part, field in zip(item.variant.parts, item.fields, strict=True):
        boxes = len(field.asked) if isinstance(field, GridField) else 1
        shares.append(Fraction(part.weight).limit_denominator(100) / boxes)
    common = lcm(*(share.denominator for share in shares))
    whole = [int(share * common) for share in shares]
    if max(whole) > MAX_WEIGHT:
        notes.add(
            "lost", "the answers count alike, since Moodle wants whole weights", item.variant.question_id
        )
        return [1] * len(whole)
    return whole


def _grid(field: GridField, weight: int, told: Iterator[list[Told]]) -> str:
    rows = []
    if field.column_heads:
        heads = "".join(f"<th>{line_xhtml(head, 'tex')}</th>" for head in ("", *field.column_heads))
        rows.append(f"<tr>{heads}</tr>")
    for at, row in enumerate(field.rows):
        head = f"<th>{line_xhtml(field.row_heads[at], 'tex')}</th>" if field.row_heads else ""
        cells = "".join(
            f"<td>{line_xhtml(cell, 'tex') if isinstance(cell, str) else _box(cell, weight, next(told))}</td>"
            for cell in row
        )
        rows.append(f"<tr>{head}{cells}</tr>")
    return f"<table>{''.join(rows)}</table>"


def _box(field: NumberField | TextField | PickField, weight: int, told: list[Told]) -> str:
    match field:
        case NumberField():
            kind, answers = "NUMERICAL", [f"={_number(field)}"]
            answers += [_said(slip, _number(one)) for slip, one in told if isinstance(one, NumberField)]
        case TextField():
            kind = "SAC" if field.exact_case else "SHORTANSWER"
            answers = [f"={_escaped(literal(form))}" for form in field.forms]
            answers += [f"%50%{_escaped(literal(form))}" for form in field.half]
            wrong = [(slip, form) for slip, one in told if isinstance(one, TextField) for form in one.forms]
            answers += [_said(slip, _escaped(literal(form))) for slip, form in wrong]
        case PickField():
            kind, answers = _options(field, told)
    return f"{{{weight}:{kind}:{'~'.join(answers)}}}"


def _options(field: PickField, told: list[Told]) -> tuple[str, list[str]]:
    picked = reversed(told) if not field.many else ()
    feedback = {one.key[0]: slip for slip, one in picked if isinstance(one, PickField)}
    right = round(100 / len(field.key), 5)
    answers = []
    for option in field.options:
        text = _escaped(line_xhtml(option.text, "tex"))
        if option.id in field.key:
            answers.append(f"%{right:g}%{text}" if field.many else f"={text}")
        elif field.many:
            answers.append(f"%{-right:g}%{text}")
        else:
            answers.append(_said(feedback[option.id], text) if option.id in feedback else text)
    return ("MULTIRESPONSE" if field.many else "MCV"), answers


def _said(slip: Slip, text: str) -> str:
    said = _escaped(to_xhtml(slip.wrong.feedback, "tex"))
    return f"%{round(slip.wrong.credit * 100)}%{text}#{said}"


def _number(field: NumberField) -> str:
    return f"{decimal_text(field.value)}:{decimal_text(field.margin)}"


def literal(form: str) -> str:
    r"""Return a short answer in which an asterisk is one: else it stands for anything in Moodle.

    >>> print(literal("2*x"))
    2\*x
    """
    return form.replace("*", "\\*")


def _escaped(text: str) -> str:
    r"""Return text as an embedded answer that Moodle reads as that text.

    >>> _escaped("a}~b")
    'a&#125;&#126;b'
    """
    return "".join(_SPECIAL.get(char, char) for char in text)
