"""The verdict on a query: it is run on every database of the panel and its results are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from quizengine.errors import UnreadableResponseError
from quizengine.model.answers import SqlAnswer
from quizengine.model.grade import Verdict
from quizengine.sqljudge.compare import Expected, category, column_order
from quizengine.sqljudge.dialects import read_query
from quizengine.sqljudge.example import SqlExample, smallest_failing
from quizengine.sqljudge.faults import unreadable
from quizengine.sqljudge.pool import Outcome, Pool, Query, shared_pool
from quizengine.sqljudge.reference import (
    Facts,
    ReferenceAwayError,
    ReferenceQueryError,
    WrongQueries,
    away_message,
    facts_of,
    misconception_of,
)
from quizengine.sqljudge.statement import Statement, order_probe
from quizengine.sqljudge.steps import FACTOR, work_of

#: Of ``are_accepted``: their results must fit one message.
QUERIES_AT_ONCE = 20
#: Right rows in another order, or in other columns.
NEARLY = 0.3
#: Right rows, with too much work.
RIGHT_BUT_SLOW = 0.5
#: The most that passing some databases and failing others can give.
MOST_OF_PARTIAL = 0.6
#: Passing fewer of the plain databases than this earns nothing: an empty or constant result passes some.
PLAIN_SHARE = 0.5

MESSAGES = {
    "missing rows": "Some rows are missing from your result.",
    "extra rows": "Your result holds rows that do not belong there.",
    "duplicates": "The rows are the right ones, but some stand there more or less often than they should.",
    "order": "The rows are right, but not in the order that is asked for.",
    "columns": "Your result does not have the columns that are asked for.",
    "values": "The number of rows is right, but some values are not.",
    "error": "Your query stops with an error on some data",
    "too much work": "Your query does far more work than needed. Is a join condition missing?",
}
ORDER_MISSING = "The order of the rows matters here, and your query does not ask for one: add ORDER BY."
ORDER_OPEN = (
    "The order is not fully given: rows that are equal in your sort keys can come in any order. "
    "It was right by accident."
)
LIMIT_OPEN = (
    "It is not fully given which rows LIMIT keeps: several are equal in your sort keys. "
    "It was right by accident."
)
OTHER_COLUMN_ORDER = "The rows are right, but the columns stand in another order."
OUT_OF_TIME = "The judgement ran out of its time; somebody will look at it."
SLOW = (
    "The rows are right, but on many rows your query does several times the work that is needed. "
    "Which condition lets an index find the rows, and which hides the column from it?"
)
TOO_MANY_ROWS = "Your query returns far too many rows. Is a join condition missing?"


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlVerdict:
    """The verdict on one query.

    ``category`` is a key of MESSAGES, or empty; ``rule`` says what decided. ``message`` and ``example`` are
    for practice; ``start`` and ``end`` are the characters that could not be read.
    """

    verdict: Verdict
    score: float = 0.0
    rule: str = "sql:instances"
    category: str = ""
    misconception: str | None = None
    message: str = ""
    example: SqlExample | None = None
    start: int | None = None
    end: int | None = None


def judge(
    answer: SqlAnswer,
    wrong_queries: WrongQueries,
    text: str,
    *,
    pool: Pool | None = None,
    example: bool = True,
) -> SqlVerdict:
    """Return the verdict on the query ``text``.

    ``wrong_queries`` pairs the ids of misconceptions with the queries that they lead to. ``example=False``
    leaves out the search for a small failing database, which takes most of the time of a wrong answer. Equal
    arguments give equal verdicts, but where a limit of time was reached (``undecided``).
    """
    pool = pool or shared_pool()
    try:
        statement = read_query(text, answer.panel.dialect)
        facts = facts_of(answer, wrong_queries, pool)
        (outcome,) = _outcomes(answer, facts, [statement], pool)
        if outcome.fault:
            raise unreadable(statement, outcome, answer.panel, pool)
    except UnreadableResponseError as error:
        return SqlVerdict(
            verdict="unreadable", rule="sql:text", message=str(error), start=error.start, end=error.end
        )
    except ReferenceQueryError as error:
        rule = "sql:away" if isinstance(error, ReferenceAwayError) else "sql:reference"
        return SqlVerdict(verdict="undecided", rule=rule, message=str(error))
    verdict = _verdict(facts, statement, outcome)
    if answer.by_steps and verdict.verdict == "correct":
        return _by_steps(answer, statement, pool)
    if example and not outcome.stopped and verdict.verdict in ("wrong", "partial"):
        sql = statement.text[: statement.end]
        return replace(verdict, example=smallest_failing(answer, facts, sql, outcome, pool))
    return verdict


def _by_steps(answer: SqlAnswer, statement: Statement, pool: Pool) -> SqlVerdict:
    """Return the verdict on a query with the right rows, by how much work it does for them."""
    try:
        outcome, times = work_of(answer, statement.text[: statement.end], pool)
    except ValueError as error:
        return SqlVerdict(verdict="undecided", rule="sql:reference", message=str(error))
    if outcome.stopped == "work" or times > FACTOR:
        return SqlVerdict(
            verdict="partial", score=RIGHT_BUT_SLOW, rule="sql:steps", category="too much work", message=SLOW
        )
    return _verdict_on_end(outcome)


def _verdict_on_end(outcome: Outcome) -> SqlVerdict:
    if outcome.stopped or outcome.fault:
        return SqlVerdict(verdict="undecided", rule=f"sql:{outcome.stopped or 'fault'}", message=OUT_OF_TIME)
    return SqlVerdict(verdict="correct", score=1.0, rule="sql:steps")


def _outcomes(answer: SqlAnswer, facts: Facts, statements: Sequence[Statement], pool: Pool) -> list[Outcome]:
    """Run queries; the second time only where the first one leaves a doubt."""
    queries = [_query(facts, statement) for statement in statements]
    outcomes = list(pool.run(answer.panel, queries))
    open_ = [number for number, outcome in enumerate(outcomes) if _is_open(facts, outcome)]
    if open_:
        again = pool.run(answer.panel, [replace(queries[number], wanted=None) for number in open_])
        for number, outcome in zip(open_, again, strict=True):
            outcomes[number] = outcome
    return [
        replace(outcome, second=outcome.first) if outcome.first and not outcome.second else outcome
        for outcome in outcomes
    ]


def _is_open(facts: Facts, outcome: Outcome) -> bool:
    """Whether the rows of the first run are wanted though they are not the reference's own, to the digit."""
    return (
        bool(outcome.first)
        and not outcome.second
        and len(outcome.columns) == len(facts.columns)
        and all(map(Expected.accepts_unordered, facts.expected, outcome.first))
    )


