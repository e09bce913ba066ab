"""The items that a test may ask: parameters, loadings, areas, expected times."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from quizengine.errors import PoolError
from quizengine.psychometrics.arrays import Booleans, Floats, Integers, frozen
from quizengine.psychometrics.graded import graded_log_likelihood, reaching_chances, step_costs
from quizengine.psychometrics.response import discounted_slope, log_likelihood, success_chance

SLOPE_RANGE = (0.01, 10.0)
"""Discriminations outside say that a parameter was mistyped; calibrated items lie in [0.3, 3]."""
COLD_SLOPE = 1.1
COLD_CEILING = 0.98
COLD_DIFFICULTY_SD = 0.7
"""What an author's guess is worth: slope exp(0.1), difficulty right to within 0.7 logits."""


class ItemPool:
    """Items as arrays: what each measures, and how hard it is. Never changed once made.

    Parameters
    ----------
    loadings : (J, K) floats >= 0, rows sum to 1
        How much item j draws on skill k. Mostly one skill an item.
    a : (J,) floats in [0.01, 10], per logit
        Discriminations.
    b : (J,) floats, logits
        Difficulties: at ``theta = b`` half of what can be known is known.
    c : (J,) floats in [0, 1)
        Chance of a right answer without the skill.
    d : (J,) floats in (c, 1]
        Chance of a right answer with it: 1 less the slips.
    areas : (J,) labels, optional
        The area of each item. Given, a test spreads its items over the areas.
    steps : (J, M) floats, or J rows of floats, logits, optional
        Calibrated step difficulties of the items that are scored in parts; a row of nan, an empty row or
        None for one that is right or wrong. An item with M steps has the scores 0, 1/M, ..., 1 and the
        generalised partial credit model (`category_chances`), which has no use for its c and d; its b only
        serves a misconception that it fires.
    log_seconds : (J,) floats, optional
        Natural logarithm of the seconds that a typical person takes.
    enemies : pairs of item indices
        Items that give each other away: never both in one sitting.

    Raises
    ------
    PoolError
        If an array has the wrong shape, or rows are at fault; every row is named.

    Examples
    --------
    >>> pool = ItemPool(loadings=[[1, 0], [0, 1], [0.5, 0.5]], a=[1, 1.2, 0.8], b=[0, -1, 1],
    ...                 c=[0.02, 0.25, 0.02], d=[0.98, 0.98, 0.98])
    >>> len(pool), pool.n_skills, pool.main_skill.tolist()
    (3, 2, [0, 1, 0])
    >>> graded = ItemPool([[1.0], [1.0]], [1, 1], [0, 0], [0, 0], [1, 1], steps=[[-0.5, 1.0], None])
    >>> graded.n_steps.tolist(), graded.is_graded.tolist()
    ([2, 1], [True, False])
    >>> ItemPool(loadings=[[1.0], [1.0]], a=[1, -1], b=[0, float("nan")], c=[0, 0], d=[1, 1])
    Traceback (most recent call last):
        ...
    quizengine.errors.PoolError: the item pool has 1 row at fault:
      item 1: b is not finite; a = -1 is outside [0.01, 10]
    """

    def __init__(  # noqa: PLR0913  (the four parameters of the model and their company, by contract)
        self,
        loadings: ArrayLike,
        a: ArrayLike,
        b: ArrayLike,
        c: ArrayLike,
        d: ArrayLike,
        *,
        areas: Sequence[Hashable] | None = None,
        steps: ArrayLike | Sequence[ArrayLike | None] | None = None,
        log_seconds: ArrayLike | None = None,
        enemies: Sequence[tuple[int, int]] = (),
    ) -> None:
        self.loadings = _matrix(loadings)
        n_items = len(self.loadings)
        self.a, self.b, self.c, self.d = (
            _column(name, values, n_items) for name, values in (("a", a), ("b", b), ("c", c), ("d", d))
        )
        self.log_seconds = None if log_seconds is None else _column("log_seconds", log_seconds, n_items)
        self.steps = None if steps is None else _steps(steps, n_items)
        self.enemies = tuple((int(one), int(other)) for one, other in enemies)
        self.area_names, self.area_of = _label(areas, n_items)
        _refuse(list(_row_faults(self)) + list(_enemy_faults(self)))

    @classmethod
    def from_guesses(  # noqa: PLR0913  (what an author can say of an item, and what a pool adds)
        cls,
        loadings: ArrayLike,
        difficulty: ArrayLike,
        c: ArrayLike,
        *,
        d: float = COLD_CEILING,
        difficulty_sd: float = COLD_DIFFICULTY_SD,
        areas: Sequence[Hashable] | None = None,
        log_seconds: ArrayLike | None = None,
        enemies: Sequence[tuple[int, int]] = (),
    ) -> ItemPool:
        """Make a pool of questions that nobody has answered yet, from their authors' guesses.

        Parameters
        ----------
        loadings, c, areas, log_seconds, enemies
            As for the pool itself.
        difficulty : (J,) floats, logits
            What the author wrote.
        d : float
            The same for all items until slips are measured.
        difficulty_sd : float >= 0, logits
            How far off such a guess is; put into a flatter curve (see `discounted_slope`).

        Examples
        --------
        >>> pool = ItemPool.from_guesses([[1.0], [1.0]], difficulty=[-0.5, 1.0], c=[0.02, 0.25])
        >>> pool.a.round(3)
        array([1.002, 1.002])
        """
        b = np.asarray(difficulty, dtype=np.float64)
        a = np.full(b.shape, discounted_slope(COLD_SLOPE, difficulty_sd))
        return cls(
            loadings, a, b, c, np.full(b.shape, d), areas=areas, log_seconds=log_seconds, enemies=enemies
        )

    def __len__(self) -> int:
        return len(self.loadings)

    def __repr__(self) -> str:
        return f"ItemPool({len(self)} items, {self.n_skills} skills, {len(self.area_names)} areas)"

    @property
    def n_skills(self) -> int:
        """Number of skills, K."""
        return int(self.loadings.shape[1])

    @cached_property
    def main_skill(self) -> Integers:
        """The skill that each item draws on most, (J,) ints; the first of equals."""
        largest: Integers = self.loadings.argmax(axis=1)
        return largest

    @cached_property
    def n_steps(self) -> Integers:
        """How many steps the score of each item has, (J,) ints; 1 for right or wrong."""
        if self.steps is None:
            return np.ones(len(self), dtype=np.intp)
        taken: Integers = np.maximum(np.isfinite(self.steps).sum(axis=1), 1)
        return taken

    @cached_property
    def is_graded(self) -> Booleans:
        """Which items have steps, (J,) bools."""
        if self.steps is None:
            return np.zeros(len(self), dtype=bool)
        return np.asarray(np.isfinite(self.steps).any(axis=1))

    @cached_property
    def step_costs(self) -> Floats:
        """Cumulative steps, (J, M + 1), inf where there is none; see `graded.step_costs`."""
        return frozen(step_costs(np.full((len(self), 1), np.nan) if self.steps is None else self.steps))

    def chances(self, theta: ArrayLike) -> Floats:
        """Return what people's scores are drawn by: their chances on every item.

        Parameters
        ----------
        theta : (N, K) floats, logits

        Returns
        -------
        (N, J) floats in [0, 1]
            Chances of a right answer. With graded items (N, J, M): of at least each step, 0 for no step.
        """
        u = np.asarray(theta, dtype=np.float64) @ self.loadings.T
        whole = success_chance(u, self.a, self.b, self.c, self.d)
        if not self.is_graded.any():
            return whole
        chances = np.zeros((*u.shape, self.step_costs.shape[1] - 1))
        chances[..., 0] = whole
        some = np.flatnonzero(self.is_graded)
        chances[:, some] = reaching_chances(u[:, some], self.a[some], self.step_costs[some])
        return chances

    def log_likelihoods(self, items: Integers, scores: Floats, u: Floats) -> Floats:
        """Return the log likelihood of R answers at Q abilities each, (R, Q).

        Parameters
        ----------
        items : (R,) ints
        scores : (R,) floats in [0, 1]
        u : (R, Q) or (Q,) floats, logits
            Ability on the line of each item.
        """
        a, b, c, d = (part[items, None] for part in (self.a, self.b, self.c, self.d))
        logs = log_likelihood(u, a, b, c, d, scores[:, None])
        some = np.flatnonzero(self.is_graded[items])
        if some.size:
            at, which = np.broadcast_to(u, logs.shape)[some], items[some]
            logs[some] = graded_log_likelihood(at, self.a[which], self.step_costs[which], scores[some])
        return logs

    @cached_property
    def parts(self) -> tuple[Integers, Floats]:
        """Skills and weights of each item, (J, M) each, M the most skills of one; padded with weight 0."""
        width = max(1, int((self.loadings > 0).sum(axis=1).max(initial=0)))
        skills = np.argsort(-self.loadings, axis=1, kind="stable")[:, :width]
        return skills, np.take_along_axis(self.loadings, skills, axis=1)

    @cached_property
    def rivals(self) -> dict[int, tuple[int, ...]]:
        """The enemies of each item that has some."""
        found: dict[int, set[int]] = {}
        for one, other in self.enemies:
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
        return {item: tuple(sorted(others)) for item, others in found.items()}


