"""Milliseconds of a judgement of SQL, end to end through the worker.

    python benchmarks/sqljudge.py [answers]

Three questions on the bank's dataset, each with 16 databases or a few more; a right answer, a wrong one
and one that cannot be read, in turn, with a pause between, as people answer; then right and wrong ones
without a pause, as files are graded. Target on an idle machine: median at most 3 ms, 99th percentile 15.
"""

from __future__ import annotations

import os
import statistics
import sys
import time

from quizengine.model.answers import SqlAnswer
from quizengine.resources import resource
from quizengine.sqljudge import WrongQuery, judge, load_dataset, make_panel

PAUSE = 0.02
DATABASES = 16
QUESTIONS = (
    (
        ("users", "orders"),
        "SELECT u.user_id, COUNT(o.order_id) FROM users u LEFT JOIN orders o ON o.user_id = u.user_id "
        "AND o.status = 'paid' GROUP BY u.user_id ORDER BY 1",
        ("LEFT JOIN", "JOIN"),
    ),
    (
        ("predictions",),
        "SELECT pred_id, ROUND(AVG(latency_ms) OVER (PARTITION BY model_version ORDER BY ts, pred_id "
        "ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), 2) FROM predictions ORDER BY model_version, ts, pred_id",
        ("2 PRECEDING", "3 PRECEDING"),
    ),
    (
        ("events",),
        "SELECT event_type, COUNT(DISTINCT event_id) FROM events GROUP BY 1 ORDER BY 1",
        ("DISTINCT ", ""),
    ),
)


def main(answers: int) -> None:
    """Judge ``answers`` texts of each kind for each question and print a table."""
    dataset = load_dataset(resource("question_banks") / "backend_to_ml" / "datasets" / "ml_platform.toml")
    times: dict[str, list[float]] = {
        "panel": [],
        "right": [],
        "wrong": [],
        "wrong, with example": [],
        "unreadable": [],
        "right, no pause": [],
        "wrong, no pause": [],
    }
    for tables, reference, slip in QUESTIONS:
        wrong = (("slip", reference.replace(*slip)),)
        started = time.perf_counter()
        slips = tuple(WrongQuery(sql) for _, sql in wrong)
        panel = make_panel(dataset, tables, 7, reference=reference, wrong_queries=slips, count=DATABASES)
        times["panel"].append(time.perf_counter() - started)
        answer = SqlAnswer(reference=reference, ordered=True, panel=panel)
        for _ in range(4):
            judge(answer, wrong, reference)
        for number in range(answers):
            # A text of its own each time, so that nothing is remembered from the last.
            for kind, text in (
                ("right", f"{reference} -- {number}"),
                ("wrong", f"{wrong[0][1]} -- {number}"),
                ("wrong, with example", f"{wrong[0][1]} -- {number}"),
                ("unreadable", f"SELECT nothing{number} FROM {tables[0]}"),
            ):
                time.sleep(PAUSE)
                started = time.perf_counter()
                judge(answer, wrong, text, example=kind.endswith("example"))
                times[kind].append(time.perf_counter() - started)
        for number in range(answers):
            for kind, text in (("right, no pause", reference), ("wrong, no pause", wrong[0][1])):
                started = time.perf_counter()
                judge(answer, wrong, f"{text} -- {number} again", example=False)
                times[kind].append(time.perf_counter() - started)
    print(f"{'ms':22}{'median':>8}{'p95':>8}{'p99':>8}{'worst':>8}")
    for kind, seconds in times.items():
        ordered = sorted(seconds)
        at = [ordered[int(share * (len(ordered) - 1))] for share in (0.95, 0.99, 1)]
        print(f"{kind:22}" + "".join(f"{1000 * figure:8.2f}" for figure in (statistics.median(ordered), *at)))
    print("load average", " ".join(f"{value:.1f}" for value in os.getloadavg()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
