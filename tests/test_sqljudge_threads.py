"""Many queries at once: the verdicts are those that one at a time gives, and memory stays flat."""

from __future__ import annotations

import gc
import tracemalloc
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

from quizengine.sqljudge import judge
from tests.sql_examples import answer_of

QUESTIONS = (
    "SELECT name, id FROM buyers WHERE town = 'x' ORDER BY id",
    "SELECT b.id, count(s.id) FROM buyers b LEFT JOIN sales s ON s.buyer_id = b.id GROUP BY b.id",
    "SELECT max(amount) FROM sales",
)
RESPONSES = (
    *QUESTIONS,
    "SELECT name, id FROM buyers WHERE town = 'x'",
    "SELECT b.id, count(*) FROM buyers b LEFT JOIN sales s ON s.buyer_id = b.id GROUP BY b.id",
    "SELECT id, name FROM buyers WHERE town = 'x' ORDER BY id",
    "SELECT nothing FROM buyers",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r",
)


def verdicts(_: int = 0) -> list[str]:
    """Judge every response as an answer to every question."""
    told = [judge(answer_of(question), (), text) for question in QUESTIONS for text in RESPONSES]
    return [f"{one.verdict} {one.rule} {one.score}" for one in told]


def test_eight_threads_agree_with_one() -> None:
    expected = verdicts()

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(verdicts, range(8)))

    assert found == [expected] * 8


def test_two_processes_agree_with_one() -> None:
    expected = verdicts()

    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        found = list(processes.map(verdicts, range(2)))

    assert found == [expected] * 2


def test_judging_leaves_nothing_in_memory() -> None:
    answer = answer_of(QUESTIONS[1])

    def held_after(count: int) -> int:
        for number in range(count):
            judge(answer, (), f"{RESPONSES[4]} -- {number} {'x' * 5_000}", example=False)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    before = held_after(30)
    after = held_after(100)
    tracemalloc.stop()

    # The texts alone have 500,000 characters.
    assert after - before < 100_000
