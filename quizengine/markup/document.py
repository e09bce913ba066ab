"""An author's Markdown as a list of tokens: what all three printers start from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from quizengine.errors import MarkupError

MAX_CHARACTERS = 100_000
MAX_NESTING = 20
PLACE = re.compile(r"\{\{\s*input:([A-Za-z][A-Za-z0-9_-]*)\s*\}\}")

_ALLOWED_LINK = re.compile(r"https?://[^\s]+", re.IGNORECASE)


@lru_cache(maxsize=64)
def read_markdown(markdown: str) -> Sequence[Token]:
    """Return the tokens of a text; raise ``MarkupError`` where a ``$`` has no partner.

    The last texts are remembered, since each is printed in several ways: nobody may change a token.
    """
    _check_length(markdown)
    tokens = _parser().parse(markdown)
    _check_dollars(tokens)
    return tokens


def read_line(markdown: str) -> list[Token]:
    """Return the tokens of a text that is one line: a label, an option. No blocks are made."""
    _check_length(markdown)
    tokens = _parser().parseInline(" ".join(markdown.split()))
    _check_dollars(tokens)
    return tokens


def _check_length(markdown: str) -> None:
    if len(markdown) > MAX_CHARACTERS:
        raise MarkupError(f"A text may have {MAX_CHARACTERS} characters; this one has {len(markdown)}.")


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    options = {"html": False, "linkify": False, "typographer": False, "maxNesting": MAX_NESTING}
    parser = MarkdownIt("commonmark", options)
    parser.enable("table").enable("strikethrough").disable("image")
    # spaces just inside a dollar end the formula's hope: "from $5 to $9" is then refused, not set as maths
    dollarmath_plugin(
        parser, allow_labels=False, allow_space=False, allow_blank_lines=False, double_inline=True
    )
    parser.inline.ruler.before("math_inline", "input_place", _input_place)
    # joined texts could no longer tell \$ from a $ that has no partner
    parser.disable("text_join")
    parser.validateLink = _is_allowed  # type: ignore[method-assign, assignment]
    return parser


def _is_allowed(address: str) -> bool:
    return _ALLOWED_LINK.fullmatch(address) is not None


def _input_place(state: StateInline, silent: bool) -> bool:
    found = PLACE.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("input_place", "", 0).content = found[1]
    state.pos = found.end()
    return True


def _check_dollars(tokens: Sequence[Token]) -> None:
    for token in _walk(tokens):
        if token.type == "text" and "$" in token.content:
            start = token.content.index("$")
            near = token.content[max(0, start - 20) : start + 30].strip()
            raise MarkupError(
                f"A $ has no partner near {near!r}. A formula is written $...$ without spaces just inside "
                "the dollars; for the sign itself write \\$."
            )
        if token.type.startswith("math") and PLACE.search(token.content):
            raise MarkupError(
                f"The place of an answer stands inside the formula ${token.content}$; put it outside."
            )


def _walk(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()
