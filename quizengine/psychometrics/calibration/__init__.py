"""Item parameters from answers: marginal maximum likelihood, on one machine or many."""

from __future__ import annotations

from quizengine.psychometrics.calibration.drift import anchor_drift, controlled, difficulty_drift
from quizengine.psychometrics.calibration.families import DifficultyModel, difficulty_model, family_spread
from quizengine.psychometrics.calibration.fitting import Progress, calibrate
from quizengine.psychometrics.calibration.linking import Link, mean_shift, mean_sigma
from quizengine.psychometrics.calibration.parameters import MODELS, Model
from quizengine.psychometrics.calibration.priors import Prior
from quizengine.psychometrics.calibration.responses import Responses, SparseShard, StoredShard
from quizengine.psychometrics.calibration.result import Calibration
from quizengine.psychometrics.calibration.steps import StepCalibration, calibrate_steps

__all__ = [
    "MODELS",
    "Calibration",
    "DifficultyModel",
    "Link",
    "Model",
    "Prior",
    "Progress",
    "Responses",
    "SparseShard",
    "StepCalibration",
    "StoredShard",
    "anchor_drift",
    "calibrate",
    "calibrate_steps",
    "controlled",
    "difficulty_drift",
    "difficulty_model",
    "family_spread",
    "mean_shift",
    "mean_sigma",
]
