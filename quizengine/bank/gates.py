"""What a variant must prove before its question is served. Each gate yields what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache
from typing import Any

from quizengine.bank.file_gate import file_faults
from quizengine.errors import ExpressionError, GenerationError, MarkupError
from quizengine.generation.answers import build_wrong
from quizengine.generation.program import CompiledPart, Program
from quizengine.generation.values import fixed, show
from quizengine.generation.variants import Drawn
from quizengine.grading import collide, grade, notations, trivial_responses
from quizengine.markup import to_html, to_text, to_typst
from quizengine.model.answers import (
    Answer,
    ChoiceAnswer,
    ChoicesAnswer,
    ConfigAnswer,
    EquationAnswer,
    ExpressionAnswer,
    FactorisationAnswer,
    FractionAnswer,
    IntegerAnswer,
    IntervalAnswer,
    MatrixAnswer,
    NumberAnswer,
    SetAnswer,
    SqlAnswer,
    VectorAnswer,
)
from quizengine.model.grade import ResponseValue
from quizengine.model.variant import Condition, Misconception, Variant

#: Two routes to a key may differ by so much, relative, where floats are on the way.
ORACLE_RELATIVE = 1e-6
ORACLE_ABSOLUTE = 1e-9
_DECIMALS = re.compile(r"\b([1-9])\s+decimals?\b")
_FLOAT_NOISE = re.compile(r"\d\.\d{10,}")
_NUMBER = re.compile(r"(?<![\w.:/-])\d[\d,]*(?:\.\d+)?(?![\w:/]|-\d|\.\d)")
# A dollar before a digit is an amount of money; an unclosed formula is told by the markup itself.
_RAW_LATEX = re.compile(r"\\[A-Za-z]{2,}|\$[^\s\d]")
_CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
STRUCTURED = (
    "vector",
    "matrix",
    "set",
    "interval",
    "factorisation",
    "choices",
    "ordering",
    "matching",
    "table",
    "output",
    "sql",
)


def gates(program: Program, drawn: Drawn) -> Iterator[str]:
    """Yield every fault of one variant."""
    variant = drawn.variant
    yield from key_faults(variant)
    yield from rounding_faults(variant)
    yield from oracle_faults(program, drawn)
    yield from misconception_faults(variant)
    for compiled, part in zip(program.parts, variant.parts, strict=True):
        if isinstance(part.answer, ConfigAnswer):
            yield from file_faults(compiled, part.answer, drawn.names)
    yield from text_faults(variant, program.question.digits)


def key_response(variant: Variant) -> dict[str, ResponseValue]:
    """Return the key of every part, in the first notation of its type."""
    return {part.name: notations(part.answer)[0] for part in variant.parts}


def key_faults(variant: Variant) -> Iterator[str]:
    """The key scores 1 when typed in every accepted notation of its type."""
    key = key_response(variant)
    for part in variant.parts:
        for notation in notations(part.answer):
            told = grade(variant, {**key, part.name: notation})
            if told.verdict != "correct":
                yield f"the key typed as {_shown(notation)} is {told.verdict}: {told.feedback or told.rule}"


def rounding_faults(variant: Variant) -> Iterator[str]:
    """A prompt that asks for n decimals accepts the key rounded to them, also where the key is small."""
    match = _DECIMALS.search(variant.prompt)
    if match is None:
        return
    key, places = key_response(variant), int(match[1])
    for part in variant.parts:
        if isinstance(part.answer, NumberAnswer):
            typed = fixed(part.answer.value, places)
            if grade(variant, {**key, part.name: typed}).verdict != "correct":
                yield (
                    f"the prompt asks for {places} decimals, but {typed} is refused: "
                    f"give {part.name} a tolerance such as {{ decimals = {places} }}"
                )


def oracle_faults(program: Program, drawn: Drawn) -> Iterator[str]:
    """The second route gives the key."""
    for compiled, part in zip(program.parts, drawn.variant.parts, strict=True):
        if compiled.oracle is None:
            continue
        try:
            other = build_wrong(part.answer, _route(compiled, drawn.names))
        except (ExpressionError, GenerationError) as error:
            yield f"the oracle of {part.name} fails: {error}"
            continue
        if not _agree(part.answer, other):
            found, key = _shown(notations(other)[0]), _shown(notations(part.answer)[0])
            yield f"the oracle of {part.name} gives {found}, the key is {key}"


def _route(compiled: CompiledPart, names: Mapping[str, Any]) -> Any:
    return compiled.oracle.evaluate(names) if compiled.oracle else None


def _agree(key: Answer, other: Answer) -> bool:
    if isinstance(key, ExpressionAnswer | EquationAnswer | IntervalAnswer):
        return collide(key, other)
    left, right = _numbers(key), _numbers(other)
    if left is None or right is None:
        return key == other
    return len(left) == len(right) and all(_near(a, b) for a, b in zip(left, right, strict=True))


def _numbers(answer: Answer) -> tuple[Fraction, ...] | None:
    match answer:
        case IntegerAnswer():
            return (Fraction(answer.value),)
        case NumberAnswer() | FractionAnswer():
            return (answer.value,)
        case VectorAnswer() | SetAnswer():
            return answer.values
        case MatrixAnswer():
            return tuple(value for row in answer.rows for value in row)
        case FactorisationAnswer():
            return tuple(value for factor in answer.factors for row in factor for value in row)
        case _:
            return None


def _near(one: Fraction, other: Fraction) -> bool:
    return abs(one - other) <= max(ORACLE_ABSOLUTE, ORACLE_RELATIVE * abs(one))


def misconception_faults(variant: Variant) -> Iterator[str]:
    """Each misconception's answer scores below 1 and fires exactly its own label."""
    key = key_response(variant)
    for wrong in variant.misconceptions:
        response = response_of(variant, wrong, key)
        if response is None:
            continue
        told = grade(variant, response)
        if told.verdict == "correct":
            yield f"the wrong answer of {wrong.id!r} is accepted"
        elif told.misconception != wrong.id:
            given = _shown(next(iter(response.values())))
            yield f"the answer of {wrong.id!r} ({given}) fires {told.misconception!r} ({told.verdict})"


