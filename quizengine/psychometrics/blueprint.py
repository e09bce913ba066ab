"""How a test spreads over the areas: a least and a most number of items in each."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Booleans, Floats, Integers
from quizengine.psychometrics.design import AreaBounds
from quizengine.psychometrics.pool import ItemPool

LEAST_EACH = 2
MOST_BEYOND_EVEN = 3


@dataclass(frozen=True, eq=False)
class Blueprint:
    """Least and most items an area, as arrays over the pool's A areas.

    What was used and answered comes as counts an area, (A,), or (N, A) for N people at once.
    """

    area_of: Integers
    least: Integers
    most: Integers

    def unmet(self, answered: Integers) -> Integers:
        """Return how many answers the areas still lack to their least, an int or (N,) ints."""
        lacking: Integers = np.maximum(self.least - answered, 0).sum(axis=-1)
        return lacking

    def eligible(self, used: Integers, answered: Integers, left: int, available: Booleans) -> Booleans:
        """Return which ``available`` items the areas allow, (J,) or (N, J), when ``left`` more may be asked.

        While the items left only just cover what areas still lack, only those areas are open.
        """
        allowed = available & (used < self.most)[..., self.area_of]
        hurries = self.unmet(answered) >= left
        if not np.any(hurries):
            return allowed
        urgent = available & (answered < self.least)[..., self.area_of]
        return np.where((hurries & urgent.any(axis=-1))[..., None], urgent, allowed)

    def preference(self, used: Integers) -> Floats:
        """Return ``(most - given) / most`` of each item's area: full areas count for less."""
        share: Floats = (self.most - used) / np.maximum(self.most, 1)
        return np.maximum(share, 0.0)[..., self.area_of]

    def room(self, used: Integers, available: Booleans) -> int:
        """Return how many more items the areas hold, going by what is ``available``, (J,)."""
        open_items = np.bincount(self.area_of[available], minlength=self.least.size)
        return int(np.minimum(np.maximum(self.most - used, 0), open_items).sum())


def make_blueprint(
    wanted: AreaBounds | None, pool: ItemPool, max_items: int, available: Booleans
) -> Blueprint | None:
    """Turn ``{area: (least, most)}`` into a blueprint that this pool can meet.

    Parameters
    ----------
    wanted : mapping of area to (least, most), optional
        Areas left out may have 0 to max_items items. By default every area has at least 2 (less
        where it has less to give), at most its even share and 3 more.
    pool : ItemPool
        Without areas there is no blueprint.
    max_items : int
    available : (J,) bools
        Items that may be asked at all.

    Raises
    ------
    PsychometricsError
        If an area lacks items, is not in the pool, or the least numbers exceed ``max_items``.
    """
    if not pool.area_names:
        if wanted:
            raise PsychometricsError("a blueprint needs a pool with areas")
        return None
    supply = _supply(pool, available)
    if wanted is None:
        even = ceil(max_items / supply.size)
        # An area must be able to give its least, and all together must fit into the test.
        least = np.minimum(min(LEAST_EACH, max_items // supply.size), supply)
        return Blueprint(pool.area_of, least, np.full(supply.size, even + MOST_BEYOND_EVEN))
    least, most = np.zeros(supply.size, dtype=np.intp), np.full(supply.size, max_items)
    unknown = [area for area in wanted if area not in pool.area_names]
    if unknown:
        raise PsychometricsError(f"the blueprint names areas that the pool has not: {unknown}")
    for area, bounds in wanted.items():
        index = pool.area_names.index(area)
        least[index], most[index] = bounds
    _refuse_impossible(pool, least, most, supply, max_items)
    return Blueprint(pool.area_of, least, most)


def _supply(pool: ItemPool, available: Booleans) -> Integers:
    """Return how many items of each area can be had together, counting no item beside its enemy."""
    usable = available.copy()
    for item in sorted(pool.rivals, key=lambda item: len(pool.rivals[item])):
        if usable[item]:
            usable[list(pool.rivals[item])] = False
    return np.bincount(pool.area_of[usable], minlength=len(pool.area_names))


def _refuse_impossible(
    pool: ItemPool, least: Integers, most: Integers, supply: Integers, max_items: int
) -> None:
    faults = []
    for area, low, high, has in zip(pool.area_names, least, most, supply, strict=True):
        if not 0 <= low <= high:
            faults.append(f"area {area}: least {low} and most {high} contradict each other")
        elif has < low:
            faults.append(f"area {area}: needs {low} items and has {has}")
    if least.sum() > max_items:
        faults.append(f"the areas need {least.sum()} items together; the test has {max_items}")
    if faults:
        raise PsychometricsError("the blueprint cannot be met: " + "; ".join(faults))
