"""What a query for PostgreSQL may say: one SELECT, with functions that only compute.

The role that runs it has no right to more (``privileges``); this comes before, to tell a person what is wrong
and where. Both hold by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from quizengine.errors import nearest_hint
from quizengine.sqljudge.lexer import Token
from quizengine.sqljudge.postgres.functions import (
    CLOCK,
    CLOCK_FUNCTIONS,
    CLOCK_WORDS,
    FUNCTIONS,
    HIDDEN_COLUMNS,
    KEYWORDS,
    SERVER_NAMES,
    SERVER_PREFIXES,
    SESSION,
    TYPES,
    WRITING,
)
from quizengine.sqljudge.postgres.lexer import tokenize
from quizengine.sqljudge.statement import CLOCK_MESSAGE, Statement, statement_of, token_error

#: Tokens of a list of names: a longer one is not looked through, so that time stays linear in the text.
MAX_LIST = 300
MAX_EXPONENT = 100
_AFTER_ORDER = ("LIMIT", "OFFSET", "FETCH")
_NOTHING_CHANGES = "Only the tables of the question can be read here, and nothing can be changed."
_TIE = "random()"


def read_statement(text: str) -> Statement:
    """Return the one query that ``text`` holds, or raise UnreadableResponseError with the place at fault."""
    statement = statement_of(text, tokenize(text), limits=_AFTER_ORDER, tie=_TIE)
    for index, token in enumerate(statement.tokens):
        _refuse_words(statement.tokens, index, token)
        _refuse_names(token)
        _refuse_large_powers(statement.tokens, index, token)
        if token.is_name and _text_at(statement.tokens, index + 1) == "(":
            _refuse_unknown_function(statement.tokens, index, token)
    return statement


def _text_at(tokens: Sequence[Token], index: int) -> str:
    return tokens[index].upper if 0 <= index < len(tokens) else ""


def _refuse_words(tokens: Sequence[Token], index: int, token: Token) -> None:
    if token.kind == "string" and token.value.strip().lower() in CLOCK_WORDS:
        raise token_error(token, CLOCK_MESSAGE)
    if token.kind != "word":
        return
    word, before, after = token.upper, _text_at(tokens, index - 1), _text_at(tokens, index + 1)
    if word == "INTO" or (before == "(" and word.lower() in WRITING and after != "("):
        raise token_error(token, _NOTHING_CHANGES)
    if word == "FOR" and after in ("UPDATE", "SHARE", "NO", "KEY"):
        raise token_error(token, "Rows cannot be locked here: leave out what begins with FOR.")
    if before != "." and word.lower() in CLOCK:
        raise token_error(token, CLOCK_MESSAGE)
    if before != "." and word.lower() in SESSION:
        raise token_error(token, "The result would depend on who runs it; that cannot be asked here.")


def _refuse_names(token: Token) -> None:
    name = token.value.lower() if token.is_name else ""
    if name in SERVER_NAMES or name.startswith(SERVER_PREFIXES):
        raise token_error(token, f"{_shown(token)} belongs to the server and is not available here.")
    if name in HIDDEN_COLUMNS:
        raise token_error(token, "Rows have no hidden number here; use a column of the table.")


def _refuse_large_powers(tokens: Sequence[Token], index: int, token: Token) -> None:
    """Refuse a power whose exponent is not a small number as written.

    PostgreSQL computes a million digits without looking whether its time is up.
    """
    if token.text == "^":
        exponent = tokens[index + 1 : index + 2]
    elif token.is_name and token.value.lower() == "power" and _text_at(tokens, index + 1) == "(":
        inside = (one for one in tokens[index + 2 : index + MAX_LIST] if one.depth <= token.depth + 1)
        arguments = list(takewhile(lambda one: one.depth > token.depth, inside))
        comma = next((i for i, one in enumerate(arguments) if one.text == ","), len(arguments))
        exponent = [one for one in arguments[comma + 1 :] if one.text != "-"]
    else:
        return
    if len(exponent) != 1 or exponent[0].kind != "number" or float(exponent[0].text) > MAX_EXPONENT:
        raise token_error(token, f"Write the exponent as a number of at most {MAX_EXPONENT}.")


def _refuse_unknown_function(tokens: Sequence[Token], index: int, token: Token) -> None:
    name = token.value.lower()
    is_plain = token.kind == "word"
    if name in CLOCK_FUNCTIONS:
        raise token_error(token, CLOCK_MESSAGE)
    if name in FUNCTIONS or (is_plain and (name in KEYWORDS or name in TYPES)):
        return
    if not _names_columns(tokens, index):
        hint = nearest_hint(name, FUNCTIONS)
        raise token_error(token, f"The function {_shown(token)} is not available here.{hint}")


def _names_columns(tokens: Sequence[Token], index: int) -> bool:
    """Whether a name with a parenthesis gives names to columns: ``WITH r(n) AS (``, ``f() AS t(a, b)``."""
    depth = tokens[index].depth
    farthest = min(len(tokens), index + MAX_LIST)
    end = next((i for i in range(index + 2, farthest) if tokens[i].depth == depth), farthest)
    inside = tokens[index + 2 : end]
    if not inside or not all(one.is_name or one.kind == "number" or one.text in ",()[]" for one in inside):
        return False
    before = tokens[index - 1] if index else tokens[index]
    if before.text == ")" or before.upper == "AS":
        return True
    if before.is_name and not (before.kind == "word" and before.value.lower() in KEYWORDS):
        return True  # FROM orders o(a, b)
    return _begins_with_query(tokens, end + 1)


def _begins_with_query(tokens: Sequence[Token], index: int) -> bool:
    """Whether ``AS [NOT] [MATERIALIZED] ( SELECT`` stands at ``index``: the rest of a part of WITH."""
    words = [_text_at(tokens, i) for i in range(index, index + 5)]
    if words[0] != "AS" or "(" not in words[:4]:
        return False
    opening = words.index("(")
    return all(word in ("NOT", "MATERIALIZED") for word in words[1:opening]) and words[opening + 1] in (
        "SELECT",
        "WITH",
        "VALUES",
        "(",
    )


def _shown(token: Token) -> str:
    name = token.value
    return name if len(name) <= 40 else name[:39] + "…"
