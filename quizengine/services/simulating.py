"""Simulated people through the test of a real bank: how right it is, and how right it says that it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from quizengine.bank import Bank
from quizengine.errors import QuizEngineError
from quizengine.model.roadmap import Role
from quizengine.psychometrics import Row, Simulation, bank_world, compare, simulate
from quizengine.psychometrics.pool import COLD_DIFFICULTY_SD
from quizengine.psychometrics.simulation import Scheme
from quizengine.psychometrics.worlds import WorldMaker
from quizengine.roadmap.graph import needed_skills, role_cuts
from quizengine.services.scoring import DIAGNOSTIC, bank_items, make_prior

#: What is tried: the test itself, random questions to the same posterior, one good form for
#: everybody to the same posterior, and asking nothing.
SCHEMES: tuple[Scheme, ...] = ("risk", "random", "fixed", "majority")
LEAST_ITEMS = 4
#: People who meet the same true difficulties. Few, and so many worlds: how well a test does depends on
#: which guesses of the authors are off, and people of one world are no evidence about that.
WORLD = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How much more often the test is right than another way, in share of skills, with its standard error."""

    other: str
    difference: float
    standard_error: float

    @property
    def is_real(self) -> bool:
        """Whether the difference is at least two standard errors."""
        return abs(self.difference) >= 2 * self.standard_error


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came out of a simulation.

    ``skills`` are those that the role needs, ``covered`` how many of them a question asks for first.
    ``rows`` has one row for each scheme and number of items. ``at_stop`` is the row of where the
    test would have ended by itself, ``stop_items`` the mean number of items there.
    """

    questions: int
    role: str
    skills: int
    covered: int
    persons: int
    seed: int
    items: int
    gap_share: float
    rows: tuple[tuple[str, Row], ...]
    comparisons: tuple[Comparison, ...]
    at_stop: Row
    stop_items: float
    most_exposed: float
    never_used: float
    milliseconds: float

    def row(self, scheme: str, items: int | None = None) -> Row:
        """Return the row of a scheme, at the last number of items unless another is named."""
        wanted = self.items if items is None else items
        return next(row for name, row in self.rows if (name, row.items) == (scheme, wanted))

    @property
    def claim_error(self) -> float:
        """How much more often right the test says it is than it is, at the last number of items."""
        row = self.row("risk")
        return row.claimed - row.right

    def as_json(self) -> dict[str, Any]:
        """Return the trial as lists, tables and numbers."""
        table = asdict(self)
        table["rows"] = [{"scheme": name, **asdict(row)} for name, row in self.rows]
        return {**table, "claim_error": self.claim_error}


def simulate_bank(  # noqa: PLR0913 - all but the first two are options with names
    bank: Bank,
    role: Role,
    *,
    persons: int,
    seed: int,
    items: int,
    schemes: Sequence[Scheme] = SCHEMES,
    run: Callable[..., Iterable[Any]] = map,
    clock: Callable[[], float] | None = None,
) -> Trial:
    """Put simulated people through the diagnostic of ``bank`` for ``role``.

    People are drawn from the prior that the test starts from. Difficulties truly lie off the
    authors' guesses by as much as the test allows for, in another way for every ten people. Every
    scheme meets the same people, who have the same luck.

    Parameters
    ----------
    persons
        How many people, 2 or more.
    seed
        Of people, their luck and the true difficulties.
    items
        How many questions each is asked; no more than the bank has.
    schemes
        What is tried; the test itself, ``"risk"``, comes first.
    run
        What maps over worlds: plain ``map``, or a process pool's.
    clock
        Such as ``time.perf_counter``; without it times are nan.

    Raises
    ------
    QuizEngineError
        If the bank has too few questions.
    """
    known = bank_items(bank)
    if len(known.items) < LEAST_ITEMS:
        raise QuizEngineError(f"The bank has {len(known.items)} questions; {LEAST_ITEMS} are the least.")
    items = min(items, len(known.items))
    world = partial(
        bank_world,
        known.pool,
        make_prior(bank.roadmap, {}),
        role_cuts(bank.roadmap, role),
        weights=known.weights[role.id],
        difficulty_sd=COLD_DIFFICULTY_SD,
    )
    needed = needed_skills(bank.roadmap, role)
    place = [i for i, skill in enumerate(bank.roadmap.skills) if skill.id in set(needed)]
    worlds = list(
        run(partial(_in_world, world, tuple(schemes), _checkpoints(items), clock), _sizes(seed, persons))
    )
    tried = [_only(_joined(same), place) for same in zip(*worlds, strict=True)]
    adaptive = tried[0]
    return Trial(
        questions=len(known.items),
        role=role.id,
        skills=len(needed),
        covered=len(set(needed) & {item.skills[0][0] for item in known.items}),
        persons=persons,
        seed=seed,
        items=items,
        gap_share=float(adaptive.gaps.mean()),
        rows=tuple((one.scheme, row) for one in tried for row in one.rows),
        comparisons=tuple(_comparison(adaptive, other, items) for other in tried[1:]),
        at_stop=adaptive.at_stop,
        stop_items=float(adaptive.stops.mean()),
        most_exposed=float(adaptive.exposure.max()),
        never_used=float((adaptive.exposure == 0).mean()),
        milliseconds=adaptive.milliseconds,
    )


def _sizes(seed: int, persons: int) -> list[tuple[int, int]]:
    """Return the seed of each world and how many people live in it, 2 or more."""
    count = max(1, persons // WORLD)
    share, left = divmod(persons, count)
    seeds = np.random.SeedSequence(seed).generate_state(count)
    return [(int(one), share + (i < left)) for i, one in enumerate(seeds)]


def _in_world(
    world: WorldMaker,
    schemes: tuple[Scheme, ...],
    checkpoints: tuple[int, ...],
    clock: Callable[[], float] | None,
    size: tuple[int, int],
) -> list[Simulation]:
    """Try every scheme on the people of one world: what a worker process is handed."""
    seed, persons = size
    return [
        simulate(world, scheme, persons, seed, checkpoints=checkpoints, design=DIAGNOSTIC, clock=clock)
        for scheme in schemes
    ]


def _joined(worlds: Sequence[Simulation]) -> Simulation:
    """Return the people of several worlds as one simulation of a scheme."""
    gaps = np.concatenate([one.gaps for one in worlds])
    probabilities = np.concatenate([one.probabilities for one in worlds], axis=1)
    if worlds[0].scheme == "majority":  # of all people, not of each world's few
        probabilities = np.broadcast_to(gaps.mean(axis=0), probabilities.shape)
    return replace(
        worlds[0],
        probabilities=probabilities,
        gaps=gaps,
        stops=np.concatenate([one.stops for one in worlds]),
        stop_probabilities=np.concatenate([one.stop_probabilities for one in worlds]),
        given=np.concatenate([one.given for one in worlds]),
        seconds=np.concatenate([one.seconds for one in worlds]),
    )


def _checkpoints(items: int) -> tuple[int, ...]:
    return tuple(sorted({max(1, items * 2 // 5), max(1, items * 4 // 5), items}))


def _only(simulation: Simulation, place: list[int]) -> Simulation:
    """Return the simulation judged on the skills that the role needs: the others are told to nobody."""
    return replace(
        simulation,
        probabilities=np.ascontiguousarray(simulation.probabilities[:, :, place]),
        gaps=simulation.gaps[:, place],
        stop_probabilities=simulation.stop_probabilities[:, place],
    )


def _comparison(one: Simulation, other: Simulation, items: int) -> Comparison:
    difference, error = compare(one, other, items)
    return Comparison(other=other.scheme, difference=difference, standard_error=error)
