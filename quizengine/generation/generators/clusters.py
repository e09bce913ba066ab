"""Clusters: pods to place, services to match, drivers and devices to choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np

from quizengine.generation.registry import generator

_NODES = ("A", "B", "C")
_PENDING = "pending"


@generator
def pods_and_nodes(rng: np.random.Generator) -> Mapping[str, Any]:
    """Five pods that arrive one by one at three nodes, the last of which is tainted.

    ``placed`` compares the nodes each time; ``queued`` keeps them in a heap; the others are wrong ways.
    """
    while True:
        free = [250 * int(size) for size in rng.integers(4, 11, 3)]
        asks = [250 * int(size) for size in rng.integers(2, 6, 5)]
        tolerant = [bool(flag) for flag in rng.permutation([True, True, False, False, False])]
        found = {
            "placed": _place(free, asks, tolerant),
            "taint_ignored": _place(free, asks, [True] * 5),
            "attracted": _place(free, asks, tolerant, attracted=True),
            "first_fit": _place(free, asks, tolerant, first=True),
        }
        if len({tuple(way) for way in found.values()}) == 4 and found["placed"].count(_PENDING) <= 1:
            pods = [f"p{i}" for i in range(1, 6)]
            queued = _place_by_queue(free, asks, tolerant)
            return found | {
                "free": free,
                "asks": asks,
                "tolerant": tolerant,
                "pods": pods,
                "queued": queued,
                "told": _told(free, asks, tolerant),
            }


def _place(
    free: Sequence[int],
    asks: Sequence[int],
    tolerant: Sequence[bool],
    *,
    attracted: bool = False,
    first: bool = False,
) -> list[str]:
    left, placed = list(free), []
    for ask, tolerates in zip(asks, tolerant, strict=True):
        fits = [i for i in range(3) if left[i] >= ask and (i < 2 or tolerates)]
        if not fits:
            placed.append(_PENDING)
            continue
        best = fits[0] if first else max(fits, key=lambda i: (left[i], -i))
        if attracted and tolerates and 2 in fits:
            best = 2
        left[best] -= ask
        placed.append(_NODES[best])
    return placed


def _place_by_queue(free: Sequence[int], asks: Sequence[int], tolerant: Sequence[bool]) -> list[str]:
    queue = [(-size, name) for size, name in zip(free, _NODES, strict=True)]
    heapify(queue)
    placed = []
    for ask, tolerates in zip(asks, tolerant, strict=True):
        aside = []
        while queue and queue[0][1] == "C" and not tolerates:
            aside.append(heappop(queue))
        name = _PENDING
        if queue and -queue[0][0] >= ask:
            size, name = heappop(queue)
            heappush(queue, (size + ask, name))
        for node in aside:
            heappush(queue, node)
        placed.append(name)
    return placed


def _told(free: Sequence[int], asks: Sequence[int], tolerant: Sequence[bool]) -> list[str]:
    left, lines = dict(zip(_NODES, free, strict=True)), []
    for i, name in enumerate(_place(free, asks, tolerant)):
        state = ", ".join(f"{node} {size}m" for node, size in left.items())
        lines.append(f"- p{i + 1} ({asks[i]}m{', tolerates' if tolerant[i] else ''}): free {state} → {name}")
        if name in left:
            left[name] -= asks[i]
    return lines


@generator
def labelled_pods(rng: np.random.Generator) -> Mapping[str, Any]:
    """Six pods with labels, some not ready, and a service that selects by two labels."""
    app, other = (str(name) for name in rng.permutation(["scorer", "ranker"]))
    track, second = (str(name) for name in rng.permutation(["stable", "canary"]))
    wanted = {"app": app, "track": track}
    kinds = [(app, track, 0), (app, track, 1), (app, track, 0), (app, second, 0), (other, track, 1)]
    kinds.append([(other, second, 0), (app, second, 1), (other, track, 0)][int(rng.integers(3))])
    ready = [True, True, False, True, True, bool(rng.integers(2))]
    order = [int(i) for i in rng.permutation(6)]
    labels = [_labels(*kinds[i], team=str(rng.choice(["a", "b", "c"]))) for i in order]
    ready = [ready[i] for i in order]
    letters = [str(letter) for letter in rng.choice(list("bcdfghkmnpqrstvwxz"), 6, replace=False)]
    names = [f"pod-{letter}" for letter in letters]

    def which(rule: Any) -> list[str]:
        return [
            name for name, label, is_ready in zip(names, labels, ready, strict=True) if rule(label, is_ready)
        ]

    selector = f"app={app},track={track}".split(",")
    carried = [wanted.items() <= label.items() for label in labels]
    return {
        "names": names,
        "texts": [f"`{_text(label)}`" for label in labels],
        "ready": ready,
        "verdicts": [
            ("gets requests" if up else "not ready") if fits else "a label is missing"
            for fits, up in zip(carried, ready, strict=True)
        ],
        "app": app,
        "track": track,
        "served": which(lambda label, up: up and all(label[key] == value for key, value in wanted.items())),
        "by_text": which(lambda label, up: up and set(selector) <= set(_text(label).split(","))),
        "unready_too": which(lambda label, up: wanted.items() <= label.items()),
        "any_label": which(lambda label, up: up and bool(wanted.items() & label.items())),
        "no_extra": which(lambda label, up: up and label == wanted),
    }


def _labels(app: str, track: str, extra: int, *, team: str) -> dict[str, str]:
    return {"app": app, "track": track} | ({"team": team} if extra else {})


def _text(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in labels.items())


@generator
def driver_versions(rng: np.random.Generator) -> Mapping[str, Any]:
    """A least driver version and six nodes: some only look newer, or older, when read as decimals.

    ``good`` compares part by part; ``padded`` compares texts with the minor part written in four digits.
    """
    major, minor = int(rng.integers(510, 570)), int(rng.integers(20, 90))
    near = [(major, 100 + int(rng.integers(4, 80))), (major, int(rng.integers(2, 10)))]
    if near[1][1] * 10 <= minor:
        near[1] = (major, 9)
    newer = (major + int(rng.integers(3, 30)), int(rng.integers(1, minor)))
    older = (major - int(rng.integers(3, 30)), int(rng.integers(minor + 1, 120)))
    beyond = (major + int(rng.integers(1, 9)), int(rng.integers(minor + 1, 130)))
    last = [(major, minor), (major - 1, int(rng.integers(91, 130)))][int(rng.integers(2))]
    drawn = [*near, newer, older, beyond, last]
    versions = [drawn[int(i)] for i in rng.permutation(6)]
    names = [f"node-{i}" for i in range(1, 7)]
    need = (major, minor)

    def which(rule: Any) -> list[str]:
        return [name for name, version in zip(names, versions, strict=True) if rule(version)]

    return {
        "names": names,
        "need": f"{major}.{minor}",
        "major": major,
        "minor": minor,
        "drivers": [f"`{a}.{b}`" for a, b in versions],
        "good": which(lambda version: version >= need),
        "padded": which(lambda version: f"{version[0]}.{version[1]:04d}" >= f"{major}.{minor:04d}"),
        "as_decimals": which(
            lambda version: float(f"{version[0]}.{version[1]}") >= float(f"{major}.{minor}")
        ),
        "same_branch": which(lambda version: version[0] == major and version >= need),
        "both_parts": which(lambda version: version[0] >= major and version[1] >= minor),
        "older_ones": which(lambda version: version <= need),
    }


@generator
def visible_devices(rng: np.random.Generator) -> Mapping[str, Any]:
    """Four of eight GPUs of a host handed to a container, three of them made visible in another order.

    ``devices`` looks the numbers up; ``renamed`` gives new names twice and reads them backwards.
    """
    while True:
        given = sorted(int(i) for i in rng.choice(8, 4, replace=False))
        shown = [int(i) for i in rng.choice(4, 3, replace=False)]
        inside = dict(enumerate(given))
        by_name = {f"cuda:{i}": place for i, place in enumerate(shown)}
        ways = [
            [given[i] for i in shown],
            shown,
            given[:3],
            sorted(given[i] for i in shown),
        ]
        if len({tuple(way) for way in ways}) == 4 and sorted(shown) != shown:
            return {
                "given": given,
                "shown": shown,
                "devices": ways[0],
                "not_renumbered": ways[1],
                "order_of_the_container": ways[2],
                "sorted_again": ways[3],
                "renamed": [inside[by_name[name]] for name in sorted(by_name)],
            }
