"""A shop for the tests of the judge on PostgreSQL."""

from __future__ import annotations

from quizengine.model.answers import SqlAnswer
from quizengine.sqljudge import panel_for_schema
from quizengine.sqljudge.dialects import read_query
from quizengine.sqljudge.scripts import panel_of

SHOP = """
CREATE TABLE buyers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, town TEXT);
CREATE TABLE sales (id INTEGER PRIMARY KEY, buyer_id INTEGER REFERENCES buyers(id), amount NUMERIC(8, 2),
  sold_on DATE NOT NULL);
"""
ROWS = """
CREATE TABLE buyers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, town TEXT);
CREATE TABLE sales (id INTEGER PRIMARY KEY, buyer_id INTEGER, amount NUMERIC(8, 2), sold_on DATE NOT NULL);
INSERT INTO buyers VALUES (1, 'ann', 'Bonn'), (2, 'ben', 'Bonn'), (3, 'cleo', NULL), (4, 'Dan', 'Ulm');
INSERT INTO sales VALUES (1, 1, 2.50, '2025-03-01'), (2, 1, 2.50, '2025-03-02'), (3, 2, NULL, '2025-03-04'),
  (4, 4, 10, '2025-03-04'), (5, NULL, 1, '2025-02-28');
"""


def answer_of(reference: str) -> SqlAnswer:
    """An answer with drawn databases; it is ordered when the reference is."""
    ordered = read_query(reference, "postgresql").order is not None
    panel = panel_for_schema(SHOP, (reference,), count=6, dialect="postgresql")
    return SqlAnswer(reference=reference, ordered=ordered, panel=panel)


def answer_on(reference: str, *scripts: str) -> SqlAnswer:
    """An answer on written databases; by default on one."""
    ordered = read_query(reference, "postgresql").order is not None
    scripts = scripts or (ROWS,)
    return SqlAnswer(reference=reference, ordered=ordered, panel=panel_of(scripts[0], scripts, "postgresql"))
