"""The form of a question file, as pydantic models: what keys there are and what they may hold."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    StrictStr,
    field_validator,
    model_validator,
)

from quizengine.grading.config import MAX_RULES
from quizengine.model.answers import Domain, ExpressionUpTo, Form, Layout, PropertyName, SqlDialect

Number = StrictInt | StrictFloat
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=40)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
MAX_DOMAIN = 10_000
#: Names that an expression cannot use for a value of its own.
RESERVED = frozenset(
    {"ans", "true", "false", "none", "True", "False", "None", "and", "or", "not", "in", "is", "if", "else"}
)


class Table(BaseModel):
    """A table of the file: no key but the ones named."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DomainTable(Table):
    """The values a parameter is drawn from; exactly one of the kinds."""

    int_: tuple[StrictInt, StrictInt] | None = Field(None, alias="int")
    decimal: tuple[Number, Number] | None = None
    choice: tuple[StrictInt | StrictFloat | StrictStr, ...] | None = None
    const: StrictInt | StrictFloat | StrictStr | None = None
    data_seed: Literal[True] | None = None
    step: Number | None = None
    exclude: tuple[Number, ...] = ()
    seeds: Annotated[int, Field(ge=1, le=MAX_DOMAIN)] = 400

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [self.int_, self.decimal, self.choice, self.const, self.data_seed]
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("give exactly one of int, decimal, choice, const, data_seed")
        if self.decimal is not None and self.step is None:
            raise ValueError("decimal needs a step, such as { decimal = [0.1, 0.9], step = 0.1 }")
        if self.step is not None and self.step <= 0:
            raise ValueError("step is above 0")
        values = self.values
        if not values:
            raise ValueError("no value is left in this domain")
        if len(values) > MAX_DOMAIN:
            raise ValueError(f"a domain has at most {MAX_DOMAIN} values; widen the step")
        if len(set(map(str, values))) != len(values):
            raise ValueError("a value is listed twice")
        return self

    @property
    def kind(self) -> Literal["int", "decimal", "choice", "const", "data_seed"]:
        """Which of the five kinds it is."""
        if self.int_ is not None:
            return "int"
        if self.decimal is not None:
            return "decimal"
        if self.choice is not None:
            return "choice"
        return "const" if self.const is not None else "data_seed"

    @cached_property
    def values(self) -> list[int | Fraction | str | bool]:
        """The values, decimals exactly."""
        if self.int_ is not None and isinstance(step := self.step or 1, int):
            low, high = self.int_
            return [n for n in range(low, high + 1, step)[: MAX_DOMAIN + 1] if n not in self.exclude]
        if self.int_ is not None:
            return self._steps(*self.int_, step)
        if self.decimal is not None:
            return self._steps(*self.decimal, self.step or 1)
        if self.choice is not None:
            return [_exact(value) for value in self.choice]
        if self.const is not None:
            return [_exact(self.const)]
        return list(range(1, self.seeds + 1))

    def _steps(self, low: float, high: float, step: float) -> list[int | Fraction | str | bool]:
        first, last, width = (Fraction(str(bound)) for bound in (low, high, step))
        count = min(int((last - first) / width) + 1 if last >= first else 0, MAX_DOMAIN + 1)
        left_out = {Fraction(str(value)) for value in self.exclude}
        found = [first + width * i for i in range(count)]
        return [_whole(value) for value in found if value not in left_out]


def _exact(value: float | str) -> int | Fraction | str | bool:
    return _whole(Fraction(str(value))) if isinstance(value, float) else value


def _whole(value: Fraction) -> int | Fraction:
    return value.numerator if value.denominator == 1 else value


class DrawTable(Table):
    """What a draw must satisfy, and what tells two variants apart."""

    where: tuple[StrictStr, ...] = ()
    identity: tuple[Name, ...] = ()
    separable: Literal["all", "any"] = "all"
    few: Annotated[StrictStr, Field(min_length=10, max_length=200)] | None = None


class ToleranceTable(Table):
    """How near a number must come: one rule, or abs and rel together."""

    abs: Annotated[Number, Field(ge=0)] | None = None
    rel: Annotated[Number, Field(ge=0, lt=1)] | None = None
    sigfig: Annotated[int, Field(ge=1, le=12)] | None = None
    decimals: Annotated[int, Field(ge=0, le=12)] | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        rules = [
            self.abs is not None or self.rel is not None,
            self.sigfig is not None,
            self.decimals is not None,
        ]
        if sum(rules) != 1:
            raise ValueError("give abs and/or rel, or sigfig, or decimals")
        return self


