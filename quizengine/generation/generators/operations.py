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
def first_fit(rng: np.random.Generator, m: int) -> Mapping[str, Any]:
    """Six different jobs that first-fit decreasing packs into machines of size ``m``, not all of them full.

    ``replayed`` packs again by trying, for each job, all machines from the first on. Drawn again
    until dividing the total by ``m`` promises too few machines.
    """
    while True:
        jobs = [int(job) for job in rng.choice(np.arange(m // 8, m * 3 // 4, 2), size=6, replace=False)]
        ordered = sorted(jobs, reverse=True)
        packed = _first_fit(ordered, m)
        least = math.ceil(sum(jobs) / m)
        if least < len(packed) < 6:
            return {
                "jobs": jobs,
                "packed": [" + ".join(map(str, machine)) for machine in packed],
                "machines": len(packed),
                "replayed": _replay(ordered, m),
                "least": least,
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


@generator
def token_bucket(rng: np.random.Generator, c: int, r: int) -> Mapping[str, Any]:
    """Nine arrivals in seconds at a bucket of ``c`` tokens that gains one each ``r`` seconds.

    ``refused`` keeps count of the ``tokens`` that each finds; ``scheduled`` is the same limit as a schedule
    of expected arrivals. The other sets are what wrong readings of the rule refuse.
    """
    while True:
        times = [int(time) for time in np.sort(rng.integers(0, 6 * r, 9))]
        made = {
            "refused": _refused(_tokens(times, c, r)),
            "never_refilled": list(range(c + 1, 10)),
            "unbounded": _refused(_tokens(times, 10**6, r, held=c)),
            "windows": [i for i, time in enumerate(times, 1) if _before_in_window(times, i, time, r) >= c],
        }
        if 2 <= len(made["refused"]) <= 5 and len({tuple(found) for found in made.values()}) == 4:
            return {
                "times": times,
                "tokens": _tokens(times, c, r),
                **made,
                "scheduled": _off_schedule(times, c, r),
            }


def _tokens(times: Sequence[int], capacity: int, wait: int, held: int | None = None) -> list[int]:
    """Return the tokens that each request finds."""
    tokens, filled, found = capacity if held is None else held, 0, []
    for time in times:
        tokens, filled = min(capacity, tokens + time // wait - filled), time // wait
        found.append(tokens)
        tokens = max(0, tokens - 1)
    return found


def _refused(tokens: Sequence[int]) -> list[int]:
    return [i for i, found in enumerate(tokens, 1) if not found]


def _before_in_window(times: Sequence[int], i: int, time: int, wait: int) -> int:
    return sum(other // wait == time // wait for other in times[: i - 1])


def _off_schedule(times: Sequence[int], capacity: int, wait: int) -> list[int]:
    """Each accepted request books the next free token; the bucket is a bound on bookings ahead."""
    booked, refused = -capacity, []
    for i, time in enumerate(times, 1):
        start = max(booked, time // wait - capacity)
        if start + 1 > time // wait:
            refused.append(i)
        else:
            booked = start + 1
    return refused


@generator
def throttled(rng: np.random.Generator, w: int, m: int) -> Mapping[str, Any]:
    """Milliseconds until ``w`` ms of work are done when only ``m // 10`` of each 100 ms may be used."""
    clock = done = 0
    while done < w:
        done += clock % 100 < m // 10
        clock += 1
    return {"finished": clock}


@generator
def scaled_minutes(rng: np.random.Generator, c: int, start: int) -> Mapping[str, Any]:
    """Loads of five minutes, and the replicas after each: at most doubled, at most one fewer."""
    while True:
        loads = [int(load) for load in 10 * rng.integers(c // 10, 8 * c // 10, 5)]
        wanted = [-(-load // c) for load in loads]
        replicas, held = [], start
        for want in wanted:
            held = max(held - 1, min(2 * held, want))
            replicas.append(held)
        free_fall, held = [], start
        for want in wanted:
            held = min(2 * held, want)
            free_fall.append(held)
        if len({tuple(wanted), tuple(replicas), tuple(free_fall)}) == 3:
            return {"loads": loads, "wanted": wanted, "replicas": replicas, "free_fall": free_fall}
