"""Words for a query that PostgreSQL cannot compile, and for a dataset that it would take otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from quizengine.errors import UnreadableResponseError, nearest_hint
from quizengine.model.answers import SqlPanel
from quizengine.sqljudge.lexer import Token
from quizengine.sqljudge.pool import Outcome
from quizengine.sqljudge.postgres.functions import FUNCTIONS
from quizengine.sqljudge.schema import tables_of
from quizengine.sqljudge.statement import Statement

MAX_QUOTED = 160
NO_TABLE, NO_COLUMN, NO_FUNCTION = "42P01", "42703", "42883"
SYNTAX = "42601"
NOT_ALLOWED = ("42501", "25006", "0A000")
TOO_COMPLEX = "54001"
#: A static rule has refused the text: the message is ours.
REFUSED = "refused"
_QUOTED = re.compile(r'"([^"]*)"')
_SHORT_FLOATS = ("REAL", "FLOAT4")


def unreadable_on_postgres(
    statement: Statement, outcome: Outcome, panel: SqlPanel
) -> UnreadableResponseError:
    """Return the error that tells a person why the query cannot be run.

    It is made of the typed text, the schema that the form shows and PostgreSQL's message about the text.
    """
    token = _token_at(statement, outcome.place)
    state, name = outcome.denied, _name_in(outcome.fault)
    if state == NO_TABLE and "FROM-clause" in outcome.fault:
        return _error(f"The table {_cut(name)} is not in FROM here.", token)
    if state == NO_TABLE:
        return _missing("table", name, (table.name for table in tables_of(panel.schema)), token)
    if state == NO_COLUMN:
        columns = (column.name for table in tables_of(panel.schema) for column in table.columns)
        return _missing("column", name, columns, token)
    if state == NO_FUNCTION and outcome.fault.startswith("function "):
        known = token.value.lower() if token else ""
        hint = nearest_hint(known, FUNCTIONS - {known})
        return _error(f"There is no {_cut(outcome.fault).removesuffix(' does not exist')} here.{hint}", token)
    if state == SYNTAX and "end of input" in outcome.fault:
        return _error("The query ends before it is complete.", statement.tokens[-1])
    if state == SYNTAX and token:
        return _error(f"PostgreSQL cannot go on reading at {_cut(token.text)!r}.", token)
    if state in NOT_ALLOWED:
        allowed = "Only the tables of the question can be read here, and nothing can be changed"
        return _error(f"{allowed}: {_cut(outcome.fault)}.", token)
    if state == TOO_COMPLEX:
        return _error("The query is nested too deeply.", token)
    if state == REFUSED:
        return _error(outcome.fault, token)
    return _error(f"PostgreSQL does not take this query: {_cut(outcome.fault)}.", token)


def _cut(text: str) -> str:
    shown = "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in text)
    return shown if len(shown) <= MAX_QUOTED else shown[: MAX_QUOTED - 1] + "…"


def _error(message: str, token: Token | None) -> UnreadableResponseError:
    if token is None:
        return UnreadableResponseError(message)
    return UnreadableResponseError(message, token.start, token.end)


def _token_at(statement: Statement, place: int | None) -> Token | None:
    if place is None:
        return None
    return next((token for token in statement.tokens if token.start <= place < token.end), None)


def _name_in(message: str) -> str:
    quoted = _QUOTED.search(message)
    if quoted:
        return quoted[1]
    # column t.b does not exist
    return message.removeprefix("column ").partition(" ")[0]


def _missing(kind: str, name: str, known: Iterable[str], token: Token | None) -> UnreadableResponseError:
    hint = nearest_hint(name.rpartition(".")[2].lower(), list(known))
    return _error(f"There is no {kind} {_cut(name)} here.{hint}", token)


def dataset_faults(panel: SqlPanel) -> Iterator[str]:
    """Yield what of a dataset means something else in PostgreSQL than an author will think."""
    if panel.dialect != "postgresql":
        return
    for table in tables_of(panel.schema):
        for column in table.columns:
            if column.declared.upper() in _SHORT_FLOATS:
                yield (
                    f"{table.name}.{column.name} is {column.declared}, which has six digits in PostgreSQL: "
                    "declare NUMERIC or DOUBLE PRECISION."
                )
