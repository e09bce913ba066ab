"""The log of a table: two ways of finding its files agree, and every mistake shows."""

from __future__ import annotations

import numpy as np

from quizengine.generation.generators.versions import table_log

SEEDS = range(60)


def test_replaying_the_log_and_the_lives_of_files_agree() -> None:
    for seed in SEEDS:
        case = table_log(np.random.default_rng(seed))

        assert case["read"] == case["alive"]
        assert case["droppable"] == case["left_behind"]
        ways = [tuple(case[name]) for name in ("read", "ever_added", "newest", "of_that_commit")]
        assert len(set(ways)) == 4


def test_what_can_be_deleted_is_read_by_no_version_that_is_kept() -> None:
    for seed in SEEDS:
        case = table_log(np.random.default_rng(seed))
        kept = {file for files in case["sets"][case["kept"] :] for file in files.split(", ")}

        assert case["droppable"]
        assert not kept & {str(file) for file in case["droppable"]}
        assert set(case["droppable"]) < set(case["not_newest"])
