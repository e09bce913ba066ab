"""Generators about evidence make cases in which every way of going wrong shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from quizengine.generation.generators.evidence import (
    card_claims,
    compared_papers,
    portfolio_claims,
    project_scope,
    seed_scores,
)

SEEDS = range(60)


@pytest.mark.parametrize(
    ("function", "key", "second", "wrong"),
    [
        (compared_papers, "fair", "checked", ("any_data", "any_budget", "weak_baseline", "any_size")),
        (card_claims, "right", "recounted", ("exchanged", "alarms_as_positives", "share_of_training")),
        (portfolio_claims, "open_claims", "left_over", ("any_artefact", "proven", "fewer_than_two")),
        (project_scope, "best", "by_hours", ("by_value", "by_rate", "smallest_first")),
    ],
)
def test_two_routes_agree_and_every_mistake_differs(
    function: Callable[..., Mapping[str, Any]], key: str, second: str, wrong: tuple[str, ...]
) -> None:
    for seed in SEEDS:
        values = function(np.random.default_rng(seed))

        assert values[key] == values[second]
        ways = [repr(values[name]) for name in (key, *wrong)]
        assert len(set(ways)) == len(ways), (seed, ways)


def test_no_rule_of_thumb_beats_the_best_scope_and_the_best_fits() -> None:
    for seed in SEEDS:
        case = project_scope(np.random.default_rng(seed))

        assert case["best"] == max(case[name] for name in ("best", "by_value", "by_rate", "smallest_first"))
        assert case["used"] <= case["left"] < sum(case["hours"])


def test_means_over_seeds_have_one_decimal() -> None:
    for seed in SEEDS:
        case = seed_scores(np.random.default_rng(seed))
        for scores in (case["new"], case["old"]):
            assert round(sum(round(10 * score) for score in scores)) % 5 == 0
            assert len(set(scores)) == 5
