"""Answers written as JSON, for ``quizengine grade``: anybody can measure the graders with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

from quizengine.errors import RequestError, UnknownNameError, UnreadableResponseError
from quizengine.grading.config import MAX_RULES, broken_rules, parse_rule, read_file
from quizengine.grading.formula_specs import (
    equation_from,
    expression_from,
    factorisation_from,
    interval_from,
    is_symbolic,
    property_from,
)
from quizengine.grading.typed import read_grid, read_group, read_row, read_scalar
from quizengine.model.answers import (
    Answer,
    CellAnswer,
    ChoiceAnswer,
    ChoicesAnswer,
    ConfigAnswer,
    EquationAnswer,
    ExpressionAnswer,
    FactorisationAnswer,
    FileKind,
    FractionAnswer,
    IntegerAnswer,
    IntervalAnswer,
    Layout,
    MatchingAnswer,
    MatrixAnswer,
    NumberAnswer,
    Option,
    OrderingAnswer,
    OutputAnswer,
    Rule,
    SetAnswer,
    SqlAnswer,
    SqlDialect,
    TableAnswer,
    TextAnswer,
    Tolerance,
    UpTo,
    VectorAnswer,
)
from quizengine.model.grade import Decimal, ResponseValue
from quizengine.model.variant import Misconception, Part, QuestionId, SkillId, Variant
from quizengine.sqljudge import panel_for_schema, tables_shown
from quizengine.sqljudge.dialects import read_query

Spec = Mapping[str, Any]

METRIC = Tolerance(kind="metric")
EXACT = Tolerance()
MAX_OPTIONS = 26
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_FILE_KINDS: tuple[FileKind, ...] = ("dockerfile", "yaml", "yaml-stream", "json")
_DIALECTS: tuple[SqlDialect, ...] = ("sqlite", "postgresql")
_UP_TO: tuple[UpTo, ...] = ("", "scale", "sign", "order")


def answer_from_json(spec: Spec) -> Answer:
    """Return the answer that ``spec`` describes, its ``value`` in any notation that a person may type.

    Raises
    ------
    RequestError
        If the type is not known (the message names those that are), a key is
        missing, or the value cannot be read.

    Examples
    --------
    >>> answer_from_json({"type": "fraction", "value": "3/4"})
    FractionAnswer(value=Fraction(3, 4), lowest_terms=False)
    """
    name = _wanted(spec, "type")
    reader = _READERS.get(name) if isinstance(name, str) else None
    if reader is None:
        raise RequestError(
            f"There is no answer type named {name!r:.60}; those known are {', '.join(sorted(_READERS))}."
        )
    try:
        return reader(spec)
    except UnreadableResponseError as error:
        raise RequestError(f"The value of the answer cannot be read: {error}") from error


def variant_of(spec: Spec) -> Variant:
    """Return a question with nothing but the answer of ``spec``, as ``grade`` takes it.

    ``misconceptions`` of an SQL answer are ``{"id": .., "sql": .., "feedback": ..}``.
    """
    return variant_with(answer_from_json(spec), _misconceptions(spec))


def variant_with(answer: Answer, misconceptions: tuple[Misconception, ...] = ()) -> Variant:
    """Return a question with nothing but ``answer`` and the wrong answers to it that have a name."""
    return Variant(
        question_id=QuestionId("line"),
        version=1,
        title="",
        skills=((SkillId("line"), 1.0),),
        difficulty=0.0,
        seconds=0,
        values={},
        prompt="",
        parts=(Part("answer", "", 1.0, answer),),
        misconceptions=misconceptions,
        solution="",
    )


def response_from_json(value: object) -> ResponseValue:
    """Return a JSON string, number or list of them as a form would have sent it.

    >>> response_from_json([[1, "2"], [3, 0.5]])
    (('1', '2'), ('3', '0.5'))
    """
    if isinstance(value, list):
        rows = [response_from_json(item) for item in value]
        if all(isinstance(row, str) for row in rows):
            return tuple(row for row in rows if isinstance(row, str))
        return tuple((row,) if isinstance(row, str) else tuple(map(str, row)) for row in rows)
    return _text(value)


def decimal_from_json(reading: object) -> Decimal:
    """Return the decimal setting of a line's ``reading``."""
    wanted = reading.get("decimal", "point") if isinstance(reading, Mapping) else "point"
    if wanted not in ("point", "comma"):
        raise RequestError(f"The decimal setting is point or comma, not {wanted!r}.")
    return "comma" if wanted == "comma" else "point"


