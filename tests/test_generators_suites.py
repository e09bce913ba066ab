"""Generators about suites of tests make cases in which every way of going wrong shows."""

from __future__ import annotations

import numpy as np

from quizengine.generation.generators.suites import boundary_mutants

SEEDS = range(60)


def test_running_the_mutants_leaves_those_whose_inputs_were_not_asked() -> None:
    for seed in SEEDS:
        case = boundary_mutants(np.random.default_rng(seed))

        assert case["surviving"] == case["unasked"]
        assert set(case["surviving"]) | set(case["killed"]) == set(case["options"])
        assert set(case["on_lines_not_run"]) < set(case["surviving"])
        assert set(case["no_input_near"]) < set(case["surviving"])
        assert len(set(case["inputs"])) == 4
