"""Which copy of a set has which values: said before any is made, so that copies can be made in any order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import gcd
from typing import Any
from zlib import crc32

import numpy as np

from quizengine.bank import BankQuestion
from quizengine.errors import GenerationError
from quizengine.generation.domains import nth
from quizengine.generation.variants import identity_of, variant_of
from quizengine.model.question import Question
from quizengine.model.variant import Variant

#: Draws tried for one copy's values: a bank in order accepts at least one in twenty.
TRIES_A_COPY = 400

#: Something that works like ``map``: the caller decides about processes.
Run = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """One draw of a question: its place in the order that a seed gives, and what tells it from others."""

    place: int
    identity: str


@dataclass(frozen=True, slots=True)
class CopyValues:
    """The draws of each question, in the order of the copies that ask it; the last ones may be repeats."""

    seed: int
    draws: Mapping[str, tuple[Drawn, ...]]
    places: Mapping[tuple[str, int], int]

    def of(self, entry: BankQuestion, copy: int) -> Drawn:
        """Return the draw of a question on a copy (from 1)."""
        return self.draws[entry.question.id][self.places[entry.question.id, copy]]

    def variant(self, entry: BankQuestion, copy: int) -> Variant:
        """Return the variant of a question on a copy (from 1)."""
        return variant_at(entry, self.seed, self.of(entry, copy).place)

    @property
    def notes(self) -> Iterator[str]:
        """Say of each question with fewer different values than copies how often they repeat."""
        for name, draws in self.draws.items():
            different = len({draw.identity for draw in draws})
            if different < len(draws):
                yield (
                    f"{name} has {_counted(different, 'variant')} on {len(draws)} copies: "
                    f"{_counted(len(draws) - different, 'copy', 'copies')} with values that another has."
                )


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def allot(asked: Mapping[int, Sequence[BankQuestion]], seed: int, run: Run = map) -> CopyValues:
    """Return which values each copy has; ``asked`` holds the questions of each copy, numbered from 1.

    The draws of a question are gone through in an order that the seed gives, rejected ones and those whose
    values came before are left out, and the copies get what remains in turn. So no two copies have the same
    values while the question has others, whatever is printed first, again, or by how many processes.
    ``run`` maps over the questions.

    Raises
    ------
    GenerationError
        If a question has no fit draw at all.
    """
    entries: dict[str, BankQuestion] = {}
    copies: defaultdict[str, list[int]] = defaultdict(list)
    for copy, questions in asked.items():
        for entry in questions:
            entries[entry.question.id] = entry
            copies[entry.question.id].append(copy)
    wanted = [(entry, len(copies[name])) for name, entry in entries.items()]
    draws = dict(zip(entries, run(partial(_draws, seed=seed), wanted), strict=True))
    places = {(name, copy): at for name, numbers in copies.items() for at, copy in enumerate(numbers)}
    return CopyValues(seed, draws, places)


def _draws(wanted: tuple[BankQuestion, int], *, seed: int) -> tuple[Drawn, ...]:
    entry, count = wanted
    found: dict[str, Drawn] = {}
    for place in range(_last_place(entry.question, count)):
        rng, index = _randomness(entry, seed, place), _index(entry.question, seed, place)
        identity = identity_of(entry.program, nth(entry.question, index), rng)
        if identity is not None and identity not in found:
            found[identity] = Drawn(place, identity)
            if len(found) == count:
                break
    if not found:
        raise GenerationError(f"{entry.question.id}: no fit variant: loosen [draw].where")
    different = tuple(found.values())
    return tuple(different[at % len(different)] for at in range(count))


def _last_place(question: Question, count: int) -> int:
    """Return where a walk ends: at the end of the space, unless a generator draws more on its own."""
    most = TRIES_A_COPY * count
    is_open = bool(question.generator) and "data_seed" not in {one.kind for one in question.params.values()}
    return most if is_open else min(most, question.space)


def variant_at(entry: BankQuestion, seed: int, place: int) -> Variant:
    """Return the variant at a place of the order that a seed gives.

    Raises
    ------
    GenerationError
        If the draw at this place is rejected.
    """
    rng, index = _randomness(entry, seed, place), _index(entry.question, seed, place)
    found = variant_of(entry.program, nth(entry.question, index), rng)
    if found is None:
        raise GenerationError(f"{entry.question.id}: the draw at place {place} is rejected")
    return found[0]


def _index(question: Question, seed: int, place: int) -> int:
    """Return the draw at a place: steps of one length, which meet each draw once before any comes again."""
    space = question.space
    start, step = np.random.default_rng([seed, crc32(question.id.encode()), 1]).random(2)
    # Neither next to the last draw nor far off it: parameters change together, and all change.
    stride = max(1, int(space * (0.25 + step / 2)))
    while gcd(stride, space) != 1:
        stride += 1
    return (int(space * start) + stride * place) % space


def _randomness(entry: BankQuestion, seed: int, place: int) -> np.random.Generator:
    return np.random.default_rng([seed, crc32(entry.question.id.encode()), 2, place])
