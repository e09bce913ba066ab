"""From what each item would settle to the one that is asked, for many people at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Booleans, Floats, Integers
from quizengine.psychometrics.design import Design
from quizengine.psychometrics.layout import Layout, Outlook
from quizengine.psychometrics.selection import Belief, Drops, Rule, information, shortlist, spread_drop

EQUAL = 1e-6
"""Skills; what differs by less is taken for equal."""
LOTTERY = 2**32
"""Stream of a sitting's seed; those of the choices are the numbers of items used."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Situation:
    """A moment between two answers of N people who have answered equally many items.

    ``free`` and ``worth_factor`` are (N, J), by place in the layout: what may be asked, something for
    everybody, and what its worth is multiplied by. ``tie`` is the weight of entropy beside risk, or None
    where entropy alone decides. ``rngs`` are for this choice alone, one a person; ``is_first`` holds
    while nothing has been asked.
    """

    layout: Layout
    belief: Belief
    free: Booleans
    worth_factor: Floats
    tie: float | None
    is_first: bool
    rngs: tuple[np.random.Generator, ...]

    @cached_property
    def outlook(self) -> Outlook:
        """What every item would do to its own line."""
        return self.layout.outlook(self.belief.mean, self.belief.covariance)

    @cached_property
    def own_drops(self) -> Drops:
        """What every item would settle of the skills it draws on."""
        return self.belief.own_drops(self.layout, self.outlook)

    @cached_property
    def listed(self) -> Integers:
        """Cells of the shortlist."""
        return shortlist(self.layout, self.outlook, self.own_drops.worth(self.tie), self.free)

    @cached_property
    def listed_drops(self) -> Drops:
        """What the shortlist would settle."""
        return self.drops(self.listed)

    def drops(self, cells: Integers) -> Drops:
        """Return what the items in ``cells`` would settle of all skills."""
        if self.belief.mean.shape[1] == 1:
            return self.own_drops.at(cells)
        return self.belief.drops(self.layout, self.outlook, cells)

    @cached_property
    def gains(self) -> Floats:
        """What the best of the shortlist is expected to settle, in skills, (N,)."""
        most: Floats = np.maximum.reduceat(self.listed_drops.gains, self.bounds(self.listed)[:-1])
        return most

    @cached_property
    def open_cells(self) -> Integers:
        """Cells of everything that may be asked."""
        return np.flatnonzero(self.free)

    def bounds(self, cells: Integers) -> Integers:
        """Return where each person's cells begin and where they end, (N + 1,); all rise."""
        if len(self.free) == 1:
            return np.array([0, cells.size])
        return cells.searchsorted(np.arange(len(self.free) + 1) * len(self.layout))

    def draws(self) -> Floats:
        """Return one number in [0, 1) from each person's generator."""
        return np.array([rng.random() for rng in self.rngs])

    def siblings(self, cells: Integers) -> Integers:
        """Return the open cells with the same main skill as one cell a person, those included."""
        same = self.layout.siblings(cells)
        return same[self.free.reshape(-1)[same]]


def lottery(chances: Sequence[float] | None, n_items: int, seed: int) -> Booleans | None:
    """Draw which items one sitting may be given at all, (J,) bools; None where all may.

    Sympson and Hetter give a chosen item with its chance, and else never again in the sitting. As each
    item is drawn for at most once, it is the same to draw for all before the first is chosen.

    Raises
    ------
    PsychometricsError
        If there is not one chance an item.
    """
    if chances is None:
        return None
    if len(chances) != n_items:
        raise PsychometricsError(f"exposure has {len(chances)} chances; there are {n_items} items")
    admits: Booleans = np.random.default_rng((seed, LOTTERY)).random(n_items) < np.asarray(chances)
    return admits


def admitted(eligible: Booleans, winners: Booleans | None) -> Booleans:
    """Return the eligible items that won, (J,) or (N, J); all of them where none did."""
    if winners is None:
        return eligible
    both = eligible & winners
    return np.where(both.any(axis=-1, keepdims=True), both, eligible)


def tie_weight(rule: Rule, design: Design, answered: int) -> float | None:
    """Return the weight of entropy beside risk after so many answers; None where entropy alone decides."""
    return None if rule == "mi" or answered < design.warmup else design.tie


