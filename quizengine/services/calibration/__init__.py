"""Calibration for a user: files of answers in, files of items and a report out."""

from __future__ import annotations

from quizengine.services.calibration.calibrating import Options, Outcome, calibrate_answers, read_features
from quizengine.services.calibration.reading import Collected, read_responses

__all__ = [
    "Collected",
    "Options",
    "Outcome",
    "calibrate_answers",
    "read_features",
    "read_responses",
]
