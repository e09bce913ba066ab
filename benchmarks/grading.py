"""Milliseconds a grade takes, by answer type, beside SymPy's parser and ``simplify`` on the same responses.

    python benchmarks/grading.py [--responses 1000] [--peer 100]

Prints a table and writes ``benchmarks/out/grading.json``. The first 50 responses of each
type warm the process up and are not counted.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter

from sympy import Integer, Rational, simplify
from sympy.parsing.sympy_parser import parse_expr

from quizengine.grading import grade, notations, variant_with
from quizengine.model.answers import (
    Answer,
    ChoiceAnswer,
    FractionAnswer,
    IntegerAnswer,
    MatrixAnswer,
    NumberAnswer,
    Option,
    OrderingAnswer,
    SetAnswer,
    TableAnswer,
    VectorAnswer,
)
from quizengine.model.grade import ResponseValue

OUT = Path(__file__).parent / "out" / "grading.json"
WARM_UP = 50
OPTIONS = tuple(Option(letter, f"option {letter}") for letter in "abcd")


def quotient(random: Random) -> Fraction:
    """Return a small exact number, as questions have them."""
    return Fraction(random.randint(-99, 99), random.randint(1, 12))


def integer(random: Random) -> Answer:
    """Return a whole-number answer."""
    return IntegerAnswer(value=random.randint(-500, 500))


def number(random: Random) -> Answer:
    """Return a metric with the default tolerance."""
    return NumberAnswer(value=abs(quotient(random)), percent="accept")


def fraction(random: Random) -> Answer:
    """Return an exact fraction."""
    return FractionAnswer(value=quotient(random))


def vector(random: Random) -> Answer:
    """Return four components."""
    return VectorAnswer(values=tuple(quotient(random) for _ in range(4)))


def matrix(random: Random) -> Answer:
    """Return three rows of three."""
    return MatrixAnswer(rows=tuple(tuple(quotient(random) for _ in range(3)) for _ in range(3)))


def roots(random: Random) -> Answer:
    """Return a set of three numbers."""
    return SetAnswer(values=tuple(quotient(random) for _ in range(3)))


def choice(random: Random) -> Answer:
    """Return one option of four."""
    return ChoiceAnswer(options=OPTIONS, key=random.choice("abcd"))


def ordering(random: Random) -> Answer:
    """Return an order of four items."""
    key = tuple(random.sample("abcd", 4))
    before = tuple((one, other) for i, one in enumerate(key) for other in key[i + 1 :])
    return OrderingAnswer(items=OPTIONS, key=key, before=before)


def table(random: Random) -> Answer:
    """Return six cells to fill in."""
    cells = tuple(tuple(IntegerAnswer(value=random.randint(0, 99)) for _ in range(3)) for _ in range(2))
    return TableAnswer(column_heads=("A", "B", "C"), row_heads=("first", "second"), cells=cells)


MAKERS: dict[str, Callable[[Random], Answer]] = {
    "integer": integer,
    "number": number,
    "fraction": fraction,
    "vector": vector,
    "matrix": matrix,
    "set": roots,
    "choice": choice,
    "ordering": ordering,
    "table": table,
}


def responses(make: Callable[[Random], Answer], count: int) -> list[tuple[Answer, ResponseValue]]:
    """Return answers with a response each: half of them right, half right for another variant."""
    random = Random(7)  # the same responses in every run
    answers = [make(random) for _ in range(count)]
    others = [answers[i - random.randint(0, 1)] for i in range(count)]
    return [(answer, random.choice(notations(other))) for answer, other in zip(answers, others, strict=True)]


def milliseconds(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes."""
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1000


def summary(times: Sequence[float]) -> dict[str, float]:
    """Return median and 99th percentile."""
    ordered = sorted(times)
    return {"median": round(median(ordered), 4), "p99": round(ordered[int(0.99 * (len(ordered) - 1))], 4)}


def ours(make: Callable[[Random], Answer], count: int) -> dict[str, float]:
    """Time our grader."""
    pairs = [(variant_with(answer), response) for answer, response in responses(make, count + WARM_UP)]
    return summary([milliseconds(lambda v=v, r=r: grade(v, r)) for v, r in pairs][WARM_UP:])


def peer(make: Callable[[Random], Answer], count: int) -> dict[str, float]:
    """Time SymPy on plain numbers: its parser evaluates text, so it sees nothing but our own."""
    random = Random(7)
    times = []
    for _ in range(count):
        answer = make(random)
        value = Fraction(getattr(answer, "value", 0))
        key = Rational(value.numerator, value.denominator)
        text = f"{value.numerator}/{value.denominator}"
        times.append(milliseconds(lambda t=text, k=key: simplify(parse_expr(t) - k) == Integer(0)))
    return summary(times)


def main() -> None:
    """Measure, print and write the figures."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--responses", type=int, default=1000)
    arguments.add_argument("--peer", type=int, default=200)
    options = arguments.parse_args()
    figures = {name: ours(make, options.responses) for name, make in MAKERS.items()}
    peers = {name: peer(MAKERS[name], options.peer) for name in ("integer", "number", "fraction")}
    print(f"{'type':<10}{'median ms':>11}{'p99 ms':>9}{'SymPy median':>14}{'SymPy p99':>11}")
    for name, figure in figures.items():
        other = peers.get(name)
        beside = f"{other['median']:>14.3f}{other['p99']:>11.3f}" if other else ""
        print(f"{name:<10}{figure['median']:>11.3f}{figure['p99']:>9.3f}{beside}")
    OUT.parent.mkdir(exist_ok=True)
    report = {"python": platform.python_version(), "responses": options.responses}
    report |= {"ms": figures, "sympy_ms": peers}
    OUT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
