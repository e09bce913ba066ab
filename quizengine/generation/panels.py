"""The answer of an SQL question: its queries filled in, and the databases that they are judged on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

from quizengine.errors import ExpressionError
from quizengine.generation.program import CompiledPart, Program
from quizengine.model.answers import SqlAnswer, SqlDialect
from quizengine.sqljudge import Dataset, WrongQuery, make_panel, tables_shown


def sql_answer(
    program: Program, part: CompiledPart, names: Mapping[str, Any], data_seed: int | None
) -> SqlAnswer:
    """Return the query answer of a draw. Equal names give equal databases.

    Raises
    ------
    ExpressionError
        If the question's dataset was not loaded with its bank.
    EngineAwayError
        If its queries run on a PostgreSQL server that cannot be reached now.
    """
    options = part.spec.options
    dataset, tables = options["dataset"], options["tables"]
    if not isinstance(dataset, Dataset) or not isinstance(tables, tuple):
        raise ExpressionError(f"dataset {dataset!r} is not loaded")
    reference = part.texts["reference"][0].render(names).strip()
    named = (
        WrongQuery(one.text.render(names).strip())
        for one in program.misconceptions
        if one.spec.sql and one.text
    )
    also_wrong = _queries(part, "also_wrong", names)
    ordered = _is_ordered(options.get("ordered"), reference)
    wrong = (*named, *(WrongQuery(sql, in_order=ordered) for sql in also_wrong))
    seed = data_seed if data_seed is not None else crc32(reference.encode())
    dialect: SqlDialect = "postgresql" if options.get("dialect") == "postgresql" else "sqlite"
    panel = make_panel(dataset, tables, seed, reference=reference, wrong_queries=wrong, dialect=dialect)
    return SqlAnswer(
        reference=reference,
        ordered=ordered,
        panel=panel,
        by_steps=options.get("judge") == "steps",
        tables=tables_shown(panel, tables),
        alternatives=_queries(part, "alternatives", names),
        also_wrong=also_wrong,
    )


def _queries(part: CompiledPart, option: str, names: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(text.render(names).strip() for text in part.texts.get(option, ()))


def _is_ordered(option: object, reference: str) -> bool:
    """Return what the question says, otherwise whether its reference sorts its last SELECT."""
    return bool(option) if option is not None else "order by" in reference.lower().rpartition(")")[2]
