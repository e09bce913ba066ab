"""An answer as the things that a form of another system can ask for: numbers, texts, picks, cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

from quizengine.grading import key_text, notations
from quizengine.model.answers import (
    Answer,
    CellAnswer,
    ChoiceAnswer,
    ChoicesAnswer,
    ConfigAnswer,
    EquationAnswer,
    ExpressionAnswer,
    FractionAnswer,
    IntegerAnswer,
    IntervalAnswer,
    MatchingAnswer,
    MatrixAnswer,
    NumberAnswer,
    Option,
    OrderingAnswer,
    OutputAnswer,
    SetAnswer,
    SqlAnswer,
    TableAnswer,
    TextAnswer,
    Tolerance,
    VectorAnswer,
    half_unit_of_digit,
    type_name,
)
from quizengine.paper.export.notes import Kind

#: Right orders that are listed one by one; more than these are refused.
MAX_ORDERS = 24
MAX_ORDERED = 7
#: Significant digits of a number that is asked exactly here, where the other side knows decimals only.
DIGITS_OF_EXACT = 4

Tell = Callable[[Kind, str], None]


class RefusedError(Exception):
    """An answer that the other system cannot ask for; the message says why and what would do."""


@dataclass(frozen=True, slots=True)
class NumberField:
    """A number, right when it is within ``margin`` of ``value``."""

    value: Fraction
    margin: Fraction = Fraction(0)
    unit: str = ""


@dataclass(frozen=True, slots=True)
class TextField:
    """A text, right when it is one of ``forms``; ``half`` are forms worth half."""

    forms: tuple[str, ...]
    half: tuple[str, ...] = ()
    exact_case: bool = False
    lines: int = 1


@dataclass(frozen=True, slots=True)
class PickField:
    """Options, of which exactly one is right, or (``many``) those in ``key`` and no others."""

    options: tuple[Option, ...]
    key: tuple[str, ...]
    many: bool


@dataclass(frozen=True, slots=True)
class PairField:
    """For each left item the id of the right one that belongs to it."""

    left: tuple[Option, ...]
    right: tuple[Option, ...]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderField:
    """Items, and every order of their ids that is right."""

    items: tuple[Option, ...]
    orders: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class GridField:
    """Cells in rows; a cell that is text is shown, not asked. Heads may be missing."""

    column_heads: tuple[str, ...]
    row_heads: tuple[str, ...]
    rows: tuple[tuple[NumberField | TextField | str, ...], ...]

    @property
    def asked(self) -> tuple[NumberField | TextField, ...]:
        """The cells to fill in, row by row."""
        return tuple(cell for row in self.rows for cell in row if not isinstance(cell, str))


@dataclass(frozen=True, slots=True)
class EssayField:
    """Room to write, marked by a person, who is shown ``key``."""

    key: str
    lines: int
    given: str = ""


Field = NumberField | TextField | PickField | PairField | OrderField | GridField | EssayField


@dataclass(frozen=True, slots=True)
class Wish:
    """How answers are taken along that the other system cannot judge: not, as texts, as essays.

    ``one_line`` says that its texts cannot have several lines.
    """

    as_text: bool = False
    as_essay: bool = False
    one_line: bool = False


def field_of(answer: Answer, wish: Wish, tell: Tell) -> Field:
    """Return what asks for ``answer`` elsewhere; what gets lost is told.

    Raises
    ------
    RefusedError
        If nothing does.
    """
    match answer:
        case IntegerAnswer():
            return NumberField(Fraction(answer.value))
        case NumberAnswer():
            return _number(answer, tell)
        case FractionAnswer():
            return _fraction(answer, tell)
        case ChoiceAnswer():
            return PickField(answer.options, (answer.key,), many=False)
        case ChoicesAnswer():
            return PickField(answer.options, answer.key, many=True)
        case MatchingAnswer():
            tell("lost", "all pairs or nothing: a share of right pairs does not count")
            return PairField(answer.left, answer.right, answer.key)
        case OrderingAnswer():
            tell("lost", "the whole order or nothing: a share of right pairs does not count")
            return OrderField(answer.items, right_orders(answer))
        case TableAnswer():
            return _table(answer, tell)
        case VectorAnswer() | MatrixAnswer() if answer.property is None and not getattr(answer, "up_to", ""):
            return _cells(answer, tell)
        case OutputAnswer():
            return _output(answer, wish, tell)
        case SetAnswer() | IntervalAnswer() | ExpressionAnswer() | EquationAnswer():
            return _as_text(answer, wish, tell)
        case _:
            return _essay(answer, wish, tell)


def wrong_field(wrong: Answer, key: Field) -> Field | None:
    """Return a misconception's answer in the form in which ``key`` is asked for, or None if it has none."""
    if isinstance(key, TextField):
        return TextField(_forms(wrong), exact_case=key.exact_case, lines=key.lines)
    try:
        found = field_of(wrong, Wish(as_text=True), lambda kind, text: None)
    except RefusedError:
        return None
    if type(found) is not type(key):
        return None
    if isinstance(found, GridField) and isinstance(key, GridField):
        alike = [type(one) for one in found.asked] == [type(one) for one in key.asked]
        return found if alike else None
    return found


def _number(answer: NumberAnswer, tell: Tell) -> NumberField:
    if answer.tolerance.kind in ("sigfig", "decimals"):
        tell("lost", "how many digits are typed does not count, only how near the number is")
    if answer.percent == "accept":
        tell("lost", "the answer is a decimal; here a percentage counts too")
    return NumberField(answer.value, _margin(answer.value, answer.tolerance, tell), answer.unit)


