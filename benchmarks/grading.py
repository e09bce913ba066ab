"""What a grade takes and how often it is right, beside other graders in the same run.

    python benchmarks/grading.py [--responses 1000] [--peer 200] [--no-rows] [--table FILE]

First milliseconds by answer type, beside SymPy's parser and ``simplify`` on the same numbers. Then the
rows of ``equivalences.toml`` through ours, SymPy ``simplify`` and ``equals``, and Math-Verify (left out
unless ``pip install math-verify antlr4-python3-runtime==4.13.2``); a peer has 5 seconds a row. ``--table``
takes the expressions of a file of lines as ``quizengine grade`` reads them, with ``expected``, instead.
Writes ``benchmarks/out/grading.json``. The first 50 responses of each type are not counted. Times are of
the processor: all graders run in this process, and other work on the machine must not count.
"""

from __future__ import annotations

import argparse
import json
import platform
import signal
import tomllib
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from random import Random
from statistics import median
from time import process_time
from typing import Any, NamedTuple

from sympy import E, I, Integer, Rational, Symbol, log, simplify
from sympy.parsing.sympy_parser import (
    convert_xor,
    implicit_multiplication_application,
    parse_expr,
    standard_transformations,
)

from quizengine.grading import grade, notations, variant_of, variant_with
from quizengine.grading.parse import parse
from quizengine.grading.tree import to_latex, to_plain
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
    start = process_time()
    work()
    return (process_time() - start) * 1000


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


# Rows: the same pairs through several graders

SECONDS_A_ROW = 5
NAMES = ("x", "y", "n", "k")
SYMPY_READS = (*standard_transformations, implicit_multiplication_application, convert_xor)


class TooSlow(Exception):  # noqa: N818 - a peer's end, not an error
    """A peer took longer than it may."""


class Row(NamedTuple):
    """A key with its domain and variables, a response, and whether it is right."""

    key: str
    domain: str
    response: str
    is_right: bool
    names: tuple[str, ...] = NAMES


def rows() -> Iterator[Row]:
    """Yield the rows of ``equivalences.toml``."""
    table = tomllib.loads((Path(__file__).parent / "equivalences.toml").read_text("utf-8"))
    for group in table["groups"]:
        for is_right, texts in ((True, group["right"]), (False, group["wrong"])):
            yield from (Row(group["value"], group.get("domain", "real"), text, is_right) for text in texts)


def rows_of(path: Path) -> Iterator[Row]:
    """Yield the expressions of a file of lines as ``quizengine grade`` reads them."""
    for line in map(json.loads, path.read_text("utf-8").splitlines()):
        asked = line["answer"]
        if asked["type"] == "expression" and asked.get("form", "none") == "none" and not asked.get("up_to"):
            names = tuple(asked.get("variables", ()))
            is_right = line["expected"] == "correct"
            yield Row(asked["value"], asked.get("domain", "real"), line["response"], is_right, names)


def by_ours(row: Row) -> bool | None:
    """Judge with our grader; its key is read once, as in a server."""
    spec = {"type": "expression", "value": row.key, "variables": list(row.names), "domain": row.domain}
    verdict = grade(variant_of(spec), row.response).verdict
    return None if verdict == "undecided" else verdict == "correct"


ASSUMED = {
    "real": {"real": True},
    "positive": {"positive": True},
    "integer": {"integer": True, "positive": True},
}


def _sympy(text: str, row: Row) -> Any:
    # Only what our parser has read and written again reaches SymPy's, which evaluates its text.
    plain = to_plain(parse(text, variables=frozenset({*row.names, "i"})))
    symbols = {name: Symbol(name, **ASSUMED[row.domain]) for name in row.names}
    constants = {} if {"e", "i"} & set(row.names) else {"e": E, "i": I, "ln": log}
    return parse_expr(plain, local_dict={**constants, **symbols}, transformations=SYMPY_READS)


def by_simplify(row: Row) -> bool | None:
    """Judge by ``simplify(a - b) == 0``."""
    return bool(simplify(_sympy(row.key, row) - _sympy(row.response, row)) == 0)


def by_equals(row: Row) -> bool | None:
    """Judge by ``a.equals(b)``, which may be None."""
    found = _sympy(row.key, row).equals(_sympy(row.response, row))
    return None if found is None else bool(found)


def by_math_verify(row: Row) -> bool | None:
    """Judge with Math-Verify, which reads LaTeX."""
    from math_verify import parse as read  # noqa: PLC0415
    from math_verify import verify  # noqa: PLC0415

    known = frozenset({*row.names, "i"})
    latex = [f"${to_latex(parse(text, variables=known))}$" for text in (row.key, row.response)]
    key_read, response_read = (read(text, parsing_timeout=None) for text in latex)
    return bool(verify(key_read, response_read, timeout_seconds=None))


def stopped(signum: int, frame: object) -> None:
    """End a row that takes too long."""
    raise TooSlow


def judged_rows(judge: Callable[[Row], bool | None], found: Sequence[Row]) -> dict[str, float]:
    """Run one grader over all rows: shares, errors, times."""
    right = false_positives = undecided = failed = 0
    times = []
    signal.signal(signal.SIGALRM, stopped)
    for row in found:
        started = process_time()
        signal.alarm(SECONDS_A_ROW)
        try:
            verdict = judge(row)
            undecided += verdict is None
        except Exception:  # a peer may fail in any way: that row is not right
            failed, verdict = failed + 1, None
        finally:
            signal.alarm(0)
        times.append(1000 * (process_time() - started))
        right += verdict == row.is_right
        false_positives += verdict is True and not row.is_right
    shares = {"rows": len(found), "right": right, "accepted wrongly": false_positives}
    shares |= {"undecided": undecided, "failed": failed}
    return {**shares, **summary(times), "max": round(max(times), 1)}


def print_rows(asked: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Run every grader that is there over the rows."""
    judges = {"ours": by_ours, "SymPy simplify": by_simplify, "SymPy equals": by_equals}
    try:
        import math_verify  # noqa: F401, PLC0415

        judges["Math-Verify"] = by_math_verify
    except ImportError:
        print("Math-Verify is not installed: pip install math-verify antlr4-python3-runtime==4.13.2")
    found = {name: judged_rows(judge, asked) for name, judge in judges.items()}
    heads = (
        f"{'right':>11}{'false +':>9}{'undecided':>11}{'failed':>8}{'median ms':>11}{'p99 ms':>9}{'max':>9}"
    )
    print(f"\n{'rows':<16}{heads}")
    for name, figure in found.items():
        share = f"{figure['right']:.0f}/{figure['rows']:.0f}"
        counts = "".join(f"{figure[key]:>11}" for key in ("accepted wrongly", "undecided", "failed"))
        times = f"{figure['median']:>11.3f}{figure['p99']:>11.2f}{figure['max']:>11.1f}"
        print(f"{name:<16}{share:>11}{counts}{times}")
    return found


def main() -> None:
    """Measure, print and write the figures."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--responses", type=int, default=1000)
    arguments.add_argument("--peer", type=int, default=200)
    arguments.add_argument("--no-rows", action="store_true", help="leave the comparison of graders out")
    arguments.add_argument("--table", type=Path, help="take the rows from this file of lines")
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
    asked = list(rows_of(options.table) if options.table else rows())
    report |= {"ms": figures, "sympy_ms": peers, "rows": {} if options.no_rows else print_rows(asked)}
    OUT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