def response_of(
    variant: Variant, wrong: Misconception, key: Mapping[str, ResponseValue]
) -> dict[str, ResponseValue] | None:
    """Return what a person with the misconception would give; None where it names no single answer."""
    if wrong.query:
        return {variant.parts[0].name: wrong.query}
    if wrong.when:
        value = _inside(wrong.when)
        return None if value is None else {**key, variant.parts[0].name: show(value)}
    made = zip(variant.parts, wrong.answers, strict=True)
    return {part.name: key[part.name] if answer is None else notations(answer)[0] for part, answer in made}


def _inside(when: tuple[Condition, ...]) -> Fraction | None:
    """Return a number that fulfils every comparison, looked for beside the bounds."""
    steps = (
        Fraction(0),
        Fraction(1),
        Fraction(-1),
        Fraction(1, 10),
        Fraction(-1, 10),
        Fraction(5),
        Fraction(-5),
    )
    tried = (condition.value + step for condition in when for step in steps)
    return next((value for value in tried if all(condition.holds(value) for condition in when)), None)


def text_faults(variant: Variant, digits: int) -> Iterator[str]:
    """Prompt, solution and all else render in HTML, Typst and text, without noise."""
    for place, text in _texts(variant):
        yield from (f"{place}{fault}" for fault in _rendering_faults(text))
    with suppress(MarkupError):  # which was told above
        yield from _unfriendly(to_text(_CODE.sub(" ", variant.prompt)), digits)


@lru_cache(maxsize=1024)
def _rendering_faults(text: str) -> tuple[str, ...]:
    """Return what is wrong with a text; looked at once, since most feedback is the same on every variant."""
    try:
        plain, without_code = to_text(text), _CODE.sub(" ", text)  # in code a dollar is a dollar
        bare = plain if without_code == text else to_text(without_code)
        to_html(text)
        to_typst(text)
    except MarkupError as error:
        return (f": {error}",)
    noise, raw = _FLOAT_NOISE.search(text), _RAW_LATEX.search(bare)
    found = (
        f" shows float noise: {noise[0]}" if noise else "",
        f" leaves raw LaTeX in its text: {raw[0]!r}" if raw else "",
    )
    return tuple(fault for fault in found if fault)


def _texts(variant: Variant) -> Iterator[tuple[str, str]]:
    yield "prompt", variant.prompt
    yield "solution", variant.solution
    yield from ((f"hint {i + 1}", hint) for i, hint in enumerate(variant.hints))
    yield from ((f"feedback of {wrong.id}", wrong.feedback) for wrong in variant.misconceptions)
    yield from ((f"label of {part.name}", part.label) for part in variant.parts if part.label)
    if variant.figure:
        yield "alt text", variant.figure.alt


def _unfriendly(text: str, digits: int) -> Iterator[str]:
    for match in _NUMBER.finditer(text):
        bare = match[0].replace(",", "")
        significant = bare.replace(".", "").lstrip("0") if "." in bare else bare.strip("0")
        if len(significant) > digits:
            yield (
                f"the prompt shows {match[0]}: more than {digits} significant digits "
                "(set digits = n if they are meant)"
            )


def trivial_faults(variant: Variant) -> Iterator[tuple[str, bool]]:
    """Yield each trivial response that scores, and whether it is the key itself.

    Parts of a vector or an ordering may be right by chance: there only the whole counts.
    """
    types = variant.answer_types
    for response in trivial_responses(variant):
        told = grade(variant, response)
        structured = any(name in STRUCTURED for name in types) or len(types) > 1
        if told.verdict == "correct":
            yield _shown(next(iter(response.values()))), True
        elif told.score > 0 and not structured and told.misconception is None:
            yield _shown(next(iter(response.values()))), False


def is_choice(variant: Variant) -> bool:
    """Whether chance alone is often right, so that trivial answers are no fault."""
    return all(isinstance(part.answer, ChoiceAnswer | ChoicesAnswer) for part in variant.parts)


def sql_answers(variant: Variant) -> Iterator[SqlAnswer]:
    """Yield the query answers of a variant, for the publishing gate."""
    yield from (part.answer for part in variant.parts if isinstance(part.answer, SqlAnswer))


def _shown(response: ResponseValue) -> str:
    text = response if isinstance(response, str) else str(response)
    return repr(text if len(text) <= 60 else text[:57] + "...")
