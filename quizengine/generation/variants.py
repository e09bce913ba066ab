"""Question + seed -> Variant. A draw that diagnoses nothing is rejected like a failed ``where``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from zlib import crc32

import numpy as np

from quizengine.errors import ExpressionError, GenerationError
from quizengine.generation import answers, registry
from quizengine.generation.answers import Draw
from quizengine.generation.domains import data_seed, draw
from quizengine.generation.files import config_answer, file_names, wrong_file
from quizengine.generation.panels import sql_answer
from quizengine.generation.program import CompiledMisconception, CompiledPart, Program
from quizengine.generation.values import plain, show
from quizengine.grading import collide
from quizengine.model.answers import Answer, ConfigAnswer, SqlAnswer
from quizengine.model.question import DomainValue
from quizengine.model.variant import Figure, Misconception, Part, Variant

MAX_DRAWS = 400


@dataclass(frozen=True, slots=True)
class Drawn:
    """A variant, the names it was made of, and how many draws it took."""

    variant: Variant
    names: Mapping[str, Any]
    draws: int


def make_variant(program: Program, seed: int) -> Variant:
    """Fill the question in with the values that ``seed`` gives.

    Raises
    ------
    GenerationError
        If no draw within the limit satisfies ``where`` and is separable.
    ExpressionError
        If an expression of the question cannot be evaluated.
    """
    return draw_variant(program, seed).variant


def draw_variant(program: Program, seed: int, *, pictured: bool = True) -> Drawn:
    """Do what ``make_variant`` does, and say how many draws it took.

    Without ``pictured`` a figure has its words alone: drawing takes longer than all the rest.
    """
    question = program.question
    # Mixing the id in keeps two questions of one sheet from drawing the same numbers.
    rng = np.random.default_rng([seed, crc32(question.id.encode())])
    for count in range(1, MAX_DRAWS + 1):
        found = variant_of(program, draw(rng, question), rng, pictured=pictured)
        if found is not None:
            return Drawn(*found, draws=count)
    raise GenerationError(
        f"{question.id}: no fit variant in {MAX_DRAWS} draws of seed {seed}: "
        "loosen [draw].where, or tell the misconceptions further apart"
    )


def variant_of(
    program: Program,
    params: Mapping[str, DomainValue],
    rng: np.random.Generator,
    *,
    pictured: bool = True,
) -> tuple[Variant, Mapping[str, Any]] | None:
    """Return the variant with these parameters and its names, or None where the draw is rejected."""
    names = names_of(program, params, rng)
    if not all(plain(condition.evaluate(names)) for condition in program.where):
        return None
    wrong_values = [wrong.value.evaluate(names) if wrong.value else None for wrong in program.misconceptions]
    parts = tuple(_parts(program, names, rng, wrong_values, data_seed(program.question, params)))
    wrongs = tuple(
        _misconception(program, wrong, value, parts, names)
        for wrong, value in zip(program.misconceptions, wrong_values, strict=True)
    )
    if not is_separable(parts, wrongs, needs=program.question.separable):
        return None
    return _fill_in(program, names, parts, wrongs, pictured=pictured), names


def identity_of(program: Program, params: Mapping[str, DomainValue], rng: np.random.Generator) -> str | None:
    """Return what would tell the variant with these parameters from others, or None for a rejected draw.

    It says what ``variant_of`` would, and neither renders a text nor draws a picture nor makes databases.
    """
    names = names_of(program, params, rng)
    if not all(plain(condition.evaluate(names)) for condition in program.where):
        return None
    # What a query answers is never rejected, and takes longest to make.
    if program.parts[0].spec.type != "sql":
        wrong_values = [
            wrong.value.evaluate(names) if wrong.value else None for wrong in program.misconceptions
        ]
        parts = tuple(_parts(program, names, rng, wrong_values, data_seed(program.question, params)))
        wrongs = tuple(
            _misconception(program, wrong, value, parts, names)
            for wrong, value in zip(program.misconceptions, wrong_values, strict=True)
        )
        if not is_separable(parts, wrongs, needs=program.question.separable):
            return None
    return _identity(program, names)


def names_of(program: Program, params: Mapping[str, DomainValue], rng: np.random.Generator) -> dict[str, Any]:
    """Return every name of a draw: parameters, the generator's values, ``let`` in order."""
    question = program.question
    names: dict[str, Any] = dict(params)
    if question.generator:
        function = registry.find_generator(question.generator)
        seed = data_seed(question, params)
        own = rng if seed is None else np.random.default_rng([seed, crc32(question.generator.encode())])
        wanted = registry.parameters(function)
        bounded = registry.BoundedRandomness(own, question.generator)
        made = function(bounded, **{name: value for name, value in params.items() if name in wanted})
        names.update({name: plain(value) for name, value in made.items()})
    for name, expression in program.let.items():
        names[name] = expression.evaluate(names)
    for part in program.parts:
        if part.spec.type == "config":
            names.update(file_names(part, names))
    return names


def part_value(value: Any, index: int, count: int) -> Any:
    """Return what a misconception gives in one part: its value, or the item of its list."""
    if value is None or count == 1:
        return value
    items = plain(value)
    if not isinstance(items, list) or len(items) != count:
        raise ExpressionError(
            f"a misconception's value is a list of {count} values, one a part, not {show(items)}"
        )
    return items[index]


