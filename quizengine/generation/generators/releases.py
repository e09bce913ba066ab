"""Releases: artefacts to load, workflows that fail, versions that serve and versions that are tainted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from quizengine.generation.registry import generator

_JOBS = ("lint", "unit-tests", "data-checks", "train", "evaluate", "package", "deploy")


@generator
def saved_artefacts(rng: np.random.Generator) -> Mapping[str, Any]:
    """Six artefacts in three formats, saved by library versions around the server's own."""
    major, minor = int(rng.integers(2, 5)), int(rng.integers(3, 8))
    older, newer = int(rng.integers(0, minor)), int(rng.integers(minor + 1, 12))
    drawn = [
        ("safetensors", major, older),
        ("onnx", major, int(rng.integers(0, minor + 1))),
        ("pickle", major, int(rng.integers(0, minor + 1))),
        ("safetensors", major, newer),
        (str(rng.choice(["onnx", "safetensors"])), major - 1, int(rng.integers(0, minor + 1))),
        (str(rng.choice(["onnx", "pickle"])), major + 1, int(rng.integers(0, 9))),
    ]
    saved = [drawn[int(i)] for i in rng.permutation(6)]
    names = [f"m{i}" for i in range(1, 7)]

    def which(rule: Callable[[str, int, int], bool]) -> list[str]:
        return [name for name, one in zip(names, saved, strict=True) if rule(*one)]

    readable = [str(f"{major}.{below}") for below in range(minor + 1)]
    return {
        "names": names,
        "server": f"{major}.{minor}",
        "formats": [one[0] for one in saved],
        "versions": [f"`{one[1]}.{one[2]}`" for one in saved],
        "loadable": which(lambda kind, a, b: kind != "pickle" and a == major and b <= minor),
        "listed": which(lambda kind, a, b: kind in ("onnx", "safetensors") and f"{a}.{b}" in readable),
        "pickle_too": which(lambda _, a, b: a == major and b <= minor),
        "any_older": which(lambda kind, a, b: kind != "pickle" and (a, b) <= (major, minor)),
        "same_major": which(lambda kind, a, _: kind != "pickle" and a == major),
        "newer_ones": which(lambda kind, a, b: kind != "pickle" and a == major and b >= minor),
    }


@generator
def failing_workflow(rng: np.random.Generator) -> Mapping[str, Any]:
    """Seven jobs, each after some earlier ones, one of which fails.

    ``skipped`` follows the arrows from the failed job; ``not_run`` runs the jobs in rounds.
    """
    while True:
        needs: dict[str, list[str]] = {_JOBS[0]: [], _JOBS[1]: []}
        for i, job in enumerate(_JOBS[2:], 2):
            count = int(rng.integers(1, 3)) if i > 2 else int(rng.integers(0, 2))
            needs[job] = [_JOBS[j] for j in sorted(int(j) for j in rng.choice(i, count, replace=False))]
        failed = _JOBS[int(rng.integers(0, 4))]
        ways = {
            "skipped": _after(needs, failed, any),
            "direct_only": [job for job in _JOBS if failed in needs[job]],
            "all_below": list(_JOBS[_JOBS.index(failed) + 1 :]),
            "one_success_enough": _after(needs, failed, all),
        }
        if len({tuple(way) for way in ways.values()}) == 4 and all(ways.values()):
            return ways | {
                "failed": failed,
                "others": [job for job in _JOBS if job != failed],
                "text": _workflow(needs),
                "not_run": _not_run(needs, failed),
                "run": [job for job in _JOBS if job not in ways["skipped"] and job != failed],
            }


def _after(
    needs: Mapping[str, Sequence[str]], failed: str, rule: Callable[[Sequence[bool]], bool]
) -> list[str]:
    lost = [failed]
    for job, before in needs.items():
        if before and rule([one in lost for one in before]):
            lost.append(job)
    return lost[1:]


def _not_run(needs: Mapping[str, Sequence[str]], failed: str) -> list[str]:
    done: set[str] = set()
    for _ in needs:
        done |= {job for job in needs if job != failed and done.issuperset(needs[job])}
    return [job for job in needs if job not in done and job != failed]


def _workflow(needs: Mapping[str, Sequence[str]]) -> str:
    lines = ["jobs:"]
    for job, before in needs.items():
        lines.append(f"  {job}:" + (f" {{needs: [{', '.join(before)}]}}" if before else " {}"))
    return "\n".join(lines)


@generator
def promotions(rng: np.random.Generator) -> Mapping[str, Any]:
    """Five promotions in an hour, with rollbacks, and a minute at which somebody asks.

    ``total`` adds the periods up; ``counted`` looks at every single minute.
    """
    first = int(rng.integers(3, 20))
    patterns = ([0, 1, 0, 2, 1], [0, 1, 0, 1, 2], [0, 1, 2, 1, 0], [0, 1, 0, 2, 0], [1, 0, 1, 2, 1])
    versions = [first + step for step in patterns[int(rng.integers(len(patterns)))]]
    starts = [0, *sorted(int(m) for m in rng.choice(np.arange(3, 58), 4, replace=False))]
    asked = int(rng.integers(starts[2] + 2, 60))
    periods = list(zip(starts, [*starts[1:], 60], versions, strict=True))
    by_minute = [version for start, end, version in periods for _ in range(start, end)]
    serving = next(version for start, end, version in periods if start <= asked < end)
    total = sum(min(end, asked) - start for start, end, v in periods if v == serving and start < asked)
    begun = max(start for start in starts if start <= asked)
    newest = max(version for start, _, version in periods if start <= asked)
    return {
        "starts": starts,
        "versions": versions,
        "asked": asked,
        "serving": serving,
        "total": total,
        "begun": begun,
        "now": by_minute[asked],
        "counted": by_minute[:asked].count(serving),
        "newest": newest,
        "newest_total": by_minute[:asked].count(newest),
        "whole_hour": by_minute.count(serving),
    }


