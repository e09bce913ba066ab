"""Options, runs and fleets: data for questions on cloud platforms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from quizengine.generation.registry import generator

_OPTIONS = ["A", "B", "C", "D", "E", "F"]


@generator
def pareto_options(rng: np.random.Generator) -> Mapping[str, Any]:
    """Six options with a price and a latency, and several ways of choosing among them, all different.

    ``front`` walks from the cheapest on, ``undominated`` compares all pairs.
    """
    while True:
        prices = [round(float(p), 1) for p in rng.choice(np.arange(4, 40), size=6, replace=False) / 10]
        times = [int(t) for t in rng.choice(np.arange(20, 200, 5), size=6, replace=False)]
        made = _choices(prices, times)
        if 3 <= len(made["front"]) <= 4 and len({tuple(chosen) for chosen in made.values()}) == 5:
            walk = sorted(range(6), key=lambda i: prices[i])
            return {
                "names": _OPTIONS,
                "prices": prices,
                "times": times,
                **made,
                "undominated": _undominated(prices, times),
                "walk_names": [_OPTIONS[i] for i in walk],
                "walk_prices": [prices[i] for i in walk],
                "walk_times": [times[i] for i in walk],
                "walk_kept": ["yes" if _OPTIONS[i] in made["front"] else "no" for i in walk],
            }


def _choices(prices: Sequence[float], times: Sequence[int]) -> dict[str, list[str]]:
    walk = sorted(range(6), key=lambda i: prices[i])
    front = [i for place, i in enumerate(walk) if times[i] == min(times[j] for j in walk[: place + 1])]
    cheapest, fastest = walk[0], times.index(min(times))
    kept = {
        "front": front,
        "extremes": [cheapest, fastest],
        "against_cheapest": [i for i in walk if i == cheapest or times[i] < times[cheapest]],
        "best_product": [min(walk, key=lambda i: prices[i] * times[i])],
        "beaten": [i for i in walk if i not in front],
    }
    return {name: sorted(_OPTIONS[i] for i in set(chosen)) for name, chosen in kept.items()}


def _undominated(prices: Sequence[float], times: Sequence[int]) -> list[str]:
    points = np.column_stack([prices, times])
    no_worse = (points[:, None] <= points[None]).all(axis=2)
    better = (points[:, None] < points[None]).any(axis=2)
    beaten: Any = (no_worse & better).any(axis=0)
    return [name for name, loses in zip(_OPTIONS, beaten.tolist(), strict=True) if not loses]


@generator
def tracked_runs(rng: np.random.Generator) -> Mapping[str, Any]:
    """Seven runs of which some are failed or on old data, so that four wrong ways of choosing differ.

    The run on old data and the failed one have the best validation figures of all.
    """
    while True:
        current = int(rng.integers(3, 8))
        ids = [int(i) for i in np.sort(rng.choice(np.arange(31, 99), size=7, replace=False))]
        kinds = [str(kind) for kind in rng.permutation(["old", "failed", *["fit"] * 4, "old"])]
        valid = [round(float(v), 3) for v in rng.choice(np.arange(780, 870), size=7, replace=False) / 1000]
        test = [round(v - int(rng.integers(4, 40)) / 1000, 3) for v in valid]
        fitting = [i for i in range(7) if kinds[i] == "fit"]
        chosen = max(fitting, key=lambda i: valid[i])
        by_test = max(fitting, key=lambda i: test[i])
        old = max((i for i in range(7) if kinds[i] == "old"), key=lambda i: valid[i])
        failed = kinds.index("failed")
        told_apart = len(set(test)) == len(test) and valid[chosen] not in test
        if told_apart and by_test != chosen and valid[chosen] < min(valid[old], valid[failed]):
            return {
                "version": current,
                "ids": ids,
                "versions": [current - 1 if kind == "old" else current for kind in kinds],
                "states": ["failed" if kind == "failed" else "finished" for kind in kinds],
                "usable": [kind == "fit" for kind in kinds],
                "valid": valid,
                "test": test,
                "fitting": [ids[i] for i in fitting],
                "run": ids[chosen],
                "reported": test[chosen],
                "valid_of_run": valid[chosen],
                "by_test": ids[by_test],
                "reported_by_test": test[by_test],
                "other_version": ids[old],
                "test_other_version": test[old],
                "failed": ids[failed],
                "test_failed": test[failed],
            }


@generator
def late_capacity(rng: np.random.Generator, c: int, d: int) -> Mapping[str, Any]:
    """Eight minutes of load and the minutes in which capacity ordered ``d`` minutes before is too small.

    ``late`` shifts the line of instances needed; ``late_by_events`` keeps a list of what arrives when.
    """
    while True:
        steps = rng.choice([-0.6, 0, 0.3, 0.8, 1.1, 1.6], size=7)
        loads = [int(10 * round(c * level / 10)) for level in np.clip(1.5 + np.r_[0, steps].cumsum(), 0.3, 9)]
        needed = [-(-load // c) for load in loads]
        late, one_less, one_more = (_short_of(needed, delay) for delay in (d, d - 1, d + 1))
        rises = [i for i in range(2, 9) if loads[i - 1] > loads[i - 2]]
        if len(late) > 1 and len({tuple(found) for found in (late, one_less, one_more, rises)}) == 4:
            return {
                "loads": loads,
                "needed": needed,
                "running": [max(needed[: max(1, i + 1 - d)]) for i in range(8)],
                "late": late,
                "one_less": one_less,
                "one_more": one_more,
                "rises": rises,
                "late_by_events": _short_by_events(loads, c, d),
            }


def _short_of(needed: Sequence[int], delay: int) -> list[int]:
    return [i + 1 for i in range(8) if needed[i] > max(needed[: max(1, i + 1 - delay)])]


def _short_by_events(loads: Sequence[int], each: int, delay: int) -> list[int]:
    arriving = {1: -(-loads[0] // each)}
    running, late = 0, []
    for minute, load in enumerate(loads, 1):
        running = max(running, arriving.pop(minute, 0))
        arriving[minute + delay] = -(-load // each)
        if load > running * each:
            late.append(minute)
    return late


_FAULTS = ("seed", "data", "commit", "image")


@generator
def logged_runs(rng: np.random.Generator) -> Mapping[str, Any]:
    """Six runs: two complete, and one with each kind of fault.

    ``without_seed`` and its like are the answers of somebody who does not mind that fault.
    """
    names = [str(name) for name in np.sort(rng.choice(np.arange(11, 99), size=6, replace=False))]
    faults = [str(fault) for fault in rng.permutation([*_FAULTS, "", ""])]
    rows = [_logged(rng, fault) for fault in faults]
    found = {fault: [n for n, f in zip(names, faults, strict=True) if f in ("", fault)] for fault in _FAULTS}
    return {
        "names": names,
        "commits": [row[0] for row in rows],
        "datas": [row[1] for row in rows],
        "seeds": [row[2] for row in rows],
        "images": [row[3] for row in rows],
        "reasons": [_REASONS[fault] for fault in faults],
        "good": [name for name, fault in zip(names, faults, strict=True) if not fault],
        "complete": ["dirty" not in a and b[0] == "v" and c != "-" and "@" in d for a, b, c, d in rows],
        "without_seed": found["seed"],
        "moving_data": found["data"],
        "dirty_code": found["commit"],
        "moving_image": found["image"],
    }


_REASONS = {
    "": "can be rebuilt",
    "seed": "no seed",
    "data": "the data can change",
    "commit": "uncommitted changes",
    "image": "the image can change",
}


def _logged(rng: np.random.Generator, fault: str) -> tuple[str, str, str, str]:
    commit, digest = (f"{rng.integers(0x1000, 0xFFFF):04x}" for _ in range(2))
    return (
        f"{commit} (dirty)" if fault == "commit" else commit,
        str(rng.choice(["latest", "prod"])) if fault == "data" else f"v{rng.integers(2, 9)}",
        "-" if fault == "seed" else str(rng.integers(1, 99)),
        f"train:{rng.choice(['latest', 'prod'])}" if fault == "image" else f"train@{digest}",
    )
