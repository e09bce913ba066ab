"""Expressions, equations, intervals and properties written as JSON, for ``quizengine grade``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeVar, get_args

from quizengine.errors import RequestError, UnknownNameError, UnreadableResponseError
from quizengine.grading.characters import GREEK
from quizengine.grading.formulas import FormulaAnswer, key_node
from quizengine.grading.names import CONSTANTS, INFINITY, ROOTS, WORDS, function_named
from quizengine.grading.parse import parse
from quizengine.grading.properties import FACTORS
from quizengine.grading.typed import read_factors, read_grid, read_row, read_scalar
from quizengine.model.answers import (
    Domain,
    EquationAnswer,
    ExpressionAnswer,
    ExpressionUpTo,
    FactorisationAnswer,
    Form,
    IntervalAnswer,
    Layout,
    Property,
    PropertyName,
    Tolerance,
)
from quizengine.model.grade import ResponseValue

Spec = Mapping[str, Any]
MAX_VARIABLES = 12
_NAME = re.compile(r"[A-Za-z]+[0-9]*(?:_[A-Za-z0-9]+)?")
_EXPONENTIAL = re.compile(r"[0-9.][eE][+-]?[0-9]+")
Word = TypeVar("Word", bound=str)
Chosen = TypeVar("Chosen", bound=FormulaAnswer)


def variables_of(spec: Spec, value: str) -> tuple[str, ...]:
    """Return the variables that a spec declares, or else every name in its value that is no function."""
    given = spec.get("variables")
    if given is None:
        known = {*CONSTANTS, *INFINITY, *WORDS, "U", "i"}
        found = (name for name in _names_in(value) if name not in known and not _is_function(name))
        return tuple(dict.fromkeys(found))
    if isinstance(given, list):
        given = [_spelled(name) if isinstance(name, str) else name for name in given]
    if (
        not isinstance(given, list)
        or len(given) > MAX_VARIABLES
        or not all(isinstance(name, str) and _NAME.fullmatch(name) for name in given)
    ):
        raise RequestError(f"'variables' is a list of at most {MAX_VARIABLES} names, not {given!r:.60}.")
    return tuple(given)


def is_symbolic(spec: Spec) -> bool:
    """Whether the value of a vector, matrix or set holds declared variables."""
    value, given = spec.get("value"), spec.get("variables")
    if not isinstance(value, str) or not isinstance(given, list):
        return False
    return not {_spelled(str(name)) for name in given}.isdisjoint(_names_in(value))


def _names_in(value: str) -> list[str]:
    return _NAME.findall(_spelled(_EXPONENTIAL.sub(" ", value)))


def _spelled(text: str) -> str:
    """Write out Greek letters, as the parser does."""
    return "".join(GREEK.get(char, char) for char in text)


def _is_function(name: str) -> bool:
    return bool(function_named(name)) or name.rstrip("0123456789") in ROOTS


def expression_from(
    spec: Spec, value: str, tolerance: Tolerance, layout: Layout | None = None
) -> ExpressionAnswer:
    """Return the expression that a spec describes; the layout follows from the value where none is given."""
    variables = variables_of(spec, value)
    return checked(
        ExpressionAnswer(
            value=value,
            variables=variables,
            domain=one_of(spec, "domain", get_args(Domain), "real"),
            form=one_of(spec, "form", get_args(Form), "none"),
            up_to=one_of(spec, "up_to", get_args(ExpressionUpTo), ""),
            layout=layout or layout_of(value, variables),
            tolerance=tolerance,
        )
    )


def layout_of(value: str, variables: Sequence[str]) -> Layout:
    """Return what an expression's value is: one expression, or a list, matrix or set of them."""
    names = frozenset({*variables, "i"})
    try:
        if parse(value, variables=names).kind != "list":
            return "scalar"
    except UnreadableResponseError:
        pass
    node = parse(value, layout="list", variables=names)
    while node.kind == "list" and len(node.parts) == 1 and node.parts[0].kind in ("list", "rows"):
        node = node.parts[0]
    if node.value == "{}":
        return "set"
    nested = node.kind == "rows" or (node.parts and all(part.kind == "list" for part in node.parts))
    return "matrix" if nested else "list"


def checked(answer: Chosen) -> Chosen:
    """Return an answer whose key can be read.

    Raises
    ------
    UnreadableResponseError
        If it cannot.
    """
    key_node(answer)
    return answer


def one_of(spec: Spec, key: str, known: Sequence[Word], default: Word) -> Word:
    """Return one of the words that a key may hold."""
    found = spec.get(key, default)
    for word in known:
        if word == found:
            return word
    raise UnknownNameError(key, str(found)[:60], [word for word in known if word])


def equation_from(spec: Spec, value: str) -> EquationAnswer:
    """Return the equation that a spec describes."""
    answer = checked(EquationAnswer(value=value, variables=variables_of(spec, value)))
    if key_node(answer).kind not in ("relation", "and", "or", "not"):
        raise RequestError("The value of an equation is an equation, an inequality, or several.")
    return answer


def interval_from(spec: Spec, value: str) -> IntervalAnswer:
    """Return the set of real numbers that a spec describes."""
    variables = variables_of(spec, value) or ("x",)
    return checked(IntervalAnswer(value=value, variable=variables[0]))


# Properties


def property_from(spec: Spec) -> Property | None:
    """Return the property that a spec asks for, with the data it speaks of; None where it asks for none."""
    if "property" not in spec:
        return None
    name: PropertyName = one_of(spec, "property", get_args(PropertyName), "eigenvector")
    data = spec.get("data", {})
    if not isinstance(data, Mapping):
        raise RequestError("'data' is an object, such as {\"matrix\": [[2, 0], [0, 3]]}.")
    made = Property(
        name=name,
        matrix=_from(data, "matrix", _rows) or (),
        vector=_from(data, "vector", _row) or (),
        eigenvalue=_from(data, "eigenvalue", lambda value: read_scalar(str(value), "point").number),
    )
    if not made.matrix and name not in {"unit", "orthonormal"}:
        raise RequestError(f"The property {name} needs 'data' with a 'matrix'.")
    return made


Read = TypeVar("Read")


def _from(data: Spec, key: str, read: Callable[[Any], Read]) -> Read | None:
    return read(data[key]) if key in data else None


def _given(value: Any) -> ResponseValue:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return tuple(tuple(map(str, row)) if isinstance(row, list) else str(row) for row in value)  # type: ignore[return-value]
    raise RequestError(f"{value!r:.60} is neither text nor a list.")


def _rows(value: Any) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(cell.number for cell in row.cells) for row in read_grid(_given(value), "point").rows)


def _row(value: Any) -> tuple[Fraction, ...]:
    return tuple(cell.number for cell in read_row(_given(value), "point").cells)


def factorisation_from(spec: Spec, value: str, tolerance: Tolerance) -> FactorisationAnswer:
    """Return the factorisation that a spec describes."""
    wanted = property_from(spec)
    if wanted is None or wanted.name not in FACTORS:
        raise RequestError(f"A factorisation has a 'property': {', '.join(FACTORS)}.")
    grids = read_factors(value, "point").grids
    factors = tuple(tuple(tuple(c.number for c in row.cells) for row in grid.rows) for grid in grids)
    return FactorisationAnswer(factors=factors, property=wanted, tolerance=tolerance)
