"""Which skills a person has: arrays in, arrays out. Knows no question, no database and no clock.

The person is one Gaussian over all skills, so that an answer tells of skills that were never asked
about; the next item is the one that settles most of what is still unclear.

Examples
--------
>>> import numpy as np
>>> prior = SkillPrior.from_graph(3, prerequisites=[(0, 1), (1, 2)], domains=["math", "math", "sql"])
>>> pool = ItemPool(loadings=np.eye(3)[[0, 1, 2] * 4], a=np.full(12, 1.2), b=np.linspace(-1, 1, 12),
...                 c=np.full(12, 0.02), d=np.full(12, 0.98))
>>> test = AdaptiveTest(pool, prior, cuts=[0.0, 0.5, 1.0], max_items=8, seed=1)
>>> while (item := test.next_item()) is not None:
...     test.record(item, score=1.0 if pool.main_skill[item] == 0 else 0.0)
>>> bands(test.estimate().gap_probabilities(test.cuts))
('unclear', 'gap', 'gap')
"""

from __future__ import annotations

from quizengine.psychometrics.ability import Ability, eap, map_estimate, ml_estimate, wl_estimate
from quizengine.psychometrics.adaptive import AdaptiveTest
from quizengine.psychometrics.design import Design
from quizengine.psychometrics.estimate import SkillEstimate, bands, measured_skills
from quizengine.psychometrics.exposure import ExposureControl, sympson_hetter
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
from quizengine.psychometrics.simulation import (
    Bin,
    Row,
    Simulation,
    compare,
    reliability,
    simulate,
    table,
)
from quizengine.psychometrics.worlds import (
    WORLDS,
    World,
    bank_world,
    careless,
    cold,
    continuous,
    knowledge_space,
    wrong_slopes,
)

__all__ = [
    "WORLDS",
    "Ability",
    "AdaptiveTest",
    "Bin",
    "Design",
    "ExposureControl",
    "ItemPool",
    "Row",
    "Simulation",
    "SkillEstimate",
    "SkillPrior",
    "World",
    "bands",
    "bank_world",
    "careless",
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
    "reliability",
    "rescore",
    "simulate",
    "success_chance",
    "sympson_hetter",
    "table",
    "test_information",
    "wl_estimate",
    "wrong_slopes",
]
