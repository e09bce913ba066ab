"""The scorer in one run: calibration, choice and simulation, time and error beside the peers.

Run ``python benchmarks/psychometrics.py``; prints tables and writes ``benchmarks/out/psychometrics.json``.
Peers are measured in the same run where they are installed (``pip install girth mirt catsim
adaptivetesting``, all from PyPI; `mirt` is the Python package of that name, not the one for R). What is
missing is said. ``--only dense sparse choice simulation cluster`` takes some parts, ``--quick`` small sizes.
``choice`` and ``simulation`` are the scripts ``next_item.py`` and ``simulation.py`` beside this one, each
in a process of one thread.

Data are simulated: persons N(0, 1), log a ~ N(0, .3^2), b ~ N(0, 1), answers by the 2PL. RMSE is that of
the estimates against the truth, over all items. Times are the best of several runs, for on a shared machine
others only ever add; the load is printed with them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from quizengine.psychometrics import Responses, calibrate, success_chance
from quizengine.psychometrics.arrays import Floats
from quizengine.psychometrics.calibration import SparseShard, StoredShard

PEERS = ("girth", "mirt", "catsim", "adaptivetesting")
#: What none of these does: estimate items. They choose them and score persons.
WITHOUT_CALIBRATION = ("catsim", "adaptivetesting")
OUT = Path(__file__).parent / "out" / "psychometrics.json"
DENSE = ((10_000, 100), (50_000, 200))
SLOW_MOST = 1_000_000
"""Cells up to which girth, and mirt without its acceleration, are waited for: more take minutes of an idle
machine (girth on 50,000 x 200 ten)."""
ITEMS, LENGTH = 10_000, 30
SPARSE = (1_000_000, 3_000_000, 10_000_000, 30_000_000)
CLUSTER = 10_000_000
"""Answers that one process and a cluster are compared on."""
PERSONS_A_SHARD = 65_536


def items(count: int, seed: int) -> tuple[Floats, Floats]:
    """Return slopes and difficulties."""
    rng = np.random.default_rng(seed)
    return np.exp(rng.normal(0, 0.3, count)), rng.normal(size=count)


def rmse(found: Any, truth: Floats) -> float:
    """Return the root mean square error over what was estimated."""
    return float(np.sqrt(np.nanmean((np.asarray(found) - truth) ** 2)))


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return the result, seconds on the clock, and seconds of all processors."""
    wall, used = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - used


def best(work: Callable[[], Any], runs: int) -> tuple[Any, float, float]:
    """Return the result with the least seconds of several runs."""
    tried = [timed(work) for _ in range(runs)]
    return tried[0][0], min(one[1] for one in tried), min(one[2] for one in tried)


# --- everybody answers everything ---------------------------------------------------------------


def ours(scores: Floats) -> tuple[Floats, Floats]:
    """Calibrate as the default is, without standard errors, which peers were not asked for either."""
    found = calibrate(scores, standard_errors=False)
    return found.a, found.b


def of_mirt(scores: Floats, points: int, accelerate: str) -> tuple[Floats, Floats]:
    """Calibrate with PyPI mirt."""
    import mirt  # noqa: PLC0415  (a peer that may be missing)

    found = mirt.fit_mirt(
        scores.astype(int),
        model="2PL",
        n_quadpts=points,
        accelerate=accelerate,
        compute_standard_errors=False,
    )
    parameters = found.model.parameters
    return np.ravel(parameters["discrimination"]), np.ravel(parameters["difficulty"])


def of_girth(scores: Floats) -> tuple[Floats, Floats]:
    """Calibrate with girth."""
    import girth  # noqa: PLC0415  (as above)

    found = girth.twopl_mml(scores.astype(int).T)
    return found["Discrimination"], found["Difficulty"]


