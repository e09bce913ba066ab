"""From characters to tokens: numbers in either decimal setting, names, operators."""
# ruff: noqa: RUF001 (the signs that people type, not slips of ours)

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple, NoReturn

from quizengine.errors import UnreadableResponseError
from quizengine.grading.characters import GREEK, SUBSCRIPTS, SUPERSCRIPTS, VULGAR_FRACTIONS, quoted
from quizengine.grading.names import ARRAY_PREFIXES, ROOTS, WORDS, function_named
from quizengine.model.grade import Decimal

MAX_TOKENS = 600
MAX_DIGITS = 400
MAX_EXPONENT = 400

#: What the text is read as: one value, values separated by commas, rows of them, or a set of real numbers.
Layout = Literal["scalar", "list", "matrix", "interval"]
Kind = Literal["number", "vulgar", "name", "super", "op", "end"]


class Token(NamedTuple):
    """A piece of the text; ``spaced`` says that white space stands before it."""

    kind: Kind
    text: str
    start: int
    end: int
    spaced: bool


_SPACE = re.compile(r" +")
_INDEX = r"(?:_[A-Za-z0-9]+|_\{[A-Za-z0-9]+\}|[₀-₉]+)?"
_NAME = re.compile(rf"[A-Za-z][A-Za-z0-9]*{_INDEX}|[Α-Ωα-ωϕϵ]{_INDEX}")
_LETTERS = re.compile(r"[A-Za-z]+")
_SUPER = re.compile(r"[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_OPERATOR = re.compile(r"\*\*|<=|>=|!=|=>|=<|[-+*/^!%(),;=<>\[\]{}|√∛≤≥≠∪∩∈∞∅±∨∧\n]")
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]+)")
_PREFIX = re.compile("|".join(map(re.escape, ARRAY_PREFIXES)))
# A group is three digits, and no number with groups begins with 0: "0,333" is no group.
_APOSTROPHES = r"(?:'[0-9]{3})+"
_GROUPED = {
    "point": re.compile(
        rf"[1-9][0-9]{{0,2}}(?:(?:,[0-9]{{3}})+|(?: [0-9]{{3}})+|{_APOSTROPHES})(?![, ']?[0-9])(?:\.[0-9]*)?"
    ),
    "comma": re.compile(
        rf"[1-9][0-9]{{0,2}}(?:(?:\.[0-9]{{3}})+|(?: [0-9]{{3}})+|{_APOSTROPHES})(?![. ']?[0-9])(?:,[0-9]+)?"
    ),
}
_GROUPED_IN_LIST = {
    "point": re.compile(rf"[1-9][0-9]{{0,2}}{_APOSTROPHES}(?![']?[0-9])(?:\.[0-9]*)?"),
    "comma": re.compile(rf"[1-9][0-9]{{0,2}}(?:(?:\.[0-9]{{3}})+|{_APOSTROPHES})(?![.']?[0-9])(?:,[0-9]+)?"),
}
_TIMES_TEN = re.compile(r"[xX] ?(?=10 ?(?:\^|\*\*|[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]))")
_DECIMAL = {
    "point": re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+"),
    "comma": re.compile(r"[0-9]+(?:,[0-9]+|\.[0-9]+)?|,[0-9]+"),
}
_SAME_OPERATOR = {"**": "^", "=>": ">=", "=<": "<=", "≤": "<=", "≥": ">=", "≠": "!=", "∨": "or", "∧": "and"}


def tokenise(
    text: str, *, layout: Layout, decimal: Decimal = "point", variables: frozenset[str] = frozenset()
) -> list[Token]:
    """Cut ``text`` into at most 600 tokens and an ``end``."""
    scanner = _Scanner(text, layout, decimal, variables)
    while scanner.at < len(text):
        scanner.step()
    return _without_idle_line_ends([*scanner.tokens, Token("end", "", len(text), len(text), spaced=False)])