Tolerance = Literal["exact"] | ToleranceTable


class AnswerTable(Table):
    """What every answer has. ``name``, ``label`` and ``weight`` are for questions with several."""

    name: Name = "answer"
    label: StrictStr = ""
    weight: Annotated[Number, Field(gt=0, le=100)] = 1
    value: StrictStr
    oracle: StrictStr = ""


class IntegerTable(AnswerTable):
    """A whole number."""

    type: Literal["integer"]


class NumberTable(AnswerTable):
    """A number within a tolerance."""

    type: Literal["number"]
    tolerance: Tolerance | None = None
    percent: Literal["refuse", "accept"] = "refuse"
    unit: Annotated[StrictStr, Field(max_length=12)] = ""


class FractionTable(AnswerTable):
    """An exact rational."""

    type: Literal["fraction"]
    form: Literal["none", "lowest-terms"] = "none"


Symbol = Annotated[str, Field(pattern=r"^[A-Za-z]+(_[A-Za-z0-9]+)?$", max_length=20)]


class ExpressionTable(AnswerTable):
    """An expression in names, or a list, matrix or set of them."""

    type: Literal["expression"]
    variables: tuple[Symbol, ...] = ()
    domain: Domain = "real"
    form: Form = "none"
    up_to: ExpressionUpTo = ""
    layout: Layout | None = None
    tolerance: Tolerance | None = None


class EquationTable(AnswerTable):
    """An equation or inequality, or several that must all hold."""

    type: Literal["equation"]
    variables: Annotated[tuple[Symbol, ...], Field(min_length=1)]


class IntervalTable(AnswerTable):
    """A set of real numbers."""

    type: Literal["interval"]
    variable: Symbol = "x"


class PropertyTable(Table):
    """An answer that is not unique: what it must fulfil, and expressions for the data that this speaks of."""

    property: PropertyName | None = None
    matrix: StrictStr = ""
    vector: StrictStr = ""
    eigenvalue: StrictStr = ""


class VectorTable(AnswerTable, PropertyTable):
    """Components in order."""

    type: Literal["vector"]
    tolerance: Tolerance | None = None
    up_to: Literal["", "scale", "sign", "order"] = ""
    shape_given: bool = True


class MatrixTable(AnswerTable, PropertyTable):
    """Rows of equal length."""

    type: Literal["matrix"]
    tolerance: Tolerance | None = None
    shape_given: bool = True


class FactorisationTable(AnswerTable, PropertyTable):
    """Matrices whose product has a property."""

    type: Literal["factorisation"]
    tolerance: Tolerance | None = None


class SetTable(AnswerTable):
    """Numbers whose order and repeats do not matter."""

    type: Literal["set"]
    tolerance: Tolerance | None = None


class ChoiceTable(AnswerTable):
    """One of several; the options default to the key and the misconceptions."""

    type: Literal["choice"]
    options: tuple[StrictStr, ...] | StrictStr = ()
    shuffle: bool = True


class ChoicesTable(AnswerTable):
    """Any number of several."""

    type: Literal["choices"]
    options: tuple[StrictStr, ...] | StrictStr
    shuffle: bool = True


class OrderingTable(AnswerTable):
    """Items in order; ``before`` lists the pairs that must hold where several orders are right."""

    type: Literal["ordering"]
    before: StrictStr = ""


class MatchingTable(AnswerTable):
    """Pairs of left and right; ``extra`` are right items that belong to none."""

    type: Literal["matching"]
    extra: tuple[StrictStr, ...] = ()


class TableTable(AnswerTable):
    """A table to fill in; ``given`` lists the cells ``[row, column]`` that are shown."""

    type: Literal["table"]
    columns: tuple[StrictStr, ...]
    rows: tuple[StrictStr, ...]
    cell: Literal["number", "integer", "fraction", "text"] = "number"
    given: StrictStr = ""
    tolerance: Tolerance | None = None


class OutputTable(AnswerTable):
    """What the shown code prints."""

    type: Literal["output"]
    code: StrictStr
    language: Literal["python", "sql", "bash", "yaml", "text"] = "python"


