"""Simulated people through a test: how right it is, and how right it says that it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from quizengine.bank import Bank
from quizengine.errors import QuizEngineError
from quizengine.model.roadmap import Role
from quizengine.psychometrics import (
    WORLDS,
    Bin,
    ExposureControl,
    ItemPool,
    Row,
    Simulation,
    SkillPrior,
    bank_world,
    compare,
    reliability,
    simulate,
    sympson_hetter,
)
from quizengine.psychometrics.pool import COLD_DIFFICULTY_SD
from quizengine.psychometrics.simulation import Scheme
from quizengine.psychometrics.worlds import WorldMaker
from quizengine.roadmap.graph import needed_skills, role_cuts
from quizengine.services.scoring import DIAGNOSTIC, bank_items, make_prior

#: What is tried: the test itself, random questions to the same posterior, one good form for
#: everybody to the same posterior, and asking nothing.
SCHEMES: tuple[Scheme, ...] = ("risk", "random", "fixed", "majority")
#: What the rules are called where people read.
NAMES = {
    "risk": "adaptive",
    "mi": "mutual information",
    "info": "maximum information",
    "aopt": "A-optimal",
    "dopt": "D-optimal",
    "random": "random, same posterior",
    "fixed": "one form, same posterior",
    "majority": "majority",
    "held": "the same, exposure held",
}
#: The first rule once more, with no question given to more sittings than is wanted.
HELD = "held"
#: Rules that choose by what is known of the person: only their exposure can be held.
CHOOSING: tuple[Scheme, ...] = ("risk", "mi", "info", "aopt", "dopt")
LEAST_ITEMS = 4
#: People who meet the same true difficulties of a bank. Few, and so many worlds: how well a test does
#: depends on which guesses of the authors are off, and people of one world are no evidence about that.
WORLD = 10

Run = Callable[..., Iterable[Any]]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How much more often the first rule is right than another, in share of skills, with its standard error.

    ``by_seed`` has both for each seed alone.
    """

    other: str
    difference: float
    standard_error: float
    by_seed: tuple[tuple[float, float], ...]

    @property
    def is_real(self) -> bool:
        """Whether the difference is at least two standard errors."""
        return abs(self.difference) >= 2 * self.standard_error


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What a rule came to.

    ``curve`` has a row for each number of items, ``reliability`` the bins of P(gap) after the last.
    ``exposure`` is how large a share of sittings gave each item, falling, a mean over the seeds;
    ``stops`` how many sittings would have ended by themselves after so many items, counted from 0.
    """

    scheme: str
    curve: tuple[Row, ...]
    reliability: tuple[Bin, ...]
    exposure: tuple[float, ...]
    stops: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How exposure was held: the share of sittings wanted at most, and what came of it.

    ``reached`` is the largest share among the simulated people, a mean over the seeds, ``rounds`` how many
    simulations the chances took at most. ``settled`` is False if they did not bring every question down.
    """

    wanted: float
    reached: float
    rounds: int
    settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came out of a simulation.

    ``skills`` are those that the role needs (in a made-up world: all), ``covered`` how many of them a
    question asks for first, ``persons`` all people of all ``seeds``. ``rows`` has a row for each rule at
    a few numbers of items, ``ways`` all that can be drawn. ``at_stop`` is the row of where sittings by the
    first rule would have ended by themselves, ``stop_items`` the mean number of items there. ``held`` is None
    where exposure was left to itself.
    """

    world: str
    questions: int
    role: str
    skills: int
    covered: int
    persons: int
    seed: int
    seeds: int
    items: int
    gap_share: float
    rows: tuple[tuple[str, Row], ...]
    comparisons: tuple[Comparison, ...]
    at_stop: Row
    stop_items: float
    most_exposed: float
    never_used: float
    milliseconds: float
    ways: tuple[Way, ...]
    held: Held | None = None

    @property
    def rule(self) -> str:
        """The rule that the others are compared with."""
        return self.ways[0].scheme

    def row(self, scheme: str, items: int | None = None) -> Row:
        """Return the row of a scheme, at the last number of items unless another is named."""
        wanted = self.items if items is None else items
        return next(row for name, row in self.rows if (name, row.items) == (scheme, wanted))

    @property
    def claim_error(self) -> float:
        """How much more often right the test says it is than it is, at the last number of items."""
        row = self.row(self.rule)
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
    seeds: int = 1,
    most: float | None = None,
    run: Run = map,
    clock: Clock | None = None,
) -> Trial:
    """Put simulated people through the diagnostic of ``bank`` for ``role``.

    People are drawn from the prior that the test starts from. Difficulties truly lie off the
    authors' guesses by as much as the test allows for, in another way for every ten people. Every
    scheme meets the same people, who have the same luck.

    Parameters
    ----------
    persons
        How many people a seed, 2 or more.
    seed
        Of people, their luck and the true difficulties: the first of ``seeds`` in a row.
    items
        How many questions each is asked; no more than the bank has.
    schemes
        What is tried; the others are compared with the first.
    most
        The share of sittings that a question may be given in, (0, 1): the first rule is tried once more with
        chances that hold exposure to it (see `sympson_hetter`).
    run
        What maps over worlds: plain ``map``, or a process pool's.
    clock
        Such as ``time.perf_counter``; without it times are nan.

    Raises
    ------
    QuizEngineError
        If the bank has too few questions, also to hold exposure to ``most``.
    """
    known = bank_items(bank)
    if len(known.items) < LEAST_ITEMS:
        raise QuizEngineError(f"The bank has {len(known.items)} questions; {LEAST_ITEMS} are the least.")
    items = min(items, len(known.items))
    prior, cuts, weights = make_prior(bank.roadmap, {}), role_cuts(bank.roadmap, role), known.weights[role.id]
    world = partial(bank_world, known.pool, prior, cuts, weights=weights, difficulty_sd=COLD_DIFFICULTY_SD)
    control = _control(known.pool, prior, cuts, weights, schemes, items, most, seed, run)
    needed = needed_skills(bank.roadmap, role)
    place = [i for i, skill in enumerate(bank.roadmap.skills) if skill.id in set(needed)]
    sizes = [_sizes(seed + more, persons) for more in range(seeds)]
    tried = _with_held(schemes, control)
    jobs = [(tried, one, many) for of_seed in sizes for one, many in of_seed]
    worlds = list(run(partial(_in_world, world, items, clock), jobs))
    ends = np.cumsum([len(of_seed) for of_seed in sizes])
    by_seed = [worlds[end - len(of_seed) : end] for of_seed, end in zip(sizes, ends, strict=True)]
    trial = _trial(
        [[_only(_joined(same), place) for same in zip(*of_seed, strict=True)] for of_seed in by_seed],
        world="bank",
        questions=len(known.items),
        role=role.id,
        skills=len(needed),
        covered=len(set(needed) & {item.skills[0][0] for item in known.items}),
        seed=seed,
    )
    return _holding(trial, most, [control])


def simulate_world(  # noqa: PLR0913 - all but the first are options with names
    name: str,
    *,
    persons: int,
    seed: int,
    items: int,
    schemes: Sequence[Scheme] = SCHEMES,
    seeds: int = 1,
    most: float | None = None,
    run: Run = map,
    clock: Clock | None = None,
) -> Trial:
    """Put simulated people through the diagnostic in a made-up world of 48 skills and 480 items.

    Parameters
    ----------
    name
        One of `quizengine.psychometrics.WORLDS`.
    persons, seed, items, schemes, seeds, most, run, clock
        As of `simulate_bank`. Each seed has its own graph, pool and people.

    Raises
    ------
    QuizEngineError
        If there is no such world, or exposure cannot be held to ``most``.
    """
    if name not in WORLDS:
        raise QuizEngineError(f"There is no world {name!r}; there are bank, {', '.join(WORLDS)}.")
    controls: list[ExposureControl | None] = []
    for more in range(seeds):
        told = WORLDS[name](seed + more, 2)  # the pool of a seed does not hang on the number of people
        given = told.pool, told.prior, told.cuts, told.weights
        controls.append(_control(*given, schemes, items, most, seed + more, run))
    jobs = [
        ((one,), seed + more, persons)
        for more, control in enumerate(controls)
        for one in _with_held(schemes, control)
    ]
    each = len(jobs) // seeds
    tried = [one for (one,) in run(partial(_in_world, WORLDS[name], items, clock), jobs)]
    by_seed = [tried[i : i + each] for i in range(0, len(tried), each)]
    skills = by_seed[0][0].gaps.shape[1]
    trial = _trial(
        by_seed,
        world=name,
        questions=by_seed[0][0].given.shape[1],
        role="",
        skills=skills,
        covered=skills,
        seed=seed,
    )
    return _holding(trial, most, controls)


@dataclass(frozen=True, slots=True)
class _Tried:
    """A scheme, and the chances that hold its exposure."""

    scheme: Scheme
    chances: tuple[float, ...] | None = None


def _control(  # noqa: PLR0913, PLR0917  (private: the arguments of simulate_bank, as they came)
    pool: ItemPool,
    prior: SkillPrior,
    cuts: ArrayLike,
    weights: ArrayLike | None,
    schemes: Sequence[Scheme],
    items: int,
    most: float | None,
    seed: int,
    run: Run,
) -> ExposureControl | None:
    """Find the chances that hold the exposure of the first rule, if that is wanted."""
    if most is None:
        return None
    if schemes[0] not in CHOOSING:
        raise QuizEngineError(
            f"Exposure is held of a rule that chooses, such as {CHOOSING[0]}; the first is {schemes[0]}."
        )
    return sympson_hetter(
        pool, prior, cuts, weights=weights, most=most, max_items=items, rule=schemes[0],  # type: ignore[arg-type]
        design=DIAGNOSTIC, seed=seed, run=run,
    )  # fmt: skip


def _with_held(schemes: Sequence[Scheme], control: ExposureControl | None) -> tuple[_Tried, ...]:
    first, *others = (_Tried(scheme) for scheme in schemes)
    held = [] if control is None else [_Tried(schemes[0], tuple(control.chances.tolist()))]
    return first, *held, *others


def _trial(
    by_seed: Sequence[Sequence[Simulation]],
    *,
    world: str,
    questions: int,
    role: str,
    skills: int,
    covered: int,
    seed: int,
) -> Trial:
    """Sum up the simulations of each seed and scheme."""
    tried = [_joined(same) for same in zip(*by_seed, strict=True)]
    first, items = tried[0], tried[0].checkpoints[-1]
    ways = tuple(
        _way(one, [of_seed[i] for of_seed in by_seed], world == "bank") for i, one in enumerate(tried)
    )
    shown = _checkpoints(items)
    return Trial(
        world=world,
        questions=questions,
        role=role,
        skills=skills,
        covered=covered,
        persons=len(first.gaps),
        seed=seed,
        seeds=len(by_seed),
        items=items,
        gap_share=float(first.gaps.mean()),
        rows=tuple((way.scheme, row) for way in ways for row in way.curve if row.items in shown),
        comparisons=tuple(
            _comparison(first, other, [(of_seed[0], of_seed[i]) for of_seed in by_seed])
            for i, other in enumerate(tried[1:], start=1)
        ),
        at_stop=first.at_stop,
        stop_items=float(first.stops.mean()),
        most_exposed=ways[0].exposure[0],
        never_used=float(np.mean([(of_seed[0].exposure == 0).mean() for of_seed in by_seed])),
        milliseconds=first.milliseconds,
        ways=ways,
    )


def _holding(trial: Trial, most: float | None, found: Sequence[ExposureControl | None]) -> Trial:
    """Return the trial with what came of holding exposure, where it was held."""
    controls = [control for control in found if control]
    if most is None or not controls:
        return trial
    held = Held(
        wanted=most,
        reached=next(way.exposure[0] for way in trial.ways if way.scheme == HELD),
        rounds=max(control.rounds for control in controls),
        settled=all(control.converged for control in controls),
    )
    return replace(trial, held=held)


def _way(joined: Simulation, by_seed: Sequence[Simulation], is_one_pool: bool) -> Way:
    # Item 5 of one made-up pool is not item 5 of another: what can be averaged is the most used item.
    rates = [joined.exposure] if is_one_pool else [one.exposure for one in by_seed]
    exposure = np.mean([np.sort(one)[::-1] for one in rates], axis=0)
    return Way(
        scheme=joined.scheme,
        curve=joined.rows,
        reliability=reliability(joined.probabilities[-1], joined.gaps),
        exposure=tuple(round(float(share), 4) for share in exposure),
        stops=tuple(int(n) for n in np.bincount(joined.stops, minlength=joined.checkpoints[-1] + 1)),
    )


def _sizes(seed: int, persons: int) -> list[tuple[int, int]]:
    """Return the seed of each world and how many people live in it, 2 or more."""
    count = max(1, persons // WORLD)
    share, left = divmod(persons, count)
    seeds = np.random.SeedSequence(seed).generate_state(count)
    return [(int(one), share + (i < left)) for i, one in enumerate(seeds)]


def _in_world(
    world: WorldMaker, items: int, clock: Clock | None, job: tuple[Sequence[_Tried], int, int]
) -> list[Simulation]:
    """Try some schemes on the people of one world: what a worker process is handed."""
    tried, seed, persons = job
    marks, found = range(1, items + 1), []
    for one in tried:
        design = replace(DIAGNOSTIC, exposure=one.chances)
        simulation = simulate(world, one.scheme, persons, seed, checkpoints=marks, design=design, clock=clock)
        found.append(simulation if one.chances is None else replace(simulation, scheme=HELD))
    return found


def _joined(worlds: Sequence[Simulation]) -> Simulation:
    """Return the people of several worlds as one simulation of a scheme."""
    if len(worlds) == 1:
        return worlds[0]
    gaps = np.concatenate([one.gaps for one in worlds])
    probabilities = np.concatenate([one.probabilities for one in worlds], axis=1)
    stop_probabilities = np.concatenate([one.stop_probabilities for one in worlds])
    if worlds[0].scheme == "majority" and len(worlds[0].gaps) <= 2 * WORLD:
        # Of all people: in a world of ten the majority would be told too well.
        probabilities = np.broadcast_to(gaps.mean(axis=0), probabilities.shape)
    return replace(
        worlds[0],
        probabilities=probabilities,
        gaps=gaps,
        stops=np.concatenate([one.stops for one in worlds]),
        stop_probabilities=stop_probabilities,
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


def _comparison(
    one: Simulation, other: Simulation, by_seed: Sequence[tuple[Simulation, Simulation]]
) -> Comparison:
    items = one.checkpoints[-1]
    difference, error = compare(one, other, items)
    return Comparison(
        other=other.scheme,
        difference=difference,
        standard_error=error,
        by_seed=tuple(compare(ours, theirs, items) for ours, theirs in by_seed),
    )
