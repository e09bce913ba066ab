"""What a question accepts: one class for each answer type, with exact values.

Numbers are ``Fraction`` throughout: a decimal is exact tenths, and an irrational
value is its first 40 digits turned into a fraction, far below every tolerance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

ToleranceKind = Literal["exact", "near", "sigfig", "decimals", "metric"]
Percent = Literal["refuse", "accept"]
UpTo = Literal["", "scale", "sign", "order"]
ExpressionUpTo = Literal["", "scale", "sign", "constant"]
Layout = Literal["scalar", "list", "matrix", "set"]
PropertyName = Literal[
    "eigenvector",
    "unit",
    "solution",
    "eigenbasis",
    "basis",
    "null-space",
    "orthonormal",
    "cholesky",
    "lu",
    "qr",
    "diagonalisation",
    "svd",
]
Domain = Literal["real", "positive", "integer"]
Form = Literal[
    "none", "lowest-terms", "factored", "expanded", "single-fraction", "no-root-in-denominator", "decimal"
]
SqlDialect = Literal["sqlite", "postgresql"]
FileKind = Literal["dockerfile", "yaml", "yaml-stream", "json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How near a number must come to the key.

    ``near`` allows max(``abs``, ``rel`` x |key|); ``sigfig`` and ``decimals`` ask for
    ``digits`` typed digits; ``metric`` is the rule for probabilities and metrics:
    within 0.5 %, or correctly rounded to the digits typed, at least 3 significant.
    """

    kind: ToleranceKind = "exact"
    abs: Fraction = Fraction(0)
    rel: Fraction = Fraction(0)
    digits: int = 0

    def margin(self, key: Fraction) -> Fraction:
        """Return the greatest distance from ``key`` that can be accepted: what a draw keeps clear of."""
        match self.kind:
            case "exact":
                return Fraction(0)
            case "near":
                return max(self.abs, self.rel * abs(key))
            case "metric":
                return abs(key) * Fraction(5, 1000) if key else Fraction(5, 10_000)
            case "decimals":
                return Fraction(1, 2 * 10**self.digits)
            case "sigfig":
                return half_unit_of_digit(key, self.digits)


def half_unit_of_digit(value: Fraction, digits: int) -> Fraction:
    """Return half a unit of the ``digits``-th significant digit of ``value``.

    >>> half_unit_of_digit(Fraction(123456), 3)
    Fraction(500, 1)
    """
    if value == 0:
        return Fraction(1, 2 * 10**digits)
    exponent, size = 0, abs(value)
    while size >= 10:
        size, exponent = size / 10, exponent + 1
    while size < 1:
        size, exponent = size * 10, exponent - 1
    return Fraction(10) ** (exponent - digits + 1) / 2


EXACT = Tolerance()


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerAnswer:
    """A whole number."""

    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberAnswer:
    """A number within a tolerance. A declared ``unit`` may be typed behind it; another is refused."""

    value: Fraction
    tolerance: Tolerance = Tolerance(kind="metric")
    percent: Percent = "refuse"
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FractionAnswer:
    """An exact rational; ``lowest_terms`` asks for it reduced (else half the credit)."""

    value: Fraction
    lowest_terms: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionAnswer:
    """An expression in names, an equation, or a list, matrix or set of expressions.

    ``value`` is the key in the notation that people type. Two expressions are equal if they
    have the same values on the ``domain``; ``form`` asks for one way to write it.
    """

    value: str
    variables: tuple[str, ...] = ()
    domain: Domain = "real"
    form: Form = "none"
    up_to: ExpressionUpTo = ""
    layout: Layout = "scalar"
    tolerance: Tolerance = EXACT


@dataclass(frozen=True, slots=True, kw_only=True)
class EquationAnswer:
    """An equation, an inequality, or several that must all hold."""

    value: str
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalAnswer:
    """A set of real numbers: intervals, unions, or inequalities in ``variable``."""

    value: str
    variable: str = "x"


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """What an answer that is not unique must fulfil, and the data that it speaks of.

    ``matrix`` is the matrix A (or the vectors that span a space, one a row), ``vector`` the right
    side of A x = b, ``eigenvalue`` the one whose eigenvector is asked (None: any).
    """

    name: PropertyName
    matrix: tuple[tuple[Fraction, ...], ...] = ()
    vector: tuple[Fraction, ...] = ()
    eigenvalue: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorAnswer:
    """Components in order. ``shape_given`` says that the form may show how many there are.

    With a ``property`` the values are one example; whatever fulfils it is right.
    """

    values: tuple[Fraction, ...]
    tolerance: Tolerance = EXACT
    up_to: UpTo = ""
    shape_given: bool = True
    property: Property | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixAnswer:
    """Rows of equal length. With a ``property`` they are one example; whatever fulfils it is right."""

    rows: tuple[tuple[Fraction, ...], ...]
    tolerance: Tolerance = EXACT
    shape_given: bool = True
    property: Property | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorisationAnswer:
    """Matrices whose product has a property; ``factors`` is one example.

    A wrong answer has no property: it is these factors and no others.
    """

    factors: tuple[tuple[tuple[Fraction, ...], ...], ...]
    property: Property | None
    tolerance: Tolerance = EXACT


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAnswer:
    """Numbers whose order and repeats do not matter."""

    values: tuple[Fraction, ...]
    tolerance: Tolerance = EXACT


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to pick. ``id`` is a letter by position, so it tells nothing about the key."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceAnswer:
    """Exactly one of the options, in the order drawn."""

    options: tuple[Option, ...]
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoicesAnswer:
    """Any number of the options; ``key`` holds the ids of the right ones, sorted."""

    options: tuple[Option, ...]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderingAnswer:
    """Items to be put in order.

    ``items`` stand in the order shown; ``key`` is one right order of their ids.
    ``before`` lists the pairs (earlier, later) that must hold: all pairs of the
    key where only one order is right, fewer where several are.
    """

    items: tuple[Option, ...]
    key: tuple[str, ...]
    before: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingAnswer:
    """For each left item the id of the right one that belongs to it (a right one may serve twice)."""

    left: tuple[Option, ...]
    right: tuple[Option, ...]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAnswer:
    """A word, as in a cell of a table: case and outer spaces do not matter."""

    value: str


