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
from quizengine.psychometrics.simulation import Row, Simulation, compare, simulate, table
from quizengine.psychometrics.worlds import World, bank_world, cold, continuous, knowledge_space

__all__ = [
    "Ability",
    "AdaptiveTest",
    "Design",
    "ItemPool",
    "Row",
    "Simulation",
    "SkillEstimate",
    "SkillPrior",
    "World",
    "bands",
    "bank_world",
    "cold",
    "compare",
    "continuous",
    "discounted_slope",
    "eap",
    "expected_scores",
    "item_information",
    "knowledge_space",
    "map_estimate",
    "measured_skills",
    "ml_estimate",
    "rescore",
    "simulate",
    "success_chance",
    "table",
    "test_information",
    "wl_estimate",
]
