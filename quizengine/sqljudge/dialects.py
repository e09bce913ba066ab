"""Reading a query in the dialect of the panel that it is for."""

from __future__ import annotations

from quizengine.model.answers import SqlDialect
from quizengine.sqljudge import lexer, statement
from quizengine.sqljudge.lexer import Token
from quizengine.sqljudge.postgres import lexer as postgres_lexer
from quizengine.sqljudge.postgres import statement as postgres_statement
from quizengine.sqljudge.statement import Statement


def read_query(text: str, dialect: SqlDialect) -> Statement:
    """Return the one query that ``text`` holds, or raise UnreadableResponseError with the place at fault."""
    read = postgres_statement.read_statement if dialect == "postgresql" else statement.read_statement
    return read(text)


def tokens_of(text: str, dialect: SqlDialect) -> tuple[Token, ...]:
    """Return the tokens of ``text``. Raises UnreadableResponseError."""
    tokenize = postgres_lexer.tokenize if dialect == "postgresql" else lexer.tokenize
    return tokenize(text)
