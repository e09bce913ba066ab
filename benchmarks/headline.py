"""Whether P(meets) is what it says: ``python benchmarks/headline.py [--people 1000] [--role ml-engineer]``.

People drawn from the prior take the role's starting profile through the services: invited, their link
used, each answer committed, the result read. Questions stand in for the shipped bank's, as hard and on the
same skills, so that drawing and judging take no time. With ``--off 0.5`` the questions are harder or easier
than the authors judged by so many logits (standard deviation), which the result does not know. With
``--together`` the answers go through the filter of the bar's figures instead of the services.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from quizengine.bank import Bank
from quizengine.bank.engines import without_postgres
from quizengine.services.hiring import profiles
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.services.scoring import bank_items
from tests.factories import NOON, make_runtime, shipped_bank
from tests.hiring import make_owner, make_screen
from tests.hiring_people import are_above, calibration_error, places_of, sit_all, stand_ins, told_together

MOST_AT_ONCE = 1000


def misjudged(bank: Bank, off: float, rng: np.random.Generator) -> Bank:
    """Return the bank with difficulties that are off, as the world has them."""
    moved = {}
    for id_, entry in bank.questions.items():
        difficulty = entry.question.difficulty + off * rng.standard_normal()
        moved[id_] = replace(entry, question=replace(entry.question, difficulty=difficulty))
    return replace(bank, questions=moved, digest=f"misjudged-{bank.digest}")


def screen_of(runtime: Runtime, owner: Actor, role: str) -> str:
    """Return an open screen of the role's starting profile."""
    made = profiles.copy_role(runtime, owner, role, now=NOON)
    profile = profiles.read(runtime, owner, made).profile
    _, shown = profiles.preview(runtime, profile)
    profiles.save(runtime, owner, made, profile, rationale="", revision=1, shown=shown, now=NOON)
    profiles.activate(runtime, owner, made, now=NOON)
    return make_screen(runtime, owner, made)


def main() -> None:
    """Print the table of calibration."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--people", type=int, default=MOST_AT_ONCE)
    options.add_argument("--role", default="ml-engineer")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--off", type=float, default=0.0)
    options.add_argument("--together", action="store_true", help="without the services, all at once")
    told = options.parse_args()
    rng = np.random.default_rng(told.seed)
    bank = stand_ins(without_postgres(shipped_bank())[0])
    places = places_of(bank, told.people, rng)
    started = time.perf_counter()
    if told.together:
        p = told_together(bank, profiles.from_role(bank, told.role), places, rng)
    else:
        with tempfile.TemporaryDirectory() as folder:
            runtime = make_runtime(Path(folder), bank)
            owner = make_owner(runtime)
            screen = screen_of(runtime, owner, told.role)
            world = bank_items(misjudged(bank, told.off, rng)).pool.chances(places) if told.off else None
            p = sit_all(runtime, owner, screen, places, rng, chances=world)
    above = are_above(bank, profiles.from_role(bank, told.role), places)
    print(f"{told.people} people, {told.role}, seed {told.seed}, off {told.off:g}: ", end="")
    print(f"{time.perf_counter() - started:.0f} s, ECE {calibration_error(p, above):.3f}")
    for low in np.arange(10) / 10:
        part = (p >= low) & (p < low + 0.1 + 1e-9 * (low > 0.85))
        if part.any():
            share, count = above[part].mean(), part.sum()
            error = np.sqrt(p[part].mean() * (1 - p[part].mean()) / count)
            print(
                f"P in [{low:.1f}, {low + 0.1:.1f}): {count:5d} people, mean P {p[part].mean():.3f}, "
                f"truly above {share:.3f}, Monte-Carlo error {error:.3f}"
            )


if __name__ == "__main__":
    main()
