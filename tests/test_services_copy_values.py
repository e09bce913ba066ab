"""Which copy has which values: all different while a question has others, in whatever order they are made."""

from __future__ import annotations

from math import gcd

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.bank import BankQuestion
from quizengine.generation.domains import nth
from quizengine.generation.variants import variant_of
from quizengine.services.copy_values import _index, allot, variant_at
from quizengine.services.sheets import SheetWish, make_sheet, make_sheets, plan_sheets, values_of
from tests.factories import shipped_bank

WISH = SheetWish(skills=("math.bayes",), minutes=20, forms=2, copies=6, seed=8)
#: Of different kinds: plain, with an identity of its own, with a generator, a query, a figure.
NAMES = (
    "math.matrices.determinant-2x2",
    "cloud.automation.retraining-days",
    "ml.cross-validation.pooled-accuracy",
    "cloud.model-registry.idle-versions",
)


def smallest() -> BankQuestion:
    """The question whose domains hold fewest values, none of them drawn on by a generator."""
    plain = [entry for entry in shipped_bank().questions.values() if not entry.question.generator]
    return min(plain, key=lambda entry: (entry.question.space, entry.question.id))


@given(st.sampled_from(sorted(shipped_bank().questions)), st.integers(0, 2**31))
def test_the_order_of_draws_meets_each_once_before_any_comes_again(name: str, seed: int) -> None:
    question = shipped_bank()[name].question
    few = min(question.space, 300)

    met = [_index(question, seed, place) for place in range(few)]

    assert len(set(met)) == few
    assert all(0 <= one < question.space for one in met)
    assert gcd((met[-1] - met[-2]) % question.space, question.space) == 1


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_before_a_variant_is_made_holds_of_it(name: str) -> None:
    entry = shipped_bank()[name]

    (draws,) = allot({copy: [entry] for copy in range(1, 6)}, 3).draws.values()

    made = [variant_at(entry, 3, draw.place) for draw in draws]
    assert [variant.identity for variant in made] == [draw.identity for draw in draws]
    assert len({variant.identity for variant in made}) == 5
    assert made[0] == variant_at(entry, 3, draws[0].place)


def test_all_values_of_a_small_question_are_given_before_one_comes_again() -> None:
    entry = smallest()
    space = entry.question.space
    drawn = (
        variant_of(entry.program, nth(entry.question, index), np.random.default_rng(0))
        for index in range(space)
    )
    different = {found[0].identity for found in drawn if found}

    values = allot({copy: [entry] for copy in range(1, space + 11)}, 5)

    (draws,) = values.draws.values()
    assert {draw.identity for draw in draws[: len(different)]} == different
    assert draws[len(different)] == draws[0]
    (note,) = values.notes
    assert f"{entry.question.id} has {len(different)} variants on {space + 10} copies" in note


def test_copies_are_the_same_in_whatever_order_they_are_made() -> None:
    plan = plan_sheets(shipped_bank(), WISH)
    values = values_of(WISH, plan)
    in_order = list(make_sheets(WISH, plan))

    last = make_sheet(WISH, plan, values, "B", 6, "")

    assert last == in_order[-1]
    assert len({sheet.code for sheet in in_order}) == 6


def test_another_seed_gives_other_values() -> None:
    entry = shipped_bank()["math.matrices.determinant-2x2"]

    one, other = (allot({1: [entry], 2: [entry]}, seed).draws[entry.question.id] for seed in (1, 2))

    assert {draw.identity for draw in one} != {draw.identity for draw in other}


def test_a_set_without_repeats_says_nothing() -> None:
    assert not list(values_of(WISH, plan_sheets(shipped_bank(), WISH)).notes)