def _query(facts: Facts, statement: Statement) -> Query:
    decides = statement.keeps_some or (facts.ordered and statement.order is not None)
    return Query(
        sql=statement.text[: statement.end],
        probe=order_probe(statement) if decides else None,
        most=facts.most,
        budget=facts.budget,
        wanted=facts.marks,
    )


def _verdict(facts: Facts, statement: Statement, outcome: Outcome) -> SqlVerdict:
    return _stopped(facts, outcome) if outcome.stopped else _compared(facts, statement, outcome)


def are_accepted(answer: SqlAnswer, texts: Sequence[str], *, pool: Pool) -> list[bool | None]:
    """Return which of many queries would be judged correct, None for those that do not compile.

    The same judgement as ``judge``, but the queries share requests to the worker.
    """
    facts = facts_of(answer, (), pool)
    statements = [read_query(text, answer.panel.dialect) for text in texts]
    told = list[bool | None]()
    for start in range(0, len(statements), QUERIES_AT_ONCE):
        some = statements[start : start + QUERIES_AT_ONCE]
        outcomes = _outcomes(answer, facts, some, pool)
        told += [
            None if outcome.fault else _verdict(facts, statement, outcome).verdict == "correct"
            for statement, outcome in zip(some, outcomes, strict=True)
        ]
    return told


