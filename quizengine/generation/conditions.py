"""``when = "ans > 1"``: misconceptions that are a range of answers rather than one value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quizengine.errors import ExpressionError
from quizengine.generation.sandbox import Expression
from quizengine.generation.values import exact
from quizengine.model.variant import Condition

_AND = re.compile(r"\band\b")
_COMPARISON = re.compile(r"\s*ans\s*(==|!=|<=|>=|<|>)\s*([^<>=!]+)")


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """One comparison of the typed number with an expression."""

    sign: str
    value: Expression

    def at(self, names: Mapping[str, Any]) -> Condition:
        """Return the comparison with its value computed."""
        return Condition(self.sign, exact(self.value.evaluate(names)))


def compile_conditions(source: str) -> tuple[CompiledCondition, ...]:
    """Read comparisons of ``ans``, joined by ``and``.

    >>> [c.at({"n": 50}) for c in compile_conditions("ans > 1 and ans <= 2 * n")]
    [Condition(sign='>', value=Fraction(1, 1)), Condition(sign='<=', value=Fraction(100, 1))]

    Raises
    ------
    ExpressionError
        If the text is anything else.
    """
    return tuple(_compile(text) for text in _AND.split(source)) if source else ()


def _compile(text: str) -> CompiledCondition:
    match = _COMPARISON.fullmatch(text)
    if match is None:
        raise ExpressionError(f"{text.strip()!r}: write comparisons such as ans > 1, joined by and")
    return CompiledCondition(match[1], Expression(match[2].strip()))
