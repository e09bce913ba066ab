"""A variant follows from its parameters: the bank makes it again, option by option."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from quizengine.bank import BankQuestion
from quizengine.bank.engines import without_postgres
from quizengine.generation.remaking import parameters_of, remade
from quizengine.model.variant import Variant
from tests.factories import shipped_bank

SEED = 11


def bare(variant: Variant) -> Variant:
    """The variant without its picture, which is not drawn again."""
    return replace(variant, figure=replace(variant.figure, svg="") if variant.figure else None)


def some_of_each_type() -> Iterator[BankQuestion]:
    """A question of each answer type, and all that a function makes without a seed of their data."""
    seen = Counter[str]()
    for entry in without_postgres(shipped_bank())[0].questions.values():
        kind, question = entry.question.parts[0].type, entry.question
        seeded = any(domain.kind == "data_seed" for domain in question.params.values())
        if not seen[kind] or (question.generator and not seeded):
            seen[kind] += 1
            yield entry


def test_a_question_makes_a_variant_again_from_its_parameters() -> None:
    for entry in some_of_each_type():
        shown = entry.draw(SEED, pictured=False).variant

        assert remade(entry.program, shown) == shown, entry.question.id


def test_another_key_is_not_what_the_question_makes() -> None:
    entry = shipped_bank()["math.matrices.determinant-2x2"]
    shown = bare(entry.variant(SEED))
    name = next(iter(shown.values))
    domain = entry.question.params[name].values
    other = next(str(value) for value in domain if str(value) != shown.values[name])

    again = remade(entry.program, replace(shown, values={**shown.values, name: other}))

    assert again is None or again.parts != shown.parts


def test_parameters_outside_their_domain_are_none_of_the_question() -> None:
    question = shipped_bank()["math.matrices.determinant-2x2"].question

    assert parameters_of(question, dict.fromkeys(question.params, "a million")) is None
    assert parameters_of(question, {}) is None
