"""Load the shipped bank in fresh processes, without and with its cache; check files; sum the bank up.

Claims: loading takes at most 1.5 s without a cache and 0.2 s with one; ``check`` of one file at
most 3 s. The floor of the same run is an interpreter that does nothing. Other work on the machine
stretches the wall clock: processor time stands beside it, and the load average below.

    python benchmarks/bank.py [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from quizengine.resources import resource as shipped

OUT = Path(__file__).parent / "out" / "bank.json"
BANK = shipped("question_banks") / "backend_to_ml"
#: One plain question, one of a table and one with a figure.
FILES = ("math/matrices/determinant-2x2", "math/bayes/three-sources", "de/matplotlib/read-learning-curves")
#: Prints the seconds that the load itself took, without what was imported before it.
LOAD = """
import sys, time
from pathlib import Path
from quizengine.bank import load_bank
started = time.perf_counter()
load_bank(sys.argv[1], cache=Path(sys.argv[2]) if len(sys.argv) > 2 else None)
print(time.perf_counter() - started)
"""


def measure(words: list[str], rounds: int) -> dict[str, float]:
    """Run a command some times; return medians: wall and processor seconds, and what it printed itself."""
    walls, processor, told = [], [], []
    for _ in range(rounds):
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        walls.append(time.perf_counter() - started)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if words[1] == "-c" and done.stdout:
            told.append(float(done.stdout))
    found = {"wall": statistics.median(walls), "processor": statistics.median(processor)}
    return {**found, "load": statistics.median(told)} if told else found


def main() -> None:
    """Print the table and write the JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    python, program = [sys.executable], [sys.executable, "-m", "quizengine"]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        cache = str(Path(folder) / "quizengine")
        load = [*python, "-c", LOAD, str(BANK)]
        measure(load, 1)  # the files are in memory, as after a first look at them
        rows = {"nothing": measure([*python, "-c", ""], rounds), "load, no cache": measure(load, rounds)}
        measure([*load, cache], 1)
        rows["load, cached"] = measure([*load, cache], rounds)
        rows["--help"] = measure([*program, "--help"], rounds)
        for name in FILES:
            path = str(BANK / "questions" / f"{name}.toml")
            rows[f"check {name.rpartition('/')[2]}"] = measure([*program, "check", path], rounds)
    print(f"{'':<28}{'wall':>8}{'cpu':>8}{'load':>8}   s, median of {rounds}")
    for name, row in rows.items():
        cells = "".join(f"{row[key]:>8.2f}" if key in row else "" for key in ("wall", "processor", "load"))
        print(f"{name:<28}{cells}")
    average = os.getloadavg()
    print("load average", " ".join(f"{value:.1f}" for value in average))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"rows": rows, "load_average": average}, indent=1))


if __name__ == "__main__":
    main()
