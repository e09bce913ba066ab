"""Generated tables give each way of looking at them another answer."""

from __future__ import annotations

import numpy as np
import pytest

from quizengine.generation.generators.databases import index_conditions
from quizengine.generation.generators.tables import feature_history, join_keys, tied_scores

SEEDS = range(60)


@pytest.mark.parametrize("seed", SEEDS)
def test_join_counts_agree_with_counts_key_by_key(seed: int) -> None:
    made = join_keys(np.random.default_rng(seed))
    left, right = made["left"], made["right"]
    assert made["pairs"] == sum(left.count(key) * right.count(key) for key in range(1, 6))
    assert made["pairs_left"] == made["pairs"] + made["left_alone"]
    assert made["pairs_full"] == made["pairs_left"] + made["right_alone"]
    assert "NULL" in made["text_left"]
    assert "NULL" in made["text_right"]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_label_sees_only_what_had_happened_and_was_written(seed: int) -> None:
    made = feature_history(np.random.default_rng(seed))
    for name in ("first", "second"):
        assert made[f"key_{name}"] == made[f"replayed_{name}"] != 0
    looked = {(made[f"{way}_first"], made[f"{way}_second"]) for way in ("key", "leak", "written")}
    assert len(looked) == 3


@pytest.mark.parametrize("seed", SEEDS)
def test_some_scores_are_equal_and_some_are_not(seed: int) -> None:
    scores = tied_scores(np.random.default_rng(seed))["scores"]
    assert len(scores) == 5
    assert 2 < len(set(scores)) < 5


@pytest.mark.parametrize("seed", SEEDS)
def test_conditions_that_can_be_searched_are_those_that_fit_one_stretch(seed: int) -> None:
    made = index_conditions(np.random.default_rng(seed))
    assert sorted(made["good"]) == sorted(made["searched"])
    assert len(set(made["options"])) == 6
