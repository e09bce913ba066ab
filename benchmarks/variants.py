"""Generate and render one variant: median and p99 over the questions of the shipped bank.

Claim: at most 2 ms (median) for number and matrix questions, warm, on 2 cores.
The peer of the same run is Jinja alone: the same prompts rendered from ready values,
which nothing that fills values into a text can beat.
"""

from __future__ import annotations

import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from quizengine.bank import BankQuestion, load_bank
from quizengine.bank.engines import judgeable
from quizengine.markup import to_html
from quizengine.resources import resource

WARM, TIMED = 5, 60
#: Each query's databases are made anew, a quarter of a second a variant.
WARM_QUERIES, TIMED_QUERIES = 1, 8
CLAIMED = {"number", "matrix"}
OUT = Path(__file__).parent / "out" / "variants.json"


def milliseconds(work: Callable[[int], object], *, warm: int, timed: int) -> list[float]:
    """Time ``work`` on fresh seeds, after a warm-up."""
    for seed in range(warm):
        work(seed)
    found = []
    for seed in range(1000, 1000 + timed):
        started = time.perf_counter()
        work(seed)
        found.append(1000 * (time.perf_counter() - started))
    return found


def shown(entry: BankQuestion) -> Callable[[int], str]:
    """Return what a page does: draw a variant and render its prompt."""
    return lambda seed: to_html(entry.variant(seed).prompt)


def peer(entry: BankQuestion) -> Callable[[int], str]:
    """Return the least that any engine does: fill ready values into the prompt."""
    names = entry.draw(1).names
    return lambda _seed: entry.program.prompt.render(names)


def p99(values: list[float]) -> float:
    """Return the 99th percentile."""
    return sorted(values)[min(len(values) - 1, int(0.99 * len(values)))]


def main() -> None:
    """Print the table and write the JSON."""
    bank, _ = judgeable(load_bank(resource("question_banks") / "backend_to_ml"))
    by_type: dict[str, list[float]] = defaultdict(list)
    medians: dict[str, list[float]] = defaultdict(list)
    peers: dict[str, list[float]] = defaultdict(list)
    for entry in bank.questions.values():
        name = entry.question.parts[0].type
        is_query = name == "sql"
        warm, timed = (WARM_QUERIES, TIMED_QUERIES) if is_query else (WARM, TIMED)
        times = milliseconds(shown(entry), warm=warm, timed=timed)
        by_type[name] += times
        medians[name].append(statistics.median(times))
        peers[name] += milliseconds(peer(entry), warm=warm, timed=timed)
    rows = [
        {
            "type": name,
            "questions": len(medians[name]),
            "median_ms": round(statistics.median(times), 3),
            "p99_ms": round(p99(times), 3),
            "slowest_question_ms": round(max(medians[name]), 3),
            "jinja_alone_ms": round(statistics.median(peers[name]), 3),
        }
        for name, times in sorted(by_type.items())
    ]
    print(f"{'type':<10}{'questions':>10}{'median':>9}{'p99':>9}{'slowest':>9}{'Jinja':>9}   ms")
    for row in rows:
        print(
            f"{row['type']:<10}{row['questions']:>10}{row['median_ms']:>9}{row['p99_ms']:>9}"
            f"{row['slowest_question_ms']:>9}{row['jinja_alone_ms']:>9}"
        )
    claimed = [time for name in CLAIMED for time in by_type[name]]
    print(f"number and matrix together: median {statistics.median(claimed):.2f} ms (claim: 2 ms)")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"bank": bank.digest, "questions": len(bank), "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
