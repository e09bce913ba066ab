"""What commands say of results that change."""

from __future__ import annotations

from quizengine.services.recomputing import Change


def moved_table(one: Change) -> dict[str, object]:
    """Return what moves of a result, for a machine; headline and probability are null for a learner's."""
    pairs = {
        name: [one.before[name], one.after[name]] if name in one.before else None
        for name in ("headline", "p_meets")
    }
    return {**pairs, "bands": {skill: list(bands) for skill, bands in one.bands.items()}}


def moved(one: Change) -> list[str]:
    """Return what moves of a result, in words."""
    told = []
    if "headline" in one.before:
        was, now = one.before, one.after
        told.append(f"{was['headline']} -> {now['headline']}, P {was['p_meets']:.2f} -> {now['p_meets']:.2f}")
    return told + [f"{skill} {was} -> {now}" for skill, (was, now) in one.bands.items()]
