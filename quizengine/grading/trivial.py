"""What a person could give without having read the question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import singledispatch

from quizengine.grading.config import EMPTY_FILES
from quizengine.grading.reading import asked_cells
from quizengine.model.answers import (
    Answer,
    ChoiceAnswer,
    ChoicesAnswer,
    ConfigAnswer,
    EquationAnswer,
    ExpressionAnswer,
    FactorisationAnswer,
    IntervalAnswer,
    MatchingAnswer,
    MatrixAnswer,
    OrderingAnswer,
    OutputAnswer,
    SetAnswer,
    SqlAnswer,
    TableAnswer,
    VectorAnswer,
)
from quizengine.model.grade import ResponseValue
from quizengine.model.variant import Variant

EMPTY = ""
CONSTANTS = ("0", "1", "-1")


def trivial_responses(variant: Variant) -> tuple[Mapping[str, ResponseValue], ...]:
    """Return responses that must not score: constants, nothing, the first option, each shown value.

    Each is what ``grade`` takes, with the same trivial idea in every part.
    """
    shown = tuple(value for value in variant.values.values() if value.strip())
    by_part = [tuple(_trivial(part.answer, shown)) for part in variant.parts]
    rounds = max(map(len, by_part))
    responses = [
        {part.name: ideas[min(i, len(ideas) - 1)] for part, ideas in zip(variant.parts, by_part, strict=True)}
        for i in range(rounds)
    ]
    return tuple(one for i, one in enumerate(responses) if one not in responses[:i])


@singledispatch
def _trivial(answer: Answer, shown: tuple[str, ...]) -> Iterator[ResponseValue]:
    yield from (*CONSTANTS, EMPTY, *shown)


@_trivial.register
def _(answer: ExpressionAnswer, shown: tuple[str, ...]) -> Iterator[ResponseValue]:
    yield from (*CONSTANTS, EMPTY, *answer.variables, *shown)


@_trivial.register
def _(answer: EquationAnswer, shown: tuple[str, ...]) -> Iterator[ResponseValue]:
    yield from ("0 = 0", "0 = 1", EMPTY)
    yield from (f"{name} = 0" for name in answer.variables)


@_trivial.register
def _(answer: IntervalAnswer, shown: tuple[str, ...]) -> Iterator[ResponseValue]:
    yield from ("(-oo, oo)", "{}", "{0}", "[0, oo)", "(-oo, 0)", "(0, 1)", EMPTY)


@_trivial.register
def _(answer: FactorisationAnswer, shown: tuple[str, ...]) -> Iterator[ResponseValue]:
    size = len(answer.factors[0])
    identity = (
        "[" + ", ".join(f"[{', '.join(str(int(i == j)) for j in range(size))}]" for i in range(size)) + "]"
    )
    yield ", ".join([identity] * len(answer.factors))
    yield EMPTY


@_trivial.register
def _(answer: VectorAnswer, shown: tuple[str, ...]) -> Iterator[ResponseValue]:
    size = len(answer.values)
    yield from (tuple([constant] * size) for constant in CONSTANTS)
    yield tuple("1" if i == 0 else "0" for i in range(size))
    yield from (EMPTY, *shown)


@_trivial.register
def _(answer: MatrixAnswer, shown: tuple[str, ...]) -> Iterator[ResponseValue]:
    height, width = len(answer.rows), len(answer.rows[0])
    yield from (tuple([tuple([constant] * width)] * height) for constant in CONSTANTS)
    yield tuple(tuple("1" if i == j else "0" for j in range(width)) for i in range(height))
    yield from (EMPTY, *shown)


@_trivial.register
def _(answer: SetAnswer, shown: tuple[str, ...]) -> Iterator[ResponseValue]:
    yield from ("{}", "{0}", "{1}", "{0, 1}", "{-1, 1}", EMPTY, *shown)


@_trivial.register
def _(answer: ChoiceAnswer, shown: tuple[str, ...]) -> Iterator[ResponseValue]:
    yield from (answer.options[0].id, EMPTY)


@_trivial.register
def _(answer: ChoicesAnswer, shown: tuple[str, ...]) -> Iterator[ResponseValue]:
    yield from ((answer.options[0].id,), tuple(option.id for option in answer.options), EMPTY)


@_trivial.register
def _(answer: OrderingAnswer, shown: tuple[str, ...]) -> Iterator[ResponseValue]:
    yield from (tuple(item.id for item in answer.items), EMPTY)


@_trivial.register
def _(answer: MatchingAnswer, shown: tuple[str, ...]) -> Iterator[ResponseValue]:
    right = [option.id for option in answer.right]
    yield tuple(right[0] for _ in answer.left)
    yield tuple(right[i % len(right)] for i in range(len(answer.left)))
    yield EMPTY


@_trivial.register
def _(answer: TableAnswer, shown: tuple[str, ...]) -> Iterator[ResponseValue]:
    size = len(asked_cells(answer))
    yield from (tuple([constant] * size) for constant in (*CONSTANTS, EMPTY, *shown))


@_trivial.register
def _(answer: OutputAnswer, shown: tuple[str, ...]) -> Iterator[ResponseValue]:
    yield from (*CONSTANTS, EMPTY, answer.code, "None", *shown)


@_trivial.register
def _(answer: SqlAnswer, shown: tuple[str, ...]) -> Iterator[ResponseValue]:
    yield from ("SELECT 1", "SELECT NULL WHERE 0", EMPTY)
    yield from (f"SELECT * FROM {table.name}" for table in answer.tables)  # noqa: S608 (a text to be judged)


@_trivial.register
def _(answer: ConfigAnswer, shown: tuple[str, ...]) -> Iterator[ResponseValue]:
    yield from (answer.given, EMPTY_FILES[answer.kind], EMPTY)
