"""Queries that differ from a reference by one slip. A database that tells none apart proves nothing.

Made with sqlglot, for ``quizengine check`` alone: where answers are judged, nobody imports this.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from quizengine.sqljudge.mutant_conditions import CONDITIONS
from quizengine.sqljudge.mutant_results import RESULTS
from quizengine.sqljudge.mutant_sources import Sources
from quizengine.sqljudge.reference import ReferenceQueryError
from quizengine.sqljudge.schema import Table

#: Each changes the tree, yields what it did in words, and puts the tree right again.
Operator = Callable[[exp.Expr, Sources], Iterator[str]]
OPERATORS: Sequence[Operator] = (*CONDITIONS, *RESULTS)


def mutants(sql: str, tables: Sequence[Table], *, dialect: str = "sqlite") -> Iterator[tuple[str, str]]:
    """Yield the queries that differ from ``sql`` by one slip, no two alike, each after the slip in words.

    The first is ``sql`` itself, written as the others are, after no words. The words are numbered where the
    same slip can be made in several places. Some queries mean the same as ``sql``, and some do not compile;
    the first are for the author to sign off. Equal arguments give equal mutants under equal words.

    Raises
    ------
    ReferenceQueryError
        If sqlglot does not understand ``sql``.
    """
    try:
        # The parentheses are the parent that the outermost query needs to be replaced by another.
        tree = exp.paren(parse_one(sql, dialect=dialect))
    except SqlglotError as error:
        raise ReferenceQueryError(f"sqlglot does not understand the reference: {error}") from error
    unchanged = tree.this.sql(dialect=dialect)
    yield "", unchanged
    sources = Sources(tree, tables)
    seen, times = {unchanged}, Counter[str]()
    for node in tuple(tree.this.walk()):
        for operator in OPERATORS:
            for label in operator(node, sources):
                text = tree.this.sql(dialect=dialect)
                if text not in seen:
                    seen.add(text)
                    times[label] += 1
                    yield (label if times[label] == 1 else f"{label} ({times[label]})"), text
