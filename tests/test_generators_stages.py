"""Stages of a registry: two ways of following the events agree, and its rules hold."""

from __future__ import annotations

import numpy as np

from quizengine.generation.generators.stages import stage_events

SEEDS = range(80)


def test_going_through_the_events_and_looking_back_agree() -> None:
    for seed in SEEDS:
        case = stage_events(np.random.default_rng(seed))
        assert case["stages"] == case["looked_back"]


def test_one_version_serves_and_at_most_one_is_staged() -> None:
    for seed in SEEDS:
        case = stage_events(np.random.default_rng(seed))
        assert case["stages"].count("production") == 1
        assert case["stages"].count("staging") <= 1
        assert len(case["told"]) == 7
