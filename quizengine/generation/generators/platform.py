"""Data of platform questions: lineage, watermarks, row groups, records, policies, plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from quizengine.generation.registry import generator


@generator
def table_lineage(rng: np.random.Generator, k: int) -> Mapping[str, Any]:
    """Edges between ``k`` tables numbered from 0, each table fed by one or two earlier ones or a source.

    Drawn again until table 1 feeds some directly, more indirectly, and not all.
    """
    while True:
        edges = [[i, j] for j in range(2, k) for i in range(j) if rng.random() < 0.3]
        direct = {j for i, j in edges if i == 1}
        found = {1}
        for i, j in edges:  # numbered so that every edge leads to a greater number
            if i in found:
                found.add(j)
        down = sorted(found - {1})
        up = sorted({i for i, j in edges if j in down and i not in found})
        if 0 < len(direct) < len(down) < k - 3 and up:
            order = rng.permutation(len(edges))
            return {
                "edges": edges,
                "shown": [f"{edges[int(n)][0]} → {edges[int(n)][1]}" for n in order],
                "direct": sorted(direct),
                "down": down,
                "with_source": sorted(found),
                "touched": sorted([*down, *up]),
            }


@generator
def late_rows(rng: np.random.Generator, w: int, overlap: int) -> Mapping[str, Any]:
    """Ten rows of a source: when each was changed and when it arrived, with rows at both limits.

    The last load took place at ``w``; rows that had arrived by then and lay above its limit are loaded.
    """
    changed = [w - overlap, w - overlap + 1, w, *(int(t) for t in rng.integers(w - overlap - 3, w + 9, 7))]
    late = [int(rng.integers(0, overlap + 1)) if rng.random() < 0.6 else 0 for _ in changed]
    rows = sorted({(t, t + d) for t, d in zip(changed, late, strict=True)})
    order = [rows[int(i)] for i in rng.permutation(len(rows))]
    read = [row for row in order if row[0] > w - overlap]
    return {
        "changed": [row[0] for row in order],
        "arrived": [row[1] for row in order],
        "read": len(read),
        "fresh": sum(row[1] > w for row in read),
        "above_count": sum(row[0] > w for row in order),
        "at_limit": sum(row[0] >= w - overlap for row in order),
        "missed": sum(row[0] <= w < row[1] for row in read),
    }


@generator
def row_groups(rng: np.random.Generator) -> Mapping[str, Any]:
    """Six row groups with the least and greatest value of a column, and a range that a query asks for.

    One or two lie inside the range, some reach over both ends, some touch an end, the others lie beside
    it; those that reach over are never as many as those that touch. ``met`` tries every whole value.
    """
    low = int(rng.integers(20, 50))
    high = low + int(rng.integers(10, 25))
    near, far = (int(width) for width in rng.integers(2, 15, 2))
    inside, over, touching = ((1, 2, 1), (1, 1, 2), (2, 2, 1), (2, 1, 2), (1, 3, 1))[int(rng.integers(0, 5))]
    groups = [(low + 1 + place, high - 2 - place) for place in range(inside)]
    groups += [(low - near - place, high + far + 2 * place) for place in range(over)]
    groups += [((high, high + far), (low - near, low))[place] for place in range(touching)]
    groups += [(high + 1 + 3 * place, high + 5 + 4 * place + near) for place in range(6 - len(groups))]
    groups = [groups[int(i)] for i in rng.permutation(6)]
    wanted = set(range(low, high + 1))
    return {
        "lows": [a for a, _ in groups],
        "highs": [b for _, b in groups],
        "low": low,
        "high": high,
        "read": sum(a <= high and b >= low for a, b in groups),
        "inside": sum(a >= low and b <= high for a, b in groups),
        "ends": sum(low <= a <= high or low <= b <= high for a, b in groups),
        "touching": sum(a < high and b > low for a, b in groups),
        "met": sum(bool(set(range(a, b + 1)) & wanted) for a, b in groups),
    }


@generator
def bin_counts(rng: np.random.Generator, bins: int) -> Mapping[str, Any]:
    """Counts of a histogram, all different, each even, so that they can be read off a grid of 2."""
    return {"h": [2 * int(n) for n in rng.choice(np.arange(1, 15), size=bins, replace=False)]}


@generator
def two_boxes(rng: np.random.Generator) -> Mapping[str, Any]:
    """Two box plots on a grid of 5, each box with its limit of 1.5 interquartile ranges, points beyond it."""
    boxes: list[list[int]] = []
    points: list[list[int]] = []
    for _ in range(2):
        first = 5 * int(rng.integers(4, 9))
        width = 10 * int(rng.integers(1, 4))
        median = first + 5 * int(rng.integers(1, width // 5))
        limit = first + width + width * 3 // 2
        whisker = first + width + 5 * int(rng.integers(1, 3))
        beyond = [
            limit + 5 * int(step)
            for step in rng.choice(np.arange(1, 5), size=rng.integers(1, 4), replace=False)
        ]
        boxes.append([first - 5 * int(rng.integers(1, 4)), first, median, first + width, whisker])
        points.append(sorted(beyond))
    return {"boxes": boxes, "points": points}


@generator
def learning_curves(rng: np.random.Generator) -> Mapping[str, Any]:
    """Errors in percent on training and validation rows for five training sizes, whole numbers."""
    floor = int(rng.integers(3, 12))
    gaps = sorted((int(gap) for gap in rng.choice(np.arange(2, 17), size=5, replace=False)), reverse=True)
    train = sorted(floor - int(step) for step in rng.integers(0, 3, 5))
    return {
        "sizes": [1, 2, 4, 6, 8],
        "train": train,
        "valid": [one + gap for one, gap in zip(train, gaps, strict=True)],
    }


@generator
def predicted_points(rng: np.random.Generator) -> Mapping[str, Any]:
    """Nine pairs (actual, predicted) from 1 to 19, no two alike, two of them on the diagonal."""
    while True:
        actual = [int(x) for x in rng.choice(np.arange(2, 19), size=9, replace=False)]
        gaps = [0, 0, *(int(gap) for gap in rng.choice([-6, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6], size=7))]
        predicted = [x + gap for x, gap in zip(actual, gaps, strict=True)]
        sizes = sorted((abs(gap) for gap in gaps), reverse=True)
        over = sum(gap > 0 for gap in gaps)
        if min(predicted) >= 1 and max(predicted) <= 19 and sizes[0] > sizes[1] and over not in (0, 3, 4, 7):
            rows = sorted(zip(actual, predicted, strict=True))
            return {"actual": [row[0] for row in rows], "predicted": [row[1] for row in rows]}


@generator
def group_sizes(rng: np.random.Generator, k: int) -> Mapping[str, Any]:
    """Rows for each pair of an age band and a region: some pairs below ``k``, none empty."""
    while True:
        sizes = [int(size) for size in rng.integers(1, 10, 6)]
        small = [size for size in sizes if size < k]
        if (
            1 < len(small) < 5
            and min(sizes) < k - 1
            and sum(small) not in (min(sizes), max(sizes), len(small))
        ):
            return {"sizes": sizes}


@generator
def dated_records(rng: np.random.Generator, today: int, keep: int) -> Mapping[str, Any]:
    """Ten records with the day of their creation and whether they are on hold, one exactly at the limit."""
    while True:
        days = [today - keep, *(int(day) for day in rng.integers(1, today, 9))]
        holds = [bool(hold) for hold in rng.random(10) < 0.35]
        order = rng.permutation(10)
        made = [days[int(i)] for i in order]
        old = [today - day > keep for day in made]
        held = sum(a and b for a, b in zip(old, holds, strict=True))
        if held > 0 and 2 < sum(old) < 8:
            return {
                "days": made,
                "holds": holds,
                "due": sum(old) - held,
                "held": held,
                "all_held": sum(holds),
                "limit_due": sum(
                    today - day >= keep and not hold for day, hold in zip(made, holds, strict=True)
                ),
                "left": _survivors(made, holds, today, keep),
            }


def _survivors(days: Sequence[int], holds: Sequence[bool], today: int, keep: int) -> int:
    """Count the records that are still there after each day's deletion was run."""
    kept = list(zip(days, holds, strict=True))
    for day in range(1, today + 1):
        kept = [(made, hold) for made, hold in kept if hold or made >= day - keep]
    return len(kept)


