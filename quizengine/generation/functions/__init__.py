"""The function library: what an expression of a bank may call. One module a field.

Every public function of these modules is callable from a bank under its own name; the
authoring reference is generated from their docstrings. Each is exact where it can be.

SciPy is imported whole (``import scipy``): it fetches ``scipy.stats`` and its like, half a second
of work, when one of them is first used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from quizengine.generation.functions import (
    arithmetic,
    arrays,
    inference,
    learning,
    linear,
    lists,
    metrics,
    models,
    numeric,
    probability,
    ranking,
    statistics,
)

FIELDS: tuple[ModuleType, ...] = (
    arithmetic,
    lists,
    linear,
    probability,
    statistics,
    inference,
    metrics,
    numeric,
    ranking,
    arrays,
    learning,
    models,
)


def functions_of(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """Return the public functions that ``module`` itself defines, by the name banks call them by."""
    return {
        name.rstrip("_"): function
        for name, function in vars(module).items()
        if callable(function) and not name.startswith("_") and function.__module__ == module.__name__
    }


def _library() -> Mapping[str, Callable[..., Any]]:
    library: dict[str, Callable[..., Any]] = {}
    for module in FIELDS:
        for name, function in functions_of(module).items():
            # The sandbox recognises a function by its name, so the name is the bank's.
            function.__name__ = name
            library[name] = function
    return library


LIBRARY = _library()
