"""What automation starts by itself: runs after files arrive, and changes to resources that have drifted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from quizengine.generation.registry import generator


@generator
def quiet_starts(rng: np.random.Generator, quiet: int, most: int) -> Mapping[str, Any]:
    """Minutes at which nine files arrive, and those at which runs start.

    A run starts when no file has come for ``quiet`` minutes, or ``most`` minutes after the first that waits.
    ``starts`` goes from file to file, ``simulated`` from minute to minute. The others start for each file, do
    not wait for quiet, or wait for it without limit.
    """
    while True:
        gaps = rng.choice([1, 2, 3, quiet - 2, quiet - 1, quiet + 2, quiet + 6, 3 * quiet], 8)
        arrivals = [int(minute) for minute in 3 + np.cumsum([0, *gaps])]
        starts = _starts(arrivals, quiet, most)
        ways = {
            "starts": starts,
            "each_file": [minute + quiet for minute in arrivals],
            "from_the_first": _starts(arrivals, quiet, quiet),
            "without_limit": _starts(arrivals, quiet, 10_000),
        }
        # A file at the very minute of a start could be taken by this run or by the next one.
        if set(arrivals) & {*starts, *ways["from_the_first"], *ways["without_limit"]}:
            continue
        if len({tuple(way) for way in ways.values()}) == len(ways) and 3 <= len(starts) <= 5:
            return ways | {
                "arrivals": arrivals,
                "simulated": _simulated(arrivals, quiet, most),
                "told": [
                    ", ".join(str(minute) for minute in arrivals if before < minute < start)
                    for before, start in zip([-1, *starts], starts, strict=False)
                ],
            }


def _starts(arrivals: Sequence[int], quiet: int, most: int) -> list[int]:
    starts: list[int] = []
    first = last = arrivals[0]
    for minute in arrivals[1:]:
        due = min(last + quiet, first + most)
        if minute > due:
            starts.append(due)
            first = minute
        last = minute
    return [*starts, min(last + quiet, first + most)]


def _simulated(arrivals: Sequence[int], quiet: int, most: int) -> list[int]:
    starts, waiting = [], list[int]()
    for minute in range(arrivals[-1] + most + 1):
        if waiting and (minute - waiting[-1] >= quiet or minute - waiting[0] >= most):
            starts.append(minute)
            waiting = []
        if minute in arrivals:
            waiting.append(minute)
    return starts


#: The size asked for, the size in the record, the size found: 1 and 2 stand for two sizes, 0 for none.
_CASES = {
    "as asked": (1, 1, 1),
    "changed by hand": (1, 1, 2),
    "deleted by hand": (1, 1, 0),
    "no longer asked for": (0, 1, 1),
    "made by hand": (0, 0, 1),
    "new": (1, 0, 0),
    "asked for what was done by hand": (2, 1, 2),
    "asked for another size": (2, 1, 1),
}
_ALWAYS = (
    "changed by hand",
    "deleted by hand",
    "no longer asked for",
    "made by hand",
    "asked for what was done by hand",
)
_NAMES = ("bucket", "queue", "cache", "runner", "endpoint", "volume", "topic", "cluster")


@generator
def drifted_resources(rng: np.random.Generator) -> Mapping[str, Any]:
    """Six resources as asked for, as recorded and as found, and what a plan does to each.

    ``planned`` compares all three; ``by_case`` goes by how each resource came about. The others trust the
    record, ignore it, or keep what was done by hand.
    """
    more = str(rng.choice(["as asked", "new", "asked for another size"]))
    cases = [str(case) for case in rng.permutation([*_ALWAYS, more])]
    names = [str(name) for name in rng.choice(_NAMES, 6, replace=False)]
    sizes = [sorted((2, 4, 8, 16, 32)[int(i)] for i in rng.choice(5, 2, replace=False)) for _ in cases]
    rows = []
    for case, pair in zip(cases, sizes, strict=True):
        small = list(pair)
        if rng.integers(2):
            small.reverse()
        rows.append([small[code - 1] if code else 0 for code in _CASES[case]])
    pairs = {
        "planned": [_planned(asked, known, found) for asked, known, found in rows],
        "by_case": [_BY_CASE[case] for case in cases],
        "trusting": [_planned(asked, known, known) for asked, known, _ in rows],
        "without_record": [_planned(asked, found, found) for asked, _, found in rows],
        "hands_off": ["nothing" if "by hand" in case else _BY_CASE[case] for case in cases],
    }
    return {key: [list(pair) for pair in zip(names, way, strict=True)] for key, way in pairs.items()} | {
        "names": names,
        "asked": [_size(row[0]) for row in rows],
        "recorded": [_size(row[1]) for row in rows],
        "found": [_size(row[2]) for row in rows],
        "done": pairs["planned"],
        "log": "; ".join(f"{name} {row}" for name, row in zip(names, rows, strict=True)),
    }


_BY_CASE = {
    "as asked": "nothing",
    "changed by hand": "update",
    "deleted by hand": "create",
    "no longer asked for": "destroy",
    "made by hand": "nothing",
    "new": "create",
    "asked for what was done by hand": "nothing",
    "asked for another size": "update",
}


def _planned(asked: int, known: int, found: int) -> str:
    if not known:
        return "create" if asked else "nothing"
    if not asked:
        return "destroy" if found else "nothing"
    return "create" if not found else "nothing" if asked == found else "update"


def _size(size: int) -> str:
    return f"{size} GB" if size else "—"
