"""What a SQL question must prove before it is served (``quizengine check``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from time import perf_counter

from quizengine.errors import MissingExtraError
from quizengine.model.answers import SqlAnswer, SqlDialect
from quizengine.sqljudge.compare import Expected, same_rows
from quizengine.sqljudge.dialects import read_query
from quizengine.sqljudge.judge import are_accepted, judge
from quizengine.sqljudge.pool import Outcome, Pool, Query, shared_pool
from quizengine.sqljudge.postgres.faults import dataset_faults
from quizengine.sqljudge.reference import Facts, ReferenceQueryError, WrongQueries, facts_of, forget
from quizengine.sqljudge.schema import tables_of
from quizengine.sqljudge.scripts import panel_of

MAX_SECONDS_OF_REFERENCE = 0.5
#: Most mutants fall on the first few databases; only what is left goes through the whole judgement.
FIRST_INSTANCES = 4
MUTANTS_AT_ONCE = 40
#: What sqlglot calls the dialects.
SQLGLOT_NAMES: Mapping[SqlDialect, str] = {"sqlite": "sqlite", "postgresql": "postgres"}


def publish(answer: SqlAnswer, wrong_queries: WrongQueries, *, pool: Pool | None = None) -> list[str]:
    """Return what is wrong with a SQL question, as sentences that say what to change; empty if nothing is.

    The reference runs, quickly, gives rows, and gives the same whatever the order of storage; each wrong
    query is judged wrong under its own label, each of ``answer.also_wrong`` is judged wrong, and each
    alternative is accepted.
    """
    pool = pool or shared_pool()
    try:
        facts = facts_of(answer, wrong_queries, pool)
    except ReferenceQueryError as error:
        return [str(error)]
    faults = [
        *dataset_faults(answer.panel),
        *_reference_faults(answer, facts, pool),
        *_wrong_faults(answer, wrong_queries, facts, pool),
    ]
    for number, sql in enumerate(answer.alternatives, 1):
        verdict = judge(answer, wrong_queries, sql, pool=pool, example=False)
        if verdict.verdict != "correct":
            faults.append(f"Alternative {number} is not accepted: {verdict.message}")
    return [*faults, *_accepted_faults(answer, pool)]


def _reference_faults(answer: SqlAnswer, facts: Facts, pool: Pool) -> Iterator[str]:
    statement = read_query(answer.reference, answer.panel.dialect)
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
    (outcome,) = pool.run(answer.panel, [Query(sql=statement.text[: statement.end])])
    # A busy machine is no fault of the question.
    seconds = outcome.seconds or perf_counter() - started
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


def _accepted_faults(answer: SqlAnswer, pool: Pool) -> Iterator[str]:
    """Queries that are wrong without a name: a database tells each from the reference."""
    for number, sql in enumerate(answer.also_wrong, 1):
        verdict = judge(answer, (), sql, pool=pool, example=False)
        if verdict.verdict in ("unreadable", "undecided") or verdict.category == "error":
            yield f"also_wrong {number} does not run: {verdict.message}"
        elif verdict.verdict == "correct":
            yield f"also_wrong {number} is accepted: no database tells it from the reference."


def is_repeatable(
    answer: SqlAnswer, wrong_queries: WrongQueries, text: str, *, pool: Pool | None = None
) -> bool:
    """Whether ``text`` gets the same verdict twice, the second time with nothing remembered."""
    first = judge(answer, wrong_queries, text, pool=pool, example=False)
    forget()
    return replace(judge(answer, wrong_queries, text, pool=pool, example=False), example=None) == first


@dataclass(frozen=True, slots=True)
class Mutant:
    """The reference with one slip. ``key`` is the slip in words, the same for every variant of a question."""

    key: str
    sql: str


@dataclass(frozen=True, slots=True)
class Trial:
    """Which mutants of a reference SQLite takes, and which of them no database tells from it."""

    made: tuple[Mutant, ...]
    left: tuple[Mutant, ...]


def try_mutants(answer: SqlAnswer, *, pool: Pool | None = None) -> Trial:
    """Judge every mutant of a question's reference as if somebody had typed it.

    Raises
    ------
    MissingExtraError
        If sqlglot, which makes them, is not installed.
    ReferenceQueryError
        If the reference does not run, or sqlglot takes it for something else.
    """
    pool = pool or shared_pool()
    unchanged, *made = _mutants(answer.reference, answer.panel.schema, answer.panel.dialect)
    facts = facts_of(answer, (), pool)
    panel = answer.panel
    first = panel_of(panel.schema, panel.instances[:FIRST_INSTANCES], panel.dialect)
    compiled, doubtful = list[Mutant](), [unchanged]
    for start in range(0, len(made), MUTANTS_AT_ONCE):
        some = made[start : start + MUTANTS_AT_ONCE]
        queries = [Query(sql=mutant.sql, budget=facts.budget, once=True) for mutant in some]
        for mutant, outcome in zip(some, pool.run(first, queries), strict=True):
            if not outcome.fault:
                compiled.append(mutant)
                if _may_be_right(outcome, facts.expected):
                    doubtful.append(mutant)
    is_sound, *accepted = are_accepted(answer, [mutant.sql for mutant in doubtful], pool=pool)
    if not is_sound:
        raise ReferenceQueryError(f"sqlglot takes the reference for something else: {unchanged.sql}")
    left = (mutant for mutant, is_right in zip(doubtful[1:], accepted, strict=True) if is_right)
    return Trial(made=tuple(compiled), left=tuple(left))


def _may_be_right(outcome: Outcome, expected: Sequence[Expected]) -> bool:
    pairs = zip(expected, outcome.first, strict=False)
    return not outcome.stopped and all(facts.accepts_unordered(rows) for facts, rows in pairs)


@lru_cache(maxsize=64)
def _mutants(reference: str, schema: str, dialect: SqlDialect) -> tuple[Mutant, ...]:
    try:
        from quizengine.sqljudge.mutants import mutants  # noqa: PLC0415 - sqlglot is an extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sqlglot":
            raise
        raise MissingExtraError("Trying the mutants of SQL questions", "author") from error
    return tuple(
        Mutant(key, sql) for key, sql in mutants(reference, tables_of(schema), dialect=SQLGLOT_NAMES[dialect])
    )
