"""Computed values -> the answer of a variant, by answer type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import singledispatch
from itertools import combinations
from string import ascii_lowercase
from typing import Any, TypeVar

import numpy as np

from quizengine.errors import ExpressionError, GenerationError, UnreadableResponseError
from quizengine.generation.order import shuffled
from quizengine.generation.program import CompiledPart
from quizengine.generation.values import exact, notation, plain, show
from quizengine.grading.formula_specs import checked, layout_of
from quizengine.model.answers import (
    EXACT,
    Answer,
    CellAnswer,
    ChoiceAnswer,
    ChoicesAnswer,
    EquationAnswer,
    ExpressionAnswer,
    FactorisationAnswer,
    FractionAnswer,
    IntegerAnswer,
    IntervalAnswer,
    MatchingAnswer,
    MatrixAnswer,
    NumberAnswer,
    Option,
    OrderingAnswer,
    OutputAnswer,
    Property,
    SetAnswer,
    TableAnswer,
    TextAnswer,
    Tolerance,
    VectorAnswer,
)

MAX_OPTIONS = 12


@dataclass(frozen=True, slots=True)
class Draw:
    """What a part is built from: the names of the draw, its randomness, the wrong values of this part."""

    names: Mapping[str, Any]
    rng: np.random.Generator
    wrong: tuple[Any, ...]


def tolerance_of(option: object, default: Tolerance = EXACT) -> Tolerance:
    """Turn the ``tolerance`` of a file, already checked for form, into a value."""
    if option is None:
        return default
    if option == "exact":
        return EXACT
    if not isinstance(option, Mapping):
        raise ExpressionError(f"unknown tolerance {option!r}")
    if "sigfig" in option:
        return Tolerance(kind="sigfig", digits=int(option["sigfig"]))
    if "decimals" in option:
        return Tolerance(kind="decimals", digits=int(option["decimals"]))
    near = {key: exact(option.get(key, 0)) for key in ("abs", "rel")}
    return Tolerance(kind="near", abs=near["abs"], rel=near["rel"])


METRIC = Tolerance(kind="metric")


def build(part: CompiledPart, value: Any, draw: Draw) -> Answer:
    """Return the answer of ``part`` whose computed value is ``value``.

    Raises
    ------
    ExpressionError
        If the value does not have the form that the type asks for.
    """
    try:
        return _BUILDERS[part.spec.type](part, plain(value), draw)
    except KeyError as error:
        raise ExpressionError(f"there is no answer type {error}") from error


def build_wrong(key: Answer, value: Any) -> Answer:
    """Return the answer that a misconception gives where the right one is ``key``.

    A value outside the type (a fraction where a whole number is asked) becomes a number.

    Raises
    ------
    ExpressionError
        If the value does not have the form that the type asks for.
    GenerationError
        If it names an option that is not shown.
    """
    return _wrong(key, plain(value))


@singledispatch
def _wrong(key: Answer, value: Any) -> Answer:
    raise ExpressionError(f"a wrong answer of type {type(key).__name__} is not given by a value")


@_wrong.register
def _(key: IntegerAnswer, value: Any) -> Answer:
    wrong = exact(value)
    if wrong.denominator == 1:
        return IntegerAnswer(value=wrong.numerator)
    return NumberAnswer(value=wrong, tolerance=METRIC, percent="accept")


@_wrong.register
def _(key: NumberAnswer, value: Any) -> Answer:
    return NumberAnswer(value=exact(value), tolerance=key.tolerance, percent=key.percent)


@_wrong.register
def _(key: FractionAnswer, value: Any) -> Answer:
    return FractionAnswer(value=exact(value))


@_wrong.register
def _(key: ExpressionAnswer, value: Any) -> Answer:
    # A wrong answer may be written in any form.
    return _readable(replace(key, value=notation(value), form="none"))


@_wrong.register
def _(key: EquationAnswer, value: Any) -> Answer:
    return _readable(replace(key, value=notation(value)))


@_wrong.register
def _(key: IntervalAnswer, value: Any) -> Answer:
    return _readable(replace(key, value=notation(value)))


@_wrong.register
def _(key: FactorisationAnswer, value: Any) -> Answer:
    return replace(key, factors=_matrices(value), property=None)


@_wrong.register
def _(key: VectorAnswer, value: Any) -> Answer:
    return VectorAnswer(values=_numbers(value), tolerance=key.tolerance, up_to=key.up_to)


@_wrong.register
def _(key: MatrixAnswer, value: Any) -> Answer:
    return MatrixAnswer(rows=tuple(_numbers(row) for row in value), tolerance=key.tolerance)


@_wrong.register
def _(key: SetAnswer, value: Any) -> Answer:
    return SetAnswer(values=tuple(sorted(set(_numbers(value)))), tolerance=key.tolerance)


@_wrong.register
def _(key: ChoiceAnswer, value: Any) -> Answer:
    return ChoiceAnswer(options=key.options, key=_id_of(key.options, show(value)))


@_wrong.register
def _(key: ChoicesAnswer, value: Any) -> Answer:
    return ChoicesAnswer(options=key.options, key=_ids_of(key.options, value))


@_wrong.register
def _(key: OrderingAnswer, value: Any) -> Answer:
    ids = tuple(_id_of(key.items, show(text)) for text in value)
    return OrderingAnswer(items=key.items, key=ids, before=tuple(combinations(ids, 2)))


@_wrong.register
def _(key: MatchingAnswer, value: Any) -> Answer:
    return MatchingAnswer(left=key.left, right=key.right, key=_matched(key.left, key.right, value))


@_wrong.register
def _(key: TableAnswer, value: Any) -> Answer:
    cells = tuple(
        tuple(
            cell if isinstance(cell, str) else _wrong_cell(cell, item)
            for cell, item in zip(row, line, strict=True)
        )
        for row, line in zip(key.cells, value, strict=True)
    )
    return TableAnswer(column_heads=key.column_heads, row_heads=key.row_heads, cells=cells)


@_wrong.register
def _(key: OutputAnswer, value: Any) -> Answer:
    return OutputAnswer(code=key.code, language=key.language, text=str(value))


def _wrong_cell(cell: CellAnswer, value: Any) -> CellAnswer:
    if isinstance(cell, TextAnswer):
        return TextAnswer(value=show(value))
    wrong = exact(value)
    if isinstance(cell, NumberAnswer):
        return NumberAnswer(value=wrong, tolerance=cell.tolerance, percent=cell.percent)
    if isinstance(cell, IntegerAnswer) and wrong.denominator == 1:
        return IntegerAnswer(value=wrong.numerator)
    return FractionAnswer(value=wrong)


def _numbers(value: Any) -> tuple[Fraction, ...]:
    if not isinstance(value, list):
        raise ExpressionError(f"expected a list of numbers, found {show(value)[:40]!r}")
    flat = [item[0] if isinstance(item, list) and len(item) == 1 else item for item in value]
    return tuple(exact(item) for item in flat)


Formula = TypeVar("Formula", ExpressionAnswer, EquationAnswer, IntervalAnswer)


def _readable(answer: Formula) -> Formula:
    """Return an answer whose value can be read as it would be typed."""
    try:
        return checked(answer)
    except UnreadableResponseError as error:
        raise ExpressionError(f"{answer.value[:60]!r} cannot be read: {error}") from error


def _matrices(value: Any) -> tuple[tuple[tuple[Fraction, ...], ...], ...]:
    if not isinstance(value, list) or not all(isinstance(factor, list) for factor in value):
        raise ExpressionError("the value of a factorisation is a list of matrices")
    return tuple(tuple(_numbers(row) for row in factor) for factor in value)


def _integer(part: CompiledPart, value: Any, _draw: Draw) -> Answer:
    size = exact(value)
    if size.denominator != 1:
        raise ExpressionError(f"{part.spec.name}: the key of an integer question is {show(value)}")
    return IntegerAnswer(value=size.numerator)


def _number(part: CompiledPart, value: Any, _draw: Draw) -> Answer:
    options = part.spec.options
    return NumberAnswer(
        value=exact(value),
        tolerance=tolerance_of(options.get("tolerance"), METRIC),
        percent="accept" if options.get("percent") == "accept" else "refuse",
        unit=str(options.get("unit", "")),
    )


def _fraction(part: CompiledPart, value: Any, _draw: Draw) -> Answer:
    return FractionAnswer(value=exact(value), lowest_terms=part.spec.options.get("form") == "lowest-terms")


def _expression(part: CompiledPart, value: Any, _draw: Draw) -> Answer:
    options = part.spec.options
    text, variables = notation(value), _variables(part)
    try:
        layout = options.get("layout") or layout_of(text, variables)
    except UnreadableResponseError as error:
        raise ExpressionError(f"{part.spec.name}: {text[:60]!r} cannot be read: {error}") from error
    return _readable(
        ExpressionAnswer(
            value=text,
            variables=variables,
            domain=options.get("domain", "real"),  # type: ignore[arg-type]  # the loader checked the words
            form=options.get("form", "none"),  # type: ignore[arg-type]
            up_to=options.get("up_to", ""),  # type: ignore[arg-type]
            layout=layout,  # type: ignore[arg-type]
            tolerance=tolerance_of(options.get("tolerance")),
        )
    )


def _variables(part: CompiledPart) -> tuple[str, ...]:
    given = part.spec.options.get("variables", ())
    return tuple(map(str, given)) if isinstance(given, tuple) else ()


def _equation(part: CompiledPart, value: Any, _draw: Draw) -> Answer:
    return _readable(EquationAnswer(value=notation(value), variables=_variables(part)))


def _interval(part: CompiledPart, value: Any, _draw: Draw) -> Answer:
    return _readable(
        IntervalAnswer(value=notation(value), variable=str(part.spec.options.get("variable", "x")))
    )


def _property(part: CompiledPart, draw: Draw) -> Property | None:
    """Return the property that is asked for, with the data of this draw."""
    name = part.spec.options.get("property")
    if not name:
        return None

    def given(key: str) -> Any:
        expression = part.expressions.get(key)
        return plain(expression.evaluate(draw.names)) if expression else None

    matrix, vector, eigenvalue = given("matrix"), given("vector"), given("eigenvalue")
    return Property(
        name=name,  # type: ignore[arg-type]  # one of the words: the loader checked
        matrix=tuple(_numbers(row) for row in matrix) if matrix is not None else (),
        vector=_numbers(vector) if vector is not None else (),
        eigenvalue=exact(eigenvalue) if eigenvalue is not None else None,
    )


def _factorisation(part: CompiledPart, value: Any, draw: Draw) -> Answer:
    wanted = _property(part, draw)
    if wanted is None:
        raise ExpressionError(f"{part.spec.name}: a factorisation names its property")
    return FactorisationAnswer(
        factors=_matrices(value), property=wanted, tolerance=tolerance_of(part.spec.options.get("tolerance"))
    )


def _vector(part: CompiledPart, value: Any, draw: Draw) -> Answer:
    options = part.spec.options
    return VectorAnswer(
        values=_numbers(value),
        tolerance=tolerance_of(options.get("tolerance")),
        up_to=options.get("up_to", ""),  # type: ignore[arg-type]  # one of the four words: the loader checked
        shape_given=bool(options.get("shape_given", True)),
        property=_property(part, draw),
    )


def _matrix(part: CompiledPart, value: Any, draw: Draw) -> Answer:
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise ExpressionError(f"{part.spec.name}: the key of a matrix question is a list of rows")
    options = part.spec.options
    return MatrixAnswer(
        rows=tuple(_numbers(row) for row in value),
        tolerance=tolerance_of(options.get("tolerance")),
        shape_given=bool(options.get("shape_given", True)),
        property=_property(part, draw),
    )


def _set(part: CompiledPart, value: Any, _draw: Draw) -> Answer:
    values = tuple(sorted(set(_numbers(value))))
    return SetAnswer(values=values, tolerance=tolerance_of(part.spec.options.get("tolerance")))


def _options(texts: Sequence[str], draw: Draw, *, shuffle: bool = True) -> tuple[Option, ...]:
    distinct = list(dict.fromkeys(texts))
    if len(distinct) > MAX_OPTIONS:
        raise ExpressionError(f"at most {MAX_OPTIONS} options can be shown")
    order = shuffled(draw.rng, distinct) if shuffle else range(len(distinct))
    return tuple(Option(ascii_lowercase[i], distinct[j]) for i, j in enumerate(order))


def _id_of(options: tuple[Option, ...], text: str) -> str:
    found = next((option.id for option in options if option.text == text), None)
    if found is None:
        raise GenerationError(f"{text!r} is not among the options")
    return found


def _ids_of(options: tuple[Option, ...], texts: Any) -> tuple[str, ...]:
    return tuple(sorted(_id_of(options, show(text)) for text in plain(texts)))


def _option_texts(part: CompiledPart, draw: Draw) -> list[str]:
    if "options" in part.texts:
        return [text.render(draw.names) for text in part.texts["options"]]
    if "options" in part.expressions:
        return [show(text) for text in plain(part.expressions["options"].evaluate(draw.names))]
    return []


def _choice(part: CompiledPart, value: Any, draw: Draw) -> Answer:
    key = show(value)
    # Distractors default to the misconceptions: each wrong option then has a name.
    texts = _option_texts(part, draw) or [key, *(show(wrong) for wrong in draw.wrong if wrong is not None)]
    options = _options(texts, draw, shuffle=bool(part.spec.options.get("shuffle", True)))
    if len(options) < 2:
        raise GenerationError("a choice needs two different options")
    return ChoiceAnswer(options=options, key=_id_of(options, key))


def _choices(part: CompiledPart, value: Any, draw: Draw) -> Answer:
    options = _options(_option_texts(part, draw), draw, shuffle=bool(part.spec.options.get("shuffle", True)))
    return ChoicesAnswer(options=options, key=_ids_of(options, value))


def _ordering(part: CompiledPart, value: Any, draw: Draw) -> Answer:
    texts = [show(text) for text in value]
    items = _options(texts, draw)
    key = tuple(_id_of(items, text) for text in texts)
    if tuple(item.id for item in items) == key:
        # What is shown must not be the answer: turn the list by one.
        turned = (*items[1:], items[0])
        items = tuple(Option(ascii_lowercase[i], item.text) for i, item in enumerate(turned))
        key = tuple(_id_of(items, text) for text in texts)
    pairs = part.expressions.get("before")
    if pairs is None:
        return OrderingAnswer(items=items, key=key, before=tuple(combinations(key, 2)))
    before = tuple(
        (_id_of(items, show(a)), _id_of(items, show(b))) for a, b in plain(pairs.evaluate(draw.names))
    )
    return OrderingAnswer(items=items, key=key, before=before)


def _matching(part: CompiledPart, value: Any, draw: Draw) -> Answer:
    pairs = [(show(left), show(right)) for left, right in value]
    extra = [text.render(draw.names) for text in part.texts.get("extra", ())]
    left = _options([one for one, _ in pairs], draw)
    right = _options([*(other for _, other in pairs), *extra], draw)
    return MatchingAnswer(left=left, right=right, key=_matched(left, right, value))


def _matched(left: tuple[Option, ...], right: tuple[Option, ...], pairs: Any) -> tuple[str, ...]:
    by_left = {show(one): show(other) for one, other in pairs}
    if by_left.keys() != {option.text for option in left}:
        raise ExpressionError("a matching pairs each left item once")
    return tuple(_id_of(right, by_left[option.text]) for option in left)


def _table(part: CompiledPart, value: Any, draw: Draw) -> Answer:
    given_part = part.expressions.get("given")
    given = {tuple(place) for place in plain(given_part.evaluate(draw.names))} if given_part else set()
    cells = tuple(
        tuple(show(item) if (i, j) in given else _cell(part, item) for j, item in enumerate(row))
        for i, row in enumerate(value)
    )
    heads = {
        key: tuple(text.render(draw.names) for text in part.texts.get(key, ())) for key in ("columns", "rows")
    }
    if len(cells) != len(heads["rows"]) or any(len(row) != len(heads["columns"]) for row in cells):
        raise ExpressionError(f"{part.spec.name}: the values of a table fit its rows and columns")
    return TableAnswer(column_heads=heads["columns"], row_heads=heads["rows"], cells=cells)


def _cell(part: CompiledPart, item: Any) -> CellAnswer:
    options = part.spec.options
    match options.get("cell", "number"):
        case "text":
            return TextAnswer(value=show(item))
        case "integer":
            return IntegerAnswer(value=int(exact(item)))
        case "fraction":
            return FractionAnswer(value=exact(item))
        case _:
            return NumberAnswer(value=exact(item), tolerance=tolerance_of(options.get("tolerance"), METRIC))


def _output(part: CompiledPart, value: Any, draw: Draw) -> Answer:
    code = part.texts["code"][0].render(draw.names).strip("\n")
    return OutputAnswer(code=code, language=str(part.spec.options.get("language", "python")), text=str(value))


_BUILDERS: Mapping[str, Callable[[CompiledPart, Any, Draw], Answer]] = {
    "expression": _expression,
    "equation": _equation,
    "interval": _interval,
    "factorisation": _factorisation,
    "integer": _integer,
    "number": _number,
    "fraction": _fraction,
    "vector": _vector,
    "matrix": _matrix,
    "set": _set,
    "choice": _choice,
    "choices": _choices,
    "ordering": _ordering,
    "matching": _matching,
    "table": _table,
    "output": _output,
}