@generator
def approvals(rng: np.random.Generator) -> Mapping[str, Any]:
    """Six model versions with author, approver and days; which break the rule, and what weaker readings find.

    The rule: approved by somebody other than the author, not before the evaluation, not after the release.
    """
    people = ("Ada", "Ben", "Cleo")
    while True:
        rows = []
        for _ in range(6):
            author, approver = (people[int(i)] for i in rng.integers(0, 3, 2))
            evaluated = int(rng.integers(3, 15))
            approved = evaluated + int(rng.integers(-2, 7))
            rows.append((author, approver, evaluated, approved, approved + int(rng.integers(-1, 6))))
        found = {
            "bad": [a == b or d < c or d > e for a, b, c, d, e in rows],
            "own": [a == b for a, b, *_ in rows],
            "late": [d > e for *_, d, e in rows],
            "early": [d < c for _, _, c, d, _ in rows],
            "strict": [a == b or d <= c or d >= e for a, b, c, d, e in rows],
        }
        if (
            all(map(any, found.values()))
            and len({tuple(flags) for flags in found.values()}) == 5
            and 1 < sum(found["bad"]) < 5
        ):
            versions = [f"v{n}" for n in range(1, 7)]
            names = ("author", "approver", "evaluated", "approved", "released")
            columns = {name: list(cells) for name, cells in zip(names, zip(*rows, strict=True), strict=True)}
            sets = {
                key: [version for version, flag in zip(versions, flags, strict=True) if flag]
                for key, flags in found.items()
            }
            return {"versions": versions, **columns, **sets}
