"""Many answers at once: threads and processes give the verdicts that one at a time gives."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

from quizengine.grading import grade, variant_of

ROUNDS = 12
ROWS: tuple[tuple[dict[str, object], str], ...] = (
    ({"type": "number", "value": "1/3"}, "0.333"),
    ({"type": "expression", "value": "x^2-1", "variables": ["x"]}, "(x-1)(x+1)"),
    ({"type": "expression", "value": "sin(x)^2", "variables": ["x"]}, "1-cos(x)^2"),
    ({"type": "expression", "value": "e^x", "variables": ["x"]}, "2.718^x"),
    ({"type": "expression", "value": "x^2", "variables": ["x"], "form": "factored"}, "x*x"),
    ({"type": "interval", "value": "[-1, 5]", "variables": ["x"]}, "|x - 2| <= 3"),
    ({"type": "equation", "value": "y = ln(x)", "variables": ["x", "y"]}, "x = e^y"),
    ({"type": "matrix", "value": "[[1,2],[3,4]]"}, "[1 2; 3 5]"),
    ({"type": "expression", "value": "sqrt(-1-x^2)", "variables": ["x"]}, "x"),
)


def verdicts(rounds: int = ROUNDS) -> list[str]:
    return [grade(variant_of(spec), response).verdict for _ in range(rounds) for spec, response in ROWS]


def test_eight_threads_agree_with_one() -> None:
    expected = verdicts()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: verdicts(), range(8)))

    assert found == [expected] * 8


def test_two_processes_agree_with_one() -> None:
    expected = verdicts()

    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = [future.result() for future in [pool.submit(verdicts) for _ in range(2)]]

    assert found == [expected] * 2