def _matrix(loadings: ArrayLike) -> Floats:
    try:
        matrix = np.array(loadings, dtype=np.float64)
    except ValueError as error:
        raise PoolError("loadings must be a matrix of numbers, one row an item") from error
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise PoolError(f"loadings has shape {matrix.shape}; it must be (items, skills), both at least 1")
    return frozen(matrix)


def _column(name: str, values: ArrayLike, n_items: int) -> Floats:
    try:
        column = np.array(values, dtype=np.float64)
    except ValueError as error:
        raise PoolError(f"{name} must be numbers, one an item") from error
    if column.shape != (n_items,):
        raise PoolError(f"{name} has shape {column.shape}; with {n_items} items it must be ({n_items},)")
    return frozen(column)


def _steps(steps: ArrayLike | Sequence[ArrayLike | None], n_items: int) -> Floats:
    """Return steps as a matrix, nan where a row has fewer than another."""
    try:
        given = list(steps)  # type: ignore[arg-type]  # a number alone has no rows
        rows = [np.array([] if row is None else row, dtype=np.float64) for row in given]
    except (TypeError, ValueError) as error:
        raise PoolError("steps must be a row of numbers an item, or None") from error
    if len(rows) != n_items or any(row.ndim != 1 for row in rows):
        raise PoolError(f"steps must be {n_items} rows of numbers, one an item")
    matrix = np.full((n_items, max(1, *(row.size for row in rows))), np.nan)
    for place, row in zip(matrix, rows, strict=True):
        place[: row.size] = row
    return frozen(matrix)


