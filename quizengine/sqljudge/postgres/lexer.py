"""The tokens of PostgreSQL's SQL: dollar quotes, escape strings, nested comments, casts, any operator.

Tokens are those of ``sqljudge.lexer``, so all that works on tokens works on both dialects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from quizengine.errors import UnreadableResponseError
from quizengine.sqljudge.lexer import Kind, Token, refuse_unwritable, refused

MAX_CHARACTERS = 20_000

# Every repetition is over characters that the next alternative cannot take: time is linear in the text.
_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\n\r\f\v]+ | --[^\n\r]*)
    | (?P<blob>[eE]'(?:[^'\\]|\\.|'')*' | [bBxXnN]'[^']*(?:''[^']*)*')
    | (?P<string>'[^']*(?:''[^']*)*')
    | (?P<quoted>"[^"]*(?:""[^"]*)*")
    | (?P<number>(?:[0-9]+(?:\.(?!\.)[0-9]*)? | \.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![A-Za-z_]))
    | (?P<placeholder>\$[0-9]+ | :[A-Za-z_][A-Za-z0-9_]*)
    | (?P<word>[A-Za-z_][A-Za-z0-9_$]*)
    | (?P<operator>:: | := | \.\. | [.,;:()\[\]]
        | (?:(?!--|/\*)[-+*/<>=~!@\#%^&|`?])+)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r"/\*|\*/")
_DOLLARS = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$")
_CLOSING = {")": "(", "]": "["}


def tokenize(text: str) -> tuple[Token, ...]:
    """Return the tokens of ``text`` without spaces and comments.

    Raises UnreadableResponseError with the position of what cannot be part of SQL.

    >>> [token.text for token in tokenize("SELECT a::date /* why /* so */ */ FROM t WHERE b = $x$it's$x$")]
    ['SELECT', 'a', '::', 'date', 'FROM', 't', 'WHERE', 'b', '=', "$x$it's$x$"]
    """
    if len(text) > MAX_CHARACTERS:
        raise UnreadableResponseError(
            f"The text has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read. Shorten it."
        )
    refuse_unwritable(text)
    return tuple(_nested(text))


def _nested(text: str) -> Iterator[Token]:
    """Yield the tokens with their depth in parentheses and square brackets."""
    opened = list[tuple[str, int]]()
    for kind, start, end in _pieces(text):
        piece = text[start:end]
        if piece in _CLOSING:
            if not opened or opened[-1][0] != _CLOSING[piece]:
                raise UnreadableResponseError(f"This {piece!r} closes nothing that is open.", start, end)
            opened.pop()
        yield Token(kind, piece, piece.upper(), start, end, len(opened))
        if piece in _CLOSING.values():
            opened.append((piece, start))
    if opened:
        sign, start = opened[-1]
        raise UnreadableResponseError(f"This {sign!r} is never closed.", start, start + 1)


def _pieces(text: str) -> Iterator[tuple[Kind, int, int]]:
    position = 0
    while position < len(text):
        start = position
        if text.startswith("/*", start):
            position = _end_of_comment(text, start)
            continue
        dollars = _DOLLARS.match(text, start)
        if dollars:
            position = _end_of_dollars(text, start, dollars.group())
            yield "blob", start, position
            continue
        match = _TOKEN.match(text, start)
        if match is None:
            raise refused(text, start)
        position = match.end()
        if match.lastgroup == "word" and match.group().upper() == "U" and text.startswith("&", position):
            raise UnreadableResponseError("Write the characters themselves instead of U&.", start, position)
        if match.lastgroup != "space":
            yield match.lastgroup, start, position  # type: ignore[misc]


def _end_of_comment(text: str, start: int) -> int:
    """Return where a comment ends; comments nest in PostgreSQL."""
    depth = 0
    for mark in _COMMENT.finditer(text, start):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    raise UnreadableResponseError("This comment is never closed.", start, start + 2)


def _end_of_dollars(text: str, start: int, mark: str) -> int:
    end = text.find(mark, start + len(mark))
    if end < 0:
        raise UnreadableResponseError(f"The quote {mark} is never closed.", start, start + len(mark))
    return end + len(mark)
