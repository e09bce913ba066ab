"""Our own SQL lexer: tokens with their place and depth in parentheses. No parser.

It knows where a statement ends and which words stand outside every parenthesis;
what a statement means is left to SQLite.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal, NamedTuple

from quizengine.errors import UnreadableResponseError

MAX_CHARACTERS = 20_000

Kind = Literal["string", "blob", "quoted", "number", "word", "operator", "placeholder"]

# Every repetition is over characters that the next alternative cannot take: time is linear in the text.
_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\n\r\f]+ | --[^\n]* | /\*[^*]*\*+(?:[^/*][^*]*\*+)*/)
    | (?P<string>'[^']*(?:''[^']*)*')
    | (?P<blob>[xX]'[0-9A-Fa-f]*')
    | (?P<quoted>"[^"]*(?:""[^"]*)*" | `[^`]*(?:``[^`]*)*` | \[[^\]]*\])
    | (?P<number>0[xX][0-9A-Fa-f]+ | (?:[0-9]+(?:\.[0-9]*)? | \.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<word>[A-Za-z_][A-Za-z0-9_$]*)
    | (?P<operator>\|\| | << | >> | <= | >= | <> | != | == | ->>? | [-+*/%&|~<>=.,;()])
    | (?P<placeholder>[?:@$\#][A-Za-z0-9_]*)
    """,
    re.VERBOSE,
)
_UNCLOSED = {
    "'": "This quote is never closed.",
    '"': "This double quote is never closed.",
    "`": "This backquote is never closed.",
    "[": "This square bracket is never closed.",
    "/": "This comment is never closed.",
}
_PLAIN_CHARACTERS = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2212": "-", "\u2013": "-"}


class Token(NamedTuple):
    """One word, literal or sign; ``upper`` is its text in capitals, ``depth`` counts open parentheses."""

    kind: Kind
    text: str
    upper: str
    start: int
    end: int
    depth: int

    @property
    def value(self) -> str:
        """The text without its quotes: a name's name, a string's content."""
        quote = self.text[0]
        if self.kind == "string" or (self.kind == "quoted" and quote != "["):
            return self.text[1:-1].replace(quote * 2, quote)
        return self.text[1:-1] if self.kind == "quoted" else self.text

    @property
    def is_name(self) -> bool:
        """Whether this can name a table, a column or a function."""
        return self.kind in ("word", "quoted")


def tokenize(text: str) -> tuple[Token, ...]:
    """Return the tokens of ``text`` without spaces and comments.

    Raises UnreadableResponseError with the position of what cannot be part of SQL.

    >>> [token.text for token in tokenize("SELECT a /* why */ FROM t")]
    ['SELECT', 'a', 'FROM', 't']
    """
    if len(text) > MAX_CHARACTERS:
        raise UnreadableResponseError(
            f"The text has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read. Shorten it."
        )
    refuse_unwritable(text)
    return tuple(_tokens(text))


def refuse_unwritable(text: str) -> None:
    """Refuse, even in quotes, what cannot be handed to a database: half a character, and NUL."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        message = f"Character {error.start + 1} is half a character; delete it."
        raise UnreadableResponseError(message, error.start, error.start + 1) from error
    if "\0" in text:
        raise refused(text, text.index("\0"))


def _tokens(text: str) -> Iterator[Token]:
    position, opened = 0, list[int]()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or (match.lastgroup == "operator" and text.startswith("/*", position)):
            raise refused(text, position)
        start, position = position, match.end()
        if match.lastgroup == "space":
            continue
        if match.group() == ")":
            if not opened:
                raise UnreadableResponseError("This closing parenthesis has no opening one.", start, position)
            opened.pop()
        kind: Kind = match.lastgroup  # type: ignore[assignment]
        yield Token(kind, match.group(), match.group().upper(), start, position, len(opened))
        if match.group() == "(":
            opened.append(start)
    if opened:
        raise UnreadableResponseError("This parenthesis is never closed.", opened[-1], opened[-1] + 1)


def refused(text: str, position: int) -> UnreadableResponseError:
    """Return the error for the character at ``position``, which begins no token."""
    character = text[position]
    plain = _PLAIN_CHARACTERS.get(character)
    if character in _UNCLOSED:
        message = _UNCLOSED[character]
    elif plain:
        message = f"Character {position + 1} is {_named(character)}; type a plain {plain} instead."
    else:
        message = f"Character {position + 1} is {_named(character)}, which is not part of SQL outside quotes."
    return UnreadableResponseError(message, position, position + 1)


def _named(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, 'a control character')}"
