"""What a person puts before an answer, and how the items of a list are told apart."""

from __future__ import annotations

import re
from collections.abc import Sequence

from quizengine.grading.names import function_named, is_product
from quizengine.grading.tokens import Token

MAX_LABEL_TOKENS = 14
MAX_LABEL = 60
#: What stands before a value and holds signs that no value has: P(X = 1) =, E[X] =, f'(x) =, dy/dx =.
_LABEL = re.compile(
    r"\s*(?:(?:P|Pr|E|Var|Cov|SD)\s?[(\[][^()\[\]]{1,40}[)\]]|[A-Za-z]{1,3}'{1,3}(?:\([A-Za-z]\))?"
    r"|(?:d[A-Za-z]?|∂[A-Za-z]?)/(?:d|∂)[A-Za-z](?:\([A-Za-z]\))?)\s?="
)
_BUILDER = re.compile(r"\s*\{\s*([A-Za-z]\w*)\s*(?:(?:∈|in)\s*R\s*)?[|:]")
_IN_A_POWER = frozenset({"-", "1", "T", "{", "}", "(", ")", "*"})


def without_label(text: str, variables: frozenset[str]) -> str:
    """Return ``text`` with spaces in place of a label that no token could be made of, same length."""
    label = _LABEL.match(text[: MAX_LABEL + 1])
    if label and not variables & {label[0].strip()[:1]}:
        text = " " * label.end() + text[label.end() :]
    return text


def without_builder(text: str, variables: frozenset[str]) -> str:
    """Return the condition in ``{x | x > 2}`` alone, with spaces around it, same length."""
    opened, closed = _BUILDER.match(text[: MAX_LABEL + 1]), text.rstrip()
    if not opened or opened[1] not in variables or not closed.endswith("}"):
        return text
    inside = text[opened.end() : len(closed) - 1]
    return " " * opened.end() + inside + " " * (len(text) - len(closed) + 1)


def after_label(tokens: Sequence[Token], at: int, variables: frozenset[str]) -> int:
    """Return the place behind ``p =``, ``P(A|B) =``, ``det A =``, ``x_1 =``, ``x in`` or ``=``, else ``at``.

    A declared variable or a function begins an expression, never a label.
    """
    first = tokens[at]
    if first.text == "=":
        return at + 1
    named = tokens[at + 1] if first.text == "|" else first
    if named.kind != "name" or function_named(named.text) or is_product(named.text, variables):
        return at
    for ahead in range(at + 1, min(at + MAX_LABEL_TOKENS, len(tokens))):
        token = tokens[ahead]
        if token.kind == "op" and token.text in ("=", "∈", "in"):
            return ahead + 1 if _is_label(tokens[at:ahead]) else at
    return at


def _is_label(tokens: Sequence[Token]) -> bool:
    """Whether ``tokens`` are a name, two names, or one with an index, a power or brackets."""
    if tokens[0].text == "|":
        return len(tokens) == 3 and tokens[1].kind == "name" and tokens[2].text == "|"
    rest = list(tokens[1:])
    if rest and rest[0].kind == "name":
        rest = rest[1:]
    if rest and rest[0].text == "^" and len(rest) > 1:
        rest = [token for token in rest[1:] if token.text not in _IN_A_POWER]
    elif rest and rest[0].kind == "super" and rest[0].text == "-1":
        rest = rest[1:]
    return not rest or (rest[0].text in ("(", "[") and rest[-1].text in (")", "]"))


def comma_ahead(tokens: Sequence[Token], at: int) -> bool:
    """Whether a comma separates the items of the list that begins at ``at``; else spaces may."""
    depth = 0
    for token in tokens[at:]:
        if token.kind != "op":
            continue
        if token.text in "([{":
            depth += 1
        elif token.text in ")]}":
            depth -= 1
            if depth < 0:
                return False
        elif token.text == "," and depth == 0:
            return True
    return False
