"""What a judgement compares with: the reference's rows and those of known wrong queries, worked out once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from quizengine.errors import QuizEngineError, UnreadableResponseError
from quizengine.model.answers import SqlAnswer
from quizengine.sqljudge.compare import Expected, same_row, same_rows
from quizengine.sqljudge.dialects import read_query
from quizengine.sqljudge.pool import STEPS, Outcome, Pool, Query, Row, Rows
from quizengine.sqljudge.scripts import texts_of
from quizengine.sqljudge.statement import (
    Statement,
    constant_limit,
    sort_keys,
    with_columns,
    without_limit,
)
from quizengine.sqljudge.worker import mark

MAX_KEPT = 128
MAX_ROWS = 5_000
#: A result of more than this many times the reference's rows, and a thousand, ends the judgement.
ROWS_FACTOR = 4
ROWS_MORE = 1_000
STEPS_FACTOR = 50

WrongQueries = Sequence[tuple[str, str]]


class ReferenceQueryError(QuizEngineError):
    """The reference query of a question does not run; the message says why."""


class ReferenceAwayError(ReferenceQueryError):
    """There is no server now that the reference could run on."""


def away_message(outcome: Outcome) -> str:
    """Return what a person is told whose answer nobody can judge now."""
    return f"{outcome.message}; the answer is kept, and somebody will look at it."


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongResult:
    """What a known wrong query gives on every instance; ``by_order`` if only its order is wrong."""

    id: str
    rows: tuple[Rows, ...]
    by_order: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a judgement needs to know of the reference."""

    columns: tuple[str, ...]
    expected: tuple[Expected, ...]
    ordered: bool
    steps: int
    wrong: tuple[WrongResult, ...] = ()
    traits: tuple[frozenset[str], ...] = ()
    marks: tuple[int, ...] = ()

    @property
    def budget(self) -> int:
        """The steps that a response may take over all instances."""
        return max(STEPS, STEPS_FACTOR * self.steps)

    @property
    def is_light(self) -> bool:
        """Whether the reference takes next to no work: the least budget is many times what it needs."""
        return STEPS_FACTOR * self.steps <= STEPS

    @property
    def most(self) -> tuple[int, ...]:
        """The rows that a response may return on each instance."""
        return tuple(min(MAX_ROWS, ROWS_FACTOR * facts.count + ROWS_MORE) for facts in self.expected)


_kept: OrderedDict[tuple[object, ...], Facts] = OrderedDict()
_lock = threading.Lock()


def facts_of(answer: SqlAnswer, wrong_queries: WrongQueries, pool: Pool) -> Facts:
    """Return the facts of a question's reference, from memory when they were asked for before.

    Raises ReferenceQueryError when the reference does not run.
    """
    key = (answer.panel.digest, answer.reference, answer.ordered, tuple(wrong_queries))
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    facts = _work_out(answer, wrong_queries, pool)
    with _lock:
        _kept[key] = facts
        while len(_kept) > MAX_KEPT:
            _kept.popitem(last=False)
    return facts


def _work_out(answer: SqlAnswer, wrong_queries: WrongQueries, pool: Pool) -> Facts:
    try:
        statement = read_query(answer.reference, answer.panel.dialect)
    except UnreadableResponseError as error:
        raise ReferenceQueryError(f"The reference is not a query that is run here: {error}") from error
    (plain,) = pool.run(answer.panel, [Query(sql=statement.text, once=True)])
    _must_have_run(plain)
    expected = _grouped(answer, statement, plain, pool) or _in_exact_order(plain, answer.ordered)
    return Facts(
        columns=plain.columns,
        expected=expected,
        ordered=answer.ordered,
        steps=plain.steps,
        wrong=tuple(_wrong_results(answer, wrong_queries, expected, pool)),
        traits=tuple(map(_traits, expected, answer.panel.instances)),
        marks=tuple(mark(one.rows) for one in expected),
    )


def _traits(expected: Expected, script: str) -> frozenset[str]:
    """Return what is awkward about an instance; ``plain`` if nothing is."""
    if not expected.count:
        return frozenset({"empty"})
    rows = expected.rows
    found = {
        "nulls": "NULL" in script,
        "ties": expected.has_ties,
        "duplicates": len(set(rows)) < len(rows),
    }
    return frozenset(name for name, holds in found.items() if holds) or frozenset({"plain"})


