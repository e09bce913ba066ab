"""Data for models by hand: a tree's split, clusters, batches of predictions, slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from quizengine.generation.registry import generator

Point = tuple[int, int]


@generator
def split_table(rng: np.random.Generator) -> Mapping[str, Any]:
    """Eight rows of one feature and a class; ``best`` splits them best, ``middle`` ... are tempting others.

    Drawn again until the best threshold and the widest gap are each one alone and all four differ.
    """
    while True:
        xs = sorted(int(x) for x in rng.choice(np.arange(1, 30), size=8, replace=False))
        marks = [int(mark) for mark in rng.random(8) < 0.5]
        cuts = [(left + right) / 2 for left, right in pairwise(xs)]
        weighted, plain_mean = ([_impurity(marks, i, way) for i in range(1, 8)] for way in (True, False))
        best = int(np.argmin(weighted))
        gaps = [right - left for left, right in pairwise(xs)]
        others = (3, int(np.argmin(plain_mean)), int(np.argmax(gaps)))
        is_clear = sorted(weighted)[1] - weighted[best] > 0.01 and gaps.count(max(gaps)) == 1
        if is_clear and len({best, *others}) == 4 and 2 < sum(marks) < 6:
            order = rng.permutation(8)
            return {
                "xs": [xs[int(i)] for i in order],
                "marks": [marks[int(i)] for i in order],
                "best": cuts[best],
                "middle": cuts[3],
                "unweighted": cuts[others[1]],
                "gap": cuts[others[2]],
                "unweighted_value": plain_mean[others[1]],
                "gap_value": weighted[others[2]],
                "left": _counts(marks[: best + 1]),
                "right": _counts(marks[best + 1 :]),
            }


def _counts(marks: Sequence[int]) -> list[int]:
    return [sum(marks), len(marks) - sum(marks)]


def _impurity(marks: Sequence[int], cut: int, weighted: bool) -> float:
    sides = (marks[:cut], marks[cut:])
    parts = [2 * np.mean(side) * (1 - np.mean(side)) for side in sides]
    weights = [len(side) for side in sides] if weighted else [1, 1]
    return float(np.average(parts, weights=weights))


@generator
def plane_points(rng: np.random.Generator) -> Mapping[str, Any]:
    """Six points and two centres; the nearer ones of each, and who were nearer by the first coordinate."""
    while True:
        points = [(int(x), int(y)) for x, y in rng.integers(0, 13, (6, 2))]
        centres = [(int(x), int(y)) for x, y in rng.integers(1, 12, (2, 2))]
        gaps = [_far(p, centres[0]) - _far(p, centres[1]) for p in points]
        across = [abs(p[0] - centres[0][0]) - abs(p[0] - centres[1][0]) for p in points]
        if 0 in gaps or 0 in across or len(set(points)) < 6:
            continue
        sides = [[p for p, gap in zip(points, way, strict=True) if gap < 0] for way in (gaps, across)]
        rests = [[p for p, gap in zip(points, way, strict=True) if gap > 0] for way in (gaps, across)]
        if all(len(side) in (2, 3, 4) for side in sides) and sides[0] != sides[1]:
            return {
                "points": points,
                "centres": centres,
                "near": sides[0],
                "rest": rests[0],
                "near_x": sides[1],
                "rest_x": rests[1],
            }


def _far(one: Point, other: Point) -> int:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


@generator
def line_clusters(rng: np.random.Generator) -> Mapping[str, Any]:
    """A point, its two companions and two other clusters on a line, one nearer than the other."""
    while True:
        centre = int(rng.integers(10, 20))
        own = [centre + int(step) for step in rng.choice([-3, -2, 2, 3, 4], size=2, replace=False)]
        above = [centre + int(step) for step in rng.choice(np.arange(4, 16), size=3, replace=False)]
        below = [centre - int(step) for step in rng.choice(np.arange(3, 10), size=2, replace=False)]
        far = [float(np.abs(np.array(group) - centre).mean()) for group in (own, above, below)]
        if abs(far[1] - far[2]) > 1 and far[0] < min(far[1:]):
            names = (below, above) if rng.random() < 0.5 else (above, below)
            return {
                "point": centre,
                "own": sorted(own),
                "second": sorted(names[0]),
                "third": sorted(names[1]),
            }


@generator
def density_points(rng: np.random.Generator, eps: int, least: int) -> Mapping[str, Any]:
    """Ten places on a line: those that are ``core``, ``border`` and ``noise``, and how many (``key``).

    ``strict`` miscounts by leaving out neighbours at exactly ``eps``, ``alone`` by not counting the point.
    """
    while True:
        places = sorted(int(x) for x in rng.choice(np.arange(1, 41), size=10, replace=False))
        kinds = _density(places, eps, least, shift=0, strict=False)
        key = _sizes(kinds)
        strict = _sizes(_density(places, eps, least, shift=0, strict=True))
        alone = _sizes(_density(places, eps, least, shift=1, strict=False))
        if min(key) > 0 and len({key, strict, alone}) == 3:
            return {
                "places": places,
                **dict(zip(("core", "border", "noise"), kinds, strict=True)),
                "key": list(key),
                "strict": list(strict),
                "alone": list(alone),
                "swept": list(_swept(places, eps, least)),
            }


def _density(
    places: Sequence[int], eps: int, least: int, *, shift: int, strict: bool
) -> tuple[list[int], list[int], list[int]]:
    reach = eps - 1 if strict else eps
    near = {p: [q for q in places if abs(p - q) <= reach] for p in places}
    core = [p for p in places if len(near[p]) - shift >= least]
    border = [p for p in places if p not in core and set(core) & set(near[p])]
    return core, border, [p for p in places if p not in core and p not in border]


def _sizes(kinds: Sequence[Sequence[int]]) -> tuple[int, ...]:
    return tuple(len(kind) for kind in kinds)


def _swept(places: Sequence[int], eps: int, least: int) -> tuple[int, ...]:
    """Return the same three counts from a matrix of distances."""
    far = np.abs(np.subtract.outer(places, places))
    core = (far <= eps).sum(axis=1) >= least
    touched = ((far <= eps) & core).any(axis=1)
    return int(core.sum()), int((touched & ~core).sum()), int((~touched).sum())


@generator
def behaviour_pairs(rng: np.random.Generator, t: int) -> Mapping[str, Any]:
    """Scores in percent before and after a rewording and after a rise of income, some at the limit ``t``."""
    while True:
        before = [int(score) for score in rng.integers(20, 80, 7)]
        moves = [int(m) for m in rng.choice([-t - 4, -t - 1, -t, -1, 0, 2, t, t + 1, t + 3], size=7)]
        rises = [int(m) for m in rng.choice([-5, -2, 0, 1, 3, 6, 8], size=7)]
        counts = {
            "moved": sum(abs(m) > t for m in moves),
            "moved_up": sum(m > t for m in moves),
            "moved_limit": sum(abs(m) >= t for m in moves),
            "fell": sum(m < 0 for m in rises),
            "not_risen": sum(m <= 0 for m in rises),
        }
        if len({counts[k] for k in ("moved", "moved_up", "moved_limit")}) == 3 and counts["fell"] > 0:
            return counts | {
                "before": before,
                "reworded": [b + m for b, m in zip(before, moves, strict=True)],
                "richer": [b + m for b, m in zip(before, rises, strict=True)],
            }


@generator
def slice_hits(rng: np.random.Generator, allowed: int) -> Mapping[str, Any]:
    """Five slices with their positives and the ones found before and after, as texts and as sets.

    A slice fails if its recall falls by more than ``allowed`` points; ``by_count`` goes by cases instead.
    """
    names = [
        str(name)
        for name in rng.permutation(["mobile", "desktop", "new", "returning", "abroad", "night"])[:5]
    ]
    while True:
        sizes = [int(size) for size in rng.choice([20, 25, 40, 50, 100, 200], size=5)]
        old = [int(size * rng.choice([0.6, 0.68, 0.72, 0.8])) for size in sizes]
        new = [one - int(rng.integers(-3, 9)) for one in old]
        falls = [100 * (a - b) / size for a, b, size in zip(old, new, sizes, strict=True)]
        fails = [fall > allowed for fall in falls]
        sets = {
            "failing": fails,
            "any_fall": [fall > 0 for fall in falls],
            "by_count": [a - b > allowed for a, b in zip(old, new, strict=True)],
            "relative": [100 * (a - b) / a > allowed for a, b in zip(old, new, strict=True)],
        }
        if (
            0 < sum(fails) < 4
            and allowed in falls
            and any(sets["by_count"])
            and len({tuple(found) for found in sets.values()}) == 4
        ):
            chosen = {
                key: [name for name, hit in zip(names, found, strict=True) if hit]
                for key, found in sets.items()
            }
            return {"names": names, "sizes": sizes, "old": old, "new": new, "falls": falls, **chosen}


@generator
def validation_losses(rng: np.random.Generator, patience: int) -> Mapping[str, Any]:
    """Losses of eleven epochs with a small rise before the best epoch that a run with patience sees."""
    while True:
        falls = -np.cumsum(rng.integers(2, 9, 11))
        bumps = np.where(rng.random(11) < 0.35, rng.integers(4, 16, 11), 0)
        turn = int(rng.integers(4, 8))
        rises = np.where(np.arange(11) >= turn, 7 * (np.arange(11) - turn + 1), 0)
        losses = [int(loss) for loss in 90 + falls + bumps + rises]
        if len(set(losses)) < 11 or min(losses) < 5:
            continue
        best, stopped = _stop(losses, patience)
        first_rise = next((i for i in range(1, 11) if losses[i] > losses[i - 1]), 11) + 1
        if stopped < 11 and first_rise < best:
            lowest = losses.index(min(losses)) + 1
            return {
                "losses": losses,
                "best": best,
                "stopped": stopped,
                "first_rise": first_rise,
                "lowest": lowest,
            }


def _stop(losses: Sequence[int], patience: int) -> tuple[int, int]:
    best = waited = 0
    for epoch in range(1, len(losses)):
        best, waited = (epoch, 0) if losses[epoch] < losses[best] else (best, waited + 1)
        if waited == patience:
            return best + 1, epoch + 1
    return best + 1, len(losses)