def choose(situation: Situation, rule: Rule, design: Design) -> Integers:
    """Return the item to ask each person, (N,) ints.

    The opening is drawn from the best few, so that a sitting cannot be foretold; later the best
    skill wins, and one of its nearly best items is drawn.
    """
    if rule == "random":
        cells = _drawn(situation, situation.open_cells, np.ones(situation.open_cells.size))
    elif situation.is_first:
        cells = _opening(situation, rule, design)
    else:
        cells = _best(situation, rule, design)
    return situation.layout.order[cells % len(situation.layout)]


def _opening(situation: Situation, rule: Rule, design: Design) -> Integers:
    # Few skills make a short list; then the best openings are looked for among all items.
    cells = _candidates(situation, rule)
    if np.diff(situation.bounds(cells)).min() < design.openings:
        cells = situation.open_cells
    values = _values(situation, rule, cells)
    parts = np.split(values, situation.bounds(cells)[1:-1])
    is_best = np.concatenate([_is_large(part, design.openings) for part in parts])
    return _drawn(situation, cells[is_best], np.ones(int(is_best.sum())))


def _best(situation: Situation, rule: Rule, design: Design) -> Integers:
    cells = _candidates(situation, rule)
    siblings = situation.siblings(_drawn(situation, cells, _values(situation, rule, cells)))
    return _drawn(situation, siblings, _values(situation, rule, siblings), design.near_best)


def _candidates(situation: Situation, rule: Rule) -> Integers:
    return situation.listed if rule in ("risk", "mi") else situation.open_cells


def _values(situation: Situation, rule: Rule, cells: Integers) -> Floats:
    """Return what the items in ``cells`` are worth by the rule."""
    belief, layout = situation.belief, situation.layout
    if rule == "info":
        worth = information(belief, layout).reshape(-1)[cells]
    elif rule == "aopt":
        worth = spread_drop(belief, layout, situation.outlook, cells)
    elif rule == "dopt":
        worth = situation.outlook.at(cells).relative_drop
    else:
        drops = situation.listed_drops if cells is situation.listed else situation.drops(cells)
        worth = drops.worth(situation.tie)
    # A drop below 0, a rounding of the quadrature, must not be made larger by a small factor.
    return np.where(worth > 0, worth * situation.worth_factor.reshape(-1)[cells], worth)


def _drawn(situation: Situation, cells: Integers, values: Floats, near_best: float = 0.0) -> Integers:
    chosen: Integers = cells[draw_best(values, situation.bounds(cells), situation.draws(), near_best)]
    return chosen


def draw_best(values: Floats, bounds: Integers, draws: Floats, near_best: float = 0.0) -> Integers:
    """Return, for each person, the index of a value within ``near_best`` of the largest, drawn evenly.

    With 0 only equals are drawn among: never the first by index, which would wear that item out.

    Parameters
    ----------
    values : (C,) floats
        The values of one person after those of another.
    bounds : (N + 1,) ints
        Where those of each person begin, and where the last ends; nobody has none.
    draws : (N,) floats in [0, 1)
    near_best : float in [0, 1)

    Examples
    --------
    >>> draw_best(np.array([1.0, 3.0, 2.9, 5.0, 5.0]), np.array([0, 3, 5]), np.array([0.7, 0.2]), 0.1)
    array([2, 3])
    """
    if bounds.size == 2:  # one person: no need to sort out whose is what
        most = float(values.max())
        near = np.flatnonzero(values >= most - max(near_best * abs(most), EQUAL))
        return near[[int(draws[0] * near.size)]]
    best = np.maximum.reduceat(values, bounds[:-1])
    least = best - np.maximum(near_best * np.abs(best), EQUAL)
    near = np.flatnonzero(values >= np.repeat(least, bounds[1:] - bounds[:-1]))
    first = near.searchsorted(bounds)
    picked: Integers = near[first[:-1] + (draws * (first[1:] - first[:-1])).astype(np.intp)]
    return picked


def _is_large(values: Floats, number: int) -> Booleans:
    """Return which are the ``number`` largest values."""
    if values.size <= number:
        return np.ones(values.size, dtype=bool)
    is_large = np.zeros(values.size, dtype=bool)
    is_large[np.argpartition(-values, number - 1)[:number]] = True
    return is_large
