"""A question with its expressions and texts, ready to be drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from quizengine.errors import ExpressionError
from quizengine.generation.conditions import CompiledCondition, compile_conditions
from quizengine.generation.sandbox import Expression, Text
from quizengine.grading.config import parse_rule
from quizengine.model.question import MisconceptionSpec, PartSpec, Question, RuleSpec

_VALUE = re.compile(r"\{\{[^{}]*\}\}")


@dataclass(frozen=True, slots=True)
class CompiledPart:
    """One answer: its value, its second route, and what belongs to its type."""

    spec: PartSpec
    label: Text
    value: Expression | None
    oracle: Expression | None
    texts: Mapping[str, tuple[Text, ...]]
    expressions: Mapping[str, Expression]


@dataclass(frozen=True, slots=True)
class CompiledMisconception:
    """A wrong answer with a name."""

    spec: MisconceptionSpec
    feedback: Text
    value: Expression | None
    text: Text | None
    when: tuple[CompiledCondition, ...]
    rule: Text | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """A question that is ready to be drawn."""

    question: Question
    let: Mapping[str, Expression]
    where: tuple[Expression, ...]
    prompt: Text
    solution: Text
    hints: tuple[Text, ...]
    parts: tuple[CompiledPart, ...]
    misconceptions: tuple[CompiledMisconception, ...]
    figure_args: Mapping[str, Expression]
    figure_alt: Text | None


def compile_question(question: Question) -> Program:
    """Read every expression and text of ``question``; each is compiled when it is first used.

    Raises
    ------
    ExpressionError
        For the first one that cannot be read; ``broken_places`` finds them all, with their places.
    """
    figure = question.figure
    return Program(
        question=question,
        let={name: Expression(source) for name, source in question.let.items()},
        where=tuple(map(Expression, question.where)),
        prompt=Text(question.prompt),
        solution=Text(question.solution),
        hints=tuple(map(Text, question.hints)),
        parts=tuple(map(_compile_part, question.parts)),
        misconceptions=tuple(map(_compile_misconception, question.misconceptions)),
        figure_args={name: Expression(source) for name, source in figure.args.items()} if figure else {},
        figure_alt=Text(figure.alt) if figure else None,
    )


class RuleText(Text):
    """A rule on a file, with values to fill in. Where these are plain, its form is looked at once, here."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        if "{%" not in source:
            parse_rule(_VALUE.sub("0", source))


def rules_of(spec: PartSpec) -> tuple[RuleSpec, ...]:
    """Return the rules of a question on a file; none for other types."""
    rules = spec.options.get("rules", ())
    return rules if isinstance(rules, tuple) else ()


def _compile_part(spec: PartSpec) -> CompiledPart:
    return CompiledPart(
        spec=spec,
        label=Text(spec.label),
        value=Expression(spec.value) if spec.value else None,
        oracle=Expression(spec.oracle) if spec.oracle else None,
        texts={
            **{key: tuple(map(Text, texts)) for key, texts in _option_texts(spec)},
            "says": tuple(Text(rule.says) for rule in rules_of(spec)),
            "holds": tuple(RuleText(rule.holds) for rule in rules_of(spec)),
        },
        expressions={key: Expression(source) for key, source in _option_expressions(spec)},
    )


def _compile_misconception(spec: MisconceptionSpec) -> CompiledMisconception:
    text = spec.sql or spec.choice
    return CompiledMisconception(
        spec=spec,
        feedback=Text(spec.feedback),
        value=Expression(spec.value) if spec.value else None,
        text=Text(text) if text else None,
        when=() if spec.fault else compile_conditions(spec.when),
        rule=RuleText(spec.when) if spec.fault and spec.when else None,
    )


#: Options of an answer that are texts, and options that are expressions when given as one text.
TEXT_OPTIONS = (
    *("code", "reference", "alternatives", "also_wrong"),
    *("items", "extra", "columns", "rows", "file", "also_good"),
)
EITHER_OPTIONS = ("options",)
EXPRESSION_OPTIONS = ("given", "before", "planted", "matrix", "vector", "eigenvalue")


def _option_texts(spec: PartSpec) -> Iterator[tuple[str, tuple[str, ...]]]:
    for key in (*TEXT_OPTIONS, *EITHER_OPTIONS):
        value = spec.options.get(key)
        if isinstance(value, str) and value and key in TEXT_OPTIONS:
            yield key, (value,)
        elif isinstance(value, tuple):
            yield key, tuple(str(text) for text in value)


def _option_expressions(spec: PartSpec) -> Iterator[tuple[str, str]]:
    for key in (*EXPRESSION_OPTIONS, *EITHER_OPTIONS):
        value = spec.options.get(key)
        if isinstance(value, str) and value:
            yield key, value


def sources(question: Question) -> Iterator[tuple[str, str, Callable[[str], object]]]:
    """Yield every expression and text of the file as (place, source, kind).

    A place is written as the file's keys: ``let.det``, ``misconceptions[1].value``.
    """
    yield "prompt", question.prompt, Text
    yield "solution", question.solution, Text
    yield from ((f"hints[{i}]", hint, Text) for i, hint in enumerate(question.hints))
    yield from ((f"let.{name}", source, Expression) for name, source in question.let.items())
    yield from ((f"draw.where[{i}]", source, Expression) for i, source in enumerate(question.where))
    several = len(question.parts) > 1
    for i, part in enumerate(question.parts):
        place = f"answers[{i}]" if several else "answer"
        yield f"{place}.label", part.label, Text
        for key, source in (("value", part.value), ("oracle", part.oracle), *_option_expressions(part)):
            if source:
                yield f"{place}.{key}", source, Expression
        for key, texts in _option_texts(part):
            yield from ((f"{place}.{key}", text, Text) for text in texts)
        for j, rule in enumerate(rules_of(part)):
            yield f"{place}.rules[{j}].says", rule.says, Text
            yield f"{place}.rules[{j}].holds", rule.holds, RuleText
    for i, wrong in enumerate(question.misconceptions):
        place = f"misconceptions[{i}]"
        yield f"{place}.feedback", wrong.feedback, Text
        written: tuple[tuple[str, str, Callable[[str], object]], ...] = (
            ("value", wrong.value, Expression),
            ("when", wrong.when, RuleText if wrong.fault else compile_conditions),
            ("sql", wrong.sql, Text),
            ("choice", wrong.choice, Text),
        )
        yield from ((f"{place}.{key}", source, compiler) for key, source, compiler in written if source)


def broken_places(question: Question) -> Iterator[tuple[str, str]]:
    """Yield (place, message) for every expression or text that cannot be read."""
    for place, source, kind in sources(question):
        try:
            kind(source)
        except ExpressionError as error:
            yield place, str(error)
