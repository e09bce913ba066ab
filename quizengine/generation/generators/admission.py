"""What is let in: files into a build, pods into a namespace."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from quizengine.generation.registry import generator

_FILES = (
    "Dockerfile",
    "train.csv",
    "src/app.py",
    "src/demo.csv",
    "data/raw.csv",
    "data/labels.csv",
    "models/old.bin",
    "models/live.bin",
)
#: What each line of a ``.dockerignore`` reaches: written down by hand, as a second route.
_REACHES = {
    "*.csv": {"train.csv"},
    "**/*.csv": {"train.csv", "src/demo.csv", "data/raw.csv", "data/labels.csv"},
    "data": {"data/raw.csv", "data/labels.csv"},
    "models": {"models/old.bin", "models/live.bin"},
    "!data/labels.csv": {"data/labels.csv"},
    "!models/live.bin": {"models/live.bin"},
    "!src/demo.csv": {"src/demo.csv"},
}


@generator
def build_context(rng: np.random.Generator) -> Mapping[str, Any]:
    """Eight files with their sizes in MB, the lines of a ``.dockerignore``, and the MB that a build sends.

    ``sent`` asks for each file which line matches it last; ``played`` takes files out and puts them back line
    by line. The others go by the first match, let exceptions win anywhere, forget them, or misread how deep
    a pattern reaches.
    """
    while True:
        pattern = str(rng.choice(["*.csv", "**/*.csv"]))
        folder = str(rng.choice(["data", "models"]))
        exceptions = rng.choice([line for line in _REACHES if line[0] == "!"], 2, replace=False)
        lines = [str(line) for line in rng.permutation([pattern, folder, *exceptions])]
        sizes = [int(size) for size in rng.choice(np.arange(5, 400, 5), 8, replace=False)]
        sizes[0], sizes[2] = 1, 2
        plain = [line for line in lines if line[0] != "!"]
        ways = {
            "sent": lines,
            "first_match": lines[::-1],
            "exceptions_win": [*plain, *exceptions],
            "no_exceptions": plain,
            "depth_misread": _misread(lines),
        }
        kept = {
            name: [file for file in _FILES if _last(way, file) is not False] for name, way in ways.items()
        }
        size = dict(zip(_FILES, sizes, strict=True))
        totals = {name: sum(size[file] for file in files) for name, files in kept.items()}
        if len(set(totals.values())) == len(totals):
            played = set(_FILES)
            for line in lines:
                played = played | _REACHES[line] if line[0] == "!" else played - _REACHES[line]
            return totals | {
                "files": list(_FILES),
                "sizes": sizes,
                "lines": lines,
                "kept": kept["sent"],
                "deciding": [_deciding(lines, file) for file in _FILES],
                "played": sum(size[file] for file in played),
            }


def _matches(pattern: str, path: str) -> bool:
    """Whether a pattern matches a path or a folder that it lies in; `*` stops at a slash, `**/` does not."""
    parts = re.split(r"(\*\*/|\*)", pattern)
    wild = {"**/": r"(?:.*/)?", "*": r"[^/]*"}
    return (
        re.fullmatch("".join(wild.get(part, re.escape(part)) for part in parts) + "(?:/.*)?", path)
        is not None
    )


def _last(lines: Sequence[str], path: str) -> bool | None:
    """Whether the last line that matches lets the file in; None where no line matches."""
    found = [line[0] == "!" for line in lines if _matches(line.lstrip("!"), path)]
    return found[-1] if found else None


def _misread(lines: Sequence[str]) -> list[str]:
    """Let `*.csv` reach into folders, or `**/*.csv` not."""
    return [line.replace("**/", "") if "**/" in line else line.replace("*.csv", "**/*.csv") for line in lines]


def _deciding(lines: Sequence[str], path: str) -> str:
    found = [line for line in lines if _matches(line.lstrip("!"), path)]
    return f"`{found[-1]}`" if found else "none"


@generator
def quota_pods(rng: np.random.Generator) -> Mapping[str, Any]:
    """Seven pods that are created one by one in a namespace with a quota for CPU and memory.

    A pod without requests gets the defaults. ``admitted`` keeps two sums, ``replayed`` adds the admitted ones
    up anew each time. The others stop at the first refusal, look at CPU alone, or take no request for zero.
    """
    while True:
        quota = (1000 * int(rng.integers(2, 5)), 1024 * int(rng.integers(3, 7)))
        default = (100 * int(rng.integers(2, 6)), 256 * int(rng.integers(1, 4)))
        asks: list[tuple[int, int] | None] = [
            (100 * int(cpu), 256 * int(memory))
            for cpu, memory in zip(rng.integers(2, 16, 7), rng.integers(1, 9, 7), strict=True)
        ]
        for place in rng.choice(6, 2, replace=False):
            asks[int(place)] = None
        ways = {
            "admitted": _admitted(asks, quota, default),
            "stopped": _admitted(asks, quota, default, stop=True),
            "cpu_alone": _admitted(asks, (quota[0], 10**9), default),
            "unasked_is_zero": _admitted(asks, quota, (0, 0)),
        }
        if len({tuple(way) for way in ways.values()}) == 4 and 3 <= len(ways["admitted"]) <= 5:
            return ways | {
                "names": list(_PODS),
                "cpus": [f"{ask[0]}m" if ask else "—" for ask in asks],
                "memories": [f"{ask[1]}Mi" if ask else "—" for ask in asks],
                "quota_cpu": quota[0],
                "quota_memory": quota[1],
                "default_cpu": default[0],
                "default_memory": default[1],
                "told": _told(asks, quota, default),
                "replayed": _replayed([ask or default for ask in asks], quota),
            }


_PODS = ("p1", "p2", "p3", "p4", "p5", "p6", "p7")


def _admitted(
    asks: Sequence[tuple[int, int] | None],
    quota: tuple[int, int],
    default: tuple[int, int],
    *,
    stop: bool = False,
) -> list[str]:
    cpu = memory = 0
    admitted = []
    for name, ask in zip(_PODS, asks, strict=True):
        more_cpu, more_memory = ask or default
        if cpu + more_cpu <= quota[0] and memory + more_memory <= quota[1]:
            cpu, memory = cpu + more_cpu, memory + more_memory
            admitted.append(name)
        elif stop:
            break
    return admitted


def _replayed(asks: Sequence[tuple[int, int]], quota: tuple[int, int]) -> list[str]:
    inside: list[int] = []
    for i in range(len(asks)):
        sums = np.array([asks[j] for j in [*inside, i]]).sum(axis=0)
        if (sums <= np.array(quota)).all():
            inside.append(i)
    return [_PODS[i] for i in inside]


def _told(
    asks: Sequence[tuple[int, int] | None], quota: tuple[int, int], default: tuple[int, int]
) -> list[str]:
    cpu = memory = 0
    lines = []
    admitted = _admitted(asks, quota, default)
    for name, ask in zip(_PODS, asks, strict=True):
        more = ask or default
        if name in admitted:
            cpu, memory = cpu + more[0], memory + more[1]
            lines.append(f"{cpu}m, {memory}Mi")
        else:
            lines.append(f"refused: {cpu + more[0]}m, {memory + more[1]}Mi")
    return lines
