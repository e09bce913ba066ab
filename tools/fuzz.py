"""Fuzz the readers of what strangers type: no crash, no hang, no verdict that is none, no lost worker.

    .venv/bin/pip install atheris            # for --engine atheris; not part of the lock
    .venv/bin/python tools/fuzz.py maths --engine atheris --minutes 30
    .venv/bin/python tools/fuzz.py sql --engine hypothesis --minutes 30

What breaks is written to benchmarks/out/fuzz-<target>.txt, one Python literal a line, to be kept as a test.
"""
# ruff: noqa: E501, RUF001 (pieces of text, as people type them)

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from quizengine.errors import UnreadableResponseError
from quizengine.grading import grade, variant_of
from quizengine.model.answers import SqlAnswer
from quizengine.model.grade import VERDICTS, Response
from quizengine.sqljudge import judge, panel_for_schema
from quizengine.sqljudge.dialects import read_query

OUT = Path(__file__).parents[1] / "benchmarks" / "out"
MAX_SECONDS = 0.25
SPECS = (
    {"type": "number", "value": "42"},
    {"type": "expression", "value": "x^2 + sin(x)*y", "variables": ["x", "y"]},
    {"type": "expression", "value": "x^2 - 1", "variables": ["x"], "form": "factored"},
    {"type": "expression", "value": "[2*x, y]", "variables": ["x", "y"]},
    {"type": "equation", "value": "y = 2*x + 1", "variables": ["x", "y"]},
    {"type": "interval", "value": "(-oo, 2]", "variables": ["x"]},
    {"type": "vector", "value": "[1, 2, 3]"},
    {"type": "matrix", "value": "[[1, 2], [3, 4]]"},
    {"type": "set", "value": "{1, 2}"},
    {"type": "factorisation", "value": "[[1,0],[2,1]], [[3,1],[0,4]]", "property": "lu",
     "data": {"matrix": [[3, 1], [6, 6]]}},
)  # fmt: skip
VARIANTS = tuple(map(variant_of, SPECS))
TABLES = """
CREATE TABLE buyers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, town TEXT);
CREATE TABLE sales (id INTEGER PRIMARY KEY, buyer_id INTEGER REFERENCES buyers(id), amount REAL, sold_on TEXT);
"""
QUERY = "SELECT buyer_id, sum(amount) FROM sales GROUP BY buyer_id ORDER BY 2 DESC, 1 LIMIT 3"
PIECES = {
    "maths": (
        *"0123456789xyen+-*/^!%(),;=<>[]{}|.: \n", "sin", "cos", "ln", "log2", "sqrt", "√", "abs", "exp", "pi",
        "oo", "∞", " or ", " and ", "not ", " in ", "∪", "U", "≤", "≠", "²", "⁻³", "½", "10^", "e^", "C(", "!", "1e",
        "\\frac{", "\\sqrt{", "}{", "\\left(", "\\begin{pmatrix}", "\\end{pmatrix}", "&", "\\\\", "np.array(",
        "99999", "1/3", "x^x", "(x+1)^", "P(A|B)=", "%", ",000", "0.1", "−", "×", "λ", "floor(", "binomial(",
    ),
    "sql": (
        *"()()*,;.'\"`[]=<>+-/|%?:@$ \n\t\x00", "SELECT ", "SELECT ", "WITH ", "VALUES ", " FROM ", " WHERE ",
        " ORDER BY ", " GROUP BY ", " HAVING ", " LIMIT ", " OFFSET ", " UNION ALL ", " EXCEPT ", "--", "/*", "*/", "''",
        "x'ff'", "1e9", "0x1F", " JOIN ", " LEFT JOIN ", " ON ", " USING (", " OVER (", "PARTITION BY ", " ROWS BETWEEN ",
        " PRECEDING ", "a", "t", "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r WHERE n < ", "é", "\u202e",
        "buyers", "sales", "id", "name", "town", "buyer_id", "amount", "sold_on", " b", "b.", " s", "s.", " AS ", " AND ",
        " OR ", " NOT ", " IN (SELECT ", " EXISTS (", " IS NULL", " BETWEEN ", " LIKE ", "CASE WHEN ", " THEN ", " END ",
        "count(*)", "sum(", "avg(", "max(", "group_concat(", "replace(", "substr(", "coalesce(", "CAST(", " AS TEXT)",
        "rank()", "lag(", " DESC", " NULLS LAST", " COLLATE NOCASE", "DISTINCT ", "9223372036854775807", "-1", "0", "1",
        "judge_tie()", "rowid", "sqlite_schema", "pragma_table_info('sales')", "EXPLAIN ", "PRAGMA ", "; ",
        "SELECT buyer_id, sum(amount) FROM sales GROUP BY buyer_id ORDER BY 2 DESC, 1 LIMIT 3",
        "SELECT name FROM buyers WHERE id IN (SELECT buyer_id FROM sales) ",
        "$$", "$a$", "E'", "\\'", "::", "U&", "f(", " FETCH FIRST ", "DISTINCT ON (", " LATERAL (",
    ),
}  # fmt: skip
#: Good texts to spoil: few others get past the reader.
SEEDS = {
    "maths": ("x^2 + sin(x)*y", "(x-1)(x+1)", "y = 2x + 1", "(-oo, 2]", "[[1, 2], [3, 4]]", r"\frac{1}{2}"),
    "sql": (
        QUERY,
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT n, n % 3 FROM r",
        "SELECT b.name, count(s.id) FROM buyers b LEFT JOIN sales s ON s.buyer_id = b.id GROUP BY b.id HAVING count(*) > 1",
        "SELECT id, lag(amount) OVER (PARTITION BY buyer_id ORDER BY sold_on ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM sales",
        "SELECT name FROM buyers WHERE id NOT IN (SELECT buyer_id FROM sales WHERE amount BETWEEN 1 AND 2) UNION SELECT town FROM buyers",
        "SELECT DISTINCT CASE WHEN amount > 1 THEN 'x' ELSE substr(sold_on, 1, 4) END, coalesce(amount, 0) FROM sales ORDER BY 1 LIMIT 2 OFFSET 1",
        "SELECT group_concat(name, ', '), replace(max(name), 'a', 'bb') FROM buyers, sales WHERE EXISTS (SELECT 1 FROM sales)",
    ),
}  # fmt: skip


