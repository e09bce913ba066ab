"""Queries that differ from one by a single slip, made from its tokens: databases must tell them apart.

They choose instances and name slips in practice; no verdict depends on them. Some mean the same as
the original and some do not compile; whoever uses them must bear both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from quizengine.model.answers import SqlDialect
from quizengine.sqljudge.dialects import read_query
from quizengine.sqljudge.lexer import Token
from quizengine.sqljudge.schema import Table

MAX_NEIGHBOURS = 600
_NUMBER = re.compile(r"\d{1,9}")

_SWAPS: Sequence[Sequence[str]] = (
    ("=", "<", ">", "<=", ">=", "<>"),
    ("AND", "OR"),
    ("COUNT", "SUM", "AVG", "MIN", "MAX"),
    ("RANK", "DENSE_RANK", "ROW_NUMBER"),
    ("LAG", "LEAD"),
    ("FIRST_VALUE", "LAST_VALUE"),
    ("UNION", "INTERSECT", "EXCEPT"),
    ("+", "-"),
    ("*", "+"),
    ("ASC", "DESC"),
    ("PRECEDING", "FOLLOWING"),
    ("ROWS", "RANGE"),
)
_COUNTED = ("COUNT", "SUM", "AVG", "SELECT")
_ENDS = (
    "AND",
    "OR",
    "GROUP",
    "HAVING",
    "ORDER",
    "LIMIT",
    "WHERE",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "WINDOW",
    "JOIN",
)

Edit = tuple[int, int, str]


def neighbours(sql: str, tables: Sequence[Table], dialect: SqlDialect = "sqlite") -> tuple[str, ...]:
    """Return queries that differ from ``sql`` by one slip, without repeats, at most MAX_NEIGHBOURS."""
    found = [text for text, _ in named_slips(sql, tables, dialect)]
    # One row for each value of a column: shows where a result has several.
    whole = sql[: read_query(sql, dialect).end]
    found += [f"SELECT * FROM ({whole}\n) GROUP BY {column}" for column in (1, 2)]  # noqa: S608 - for a worker
    # Evenly over all kinds, where there are too many.
    step = max(1, -(-len(found) // MAX_NEIGHBOURS))
    return tuple(found)[::step]


def named_slips(
    sql: str, tables: Sequence[Table], dialect: SqlDialect = "sqlite"
) -> tuple[tuple[str, str], ...]:
    """Return queries that differ from ``sql`` by one slip, each with the slip in words that quote no value.

    >>> named_slips("SELECT count(*) FROM t", ())[0]
    ('SELECT SUM(*) FROM t', 'SUM instead of COUNT')
    """
    statement = read_query(sql, dialect)
    tokens = statement.tokens
    found = dict[str, str]()
    for make, name in _MAKERS.items():
        for start, end, text in make(tokens):
            found.setdefault(sql[:start] + text + sql[end : statement.end], name(sql[start:end], text))
    for start, end, text in _other_columns(tokens, tables):
        found.setdefault(sql[:start] + text + sql[end : statement.end], "another column")
    found.pop(sql[: statement.end], None)
    return tuple(found.items())


def _swapped(tokens: Sequence[Token]) -> Iterator[Edit]:
    for token in tokens:
        for group in _SWAPS:
            if token.upper in group and token.kind in ("word", "operator"):
                yield from ((token.start, token.end, other) for other in group if other != token.upper)


def _joins(tokens: Sequence[Token]) -> Iterator[Edit]:
    for before, token in pairwise(tokens):
        if token.upper == "JOIN":
            if before.upper in ("LEFT", "INNER", "OUTER", "FULL", "RIGHT"):
                yield before.start, token.end, "JOIN"
            else:
                yield token.start, token.end, "LEFT JOIN"


def _distinct(tokens: Sequence[Token]) -> Iterator[Edit]:
    for index, token in enumerate(tokens[:-1]):
        if token.upper == "DISTINCT":
            yield token.start, token.end, ""
        following = tokens[index + 1]
        if token.upper == "SELECT" and following.upper != "DISTINCT":
            yield token.end, token.end, " DISTINCT"
        if token.upper in _COUNTED and following.text == "(" and index + 2 < len(tokens):
            yield from _inside_aggregate(tokens, index)


def _inside_aggregate(tokens: Sequence[Token], index: int) -> Iterator[Edit]:
    if tokens[index + 2].upper in ("DISTINCT", "*"):
        return
    yield tokens[index + 1].end, tokens[index + 1].end, "DISTINCT "
    if tokens[index].upper == "COUNT":
        end = next((t for t in tokens[index + 2 :] if t.depth == tokens[index].depth and t.text == ")"), None)
        if end is not None:
            yield tokens[index + 2].start, end.start, "*"


def _constants(tokens: Sequence[Token]) -> Iterator[Edit]:
    for token in tokens:
        if token.kind == "number" and token.text.isdecimal():
            number = int(token.text)
            yield token.start, token.end, str(number + 1)
            yield token.start, token.end, str(max(0, number - 1))
        elif token.kind == "string":
            yield from ((token.start, token.end, text) for text in _other_texts(token.text))


def _other_texts(text: str) -> Iterator[str]:
    """Return a text literal with another day in it, another number, or in another case."""
    try:
        day = date.fromisoformat(text[1:11])
    except ValueError:
        number = _NUMBER.search(text)
        if number is not None:
            steps = (str(max(0, int(number[0]) + step)) for step in (1, -1))
            yield from (text[: number.start()] + other + text[number.end() :] for other in steps)
    else:
        yield from ("'" + (day + timedelta(days=step)).isoformat() + text[11:] for step in (1, -1))
    if text.upper() != text.lower():
        yield text.upper() if text != text.upper() else text.lower()


def _nulls(tokens: Sequence[Token]) -> Iterator[Edit]:
    for index, token in enumerate(tokens):
        if token.upper == "NOT":
            yield token.start, token.end, ""
        elif token.upper == "IS" and tokens[index + 1 : index + 2] and tokens[index + 1].upper == "NULL":
            yield token.end, token.end, " NOT"
        elif token.upper == "EXISTS":
            yield token.start, token.start, "NOT "
        elif token.upper == "ALL":
            yield token.start, token.end, ""
        elif token.upper == "BY" and tokens[index - 1].upper == "ORDER":
            yield from _direction(tokens, index)


def _ends_of_between(tokens: Sequence[Token]) -> Iterator[Edit]:
    """Leave out the one end, and the other, of each BETWEEN; what is compared is written out twice."""
    for index, token in enumerate(tokens):
        if token.upper != "BETWEEN":
            continue
        depth = token.depth
        start = index
        while start > 0 and not _begins_condition(tokens[start - 1], depth):
            start -= 1
        middle = next((i for i in range(index, len(tokens)) if _is_at(tokens[i], "AND", depth)), None)
        if middle is None or start == index or tokens[index - 1].upper in ("NOT", "ROWS", "RANGE", "GROUPS"):
            continue
        end = _end_of_part(tokens, middle + 1)
        end = next((i for i in range(middle, end) if _is_at(tokens[i], "THEN", depth)), end)
        what, low, high = (
            " ".join(t.text for t in tokens[first:last])
            for first, last in ((start, index), (index + 1, middle), (middle + 1, end))
        )
        for above, below in ((">", "<="), (">=", "<")):
            text = f"({what} {above} {low} AND {what} {below} {high})"
            yield tokens[start].start, tokens[end - 1].end, text


def _begins_condition(token: Token, depth: int) -> bool:
    words = ("WHERE", "AND", "OR", "ON", "HAVING", "NOT", "WHEN", "SELECT", "BY")
    return token.depth < depth or (token.depth == depth and (token.upper in words or token.text == ","))


def _is_at(token: Token, word: str, depth: int) -> bool:
    return token.upper == word and token.depth == depth


def _direction(tokens: Sequence[Token], index: int) -> Iterator[Edit]:
    """Turn the direction of each sort key round."""
    depth = tokens[index].depth
    for token, following in zip(tokens[index + 1 :], [*tokens[index + 2 :], None], strict=True):
        if token.depth < depth or token.upper in ("LIMIT", "ROWS", "RANGE"):
            return
        ends = (
            following is None
            or (following.depth <= depth and following.text in (",", ")"))
            or (following.upper in ("LIMIT", "ROWS", "RANGE"))
        )
        if ends and token.upper not in ("ASC", "DESC", ","):
            yield token.end, token.end, " DESC"


def _dropped(tokens: Sequence[Token]) -> Iterator[Edit]:
    """Leave out one condition, one key, one default of COALESCE."""
    for index, token in enumerate(tokens):
        if token.upper in ("AND", "OR"):
            end = _end_of_part(tokens, index + 1)
            yield token.start, tokens[end - 1].end, ""
        elif token.upper in ("WHERE", "HAVING", "ON"):
            end = _end_of_part(tokens, index + 1)
            if end < len(tokens) and tokens[end].upper in ("AND", "OR"):
                yield tokens[index + 1].start, tokens[end].end, ""
            elif token.upper != "ON":
                yield token.start, tokens[end - 1].end, ""
        elif token.upper == "BY":
            yield from _dropped_keys(tokens, index)
        elif token.upper in ("COALESCE", "IFNULL", "ROUND", "LOWER", "UPPER", "ABS"):
            yield from _without_function(tokens, index)


def _end_of_part(tokens: Sequence[Token], index: int) -> int:
    depth = tokens[index - 1].depth
    for position in range(index, len(tokens)):
        token = tokens[position]
        if token.depth < depth or (token.depth == depth and token.upper in _ENDS):
            return max(position, index)
    return len(tokens)


def _dropped_keys(tokens: Sequence[Token], index: int) -> Iterator[Edit]:
    depth = tokens[index].depth
    for position in range(index + 1, len(tokens)):
        token = tokens[position]
        if token.depth < depth or (token.depth == depth and token.upper in _ENDS):
            return
        if token.text == "," and token.depth == depth:
            yield tokens[index + 1].start, token.end, ""
            end = next(
                (
                    t.start
                    for t in tokens[position + 1 :]
                    if t.depth <= depth and (t.text in (",", ")") or t.upper in (*_ENDS, "ROWS", "RANGE"))
                ),
                tokens[-1].end,
            )
            yield token.start, end, " "


def _without_function(tokens: Sequence[Token], index: int) -> Iterator[Edit]:
    if index + 2 < len(tokens) and tokens[index + 1].text == "(":
        depth = tokens[index].depth
        end = next((t for t in tokens[index + 2 :] if t.depth == depth and t.text == ")"), None)
        comma = next((t for t in tokens[index + 2 :] if t.depth == depth + 1 and t.text == ","), end)
        if end is not None and comma is not None:
            kept = " ".join(t.text for t in tokens[index + 2 :] if t.end <= comma.start)
            yield tokens[index].start, end.end, f"({kept})"


def _other_columns(tokens: Sequence[Token], tables: Sequence[Table]) -> Iterator[Edit]:
    """Put another column of the same table in the place of each column."""
    for index, token in enumerate(tokens):
        if not token.is_name or (index + 1 < len(tokens) and tokens[index + 1].text in (".", "(")):
            continue
        for table in tables:
            names = [column.name for column in table.columns]
            if token.value.lower() in (name.lower() for name in names):
                yield from ((token.start, token.end, n) for n in names if n.lower() != token.value.lower())


def _replaced(old: str, new: str) -> str:
    return f"{new} instead of {' '.join(old.upper().split())}"


def _of_distinct(_: str, new: str) -> str:
    if new == "*":
        return "COUNT(*) instead of COUNT of a column"
    return "DISTINCT too many" if new else "DISTINCT left out"


def _of_nulls(old: str, new: str) -> str:
    if new == " DESC":
        return "a sort key the other way round"
    return f"{new.strip()} too many" if new else f"{old.upper()} left out"


def _of_dropped(old: str, new: str) -> str:
    first = old.upper().split("(")[0].split()[:1]
    if new.startswith("("):
        return f"{first[0]} left out"
    return "a condition left out" if first and first[0] in _CONDITIONS else "a condition or a key left out"


_CONDITIONS = ("AND", "OR", "WHERE", "HAVING")

#: What makes slips of one kind, and what names one of them: by what stood there and what stands there now.
_MAKERS: Mapping[Callable[[Sequence[Token]], Iterator[Edit]], Callable[[str, str], str]] = {
    _swapped: _replaced,
    _joins: _replaced,
    _distinct: _of_distinct,
    _constants: lambda _old, _new: "another value that is compared with or written out",
    _nulls: _of_nulls,
    _dropped: _of_dropped,
    _ends_of_between: lambda _old, _new: "an end of BETWEEN left out",
}
