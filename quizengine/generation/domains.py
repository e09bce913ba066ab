"""Drawing the parameters of a question from their finite domains."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from quizengine.model.question import DomainValue, Question


def draw(rng: np.random.Generator, question: Question) -> dict[str, DomainValue]:
    """Draw one value for each parameter, in the order of the file."""
    return {
        name: domain.values[int(rng.integers(len(domain.values)))] for name, domain in question.params.items()
    }


def nth(question: Question, index: int) -> dict[str, DomainValue]:
    """Return the ``index``-th draw of the space, for ``check --all``: the last parameter turns fastest."""
    found: dict[str, DomainValue] = {}
    for name, domain in reversed(list(question.params.items())):
        index, place = divmod(index, len(domain.values))
        found[name] = domain.values[place]
    return {name: found[name] for name in question.params}


def data_seed(question: Question, params: Mapping[str, DomainValue]) -> int | None:
    """Return the drawn seed of the question's data, if it has one."""
    for name, domain in question.params.items():
        if domain.kind == "data_seed":
            return int(params[name])
    return None
