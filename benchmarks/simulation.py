"""People a second through simulated tests, and how near one-skill tests come to the Bayesian bound.

Run ``python benchmarks/simulation.py``; prints and writes ``benchmarks/out/simulation.json``. Whole
sittings of 25 of 320 items on 60 skills on a pool of processes, each with one thread; then 20 of 500
items on one skill, all people in step, and their error beside the van Trees bound; then one step
(update and choice) at 10,000 items on one skill beside PyPI's mirt and catsim, where they are installed.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy: one thread a process

import argparse
import json
import platform
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from quizengine.psychometrics import (
    AdaptiveTest,
    Design,
    ItemPool,
    SkillPrior,
    continuous,
    item_information,
    simulate,
)
from quizengine.psychometrics.arrays import Booleans, Floats
from quizengine.psychometrics.cohort import Cohort

OUT = Path(__file__).parent / "out" / "simulation.json"
MANY = partial(continuous, skills=60, items=320)
LENGTH, ONE_LENGTH, ONE_ITEMS, STEP_ITEMS = 25, 20, 500, 10_000
PRECISE = Design(min_gain=0.0, near_best=0.0, openings=1)
"""Nothing is drawn at random: what is measured is what the rule can do."""


def people_a_second(persons: int, workers: int, rounds: int) -> dict[str, float]:
    """Return whole sittings a second: the best and the median round, and those of a second of one core.

    The last is what a machine that others use as well can tell.
    """
    rates, spent = [], []
    with ProcessPoolExecutor(workers) as pool:
        simulate(MANY, "risk", 64, 1, checkpoints=(LENGTH,), run=pool.map)  # warm: imports, tables
        for seed in range(rounds):
            began = time.perf_counter()
            done = simulate(
                MANY, "risk", persons, seed, checkpoints=(LENGTH,), run=pool.map, clock=time.process_time
            )
            rates.append(persons / (time.perf_counter() - began))
            spent.append(persons / float(done.seconds.sum()))
    return {
        "best": round(max(rates), 1),
        "median": round(float(np.median(rates)), 1),
        "a core second": round(max(spent), 1),
    }


def one_skill_pool(n_items: int) -> ItemPool:
    """Return 2PL items as a calibrated bank has them."""
    rng = np.random.default_rng(n_items)
    a = np.clip(np.exp(rng.normal(0.1, 0.3, n_items)), 0.3, 3.0)
    return ItemPool(np.ones((n_items, 1)), a, rng.normal(size=n_items), np.zeros(n_items), np.ones(n_items))


def van_trees(pool: ItemPool, length: int) -> float:
    """Return the least mean squared error that any choice of ``length`` items can have, theta ~ N(0, 1).

    ``1 / (E I(theta) + 1)`` with I the information of the best items at each theta. H. L. Van Trees,
    "Detection, Estimation, and Modulation Theory", part I, Wiley, 1968, section 2.4.
    """
    theta = np.linspace(-6, 6, 1201)
    told = item_information(theta, pool.a, pool.b, pool.c, pool.d)
    best = np.sort(told, axis=1)[:, -length:].sum(axis=1)
    weights = np.exp(-(theta**2) / 2)
    return float(1.0 / (best @ weights / weights.sum() + 1.0))


def one_skill(persons: int, rule: str) -> dict[str, float]:
    """Return people a second, and the error beside the bound."""
    pool, rng = one_skill_pool(ONE_ITEMS), np.random.default_rng(5)
    theta = rng.normal(size=persons)
    chance = 1 / (1 + np.exp(-pool.a * (theta[:, None] - pool.b)))
    scores = (rng.random(chance.shape) < chance).astype(float)
    began = time.perf_counter()
    found = [_sit(pool, scores[first : first + 64], rule) for first in range(0, persons, 64)]
    seconds = time.perf_counter() - began
    squared = (np.concatenate([mean for mean, _ in found]) - theta) ** 2
    told = item_information(theta, pool.a, pool.b, pool.c, pool.d)
    given = float((told * np.concatenate([items for _, items in found])).sum(axis=1).mean())
    bound = van_trees(pool, ONE_LENGTH)
    return {
        "people a second": round(persons / seconds, 1),
        "rmse": round(float(squared.mean() ** 0.5), 4),
        "bound": round(bound**0.5, 4),
        "rmse / bound": round(float((squared.mean() / bound) ** 0.5), 4),
        "rmse / bound of the items given": round(float((squared.mean() * (given + 1)) ** 0.5), 4),
        "its standard error": round(float(squared.std() / squared.mean() / 2 / persons**0.5), 4),
    }


def _sit(pool: ItemPool, scores: Floats, rule: Any) -> tuple[Floats, Booleans]:
    prior, everybody = SkillPrior([0.0], [[1.0]]), np.arange(len(scores))
    cohort = Cohort(
        pool, prior, [0.0], seeds=everybody.tolist(), max_items=ONE_LENGTH, rule=rule, design=PRECISE
    )
    for _ in range(ONE_LENGTH):
        items = cohort.next_items()
        cohort.record(items, scores[everybody, items])
    return cohort.mean[:, 0], ~cohort.open


def summary(times: list[float]) -> dict[str, float]:
    """Return the median and the 5th percentile, which a machine that others use as well disturbs less."""
    return {f"p{level}": round(float(np.percentile(times[2:], level)), 3) for level in (5, 50)}


def one_step(rule: Any) -> dict[str, float]:
    """Return milliseconds of one update and choice at 10,000 items."""
    pool, rng, times = one_skill_pool(STEP_ITEMS), np.random.default_rng(1), []
    for seed in range(5):
        test = AdaptiveTest(
            pool, SkillPrior([0.0], [[1.0]]), [0.0], rule=rule, max_items=40, seed=seed, design=PRECISE
        )
        item = test.next_item()
        while item is not None:
            began = time.perf_counter()
            test.record(item, float(rng.random() < 0.5))
            item = test.next_item()
            if item is not None:
                times.append(1000 * (time.perf_counter() - began))
    return summary(times)


def mirt_step() -> dict[str, float]:
    """Return the same of PyPI's mirt: maximum information and EAP, its own defaults."""
    from mirt.cat import CATEngine  # noqa: PLC0415  (a peer that need not be there)
    from mirt.cat.stopping import MaxItemsStop  # noqa: PLC0415
    from mirt.models import TwoParameterLogistic  # noqa: PLC0415

    pool, rng, times = one_skill_pool(STEP_ITEMS), np.random.default_rng(1), []
    model = TwoParameterLogistic(n_items=len(pool))
    model.set_parameters(discrimination=pool.a.copy(), difficulty=pool.b.copy())
    model._is_fitted = True
    for _ in range(3):
        engine = CATEngine(model, item_selection="MFI", stopping_rule=MaxItemsStop(40))
        engine.select_next_item()
        for _ in range(38):
            began = time.perf_counter()
            engine.administer_item(int(rng.random() < 0.5))
            engine.select_next_item()
            times.append(1000 * (time.perf_counter() - began))
    return summary(times)