class _Scanner:
    """A place in the text, and the tokens before it."""

    def __init__(self, text: str, layout: Layout, decimal: Decimal, variables: frozenset[str]) -> None:
        self.text, self.layout, self.decimal, self.variables = text, layout, decimal, variables
        self.tokens: list[Token] = []
        self.calls: list[bool] = []
        self.at, self.spaced = 0, False

    def add(self, kind: Kind, text: str, end: int) -> None:
        if len(self.tokens) >= MAX_TOKENS:
            raise UnreadableResponseError("This is too long to read: too many numbers and signs.")
        self.tokens.append(Token(kind, text, self.at, end, self.spaced))
        self.at, self.spaced = end, False

    def step(self) -> None:
        char = self.text[self.at]
        if char == " " or (char == "\n" and self.layout != "matrix"):
            self.at, self.spaced = self.at + 1, True
        elif "0" <= char <= "9" or (char in ".," and self.begins_with_mark()):
            self.number()
        elif match := _OPERATOR.match(self.text, self.at):
            self.operator(match[0], match.end())
        elif match := _NAME.match(self.text, self.at):
            self.name(match[0], match.end())
        elif char in VULGAR_FRACTIONS:
            self.add("vulgar", VULGAR_FRACTIONS[char], self.at + 1)
        elif match := _SUPER.match(self.text, self.at):
            self.add("super", "".join(SUPERSCRIPTS[c] for c in match[0]), match.end())
        else:
            self.refuse(char)

    def begins_with_mark(self) -> bool:
        """Whether a number like ``.5`` begins here; after an operand a comma separates."""
        mark = "." if self.decimal == "point" else ","
        digit = self.text[self.at + 1 : self.at + 2]
        operand = self.tokens and (self.tokens[-1].kind != "op" or self.tokens[-1].text in ")]}>|!%")
        if self.spaced and mark == "." and self.layout in ("list", "matrix"):
            operand = False  # [1 .5]
        return self.text[self.at] == mark and "0" <= digit <= "9" and not operand

    def number(self) -> None:
        match = self.grouped() or _DECIMAL[self.decimal].match(self.text, self.at)
        if match is None:
            self.refuse(self.text[self.at])
        written = match[0].replace(" ", "").replace("'", "")
        end = match.end()
        if self.decimal == "comma" and ("," in written or match.re is not _DECIMAL["comma"]):
            written = written.replace(".", "").replace(",", ".")
        written = written.replace(",", "")
        exponent = _EXPONENT.match(self.text, end)
        if exponent:
            end = exponent.end()
        self.check_after_number(end, has_exponent=exponent is not None)
        self.add("number", self.canonical(written, exponent[1] if exponent else ""), end)

    def grouped(self) -> re.Match[str] | None:
        """Return a number with groups; where commas or spaces separate, they group nothing."""
        if self.layout == "scalar" and not any(self.calls):
            return _GROUPED[self.decimal].match(self.text, self.at)
        return _GROUPED_IN_LIST[self.decimal].match(self.text, self.at)

    def canonical(self, written: str, exponent: str) -> str:
        if len(written) > MAX_DIGITS:
            raise UnreadableResponseError(
                f"A number can have at most {MAX_DIGITS} digits.", self.at, self.at + len(written)
            )
        if len(exponent) > 4 or abs(int(exponent or 0)) > MAX_EXPONENT:
            raise UnreadableResponseError(
                f"The exponent must lie between -{MAX_EXPONENT} and {MAX_EXPONENT}.", self.at, self.at + 1
            )
        whole, _, decimals = written.partition(".")
        plain = f"{whole or '0'}.{decimals}" if decimals else whole or "0"
        return f"{plain}e{int(exponent)}" if exponent else plain

    def check_after_number(self, end: int, *, has_exponent: bool) -> None:
        """Refuse what cannot follow a number, with the reason that fits."""
        text, after = self.text, self.text[end : end + 1]
        following = text[end + 1 : end + 2]
        if after == "…" or text.startswith("..", end) or (text[end - 1] == "." and after in ("(", ".")):
            raise UnreadableResponseError(
                "Write a repeating decimal as a fraction, like 1/3.", self.at, min(end + 3, len(text))
            )
        if after == "." and following.isdigit():
            raise UnreadableResponseError(
                f"There are two decimal marks in one number; this is set to the decimal {self.decimal}.",
                self.at,
                end + 2,
            )
        if after in (".", ",") and following.isdigit() and self.comma_is_misplaced(end):
            raise UnreadableResponseError(self.comma_advice(end), self.at, end + 1)
        if after in ("e", "E") and not has_exponent and self.exponent_is_missing(end):
            raise UnreadableResponseError(
                "An exponent is missing after e: write 1e3, or 2*e for Euler's number.", self.at, end + 1
            )

    def exponent_is_missing(self, end: int) -> bool:
        rest = self.text[end + 1 : end + 3].lstrip(" ")
        return not (rest[:1].isalpha() or rest[:1] in ("^",) or rest == "**")

    def comma_is_misplaced(self, end: int) -> bool:
        if self.text[end] != ",":
            return False
        return (self.layout == "scalar" and not any(self.calls)) or self.decimal == "comma"

    def comma_advice(self, end: int) -> str:
        if self.decimal == "comma":
            return "There are two decimal commas in one number; separate numbers by a semicolon."
        tail = re.compile(r"[0-9]*").match(self.text, end + 1)
        typed = f"{self.text[self.at : end].replace('.', '')}.{tail[0] if tail else ''}"
        return f"Did you mean {typed[:60]}? Use a point, or switch to the decimal comma."

    def name(self, word: str, end: int) -> None:
        # "array(" at the very start is how NumPy and SymPy print; it is dropped, never called.
        prefix = _PREFIX.match(self.text, self.at) if word not in self.variables else None
        if (
            prefix
            and self.layout != "scalar"
            and self.text[prefix.end() :].lstrip(" ").startswith("(")
            and (not self.tokens or self.tokens[-1].text == "=")
        ):
            self.at = prefix.end()
            return
        if (times := _TIMES_TEN.match(self.text, self.at)) and self.follows_number(word):
            self.add("op", "*", times.end())
            return
        letters = _LETTERS.match(word)
        if letters and len(letters[0]) < len(word) and function_named(letters[0]) in ROOTS:
            self.add("name", letters[0], self.at + len(letters[0]))
        elif word in WORDS and word not in self.variables:
            self.add("op", WORDS[word], end)
        elif self.is_union(word) and not self.text[end:].lstrip(" ").startswith("="):
            self.add("op", "∪", end)
        else:
            self.add("name", self.variable(_plain_name(word)), end)

    def follows_number(self, word: str) -> bool:
        """Whether the x of ``1.5 x 10^3`` stands here, and no variable."""
        return word[0] not in self.variables and bool(self.tokens) and self.tokens[-1].kind == "number"

    def variable(self, word: str) -> str:
        """Return x_1 for x1, or x1 for x_1, where that is the variable that is declared."""
        if word not in self.variables and word.replace("_", "") in self.variables:
            return word.replace("_", "")
        stem = word.rstrip("0123456789")
        indexed = f"{stem}_{word[len(stem) :]}"
        return indexed if word not in self.variables and indexed in self.variables else word

    def is_union(self, word: str) -> bool:
        return (word == "U" or (word == "u" and self.layout == "interval")) and word not in self.variables

    def operator(self, sign: str, end: int) -> None:
        if sign in ("(", "[", "{"):
            last = self.tokens[-1] if self.tokens else None
            # Inside the brackets of a function a comma separates the arguments.
            self.calls.append(sign == "(" and last is not None and last.kind == "name")
        elif sign in (")", "]", "}") and self.calls:
            self.calls.pop()
        elif sign == "=" and self.text.startswith("==", self.at):
            raise UnreadableResponseError("== is not part of an answer here.", self.at, self.at + 2)
        elif sign == "±":
            raise UnreadableResponseError("Write both values, separated by a comma.", self.at, self.at + 1)
        self.add("op", _SAME_OPERATOR.get(sign, sign), end)

    def refuse(self, char: str) -> NoReturn:
        if char == "." and self.text[self.at :].startswith(".."):
            raise UnreadableResponseError("Write out what the dots stand for.", self.at, self.at + 3)
        raise UnreadableResponseError(
            f"Character {self.at + 1}, {quoted(char)}, is not part of an answer here.", self.at, self.at + 1
        )


def _plain_name(word: str) -> str:
    word = word.replace("{", "").replace("}", "")
    head, tail = GREEK.get(word[0], word[0]), word[1:]
    if tail and tail[0] in SUBSCRIPTS:
        return f"{head}_{''.join(SUBSCRIPTS[c] for c in tail)}"
    if tail and tail[-1] in SUBSCRIPTS:
        stem = tail.rstrip("".join(SUBSCRIPTS))
        return f"{head}{stem}_{''.join(SUBSCRIPTS[c] for c in tail[len(stem) :])}"
    return head + tail


_OPENING = frozenset({"[", "(", "{", "<", ",", ";", "\n", "="})
_CLOSING = frozenset({"]", ")", "}", ">", ",", ";", "\n", ""})


def _without_idle_line_ends(tokens: Sequence[Token]) -> list[Token]:
    """Drop the line ends beside brackets and separators: they only lay the text out."""
    kept: list[Token] = []
    for token, following in zip(tokens, [*tokens[1:], tokens[-1]], strict=True):
        idle = token.text == "\n" and (
            not kept or kept[-1].text in _OPENING or (following.text in _CLOSING and following.kind != "name")
        )
        if not idle:
            kept.append(token)
    return kept
