"""The literals that queries compare with columns: databases need values at, below and above them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from quizengine.errors import UnreadableResponseError
from quizengine.model.answers import SqlDialect
from quizengine.sqljudge.dialects import tokens_of
from quizengine.sqljudge.lexer import Token

_COMPARISONS = ("=", "==", "<", ">", "<=", ">=", "<>", "!=", "LIKE", "IS", "GLOB", "IN", "BETWEEN", "NOT")
_DATE_FUNCTIONS = ("DATE", "DATETIME", "JULIANDAY", "STRFTIME", "UNIXEPOCH")
_BACKWARDS = 8

Literal = int | float | str


def compared_literals(
    queries: Iterable[str], dialect: SqlDialect = "sqlite"
) -> Mapping[str, frozenset[Literal]]:
    """Return for each column name, in small letters, the literals that stand in comparisons with it.

    >>> compared_literals(["SELECT 1 FROM t WHERE t.a >= 3 AND b IN ('x', 'y')"])["a"]
    frozenset({3})
    """
    found = defaultdict[str, set[Literal]](set)
    for tokens in _readable(queries, dialect):
        for index, token in enumerate(tokens):
            value = literal_of(token)
            if value is not None:
                for name in _names_beside(tokens, index):
                    found[name].add(value)
    return {name: frozenset(values) for name, values in found.items()}


def columns_of_dates(queries: Iterable[str], dialect: SqlDialect = "sqlite") -> frozenset[str]:
    """Return the names that stand inside a date function: columns that hold dates."""
    found = set()
    for tokens in _readable(queries, dialect):
        for index, token in enumerate(tokens[:-1]):
            if token.upper in _DATE_FUNCTIONS and tokens[index + 1].text == "(":
                found |= {t.value.lower() for t in _inside(tokens, index + 1) if t.is_name}
    return frozenset(found)


def _readable(queries: Iterable[str], dialect: SqlDialect) -> Iterable[tuple[Token, ...]]:
    for query in queries:
        try:
            yield tokens_of(query, dialect)
        except UnreadableResponseError:
            continue


def literal_of(token: Token) -> Literal | None:
    """Return the value of a literal token, None for any other token."""
    if token.kind == "string":
        return token.value
    if token.kind != "number" or not token.text.replace(".", "", 1).isdecimal() or len(token.text) > 15:
        return None
    return float(token.text) if "." in token.text else int(token.text)


def _names_beside(tokens: Sequence[Token], index: int) -> set[str]:
    after = tokens[index + 1 : index + 2]
    if after and after[0].upper in _COMPARISONS and index + 2 < len(tokens):
        return _names_after(tokens, index + 2)
    return _names_before(tokens, index)


def _names_after(tokens: Sequence[Token], index: int) -> set[str]:
    """Return the column behind a comparison: the last name of ``t.column``."""
    names = set()
    while index < len(tokens) and (tokens[index].is_name or tokens[index].text == "."):
        if tokens[index].is_name:
            names = {tokens[index].value.lower()}
        if index + 1 < len(tokens) and tokens[index + 1].text != "." and tokens[index].text != ".":
            break
        index += 1
    return names


def _names_before(tokens: Sequence[Token], index: int) -> set[str]:
    """Go back over other literals to a comparison, and return the names on its left."""
    position = index - 1
    depth = tokens[index].depth
    while position > 0 and (
        literal_of(tokens[position]) is not None
        or tokens[position].text in (",", "(")
        or tokens[position].upper == "AND"
    ):
        position -= 1
        if index - position > 40:
            return set()
    if position < 1 or tokens[position].upper not in _COMPARISONS or tokens[position].depth > depth:
        return set()
    while position > 0 and tokens[position].upper in _COMPARISONS:
        position -= 1
    return _names_ending(tokens, position)


def _names_ending(tokens: Sequence[Token], position: int) -> set[str]:
    token = tokens[position]
    if token.text == ")":
        opening = next(
            (
                i
                for i in range(position, -1, -1)
                if tokens[i].text == "(" and tokens[i].depth == token.depth - 0
            ),
            0,
        )
        return {t.value.lower() for t in tokens[opening:position] if t.is_name}
    return {token.value.lower()} if token.is_name else set()


def _inside(tokens: Sequence[Token], opening: int) -> Sequence[Token]:
    depth = tokens[opening].depth
    end = next(
        (i for i in range(opening + 1, len(tokens)) if tokens[i].depth == depth and tokens[i].text == ")"),
        None,
    )
    return tokens[opening + 1 : end]