def _label(areas: Sequence[Hashable] | None, n_items: int) -> tuple[tuple[Hashable, ...], Integers]:
    if areas is None:
        return (), np.zeros(n_items, dtype=np.intp)
    if len(areas) != n_items:
        raise PoolError(f"areas has {len(areas)} labels; there are {n_items} items")
    names = tuple(dict.fromkeys(areas))
    number = {name: index for index, name in enumerate(names)}
    return names, np.array([number[area] for area in areas], dtype=np.intp)


def _row_faults(pool: ItemPool) -> Iterator[tuple[int, str]]:
    low, high = SLOPE_RANGE
    for name, column in (("a", pool.a), ("b", pool.b), ("c", pool.c), ("d", pool.d)):
        yield from _rows(~np.isfinite(column), f"{name} is not finite")
    if pool.log_seconds is not None:
        yield from _rows(~np.isfinite(pool.log_seconds), "log_seconds is not finite")
    # A comparison with nan is False, so that a row is named for being not finite alone.
    yield from _rows((pool.a < low) | (pool.a > high), f"a = {{:g}} is outside [{low:g}, {high:g}]", pool.a)
    if pool.steps is not None:
        yield from _rows(np.isinf(pool.steps).any(axis=1), "a step is not finite")
        is_gap = np.isnan(pool.steps[:, :-1]) & ~np.isnan(pool.steps[:, 1:])
        yield from _rows(is_gap.any(axis=1), "a step is missing before another")
    yield from _rows((pool.c < 0) | (pool.c >= 1), "c = {:g} is outside [0, 1)", pool.c)
    yield from _rows((pool.d <= 0) | (pool.d > 1), "d = {:g} is outside (0, 1]", pool.d)
    yield from _rows(pool.c >= pool.d, "c is not below d = {:g}", pool.d)
    yield from _rows(~np.isfinite(pool.loadings).all(axis=1), "a loading is not finite")
    yield from _rows((pool.loadings < 0).any(axis=1), "a loading is negative")
    sums = pool.loadings.sum(axis=1)
    yield from _rows(abs(sums - 1) > 1e-6, "its loadings sum to {:g}, not 1", sums)


def _rows(bad: ArrayLike, message: str, values: Floats | None = None) -> Iterator[tuple[int, str]]:
    for row in np.flatnonzero(bad):
        yield int(row), message if values is None else message.format(values[row])


def _enemy_faults(pool: ItemPool) -> Iterator[tuple[int, str]]:
    for one, other in pool.enemies:
        if one == other:
            yield one, "is its own enemy"
        for item in (one, other):
            if not 0 <= item < len(pool):
                yield item, "is named in enemies but is not in the pool"


def _refuse(faults: list[tuple[int, str]]) -> None:
    if not faults:
        return
    by_row: dict[int, list[str]] = {}
    for row, message in sorted(faults, key=lambda fault: fault[0]):
        by_row.setdefault(row, []).append(message)
    rows = "row" if len(by_row) == 1 else "rows"
    lines = [f"  item {row}: {'; '.join(messages)}" for row, messages in by_row.items()]
    raise PoolError("\n".join([f"the item pool has {len(by_row)} {rows} at fault:", *lines]))
