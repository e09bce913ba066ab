"""A small shop for the tests of the SQL judge: its databases, and answers on them."""

from __future__ import annotations

from quizengine.model.answers import SqlAnswer
from quizengine.sqljudge import panel_for_schema
from quizengine.sqljudge.scripts import panel_of
from quizengine.sqljudge.statement import read_statement

SHOP = """
CREATE TABLE buyers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, town TEXT);
CREATE TABLE sales (id INTEGER PRIMARY KEY, buyer_id INTEGER REFERENCES buyers(id), amount REAL,
  sold_on TEXT NOT NULL);
"""


def answer_of(reference: str, *, schema: str = SHOP, alternatives: tuple[str, ...] = ()) -> SqlAnswer:
    """An answer with drawn databases; it is ordered when the reference is."""
    ordered = read_statement(reference).order is not None
    panel = panel_for_schema(schema, (reference,), count=12)
    return SqlAnswer(reference=reference, ordered=ordered, panel=panel, alternatives=alternatives)


def answer_on(reference: str, *scripts: str) -> SqlAnswer:
    """An answer on written databases; the first also says which tables there are."""
    ordered = read_statement(reference).order is not None
    return SqlAnswer(reference=reference, ordered=ordered, panel=panel_of(scripts[0], scripts))