def dense(sizes: Sequence[tuple[int, int]], runs: int, present: dict[str, str]) -> list[dict[str, Any]]:
    """Measure complete data of some sizes."""
    rows = []
    for persons, count in sizes:
        a, b = items(count, seed=count)
        rng = np.random.default_rng(persons)
        theta = rng.normal(size=(persons, 1))
        scores = (rng.random((persons, count)) < success_chance(theta, a, b)).astype(float)
        tools: dict[str, tuple[partial[Any], int]] = {"quizengine": (partial(ours, scores), runs)}
        if "mirt" in present:
            # Points that its Gauss-Hermite rule needs for posteriors so narrow; fewer bias slopes.
            enough = int(np.ceil((np.pi / 1.8) ** 2 * (1 + 0.19 * count)))
            tools["mirt, its defaults"] = (partial(of_mirt, scores, 21, "none"), 1)
            if persons * count <= SLOW_MOST:
                tools[f"mirt, {enough} points"] = (partial(of_mirt, scores, enough, "none"), 1)
            tools[f"mirt, {enough} points, squarem"] = (partial(of_mirt, scores, enough, "squarem"), runs)
        if "girth" in present and persons * count <= SLOW_MOST:
            tools["girth"] = (partial(of_girth, scores), 1)
        first = 0.0
        for work, _ in tools.values():  # once unmeasured, on little: imports, compilers, threads
            work.func(scores[:500], *work.args[1:])
        for name, (work, times) in tools.items():
            found, wall, used = best(work, times)
            first = first or wall
            row = {
                "persons": persons, "items": count, "tool": name, "seconds": wall, "cpu": used,
                "times": wall / first, "rmse_a": rmse(found[0], a), "rmse_b": rmse(found[1], b),
            }  # fmt: skip
            rows.append(row)
            print(
                f"{persons:>7,} x {count:<4} {name:28} {wall:8.2f} s  {used:8.2f} s CPU"
                f"  {row['times']:7.1f} x  RMSE a {row['rmse_a']:.4f}  b {row['rmse_b']:.4f}",
                flush=True,
            )
    return rows


# --- few answers of very many -------------------------------------------------------------------


def adaptive_shards(persons: int, a: Floats, b: Floats) -> Iterator[SparseShard]:
    """Yield people who were each given 30 items near their ability, as an adaptive test does."""
    order = np.argsort(b)
    ranked = b[order]
    for number, first in enumerate(range(0, persons, PERSONS_A_SHARD)):
        rng = np.random.default_rng([1, number])
        count = min(PERSONS_A_SHARD, persons - first)
        theta = rng.normal(size=(count, 1))
        place = np.searchsorted(ranked, theta + rng.normal(0, 0.7, (count, LENGTH)))
        item = order[np.clip(place + rng.integers(-3, 4, place.shape), 0, len(b) - 1)]
        item.sort(axis=1)
        new = np.ones(item.shape, dtype=bool)
        new[:, 1:] = item[:, 1:] != item[:, :-1]
        score = rng.random(item.shape) < success_chance(theta, a[item], b[item])
        start = np.concatenate([[0], np.cumsum(new.sum(axis=1))])
        yield SparseShard(start, item[new].astype(np.int32), score[new].astype(np.float32), len(b))


def stored(persons: int, a: Floats, b: Floats, folder: Path) -> Responses:
    """Return such people in files, so that memory holds a shard at a time."""
    shards, answers, total = [], np.zeros(len(b), dtype=np.intp), np.zeros(len(b))
    for number, shard in enumerate(adaptive_shards(persons, a, b)):
        answers += np.bincount(shard.item, minlength=len(b))
        total += np.bincount(shard.item, shard.score, minlength=len(b))
        shards.append(StoredShard.write(folder / f"{persons}-{number}.npz", shard))
    return Responses(shards, persons, answers, total)


