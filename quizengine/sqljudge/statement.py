"""What one statement is made of at its outermost level, and the rewrites that the judge needs."""

from __future__ import annotations

from dataclasses import dataclass

from quizengine.errors import UnreadableResponseError
from quizengine.sqljudge.lexer import Token, tokenize

_BEGINNINGS = ("SELECT", "WITH", "VALUES")
_COMPOUND = ("UNION", "INTERSECT", "EXCEPT")
_AFTER_LIST = ("FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", *_COMPOUND)
_CLOCK_FUNCTIONS = ("DATE", "TIME", "DATETIME", "JULIANDAY", "UNIXEPOCH")
CLOCK_MESSAGE = "The result would depend on the day on which it is run. Write the date out."


@dataclass(frozen=True, slots=True)
class Statement:
    """One query as typed, with its tokens; indexes count tokens, and None says that a clause is absent."""

    text: str
    tokens: tuple[Token, ...]
    select: int
    order: int | None
    limit: int | None
    is_compound: bool
    #: A sort key that puts ties into random order, in the words of the dialect.
    tie: str = "judge_tie()"

    @property
    def end(self) -> int:
        """Return the character after the last token: before a final semicolon or comment."""
        return self.tokens[-1].end

    @property
    def is_distinct(self) -> bool:
        """Whether the outermost SELECT says DISTINCT."""
        return self.tokens[self.select + 1].upper == "DISTINCT"

    @property
    def keeps_some(self) -> bool:
        """Whether the order may decide which rows are kept: LIMIT, or PostgreSQL's DISTINCT ON."""
        return self.limit is not None or (self.is_distinct and _is(self.tokens, self.select + 2, "ON"))

    @property
    def is_values(self) -> bool:
        """Whether the rows are written out instead of selected."""
        return self.tokens[self.select].upper == "VALUES"


def read_statement(text: str) -> Statement:
    """Return the one query that ``text`` holds, or raise UnreadableResponseError with the place at fault."""
    statement = statement_of(text, tokenize(text))
    _refuse_the_clock(statement.tokens)
    return statement


def statement_of(
    text: str, found: tuple[Token, ...], *, limits: tuple[str, ...] = ("LIMIT",), tie: str = "judge_tie()"
) -> Statement:
    """Return the one query that ``text`` holds; ``found`` are its tokens, ``limits`` the words of a limit.

    Raises UnreadableResponseError.
    """
    tokens = _one_statement(found)
    if tokens[0].upper not in _BEGINNINGS:
        raise token_error(
            tokens[0], "Write one query that begins with SELECT or WITH; nothing else is run here."
        )
    _refuse_placeholders(tokens)
    outer = [index for index, token in enumerate(tokens) if token.depth == 0 and token.kind == "word"]
    select = next((index for index in outer if tokens[index].upper in ("SELECT", "VALUES")), None)
    if select is None or select + 1 == len(tokens):
        raise token_error(tokens[-1], "The query ends here, before it says what to select.")
    return Statement(
        text=text,
        tokens=tokens,
        select=select,
        order=next(
            (i for i in outer if tokens[i].upper == "ORDER" and i > select and _is(tokens, i + 1, "BY")), None
        ),
        limit=next((i for i in outer if tokens[i].upper in limits and i > select), None),
        is_compound=any(tokens[i].upper in _COMPOUND for i in outer if i > select),
        tie=tie,
    )


def _is(tokens: tuple[Token, ...], index: int, word: str) -> bool:
    return index < len(tokens) and tokens[index].upper == word


def token_error(token: Token, message: str) -> UnreadableResponseError:
    """Return the error that marks a token."""
    return UnreadableResponseError(message, token.start, token.end)


