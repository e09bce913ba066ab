"""Suites of tests: which planted faults a set of inputs finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from quizengine.generation.registry import generator

_Rule = Callable[[int], str]


@generator
def boundary_mutants(rng: np.random.Generator) -> Mapping[str, Any]:
    """A rule with two limits and three outcomes, four inputs that miss one outcome, and six mutants of it.

    ``surviving`` runs every mutant on the inputs; ``unasked`` knows the input that tells each.
    ``on_lines_not_run`` takes a line that was run for tested, ``no_input_near`` an input beside a limit for
    one at it.
    """
    while True:
        a = int(rng.integers(12, 41))
        b = a + int(rng.integers(15, 41))
        inputs = _inputs(rng, a, b)
        mutants = _mutants(a, b)
        told = {name: places for name, (_, places) in mutants.items()}
        near = {name: {x + step for x in places for step in (-1, 0, 1)} for name, places in told.items()}
        near |= {name: told[name] for name in list(told)[4:]}
        ways = {
            "surviving": [name for name, (rule, _) in mutants.items() if _same(rule, _rule(a, b), inputs)],
            "killed": [name for name, (rule, _) in mutants.items() if not _same(rule, _rule(a, b), inputs)],
            "on_lines_not_run": [name for name in list(told)[4:] if not told[name] & set(inputs)],
            "no_input_near": [name for name in near if not near[name] & set(inputs)],
        }
        if all(ways.values()) and len({tuple(way) for way in ways.values()}) == len(ways):
            return ways | {
                "a": a,
                "b": b,
                "inputs": inputs,
                "options": list(mutants),
                "unasked": [name for name in told if told[name].isdisjoint(inputs)],
                "asked": [_asked(places, a, b) for places in told.values()],
            }


def _inputs(rng: np.random.Generator, a: int, b: int) -> list[int]:
    """Four inputs, some at or beside a limit: none of them in the middle, or none above."""
    far = int(rng.integers(1, a - 3))
    if rng.integers(2):
        inside = int(rng.integers(a + 3, b - 3))
        return [
            far,
            a - int(rng.integers(1, 3)),
            int(rng.choice([a, a + 1, inside])),
            b - int(rng.integers(1, 3)),
        ]
    return [far, a - int(rng.integers(1, 3)), b + int(rng.integers(0, 2)), b + int(rng.integers(5, 30))]


def _rule(a: int, b: int, low: str = "low", middle: str = "middle", high: str = "high") -> _Rule:
    return lambda x: low if x < a else middle if x < b else high


def _mutants(a: int, b: int) -> dict[str, tuple[_Rule, set[int]]]:
    """Each mutant with the inputs, up to 200, that tell it; the last two change what is returned."""
    return {
        f"`x < {a}` becomes `x <= {a}`": (_rule(a + 1, b), {a}),
        f"`x < {a}` becomes `x < {a - 1}`": (_rule(a - 1, b), {a - 1}),
        f"`x < {b}` becomes `x <= {b}`": (_rule(a, b + 1), {b}),
        f"`x < {b}` becomes `x < {b - 1}`": (_rule(a, b - 1), {b - 1}),
        '`return "middle"` becomes `return "low"`': (_rule(a, b, middle="low"), set(range(a, b))),
        '`return "high"` becomes `return "middle"`': (_rule(a, b, high="middle"), set(range(b, 200))),
    }


def _same(one: _Rule, other: _Rule, inputs: Sequence[int]) -> bool:
    return all(one(x) == other(x) for x in inputs)


def _asked(places: set[int], a: int, b: int) -> str:
    if len(places) == 1:
        return str(min(places))
    return f"{a} to {b - 1}" if max(places) < b else f"{b} or more"