@generator
def candidates(rng: np.random.Generator) -> Mapping[str, Any]:
    """Six candidates for promotion: the best by each single number breaks another condition."""
    now, limit = 70 + int(rng.integers(0, 13)), 10 * int(rng.integers(6, 13))
    auc = [now + 2 + int(rng.integers(1, 3))]
    auc += [auc[0] + int(rng.integers(1, 3)), auc[0] + int(rng.integers(3, 5))]
    auc += [now + 2, now + 1, auc[2] + int(rng.integers(1, 3))]
    fine = [limit - int(rng.integers(5, 25)) for _ in range(4)]
    p95 = [
        fine[0],
        limit + int(rng.integers(4, 30)),
        fine[1],
        limit - 30 - int(rng.integers(1, 9)),
        fine[2],
        fine[3],
    ]
    mean = [int(value * share) for value, share in zip(p95, (0.6, 0.5, 0.6, 0.5, 0.6, 0.6), strict=True)]
    approvals = [2, 2, 1, 2, 3, 0]
    order = [int(i) for i in rng.permutation(6)]
    names = [f"c{i}" for i in range(1, 7)]
    by_place = {place: names[order.index(place)] for place in range(6)}
    return {
        "names": names,
        "now": now,
        "limit": limit,
        "auc": [auc[i] for i in order],
        "mean": [mean[i] for i in order],
        "p95": [p95[i] for i in order],
        "approvals": [approvals[i] for i in order],
        "winner": by_place[0],
        "slow": by_place[1],
        "unapproved": by_place[2],
        "fastest": by_place[3],
        "best_auc": by_place[5],
    }


@generator
def lineage(rng: np.random.Generator) -> Mapping[str, Any]:
    """Eight model versions, each trained on a data set and perhaps started from an earlier version.

    ``affected`` goes through the versions in order; ``reached`` walks back from each to its beginnings.
    """
    while True:
        data = [f"d{int(i)}" for i in rng.integers(1, 5, 8)]
        parents = [0] + [int(rng.integers(0, i)) if rng.random() < 0.65 else 0 for i in range(2, 9)]
        bad = data[int(rng.integers(0, 3))]
        direct = [i for i in range(1, 9) if data[i - 1] == bad]
        affected: list[int] = []
        for i in range(1, 9):
            if i in direct or parents[i - 1] in affected:
                affected.append(i)
        one_step = [i for i in range(1, 9) if i in direct or parents[i - 1] in direct]
        ways = [affected, direct, one_step, list(range(direct[0], 9))]
        if len({tuple(way) for way in ways}) == 4 and len(affected) <= 6:
            return {
                "versions": list(range(1, 9)),
                "data": data,
                "parents": [f"version {parent}" if parent else "—" for parent in parents],
                "bad": bad,
                "affected": affected,
                "direct": direct,
                "one_step": one_step,
                "all_later": ways[3],
                "reached": [i for i in range(1, 9) if bad in _history(i, data, parents)],
            }


def _history(version: int, data: Sequence[str], parents: Sequence[int]) -> list[str]:
    found = []
    while version:
        found.append(data[version - 1])
        version = parents[version - 1]
    return found


@generator
def version_history(rng: np.random.Generator) -> Mapping[str, Any]:
    """A version and five changes of three kinds; ``final`` goes through them, ``counted`` looks back."""
    start = [int(rng.integers(1, 5)), int(rng.integers(1, 9)), int(rng.integers(1, 9))]
    while True:
        kinds = [int(kind) for kind in rng.choice([0, 1, 2], 5, p=[0.25, 0.4, 0.35])]
        if len(set(kinds)) == 3 and kinds[-1] != 0 and kinds[0] != 0:
            break
    final, steps = list(start), []
    for kind in kinds:
        final = [*final[:kind], final[kind] + 1, *([0] * (2 - kind))]
        steps.append(".".join(map(str, final)))
    last_major = max(i for i, kind in enumerate(kinds) if kind == 0)
    last_up = max(i for i, kind in enumerate(kinds) if kind <= 1)
    words = ("the input schema changed", "new features, retrained", "same code, new data")
    return {
        "start": ".".join(map(str, start)),
        "changes": [words[kind] for kind in kinds],
        "steps": steps,
        "final": final,
        "counted": [start[0] + kinds.count(0), kinds[last_major:].count(1), kinds[last_up:].count(2)],
        "never_reset": [start[i] + kinds.count(i) for i in range(3)],
        "patch_kept": [final[0], final[1], _patch(start[2], kinds)],
        "minor_kept": [final[0], start[1] + kinds.count(1), final[2]],
        "changes_counted": [start[0], start[1], start[2] + 5],
    }


def _patch(start: int, kinds: Sequence[int]) -> int:
    for kind in kinds:
        start = 0 if kind == 0 else start + (kind == 2)
    return start