def reference_result(
    answer: SqlAnswer, pool: Pool
) -> tuple[tuple[str, ...], tuple[tuple[tuple[str, ...], ...], ...]]:
    """Return the columns of a question's reference, and its rows as texts on each database of the panel.

    Raises ReferenceQueryError when the reference does not run.
    """
    (outcome,) = pool.run(answer.panel, [Query(sql=answer.reference, once=True)])
    _must_have_run(outcome)
    return outcome.columns, tuple(map(texts_of, outcome.first))


def _must_have_run(outcome: Outcome) -> None:
    if outcome.stopped == "away":
        raise ReferenceAwayError(away_message(outcome))
    if outcome.fault or outcome.stopped:
        raise ReferenceQueryError(
            f"The reference does not run: {outcome.fault or outcome.message or outcome.stopped}."
        )


def _in_exact_order(outcome: Outcome, ordered: bool) -> tuple[Expected, ...]:
    if ordered:
        return tuple(Expected(tuple((row,) for row in rows), len(rows)) for rows in outcome.first)
    return tuple(Expected((rows,), len(rows)) for rows in outcome.first)


def _grouped(
    answer: SqlAnswer, statement: Statement, plain: Outcome, pool: Pool
) -> tuple[Expected, ...] | None:
    """Return the reference's rows in groups of ties; None where its sort keys cannot be had."""
    limit = constant_limit(statement)
    if statement.order is None or (statement.limit is not None and limit is None):
        return None
    found = _key_columns(statement, plain.columns)
    if found is None:
        return None
    positions, expressions = found
    if expressions and (statement.is_compound or statement.is_distinct or statement.is_values):
        return None
    text = with_columns(statement, expressions) if expressions else without_limit(statement)
    (outcome,) = pool.run(answer.panel, [Query(sql=text, once=True)])
    if outcome.fault or outcome.stopped:
        return None
    return tuple(_groups(rows, positions, len(plain.columns), limit) for rows in outcome.first)


def _key_columns(
    statement: Statement, columns: tuple[str, ...]
) -> tuple[tuple[int, ...], tuple[str, ...]] | None:
    """Return where each sort key stands in the result, and the expressions to add for that."""
    names = [name.lower() for name in columns]
    positions, expressions = [], list[str]()
    for key in sort_keys(statement):
        first = key.tokens[0]
        if not key.plain:
            return None
        if len(key.tokens) == 1 and first.text.isdecimal():
            positions.append(int(first.text) - 1)
        elif len(key.tokens) == 1 and first.is_name and names.count(first.value.lower()) == 1:
            positions.append(names.index(first.value.lower()))
        else:
            positions.append(len(columns) + len(expressions))
            expressions.append(key.text)
    return tuple(positions), tuple(expressions)


def _groups(rows: Rows, positions: tuple[int, ...], width: int, limit: int | None) -> Expected:
    count = len(rows) if limit is None else min(limit, len(rows))
    groups, total = list[Rows](), 0
    for _, members in groupby(rows, key=lambda row: tuple(row[position] for position in positions)):
        if total >= count:
            break
        groups.append(tuple(row[:width] for row in members))
        total += len(groups[-1])
    return Expected(tuple(groups), count)


def _wrong_results(
    answer: SqlAnswer, wrong_queries: WrongQueries, expected: tuple[Expected, ...], pool: Pool
) -> Iterator[WrongResult]:
    if not wrong_queries:
        return
    outcomes = pool.run(answer.panel, [Query(sql=sql, once=True) for _, sql in wrong_queries])
    for (name, _), outcome in zip(wrong_queries, outcomes, strict=True):
        if not outcome.fault and not outcome.stopped:
            by_order = all(
                facts.accepts_unordered(rows) for facts, rows in zip(expected, outcome.first, strict=True)
            )
            yield WrongResult(id=name, rows=outcome.first, by_order=by_order)


def misconception_of(facts: Facts, rows: tuple[Rows, ...]) -> str | None:
    """Return the first known wrong query that gives ``rows`` on every instance."""
    for wrong in facts.wrong:
        same = _same_in_order if wrong.by_order else same_rows
        if all(same(theirs, ours) for theirs, ours in zip(wrong.rows, rows, strict=True)):
            return wrong.id
    return None


def _same_in_order(one: Sequence[Row], other: Sequence[Row]) -> bool:
    return len(one) == len(other) and all(map(same_row, one, other))


def forget() -> None:
    """Drop all facts from memory."""
    with _lock:
        _kept.clear()
