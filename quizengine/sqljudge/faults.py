"""Words for a query that the database cannot compile: what is wrong, where, what was perhaps meant."""

from __future__ import annotations

from quizengine.errors import UnreadableResponseError, nearest_hint
from quizengine.model.answers import SqlPanel
from quizengine.sqljudge.lexer import Token
from quizengine.sqljudge.pool import Outcome, Pool, Query
from quizengine.sqljudge.postgres.faults import unreadable_on_postgres
from quizengine.sqljudge.schema import tables_of
from quizengine.sqljudge.statement import Statement
from quizengine.sqljudge.worker import FUNCTIONS

MAX_QUOTED = 60
MAX_PLACES = 20


def unreadable(
    statement: Statement, outcome: Outcome, panel: SqlPanel, pool: Pool
) -> UnreadableResponseError:
    """Return the error that tells a person why the query cannot be run.

    It is made of the typed text and the schema that the form shows, so it can give nothing away.
    """
    if panel.dialect == "postgresql":
        return unreadable_on_postgres(statement, outcome, panel)
    if outcome.denied:
        return _denied(statement, outcome.denied)
    kind, _, name = outcome.fault.partition(": ")
    match kind:
        case "no such table":
            known = [table.name for table in tables_of(panel.schema)]
            return _missing(statement, "table", name, known)
        case "no such column":
            columns = [column.name for table in tables_of(panel.schema) for column in table.columns]
            return _missing(statement, "column", name, columns)
        case "no such function":
            return _missing(statement, "function", name, FUNCTIONS)
    if outcome.fault == "incomplete input":
        return _error("The query ends before it is complete.", statement.tokens[-1])
    if outcome.fault.startswith('near "'):
        return _syntax(statement, outcome.fault, panel, pool)
    return UnreadableResponseError(f"SQLite does not take this query: {_cut(outcome.fault)}.")


def _cut(text: str) -> str:
    shown = "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in text)
    return shown if len(shown) <= MAX_QUOTED else shown[: MAX_QUOTED - 1] + "…"


def _error(message: str, token: Token | None) -> UnreadableResponseError:
    if token is None:
        return UnreadableResponseError(message)
    return UnreadableResponseError(message, token.start, token.end)


def _named(statement: Statement, name: str) -> Token | None:
    wanted = name.rpartition(".")[2].strip('"').lower()
    return next((t for t in statement.tokens if t.is_name and t.value.lower() == wanted), None)


def _missing(
    statement: Statement, kind: str, name: str, known: list[str] | frozenset[str]
) -> UnreadableResponseError:
    hint = nearest_hint(name.rpartition(".")[2].lower(), known)
    return _error(f"There is no {kind} {_cut(name)} here.{hint}", _named(statement, name))


def _denied(statement: Statement, denied: str) -> UnreadableResponseError:
    kind, _, name = denied.partition(":")
    if kind == "function":
        return _error(f"The function {_cut(name)} is not available here.", _named(statement, name))
    table, _, column = name.partition(".")
    if column == "ROWID":
        token = next(
            (_named(statement, n) for n in ("rowid", "oid", "_rowid_") if _named(statement, n)), None
        )
        return _error("Rows have no hidden number here; use a column of the table.", token)
    if kind in ("table", "column"):
        return _error(f"There is no table {_cut(table)} here.", _named(statement, table))
    return UnreadableResponseError(
        "Only the tables of the question can be read here, and nothing can be changed."
    )


def _syntax(statement: Statement, fault: str, panel: SqlPanel, pool: Pool) -> UnreadableResponseError:
    text = fault[6:].rpartition('"')[0]
    places = [token for token in statement.tokens if token.text == text][:MAX_PLACES]
    token = places[0] if len(places) == 1 else None
    if len(places) > 1:
        # The parser stops at the first bad token, so the text up to there shows the same fault.
        beginnings = [Query(sql=statement.text[: place.end], once=True) for place in places]
        outcomes = pool.run(panel, beginnings)
        token = next((p for p, o in zip(places, outcomes, strict=True) if o.fault == fault), None)
    return _error(f"SQLite cannot go on reading at {_cut(text)!r}.", token)
