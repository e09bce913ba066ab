"""Generators about releases make cases in which every way of going wrong shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from quizengine.generation.generators.releases import (
    candidates,
    failing_workflow,
    lineage,
    promotions,
    saved_artefacts,
    version_history,
)

SEEDS = range(60)


@pytest.mark.parametrize(
    ("function", "key", "second"),
    [
        (saved_artefacts, "loadable", "listed"),
        (failing_workflow, "skipped", "not_run"),
        (promotions, "total", "counted"),
        (promotions, "serving", "now"),
        (lineage, "affected", "reached"),
        (version_history, "final", "counted"),
    ],
)
def test_two_routes_agree(function: Callable[..., Mapping[str, Any]], key: str, second: str) -> None:
    for seed in SEEDS:
        values = function(np.random.default_rng(seed))
        assert values[key] == values[second]


def test_only_the_winner_meets_all_conditions_with_the_best_score() -> None:
    for seed in SEEDS:
        case = candidates(np.random.default_rng(seed))
        rows = zip(case["names"], case["auc"], case["p95"], case["approvals"], strict=True)
        passing = {
            name: auc
            for name, auc, p95, approvals in rows
            if auc >= case["now"] + 2 and p95 <= case["limit"] and approvals >= 2
        }
        assert max(passing, key=lambda name: passing[name]) == case["winner"]
        assert sorted(passing.values()).count(max(passing.values())) == 1
        assert case["fastest"] in passing


def test_a_job_that_is_skipped_needs_the_failed_one_or_a_skipped_one() -> None:
    for seed in SEEDS:
        case = failing_workflow(np.random.default_rng(seed))
        assert set(case["skipped"]) | set(case["run"]) == set(case["others"])
        assert set(case["direct_only"]) <= set(case["skipped"]) <= set(case["all_below"])
