"""The inside of each widget: from an answer and what was typed to boxes, options, cells.

Nothing here looks at a key, so a page made from it cannot tell one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch

from markupsafe import Markup

from quizengine.grading import factor_names
from quizengine.model.answers import (
    Answer,
    ChoiceAnswer,
    ChoicesAnswer,
    ConfigAnswer,
    EquationAnswer,
    ExpressionAnswer,
    FactorisationAnswer,
    FileKind,
    Form,
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
    SetAnswer,
    SqlAnswer,
    SqlTable,
    TableAnswer,
    TextAnswer,
    Tolerance,
    VectorAnswer,
)
from quizengine.model.grade import Decimal, ResponseValue
from quizengine.sqljudge.version import judged_by
from quizengine.web.rendering import line, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One text box. ``lines`` is 1, or more for an area; ``examples`` say how to type."""

    value: str
    inputmode: str = "text"
    wide: bool = False
    lines: int = 1
    rule: str = ""
    examples: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One box of several: the name of its field and what it is called."""

    field: str
    label: str
    value: str
    numeric: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Boxes between brackets. A vector is one row."""

    rows: tuple[tuple[Cell, ...], ...]
    is_vector: bool
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """An option as the page shows it. ``place`` is its position in an order, 1 for the first, 0 for none."""

    id: str
    field: str
    html: Markup
    text: str
    chosen: bool = False
    place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Picks:
    """Options to pick from, in the order drawn."""

    options: tuple[Pick, ...]
    several: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """Items to put in order, in the order in which they stand now."""

    items: tuple[Pick, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A left item and the id of the right one chosen for it."""

    field: str
    html: Markup
    text: str
    chosen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Left items, and the right ones that each may choose. ``needs_key``: these are more than plain words."""

    left: tuple[Match, ...]
    right: tuple[Pick, ...]
    needs_key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; an entry is a box, or text that is given."""

    column_heads: tuple[Markup, ...]
    rows: tuple[tuple[Markup, tuple[Cell | Markup, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Code, and an area for what it prints."""

    code: str
    language: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """An editor with the tables beside it. ``schema`` names tables and columns for completion, as JSON."""

    value: str
    tables: tuple[SqlTable, ...]
    schema: str
    ordered: bool
    judge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A file to be mended. ``given`` is the file as it was handed over, to go back to."""

    value: str
    given: str
    kind: str
    rule: str
    lines: int


Body = Box | Grid | Picks | Ordering | Matching | Table | Output | Query | Config


class Typed:
    """What was typed into one part, looked at by place."""

    def __init__(self, field: str, value: ResponseValue | None, decimal: Decimal) -> None:
        self.field, self.value, self.decimal = field, value, decimal

    @property
    def text(self) -> str:
        """The one text, or nothing where several were typed."""
        return self.value if isinstance(self.value, str) else ""

    @property
    def items(self) -> tuple[str, ...]:
        """The texts of a list; one text is a list of one."""
        if isinstance(self.value, str) or self.value is None:
            return (self.value,) if self.value else ()
        return tuple(item for item in self.value if isinstance(item, str))

    def item(self, at: int) -> str:
        """Return one text of a list, empty where there is none."""
        return self.items[at] if at < len(self.items) else ""

    def cell(self, row: int, column: int) -> str:
        """Return one text of rows, empty where there is none."""
        rows = () if isinstance(self.value, str) or self.value is None else self.value
        if row >= len(rows) or isinstance(rows[row], str) or column >= len(rows[row]):
            return ""
        return rows[row][column]

    def number(self, text: str) -> str:
        """Return an example with the decimal sign in use."""
        return text.replace(".", ",") if self.decimal == "comma" else text


@singledispatch
def make_body(answer: Answer, typed: Typed) -> Body:
    """Return what the widget of ``answer`` shows, with what was typed so far."""
    raise TypeError(f"no widget for {type(answer).__name__}")


@make_body.register
def _(answer: IntegerAnswer, typed: Typed) -> Body:
    return Box(value=typed.text, rule="A whole number.", examples=(("-12", ""), ("2^10", "a power")))


@make_body.register
def _(answer: NumberAnswer, typed: Typed) -> Body:
    accepts_percent = answer.percent == "accept"
    examples = [(typed.number("0.25"), ""), ("1/4", "a fraction"), (typed.number("2.5e-3"), "a power of ten")]
    examples += [("25 %", "a percentage")] if accepts_percent else []
    return Box(
        value=typed.text,
        # A pad of digits has no minus on some phones: only probabilities and metrics get it.
        inputmode="decimal" if answer.tolerance.kind == "metric" else "text",
        rule=tolerance_words(answer.tolerance) + _sign_words(answer),
        examples=tuple(examples),
    )


def _sign_words(answer: NumberAnswer) -> str:
    """Say which sign or unit may stand behind a number."""
    if answer.unit:
        return f" You may type {answer.unit} behind it."
    return "" if answer.percent == "accept" else " No percent sign."


@make_body.register
def _(answer: FractionAnswer, typed: Typed) -> Body:
    rule = "An exact value, in lowest terms." if answer.lowest_terms else "An exact value."
    return Box(value=typed.text, rule=rule, examples=(("3/4", ""), ("-7/2", ""), ("5", "a whole number")))


_FORM_WORDS: Mapping[Form, str] = {
    "none": "",
    "lowest-terms": " In lowest terms.",
    "factored": " As a product of factors.",
    "expanded": " Multiplied out.",
    "single-fraction": " As one single fraction.",
    "no-root-in-denominator": " Without a root in the denominator.",
    "decimal": " As a decimal number.",
}
_LAYOUT_WORDS: Mapping[Layout, str] = {
    "scalar": "An expression",
    "list": "The components in order, expressions",
    "matrix": "The rows of a matrix of expressions",
    "set": "All values, expressions",
}
#: How several expressions are typed, and what that is called; ``x`` stands for the first variable.
_LAYOUT_EXAMPLES: Mapping[Layout, tuple[tuple[str, str], ...]] = {
    "list": (("[x^2, 1/x]", "in brackets"), ("x^2, 1/x", "")),
    "matrix": (("[[x, 2x], [0, 1]]", "row by row"), ("x, 2x; 0, 1", "rows apart by a semicolon")),
    "set": (("{x^2, 1/x}", "in braces"), ("x^2, 1/x", "")),
}


@make_body.register
def _(answer: ExpressionAnswer, typed: Typed) -> Body:
    names = f" in {_listed(answer.variables)}" if answer.variables else ""
    first = answer.variables[0] if answer.variables else "pi"
    examples = [(f"2{first}^2 + 1/3", ""), (f"sqrt({first})", "a root"), (f"e^(-{first})", "or exp(...)")]
    examples += [(f"ln({first})", "log means the same")]
    if answer.layout != "scalar":
        examples = [(text.replace("x", first), said) for text, said in _LAYOUT_EXAMPLES[answer.layout]]
    return Box(
        value=typed.text,
        wide=True,
        lines=3 if answer.layout == "matrix" else 1,
        rule=f"{_LAYOUT_WORDS[answer.layout]}{names}.{_FORM_WORDS[answer.form]}",
        examples=tuple(examples),
    )


@make_body.register
def _(answer: EquationAnswer, typed: Typed) -> Body:
    first, last = answer.variables[0], answer.variables[-1]
    return Box(
        value=typed.text,
        wide=True,
        rule=f"An equation or inequality in {_listed(answer.variables)}; several are separated by commas.",
        examples=((f"{last} = 2{first} + 1", ""), (f"{first} <= 3", "an inequality")),
    )


@make_body.register
def _(answer: IntervalAnswer, typed: Typed) -> Body:
    name = answer.variable
    return Box(
        value=typed.text,
        wide=True,
        rule="A set of real numbers: intervals, or inequalities.",
        examples=(
            ("(-oo, 2]", "oo is infinity; ] belongs to it, ) does not"),
            ("[0, 1) U {3}", "a union"),
            (f"{name} > 2 or {name} <= 0", "inequalities"),
        ),
    )


@make_body.register
def _(answer: FactorisationAnswer, typed: Typed) -> Body:
    names = factor_names(answer)
    example = ", ".join(f"{name} = [[1, 0], [2, 1]]" for name in names)
    return Box(
        value=typed.text,
        wide=True,
        lines=4,
        rule=f"The matri{'ces' if len(names) > 1 else 'x'} {_listed(names)}, row by row. "
        + tolerance_words(answer.tolerance),
        examples=((example, ""),),
    )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


@make_body.register
def _(answer: VectorAnswer, typed: Typed) -> Body:
    if answer.shape_given:
        cells = tuple(
            Cell(field=f"{typed.field}.{at}", label=f"component {at + 1}", value=typed.item(at))
            for at in range(len(answer.values))
        )
        return Grid(rows=(cells,), is_vector=True, rule=tolerance_words(answer.tolerance))
    separator = "; " if typed.decimal == "comma" else ", "
    listed = separator.join((typed.number("1.5"), "2", "-3"))
    return Box(
        value=typed.text or separator.join(typed.items),
        wide=True,
        rule="The components in order. " + tolerance_words(answer.tolerance),
        examples=((listed, ""), (f"[{listed}]", "in brackets")),
    )


@make_body.register
def _(answer: MatrixAnswer, typed: Typed) -> Body:
    if answer.shape_given:
        rows = tuple(
            tuple(
                Cell(
                    field=f"{typed.field}.{i}.{j}",
                    label=f"row {i + 1}, column {j + 1}",
                    value=typed.cell(i, j),
                )
                for j in range(len(row))
            )
            for i, row in enumerate(answer.rows)
        )
        return Grid(rows=rows, is_vector=False, rule=tolerance_words(answer.tolerance))
    order = "in order" if answer.property is None else "in any order"  # any example of a property is right
    return Box(
        value=typed.text,
        wide=True,
        lines=4,
        rule=f"The rows {order}; how many there are is part of the answer. "
        f"{tolerance_words(answer.tolerance)}",
        examples=(("1 2; 3 4", "rows apart by a semicolon"), ("[[1, 2], [3, 4]]", "as NumPy prints it")),
    )


@make_body.register
def _(answer: SetAnswer, typed: Typed) -> Body:
    separator = "; " if typed.decimal == "comma" else ", "
    return Box(
        value=typed.text or separator.join(typed.items),
        wide=True,
        rule="All values, in any order. " + tolerance_words(answer.tolerance),
        examples=(
            (separator.join(("1", "2", "1/3")), ""),
            (f"{{{separator.join(('1', '2'))}}}", "in braces"),
        ),
    )


@make_body.register(ChoiceAnswer)
@make_body.register(ChoicesAnswer)
def _(answer: ChoiceAnswer | ChoicesAnswer, typed: Typed) -> Body:
    options = tuple(_pick(option, typed.field, chosen=option.id in typed.items) for option in answer.options)
    return Picks(options=options, several=isinstance(answer, ChoicesAnswer))


@make_body.register
def _(answer: OrderingAnswer, typed: Typed) -> Body:
    places = {found: at for at, found in enumerate(typed.items, 1) if found} or {
        item.id: at for at, item in enumerate(answer.items, 1)
    }
    items = [_pick(item, f"{typed.field}.{item.id}", place=places.get(item.id, 0)) for item in answer.items]
    # Items without a place go last, so that what was put in order stands in order.
    return Ordering(items=tuple(sorted(items, key=lambda item: item.place or len(items) + 1)))


@make_body.register
def _(answer: MatchingAnswer, typed: Typed) -> Body:
    right = tuple(_pick(option, "") for option in answer.right)
    left = tuple(
        Match(
            field=f"{typed.field}.{at}",
            html=line(option.text),
            text=words(option.text),
            chosen=typed.item(at),
        )
        for at, option in enumerate(answer.left)
    )
    needs_key = any(option.text != shown.text for option, shown in zip(answer.right, right, strict=True))
    return Matching(left=left, right=right, needs_key=needs_key)


@make_body.register
def _(answer: TableAnswer, typed: Typed) -> Body:
    rows = tuple(
        (
            line(head),
            tuple(
                line(cell)
                if isinstance(cell, str)
                else Cell(
                    field=f"{typed.field}.{i}.{j}",
                    label=f"{words(head)}, {words(answer.column_heads[j])}",
                    value=typed.cell(i, j),
                    numeric=not isinstance(cell, TextAnswer),
                )
                for j, cell in enumerate(row)
            ),
        )
        for i, (head, row) in enumerate(zip(answer.row_heads, answer.cells, strict=True))
    )
    return Table(column_heads=tuple(line(head) for head in answer.column_heads), rows=rows)


@make_body.register
def _(answer: OutputAnswer, typed: Typed) -> Body:
    return Output(code=answer.code, language=answer.language, value=typed.text)


@make_body.register
def _(answer: SqlAnswer, typed: Typed) -> Body:
    schema = json.dumps({table.name: list(table.columns) for table in answer.tables})
    return Query(
        value=typed.text,
        tables=answer.tables,
        schema=schema,
        ordered=answer.ordered,
        judge=judged_by(answer.panel.dialect),
    )


#: What a file is called, and what of it does not count.
_FILES: Mapping[FileKind, tuple[str, str]] = {
    "dockerfile": ("Dockerfile", "Comments and how lines are broken do not count."),
    "yaml": ("YAML", "Comments and the order of keys do not count."),
    "yaml-stream": ("YAML", "Comments and the order of keys do not count."),
    "json": ("JSON", "Line ends and the order of keys do not count."),
}
#: A person adds a few lines; the area scrolls beyond so many.
MORE_LINES = 3
MOST_LINES = 40


@make_body.register
def _(answer: ConfigAnswer, typed: Typed) -> Body:
    value = answer.given if typed.value is None else typed.text
    kind, rule = _FILES[answer.kind]
    return Config(
        value=value,
        given=answer.given,
        kind=kind,
        rule=rule,
        lines=min(MOST_LINES, max(value.count("\n"), answer.given.count("\n")) + MORE_LINES),
    )


def _pick(option: Option, field: str, *, chosen: bool = False, place: int = 0) -> Pick:
    return Pick(
        id=option.id,
        field=field,
        html=line(option.text),
        text=words(option.text),
        chosen=chosen,
        place=place,
    )


def tolerance_words(tolerance: Tolerance) -> str:
    """Say how precise an answer has to be.

    >>> tolerance_words(Tolerance(kind="decimals", digits=2))
    'Give at least 2 decimals.'
    >>> tolerance_words(Tolerance(kind="sigfig", digits=1))
    'Give at least 1 significant digit.'
    """
    ending = "" if tolerance.digits == 1 else "s"
    match tolerance.kind:
        case "exact":
            return "Exact values: 1/3 rather than a rounded 0.33."
        case "near":
            return "A rounded value will do."
        case "sigfig":
            return f"Give at least {tolerance.digits} significant digit{ending}."
        case "decimals":
            return f"Give at least {tolerance.digits} decimal{ending}."
        case "metric":
            return "Exact, or rounded to 3 significant digits or more."