CellAnswer = IntegerAnswer | NumberAnswer | FractionAnswer | TextAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class TableAnswer:
    """A table with cells to fill in; a cell that is text (``str``) is given and not asked.

    ``cells`` has one row for each of ``row_heads`` and one column for each of ``column_heads``.
    """

    column_heads: tuple[str, ...]
    row_heads: tuple[str, ...]
    cells: tuple[tuple[CellAnswer | str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputAnswer:
    """What a shown, deterministic piece of code prints. Spaces at line ends do not matter."""

    code: str
    language: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlTable:
    """A table as the form shows it: its columns and a few sample rows."""

    name: str
    ddl: str
    columns: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    row_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlPanel:
    """The databases that a query is judged on, as scripts of SQL, and what names them.

    ``digest`` is the SHA-256 of the scripts: equal digests are equal panels.
    The first instance is the one whose rows the form shows. ``dialect`` says what runs the queries.
    """

    digest: str
    schema: str
    instances: tuple[str, ...]
    dialect: SqlDialect = "sqlite"


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlAnswer:
    """A query whose results must equal the reference's on every database of the panel.

    If ``by_steps``, it must also do no more than a few times the reference's work on a large one.
    """

    reference: str
    ordered: bool
    panel: SqlPanel
    tables: tuple[SqlTable, ...] = ()
    alternatives: tuple[str, ...] = ()
    also_wrong: tuple[str, ...] = ()
    by_steps: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What must hold of a file: ``says`` tells a person, ``holds`` is the text that is judged.

    ``says`` is Markdown. The language of ``holds`` is that of ``grading.config.rules``: plain data, so that
    an answer that was stored is judged without the question that it came from.
    """

    id: str
    says: str
    holds: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigAnswer:
    """A configuration file to be mended: any file that keeps all rules is right.

    ``given`` is the file with its faults as it is shown, ``sound`` one right answer. ``planted`` names the
    rules that ``given`` breaks: those that are to be mended. ``also_good`` are other right answers.
    A misconception has the same type: the file of somebody who has it is ``sound``, and the rules say which
    files are such.
    """

    kind: FileKind
    given: str
    sound: str
    rules: tuple[Rule, ...]
    planted: tuple[str, ...] = ()
    also_good: tuple[str, ...] = ()


Answer = (
    IntegerAnswer
    | NumberAnswer
    | FractionAnswer
    | ExpressionAnswer
    | EquationAnswer
    | IntervalAnswer
    | VectorAnswer
    | MatrixAnswer
    | FactorisationAnswer
    | SetAnswer
    | ChoiceAnswer
    | ChoicesAnswer
    | OrderingAnswer
    | MatchingAnswer
    | TableAnswer
    | OutputAnswer
    | SqlAnswer
    | ConfigAnswer
)

ANSWER_TYPES: Mapping[str, type] = {
    "integer": IntegerAnswer,
    "number": NumberAnswer,
    "fraction": FractionAnswer,
    "expression": ExpressionAnswer,
    "equation": EquationAnswer,
    "interval": IntervalAnswer,
    "vector": VectorAnswer,
    "matrix": MatrixAnswer,
    "factorisation": FactorisationAnswer,
    "set": SetAnswer,
    "choice": ChoiceAnswer,
    "choices": ChoicesAnswer,
    "ordering": OrderingAnswer,
    "matching": MatchingAnswer,
    "table": TableAnswer,
    "output": OutputAnswer,
    "sql": SqlAnswer,
    "config": ConfigAnswer,
}


def type_name(answer: Answer) -> str:
    """Return the name of the answer's type, as bank files and pages write it.

    >>> type_name(IntegerAnswer(value=3))
    'integer'
    """
    return next(name for name, cls in ANSWER_TYPES.items() if cls is type(answer))