# Numbers


def _wanted(spec: Spec, key: str) -> Any:
    if key not in spec:
        raise RequestError(f"The answer has no {key!r}.")
    return spec[key]


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise RequestError(f"{value!r:.60} is neither text nor a number.")
    return value if isinstance(value, str) else repr(value)


def _fraction(value: object) -> Fraction:
    return read_scalar(_text(value), "point", percent=True).number


def _nested(value: object) -> ResponseValue:
    return response_from_json(value) if isinstance(value, list) else _text(value)


def _tolerance(spec: Spec, default: Tolerance) -> Tolerance:
    wanted = spec.get("tolerance")
    if wanted is None:
        return default
    if wanted in ("exact", {"exact": True}):
        return EXACT
    if not isinstance(wanted, Mapping) or not wanted:
        raise RequestError(
            'A tolerance is "exact" or {"abs": ..}, {"rel": ..}, {"sigfig": n}, {"decimals": n}.'
        )
    if "sigfig" in wanted:
        return Tolerance(kind="sigfig", digits=_count(wanted["sigfig"]))
    if "decimals" in wanted:
        return Tolerance(kind="decimals", digits=_count(wanted["decimals"]))
    unknown = sorted(set(wanted) - {"abs", "rel"})
    if unknown:
        raise UnknownNameError("tolerance", unknown[0], ["abs", "rel", "sigfig", "decimals", "exact"])
    return Tolerance(
        kind="near", abs=_fraction(wanted.get("abs", "0")), rel=_fraction(wanted.get("rel", "0"))
    )


