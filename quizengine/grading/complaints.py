"""Why a text cannot be read: messages made of the typed text alone, so they tell nothing about the key."""

from __future__ import annotations

from collections.abc import Sequence

from quizengine.errors import UnreadableResponseError, nearest_hint
from quizengine.grading.characters import quoted
from quizengine.grading.names import CONSTANTS, function_named, is_product, known_words
from quizengine.grading.tokens import Layout, Token

#: Why ``3 1/2`` is asked again.
MIXED_NUMBER = (
    "A whole number and a fraction side by side could be a sum or a product; write 7/2, or 3*(1/2)."
)
_NUMBERS = ("number", "vulgar")


def complaint(message: str, token: Token) -> UnreadableResponseError:
    """Return an error that points at ``token``."""
    return UnreadableResponseError(message, token.start, token.end)


def missing(token: Token) -> UnreadableResponseError:
    """Say that a value should stand before ``token``."""
    if token.kind == "end":
        return complaint("Something is missing at the end.", token)
    if token.kind == "super":
        return complaint("A power stands here without a number before it.", token)
    before = "the line end" if token.text == "\n" else token.text
    return complaint(f"Something is missing before {before}.", token)


def unexpected(tokens: Sequence[Token], at: int, layout: Layout) -> UnreadableResponseError:
    """Say why the token at ``at`` cannot follow what stands before it."""
    token = tokens[at]
    if token.kind in _NUMBERS:
        return _number_behind(tokens, at)
    if token.text in (",", ";") and layout == "scalar":
        return complaint(f"One value is wanted here; {token.text} is not part of it.", token)
    if token.text in (")", "]", "}", ">"):
        return complaint(f"{token.text} closes a bracket that was not opened.", token)
    if token.text in ("or", "and"):
        return complaint("One value is wanted here.", token)
    if token.text in ("=", "<", ">", "<=", ">=", "!="):
        return complaint("Give the values alone, without an equation.", token)
    return complaint(f"{quoted(token.text)} cannot stand here.", token)


def _number_behind(tokens: Sequence[Token], at: int) -> UnreadableResponseError:
    token, previous, following = tokens[at], tokens[at - 1], tokens[at + 1]
    if previous.kind not in _NUMBERS:
        return complaint(
            "A number stands right behind a value; write it in front (2x), or a sign between.", token
        )
    if token.kind == "vulgar" or following.text == "/":
        return UnreadableResponseError(MIXED_NUMBER, previous.start, following.end)
    first, last = at, at
    while first > 0 and tokens[first - 1].kind == "number":
        first -= 1
    while tokens[last + 1].kind == "number":
        last += 1
    count = {2: "Two", 3: "Three"}.get(last - first + 1, "Several")
    return UnreadableResponseError(
        f"{count} numbers stand side by side; one is wanted, or a sign between them.",
        tokens[first].start,
        tokens[last].end,
    )


def unknown_name(token: Token, tokens: Sequence[Token], variables: frozenset[str]) -> UnreadableResponseError:
    """Say what could have been meant by a name that is none."""
    word = token.text
    if word.lower() == "nan":
        return complaint("nan has no value.", token)
    stem = word.rstrip("0123456789")
    if stem != word and (stem in variables or len(stem) == 1):
        times = word[len(stem) :]
        return complaint(f"{quoted(word)}: write {times}{stem} for a product or {stem}^2 for a power.", token)
    if len(word) > 1 and variables.issuperset(word):
        return complaint(f"{quoted(word)}: write {word[0]}*{word[0]} or {word[0]}^2.", token)
    split = _glued_function(word, variables)
    if split:
        return complaint(f"{quoted(word)} is not known here: write {split}.", token)
    if len(word) == 1 and any(one.text in ("=", "<", ">", "<=", ">=") for one in tokens):
        return complaint(f"Give the value of {word}, not an equation.", token)
    hint = nearest_hint(word[:60], [*known_words(), *variables]) if len(word) > 1 else ""
    if not hint and not variables and _stands_behind_a_number(token, tokens):
        hint = " Write the number alone, without a unit."
    return complaint(f"The name {quoted(word)} is not known here.{hint}", token)


def _stands_behind_a_number(token: Token, tokens: Sequence[Token]) -> bool:
    before = [one for one in tokens if one.end <= token.start]
    return bool(before) and before[-1].kind in _NUMBERS


def _glued_function(word: str, variables: frozenset[str]) -> str:
    """Return ``sin(x)`` for ``sinx`` and ``x*sin(x)`` for ``xsinx``, or nothing."""
    for start in range(len(word) - 1):
        if start and not is_product(word[:start], variables):
            continue
        for cut in range(len(word) - (start == 0), start + 1, -1):
            rest, function = word[cut:], word[start:cut]
            if function_named(function) and (rest in {*variables, *CONSTANTS} or len(rest) < 2):
                return "*".join([*word[:start], f"{function}({rest or '...'})"])
    return ""
