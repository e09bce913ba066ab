"""Running services: latencies, packing, scaling, caches, with second routes that play things through."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from quizengine.generation.registry import generator


@generator
def latencies(rng: np.random.Generator, n: int) -> Mapping[str, Any]:
    """``n`` different response times ``y`` with a long tail, and NumPy's nearest-rank percentiles."""
    drawn = np.unique(np.round(rng.lognormal(3.7, 0.6, 4 * n)).astype(int))
    y = [int(value) for value in rng.permutation(drawn)[:n]]
    return {
        "y": y,
        "inverted_50": _percentile(y, 50),
        "inverted_90": _percentile(y, 90),
    }


def _percentile(values: Sequence[int], percent: int) -> int:
    return int(np.percentile(values, percent, method="inverted_cdf"))


@generator
def first_fit(
    rng: np.random.Generator, a: int, b: int, c: int, d: int, e: int, f: int, m: int
) -> Mapping[str, Any]:
    """First-fit decreasing and first-fit of six jobs into machines of size ``m``, and the fewest possible.

    ``replayed`` packs again by trying, for each job, all machines from the first on.
    """
    jobs = [a, b, c, d, e, f]
    ordered = sorted(jobs, reverse=True)
    packed = _first_fit(ordered, m)
    return {
        "packed": [" + ".join(map(str, machine)) for machine in packed],
        "machines": len(packed),
        "unsorted": len(_first_fit(jobs, m)),
        "next_fit": _next_fit(ordered, m),
        "replayed": _replay(ordered, m),
        "least": math.ceil(sum(jobs) / m),
    }


def _first_fit(jobs: Iterable[int], size: int) -> list[list[int]]:
    machines: list[list[int]] = []
    for job in jobs:
        roomy = next((machine for machine in machines if sum(machine) + job <= size), None)
        if roomy is None:
            machines.append([job])
        else:
            roomy.append(job)
    return machines


def _next_fit(jobs: Iterable[int], size: int) -> int:
    """Only the newest machine is looked at."""
    machines, left = 0, -1
    for job in jobs:
        if left < job:
            machines, left = machines + 1, size
        left -= job
    return machines


def _replay(jobs: Sequence[int], size: int) -> int:
    room = np.full(len(jobs), size)
    for job in jobs:
        room[int(np.argmax(room >= job))] -= job
    return int((room < size).sum())


@generator
def layer_order(rng: np.random.Generator) -> Mapping[str, Any]:
    """Four independent build steps with changes a month and seconds; ``best`` is found by trying all orders.

    Drawn again until the best order is neither that of the changes nor that of the seconds,
    and clearly better than the second best.
    """
    names = ["`RUN install-fonts`", "`RUN install-drivers`", "`COPY vocabulary/ .`", "`COPY settings/ .`"]
    while True:
        rates = [int(rate) for rate in rng.choice(np.arange(1, 21), size=4, replace=False)]
        seconds = [int(time) for time in rng.choice(np.arange(5, 125, 5), size=4, replace=False)]
        costs = {order: _rebuilding(order, rates, seconds) for order in permutations(range(4))}
        ranked = sorted(costs, key=lambda order: costs[order])
        by_rate = tuple(sorted(range(4), key=lambda i: rates[i]))
        by_time = tuple(sorted(range(4), key=lambda i: -seconds[i]))
        if costs[ranked[1]] > 1.03 * costs[ranked[0]] and ranked[0] not in (by_rate, by_time):
            return {
                "names": names,
                "rates": rates,
                "seconds": seconds,
                "best": [names[i] for i in ranked[0]],
                "least": costs[ranked[0]],
            }


def _rebuilding(order: Sequence[int], rates: Sequence[int], seconds: Sequence[int]) -> int:
    """Seconds a month spent on rebuilding: each change runs its step and all later ones."""
    return sum(rates[i] * sum(seconds[j] for j in order[place:]) for place, i in enumerate(order))
