"""Few variants are told by their repeats."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from quizengine.bank.spaces import size_of
from quizengine.model.question import Domain, Question
from tests.factories import shipped_bank


@pytest.fixture(scope="module")
def question() -> Question:
    return shipped_bank()["math.matrices.product"].question


@pytest.mark.parametrize(("held", "expected"), [(60, "few"), (130, "few"), (350, "enough"), (5000, "enough")])
def test_two_hundred_draws_tell_few_variants_from_enough(
    question: Question, held: int, expected: str
) -> None:
    rng = np.random.default_rng(held)

    for _ in range(200):
        different = len(set(rng.integers(0, held, 200).tolist()))
        assert size_of(question, drawn=200, different=different, whole=False) == expected


def test_a_few_draws_decide_nothing(question: Question) -> None:
    assert size_of(question, drawn=20, different=20, whole=False) == "unclear"
    assert size_of(question, drawn=20, different=16, whole=False) == "unclear"


@pytest.mark.parametrize(("held", "expected"), [(199, "few"), (200, "enough")])
def test_a_space_gone_through_is_counted(question: Question, held: int, expected: str) -> None:
    assert size_of(question, drawn=300, different=held, whole=True) == expected


def test_small_domains_are_few_however_little_is_drawn(question: Question) -> None:
    small = dataclasses.replace(question, params={"seed": Domain("data_seed", tuple(range(1, 100)))})

    assert size_of(small, drawn=2, different=2, whole=False) == "few"


def test_a_generator_without_a_data_seed_draws_more_than_its_domains_hold(question: Question) -> None:
    free = dataclasses.replace(question, params={"n": Domain("int", (1, 2))}, generator="two_samples")

    assert size_of(free, drawn=2, different=2, whole=False) == "unclear"
