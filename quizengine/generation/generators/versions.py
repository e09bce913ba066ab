"""Versions of a table: a log of files added and removed, and what each version is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from quizengine.generation.registry import generator

#: The numbers of the files that a commit adds and removes.
_Commit = tuple[list[int], list[int]]


@generator
def table_log(rng: np.random.Generator) -> Mapping[str, Any]:
    """Six commits of a table, numbered from 0, a version ``asked`` about and the oldest ``kept`` one.

    ``read`` and ``droppable`` replay the log; ``alive`` and ``left_behind`` go by the life of each file. The
    others forget removals, read the newest version, or keep only what the newest version reads.
    """
    while True:
        commits = _commits(rng)
        asked, kept = int(rng.integers(2, 5)), int(rng.integers(2, 5))
        replayed = [_files(commits[: version + 1]) for version in range(6)]
        ever = {file for added, _ in commits for file in added}
        before_kept = {file for added, _ in commits[:kept] for file in added}
        life = {
            file: (
                next(v for v, (added, _) in enumerate(commits) if file in added),
                next((v for v, (_, removed) in enumerate(commits) if file in removed), 6),
            )
            for file in ever
        }
        ways = {
            "read": sorted(replayed[asked]),
            "ever_added": sorted({file for added, _ in commits[: asked + 1] for file in added}),
            "newest": sorted(replayed[5]),
            "of_that_commit": sorted(commits[asked][0]),
        }
        droppable = sorted(before_kept - set().union(*replayed[kept:]))
        not_newest = sorted(ever - replayed[5])
        if (
            len({tuple(way) for way in ways.values()}) == 4
            and commits[asked][0]
            and droppable not in ([], not_newest)
        ):
            return ways | {
                "asked": asked,
                "kept": kept,
                "log": "; ".join(f"{_told(added)} / {_told(removed)}" for added, removed in commits),
                "added": [_told(added) for added, _ in commits],
                "removed": [_told(removed) for _, removed in commits],
                "sets": [_told(sorted(files)) for files in replayed],
                "droppable": droppable,
                "not_newest": not_newest,
                "alive": sorted(file for file, (born, gone) in life.items() if born <= asked < gone),
                "left_behind": sorted(file for file, (_, gone) in life.items() if gone <= kept),
            }


def _commits(rng: np.random.Generator) -> list[_Commit]:
    """Return a first load, then appends, a deletion and rewrites in some order."""
    commits: list[_Commit] = [([1, 2, 3], [])]
    following = 4
    for kind in rng.permutation(["append", "rewrite", "rewrite", "delete", "merge"]):
        there = sorted(_files(commits))
        removes = {"append": 0, "rewrite": 1, "delete": 1, "merge": 2}[str(kind)]
        adds = {"append": int(rng.integers(1, 3)), "rewrite": 1, "delete": 0, "merge": 1}[str(kind)]
        removed = sorted(int(file) for file in rng.choice(there, min(removes, len(there)), replace=False))
        commits.append((list(range(following, following + adds)), removed))
        following += adds
    return commits


def _files(commits: Sequence[_Commit]) -> set[int]:
    files: set[int] = set()
    for added, removed in commits:
        files = (files - set(removed)) | set(added)
    return files


def _told(files: Sequence[int]) -> str:
    return ", ".join(str(file) for file in files) or "—"
