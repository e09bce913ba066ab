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
from quizengine.psychometrics.calibration import (
    Calibration,
    Responses,
    StepCalibration,
    calibrate,
    calibrate_steps,
)
from quizengine.psychometrics.decision import RoleDecision, Sitting, outranks, role_decision
from quizengine.psychometrics.design import Design
from quizengine.psychometrics.dif import MantelHaenszel, ets_class, mantel_haenszel
from quizengine.psychometrics.dif_logistic import LogisticDif, logistic_dif
from quizengine.psychometrics.dif_screen import DifRow, DifScreen, dif_screen
from quizengine.psychometrics.drift import Drift, DriftWatch, drift_test, watch_drift
from quizengine.psychometrics.estimate import SkillEstimate, bands, measured_skills
from quizengine.psychometrics.exposure import ExposureControl, sympson_hetter
from quizengine.psychometrics.graded import category_chances, category_information
from quizengine.psychometrics.impact import Impact, Selection, adverse_impact, fisher_power, flag_chance
from quizengine.psychometrics.itemfit import BinnedFit, ItemFit, binned_residuals, infit_outfit
from quizengine.psychometrics.matching import Curves
from quizengine.psychometrics.misclassification import (
    Misclassification,
    judged,
    misclassification,
    normal_misclassification,
)
from quizengine.psychometrics.norms import Percentile, percentile
from quizengine.psychometrics.personfit import PeopleFit, PersonFit, lz, people_fit, person_fit
from quizengine.psychometrics.pool import ItemPool
from quizengine.psychometrics.prior import SkillPrior
from quizengine.psychometrics.rasch import RaschCml, rasch_cml, symmetric_functions
from quizengine.psychometrics.rescoring import rescore
from quizengine.psychometrics.response import (
    discounted_slope,
    expected_scores,
    item_information,
    success_chance,
    test_information,
)
from quizengine.psychometrics.simulation import Bin, Row, Simulation, compare, reliability, simulate, table
from quizengine.psychometrics.sumscores import SX2, SumScoreAbilities, s_x2, sum_score_chances, sum_score_eap
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
    "SX2",
    "WORLDS",
    "Ability",
    "AdaptiveTest",
    "Bin",
    "BinnedFit",
    "Calibration",
    "Curves",
    "Design",
    "DifRow",
    "DifScreen",
    "Drift",
    "DriftWatch",
    "ExposureControl",
    "Impact",
    "ItemFit",
    "ItemPool",
    "LogisticDif",
    "MantelHaenszel",
    "Misclassification",
    "PeopleFit",
    "Percentile",
    "PersonFit",
    "RaschCml",
    "Responses",
    "RoleDecision",
    "Row",
    "Selection",
    "Simulation",
    "Sitting",
    "SkillEstimate",
    "SkillPrior",
    "StepCalibration",
    "SumScoreAbilities",
    "World",
    "adverse_impact",
    "bands",
    "bank_world",
    "binned_residuals",
    "calibrate",
    "calibrate_steps",
    "careless",
    "category_chances",
    "category_information",
    "cold",
    "compare",
    "continuous",
    "dif_screen",
    "discounted_slope",
    "drift_test",
    "eap",
    "ets_class",
    "expected_scores",
    "fisher_power",
    "flag_chance",
    "infit_outfit",
    "item_information",
    "judged",
    "knowledge_space",
    "logistic_dif",
    "lz",
    "mantel_haenszel",
    "map_estimate",
    "measured_skills",
    "misclassification",
    "ml_estimate",
    "normal_misclassification",
    "outranks",
    "people_fit",
    "percentile",
    "person_fit",
    "rasch_cml",
    "reliability",
    "rescore",
    "role_decision",
    "s_x2",
    "simulate",
    "success_chance",
    "sum_score_chances",
    "sum_score_eap",
    "symmetric_functions",
    "sympson_hetter",
    "table",
    "test_information",
    "watch_drift",
    "wl_estimate",
    "wrong_slopes",
]
