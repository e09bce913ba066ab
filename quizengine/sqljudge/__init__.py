"""Run a stranger's query safely on real SQLite, compare results, make the databases for it."""

from __future__ import annotations

from quizengine.sqljudge.datasets import load_dataset
from quizengine.sqljudge.example import SqlExample
from quizengine.sqljudge.instances import Dataset
from quizengine.sqljudge.judge import SqlVerdict, judge
from quizengine.sqljudge.panel_cache import keep_panels_in
from quizengine.sqljudge.panels import WrongQuery, make_panel, panel_for_schema
from quizengine.sqljudge.pool import Pool, close_shared_pool, shared_pool
from quizengine.sqljudge.schema import SchemaError
from quizengine.sqljudge.scripts import tables_shown

__all__ = [
    "Dataset",
    "Pool",
    "SchemaError",
    "SqlExample",
    "SqlVerdict",
    "WrongQuery",
    "close_shared_pool",
    "judge",
    "keep_panels_in",
    "load_dataset",
    "make_panel",
    "panel_for_schema",
    "shared_pool",
    "tables_shown",
]
