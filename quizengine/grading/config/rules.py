"""The language of rules on files: text -> a small tree of tests. Plain data, nothing of it is run.

    every spec.containers.resources.limits.memory exists
    quantity(spec.containers[name == 'api'].resources.limits.memory) == '512Mi'
    stages[-1].steps[do == 'USER'][-1].words[0] != 'root'
    steps[do == 'RUN' and text contains 'pip install'] before steps[do == 'COPY' and not text contains 'lock']

docs/authoring.md explains it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple, NoReturn, TypeAlias

from quizengine.errors import ExpressionError, nearest_hint
from quizengine.grading.config.measures import MEASURES

MAX_CHARACTERS = 2_000
MAX_LEVELS = 12

Quantifier = Literal["every", "some", "no"]

# The tree


class Key(NamedTuple):
    """``.name``: what stands under a key."""

    name: str


class Each(NamedTuple):
    """``.*``: what stands under every key."""


class At(NamedTuple):
    """``[0]``, ``[-1]``: an item of a list, counted from its start or its end."""

    position: int


class Where(NamedTuple):
    """``[rule]``: the items of a list that keep a rule, whose paths begin at the item."""

    rule: Condition


Step: TypeAlias = Key | Each | At | Where


class PathTo(NamedTuple):
    """A walk from the root of the file, or from the item of a filter; no step is that itself."""

    steps: tuple[Step, ...]


class Literals(NamedTuple):
    """Texts written in the rule."""

    texts: tuple[str, ...]


class Call(NamedTuple):
    """A function of a path, with texts as further arguments."""

    name: str
    of: Operand
    texts: tuple[str, ...]


class Product(NamedTuple):
    """Two measures multiplied."""

    left: Operand
    right: Operand


Operand: TypeAlias = PathTo | Literals | Call | Product


class Comparison(NamedTuple):
    """A comparison of what ``left`` finds; ``quantifier`` says for how many of them it must hold."""

    quantifier: Quantifier
    left: Operand
    sign: str
    right: Operand


@dataclass(frozen=True, slots=True)
class All:
    """Holds if every part does."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds if one of the parts does."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Holds if the part does not."""

    part: Condition


Condition: TypeAlias = Comparison | All | AnyOf | Not

#: Functions that give texts, with how many further texts each takes.
TEXT_FUNCTIONS: Mapping[str, int] = {
    "after": 1,
    "between": 2,
    "option": 1,
    "squeezed": 0,
    "unquoted": 0,
    "lower": 0,
    "keys": 0,
}
FUNCTIONS = frozenset({*MEASURES, *TEXT_FUNCTIONS, "count"})
_NUMERIC = frozenset({*MEASURES, "count"})

_ORDER = ("==", "!=", ">=", "<=", ">", "<")
_WORDS = ("in", "contains", "like", "within", "before")
_QUANTIFIERS: Mapping[str, Quantifier] = {"every": "every", "some": "some", "no": "no"}
RESERVED = frozenset({*_WORDS, *_QUANTIFIERS, "and", "or", "not", "exists"})

# Reading

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<text>'[^']*'|\"[^\"]*\")|(?P<number>-?[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<word>[A-Za-z_$][A-Za-z0-9_-]*)|(?P<sign>==|!=|>=|<=|[><.,()*\[\]])"
)


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


@lru_cache(maxsize=4_096)
def parse_rule(source: str) -> Condition:
    """Read a rule.

    >>> parse_rule("spec.replicas == '2'").sign
    '=='

    Raises
    ------
    ExpressionError
        If it is no rule; the message says where.
    """
    if len(source) > MAX_CHARACTERS:
        raise ExpressionError(f"a rule has at most {MAX_CHARACTERS:,} characters")
    return _Parser(source).whole()


class _Parser:
    """A place among the tokens of a rule."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = self._tokens()
        self.at = self.levels = 0

    def _tokens(self) -> list[_Token]:
        found, at = [], 0
        while at < len(self.source):
            match = _TOKEN.match(self.source, at)
            if match is None:
                rest = self.source[at:][:20]
                raise ExpressionError(f"the rule {self.source!r}: nothing can be read from {rest!r} on")
            if match.lastgroup != "space":
                found.append(_Token(str(match.lastgroup), match[0], at))
            at = match.end()
        return [*found, _Token("end", "", len(self.source))]

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def refuse(self, wanted: str) -> NoReturn:
        found = repr(self.source[self.token.start :][:20]) if self.token.text else "the end"
        raise ExpressionError(f"the rule {self.source!r}: expected {wanted}, found {found}")

    def took(self, *texts: str) -> str:
        """Go past the next token if it is one of these words or signs; return it, or nothing."""
        if self.token.kind in ("word", "sign") and self.token.text in texts:
            self.at += 1
            return self.tokens[self.at - 1].text
        return ""

    def want(self, text: str) -> None:
        if not self.took(text):
            self.refuse(repr(text))

    def whole(self) -> Condition:
        condition = self.any_of()
        if self.token.kind != "end":
            self.refuse("'and', 'or' or the end")
        return condition

    def any_of(self) -> Condition:
        self.levels += 1
        if self.levels > MAX_LEVELS:
            raise ExpressionError(f"the rule {self.source!r} is nested more than {MAX_LEVELS} deep")
        parts = [self.all_of()]
        while self.took("or"):
            parts.append(self.all_of())
        self.levels -= 1
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def all_of(self) -> Condition:
        parts = [self.unit()]
        while self.took("and"):
            parts.append(self.unit())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def unit(self) -> Condition:
        if self.took("not"):
            return Not(self.unit_below())
        if self.took("("):
            inner = self.any_of()
            self.want(")")
            return inner
        return self.test()

    def unit_below(self) -> Condition:
        self.levels += 1
        if self.levels > MAX_LEVELS:
            raise ExpressionError(f"the rule {self.source!r} is nested more than {MAX_LEVELS} deep")
        inner = self.unit()
        self.levels -= 1
        return inner

    def test(self) -> Condition:
        quantifier = _QUANTIFIERS.get(self.took(*_QUANTIFIERS), "every")
        left = self.operand()
        if self.took("exists"):
            return Comparison(quantifier, left, "exists", Literals(()))
        sign = self.took(*_ORDER, *_WORDS)
        if not sign:
            self.refuse("a comparison such as ==, in, contains, like or exists")
        right = self.operands() if sign == "in" else self.operand()
        self.check(left, sign, right)
        return Comparison(quantifier, left, sign, right)

    def check(self, left: Operand, sign: str, right: Operand) -> None:
        """Refuse comparisons that could never hold."""
        measure = measure_of(left)
        if sign in (">", "<", ">=", "<=") and not measure:
            self.refuse("a measure on the left, as in number(spec.replicas) >= 2")
        if measure and isinstance(right, Literals):
            for text in right.texts:
                if MEASURES.get(measure, MEASURES["number"])(text) is None:
                    self.refuse(f"a {measure} instead of {text!r}")
        if sign in ("before", "within") and not (isinstance(left, PathTo) and isinstance(right, PathTo)):
            self.refuse(f"a path on each side of {sign!r}")

    def operands(self) -> Operand:
        if not self.took("("):
            return self.operand()
        texts = [self.literal()]
        while self.took(","):
            texts.append(self.literal())
        self.want(")")
        return Literals(tuple(texts))

    def literal(self) -> str:
        if self.token.kind not in ("text", "number"):
            self.refuse("a text in quotes or a number")
        self.at += 1
        return self.tokens[self.at - 1].text.strip("'\"")

    def operand(self) -> Operand:
        left = self.factor()
        while self.took("*"):
            right = self.factor()
            if not (measure_of(left) and measure_of(right)):
                self.refuse("measures on both sides of '*'")
            left = Product(left, right)
        return left

    def factor(self) -> Operand:
        if self.token.kind in ("text", "number"):
            return Literals((self.literal(),))
        following = self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        if self.token.kind == "word" and following.text == "(" and self.token.text not in RESERVED:
            return self.call()
        return self.path()

    def call(self) -> Operand:
        name = self.token.text
        if name not in FUNCTIONS:
            hint = nearest_hint(name, FUNCTIONS)
            raise ExpressionError(f"the rule {self.source!r}: there is no function named {name!r}.{hint}")
        self.at += 2
        of = self.factor()
        if isinstance(of, Literals) or measure_of(of):
            self.refuse(f"a path in {name}(...)")
        texts = []
        while self.took(","):
            texts.append(self.literal())
        self.want(")")
        if len(texts) != TEXT_FUNCTIONS.get(name, 0) or not all(texts):
            self.refuse(f"{TEXT_FUNCTIONS.get(name, 0)} texts behind the path in {name}(...)")
        return Call(name, of, tuple(texts))

    def path(self) -> PathTo:
        steps: list[Step] = []
        if self.token.kind == "word" and self.token.text not in RESERVED:
            steps.append(self.key())
        elif self.token.text not in (".", "["):
            self.refuse("a path, a text in quotes or a function")
        elif self.took("."):
            if self.token.kind not in ("word", "text") or self.token.text in RESERVED:
                return PathTo(())
            steps.append(self.key())
        while sign := self.took(".", "["):
            steps.append(self.key() if sign == "." else self.bracket())
        return PathTo(tuple(steps))

    def key(self) -> Key | Each:
        if self.took("*"):
            return Each()
        if self.token.kind not in ("word", "text"):
            self.refuse("a key")
        self.at += 1
        return Key(self.tokens[self.at - 1].text.strip("'\""))

    def bracket(self) -> At | Where:
        if self.token.kind == "number":
            if "." in self.token.text:
                self.refuse("a whole number")
            step: At | Where = At(int(self.literal()))
        else:
            step = Where(self.any_of())
        self.want("]")
        return step


def measure_of(operand: Operand) -> str:
    """Return what an operand is measured in, empty where it gives texts."""
    match operand:
        case Call(name=name) if name in _NUMERIC:
            return name
        case Product(left=left):
            return measure_of(left)
        case _:
            return ""
