"""How often a profile's bar is wrong about people: simulated, with the forms that people would get."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from quizengine.bank import Bank
from quizengine.model.profile import Profile, logit
from quizengine.psychometrics import Misclassification
from quizengine.psychometrics.misclassification import misclassification_in_turn
from quizengine.services.hiring.forms import content_digest, weights_of
from quizengine.services.hiring.rotation import forms_in_turn, pool_of
from quizengine.services.scoring import bank_items, make_prior

PERSONS = 2000
#: Forms that they take turns at: as many as go once round the families of a skill, twice.
FORMS = 8


def estimate_errors(bank: Bank, profile: Profile) -> Misclassification:
    """Put simulated people from the prior through forms of the profile, in turn.

    The same profile on the same bank gives the same figures: the seed is the profile's hash.
    """
    return _estimated(_Key(bank, profile))


class _Key:
    """A bank and a profile, equal where both contents are."""

    def __init__(self, bank: Bank, profile: Profile) -> None:
        self.bank, self.profile = bank, profile
        self.name = f"{bank.digest}|{len(bank)}|{content_digest(profile)}"

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.name == self.name


@lru_cache(maxsize=32)
def _estimated(key: _Key) -> Misclassification:
    bank, profile, roadmap = key.bank, key.profile, key.bank.roadmap
    known, place = bank_items(bank), {skill.id: at for at, skill in enumerate(roadmap.skills)}
    seed = int(content_digest(profile)[:8], 16)
    forms = forms_in_turn(bank, profile, pool_of(bank, profile), seed, forms=FORMS)
    return misclassification_in_turn(
        known.pool,
        make_prior(roadmap, {}),
        [[known.index[id_] for id_ in form] for form in forms],
        np.full(len(roadmap.skills), profile.bar),
        weights_of(bank, profile),
        certain=profile.certain,
        floors={place[one.skill]: logit(one.floor) for one in profile.required if one.floor is not None},
        persons=PERSONS,
        seed=seed,
    )