def _stopped(facts: Facts, outcome: Outcome) -> SqlVerdict:
    # Time is no exact measure as steps are; but where the reference takes next to none there is no doubt.
    is_slow = outcome.stopped == "deadline" and facts.is_light
    match "work" if is_slow else outcome.stopped:
        case "error":
            message = f"{MESSAGES['error']}: {outcome.message}."
            return SqlVerdict(verdict="wrong", rule="sql:error", category="error", message=message)
        case "rows":
            return SqlVerdict(verdict="wrong", rule="sql:rows", category="extra rows", message=TOO_MANY_ROWS)
        case "work" | "memory":
            work = "too much work"
            return SqlVerdict(
                verdict="wrong", rule=f"sql:{outcome.stopped}", category=work, message=MESSAGES[work]
            )
        case "away":
            return SqlVerdict(verdict="undecided", rule="sql:away", message=away_message(outcome))
    return SqlVerdict(verdict="undecided", rule=f"sql:{outcome.stopped}", message=OUT_OF_TIME)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Which instances each of the two runs passes: as wanted, or with the rows in any order."""

    first: tuple[bool, ...]
    second: tuple[bool, ...]

    @property
    def passed(self) -> tuple[bool, ...]:
        """Which instances both runs pass."""
        return tuple(map(all, zip(self.first, self.second, strict=True)))


def _compare(facts: Facts, outcome: Outcome, *, ordered: bool) -> _Comparison:
    accepts = Expected.accepts if ordered else Expected.accepts_unordered
    first = tuple(map(accepts, facts.expected, outcome.first))
    runs = zip(facts.expected, first, outcome.first, outcome.second, strict=True)
    # Mostly the second run gives what the first gave, and needs no second look.
    second = tuple(ok if again is rows else accepts(wanted, again) for wanted, ok, rows, again in runs)
    return _Comparison(first, second)


def _compared(facts: Facts, statement: Statement, outcome: Outcome) -> SqlVerdict:
    if len(outcome.columns) != len(facts.columns):
        return _wrong("columns", "sql:columns", misconception_of(facts, outcome.first))
    needs_order = facts.ordered and any(len(expected.groups) > 1 for expected in facts.expected)
    has_order = statement.order is not None or not needs_order
    as_wanted = _compare(facts, outcome, ordered=facts.ordered)
    if has_order and all(as_wanted.passed):
        return SqlVerdict(verdict="correct", score=1.0)
    if has_order and all(as_wanted.first) and outcome.probed:
        return _nearly("order", "sql:order-probe", ORDER_OPEN if statement.limit is None else LIMIT_OPEN)
    unordered = _compare(facts, outcome, ordered=False).passed
    label = misconception_of(facts, outcome.first)
    if all(unordered):
        if not has_order:
            return _nearly("order", "sql:order-missing", ORDER_MISSING)
        return _nearly("order", "sql:order", MESSAGES["order"], label)
    if label is None and column_order([expected.rows for expected in facts.expected], outcome.first):
        return _nearly("columns", "sql:column-order", OTHER_COLUMN_ORDER)
    score = 0.0 if label else _partial_score(facts, as_wanted.passed)
    return _wrong(_category(facts, outcome, unordered), "sql:instances", label, score)


def _nearly(kind: str, rule: str, message: str, label: str | None = None) -> SqlVerdict:
    verdict = _wrong(kind, rule, label, 0.0 if label else NEARLY)
    return replace(verdict, message=message)


def _category(facts: Facts, outcome: Outcome, unordered: Sequence[bool]) -> str:
    """Name the failure on the instance where the fewest rows are wanted, but some."""
    failing = [index for index, passed in enumerate(unordered) if not passed]
    smallest = min(failing, key=lambda index: (not facts.expected[index].count, facts.expected[index].count))
    expected, rows = facts.expected[smallest], outcome.first[smallest]
    if expected.accepts_unordered(rows):
        rows = outcome.second[smallest]
    return category(expected.rows, rows)


def _wrong(kind: str, rule: str, label: str | None, score: float = 0.0) -> SqlVerdict:
    return SqlVerdict(
        verdict="partial" if score else "wrong",
        score=score,
        rule=rule,
        category=kind,
        misconception=label,
        message=MESSAGES[kind],
    )


def _partial_score(facts: Facts, passed: Sequence[bool]) -> float:
    """Return the mean over traits of the share of databases passed, times 0.6."""
    shares = {}
    for trait in sorted(set().union(*facts.traits)):
        having = [ok for ok, traits in zip(passed, facts.traits, strict=True) if trait in traits]
        shares[trait] = sum(having) / len(having)
    telling = [share for trait, share in shares.items() if trait != "empty"]
    if not telling or shares.get("plain", max(telling)) < PLAIN_SHARE:
        return 0.0
    return round(MOST_OF_PARTIAL * sum(shares.values()) / len(shares), 3)
