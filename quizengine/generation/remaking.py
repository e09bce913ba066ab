"""A variant again from its parameters, to be compared with the one that was shown."""

from __future__ import annotations

from collections.abc import Mapping

from quizengine.generation.order import AsShown
from quizengine.generation.program import Program
from quizengine.generation.values import show
from quizengine.generation.variants import variant_of
from quizengine.model.question import DomainValue, Question
from quizengine.model.variant import Variant


def remade(program: Program, shown: Variant) -> Variant | None:
    """Return what a question makes of the parameters of a variant; its figure has its words alone.

    None if the question has no such parameters, or rejects them.

    Raises
    ------
    ExpressionError
        If an expression of the question cannot be evaluated.
    """
    params = parameters_of(program.question, shown.values)
    if params is None:
        return None
    found = variant_of(program, params, AsShown(shown), pictured=False)
    return found[0] if found else None


def parameters_of(question: Question, values: Mapping[str, str]) -> dict[str, DomainValue] | None:
    """Return the parameters whose texts a variant holds; None if one is missing or not in its domain."""
    found: dict[str, DomainValue] = {}
    for name, domain in question.params.items():
        fit = [value for value in domain.values if show(value) == values.get(name)]
        if not fit:
            return None
        found[name] = fit[0]
    return found
