"""Question + seed -> variant: the same for equal seeds, separable, without repeats that do not show."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import count

import numpy as np
import pytest

from quizengine.errors import GenerationError
from quizengine.generation.program import compile_question
from quizengine.generation.registry import BoundedRandomness
from quizengine.generation.variants import is_separable, make_variant
from quizengine.model.answers import IntegerAnswer, NumberAnswer, Tolerance
from quizengine.model.question import MisconceptionSpec, Question
from quizengine.model.variant import Part
from tests.factories import make_misconception, shipped_bank

PRODUCT = "math.matrices.product"


def question() -> Question:
    return shipped_bank()[PRODUCT].question


def test_equal_seeds_give_equal_variants_and_others_differ() -> None:
    program = compile_question(question())

    variants = [make_variant(program, seed) for seed in range(30)]

    assert variants == [make_variant(program, seed) for seed in range(30)]
    assert len({variant.identity for variant in variants}) > 25


def test_the_id_is_mixed_into_the_seed() -> None:
    twin = replace(question(), id="math.matrices.twin")  # type: ignore[arg-type]

    one, other = (make_variant(compile_question(each), 5) for each in (question(), twin))

    assert one.identity != other.identity


def test_a_misconception_that_is_the_key_can_never_be_drawn() -> None:
    spec = MisconceptionSpec(
        id="the-key", feedback="It is the key.", points_to=question().primary_skill, value="AB"
    )
    twin = replace(question(), misconceptions=(spec,))

    with pytest.raises(GenerationError, match="no fit variant"):
        make_variant(compile_question(twin), 1)


def test_answers_within_three_tolerances_are_not_separable() -> None:
    key = NumberAnswer(value=Fraction(1), tolerance=Tolerance(kind="near", abs=Fraction(1, 10)))
    near = replace(key, value=Fraction(13, 10))
    far = replace(key, value=Fraction(14, 10))
    part = Part("answer", "", 1.0, key)

    assert not is_separable([part], [make_misconception(near)])
    assert is_separable([part], [make_misconception(far)])


def test_any_misconception_apart_is_enough_where_the_question_says_so() -> None:
    part = Part("answer", "", 1.0, IntegerAnswer(value=1))
    same, other = (make_misconception(IntegerAnswer(value=value)) for value in (1, 2))

    assert not is_separable([part], [same, other])
    assert is_separable([part], [same, other], needs="any")


def test_a_shown_parameter_is_in_the_values_and_the_seed_is_nowhere() -> None:
    variant = make_variant(compile_question(question()), 987654321)

    assert set(variant.values) == set(question().params)
    assert "987654321" not in repr(variant)


def test_a_generator_that_never_finds_fit_values_is_stopped() -> None:
    rng = BoundedRandomness(np.random.default_rng(1), "endless")

    with pytest.raises(GenerationError, match="endless: no values fit"):
        sum(rng.integers(10) for _ in count())
