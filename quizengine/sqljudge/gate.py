"""What a SQL question must prove before it is served (``quizengine check``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from time import perf_counter

from quizengine.model.answers import SqlAnswer
from quizengine.sqljudge.compare import same_rows
from quizengine.sqljudge.judge import judge
from quizengine.sqljudge.pool import Pool, Query, shared_pool
from quizengine.sqljudge.reference import Facts, ReferenceQueryError, WrongQueries, facts_of, forget
from quizengine.sqljudge.statement import read_statement

MAX_SECONDS_OF_REFERENCE = 0.5


def publish(answer: SqlAnswer, wrong_queries: WrongQueries, *, pool: Pool | None = None) -> list[str]:
    """Return what is wrong with a SQL question, as sentences that say what to change; empty if nothing is.

    The reference runs, quickly, gives rows, and gives the same whatever the order of storage; each wrong
    query is judged wrong under its own label, and each alternative is accepted.
    """
    pool = pool or shared_pool()
    try:
        facts = facts_of(answer, wrong_queries, pool)
    except ReferenceQueryError as error:
        return [str(error)]
    faults = [*_reference_faults(answer, facts, pool), *_wrong_faults(answer, wrong_queries, facts, pool)]
    for number, sql in enumerate(answer.alternatives, 1):
        verdict = judge(answer, wrong_queries, sql, pool=pool, example=False)
        if verdict.verdict != "correct":
            faults.append(f"Alternative {number} is not accepted: {verdict.message}")
    return faults


def _reference_faults(answer: SqlAnswer, facts: Facts, pool: Pool) -> Iterator[str]:
    statement = read_statement(answer.reference)
    if answer.ordered and statement.order is None:
        yield "The question is ordered, and its reference has no ORDER BY at its outermost level."
    without_rows = sum(expected.count == 0 for expected in facts.expected)
    if without_rows == len(facts.expected):
        yield "The reference gives no rows on any database, so nothing can be told apart."
    elif 2 * without_rows > len(facts.expected):
        yield f"The reference gives no rows on {without_rows} of {len(facts.expected)} databases."
    if facts.expected and not facts.expected[0].count:
        yield "The reference gives no rows on the database that the form shows."
    verdict = judge(answer, (), answer.reference, pool=pool, example=False)
    if verdict.verdict != "correct":
        yield (
            "The reference does not give the same result when rows are stored in another order "
            f"({verdict.rule}): let its sort keys and window orders name every row."
        )
    started = perf_counter()
    pool.run(answer.panel, [Query(sql=statement.text[: statement.end])])
    seconds = perf_counter() - started
    if seconds > MAX_SECONDS_OF_REFERENCE:
        limit = MAX_SECONDS_OF_REFERENCE
        yield f"The reference takes {seconds:.2f} s on all databases together; at most {limit} s is wanted."


def _wrong_faults(answer: SqlAnswer, wrong_queries: WrongQueries, facts: Facts, pool: Pool) -> Iterator[str]:
    for name, sql in wrong_queries:
        verdict = judge(answer, wrong_queries, sql, pool=pool, example=False)
        if verdict.verdict in ("unreadable", "undecided") or verdict.category == "error":
            yield f"The wrong query {name!r} does not run: {verdict.message}"
        elif verdict.verdict == "correct":
            yield f"The wrong query {name!r} is accepted: no database tells it from the reference."
        elif verdict.misconception is None:
            yield f"The wrong query {name!r} is judged wrong without its label ({verdict.rule})."
    for one, other in combinations(facts.wrong, 2):
        pairs = zip(one.rows, other.rows, strict=True)
        if one.by_order == other.by_order and all(same_rows(rows, theirs) for rows, theirs in pairs):
            yield f"No database tells the wrong queries {one.id!r} and {other.id!r} apart."


def is_repeatable(
    answer: SqlAnswer, wrong_queries: WrongQueries, text: str, *, pool: Pool | None = None
) -> bool:
    """Whether ``text`` gets the same verdict twice, the second time with nothing remembered."""
    first = judge(answer, wrong_queries, text, pool=pool, example=False)
    forget()
    return replace(judge(answer, wrong_queries, text, pool=pool, example=False), example=None) == first