def _margin(value: Fraction, tolerance: Tolerance, tell: Tell) -> Fraction:
    margin = tolerance.margin(value)
    if margin or decimal_text(value, exact=True):
        return margin
    tell(
        "lost",
        f"asked exactly here (a fraction, a root); there {DIGITS_OF_EXACT} significant digits are enough",
    )
    return half_unit_of_digit(value, DIGITS_OF_EXACT)


def decimal_text(value: Fraction, *, exact: bool = False) -> str:
    """Write a number as a decimal, the nearest float; "" if ``exact`` and none is equal. No exponents.

    >>> decimal_text(Fraction(1, 8)), decimal_text(Fraction(1, 3), exact=True)
    ('0.125', '')
    """
    text = format(Decimal(repr(float(value))), "f")
    if exact and Fraction(text) != value:
        return ""
    return text.removesuffix(".0")


def _fraction(answer: FractionAnswer, tell: Tell) -> TextField:
    tell("lost", "a fraction is compared as text: only the forms listed are right")
    value = answer.value
    top, bottom = value.numerator, value.denominator
    forms = [f"{top}/{bottom}", f"{top} / {bottom}"] if bottom > 1 else [str(top)]
    decimal = decimal_text(value, exact=True) if bottom > 1 else ""
    others = [f"{top * times}/{bottom * times}" for times in (2, 3, 4, 5, 10)]
    others += [decimal, decimal.replace("0.", ".", 1)] if decimal else []
    others = list(dict.fromkeys(filter(None, others)))
    if answer.lowest_terms:
        return TextField(tuple(forms), half=tuple(others))
    return TextField((*forms, *others))


def _cell(cell: CellAnswer, tell: Tell) -> NumberField | TextField:
    if isinstance(cell, TextAnswer):
        return TextField((cell.value,))
    found = field_of(cell, Wish(), tell)
    assert isinstance(found, NumberField | TextField)
    return found


def _table(answer: TableAnswer, tell: Tell) -> GridField:
    rows = tuple(
        tuple(cell if isinstance(cell, str) else _cell(cell, tell) for cell in row) for row in answer.cells
    )
    return GridField(answer.column_heads, answer.row_heads, rows)


def _cells(answer: VectorAnswer | MatrixAnswer, tell: Tell) -> GridField:
    if not answer.shape_given:
        tell("lost", "how many numbers are wanted is part of the question here; there the boxes show it")
    rows = (answer.values,) if isinstance(answer, VectorAnswer) else answer.rows

    def cell(value: Fraction) -> NumberField:
        return NumberField(value, _margin(value, answer.tolerance, tell))

    return GridField((), (), tuple(tuple(map(cell, row)) for row in rows))


def right_orders(answer: OrderingAnswer) -> tuple[tuple[str, ...], ...]:
    """Return every right order, the key first.

    Raises
    ------
    RefusedError
        If there are more than a package can list.
    """
    ids = tuple(item.id for item in answer.items)
    if len(answer.before) == len(ids) * (len(ids) - 1) // 2:
        return (answer.key,)
    if len(ids) > MAX_ORDERED:
        raise RefusedError(
            f"several orders of more than {MAX_ORDERED} items are right, which cannot be listed"
        )
    others = []
    for order in permutations(ids):
        place = {found: at for at, found in enumerate(order)}
        if order != answer.key and all(place[one] < place[other] for one, other in answer.before):
            others.append(order)
        if len(others) >= MAX_ORDERS:
            raise RefusedError(f"more than {MAX_ORDERS} orders are right, which cannot be listed")
    return (answer.key, *others)


def _as_text(answer: Answer, wish: Wish, tell: Tell) -> Field:
    if wish.as_text:
        tell("lost", "compared as text: equal answers in another form will be marked wrong")
        return TextField(_forms(answer))
    if wish.as_essay:
        return _essay(answer, wish, tell)
    raise RefusedError(
        f"{type_name(answer)} answers are judged by what they mean, which this format cannot express: "
        "--as-text compares them as text, --as-essay has them marked by hand"
    )


def _forms(answer: Answer) -> tuple[str, ...]:
    """Return the key in the plain ways to write it: no LaTeX, nothing that a form would trim."""
    if isinstance(answer, FractionAnswer | OutputAnswer):
        found = field_of(answer, Wish(), lambda kind, text: None)
        assert isinstance(found, TextField)
        return found.forms
    texts = (key_text(answer), *(one for one in notations(answer) if isinstance(one, str)))
    return tuple(dict.fromkeys(one for one in map(str.strip, texts) if "\\" not in one and "$" not in one))


def _output(answer: OutputAnswer, wish: Wish, tell: Tell) -> Field:
    text = "\n".join(line.rstrip() for line in answer.text.rstrip().split("\n"))
    lines = text.count("\n") + 1
    if lines > 1 and wish.one_line:
        if wish.as_essay:
            return _essay(answer, wish, tell)
        raise RefusedError(
            "an output of several lines is more than this format's short answers can hold: "
            "--as-essay has it marked by hand"
        )
    tell("lost", "the output as a whole, character by character, or nothing")
    return TextField((text,), exact_case=True, lines=lines)


def _essay(answer: Answer, wish: Wish, tell: Tell) -> EssayField:
    if not wish.as_essay:
        judged = (
            "by execution"
            if isinstance(answer, SqlAnswer | ConfigAnswer)
            else "by a property that it must have"
        )
        raise RefusedError(
            f"{type_name(answer)} answers are judged {judged}, which this format cannot express: "
            "--as-essay has them marked by hand"
        )
    tell("lost", "marked by hand: the key stands where whoever marks sees it")
    key = key_text(answer)
    given = answer.given if isinstance(answer, ConfigAnswer) else ""
    return EssayField(key, max(4, key.count("\n") + 3), given)
