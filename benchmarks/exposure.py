"""How often the questions of a screen are given: ``python benchmarks/exposure.py [--people 400]``.

For each role's starting profile on the shipped bank, people come one after the other and get forms in turn.
Printed: the largest share of them that one question goes to, beside one form for everybody; the same when
people have practised 30 % of the questions at random; and how many are told nothing with each way.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from quizengine.bank import Bank, load_bank
from quizengine.model.profile import Profile
from quizengine.psychometrics.misclassification import misclassification_in_turn
from quizengine.services.hiring import profiles
from quizengine.services.hiring.errors_of_bar import FORMS
from quizengine.services.hiring.forms import form_of, weights_of
from quizengine.services.hiring.rotation import Exposure, draw_form, forms_in_turn, pool_of
from quizengine.services.scoring import bank_items, make_prior

BANK = Path(__file__).parents[1] / "question_banks" / "backend_to_ml"
PRACTISED = 0.3


def largest(bank: Bank, profile: Profile, people: int, *, practised: float, seed: int) -> tuple[float, float]:
    """Return the largest and the mean share of people that a question of the pool goes to."""
    rng, pool, given = np.random.default_rng(seed), pool_of(bank, profile), Counter[str]()
    for number in range(people):
        met = {id_ for id_, is_met in zip(pool, rng.random(len(pool)) < practised, strict=True) if is_met}
        known = Exposure(forms=number, given=given, met=met)
        given.update(draw_form(bank, profile, pool, known, seed + number))
    return max(given.values()) / people, profile.questions / len(pool)


def unsettled(bank: Bank, profile: Profile, forms: Sequence[Sequence[str]], seed: int) -> float:
    """Return the share of 8,000 simulated people for whom these forms are not enough evidence."""
    known, count = bank_items(bank), len(bank.roadmap.skills)
    found = misclassification_in_turn(
        known.pool,
        make_prior(bank.roadmap, {}),
        [[known.index[id_] for id_ in form] for form in forms],
        np.full(count, profile.bar),
        weights_of(bank, profile),
        certain=profile.certain,
        persons=8000,
        seed=seed,
    )
    return found.not_enough


def main() -> None:
    """Print a row for each role."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--people", type=int, default=400)
    options.add_argument("--seed", type=int, default=1)
    told = options.parse_args()
    bank = load_bank(BANK)
    print(
        f"{told.people} people, seed {told.seed}; one form for everybody gives each of its questions to 100 %"
    )
    print(f"{'role':<22}{'mean':>7}{'in turn':>9}{'practised':>11}{'untold, one form':>18}{'in turn':>9}")
    for role in bank.roadmap.roles:
        profile = profiles.from_role(bank, role.id)
        pool = pool_of(bank, profile)
        fresh, mean = largest(bank, profile, told.people, practised=0, seed=told.seed)
        practised, _ = largest(bank, profile, told.people, practised=PRACTISED, seed=told.seed)
        turns = list(forms_in_turn(bank, profile, pool, told.seed, forms=FORMS))
        one, many = (
            unsettled(bank, profile, forms, told.seed) for forms in ([form_of(bank, profile)], turns)
        )
        print(f"{role.id:<22}{mean:>7.1%}{fresh:>9.1%}{practised:>11.1%}{one:>18.1%}{many:>9.1%}", flush=True)


if __name__ == "__main__":
    main()
