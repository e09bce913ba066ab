"""Generators of questions on running services: what they play through is what a person would get."""

from __future__ import annotations

from itertools import chain, pairwise

import numpy as np
import pytest

from quizengine.generation.generators import operations

SEEDS = range(25)


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("n", [8, 10, 15])
def test_latencies_are_all_different_and_their_percentiles_are_among_them(n: int) -> None:
    for seed in SEEDS:
        made = operations.latencies(_rng(seed), n)

        assert len(set(made["y"])) == n
        assert sorted(made["y"])[-(-9 * n // 10) - 1] == made["inverted_90"]


@pytest.mark.parametrize("m", [40, 48, 64, 80])
def test_packed_jobs_fit_and_dividing_the_total_promises_too_few_machines(m: int) -> None:
    for seed in SEEDS:
        made = operations.first_fit(_rng(seed), m)
        machines = [[int(job) for job in text.split(" + ")] for text in made["packed"]]

        assert sorted(chain.from_iterable(machines)) == sorted(made["jobs"])
        assert all(sum(machine) <= m for machine in machines)
        assert made["replayed"] == made["machines"] == len(machines) > made["least"]


def test_the_best_order_of_build_steps_is_no_simple_one() -> None:
    for seed in SEEDS:
        made = operations.layer_order(_rng(seed))
        by_name = dict(zip(made["names"], zip(made["rates"], made["seconds"], strict=True), strict=True))
        best = [by_name[name] for name in made["best"]]

        assert [rate / time for rate, time in best] == sorted(rate / time for rate, time in best)
        assert sorted(best) != best
        assert sorted(best, key=lambda step: -step[1]) != best


@pytest.mark.parametrize(("c", "r"), [(2, 4), (3, 5), (3, 10)])
def test_two_ways_of_running_a_token_bucket_refuse_the_same_requests(c: int, r: int) -> None:
    for seed in SEEDS:
        made = operations.token_bucket(_rng(seed), c, r)

        assert made["refused"] == made["scheduled"]
        assert not set(made["refused"]) & set(range(1, c + 1))


@pytest.mark.parametrize(("w", "m", "milliseconds"), [(20, 200, 20), (25, 200, 105), (115, 250, 415)])
def test_a_limit_makes_work_stand_still_for_the_rest_of_each_period(
    w: int, m: int, milliseconds: int
) -> None:
    assert operations.throttled(_rng(0), w, m) == {"finished": milliseconds}


def test_replicas_at_most_double_and_shrink_by_one() -> None:
    for seed in SEEDS:
        made = operations.scaled_minutes(_rng(seed), 50, 2)
        held = [2, *made["replicas"]]

        assert all(before - 1 <= after <= 2 * before for before, after in pairwise(held))
        assert made["wanted"] != made["replicas"] != made["free_fall"]
