"""From what each item would settle to the one that is asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quizengine.psychometrics.arrays import Booleans, Floats, Integers
from quizengine.psychometrics.design import Design
from quizengine.psychometrics.selection import Belief, Drops, Layout, Outlook, Rule, shortlist, spread_drop


@dataclass(frozen=True, kw_only=True, eq=False)
class Situation:
    """A moment between two answers.

    ``free`` and ``worth_factor`` are (J,), by place in the layout: what may be asked, and what its
    worth is multiplied by. ``tie`` is the weight of entropy beside risk, or None where entropy alone
    decides. ``rng`` is used for this choice alone; ``is_first`` while nothing has been asked.
    """

    layout: Layout
    belief: Belief
    free: Booleans
    worth_factor: Floats
    tie: float | None
    is_first: bool
    rng: np.random.Generator

    @cached_property
    def outlook(self) -> Outlook:
        """What every item would do to its own line."""
        return self.layout.outlook(self.belief.mean, self.belief.covariance)

    @cached_property
    def listed(self) -> Integers:
        """Places of the shortlist."""
        return shortlist(self.belief, self.layout, self.outlook, self.free, self.tie)

    @cached_property
    def listed_drops(self) -> Drops:
        """What the shortlist would settle."""
        return self.belief.drops(self.layout, self.outlook, self.listed)

    @cached_property
    def open_places(self) -> Integers:
        """Places of everything that may be asked."""
        return np.flatnonzero(self.free)

    def siblings(self, place: int) -> Integers:
        """Return the open places with the same main skill, that one included."""
        main = self.layout.main_skill
        return np.flatnonzero(self.free & (main == main[place]))


def choose(situation: Situation, rule: Rule, design: Design) -> tuple[int, float]:
    """Return the item to ask, and what the best of the shortlist is expected to settle, in skills.

    The opening is drawn from the best few, so that a sitting cannot be foretold; later the best
    skill wins, and one of its nearly best items is drawn.
    """
    if rule == "random":
        place = int(situation.rng.choice(situation.open_places))
    elif situation.is_first:
        place = _opening(situation, rule, design)
    else:
        place = _best(situation, rule, design)
    return int(situation.layout.order[place]), situation.listed_drops.gain


def _opening(situation: Situation, rule: Rule, design: Design) -> int:
    # Few skills make a short list; then the best openings are looked for among all items.
    listed = situation.listed
    places = listed if listed.size >= design.openings else situation.open_places
    values = _values(situation, rule, design, places)
    return int(places[situation.rng.choice(largest(values, design.openings))])


def _best(situation: Situation, rule: Rule, design: Design) -> int:
    places = situation.listed if rule in ("risk", "mi") else situation.open_places
    values = _values(situation, rule, design, places)
    siblings = situation.siblings(int(places[draw_best(values, situation.rng)]))
    values = _values(situation, rule, design, siblings)
    return int(siblings[draw_best(values, situation.rng, design.near_best)])


def _values(situation: Situation, rule: Rule, design: Design, places: Integers) -> Floats:
    """Return what the items at ``places`` are worth by the rule."""
    belief, layout, outlook = situation.belief, situation.layout, situation.outlook
    if rule == "aopt":
        worth = spread_drop(belief, layout, outlook, places)
    elif rule == "dopt":
        worth = outlook.relative_drop[places]
    else:
        is_listed = places is situation.listed
        drops = situation.listed_drops if is_listed else belief.drops(layout, outlook, places)
        worth = drops.worth(situation.tie)
    # A drop below 0, a rounding of the quadrature, must not be made larger by a small factor.
    return np.where(worth > 0, worth * situation.worth_factor[places], worth)


def draw_best(values: Floats, rng: np.random.Generator, near_best: float = 0.0) -> int:
    """Return the index of a value within ``near_best`` of the largest, drawn evenly.

    With 0 only equals are drawn among: never the first by index, which would wear that item out.
    """
    best = float(values.max())
    near = np.flatnonzero(values >= best - max(near_best * abs(best), 1e-12))
    return int(near[rng.integers(near.size)])


def largest(values: Floats, number: int) -> Integers:
    """Return the indices of the ``number`` largest values."""
    if values.size <= number:
        return np.arange(values.size)
    return np.argpartition(-values, number - 1)[:number]
