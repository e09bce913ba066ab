"""Which skills a person has: arrays in, arrays out. Knows no question, no database and no clock."""

from __future__ import annotations

from quizengine.psychometrics.ability import Ability, eap, map_estimate, ml_estimate, wl_estimate
from quizengine.psychometrics.adaptive import AdaptiveTest
from quizengine.psychometrics.design import Design
from quizengine.psychometrics.estimate import SkillEstimate, bands, measured_skills
from quizengine.psychometrics.pool import ItemPool
from quizengine.psychometrics.prior import SkillPrior
from quizengine.psychometrics.rescoring import rescore
from quizengine.psychometrics.response import (
    discounted_slope,
    expected_scores,
    item_information,
    success_chance,
    test_information,
)

__all__ = [
    "Ability",
    "AdaptiveTest",
    "Design",
    "ItemPool",
    "SkillEstimate",
    "SkillPrior",
    "bands",
    "discounted_slope",
    "eap",
    "expected_scores",
    "item_information",
    "map_estimate",
    "measured_skills",
    "ml_estimate",
    "rescore",
    "success_chance",
    "test_information",
    "wl_estimate",
]
