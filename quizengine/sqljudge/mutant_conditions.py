"""Slips in what rows are joined and kept. Operators: see ``mutants``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from quizengine.sqljudge.mutant_sources import Sources, all_of, conjuncts, instead, setting

_SIGNS: Mapping[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_MISTAKEN: Mapping[type[exp.Expr], tuple[type[exp.Expr], ...]] = {
    exp.EQ: (exp.NEQ, exp.LTE, exp.GTE),
    exp.NEQ: (exp.EQ, exp.LT, exp.GT),
    exp.LT: (exp.LTE, exp.GT),
    exp.LTE: (exp.LT, exp.GTE),
    exp.GT: (exp.GTE, exp.LT),
    exp.GTE: (exp.GT, exp.LTE),
}
#: A row in which they are NULL does not pass them.
_REFUSES_NULL = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between, exp.Like, exp.In)


def comparison(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """Another comparison."""
    has_literal = any(isinstance(node.args.get(side), exp.Literal) for side in ("this", "expression"))
    for other in _MISTAKEN.get(type(node), ()):
        if has_literal and isinstance(node, exp.EQ | exp.NEQ) and other not in (exp.EQ, exp.NEQ):
            continue  # nobody takes one value for a range
        with instead(node, other(this=node.this.copy(), expression=node.expression.copy())):
            yield f"{_SIGNS[other]} instead of {_SIGNS[type(node)]}"


def and_or(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """OR where AND is meant, and the other way round."""
    if isinstance(node, exp.And | exp.Or):
        swapped = exp.Or if isinstance(node, exp.And) else exp.And
        with instead(node, exp.paren(swapped(this=node.this.copy(), expression=node.expression.copy()))):
            yield f"{swapped.__name__.upper()} instead of {type(node).__name__.upper()}"


def dropped_part(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """One side of AND or OR left out."""
    if isinstance(node, exp.And | exp.Or):
        for kept in (node.this, node.expression):
            with instead(node, kept.copy()):
                yield f"a condition of {type(node).__name__.upper()} left out"


def negation(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """NOT left out, or put where it does not belong."""
    if isinstance(node, exp.Not):
        with instead(node, node.this.copy()):
            yield "NOT left out"
    elif isinstance(node, exp.In | exp.Exists | exp.Like | exp.Is) and not isinstance(node.parent, exp.Not):
        with instead(node, exp.Not(this=node.copy())):
            yield "NOT too many"


def between_ends(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """BETWEEN without one of its ends."""
    if not isinstance(node, exp.Between):
        return
    this, low, high = (node.args[name] for name in ("this", "low", "high"))
    for first, last, end in ((exp.GT, exp.LTE, "lower"), (exp.GTE, exp.LT, "upper")):
        open_ = exp.and_(
            first(this=this.copy(), expression=low.copy()), last(this=this.copy(), expression=high.copy())
        )
        with instead(node, exp.paren(open_)):
            yield f"BETWEEN without its {end} end"


def dropped_clause(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """WHERE, HAVING or ON left out."""
    if isinstance(node, exp.Select):
        for clause in ("where", "having"):
            if node.args.get(clause):
                with setting(node, **{clause: None}):
                    yield f"{clause.upper()} left out"
    elif isinstance(node, exp.Join) and (node.args.get("on") or node.args.get("using")):
        with setting(node, on=exp.true() if node.side else None, using=None):
            yield "ON left out"


def moved_condition(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """A condition of an outer join in WHERE, or one of WHERE in an outer join: there it keeps other rows."""
    if not isinstance(node, exp.Select):
        return
    where = node.args.get("where")
    kept = conjuncts(where.this) if where else []
    for join in node.args.get("joins") or ():
        if not join.side:
            continue
        wanted = conjuncts(join.args.get("on"))
        for part in wanted if len(wanted) > 1 else []:
            others = all_of([other for other in wanted if other is not part])
            with setting(join, on=others), setting(node, where=exp.Where(this=all_of([*kept, part]))):
                yield "a condition of ON in WHERE"
        for part in kept if wanted else []:
            rest = all_of([other for other in kept if other is not part])
            moved = exp.Where(this=rest) if rest is not None else None
            with setting(join, on=all_of([*wanted, part])), setting(node, where=moved):
                yield "a condition of WHERE in ON"


def join_kind(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """An inner join where an outer one is meant, and the other way round."""
    if not isinstance(node, exp.Join) or not (node.args.get("on") or node.args.get("using")):
        return
    side = node.side
    if side:
        with setting(node, side=None, kind=None):
            yield f"JOIN instead of {side} JOIN"
    elif not _loses_nothing(node, sources):
        with setting(node, side="LEFT"):
            yield "LEFT JOIN instead of JOIN"


def _loses_nothing(join: exp.Join, sources: Sources) -> bool:
    """Whether an outer join gives the same rows: each row has a partner, or is asked for one later."""
    select, alias = join.parent, join.this.alias_or_name.lower()
    if not isinstance(select, exp.Select):
        return False
    where = select.args.get("where")
    joins = select.args["joins"]
    later = [other.args.get("on") for other in joins[joins.index(join) + 1 :] if not other.side]
    asked = [part for condition in (where.this if where else None, *later) for part in conjuncts(condition)]
    return any(_asks_for(part, alias, sources) for part in asked) or _follows_key(join, sources)


def _asks_for(part: exp.Expr, alias: str, sources: Sources) -> bool:
    """Whether a condition refuses rows in which the columns of ``alias`` are NULL."""
    tested: exp.Expr | None = part if isinstance(part, _REFUSES_NULL) else None
    if (
        isinstance(part, exp.Not)
        and isinstance(part.this, exp.Is)
        and isinstance(part.this.expression, exp.Null)
    ):
        tested = part.this.this
    if tested is None or tested.find(exp.Coalesce, exp.Case, exp.Is, exp.If):
        return False
    own = (tested.this, tested.args.get("expression")) if isinstance(tested, exp.Binary) else (tested.this,)
    sides = [side for side in (tested, *own) if isinstance(side, exp.Column)] or [
        column for side in own if isinstance(side, exp.Expr) for column in side.find_all(exp.Column)
    ]
    return any(sources.alias_of(column) == alias for column in sides)


def _follows_key(join: exp.Join, sources: Sources) -> bool:
    """Whether the join only follows a foreign key that is never NULL to the row that it points to."""
    equal = join.args.get("on")
    if not isinstance(equal, exp.EQ) or not isinstance(join.this, exp.Table):
        return False
    for child, parent in ((equal.left, equal.right), (equal.right, equal.left)):
        if not isinstance(child, exp.Column) or not isinstance(parent, exp.Column):
            continue
        theirs = sources.of_column(parent)
        if theirs is None or sources.alias_of(parent) != join.this.alias_or_name.lower():
            continue
        ours = sources.of_column(child)
        if ours is not None and sources.is_never_null(child):
            wanted = (ours[1].name, theirs[0].name.lower(), theirs[1].name)
            if wanted in {(key.column, key.table.lower(), key.target) for key in ours[0].references}:
                return True
    return False


def not_exists(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """NOT EXISTS written as NOT IN, which one NULL empties, and the other way round."""
    if not isinstance(node, exp.Not):
        return
    inner = node.this
    if isinstance(inner, exp.Exists) and isinstance(inner.this, exp.Select):
        other = _as_not_in(inner.this, sources)
    elif isinstance(inner, exp.In) and inner.args.get("query"):
        other = _as_not_exists(inner, sources)
    else:
        return
    if other is not None:
        with instead(node, other):
            yield "NULLs in NOT IN" if isinstance(inner, exp.Exists) else "NOT EXISTS instead of NOT IN"


def _as_not_in(select: exp.Select, sources: Sources) -> exp.Expr | None:
    where = select.args.get("where")
    own = set(sources.of_select(select))
    parts = conjuncts(where.this) if where else []
    for part in parts:
        if not isinstance(part, exp.EQ):
            continue
        for inner, outer in ((part.left, part.right), (part.right, part.left)):
            if not isinstance(inner, exp.Column) or not isinstance(outer, exp.Column):
                continue
            if sources.is_never_null(inner) and sources.is_never_null(outer):
                continue  # then the two mean the same
            if sources.alias_of(inner) in own and outer.table and outer.table.lower() not in own:
                rest = all_of([other for other in parts if other is not part])
                query = select.copy()
                query.set("expressions", [inner.copy()])
                query.set("where", exp.Where(this=rest) if rest is not None else None)
                return exp.Not(this=exp.In(this=outer.copy(), query=exp.Subquery(this=query)))
    return None


def _as_not_exists(inner: exp.In, sources: Sources) -> exp.Expr | None:
    query = inner.args["query"].this
    if not isinstance(query, exp.Select) or len(query.expressions) != 1 or query.args.get("group"):
        return None
    value = query.expressions[0].unalias()
    outer = inner.this.copy()
    if isinstance(inner.this, exp.Column) and (alias := sources.alias_of(inner.this)):
        outer = exp.column(inner.this.name, table=alias)
    query = query.copy()
    query.set("expressions", [exp.Literal.number(1)])
    return exp.Not(this=exp.Exists(this=query.where(exp.EQ(this=value.copy(), expression=outer))))


def anti_join(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """LEFT JOIN ... IS NULL that tests a column which may be NULL of itself."""
    if not isinstance(node, exp.Is) or not isinstance(node.expression, exp.Null):
        return
    found = sources.of_column(node.this) if isinstance(node.this, exp.Column) else None
    select = node.find_ancestor(exp.Select)
    if found is None or select is None or not any(join.side for join in select.args.get("joins") or ()):
        return
    for column in found[0].columns:
        if not column.not_null and column is not found[1]:
            with instead(node.this, exp.column(column.name, table=node.this.args.get("table"))):
                yield f"IS NULL of {column.name}, which may be NULL of itself"


CONDITIONS = (
    comparison,
    and_or,
    dropped_part,
    negation,
    between_ends,
    dropped_clause,
    moved_condition,
    join_kind,
    not_exists,
    anti_join,
)