def _count(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value <= 30:
        raise RequestError(f"A number of digits lies between 0 and 30, not {value!r:.60}.")
    return value


def _integer(spec: Spec) -> IntegerAnswer:
    value = _fraction(_wanted(spec, "value"))
    if value.denominator != 1:
        raise RequestError(f"The value of an integer answer is {value}, which is not whole.")
    return IntegerAnswer(value=int(value))


def _number(spec: Spec) -> NumberAnswer | ExpressionAnswer:
    if spec.get("form"):
        # How a value is written is judged where its tree is kept.
        return expression_from(spec, _text(_wanted(spec, "value")), _tolerance(spec, METRIC))
    return NumberAnswer(
        value=_fraction(_wanted(spec, "value")),
        tolerance=_tolerance(spec, METRIC),
        percent="refuse" if spec.get("percent") == "refuse" else "accept",
        unit=_text(spec.get("unit", "")),
    )


def _quotient(spec: Spec) -> FractionAnswer | ExpressionAnswer:
    form = spec.get("form")
    if form and form != "lowest-terms":
        return expression_from(spec, _text(_wanted(spec, "value")), EXACT)
    lowest = form == "lowest-terms" or spec.get("lowest_terms") is True
    return FractionAnswer(value=_fraction(_wanted(spec, "value")), lowest_terms=lowest)


def _expression(spec: Spec) -> ExpressionAnswer:
    return expression_from(spec, _text(_wanted(spec, "value")), _tolerance(spec, EXACT))


def _symbolic(spec: Spec, layout: Layout) -> ExpressionAnswer:
    return expression_from(spec, _text(spec["value"]), _tolerance(spec, EXACT), layout)


def _equation(spec: Spec) -> EquationAnswer:
    return equation_from(spec, _text(_wanted(spec, "value")))


def _interval(spec: Spec) -> IntervalAnswer:
    return interval_from(spec, _text(_wanted(spec, "value")))


def _factorisation(spec: Spec) -> FactorisationAnswer:
    return factorisation_from(spec, _text(_wanted(spec, "value")), _tolerance(spec, EXACT))


def _vector(spec: Spec) -> VectorAnswer | ExpressionAnswer:
    if is_symbolic(spec):
        return _symbolic(spec, "list")
    row = read_row(_nested(_wanted(spec, "value")), "point")
    up_to = spec.get("up_to", "")
    if up_to not in _UP_TO:
        raise UnknownNameError("up_to", str(up_to), _UP_TO)
    return VectorAnswer(
        values=tuple(cell.number for cell in row.cells),
        tolerance=_tolerance(spec, EXACT),
        up_to=up_to,
        shape_given=spec.get("shape_given", False) is True,
        property=property_from(spec),
    )


def _matrix(spec: Spec) -> MatrixAnswer | ExpressionAnswer:
    if is_symbolic(spec):
        return _symbolic(spec, "matrix")
    grid = read_grid(_nested(_wanted(spec, "value")), "point")
    return MatrixAnswer(
        rows=tuple(tuple(cell.number for cell in row.cells) for row in grid.rows),
        tolerance=_tolerance(spec, EXACT),
        shape_given=spec.get("shape_given", False) is True,
        property=property_from(spec),
    )


def _set(spec: Spec) -> SetAnswer | ExpressionAnswer:
    if is_symbolic(spec):
        return _symbolic(spec, "set")
    group = read_group(_nested(_wanted(spec, "value")), "point")
    return SetAnswer(values=tuple(cell.number for cell in group.cells), tolerance=_tolerance(spec, EXACT))


# Picks, tables, outputs


def _options(spec: Spec, key: str) -> tuple[Option, ...]:
    texts = _wanted(spec, key)
    if not isinstance(texts, list) or not 1 <= len(texts) <= MAX_OPTIONS:
        raise RequestError(f"{key!r} is a list of 1 to {MAX_OPTIONS} texts.")
    return tuple(Option(letter, _text(text)) for letter, text in zip(_LETTERS, texts, strict=False))


def _id_of(options: Sequence[Option], value: object) -> str:
    """Return the id of an option given by its id or its text."""
    found = next((option.id for option in options if value in (option.id, option.text)), None)
    if found is None:
        raise UnknownNameError("option", str(value), [option.id for option in options])
    return found


def _ids_of(options: Sequence[Option], values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise RequestError("The value is a list of options.")
    return tuple(_id_of(options, value) for value in values)


def _choice(spec: Spec) -> ChoiceAnswer:
    options = _options(spec, "options")
    return ChoiceAnswer(options=options, key=_id_of(options, _wanted(spec, "value")))


def _choices(spec: Spec) -> ChoicesAnswer:
    options = _options(spec, "options")
    return ChoicesAnswer(options=options, key=tuple(sorted(_ids_of(options, _wanted(spec, "value")))))


def _ordering(spec: Spec) -> OrderingAnswer:
    items = _options(spec, "items")
    key = _ids_of(items, _wanted(spec, "value"))
    before = spec.get("before")
    pairs = tuple(combinations(key, 2)) if before is None else tuple(map(_pair(items), before))
    return OrderingAnswer(items=items, key=key, before=pairs)


def _pair(items: Sequence[Option]) -> Callable[[object], tuple[str, str]]:
    def read(pair: object) -> tuple[str, str]:
        ids = _ids_of(items, pair)
        if len(ids) != 2:
            raise RequestError("'before' is a list of pairs: earlier, later.")
        return ids[0], ids[1]

    return read


def _matching(spec: Spec) -> MatchingAnswer:
    left, right = _options(spec, "left"), _options(spec, "right")
    key = _ids_of(right, _wanted(spec, "value"))
    if len(key) != len(left):
        raise RequestError("The value has one option of 'right' for each of 'left'.")
    return MatchingAnswer(left=left, right=right, key=key)


def _table(spec: Spec) -> TableAnswer:
    cells = _wanted(spec, "cells")
    if not isinstance(cells, list) or not cells or not all(isinstance(row, list) and row for row in cells):
        raise RequestError("'cells' is a list of rows; a text is given, an answer is asked.")
    width = len(cells[0])
    if any(len(row) != width for row in cells):
        raise RequestError("The rows of 'cells' have different lengths.")
    return TableAnswer(
        column_heads=_heads(spec, "column_heads", "Column", width),
        row_heads=_heads(spec, "row_heads", "Row", len(cells)),
        cells=tuple(tuple(_cell(cell) for cell in row) for row in cells),
    )


def _heads(spec: Spec, key: str, word: str, count: int) -> tuple[str, ...]:
    heads = spec.get(key) or [f"{word} {i}" for i in range(1, count + 1)]
    if not isinstance(heads, list) or len(heads) != count:
        raise RequestError(f"{key!r} is a list of {count} texts.")
    return tuple(map(_text, heads))


def _cell(cell: object) -> CellAnswer | str:
    if not isinstance(cell, Mapping):
        return _text(cell)
    if cell.get("type") == "text":
        return TextAnswer(value=_text(_wanted(cell, "value")))
    answer = answer_from_json(cell)
    if not isinstance(answer, IntegerAnswer | NumberAnswer | FractionAnswer):
        raise RequestError("A cell is an integer, number, fraction or text.")
    return answer


def _output(spec: Spec) -> OutputAnswer:
    return OutputAnswer(
        code=_text(spec.get("code", "")),
        language=_text(spec.get("language", "")),
        text=_text(_wanted(spec, "value")),
    )


# Files


def _config(spec: Spec) -> ConfigAnswer:
    kind = _wanted(spec, "kind")
    if kind not in _FILE_KINDS:
        raise UnknownNameError("kind of file", str(kind)[:60], _FILE_KINDS)
    rules = _rules(spec)
    given, sound = _text(_wanted(spec, "file")), _text(_wanted(spec, "value"))
    broken = broken_rules(rules, read_file(kind, sound))
    if broken:
        raise RequestError(f"The value of the answer breaks its own rules: {', '.join(broken)}.")
    return ConfigAnswer(
        kind=kind, given=given, sound=sound, rules=rules, planted=broken_rules(rules, read_file(kind, given))
    )


def _rules(spec: Spec) -> tuple[Rule, ...]:
    found = _wanted(spec, "rules")
    is_list = isinstance(found, list) and 1 <= len(found) <= MAX_RULES
    if not is_list or not all(isinstance(one, Mapping) for one in found):
        raise RequestError(f"'rules' is a list of 1 to {MAX_RULES} tables with 'id', 'holds' and 'says'.")
    rules = tuple(
        Rule(
            id=_text(_wanted(one, "id")), says=_text(one.get("says", "")), holds=_text(_wanted(one, "holds"))
        )
        for one in found
    )
    for rule in rules:
        parse_rule(rule.holds)
    return rules


# Queries


def _sql(spec: Spec) -> SqlAnswer:
    reference, schema = _text(_wanted(spec, "reference")), _text(_wanted(spec, "schema"))
    alternatives = tuple(_text(sql) for sql in spec.get("alternatives", ()))
    wrong = tuple(one.query for one in _misconceptions(spec))
    dialect = spec.get("dialect", "sqlite")
    if dialect not in _DIALECTS:
        raise UnknownNameError("dialect of SQL", str(dialect)[:60], _DIALECTS)
    has_order = read_query(reference, dialect).order is not None
    panel = panel_for_schema(schema, (reference, *wrong), dialect=dialect)
    return SqlAnswer(
        reference=reference,
        ordered=bool(spec.get("ordered", has_order)),
        by_steps=_by_steps(spec.get("judge", "rows"), dialect),
        panel=panel,
        tables=tables_shown(panel),
        alternatives=alternatives,
    )


def _by_steps(judge: object, dialect: SqlDialect) -> bool:
    if judge not in ("rows", "steps"):
        raise RequestError(f'\'judge\' is "rows" or "steps", not {judge!r}.')
    if judge == "steps" and dialect != "sqlite":
        raise RequestError("Only SQLite counts steps: leave out 'judge' or 'dialect'.")
    return judge == "steps"


def _misconceptions(spec: Spec) -> tuple[Misconception, ...]:
    found = spec.get("misconceptions", []) if spec.get("type") == "sql" else []
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise RequestError('\'misconceptions\' is a list of {"id": .., "sql": ..}.')
    return tuple(
        Misconception(
            id=_text(_wanted(one, "id")),
            answers=(None,),
            feedback=_text(one.get("feedback", "")),
            points_to=SkillId("line"),
            query=_text(_wanted(one, "sql")),
        )
        for one in found
    )


_READERS: Mapping[str, Callable[[Spec], Answer]] = {
    "integer": _integer,
    "number": _number,
    "fraction": _quotient,
    "expression": _expression,
    "equation": _equation,
    "interval": _interval,
    "factorisation": _factorisation,
    "vector": _vector,
    "matrix": _matrix,
    "set": _set,
    "choice": _choice,
    "choices": _choices,
    "ordering": _ordering,
    "matching": _matching,
    "table": _table,
    "output": _output,
    "sql": _sql,
    "config": _config,
}
