"""Models by hand: splits of a tree, ensembles, clusters, layers; and second routes to them."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import scipy

from quizengine.errors import ExpressionError
from quizengine.generation.functions.arithmetic import at, symbol  # noqa: F401  (the examples use it)
from quizengine.generation.values import exact, plain

MAX_VOTERS = 9
MAX_TRIALS = 1_500


def _floats(values: Any) -> Any:
    return np.array([float(exact(value)) for value in plain(values)])


def _rows(values: Any) -> Any:
    return np.array([_floats(row) for row in plain(values)])


def gini(counts: Any) -> Any:
    """Gini impurity of a node with so many rows of each class, exact.

    >>> gini([1, 1]), gini([3, 1])
    (Fraction(1, 2), Fraction(3, 8))
    """
    sizes = [exact(count) for count in plain(counts)]
    total = sum(sizes, Fraction(0))
    if total == 0:
        raise ExpressionError("an empty node has no impurity")
    return plain(1 - sum(((size / total) ** 2 for size in sizes), Fraction(0)))


def split_impurity(left: Any, right: Any) -> Any:
    """Gini impurity of two children, weighted with their rows, exact.

    >>> split_impurity([2, 0], [0, 2]), split_impurity([1, 1], [1, 1])
    (0, Fraction(1, 2))
    """
    sizes = [sum(exact(count) for count in plain(counts)) for counts in (left, right)]
    parts = [exact(gini(counts)) for counts in (left, right)]
    return plain(
        sum((size * part for size, part in zip(sizes, parts, strict=True)), Fraction(0)) / sum(sizes)
    )


def numeric_gini_gain(left: Any, right: Any) -> float:
    """Gini gain of a split into two nodes of two classes, as twice the variance it removes, for oracles.

    >>> numeric_gini_gain([2, 0], [0, 2])
    0.5
    """
    nodes = [np.repeat([1.0, 0.0], [int(count) for count in plain(counts)]) for counts in (left, right)]
    whole = np.concatenate(nodes)
    return float(2 * (whole.var() - sum(len(node) * node.var() for node in nodes) / len(whole)))


def numeric_best_threshold(xs: Any, labels: Any) -> list[float]:
    """Midpoint that leaves the least Gini impurity, and that impurity, by trying all, for oracles.

    >>> numeric_best_threshold([1, 2, 4], [0, 0, 1])
    [3.0, 0.0]
    """
    places, marks = _floats(xs), _floats(labels)
    ends = np.unique(places)
    tried = []
    for threshold in (ends[1:] + ends[:-1]) / 2:
        parts = (marks[places < threshold], marks[places > threshold])
        tried.append((sum(len(part) * 2 * part.var() for part in parts) / len(marks), float(threshold)))
    impurity, best = min(tried)
    return [best, float(impurity)]


def numeric_boost(targets: Any, splits: Any, rate: Any) -> list[float]:
    """Predictions of boosting with squared loss; a split lists for each row its leaf, for oracles.

    >>> numeric_boost([4, 1, 1], [[0, 1, 1]], 0.5)
    [3.0, 1.5, 1.5]
    """
    values = _floats(targets)
    made = np.full(len(values), values.mean())
    for leaves in plain(splits):
        gaps = values - made
        means = {leaf: gaps[np.array(leaves) == leaf].mean() for leaf in leaves}
        made = made + float(exact(rate)) * np.array([means[leaf] for leaf in leaves])
    return [float(value) for value in made]


def numeric_vote_error(voters: int, error: Any) -> float:
    """Chance that most of some independent voters err, adding up every pattern of errors, for oracles.

    >>> numeric_vote_error(3, 0.5)
    0.5
    """
    if not 1 <= voters <= MAX_VOTERS:
        raise ExpressionError(f"1 to {MAX_VOTERS} voters are counted")
    wrong = float(exact(error))
    patterns = product((0, 1), repeat=voters)
    return sum(
        wrong ** sum(pattern) * (1 - wrong) ** (voters - sum(pattern))
        for pattern in patterns
        if 2 * sum(pattern) > voters
    )


def numeric_line(xs: Any, ys: Any) -> list[float]:
    """Intercept and slope of the line of least squares by NumPy, rounded to 9 decimals, for oracles.

    >>> numeric_line([0, 1, 2], [1, 3, 5])
    [1.0, 2.0]
    """
    slope, intercept = np.polyfit(_floats(xs), _floats(ys), 1)
    return [round(float(intercept), 9) + 0.0, round(float(slope), 9) + 0.0]


def numeric_minimiser(expression: Any, variable: Any) -> float:
    """Place of the minimum of a convex expression, searched for and rounded to 6 decimals, for oracles.

    >>> numeric_minimiser((symbol("w") - 3) ** 2, symbol("w"))
    3.0
    """
    found = scipy.optimize.minimize_scalar(lambda place: float(at(expression, variable, float(place))))
    return round(float(found.x), 6) + 0.0


def numeric_centroids(points: Any, centres: Any) -> list[list[float]]:
    """Centroids after one step of k-means, by NumPy, for oracles.

    >>> numeric_centroids([[0, 0], [2, 0], [9, 9]], [[1, 1], [8, 8]])
    [[1.0, 0.0], [9.0, 9.0]]
    """
    places, starts = _rows(points), _rows(centres)
    nearest = ((places[:, None, :] - starts[None, :, :]) ** 2).sum(axis=2).argmin(axis=1)
    return [[float(v) for v in places[nearest == k].mean(axis=0)] for k in range(len(starts))]


def numeric_silhouette(point: Any, own: Any, others: Any) -> float:
    """Silhouette of a point on a line, given its companions and the other clusters, for oracles.

    >>> numeric_silhouette(1, [2], [[5, 5], [9]])
    0.75
    """
    place = float(exact(point))
    near, far = (
        min(float(np.abs(_floats(cluster) - place).mean()) for cluster in clusters)
        for clusters in ([own], plain(others))
    )
    return (far - near) / max(far, near)


def simulated_finish(minutes: Any, needs: Any, workers: int = 99) -> int:
    """Minute at which the last of some steps ends; ``needs`` lists for each the steps before it.

    A free worker takes the first step in the list that may start; time passes minute by minute.

    >>> simulated_finish([2, 3, 1], [[], [], [0, 1]]), simulated_finish([2, 3, 1], [[], [], [0, 1]], 1)
    (4, 6)
    """
    left = [int(length) for length in plain(minutes)]
    before, running, done, clock = plain(needs), set[int](), set[int](), 0
    while len(done) < len(left):
        for step in range(len(left)):
            free = step not in running | done and all(need in done for need in before[step])
            if free and len(running) < workers:
                running.add(step)
        if not running:
            raise ExpressionError("these steps wait for each other")
        for step in running:
            left[step] -= 1
        done |= {step for step in running if left[step] <= 0}
        running -= done
        clock += 1
    return clock


def reachable(edges: Any, start: int) -> list[int]:
    """Nodes that can be reached along ``[from, to]`` edges, without the start, sorted.

    >>> reachable([[0, 1], [1, 3], [2, 3]], 0)
    [1, 3]
    """
    pairs, found = plain(edges), {start}
    while new := {b for a, b in pairs if a in found and b not in found}:
        found |= new
    return sorted(found - {start})


def closure(edges: Any, start: int, size: int) -> list[int]:
    """Do what ``reachable`` does, by powers of the adjacency matrix, for oracles.

    >>> closure([[0, 1], [1, 3], [2, 3]], 0, 4)
    [1, 3]
    """
    adjacent = np.eye(size, dtype=int)
    for one, other in plain(edges):
        adjacent[one, other] = 1
    steps = np.linalg.matrix_power(adjacent, size)[start] > 0
    return [node for node in range(size) if steps[node] and node != start]


def geometric_misses(chance: Any, count: int) -> list[float]:
    """Chances that 0, 1, 2, ... trials in a row all miss, multiplied up one by one, for oracles.

    >>> geometric_misses(0.5, 3)
    [1.0, 0.5, 0.25]
    """
    if not 1 <= count <= MAX_TRIALS:
        raise ExpressionError(f"1 to {MAX_TRIALS} trials are counted")
    return [float(power) for power in np.cumprod([1.0] + [float(exact(chance))] * (count - 1))]
