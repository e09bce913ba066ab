"""Generators about what is let in: two routes agree, and every mistake shows."""

from __future__ import annotations

import numpy as np
import pytest

from quizengine.generation.generators.admission import build_context, quota_pods

SEEDS = range(60)


def test_the_last_matching_line_and_playing_all_lines_send_the_same_files() -> None:
    for seed in SEEDS:
        case = build_context(np.random.default_rng(seed))
        size = dict(zip(case["files"], case["sizes"], strict=True))
        ways = ("sent", "first_match", "exceptions_win", "no_exceptions", "depth_misread")

        assert case["sent"] == case["played"] == sum(size[file] for file in case["kept"])
        assert len({case[name] for name in ways}) == len(ways)
        assert {"Dockerfile", "src/app.py"} <= set(case["kept"])


def test_admitted_pods_stay_within_the_quota_by_two_routes() -> None:
    for seed in SEEDS:
        case = quota_pods(np.random.default_rng(seed))

        assert case["admitted"] == case["replayed"]
        ways = [tuple(case[name]) for name in ("admitted", "stopped", "cpu_alone", "unasked_is_zero")]
        assert len(set(ways)) == 4
        assert set(case["stopped"]) < set(case["admitted"])


@pytest.mark.parametrize(("name", "unit"), [("cpu", "m"), ("memory", "Mi")])
def test_what_admitted_pods_request_fits_the_quota(name: str, unit: str) -> None:
    for seed in SEEDS:
        case = quota_pods(np.random.default_rng(seed))
        asks = dict(zip(case["names"], case["cpus" if name == "cpu" else "memories"], strict=True))
        default = case[f"default_{name}"]
        total = sum(
            default if asks[pod] == "—" else int(asks[pod].removesuffix(unit)) for pod in case["admitted"]
        )

        assert total <= case[f"quota_{name}"]
