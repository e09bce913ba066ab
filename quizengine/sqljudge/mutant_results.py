"""Slips in what is computed, grouped, sorted and cut. Operators: see ``mutants``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from sqlglot import exp

from quizengine.sqljudge.mutant_sources import Sources, instead, is_outermost, setting, without

_AGGREGATES = (exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max)
_RANKS = (exp.RowNumber, exp.Rank, exp.DenseRank)
_PAIRS: Mapping[type[exp.Expr], type[exp.Expr]] = {
    exp.Lag: exp.Lead,
    exp.Lead: exp.Lag,
    exp.FirstValue: exp.LastValue,
    exp.LastValue: exp.FirstValue,
}
_ARITHMETIC: Mapping[type[exp.Expr], tuple[type[exp.Expr], str, str]] = {
    exp.Add: (exp.Sub, "-", "+"),
    exp.Sub: (exp.Add, "+", "-"),
    exp.Mul: (exp.Div, "/", "*"),
    exp.Div: (exp.Mul, "*", "/"),
}
_SETS = (exp.Union, exp.Intersect, exp.Except)
_WITHOUT_FRAME = (*_RANKS, exp.Lag, exp.Lead, exp.Ntile, exp.PercentRank, exp.CumeDist)
_NUMBER = re.compile(r"\d+")
_SQL_NAMES: Mapping[type[exp.Expr], str] = {
    exp.RowNumber: "ROW_NUMBER",
    exp.DenseRank: "DENSE_RANK",
    exp.FirstValue: "FIRST_VALUE",
    exp.LastValue: "LAST_VALUE",
}


def _name(kind: type[exp.Expr]) -> str:
    return _SQL_NAMES.get(kind, kind.__name__.upper())


def constant(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """A number one off, a day off, another text, another case."""
    if not isinstance(node, exp.Literal) or _means_nothing(node):
        return
    clause = "LIMIT" if isinstance(node.parent, exp.Limit) else ""
    for value, label in _other_texts(node.this) if node.is_string else _other_numbers(node.this):
        with setting(node, this=value):
            yield f"{clause} {label}".strip()


def _means_nothing(node: exp.Expr) -> bool:
    """Whether it does not matter what stands here: in EXISTS (SELECT 1), COUNT(1), ORDER BY 1."""
    parent = node.parent
    if isinstance(parent, exp.Limit):
        return _is_one_value(parent.parent)
    # Ordinals name columns: another one is another key, which has operators of its own.
    return isinstance(parent, exp.Count | exp.Group | exp.Ordered) or _is_shown_by_exists(node)


def _is_shown_by_exists(node: exp.Expr) -> bool:
    return isinstance(node.parent, exp.Select) and isinstance(node.parent.parent, exp.Exists)


def _other_numbers(text: str) -> Iterator[tuple[str, str]]:
    try:
        if "." in text:
            yield repr(float(text) + 1), "a number too great by 1"
            yield repr(float(text) - 1), "a number too small by 1"
        else:
            yield str(int(text) + 1), "a number too great by 1"
            yield str(int(text) - 1), "a number too small by 1"
    except ValueError:
        return


def _other_texts(text: str) -> Iterator[tuple[str, str]]:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        yield from _other_words(text)
        return
    for days, label in ((1, "a day too late"), (-1, "a day too early")):
        yield (day + timedelta(days=days)).isoformat() + text[10:], label


def _other_words(text: str) -> Iterator[tuple[str, str]]:
    number = _NUMBER.search(text)
    if number:
        for step, label in ((1, "great"), (-1, "small")):
            changed = str(max(0, int(number[0]) + step)).zfill(len(number[0]))
            yield (
                text[: number.start()] + changed + text[number.end() :],
                f"a number in a text too {label} by 1",
            )
    elif text.lower() != text.upper():
        yield (text.upper() if text != text.upper() else text.lower()), "a text in another case"
        yield text[:-1], "a text without its last letter"


def aggregate(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """Another aggregate."""
    if isinstance(node, _AGGREGATES) and not isinstance(node.this, exp.Star | exp.Literal):
        for other in _AGGREGATES:
            if other is not type(node):
                with instead(node, other(this=node.this.copy())):
                    yield f"{_name(other)} instead of {_name(type(node))}"


def distinct_inside(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """DISTINCT left out of an aggregate, or put in."""
    if not isinstance(node, exp.Count | exp.Sum | exp.Avg):
        return
    if isinstance(node.this, exp.Distinct):
        with setting(node, this=node.this.expressions[0].copy()):
            yield f"{_name(type(node))} without DISTINCT"
    elif not isinstance(node.this, exp.Star | exp.Literal) and not isinstance(node.parent, exp.Window):
        with setting(node, this=exp.Distinct(expressions=[node.this.copy()])):
            yield f"{_name(type(node))} with DISTINCT"


def counted(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """COUNT(*) where NULLs must not count, and COUNT of a column where they must."""
    if not isinstance(node, exp.Count):
        return
    if not isinstance(node.this, exp.Star | exp.Literal):
        if not sources.is_never_null(node.this):
            with setting(node, this=exp.Star()):
                yield "COUNT(*) instead of COUNT of a column"
        return
    select = node.find_ancestor(exp.Select)
    for alias, table in sources.of_select(select).items() if select else ():
        column = next((column for column in table.columns if not column.not_null), None)
        if column is not None:
            with setting(node, this=exp.column(column.name, table=alias)):
                yield f"COUNT of {column.name} instead of COUNT(*)"


def distinct_rows(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """SELECT DISTINCT without DISTINCT, and with it where repeated rows count."""
    if not isinstance(node, exp.Select):
        return
    if node.args.get("distinct"):
        with setting(node, distinct=None):
            yield "DISTINCT left out"
    elif not _has_no_repeats(node, sources):
        with setting(node, distinct=exp.Distinct()):
            yield "DISTINCT too many"


def _has_no_repeats(select: exp.Select, sources: Sources) -> bool:
    """Whether DISTINCT would change nothing that counts."""
    parent = select.parent.parent if isinstance(select.parent, exp.Subquery) else select.parent
    if isinstance(select.parent, exp.Exists) or isinstance(parent, exp.In):
        return True
    if isinstance(select.parent, _SETS) and select.parent.args.get("distinct"):
        return True
    shown = {item.unalias().sql() for item in select.expressions} | {
        item.alias for item in select.expressions if item.alias
    }
    group = select.args.get("group")
    if group:
        places = {str(place + 1) for place in range(len(select.expressions))}
        return all(key.sql() in shown | places for key in group.expressions)
    if any(item.find(exp.AggFunc) and not item.find(exp.Window) for item in select.expressions):
        return True
    numbered = [one for item in select.expressions for one in item.find_all(exp.Window)]
    if any(isinstance(item, exp.Star) for item in select.expressions) and any(
        isinstance(one.this, exp.RowNumber) for one in numbered
    ):
        return True
    return not select.args.get("joins") and any(
        set(key) <= {item.unalias().name for item in select.expressions}
        for table in sources.of_select(select).values()
        for key in table.keys
    )


def set_operation(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """UNION and UNION ALL, UNION and INTERSECT, INTERSECT and EXCEPT."""
    if not isinstance(node, _SETS) or _is_recursive(node):
        return
    if isinstance(node, exp.Union):
        distinct = bool(node.args.get("distinct"))
        with setting(node, distinct=not distinct):
            yield "UNION ALL instead of UNION" if distinct else "UNION instead of UNION ALL"
    for other in _SETS:
        if other is not type(node):
            arguments = {key: value for key, value in node.copy().args.items() if value is not None}
            with instead(node, other(**{**arguments, "distinct": True})):
                yield f"{_name(other)} instead of {_name(type(node))}"


def _is_recursive(node: exp.Expr) -> bool:
    around = node.find_ancestor(exp.With)
    return bool(around is not None and around.args.get("recursive"))


def grouping(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """A key of GROUP BY left out, or a name in the place of the key that it belongs to."""
    if not isinstance(node, exp.Group):
        return
    keys = node.expressions
    for place, key in enumerate(keys):
        if len(keys) > 1:
            with setting(node, expressions=without(keys, place)):
                yield "a key of GROUP BY left out"
        found = sources.of_column(key) if isinstance(key, exp.Column) else None
        if found is None or (found[1].name,) not in found[0].keys:
            continue
        for column in found[0].columns:
            if column.affinity == "text":
                with instead(key, exp.column(column.name, table=key.args.get("table"))):
                    yield f"grouped by {column.name} instead of {found[1].name}"
    if len(keys) == 1:
        with setting(node.parent or node, group=None):
            yield "GROUP BY left out"


def sorting(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """A sort key the other way round, or left out."""
    if not isinstance(node, exp.Order) or _sorts_for_nothing(node):
        return
    place = "of a window" if isinstance(node.parent, exp.Window) else "of ORDER BY"
    keys = node.expressions
    for index, key in enumerate(keys):
        with setting(key, desc=not key.args.get("desc"), nulls_first=not key.args.get("nulls_first")):
            yield f"a sort key {place} the other way round"
        if len(keys) > 1:
            with setting(node, expressions=without(keys, index)):
                yield f"a sort key {place} left out"


def _sorts_for_nothing(order: exp.Expr) -> bool:
    """Whether the order of a subquery decides nothing: it has no LIMIT."""
    query = order.parent
    return isinstance(query, exp.Query) and not is_outermost(query) and not query.args.get("limit")


def cut(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """LIMIT left out."""
    if isinstance(node, exp.Limit) and node.parent is not None and not _is_one_value(node.parent):
        with setting(node.parent, limit=None):
            yield "LIMIT left out"


def _is_one_value(query: exp.Expr | None) -> bool:
    """Whether a query stands where one value does: SQLite takes its first row, whatever LIMIT says."""
    around = query.parent if query is not None else None
    return isinstance(around, exp.Subquery) and not isinstance(around.parent, exp.From | exp.Join | exp.In)


def window(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """A window without its partition, order or frame, or with the other kind of frame."""
    if not isinstance(node, exp.Window):
        return
    parts = node.args.get("partition_by") or []
    for place in range(len(parts)):
        with setting(node, partition_by=without(parts, place)):
            yield "a key of PARTITION BY left out"
    if node.args.get("order") and not isinstance(node.this, (*_RANKS, exp.Lag, exp.Lead)):
        with setting(node, order=None, spec=None):
            yield "a window without its order"
    spec = node.args.get("spec")
    if spec is None or isinstance(node.this, _WITHOUT_FRAME):
        return
    with setting(node, spec=None):
        yield "a window without its frame"
    kind = str(spec.args.get("kind")).upper()
    other = "RANGE" if kind == "ROWS" else "ROWS"
    with setting(spec, kind=other):
        yield f"{other} instead of {kind}"


def ranking(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """Another kind of rank, LEAD instead of LAG."""
    if isinstance(node, _RANKS):
        for other in _RANKS:
            if other is not type(node):
                with instead(node, other()):
                    yield f"{_name(other)} instead of {_name(type(node))}"
    elif type(node) in _PAIRS:
        changed = _PAIRS[type(node)](**{key: value for key, value in node.copy().args.items() if value})
        with instead(node, changed):
            yield f"{_name(type(changed))} instead of {_name(type(node))}"


def default(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """COALESCE left out."""
    if isinstance(node, exp.Coalesce):
        with instead(node, node.this.copy()):
            yield "COALESCE left out"


def arithmetic(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """Another operation."""
    if type(node) in _ARITHMETIC:
        other, sign, right = _ARITHMETIC[type(node)]
        changed = other(this=node.this.copy(), expression=node.expression.copy())
        if isinstance(changed, exp.Div):
            changed.set("typed", True)  # as typed: whole numbers are divided as the dialect does
        with instead(node, exp.paren(changed)):
            yield f"{sign} instead of {right}"


def integer_division(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """A quotient of whole numbers: what makes it a fraction is left out."""
    if isinstance(node, exp.Mul):
        for one, kept in ((node.this, node.expression), (node.expression, node.this)):
            if isinstance(one, exp.Literal) and one.this in ("1.0", "1."):
                with instead(node, kept.copy()):
                    yield "division of whole numbers"
    elif isinstance(node, exp.Cast) and node.to.is_type("REAL", "DOUBLE", "FLOAT", "DECIMAL"):
        with instead(node, node.this.copy()):
            yield "division of whole numbers"


def case_branch(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """A branch of CASE left out."""
    if not isinstance(node, exp.Case):
        return
    branches = node.args["ifs"]
    for place in range(len(branches) if len(branches) > 1 else 0):
        with setting(node, ifs=without(branches, place)):
            yield "a branch of CASE left out"
    if node.args.get("default") and not isinstance(node.args["default"], exp.Null):
        with setting(node, default=None):
            yield "ELSE left out"


def dropped_function(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """A function left out."""
    if isinstance(node, exp.Round | exp.Lower | exp.Upper | exp.Abs | exp.Trim | exp.Nullif | exp.Date):
        inner, name = node.this, _name(type(node))
    elif (
        isinstance(node, exp.Anonymous)
        and str(node.this).upper() in ("DATE", "DATETIME")
        and node.expressions
    ):
        inner, name = node.expressions[0], str(node.this).upper()
    else:
        return
    if isinstance(inner, exp.Expr):
        with instead(node, inner.copy()):
            yield f"{name} left out"


def other_column(node: exp.Expr, sources: Sources) -> Iterator[str]:
    """Another column of the same table and type."""
    if not isinstance(node, exp.Column) or _is_shown_by_exists(node):
        return
    found = sources.of_column(node)
    if found is None:
        return
    table, column = found
    for other in table.columns:
        if other is not column and other.affinity == column.affinity:
            with setting(node, this=exp.to_identifier(other.name)):
                yield f"{other.name} instead of {column.name}"


RESULTS = (
    constant,
    aggregate,
    distinct_inside,
    counted,
    distinct_rows,
    set_operation,
    grouping,
    sorting,
    cut,
    window,
    ranking,
    default,
    arithmetic,
    integer_division,
    case_branch,
    dropped_function,
    other_column,
)