def gigabytes() -> float:
    """Return the most memory that this process and the largest of its children have had."""
    own, child = (
        resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return (own + child) / (1e9 if sys.platform == "darwin" else 1e6)


def sparse(sizes: Sequence[int], workers: int) -> list[dict[str, Any]]:
    """Measure how the cost of an answer grows with their number; the bank grows along."""
    rows = []
    for size in sizes:
        bank = max(100, round(ITEMS * size / SPARSE[-1]))
        a, b = items(bank, seed=3)
        with TemporaryDirectory() as folder:
            responses = stored(size // LENGTH, a, b, Path(folder))
            if workers == 1:
                found, wall, used = timed(partial(calibrate, responses))
            else:
                with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
                    found, wall, used = timed(partial(calibrate, responses, run=pool.map))
        count = int(responses.answers.sum())
        off = (found.b - b) / found.se_b
        row = {
            "answers": count, "persons": responses.persons, "items": bank, "workers": workers,
            "seconds": wall, "cpu": used, "steps": found.iterations, "converged": found.converged,
            "microseconds_an_answer": 1e6 * wall / count, "gigabytes": gigabytes(),
            "microseconds_an_answer_and_step": 1e6 * wall / count / found.iterations,
            "estimated": int(np.isfinite(found.b).sum()),
            "error_in_standard_errors": float(np.sqrt(np.nanmedian(off**2) / 0.4549)),
        }  # fmt: skip
        rows.append(row)
        print(
            f"{count:>11,} answers  {bank:>6,} items  {wall:7.1f} s  {found.iterations:3} steps"
            f"  {row['microseconds_an_answer']:6.2f} us an answer"
            f"  {row['microseconds_an_answer_and_step']:.3f} us and step"
            f"  {row['gigabytes']:.2f} GB  {row['estimated']:,} items, off by"
            f" {row['error_in_standard_errors']:.2f} of their errors",
            flush=True,
        )
    return rows


def cluster(size: int) -> list[dict[str, Any]]:
    """Measure a cluster of two local workers against one process, on the same shards."""
    try:
        from distributed import LocalCluster  # noqa: PLC0415  (an extra)

        from quizengine.cli.cluster import on_cluster  # noqa: PLC0415  (as above)
    except ImportError:
        print("Dask is not installed: pip install 'quizengine[cluster]'")
        return []
    a, b = items(ITEMS, seed=3)
    with TemporaryDirectory() as folder:
        responses = stored(size // LENGTH, a, b, Path(folder))
        alone, wall, _ = timed(partial(calibrate, responses))
        with (
            LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True) as local,
            on_cluster(local.scheduler_address) as run,
        ):
            shared, shared_wall, _ = timed(partial(calibrate, responses, run=run))
    apart = max(float(np.nanmax(abs(alone.a - shared.a))), float(np.nanmax(abs(alone.b - shared.b))))
    print(
        f"{size:,} answers: one process {wall:.1f} s, two workers {shared_wall:.1f} s"
        f"; parameters differ by at most {apart:.1e}"
    )
    return [{"answers": size, "alone": wall, "cluster": shared_wall, "largest_difference": apart}]


# --- choosing, and whole simulations ------------------------------------------------------------


def script(name: str, *words: str) -> Any:
    """Run a script beside this one with one thread, and return what it wrote."""
    here = Path(__file__).parent
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run([sys.executable, str(here / f"{name}.py"), *words], env=environment, check=True)
    return json.loads((here / "out" / f"{name}.json").read_text("utf-8"))


def installed() -> dict[str, str]:
    """Return the peers that are here, with their versions."""
    found = {}
    for name in PEERS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            print(f"{name} is not installed: pip install {name}")
    return found


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = ("dense", "sparse", "choice", "simulation", "cluster")
    parser.add_argument("--only", nargs="+", choices=parts, default=list(parts), help="parts to run")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    parser.add_argument("--runs", type=int, default=5, help="runs of which the best counts")
    parser.add_argument("--workers", type=int, default=1, help="processes for the sparse part")
    arguments = parser.parse_args()
    present = installed()
    about = {
        "python": platform.python_version(), "numpy": np.__version__, "cpus": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS", "default"), "load before": os.getloadavg()[0],
        "peers": present, "no calibration": [name for name in WITHOUT_CALIBRATION if name in present],
    }  # fmt: skip
    print(json.dumps(about))
    results: dict[str, Any] = {"about": about}
    if "dense" in arguments.only:
        results["dense"] = dense(((1000, 20),) if arguments.quick else DENSE, arguments.runs, present)
    if "sparse" in arguments.only:
        results["sparse"] = sparse((300_000, 600_000) if arguments.quick else SPARSE, arguments.workers)
    if "choice" in arguments.only:
        results["choice"] = script(
            "next_item", *(["--items", "300", "--sittings", "3"] if arguments.quick else [])
        )
    if "simulation" in arguments.only:
        results["simulation"] = script(
            "simulation", *(["--persons", "128", "--rounds", "1"] if arguments.quick else [])
        )
    if "cluster" in arguments.only:
        results["cluster"] = cluster(300_000 if arguments.quick else CLUSTER)
    about["load after"] = os.getloadavg()[0]
    print(f"load {about['load before']:.1f} before, {about['load after']:.1f} after")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(results, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
