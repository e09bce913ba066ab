"""Operations over time: triggers of a retraining, plans of infrastructure, modes of serving, early stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from quizengine.generation.registry import generator

_DAYS = 12
_HOUR = 3600


@generator
def retraining_days(rng: np.random.Generator, limit: int, age: int) -> Mapping[str, Any]:
    """Drift of twelve days (in hundredths) and the days on which a model is retrained.

    ``days`` keeps two counters, ``above`` and ``old``; ``looked_back`` keeps none and looks back each day.
    """
    while True:
        drift = [int(value) for value in np.clip(rng.gamma(2.5, 7, _DAYS).round(), 2, 40)]
        if limit in drift:
            continue
        ways = {
            "days": _retrained(drift, limit, age, in_a_row=2),
            "single": _retrained(drift, limit, age, in_a_row=1),
            "drift_only": _retrained(drift, limit, _DAYS + 1, in_a_row=2),
            "calendar": _retrained(drift, limit, age, in_a_row=2, keeps_age=True),
        }
        if len({tuple(way) for way in ways.values()}) == 4 and all(ways.values()) and len(ways["days"]) >= 2:
            above, old = zip(*_counters(drift, limit, age, in_a_row=2), strict=True)
            return ways | {
                "drift": drift,
                "above": list(above),
                "old": list(old),
                "looked_back": _looked_back(drift, limit, age),
            }


def _retrained(
    drift: Sequence[int], limit: int, age: int, *, in_a_row: int, keeps_age: bool = False
) -> list[int]:
    counted = _counters(drift, limit, age, in_a_row=in_a_row, keeps_age=keeps_age)
    return [day for day, (above, old) in enumerate(counted, 1) if above >= in_a_row or old >= age]


def _counters(
    drift: Sequence[int], limit: int, age: int, *, in_a_row: int, keeps_age: bool = False
) -> list[tuple[int, int]]:
    """Return for each day the checks above the limit in a row, and the days since the last training."""
    counted, above, old = [], 0, 0
    for value in drift:
        above, old = above + 1 if value > limit else 0, old + 1
        counted.append((above, old))
        by_drift, by_age = above >= in_a_row, old >= age
        if by_drift or by_age:
            above, old = 0, old if keeps_age and not by_age else 0
    return counted


def _looked_back(drift: Sequence[int], limit: int, age: int) -> list[int]:
    found = [0]
    for day in range(1, _DAYS + 1):
        since = drift[max(found[-1], day - 2) : day]
        if (len(since) == 2 and min(since) > limit) or day - found[-1] == age:
            found.append(day)
    return found[1:]


@generator
def infrastructure_plan(rng: np.random.Generator) -> Mapping[str, Any]:
    """Seven or eight resources before and after: made, deleted, resized, moved, both, or left alone.

    ``key`` goes by what was done; ``compared`` compares what exists with what is wanted.
    """
    fates = ["made", "deleted", "resized", "moved", "both", "same"]
    fates += [str(fate) for fate in rng.choice(["made", "deleted", "resized", "moved", "same"], 2)]
    fates = [fates[int(i)] for i in rng.permutation(len(fates))]
    names = ["bucket", "queue", "registry", "endpoint", "database", "cache", "runner", "network"]
    sizes, places = ("small", "large"), ("north", "south")
    before: dict[str, tuple[str, str]] = {}
    after: dict[str, tuple[str, str]] = {}
    for name, fate in zip(names, fates, strict=True):
        size, place = int(rng.integers(2)), int(rng.integers(2))
        if fate != "made":
            before[name] = (sizes[size], places[place])
        if fate != "deleted":
            after[name] = (
                sizes[1 - size if fate in ("resized", "both") else size],
                places[1 - place if fate in ("moved", "both") else place],
            )
    count = {fate: fates.count(fate) for fate in ("made", "deleted", "resized", "moved", "both", "same")}
    replaced = count["moved"] + count["both"]
    there = {(name, place): size for name, (size, place) in before.items()}
    wanted = {(name, place): size for name, (size, place) in after.items()}
    return {
        "names": names,
        "before": [", ".join(before[name]) if name in before else "—" for name in names],
        "after": [", ".join(after[name]) if name in after else "—" for name in names],
        "key": [count["made"] + replaced, count["resized"], count["deleted"] + replaced],
        "compared": [
            len(wanted.keys() - there.keys()),
            sum(there[key] != wanted[key] for key in there.keys() & wanted.keys()),
            len(there.keys() - wanted.keys()),
        ],
        "as_updates": [count["made"], count["resized"] + replaced, count["deleted"]],
        "only_created": [count["made"] + replaced, count["resized"], count["deleted"]],
        "both_twice": [
            count["made"] + replaced,
            count["resized"] + count["both"],
            count["deleted"] + replaced,
        ],
        "made": count["made"],
        "deleted": count["deleted"],
        "resized": count["resized"],
        "replaced": replaced,
    }


@dataclass(frozen=True, slots=True)
class _Job:
    """Payload in MB, run time and deadline in seconds."""

    payload: int
    run: int
    deadline: int

    def text(self) -> str:
        due = f"{self.deadline // _HOUR} h" if self.deadline >= _HOUR else f"{self.deadline} s"
        return f"{self.payload} MB, runs {self.run} s, due in {due}"

    def allowed(self, *, payload: bool = True, cold: int = 5) -> list[str]:
        """The modes that are possible, the cheapest first."""
        size = self.payload if payload else 0
        rules = {
            "batch": self.deadline >= _HOUR,
            "asynchronous": size <= 1000 and self.deadline >= 60,
            "serverless": size <= 4 and self.run <= 60 and self.run + cold <= self.deadline,
            "real-time": size <= 6 and self.run <= 60,
        }
        return [name for name, holds in rules.items() if holds and self.run <= self.deadline]

    def obstacle(self, mode: str) -> str:
        """Why a mode that is not allowed is not."""
        if mode == "batch" or (mode == "asynchronous" and self.deadline < 60):
            return "due too soon"
        if mode == "asynchronous" or self.payload > {"serverless": 4, "real-time": 6}[mode]:
            return "payload too large"
        return "runs too long" if self.run > 60 else "the cold start makes it late"


_MODES = ("batch", "asynchronous", "serverless", "real-time")


@generator
def serving_jobs(rng: np.random.Generator) -> Mapping[str, Any]:
    """Five jobs, and the cheapest mode of each: payload rules one out, the cold start another.

    ``pairs`` takes the first mode that is allowed; ``struck_out`` removes from the dear end.
    """
    made = _jobs(rng)
    jobs = [made[int(i)] for i in rng.permutation(5)]
    texts, allowed = [job.text() for job in jobs], [job.allowed() for job in jobs]
    ways = {
        "pairs": [modes[0] for modes in allowed],
        "dearest": [modes[-1] for modes in allowed],
        "any_payload": [job.allowed(payload=False)[0] for job in jobs],
        "no_cold_start": [job.allowed(cold=0)[0] for job in jobs],
        "struck_out": [_struck_out(modes) for modes in allowed],
    }
    paired = {name: [list(pair) for pair in zip(texts, way, strict=True)] for name, way in ways.items()}
    ruled_out = [
        "; ".join(f"{mode}: {job.obstacle(mode)}" for mode in _MODES[: _MODES.index(chosen)]) or "none"
        for job, chosen in zip(jobs, ways["pairs"], strict=True)
    ]
    return paired | {"texts": texts, "modes": ways["pairs"], "ruled_out": ruled_out}


def _jobs(rng: np.random.Generator) -> list[_Job]:
    runs = [int(run) for run in rng.choice([1, 2, 3, 5, 8, 12, 20, 30], 3, replace=False)]
    return [
        _Job(
            int(rng.choice([1, 2, 20, 200])), int(rng.choice([20, 40, 300])), _HOUR * int(rng.integers(2, 9))
        ),
        _Job(int(rng.choice([5, 20, 200])), int(rng.choice([10, 90])), 60 * int(rng.integers(2, 20))),
        _Job(int(rng.integers(1, 5)), runs[0], runs[0] + int(rng.integers(6, 20))),
        _Job(int(rng.integers(5, 7)), runs[1], runs[1] + int(rng.integers(6, 20))),
        _Job(int(rng.integers(1, 5)), runs[2], runs[2] + int(rng.integers(1, 5))),
    ]


def _struck_out(modes: Sequence[str]) -> str:
    left = list(_MODES)
    for mode in reversed(_MODES):
        if mode not in modes and len(left) > 1:
            left.remove(mode)
    return left[0]


@generator
def stopped_trials(rng: np.random.Generator) -> Mapping[str, Any]:
    """Losses of seven trials after three epochs, and the trials that a median rule stops.

    ``stopped`` compares the last loss with the median; ``ranked`` counts better trials.
    """
    while True:
        start = rng.choice(np.arange(70, 99), 7, replace=False)
        losses = [[int(first)] for first in start]
        for _ in range(2):
            for row in losses:
                row.append(max(row[-1] - int(rng.integers(-4, 26)), 8))
        last = [row[-1] for row in losses]
        if len(set(last)) < 7:
            continue
        names = [f"t{i}" for i in range(1, 8)]
        means = [sum(row) / 3 for row in losses]
        middle = median(last)
        ways = {
            "stopped": [n for n, value in zip(names, last, strict=True) if value > middle],
            "by_mean": [n for n, value in zip(names, last, strict=True) if value > sum(last) / 7],
            "by_history": [n for n, value in zip(names, means, strict=True) if value > median(means)],
            "best_ones": [n for n, value in zip(names, last, strict=True) if value < middle],
            "got_worse": [n for n, row in zip(names, losses, strict=True) if row[2] > row[1]],
        }
        if len({tuple(way) for way in ways.values()}) == 5 and all(ways.values()):
            ranked = [
                n for n, value in zip(names, last, strict=True) if sum(other < value for other in last) > 3
            ]
            return ways | {
                "names": names,
                "first": [row[0] for row in losses],
                "second": [row[1] for row in losses],
                "third": last,
                "middle": middle,
                "ranked": ranked,
            }
