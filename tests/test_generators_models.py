"""Generators of models, platforms and access keep what their docstrings say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from quizengine.errors import ExpressionError
from quizengine.generation.functions.models import (
    closure,
    numeric_best_threshold,
    numeric_centroids,
    reachable,
    simulated_finish,
)
from quizengine.generation.generators import access, models, platform

SEEDS = range(25)
CASES: list[tuple[Callable[..., Mapping[str, Any]], dict[str, int]]] = [
    (models.split_table, {}),
    (models.plane_points, {}),
    (models.line_clusters, {}),
    (models.density_points, {"eps": 3, "least": 3}),
    (models.behaviour_pairs, {"t": 3}),
    (models.slice_hits, {"allowed": 4}),
    (models.validation_losses, {"patience": 2}),
    (platform.table_lineage, {"k": 9}),
    (platform.late_rows, {"w": 30, "overlap": 5}),
    (platform.row_groups, {}),
    (platform.bin_counts, {"bins": 6}),
    (platform.two_boxes, {}),
    (platform.learning_curves, {}),
    (platform.predicted_points, {}),
    (platform.group_sizes, {"k": 4}),
    (platform.dated_records, {"today": 120, "keep": 30}),
    (platform.approvals, {}),
    (access.policy_requests, {}),
    (access.grants, {}),
]


@pytest.mark.parametrize(("make", "given"), CASES, ids=[case[0].__name__ for case in CASES])
def test_equal_seeds_give_equal_data_and_seeds_differ(
    make: Callable[..., Mapping[str, Any]], given: dict[str, int]
) -> None:
    made = [make(np.random.default_rng(seed), **given) for seed in (1, 1, 2, 3)]

    assert made[0] == made[1]
    assert made[2] != made[3]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_threshold_is_best_when_all_are_tried(seed: int) -> None:
    made = models.split_table(np.random.default_rng(seed))

    assert numeric_best_threshold(made["xs"], made["marks"])[0] == made["best"]
    assert made["best"] not in (made["middle"], made["unweighted"], made["gap"])


@pytest.mark.parametrize("seed", SEEDS)
def test_points_are_dealt_to_the_nearer_centre(seed: int) -> None:
    made = models.plane_points(np.random.default_rng(seed))

    means = [np.mean(made[side], axis=0) for side in ("near", "rest")]
    assert np.allclose(numeric_centroids(made["points"], made["centres"]), means)


@pytest.mark.parametrize("seed", SEEDS)
def test_core_border_and_noise_are_counted_alike_on_two_roads(seed: int) -> None:
    made = models.density_points(np.random.default_rng(seed), 3, 3)

    assert made["key"] == made["swept"]
    assert sum(made["key"]) == len(made["places"])


@pytest.mark.parametrize("patience", [2, 3])
@pytest.mark.parametrize("seed", SEEDS)
def test_training_stops_after_the_patience_and_not_before(seed: int, patience: int) -> None:
    made = models.validation_losses(np.random.default_rng(seed), patience)
    losses, best, stopped = made["losses"], made["best"], made["stopped"]

    assert stopped == best + patience
    assert min(losses[:stopped]) == losses[best - 1]
    for epoch in range(patience, stopped - 1):
        assert min(losses[epoch - patience + 1 : epoch + 1]) < min(losses[: epoch - patience + 1])


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_table_reaches_is_the_same_by_search_and_by_matrix(seed: int) -> None:
    made = platform.table_lineage(np.random.default_rng(seed), 9)

    assert made["down"] == reachable(made["edges"], 1) == closure(made["edges"], 1, 9)
    assert set(made["direct"]) < set(made["down"])


@pytest.mark.parametrize("seed", SEEDS)
def test_row_groups_hold_a_match_exactly_where_they_are_read(seed: int) -> None:
    made = platform.row_groups(np.random.default_rng(seed))

    assert made["read"] == made["met"]
    assert len({made[key] for key in ("inside", "ends", "touching", "read")} | {6}) == 5


@pytest.mark.parametrize("seed", SEEDS)
def test_a_retention_job_run_daily_leaves_what_one_run_leaves(seed: int) -> None:
    made = platform.dated_records(np.random.default_rng(seed), 120, 30)

    assert made["left"] == 10 - made["due"]


@pytest.mark.parametrize("seed", SEEDS)
def test_each_wrong_way_to_read_a_policy_gives_another_set(seed: int) -> None:
    made = access.policy_requests(np.random.default_rng(seed))

    assert sorted(made["allowed"]) == sorted(made["by_first_deny"])
    sets = [frozenset(made[key]) for key in ("allowed", "allow_matches", "not_denied", "last_match")]
    assert len(set(sets)) == 4


@pytest.mark.parametrize("seed", SEEDS)
def test_the_yearly_action_is_unused_and_yet_no_surplus(seed: int) -> None:
    made = access.grants(np.random.default_rng(seed))

    assert made["yearly"] in made["unused_actions"]
    assert made["yearly"] not in made["surplus"]


def test_steps_that_wait_for_each_other_are_refused() -> None:
    with pytest.raises(ExpressionError, match="wait for each other"):
        simulated_finish([1, 1], [[1], [0]])
