"""Which table a column of a parsed query belongs to, and changes to a tree that undo themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlglot import exp

from quizengine.sqljudge.schema import Column, Table


@contextmanager
def instead(node: exp.Expr, other: exp.Expr) -> Iterator[None]:
    """Put ``other`` in the place of ``node`` for a while."""
    node.replace(other)
    try:
        yield
    finally:
        other.replace(node)


@contextmanager
def setting(node: exp.Expr, **values: Any) -> Iterator[None]:
    """Give ``node`` other arguments for a while."""
    before = {name: node.args.get(name) for name in values}
    for name, value in values.items():
        node.set(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            node.set(name, value)


def is_outermost(query: exp.Expr) -> bool:
    """Whether ``query`` is all: it stands in the parentheses that ``mutants`` puts around."""
    return query.parent is not None and query.parent.parent is None


def without(items: Sequence[exp.Expr], place: int) -> list[exp.Expr]:
    """Return ``items`` but for one."""
    return [item for index, item in enumerate(items) if index != place]


def conjuncts(condition: exp.Expr | None) -> list[exp.Expr]:
    """Return the parts of a condition that must all hold.

    >>> from sqlglot import parse_one
    >>> [part.sql() for part in conjuncts(parse_one("a = 1 AND (b OR c) AND d"))]
    ['a = 1', '(b OR c)', 'd']
    """
    if condition is None:
        return []
    if isinstance(condition, exp.And):
        return [*conjuncts(condition.left), *conjuncts(condition.right)]
    return [condition]


def all_of(parts: Sequence[exp.Expr]) -> exp.Expr | None:
    """Return the condition that all of ``parts`` hold; None for no parts."""
    return exp.and_(*(part.copy() for part in parts)) if parts else None


class Sources:
    """The tables that the columns of a query come from, as far as the schema tells."""

    def __init__(self, tree: exp.Expr, tables: Sequence[Table]) -> None:
        self._derived = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
        self._tables = {table.name.lower(): table for table in tables}

    def of_select(self, select: exp.Expr) -> Mapping[str, Table]:
        """Return the tables that a SELECT reads from, by the name they have there."""
        first = select.args.get("from_")
        joined = [join.this for join in select.args.get("joins") or ()]
        read = [
            source for source in ([first.this] if first else []) + joined if isinstance(source, exp.Table)
        ]
        return {
            source.alias_or_name.lower(): self._tables[source.name.lower()]
            for source in read
            if source.name.lower() in self._tables and source.name.lower() not in self._derived
        }

    def of_column(self, column: exp.Column) -> tuple[Table, Column] | None:
        """Return the table and the column that ``column`` names; None for those of derived tables."""
        name, qualifier = column.name.lower(), column.table.lower()
        select = column.find_ancestor(exp.Select)
        while select is not None:
            for alias, table in self.of_select(select).items():
                found = next((c for c in table.columns if c.name.lower() == name), None)
                if found is not None and qualifier in ("", alias):
                    return table, found
            select = select.find_ancestor(exp.Select)
        return None

    def is_never_null(self, node: exp.Expr) -> bool:
        """Whether ``node`` is a column that is NOT NULL, of a SELECT without outer joins."""
        found = self.of_column(node) if isinstance(node, exp.Column) else None
        select = node.find_ancestor(exp.Select)
        if found is None or select is None or not found[1].not_null:
            return False
        return not any(join.side for join in select.args.get("joins") or ())

    def alias_of(self, column: exp.Column) -> str:
        """Return the name under which the table of ``column`` is read, empty if that is not known."""
        if column.table:
            return column.table.lower()
        select = column.find_ancestor(exp.Select)
        found = self.of_column(column)
        if select is None or found is None:
            return ""
        return next((alias for alias, table in self.of_select(select).items() if table is found[0]), "")
