r"""LaTeX rewritten to plain notation, by an allow-list of commands. No TeX engine sees the text."""
# ruff: noqa: RUF001 (the signs that people type, not slips of ours)

from __future__ import annotations

import re
from typing import NoReturn

from quizengine.errors import UnreadableResponseError
from quizengine.grading.characters import GREEK, quoted
from quizengine.grading.complaints import MIXED_NUMBER

MAX_DEPTH = 60

_COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
_LETTER_OF = {name: char for char, name in GREEK.items()} | {
    "varepsilon": "ε",
    "varphi": "φ",
    "vartheta": "θ",
}
_SIGNS = {
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "infty": "∞", "le": "≤", "leq": "≤", "leqslant": "≤",
    "ge": "≥", "geq": "≥", "geqslant": "≥", "ne": "≠", "neq": "≠", "cup": "∪", "cap": "∩", "in": "∈",
    "mid": "|", "vert": "|", "lvert": "|", "rvert": "|", "langle": "<", "rangle": ">", "lbrace": "{",
    "rbrace": "}", "lbrack": "[", "rbrack": "]", "lparen": "(", "rparen": ")", "lt": "<", "gt": ">",
    "pm": "±", "dots": "…", "ldots": "…", "cdots": "…", "emptyset": "∅", "varnothing": "∅",
    "{": "{", "}": "}", "%": "%", "|": "|", "lor": " or ", "vee": " or ", "land": " and ", "wedge": " and ",
    "lnot": " not ", "neg": " not ", "colon": ":",
    "quad": " ", "qquad": " ", ",": " ", ";": " ", ":": " ", "!": "", " ": " ", "\n": " ", "thinspace": " ",
    "left": "", "right": "", "big": "", "bigl": "", "bigr": "", "Big": "", "Bigl": "", "Bigr": "",
    "bigg": "", "Bigg": "",
    "displaystyle": "", "textstyle": "", "limits": "", "boxed": "",
}  # fmt: skip
_FUNCTIONS = frozenset(
    {
        *("sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"),
        *("coth", "exp", "ln", "log", "lg", "det", "max", "min"),
    }
)
_WORD_BOXES = frozenset(
    {"text", "mathrm", "operatorname", "textrm", "mathit", "mathbf", "textbf", "mbox", "mathbb", "textnormal"}
)
_MATRICES = frozenset({"pmatrix", "bmatrix", "vmatrix", "matrix", "smallmatrix", "array"})
_FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "sfrac", "nicefrac"})
_BINOMIALS = frozenset({"binom", "dbinom", "tbinom"})
_BASE = re.compile(r"_(?:\{([0-9]{1,6}|[a-z])\}|([0-9a-z]))")
_WORD = re.compile(r"[A-Za-z ]*")
_ENVIRONMENT = re.compile(r"\{([A-Za-z]+)\*?\}")
_OPTION = re.compile(r"\[[lcr]\]")
_ROW_BREAK = re.compile(r"\\\\(?:\[-?[0-9.]{1,6} ?(?:pt|em|ex|mm|cm)\])?|\\cr(?![A-Za-z])")
_MIXED = re.compile(r"\\[a-z]{4,8} ?(?:\{[0-9]{1,9}\} ?\{[0-9]{1,9}\}|[0-9] ?[0-9])")
_WHOLE_BEFORE = re.compile(r"(?<![\^_.0-9a-zA-Z)])[0-9]{1,15} ?$")
MAX_WHOLE = 20
_COLUMNS = re.compile(r"\{[lcr| ]*\}")
_WRAPPERS = (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"))


def is_latex(text: str) -> bool:
    """Whether ``text`` is LaTeX: a backslash, or dollars around it."""
    return "\\" in text or (len(text) > 1 and text.startswith("$") and text.endswith("$"))


def rewrite(text: str) -> tuple[str, list[int]]:
    r"""Return ``text`` in plain notation, and for each character where it came from.

    >>> rewrite(r"\frac12")[0]
    '((1)/(2))'
    """
    start, end = _inside_wrapper(text)
    rewriter = _Rewriter(text, start, end)
    rewriter.run()
    # One place more: an error at the end of the text points behind its last character.
    return "".join(rewriter.out), [*rewriter.places, len(text)]


def _inside_wrapper(text: str) -> tuple[int, int]:
    start = len(text) - len(text.lstrip())
    end = len(text.rstrip())
    for opening, closing in _WRAPPERS:
        inner = start + len(opening), end - len(closing)
        if text.startswith(opening, start) and text.endswith(closing, start, end) and inner[0] <= inner[1]:
            return inner
    return start, end


class _Rewriter:
    """A place in the LaTeX, and the plain text made so far."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text, self.at, self.end = text, start, end
        self.out: list[str] = []
        self.places: list[int] = []
        self.depth = 0

    def emit(self, plain: str, place: int) -> None:
        self.out.extend(plain)
        self.places.extend([place] * len(plain))

    def refuse(self, message: str, start: int) -> NoReturn:
        raise UnreadableResponseError(message, start, max(self.at, start + 1))

    def run(self) -> None:
        while self.at < self.end:
            self.one()

    def one(self) -> None:
        """Rewrite one character, group or command."""
        place, char = self.at, self.text[self.at]
        if char == "\\":
            self.command()
        elif self.text.startswith("{,}", self.at):
            self.emit(",", place)  # keeps TeX from setting a space: 1{,}000
            self.at += 3
        elif char == "{":
            self.group()
        elif char == "}":
            self.refuse("A brace is closed that was not opened.", place)
        elif char == "$":
            self.refuse("A dollar sign is not part of an answer here.", place)
        else:
            self.at += 1
            self.emit({"&": " , ", "~": " "}.get(char, char), place)

    def group(self) -> None:
        """Rewrite ``{...}`` to ``(...)``."""
        opened = self.at
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.refuse(f"Brackets can be nested {MAX_DEPTH} deep at most.", opened)
        self.at += 1
        self.emit("(", opened)
        while self.text[self.at : self.at + 1] != "}":
            if self.at >= self.end:
                self.refuse("This brace is not closed.", opened)
            self.one()
        self.emit(")", self.at)
        self.at += 1
        self.depth -= 1

    def argument(self, command: str, place: int) -> None:
        """Rewrite what a command takes: a group, a command or one character."""
        while self.at < self.end and self.text[self.at] == " ":
            self.at += 1
        if self.at >= self.end or self.text[self.at] == "}":
            self.refuse(f"Something is missing after \\{command}.", place)
        if self.text[self.at] == "{":
            self.group()
            return
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.refuse(f"Brackets can be nested {MAX_DEPTH} deep at most.", place)
        self.emit("(", self.at)
        self.one()
        self.emit(")", self.at - 1)
        self.depth -= 1

    def command(self) -> None:
        place = self.at
        match = _COMMAND.match(self.text, self.at, self.end)
        if match is None:
            self.refuse("A backslash alone is not part of an answer.", place)
        self.at = match.end()
        name = match[1]
        if name in _FRACTIONS:
            if (mixed := _MIXED.match(self.text, place, self.end)) and self.follows_whole_number():
                self.at = mixed.end()
                self.refuse(MIXED_NUMBER, place)
            self.two_arguments("(", "/", ")", name, place)
        elif name in _BINOMIALS:
            self.two_arguments("binomial(", " , ", ")", name, place)
        elif name == "sqrt":
            self.root(place)
        elif name in _LETTER_OF:
            self.emit(_LETTER_OF[name], place)
        elif name in _FUNCTIONS:
            self.word(self.with_base(name), place)
        elif name in _SIGNS:
            self.sign(name, place)
        elif name in _WORD_BOXES:
            self.word_box(name, place)
        elif name == "begin":
            self.environment(place)
        elif name == "\\":
            self.row_break(place)
        else:
            self.refuse(f"The command {quoted(match[0])} is not known here.", place)

    def follows_whole_number(self) -> bool:
        """Whether a number stands right before, and is no exponent: the 3 of a mixed number."""
        before = "".join(self.out[-MAX_WHOLE:])
        return _WHOLE_BEFORE.search(before) is not None

    def row_break(self, place: int) -> None:
        if self.text[self.at : self.end].strip():
            self.emit(";", place)

    def sign(self, name: str, place: int) -> None:
        self.emit(_SIGNS[name], place)
        if name in ("left", "right") and self.text[self.at : self.at + 1] == ".":
            self.at += 1

    def two_arguments(self, opening: str, between: str, closing: str, name: str, place: int) -> None:
        self.emit(opening, place)
        self.argument(name, place)
        self.emit(between, place)
        self.argument(name, place)
        self.emit(closing, place)

    def root(self, place: int) -> None:
        if self.text[self.at : self.at + 1] != "[":
            self.emit("sqrt", place)
            self.argument("sqrt", place)
            return
        close = self.text.find("]", self.at, self.end)
        degree = self.text[self.at + 1 : close].strip() if close > 0 else ""
        if not (degree.isascii() and degree.isdigit() and len(degree) <= 2):
            self.refuse("Write the degree of the root as a whole number, like \\sqrt[3]{x}.", place)
        self.at = close + 1
        self.emit("root(", place)
        self.argument("sqrt", place)
        self.emit(f" , {degree})", place)

    def with_base(self, name: str) -> str:
        """Read the base of a logarithm with it: log_{10}."""
        match = _BASE.match(self.text, self.at, self.end) if name == "log" else None
        if match is None:
            return name
        self.at = match.end()
        return f"log_{match[1] or match[2]}"

    def word(self, name: str, place: int) -> None:
        glued = bool(self.out) and self.out[-1].isalnum()
        self.emit(f"{' ' if glued else ''}{name} ", place)

    def word_box(self, name: str, place: int) -> None:
        match = _WORD.match(self.text, self.at + 1, self.end)
        if (
            self.text[self.at : self.at + 1] != "{"
            or not match
            or self.text[match.end() : match.end() + 1] != "}"
        ):
            self.refuse(f"\\{name} can hold plain words only.", place)
        self.at = match.end() + 1
        plain = match[0].strip()
        if len(plain) > 1:
            self.word(plain, place)
        else:
            self.emit(plain, place)

    def environment(self, place: int) -> None:
        match = _ENVIRONMENT.match(self.text, self.at, self.end)
        if match is None or match[1] not in _MATRICES:
            self.refuse("Only matrix environments such as pmatrix are known here.", place)
        self.at = match.end()
        if self.text.startswith("[", self.at) and (option := _OPTION.match(self.text, self.at, self.end)):
            self.at = option.end()
        if match[1] == "array" and (columns := _COLUMNS.match(self.text, self.at, self.end)):
            self.at = columns.end()
        closing = f"\\end{match[0]}"
        # Rows in brackets, so that a matrix of one row stays one.
        self.emit("[[", place)
        while not self.text.startswith(closing, self.at):
            if self.at >= self.end:
                self.refuse(f"The end of {match[1]} is missing.", place)
            self.matrix_piece(closing)
        self.emit("]]", self.at)
        self.at += len(closing)

    def matrix_piece(self, closing: str) -> None:
        row_break = _ROW_BREAK.match(self.text, self.at, self.end)
        if row_break is None:
            self.depth += 1
            if self.depth > MAX_DEPTH:
                self.refuse(f"Brackets can be nested {MAX_DEPTH} deep at most.", self.at)
            self.one()
            self.depth -= 1
            return
        place = self.at
        self.at = row_break.end()
        # The last row of a LaTeX matrix may end with a row break too.
        if not self.text[self.at : self.end].lstrip().startswith(closing):
            self.emit("] , [", place)
