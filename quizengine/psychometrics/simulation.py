"""How right a test is on simulated people, and how right it says that it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

import numpy as np

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Booleans, Floats, Integers
from quizengine.psychometrics.cohort import Cohort
from quizengine.psychometrics.design import Design
from quizengine.psychometrics.layout import Layout
from quizengine.psychometrics.pool import ItemPool
from quizengine.psychometrics.prior import SkillPrior
from quizengine.psychometrics.selection import Belief, spread_drop
from quizengine.psychometrics.worlds import World, WorldMaker

Scheme = Literal["risk", "mi", "info", "aopt", "dopt", "random", "fixed", "majority"]
CHECKPOINTS = (10, 20, 30, 40)
SHARD = 32
"""People who sit in step, a unit of work: enough to make arrays worth while, few enough to share out."""
SITTINGS, RANDOM_FORMS = 5, 6
"""Streams of the seed, beside those of the worlds."""
BINS = 10
CERTAIN = (0.2, 0.8)


@dataclass(frozen=True, slots=True)
class Row:
    """How a scheme stands after so many items.

    ``right`` is the share of (person, skill) pairs judged rightly at P = 1/2 and ``right_se`` its
    standard error over people; ``balanced`` the mean of the shares among gaps and among the rest;
    ``claimed`` the mean of max(P, 1 - P); ``calibration_error`` the expected calibration error in ten
    bins of P; ``log_loss`` in nats a skill; ``certain`` the share with P outside [.2, .8] and
    ``certain_right`` how many of those are right.
    """

    items: int
    right: float
    right_se: float
    balanced: float
    claimed: float
    calibration_error: float
    log_loss: float
    certain: float
    certain_right: float


@dataclass(frozen=True, slots=True)
class Bin:
    """A tenth of the scale of P(gap): how many were told so, what they were told, and what was so."""

    count: int
    told: float
    real: float


@dataclass(frozen=True, eq=False)
class Simulation:
    """What a scheme came to on the people of a world.

    Parameters
    ----------
    scheme : str
    checkpoints : tuple of int
        Numbers of items at which it was looked at.
    probabilities : (C, N, K) floats in [0, 1]
        P(gap) at each.
    gaps : (N, K) bools
        The truth.
    stops : (N,) ints
        After how many items the design would have ended the sitting.
    stop_probabilities : (N, K) floats
        P(gap) there.
    given : (N, J) bools
        Which items each person had by the last checkpoint.
    seconds : (N,) floats
        Time of all choices and updates of a sitting; nan without a clock.
    """

    scheme: str
    checkpoints: tuple[int, ...]
    probabilities: Floats
    gaps: Booleans
    stops: Integers
    stop_probabilities: Floats
    given: Booleans
    seconds: Floats

    @property
    def rows(self) -> tuple[Row, ...]:
        """One row a checkpoint."""
        return tuple(
            judge(p, self.gaps, n) for n, p in zip(self.checkpoints, self.probabilities, strict=True)
        )

    @property
    def at_stop(self) -> Row:
        """The row of where each sitting would have ended by itself; ``items`` is the rounded mean."""
        return judge(self.stop_probabilities, self.gaps, round(float(self.stops.mean())))

    @property
    def exposure(self) -> Floats:
        """Share of sittings that gave each item, (J,)."""
        shares: Floats = self.given.mean(axis=0)
        return shares

    @property
    def milliseconds(self) -> float:
        """Mean time of one choice and one update."""
        return float(1000 * self.seconds.sum() / max(self.given.sum(), 1))


def simulate(  # noqa: PLR0913  (the first four are the contract)
    world: WorldMaker,
    scheme: Scheme,
    persons: int,
    seed: int,
    *,
    checkpoints: Sequence[int] = CHECKPOINTS,
    design: Design | None = None,
    run: Callable[..., Iterable[Any]] = map,
    clock: Callable[[], float] | None = None,
) -> Simulation:
    """Put simulated people through a test, and see how often it is right about each skill.

    Parameters
    ----------
    world : function of (seed, persons)
        `continuous`, `cold`, `knowledge_space`, or a function that calls `bank_world`.
    scheme : str
        A rule of `AdaptiveTest`; ``"random"`` and ``"fixed"`` give random items and one fixed form to
        the same posterior; ``"majority"`` asks nothing and says what is so for most people.
    persons : int >= 2
    seed : int >= 0
        Two schemes with the same world, persons and seed meet the same people with the same luck.
    checkpoints : ints, rising
        The sittings go on to the last of them, whatever would have stopped them.
    design : Design, optional
        Of the adaptive rules; its ``min_items`` and ``min_gain`` say where they would have stopped.
    run : function like `map`
        To share the people out: the ``map`` of a process pool gives equal results.
    clock : function, optional
        Such as ``time.perf_counter``; without it times are nan.

    Returns
    -------
    Simulation

    Examples
    --------
    >>> from quizengine.psychometrics.worlds import continuous
    >>> simulation = simulate(continuous, "fixed", persons=20, seed=1, checkpoints=(5, 10))
    >>> [row.items for row in simulation.rows], simulation.rows[1].right > 0.6
    ([5, 10], True)
    """
    if scheme not in get_args(Scheme):
        raise PsychometricsError(f"there is no scheme {scheme!r}; there are {', '.join(get_args(Scheme))}")
    marks = tuple(checkpoints)
    if persons < 2 or not marks or marks[0] < 1 or list(marks) != sorted(set(marks)):
        raise PsychometricsError("a simulation needs at least 2 people and rising checkpoints from 1 up")
    made = world(seed, persons)
    if scheme == "majority":
        return _majority(made, marks)
    sitting = _Sitting(scheme, marks, design or Design(), clock or _no_clock)
    answers, forms = made.answers(seed), _forms(made, scheme, marks[-1], seed)
    parts = list(run(partial(_sit_all, sitting), _jobs(made, answers, forms, seed)))
    return Simulation(
        scheme,
        marks,
        np.concatenate([part.probabilities for part in parts], axis=1),
        made.gaps,
        np.concatenate([part.stops for part in parts]),
        np.concatenate([part.stop_probabilities for part in parts]),
        np.concatenate([part.given for part in parts]),
        np.concatenate([part.seconds for part in parts]),
    )


def _jobs(
    world: World, answers: Floats, forms: Integers | None, seed: int
) -> Iterable[tuple[World, Floats, Integers | None, tuple[int, int]]]:
    for first in range(0, len(answers), SHARD):
        some = slice(first, first + SHARD)
        yield (
            world.shard(first, first + SHARD),
            answers[some],
            None if forms is None else forms[some],
            (seed, first),
        )


def judge(probabilities: Floats, gaps: Booleans, items: int) -> Row:
    """Compare P(gap) with the truth, (N, K) both."""
    said = probabilities > 0.5
    right = said == gaps
    by_person = right.mean(axis=1)
    sides = [right[gaps == side].mean() for side in (True, False) if (gaps == side).any()]
    truth_chance = np.clip(np.where(gaps, probabilities, 1 - probabilities), 1e-12, 1.0)
    certain = (probabilities <= CERTAIN[0]) | (probabilities >= CERTAIN[1])
    return Row(
        items=items,
        right=float(by_person.mean()),
        right_se=float(by_person.std(ddof=1) / len(by_person) ** 0.5),
        balanced=float(np.mean(sides)),
        claimed=float(np.maximum(probabilities, 1 - probabilities).mean()),
        calibration_error=calibration_error(probabilities, gaps),
        log_loss=float(-np.log(truth_chance).mean()),
        certain=float(certain.mean()),
        certain_right=float(right[certain].mean()) if certain.any() else float("nan"),
    )


def calibration_error(probabilities: Floats, gaps: Booleans) -> float:
    """Return the expected calibration error in ten bins: the mean distance of what was said from what was so.

    >>> calibration_error(np.array([0.75, 0.75, 0.75, 0.75]), np.array([True, True, True, False]))
    0.0
    """
    bins = reliability(probabilities, gaps)
    return float(sum(one.count * abs(one.told - one.real) for one in bins)) / max(probabilities.size, 1)


def reliability(probabilities: Floats, gaps: Booleans) -> tuple[Bin, ...]:
    """Return what was told and what was so in each tenth of the scale that has any.

    >>> reliability(np.array([0.7, 0.75, 0.05]), np.array([True, True, False]))
    (Bin(count=1, told=0.05, real=0.0), Bin(count=2, told=0.725, real=1.0))
    """
    p, truth = probabilities.ravel(), gaps.ravel().astype(np.float64)
    place = np.minimum((p * BINS).astype(np.intp), BINS - 1)
    weights = (np.ones(p.size), p, truth)
    count, told, real = (np.bincount(place, weights=part, minlength=BINS) for part in weights)
    return tuple(
        Bin(int(n), float(said / n), float(so / n))
        for n, said, so in zip(count, told, real, strict=True)
        if n
    )


def compare(one: Simulation, other: Simulation, items: int) -> tuple[float, float]:
    """Return by how much ``one`` is more often right than ``other``, and the paired standard error.

    A difference below two standard errors is no difference.

    Raises
    ------
    PsychometricsError
        If they are not of the same people, or one was not looked at after so many items.
    """
    if one.gaps.shape != other.gaps.shape or (one.gaps != other.gaps).any():
        raise PsychometricsError("the two simulations are of different people")
    shares = []
    for simulation in (one, other):
        if items not in simulation.checkpoints:
            raise PsychometricsError(f"{simulation.scheme} was not looked at after {items} items")
        at = simulation.probabilities[simulation.checkpoints.index(items)]
        shares.append(((at > 0.5) == simulation.gaps).mean(axis=1))
    difference = shares[0] - shares[1]
    return float(difference.mean()), float(difference.std(ddof=1) / len(difference) ** 0.5)


def fixed_form(pool: ItemPool, prior: SkillPrior, n_items: int) -> Integers:
    """Return the items of one good form for everybody: greedy A-optimal on the prior.

    Each item in turn is the one that is expected to take most from the summed variance of all skills.
    """
    layout, covariance = Layout(pool), prior.covariance.copy()
    free = np.ones(len(pool), dtype=bool)
    form = []
    for _ in range(min(n_items, len(pool))):
        belief = Belief(prior.mean[None], covariance[None], prior.mean, np.ones(prior.n_skills))
        outlook = layout.outlook(belief.mean, belief.covariance)
        places = np.flatnonzero(free)
        best = places[[int(spread_drop(belief, layout, outlook, places).argmax())]]
        there = outlook.at(best)
        gain = layout.directions(belief.covariance, best)[0] / there.variance
        covariance = covariance - np.multiply.outer(gain, gain) * (there.relative_drop * there.variance)
        free[best] = False
        form.append(int(layout.order[best[0]]))
    return np.array(form, dtype=np.intp)


def table(simulations: Sequence[Simulation]) -> str:
    """Lay simulations out side by side as plain text, one line a scheme and number of items."""
    head = "scheme    items  right (se)    balanced  claimed  calib.  log loss  certain (right)"
    lines = [head, *(_line(s.scheme, row) for s in simulations for row in s.rows)]
    lines.append("")
    lines.append("scheme    items at stop  right there  exposure max  never used  ms an item")
    lines += [
        f"{s.scheme:9} {s.stops.mean():13.1f}  {s.at_stop.right:11.3f}  {s.exposure.max():12.2f}  "
        f"{(s.exposure == 0).mean():10.2f}  {s.milliseconds:10.2f}"
        for s in simulations
        if s.scheme != "majority"
    ]
    return "\n".join(lines)


def _line(scheme: str, row: Row) -> str:
    return (
        f"{scheme:9} {row.items:5}  {row.right:.3f} ({row.right_se:.3f})  {row.balanced:.3f}     "
        f"{row.claimed:.3f}    {row.calibration_error:.3f}   {row.log_loss:.3f}     "
        f"{row.certain:.3f} ({row.certain_right:.3f})"
    )


@dataclass(frozen=True, slots=True)
class _Sitting:
    """How every person of a simulation sits the test."""

    scheme: Scheme
    checkpoints: tuple[int, ...]
    design: Design
    clock: Callable[[], float]


@dataclass(slots=True)
class _Trace:
    """What became of some people: as in `Simulation`, but for the truth."""

    probabilities: Floats
    stops: Integers
    stop_probabilities: Floats
    given: Booleans
    seconds: Floats


def _sit_all(sitting: _Sitting, job: tuple[World, Floats, Integers | None, tuple[int, int]]) -> _Trace:
    """Give people items up to the last checkpoint, noting where the design would have stopped each."""
    world, answers, forms, (seed, first) = job
    began, everybody = sitting.clock(), np.arange(len(answers))
    cohort = Cohort(
        world.pool,
        world.prior,
        world.cuts,
        seeds=[_sitting_seed(seed, first + i) for i in range(len(answers))],
        max_items=sitting.checkpoints[-1],
        weights=world.weights,
        rule="random" if forms is not None else sitting.scheme,  # type: ignore[arg-type]
        design=sitting.design,
    )
    stops, asked = np.zeros(len(answers), dtype=np.intp), np.zeros(len(answers), dtype=np.intp)
    at_stop, at = cohort.gap_probabilities(), []
    for n in range(sitting.checkpoints[-1]):
        items = cohort.next_items() if forms is None else _of_form(forms, n)
        ending = cohort.would_stop() & (stops == 0)
        if ending.any():
            stops[ending], at_stop[ending] = n, cohort.gap_probabilities()[ending]
        cohort.record(items, answers[everybody, items])
        asked += items >= 0
        if n + 1 in sitting.checkpoints:
            at.append(cohort.gap_probabilities())
    went_on = stops == 0
    stops[went_on], at_stop[went_on] = asked[went_on], cohort.gap_probabilities()[went_on]
    seconds = np.full(len(answers), (sitting.clock() - began) / len(answers))
    return _Trace(np.array(at), stops, at_stop, ~cohort.open, seconds)


def _sitting_seed(seed: int, person: int) -> int:
    return int(np.random.SeedSequence((seed, SITTINGS, person)).generate_state(1, np.uint64)[0])


def _of_form(forms: Integers, n: int) -> Integers:
    return forms[:, n] if n < forms.shape[1] else np.full(len(forms), -1)


def _no_clock() -> float:
    return float("nan")


def _forms(world: World, scheme: Scheme, n_items: int, seed: int) -> Integers | None:
    """Return the items that each person gets, (N, n), where they do not depend on answers."""
    persons = len(world.gaps)
    if scheme == "fixed":
        return np.repeat(fixed_form(world.pool, world.prior, n_items)[None], persons, axis=0)
    if scheme == "random":
        rng = np.random.default_rng((seed, RANDOM_FORMS))
        return np.array([rng.permutation(len(world.pool))[:n_items] for _ in range(persons)])
    return None


def _majority(world: World, checkpoints: tuple[int, ...]) -> Simulation:
    share = np.broadcast_to(world.gaps.mean(axis=0), world.gaps.shape)
    persons = len(world.gaps)
    return Simulation(
        "majority",
        checkpoints,
        np.array([share] * len(checkpoints)),
        world.gaps,
        np.zeros(persons, dtype=np.intp),
        share,
        np.zeros((persons, len(world.pool)), dtype=bool),
        np.full(persons, np.nan),
    )