def catsim_step() -> dict[str, float]:
    """Return the same of catsim: maximum information and numerical search for the estimate."""
    from catsim.estimation import NumericalSearchEstimator  # noqa: PLC0415  (as above)
    from catsim.item_bank import ItemBank  # noqa: PLC0415
    from catsim.selection import MaxInfoSelector  # noqa: PLC0415

    pool, rng, times = one_skill_pool(STEP_ITEMS), np.random.default_rng(1), []
    bank = ItemBank(np.column_stack([pool.a, pool.b, pool.c, pool.d]))
    selector, estimator = MaxInfoSelector(), NumericalSearchEstimator()
    items, answers, theta = [0, 1], [True, False], 0.0
    for _ in range(38):
        began = time.perf_counter()
        theta = estimator.estimate(
            item_bank=bank, administered_items=items, response_vector=answers, est_theta=theta
        )
        item = selector.select(item_bank=bank, administered_items=items, est_theta=theta)
        times.append(1000 * (time.perf_counter() - began))
        items.append(int(item))
        answers.append(bool(rng.random() < 0.5))
    return summary(times)


def peers() -> dict[str, Any]:
    """Return the steps of the peers that are installed."""
    found: dict[str, Any] = {}
    for name, measure in (("mirt", mirt_step), ("catsim", catsim_step)):
        try:
            found[f"{name} {version(name)}"] = measure()
        except ModuleNotFoundError:  # PackageNotFoundError is one
            found[name] = "not installed"
    return found


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--persons", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    arguments = parser.parse_args()
    found: dict[str, Any] = {
        "many skills, people a second": people_a_second(
            arguments.persons, arguments.workers, arguments.rounds
        ),
        **{f"one skill, rule {rule}": one_skill(4 * arguments.persons, rule) for rule in ("info", "dopt")},
        **{f"one step at 10,000 items, ms, rule {rule}": one_step(rule) for rule in ("info", "mi", "risk")},
        **{f"one step at 10,000 items, ms, {name}": step for name, step in peers().items()},
        "about": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "workers": arguments.workers,
            "cpus": os.cpu_count(),
            "load": os.getloadavg(),
        },
    }
    for name, value in found.items():
        print(f"{name:48} {value}")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
