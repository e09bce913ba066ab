"""Time of choosing the next item and of taking an answer in, beside a plain brute force.

Run ``python benchmarks/next_item.py``; prints a table and writes ``benchmarks/out/next_item.json``.
Times are of one thread: set OMP_NUM_THREADS=1 for figures that can be compared between machines.
The peer is what a straightforward NumPy program does: for every open item and both outcomes, go
through with the update and sum the risk over all skills.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from scipy.special import ndtr

from quizengine.psychometrics import AdaptiveTest, Design, ItemPool, SkillPrior, rescore
from quizengine.psychometrics.arrays import Floats
from quizengine.psychometrics.posterior import normal_nodes

SKILLS, LENGTH, MIXED_SHARE = 60, 40, 0.2
TARGETS = {300: 0.5, 1000: 0.8, 10_000: 2.5}
RECORD_TARGET, RESCORE_TARGET, REPLAY_TARGET = 0.1, 20.0, 5.0
OUT = Path(__file__).parent / "out" / "next_item.json"
NODES, WEIGHTS = normal_nodes(15)
Result = TypeVar("Result")


def make_bank(n_items: int, *, mixed: float = 0.0) -> tuple[SkillPrior, ItemPool, Floats]:
    """Return a prior, a pool in six areas and cuts, always the same."""
    rng = np.random.default_rng(n_items)
    edges = [
        (int(parent), child)
        for child in range(1, SKILLS)
        for parent in rng.choice(child, size=min(child, int(rng.integers(0, 3))), replace=False)
    ]
    areas = [skill % 6 for skill in range(SKILLS)]
    main = np.arange(n_items) % SKILLS
    loadings = np.eye(SKILLS)[main]
    second = np.eye(SKILLS)[rng.integers(0, SKILLS, n_items)]
    share = np.where(rng.random(n_items) < mixed, 0.3, 0.0)[:, None]
    pool = ItemPool(
        (1 - share) * loadings + share * second,
        np.clip(np.exp(rng.normal(0.1, 0.3, n_items)), 0.3, 3.0),
        rng.normal(size=n_items),
        np.where(rng.random(n_items) < 0.4, 0.25, 0.02),
        np.full(n_items, 0.98),
        areas=[areas[skill] for skill in main],
    )
    return SkillPrior.from_graph(SKILLS, edges, areas), pool, rng.uniform(-0.5, 0.5, SKILLS)


def time_sittings(prior: SkillPrior, pool: ItemPool, cuts: Floats, sittings: int) -> dict[str, list[float]]:
    """Return milliseconds of every choice, record, rescore and replay."""
    times: dict[str, list[float]] = {"next_item": [], "record": [], "rescore": [], "replay": []}
    for seed in range(sittings):
        rng, design = np.random.default_rng((seed, 1)), Design(min_gain=0.0)
        test = AdaptiveTest(pool, prior, cuts, max_items=LENGTH, seed=seed, design=design)
        for _ in range(LENGTH):
            item, spent = timed(test.next_item)
            times["next_item"].append(spent)
            if item is None:
                break
            score = float(rng.random() < 0.5)
            times["record"].append(timed(partial(test.record, item, score))[1])
        answers = list(zip(test.items, test.scores, strict=True))
        times["rescore"].append(timed(partial(rescore, pool, prior, test.items, test.scores))[1])
        again = AdaptiveTest(pool, prior, cuts, max_items=LENGTH, seed=seed, design=design)
        times["replay"].append(timed(partial(replay, again, answers))[1])
    return times


def replay(test: AdaptiveTest, answers: list[tuple[int, float]]) -> None:
    """Bring a fresh test to where an earlier one was."""
    for item, score in answers:
        test.record(item, score)


def brute_force(prior: SkillPrior, pool: ItemPool, cuts: Floats) -> int:
    """Return the item with the greatest drop of risk, item by item, with no shortlist."""
    mean, covariance = prior.mean, prior.covariance
    variances = np.diag(covariance)
    p = ndtr((cuts - mean) / np.sqrt(variances))
    now, best, chosen = float(np.minimum(p, 1 - p).sum()), -np.inf, -1
    for item in range(len(pool)):
        direction = covariance @ pool.loadings[item]
        variance = float(direction @ pool.loadings[item])
        centre, sd = float(pool.loadings[item] @ mean), variance**0.5
        u = centre + sd * NODES
        chance = pool.c[item] + (pool.d[item] - pool.c[item]) / (
            1 + np.exp(-pool.a[item] * (u - pool.b[item]))
        )
        drop = now
        for likelihood in (chance, 1 - chance):
            odds = float(WEIGHTS @ likelihood)
            new_mean = float((WEIGHTS * likelihood) @ u) / odds
            new_variance = float((WEIGHTS * likelihood) @ (u - new_mean) ** 2) / odds
            gain = direction / variance
            z = (cuts - mean - gain * (new_mean - centre)) / np.sqrt(
                variances - gain**2 * (variance - new_variance)
            )
            drop -= odds * float(ndtr(-np.abs(z)).sum())
        if drop > best:
            best, chosen = drop, item
    return chosen


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """Return the result of ``work`` and its milliseconds."""
    began = time.perf_counter()
    result = work()
    return result, 1000 * (time.perf_counter() - began)


def summary(milliseconds: list[float]) -> dict[str, float]:
    """Return p5 (what a busy machine disturbs least), median, p95 and p99."""
    p5, p50, p95, p99 = (round(float(part), 4) for part in np.percentile(milliseconds, [5, 50, 95, 99]))
    return {"p5": p5, "median": p50, "p95": p95, "p99": p99, "n": len(milliseconds)}


def measure(n_items: int, sittings: int, *, mixed: float = 0.0) -> dict[str, dict[str, float]]:
    """Return the summaries of one bank, the peer included."""
    prior, pool, cuts = make_bank(n_items, mixed=mixed)
    time_sittings(prior, pool, cuts, 1)  # warm: caches of the pool, first-call costs of NumPy
    rows = {name: summary(times) for name, times in time_sittings(prior, pool, cuts, sittings).items()}
    # The peer grows with the number of items: a few rounds are enough to compare with.
    rounds = max(1, 2000 // n_items)
    rows["brute force"] = summary([timed(partial(brute_force, prior, pool, cuts))[1] for _ in range(rounds)])
    return rows


def verdict(name: str, n_items: int, median: float) -> str:
    """Return the target of a row, and whether it is met."""
    targets = {
        "next_item": TARGETS.get(n_items),
        "record": RECORD_TARGET,
        "rescore": RESCORE_TARGET,
        "replay": REPLAY_TARGET,
    }
    target = targets.get(name)
    if target is None:
        return ""
    return f"<= {target:g}  {'met' if median <= target else 'MISSED'}"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sittings", type=int, default=30, help="sittings of 40 items a bank")
    parser.add_argument("--items", type=int, nargs="+", default=[300, 1000, 10_000])
    arguments = parser.parse_args()
    results = {}
    print(f"{'bank':28} {'what':12} {'p5 ms':>9} {'median':>9} {'p95':>9} {'p99':>9}  target")
    for n_items in arguments.items:
        for mixed in (0.0, MIXED_SHARE):
            bank = f"{SKILLS} skills x {n_items} items" + (", mixed" if mixed else "")
            results[bank] = measure(n_items, arguments.sittings, mixed=mixed)
            for name, row in results[bank].items():
                target = verdict(name, n_items, row["median"])
                times = "".join(f" {row[level]:9.3f}" for level in ("p5", "median", "p95", "p99"))
                print(f"{bank:28} {name:12}{times}  {target}")
    OUT.parent.mkdir(exist_ok=True)
    about = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "threads": os.environ.get("OMP_NUM_THREADS", "default"),
        "cpus": os.cpu_count(),
    }
    OUT.write_text(json.dumps({"about": about, "milliseconds": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
