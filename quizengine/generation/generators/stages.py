"""Stages of a model registry: events that move versions, and where each version is in the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from quizengine.generation.registry import generator

#: What happens: the version with this place is staged, the staged one promoted, the last promotion undone.
Event = int | str


@generator
def stage_events(rng: np.random.Generator) -> Mapping[str, Any]:
    """Seven events over five versions, the first of which is in production, and the stage of each at the end.

    ``stages`` goes through the events; ``looked_back`` asks for each version what came last. The others
    misread one rule each.
    """
    first = int(rng.integers(2, 30))
    while True:
        events = _drawn(rng)
        if events is None:
            continue
        ways = {
            "stages": _through(events),
            "staging_kept": _through(events, replaced="staging"),
            "not_archived": _through(events, retired="production"),
            "undone_to_staging": _through(events, undone="staging"),
            "rollback_ignored": _through([event for event in events if event != "undo"]),
        }
        if len({tuple(way) for way in ways.values()}) == len(ways):
            return ways | {
                "names": [f"v{first + i}" for i in range(5)],
                "told": [_told(event, first) for event in events],
                "looked_back": _looked_back(events),
            }


def _drawn(rng: np.random.Generator) -> list[Event] | None:
    """Return four stagings, two promotions and a rollback in some order, or None where it is impossible."""
    kinds = [str(kind) for kind in rng.permutation(["stage"] * 4 + ["promote"] * 2 + ["undo"])]
    events: list[Event] = []
    staged, served = 0, [0]
    for kind in kinds:
        if kind == "stage":
            staged = int(rng.choice([i for i in range(1, 5) if i != staged and i not in served]))
            events.append(staged)
            continue
        if (kind == "promote" and not staged) or (kind == "undo" and len(served) == 1):
            return None
        if kind == "promote":
            served.append(staged)
            staged = 0
        events.append(kind)
    return events


def _through(
    events: Sequence[Event], *, replaced: str = "none", retired: str = "archived", undone: str = "archived"
) -> list[str]:
    stages, serving, staged = ["production", *["none"] * 4], [0], -1
    for event in events:
        if isinstance(event, int):
            if staged >= 0:
                stages[staged] = replaced
            stages[event], staged = "staging", event
        elif event == "promote":
            stages[serving[-1]], stages[staged] = retired, "production"
            serving.append(staged)
            staged = -1
        else:
            stages[serving.pop()] = undone
            stages[serving[-1]] = "production"
    return stages


def _looked_back(events: Sequence[Event]) -> list[str]:
    order = [event for event in events if isinstance(event, int)]
    promoted = [0]
    for at, event in enumerate(events):
        if event == "promote":
            promoted.append([one for one in events[:at] if isinstance(one, int)][-1])
    undone_at = events.index("undo")
    withdrawn = promoted[list(events[:undone_at]).count("promote")]
    serving = [version for version in promoted if version != withdrawn][-1]

    def stage(version: int) -> str:
        if version == serving:
            return "production"
        if version in promoted:
            return "archived"
        return "staging" if version == order[-1] else "none"

    return [stage(version) for version in range(5)]


def _told(event: Event, first: int) -> str:
    if isinstance(event, int):
        return f"v{first + event} into staging"
    return "promote what is in staging" if event == "promote" else "roll production back"
