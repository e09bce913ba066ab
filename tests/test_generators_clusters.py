"""Generators about clusters make cases in which every way of going wrong shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from quizengine.generation.generators.clusters import (
    driver_versions,
    labelled_pods,
    pods_and_nodes,
    visible_devices,
)

SEEDS = range(60)


def made(function: Callable[..., Mapping[str, Any]], seed: int) -> Mapping[str, Any]:
    return function(np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("function", "key", "second", "wrong"),
    [
        (pods_and_nodes, "placed", "queued", ("taint_ignored", "attracted", "first_fit")),
        (labelled_pods, "served", "by_text", ("unready_too", "any_label", "no_extra")),
        (driver_versions, "good", "padded", ("as_decimals", "same_branch", "both_parts", "older_ones")),
        (visible_devices, "devices", "renamed", ("not_renumbered", "order_of_the_container", "sorted_again")),
    ],
)
def test_two_routes_agree_and_every_mistake_differs(
    function: Callable[..., Mapping[str, Any]], key: str, second: str, wrong: tuple[str, ...]
) -> None:
    for seed in SEEDS:
        values = made(function, seed)

        assert values[key] == values[second]
        ways = [tuple(values[name]) for name in (key, *wrong)]
        assert len(set(ways)) == len(ways), (seed, ways)


def test_no_node_holds_more_than_it_has_and_the_tainted_one_only_what_tolerates_it() -> None:
    for seed in SEEDS:
        case = made(pods_and_nodes, seed)
        for node, free in zip("ABC", case["free"], strict=True):
            there = [i for i, name in enumerate(case["placed"]) if name == node]
            assert sum(case["asks"][i] for i in there) <= free
            assert node != "C" or all(case["tolerant"][i] for i in there)


def test_a_device_of_the_program_is_one_that_the_container_was_given() -> None:
    for seed in SEEDS:
        case = made(visible_devices, seed)
        assert set(case["devices"]) <= set(case["given"])
