"""Adaptive skills assessment for backend engineers who move into machine-learning engineering.

The two functions that everything rests on are here; the scorer is `quizengine.psychometrics`.

>>> import quizengine
>>> from quizengine.resources import resource
>>> bank = quizengine.load_bank(resource("question_banks") / "backend_to_ml")
>>> variant = bank["math.bayes.disease-test"].variant(seed=7)
>>> quizengine.grade(variant, "1.2").misconception
'chance-above-one'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quizengine.bank import load_bank
    from quizengine.grading import grade

__all__ = ["__version__", "grade", "load_bank"]

__version__ = "0.1.0"

_HOMES = {"load_bank": "quizengine.bank", "grade": "quizengine.grading"}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: a command's help must not wait for SymPy."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
