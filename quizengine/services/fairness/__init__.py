"""How items and cuts treat groups of people: files in, a study out."""

from __future__ import annotations

from quizengine.services.fairness.reading import read_answers, read_groups, read_items
from quizengine.services.fairness.study import Options, Study, study_fairness

__all__ = ["Options", "Study", "read_answers", "read_groups", "read_items", "study_fairness"]