def spoiled(seed: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """Return ``seed`` with some of its characters replaced: from where, how many, by what."""
    for start, length, text in edits:
        place = start % (len(seed) + 1)
        seed = seed[:place] + text + seed[place + length :]
    return seed


def check_maths(text: str) -> None:
    """Grade a text as every type of answer, in both decimal settings."""
    for variant in VARIANTS:
        for decimal in ("point", "comma"):
            started = time.process_time()
            told = grade(variant, Response(answers={"answer": text}, decimal=decimal))
            spent = time.process_time() - started
            if told.verdict not in VERDICTS or spent > MAX_SECONDS:
                raise AssertionError(f"{told.verdict} after {spent:.2f} s")


def check_sql(text: str) -> None:
    """Judge a text as a query; what can be read is sent to a worker, which must live. Read it for PostgreSQL, too."""
    started = time.process_time()
    told = judge(sql_answer(), (), text)
    spent = time.process_time() - started
    if told.verdict not in VERDICTS or told.rule == "sql:died" or spent > MAX_SECONDS:
        raise AssertionError(f"{told.verdict} by {told.rule} after {spent:.2f} s")
    started = time.process_time()
    with suppress(UnreadableResponseError):
        read_query(text, "postgresql")
    if time.process_time() - started > MAX_SECONDS:
        raise AssertionError("slow to read for PostgreSQL")


@cache
def sql_answer() -> SqlAnswer:
    """Return a question on two tables."""
    return SqlAnswer(reference=QUERY, ordered=True, panel=panel_for_schema(TABLES, (QUERY,)))


CHECKS: dict[str, Callable[[str], None]] = {"maths": check_maths, "sql": check_sql}


class Run:
    """What was tried, and what broke."""

    def __init__(self, target: str, minutes: float) -> None:
        self.target, self.check = target, CHECKS[target]
        self.until = time.monotonic() + 60 * minutes
        self.tried = self.broken = 0

    def one(self, text: str) -> None:
        """Try one text; note what is not an answer."""
        self.tried += 1
        try:
            self.check(text)
        except Exception as error:  # whatever it is, it is a find
            self.broken += 1
            OUT.mkdir(exist_ok=True)
            with (OUT / f"fuzz-{self.target}.txt").open("a", encoding="utf-8") as file:
                file.write(f"{text!a}  # {type(error).__name__}: {error!s:.200}\n")

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() > self.until

    def told(self) -> str:
        """Return the result in one line."""
        return f"{self.target}: {self.tried:,} texts, {self.broken} broke"


def with_hypothesis(run: Run, seed: int) -> None:
    """Draw texts from pieces of the language, and change them."""
    from hypothesis import HealthCheck, given, settings  # noqa: PLC0415
    from hypothesis import seed as seeded  # noqa: PLC0415
    from hypothesis import strategies as st  # noqa: PLC0415

    piece = st.sampled_from(PIECES[run.target]) | st.text(max_size=3)
    edit = st.tuples(st.integers(0, 199), st.integers(0, 4), piece)
    texts = st.lists(piece, max_size=40).map("".join) | st.builds(
        spoiled, st.sampled_from(SEEDS[run.target]), st.lists(edit, max_size=3)
    )
    number = seed
    while not run.is_over:
        number += 1

        @seeded(number)
        @settings(max_examples=500, database=None, deadline=None, suppress_health_check=list(HealthCheck))
        @given(texts)
        def tried(text: str) -> None:
            if not run.is_over:
                run.one(text)

        tried()


def with_atheris(run: Run, seed: int) -> None:
    """Let coverage lead: bytes choose pieces or stand for themselves."""
    import atheris  # noqa: PLC0415

    pieces, seeds = PIECES[run.target], SEEDS[run.target]

    def text_of(data: bytes) -> str:
        return "".join(pieces[b % len(pieces)] if b < 224 else chr(33 + b % 94) for b in data)

    def edits_of(data: bytes) -> Iterator[tuple[int, int, str]]:
        for place in range(0, min(len(data), 20), 4):
            start, length, *text = data[place : place + 4].ljust(4, b"\0")
            yield start, length % 5, text_of(bytes(text))

    def one(data: bytes) -> None:
        if run.is_over:
            print(f"{run.told()} (seed {seed})", flush=True)
            os._exit(0)  # libFuzzer takes any exception for a crash
        if data[:1] < b"\x80":
            run.one(text_of(data[1:300]))
        else:
            run.one(spoiled(seeds[data[0] % len(seeds)], edits_of(data[1:])))

    atheris.instrument_all()
    atheris.Setup(["fuzz", f"-seed={seed}", "-max_len=200"], one)
    atheris.Fuzz()


def main() -> None:
    """Fuzz one reader for some minutes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", choices=sorted(CHECKS))
    parser.add_argument("--engine", choices=("atheris", "hypothesis"), default="hypothesis")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    run = Run(options.target, options.minutes)
    {"atheris": with_atheris, "hypothesis": with_hypothesis}[options.engine](run, options.seed)
    print(f"{run.told()} (seed {options.seed})")


if __name__ == "__main__":
    main()
