"""Where generators and figures register, and how they are found."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, TypeVar

import numpy as np

from quizengine.errors import GenerationError, UnknownNameError

Function = TypeVar("Function", bound=Callable[..., Any])

MAX_CALLS = 20_000


class BoundedRandomness:
    """A random generator that can be asked so often and no more.

    Generators draw until their values fit; handing them this bounds every such loop in one place.
    """

    def __init__(self, rng: np.random.Generator, generator: str) -> None:
        self._rng, self._generator, self._left = rng, generator, MAX_CALLS

    def __getattr__(self, name: str) -> Any:
        """Pass the call on, and count it.

        Raises
        ------
        GenerationError
            After 20,000 calls: no values fit.
        """
        self._left -= 1
        if self._left < 0:
            raise GenerationError(f"{self._generator}: no values fit after {MAX_CALLS:,} draws")
        return getattr(self._rng, name)


_generators: dict[str, Callable[..., Mapping[str, Any]]] = {}
_figures: dict[str, Callable[..., str]] = {}


def generator(function: Function) -> Function:
    """Register ``(rng, **params) -> dict`` of plain values under its own name.

    A generator makes values; it never renders, stores or grades. Its keyword
    parameters are filled from the question's parameters of the same names.
    """
    _generators[function.__name__] = function
    return function


def figure(function: Function) -> Function:
    """Register ``(**args) -> SVG text`` under its own name. Equal arguments give equal text."""
    _figures[function.__name__] = function
    return function


@cache
def _load() -> None:
    for name in ("quizengine.generation.generators", "quizengine.generation.figures"):
        package = import_module(name)
        for module in pkgutil.iter_modules(package.__path__):
            import_module(f"{name}.{module.name}")
    for entry in entry_points(group="quizengine.generators"):
        entry.load()


def find_generator(name: str) -> Callable[..., Mapping[str, Any]]:
    """Return the generator of that name.

    Raises
    ------
    UnknownNameError
        If there is none; the message offers the nearest.
    """
    _load()
    if name not in _generators:
        raise UnknownNameError("generator", name, _generators)
    return _generators[name]


def find_figure(name: str) -> Callable[..., str]:
    """Return the figure function of that name, as ``find_generator`` does."""
    _load()
    if name not in _figures:
        raise UnknownNameError("figure", name, _figures)
    return _figures[name]


def generators() -> Mapping[str, Callable[..., Mapping[str, Any]]]:
    """Return all generators by name, for the authoring reference."""
    _load()
    return dict(sorted(_generators.items()))


def figures() -> Mapping[str, Callable[..., str]]:
    """Return all figure functions by name, for the authoring reference."""
    _load()
    return dict(sorted(_figures.items()))


@cache
def parameters(function: Callable[..., Any]) -> frozenset[str]:
    """Return the keyword parameters that a generator takes beside ``rng``."""
    return frozenset(inspect.signature(function).parameters) - {"rng"}
