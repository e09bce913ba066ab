"""10,000 grades, queries among them, from 8 threads in each of 2 processes at once.

Claim: the verdicts are those of one grade at a time, and memory is flat from the first thousand on.
The rows are the queries of ``tests/data/sql_pairs.toml``, and a few expressions between them.

    python benchmarks/many_grades.py [--grades 10000]
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
import tomllib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from quizengine.errors import BusyError
from quizengine.grading import grade, variant_of
from quizengine.model.variant import Variant

HERE = Path(__file__).parent
PAIRS = HERE.parent / "tests" / "data" / "sql_pairs.toml"
EXPRESSIONS = (
    ({"type": "number", "value": "1/3"}, "0.333"),
    ({"type": "expression", "value": "x^2-1", "variables": ["x"]}, "(x-1)(x+1)"),
    ({"type": "expression", "value": "sin(x)^2", "variables": ["x"]}, "1-cos(x)^2"),
    ({"type": "expression", "value": "x^2", "variables": ["x"], "form": "factored"}, "x*x"),
    ({"type": "interval", "value": "[-1, 5]", "variables": ["x"]}, "|x - 2| <= 3"),
    ({"type": "equation", "value": "y = ln(x)", "variables": ["x", "y"]}, "x = e^y"),
    ({"type": "matrix", "value": "[[1,2],[3,4]]"}, "[1 2; 3 5]"),
)
THREADS, PROCESSES = 8, 2


def rows() -> list[tuple[Variant, str]]:
    """Return what is graded, queries and expressions in turn."""
    content = tomllib.loads(PAIRS.read_text(encoding="utf-8"))
    expressions = [(variant_of(spec), response) for spec, response in EXPRESSIONS]
    found = list[tuple[Variant, str]]()
    for question in content["question"]:
        spec: dict[str, Any] = {
            "type": "sql",
            "schema": content["schemas"][question["schema"]],
            "reference": question["reference"],
        }
        variant = variant_of(spec)
        for sql in (*question["right"], *(sql for _, sql in question["wrong"])):
            found += [(variant, sql), expressions[len(found) // 2 % len(expressions)]]
    return found


def told(row: tuple[Variant, str]) -> str:
    """Return the grade of one row in a word."""
    while True:
        try:
            grade_ = grade(*row)
        except BusyError:  # more threads than workers: a page asks the person to send it again
            continue
        return f"{grade_.verdict} {grade_.rule} {grade_.score}"


def one_at_a_time() -> list[str]:
    """Grade each row once."""
    return list(map(told, rows()))


def at_once(expected: list[str], grades: int) -> tuple[Counter[str], float, int, int]:
    """Grade from THREADS threads; return what differed, seconds, and memory after a tenth and at the end."""
    ours = rows()
    places = [number % len(ours) for number in range(grades)]
    different = Counter[str]()
    started, early = time.perf_counter(), 0
    with ThreadPoolExecutor(THREADS) as threads:
        for number, found in enumerate(threads.map(lambda place: told(ours[place]), places)):
            wanted = expected[places[number]]
            if found != wanted:
                different[f"{found} instead of {wanted}"] += 1
            if number == grades // 10:
                early = memory()
    return different, time.perf_counter() - started, early, memory()


def memory() -> int:
    """Return the most memory that this process had resident so far, in KiB (Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--grades", type=int, default=10_000)
    grades = parser.parse_args().grades
    expected = one_at_a_time()
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        found = list(processes.map(partial(at_once, expected), [grades // PROCESSES] * PROCESSES))
    differences = sum((different for different, *_ in found), Counter[str]())
    print(f"{'process':>8}{'grades':>8}{'a second':>10}{'MiB after a tenth':>19}{'MiB at the end':>16}")
    for number, (_, seconds, early, late) in enumerate(found, 1):
        print(
            f"{number:>8}{grades // PROCESSES:>8}{grades / PROCESSES / seconds:>10.0f}"
            f"{early / 1024:>19.1f}{late / 1024:>16.1f}"
        )
    print(f"verdicts other than one at a time: {differences.total()} {dict(differences)}")
    print("load average", " ".join(f"{value:.1f}" for value in os.getloadavg()))
    if differences:
        sys.exit(1)


if __name__ == "__main__":
    main()