def _one_statement(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    semicolon = next((i for i, token in enumerate(tokens) if token.text == ";"), len(tokens))
    extra = next((token for token in tokens[semicolon:] if token.text != ";"), None)
    if semicolon == 0:
        raise UnreadableResponseError(
            "There is no query here yet. Write one that begins with SELECT or WITH."
        )
    if extra is not None:
        raise token_error(extra, "A second statement begins here; only one query is wanted.")
    return tokens[:semicolon]


def _refuse_placeholders(tokens: tuple[Token, ...]) -> None:
    for token in tokens:
        if token.kind == "placeholder":
            raise token_error(token, f"{token.text!r} is a placeholder; write the value itself.")


def _refuse_the_clock(tokens: tuple[Token, ...]) -> None:
    for index, token in enumerate(tokens):
        if token.kind == "string" and token.value.lower() == "now":
            raise token_error(token, CLOCK_MESSAGE)
        if token.upper in _CLOCK_FUNCTIONS and _is(tokens, index + 1, "(") and _is(tokens, index + 2, ")"):
            raise token_error(token, CLOCK_MESSAGE)


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of ORDER BY without its direction; ``plain`` is False where it names a collation."""

    text: str
    tokens: tuple[Token, ...]
    plain: bool


def sort_keys(statement: Statement) -> tuple[SortKey, ...]:
    """Return the keys of the outermost ORDER BY."""
    if statement.order is None:
        return ()
    keys, part = [], list[Token]()
    for token in (*statement.tokens[statement.order + 2 : _order_end(statement)], None):
        if token is not None and not (token.text == "," and token.depth == 0):
            part.append(token)
        elif part:
            keys.append(_sort_key(statement.text, part))
            part = []
    return tuple(keys)


def _order_end(statement: Statement) -> int:
    return len(statement.tokens) if statement.limit is None else statement.limit


def _sort_key(text: str, part: list[Token]) -> SortKey:
    plain = all(token.upper != "COLLATE" for token in part)
    if len(part) > 2 and part[-2].upper == "NULLS":
        part = part[:-2]
    if len(part) > 1 and part[-1].upper in ("ASC", "DESC"):
        part = part[:-1]
    return SortKey(text[part[0].start : part[-1].end], tuple(part), plain)


def constant_limit(statement: Statement) -> int | None:
    """Return n of a final ``LIMIT n``; None where there is no LIMIT, or it is more than one number."""
    if statement.limit is None or statement.tokens[statement.limit].upper != "LIMIT":
        return None
    rest = statement.tokens[statement.limit + 1 :]
    return int(rest[0].text) if len(rest) == 1 and rest[0].text.isdecimal() else None


def without_limit(statement: Statement) -> str:
    """Return the query up to its LIMIT."""
    return statement.text[: _before_limit(statement)]


def _before_limit(statement: Statement) -> int:
    """Return where the last token before LIMIT ends: a comment after it cannot swallow an insertion."""
    return statement.end if statement.limit is None else statement.tokens[statement.limit - 1].end


def with_columns(statement: Statement, expressions: tuple[str, ...]) -> str:
    """Return the query without its LIMIT, with ``expressions`` as further columns of its outermost SELECT."""
    if not expressions:
        return without_limit(statement)
    cut = statement.tokens[_list_end(statement) - 1].end
    return (
        statement.text[:cut] + ", " + ", ".join(expressions) + statement.text[cut : _before_limit(statement)]
    )


def _list_end(statement: Statement) -> int:
    tokens = statement.tokens
    for index in range(statement.select + 1, len(tokens)):
        token = tokens[index]
        is_comparison = token.upper == "FROM" and tokens[index - 1].upper == "DISTINCT"
        if token.depth == 0 and token.kind == "word" and token.upper in _AFTER_LIST and not is_comparison:
            return index
    return len(tokens)


def order_probe(statement: Statement) -> str | None:
    """Return the query with a random last sort key, which shows an order that is not fully given.

    None where no order decides anything, or where the dialect takes no further key (a compound SELECT,
    FETCH ... WITH TIES).
    """
    if statement.is_compound or statement.is_values or (statement.order is None and statement.limit is None):
        return None
    if any(token.upper == "TIES" for token in statement.tokens[statement.limit or len(statement.tokens) :]):
        return None  # a further key would part the ties that are to be kept
    key = f" ORDER BY {statement.tie}" if statement.order is None else f", {statement.tie}"
    cut = _before_limit(statement)
    return statement.text[:cut] + key + statement.text[cut:]