class SqlTable(AnswerTable):
    """A query, judged on generated databases.

    ``also_wrong`` are queries without a name that the databases must tell from the reference, too;
    ``equivalent_mutants`` names the slips after which the reference still means the same, each with a reason;
    ``judge = "steps"`` also counts the work on a large database.
    """

    type: Literal["sql"]
    value: StrictStr = ""
    dialect: SqlDialect = "sqlite"
    dataset: Slug | Name
    tables: tuple[Name, ...]
    reference: StrictStr
    alternatives: tuple[StrictStr, ...] = ()
    also_wrong: tuple[StrictStr, ...] = ()
    ordered: bool | None = None
    judge: Literal["rows", "steps"] = "rows"
    equivalent_mutants: dict[StrictStr, Annotated[StrictStr, Field(min_length=10, max_length=300)]] = {}

    @field_validator("value", "oracle")
    @classmethod
    def _no_value(cls, text: str) -> str:
        if text:
            raise ValueError("a query has a reference instead")
        return text

    @model_validator(mode="after")
    def _steps_are_counted(self) -> Self:
        if self.judge == "steps" and self.dialect != "sqlite":
            raise ValueError('only SQLite counts steps: leave out judge = "steps" or the dialect')
        return self


class RuleTable(Table):
    """What must hold of a file: in words, and in the language of rules."""

    id: Slug
    says: Annotated[str, Field(min_length=10, max_length=300)]
    holds: StrictStr
    faults: tuple[Slug, ...] = ()


class ConfigTable(AnswerTable):
    """A file with planted faults, to be mended; judged by rules on what it says."""

    type: Literal["config"]
    value: StrictStr = ""
    kind: Literal["dockerfile", "yaml", "yaml-stream", "json"]
    file: StrictStr
    planted: StrictStr
    rules: Annotated[tuple[RuleTable, ...], Field(min_length=2, max_length=MAX_RULES)]
    also_good: Annotated[tuple[StrictStr, ...], Field(min_length=1)]

    @field_validator("value", "oracle")
    @classmethod
    def _no_value(cls, text: str) -> str:
        if text:
            raise ValueError("the key of a file question is its file without faults")
        return text


AnyAnswer = Annotated[
    IntegerTable
    | NumberTable
    | FractionTable
    | ExpressionTable
    | EquationTable
    | IntervalTable
    | VectorTable
    | MatrixTable
    | FactorisationTable
    | SetTable
    | ChoiceTable
    | ChoicesTable
    | OrderingTable
    | MatchingTable
    | TableTable
    | OutputTable
    | SqlTable
    | ConfigTable,
    Field(discriminator="type"),
]


class MisconceptionTable(Table):
    """A wrong answer with a name."""

    id: Slug
    feedback: Annotated[str, Field(min_length=10, max_length=600)]
    points_to: StrictStr = ""
    credit: Annotated[Number, Field(ge=0, lt=1)] = 0
    value: StrictStr = ""
    sql: StrictStr = ""
    choice: StrictStr = ""
    when: StrictStr = ""
    fault: StrictStr = ""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        # Beside a fault, ``when`` tells it from other faults that break the same rule.
        when = "" if self.fault else self.when
        if sum(map(bool, (self.value, self.sql, self.choice, when, self.fault))) != 1:
            raise ValueError("give exactly one of value, sql, choice, when, fault")
        return self


class FigureTable(Table):
    """A picture and the text that replaces it."""

    generator: Name
    args: dict[Name, StrictStr] = {}
    alt: Annotated[str, Field(min_length=20)]


class QuestionTable(Table):
    """A whole question file."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+){2}$")]
    version: Annotated[int, Field(ge=1)]
    title: Annotated[str, Field(max_length=80)] = ""
    skills: (
        Annotated[tuple[StrictStr, ...], Field(min_length=1)]
        | dict[str, Annotated[Number, Field(gt=0, le=1)]]
    )
    difficulty: Annotated[Number, Field(ge=-4, le=4)]
    seconds: Annotated[int, Field(ge=10, le=1800)]
    prompt: Annotated[str, Field(min_length=10, max_length=6000)]
    solution: Annotated[str, Field(min_length=10, max_length=6000)]
    hints: tuple[StrictStr, ...] = ()
    generator: Name | None = None
    params: dict[Name, DomainTable] = {}
    let: dict[Name, StrictStr] = {}
    draw: DrawTable = DrawTable()
    answer: AnyAnswer | None = None
    answers: tuple[AnyAnswer, ...] = ()
    misconceptions: tuple[MisconceptionTable, ...] = ()
    figure: FigureTable | None = None
    digits: Annotated[int, Field(ge=1, le=12)] = 4

    @model_validator(mode="before")
    @classmethod
    def _answer_or_answers(cls, table: Any) -> Any:
        if isinstance(table, dict) and ("answer" in table) == ("answers" in table):
            raise ValueError("give [answer] or [[answers]], one of the two")
        return table