def _parts(
    program: Program,
    names: Mapping[str, Any],
    rng: np.random.Generator,
    wrong_values: Sequence[Any],
    seed: int | None,
) -> Iterator[Part]:
    for i, part in enumerate(program.parts):
        if part.spec.type == "sql":
            answer: Answer = sql_answer(program, part, names, seed)
            yield Part(part.spec.name, part.label.render(names), part.spec.weight, answer)
        elif part.spec.type == "config":
            answer = config_answer(part, names)
            yield Part(part.spec.name, part.label.render(names), part.spec.weight, answer)
        else:
            yield _part(
                part, names, rng, [_value_of(part_value(v, i, len(program.parts))) for v in wrong_values]
            )


def _value_of(value: Any) -> Any:
    return None if value is None else plain(value)


def _part(
    part: CompiledPart, names: Mapping[str, Any], rng: np.random.Generator, wrong: Sequence[Any]
) -> Part:
    answer = answers.build(
        part, part.value.evaluate(names) if part.value else None, Draw(names, rng, tuple(wrong))
    )
    return Part(part.spec.name, part.label.render(names), part.spec.weight, answer)


def _misconception(
    program: Program,
    wrong: CompiledMisconception,
    value: Any,
    parts: Sequence[Part],
    names: Mapping[str, Any],
) -> Misconception:
    spec = wrong.spec
    given = wrong.text.render(names) if wrong.text else ""
    found: tuple[Answer | None, ...] = (None,) * len(parts)
    if spec.choice:
        value = given
    if value is not None:
        found = tuple(
            answers.build_wrong(part.answer, part_value(value, i, len(parts))) for i, part in enumerate(parts)
        )
    if spec.fault:
        found = tuple(
            wrong_file(part.answer, compiled, wrong, names) if isinstance(part.answer, ConfigAnswer) else None
            for part, compiled in zip(parts, program.parts, strict=True)
        )
    return Misconception(
        id=spec.id,
        answers=found,
        feedback=wrong.feedback.render(names),
        points_to=spec.points_to,
        credit=spec.credit,
        query=given if spec.sql else "",
        when=tuple(condition.at(names) for condition in wrong.when),
    )


def is_separable(parts: Sequence[Part], wrongs: Sequence[Misconception], *, needs: str = "all") -> bool:
    """Whether no response could be taken for two of the key and the wrong answers.

    A draw where a misconception leads to the key, or two misconceptions agree,
    diagnoses nothing. With ``needs="any"`` one misconception that is apart from the key is enough.
    """
    key = tuple(part.answer for part in parts)
    made = [wrong.answers for wrong in wrongs if any(answer is not None for answer in wrong.answers)]
    if not made or isinstance(key[0], SqlAnswer):
        return True
    if needs == "any":
        return any(not _all_collide(key, wrong) for wrong in made)
    return not any(_all_collide(one, other) for one, other in combinations([key, *made], 2))


def _all_collide(one: Sequence[Answer | None], other: Sequence[Answer | None]) -> bool:
    pairs = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
    return all(collide(a, b) for a, b in pairs)


def _fill_in(
    program: Program,
    names: Mapping[str, Any],
    parts: tuple[Part, ...],
    wrongs: tuple[Misconception, ...],
    *,
    pictured: bool,
) -> Variant:
    question = program.question
    # "any": misconceptions that agree with the key or an earlier one name nothing here.
    kept = wrongs if question.separable == "all" else _apart(parts, wrongs)
    shown = {
        name: show(names[name])
        for name in question.params
        if isinstance(names[name], int | str) or _is_number(names[name])
    }
    return Variant(
        question_id=question.id,
        version=question.version,
        title=question.title,
        skills=question.skills,
        difficulty=question.difficulty,
        measured=question.measured,
        seconds=question.seconds,
        values=shown,
        prompt=program.prompt.render(names),
        parts=parts,
        misconceptions=kept,
        solution=program.solution.render(names),
        hints=tuple(hint.render(names) for hint in program.hints),
        figure=_figure(program, names, pictured=pictured),
        identity=_identity(program, names),
    )


def _identity(program: Program, names: Mapping[str, Any]) -> str:
    told_by = program.question.identity or tuple(program.question.params)
    return "|".join(f"{name}={show(names[name])}" for name in told_by)


def _apart(parts: Sequence[Part], wrongs: Sequence[Misconception]) -> tuple[Misconception, ...]:
    seen: list[Sequence[Answer | None]] = [tuple(part.answer for part in parts)]
    kept = []
    for wrong in wrongs:
        if all(answer is None for answer in wrong.answers):
            kept.append(wrong)
        elif not any(_all_collide(wrong.answers, other) for other in seen):
            kept.append(wrong)
            seen.append(wrong.answers)
    return tuple(kept)


def _is_number(value: Any) -> bool:
    return not isinstance(value, list | str | bool)


def _figure(program: Program, names: Mapping[str, Any], *, pictured: bool) -> Figure | None:
    spec = program.question.figure
    if spec is None or program.figure_alt is None:
        return None
    function: Callable[..., str] = registry.find_figure(spec.generator)
    arguments = {name: plain(argument.evaluate(names)) for name, argument in program.figure_args.items()}
    return Figure(svg=function(**arguments) if pictured else "", alt=program.figure_alt.render(names))
