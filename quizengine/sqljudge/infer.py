"""A dataset for a schema that nobody described: rules from its types, keys and the queries' literals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from quizengine.model.answers import SqlDialect
from quizengine.sqljudge.domains import DAY, MOMENT, Choice, ColumnRule, Days, Domain, Parent, Serial, Shared
from quizengine.sqljudge.instances import Dataset, Repeat, TableRules
from quizengine.sqljudge.literals import Literal, columns_of_dates, compared_literals
from quizengine.sqljudge.pool import Value
from quizengine.sqljudge.postgres.infer import domain_of
from quizengine.sqljudge.schema import Column, Table, tables_of

NULL_SHARE = 0.2
UNUSED_SHARE = 0.25
#: Nearly every instance has rows with these numbers.
KEYS_AT_HAND = 3
WHOLE = (0, 1, 2, 3, 4, 5, 10)
WORDS = ("ann", "ben", "cleo", "Ann")
REALS = (0.0, 0.25, 0.5, 1.0, 1.5, 2.5, 10.0)
#: What only a query writes that looks at the time of a day.
_HOURS = ("hour", "minute", "second", "%h", "%m:", "%s", "datetime(", "unixepoch(", "3600", "86400", "1440")
_DATE_WORDS = (
    "date",
    "day",
    "time",
    "month",
    "_at",
    "_on",
    "_ts",
    "signup",
    "hired",
    "created",
    "updated",
    "born",
)


def infer_dataset(ddl: str, queries: Iterable[str], dialect: SqlDialect = "sqlite") -> Dataset:
    """Return a dataset for ``ddl`` with the values that ``queries`` compare with, and their neighbours.

    Raises SchemaError when SQLite does not take the DDL.
    """
    queries = tuple(queries)
    literals, dates = compared_literals(queries, dialect), columns_of_dates(queries, dialect)
    by_hours = any(word in query.lower() for query in queries for word in _HOURS)
    tables = tables_of(ddl)
    made = tuple(_rules(table, tables, literals, dates, by_hours=by_hours) for table in tables)
    if dialect == "postgresql":
        made = tuple(_with_types(rules, literals, queries) for rules in made)
    return Dataset(name="schema", ddl=ddl, tables=made)


def _with_types(
    rules: TableRules, literals: Mapping[str, frozenset[Literal]], queries: tuple[str, ...]
) -> TableRules:
    """Let columns hold what their types ask for, where the database insists on it."""
    declared = {column.name: column for column in rules.table.columns}

    def typed(rule: ColumnRule) -> ColumnRule:
        days = sorted(
            value
            for value in literals.get(rule.name.lower(), ())
            if isinstance(value, str) and _date_form(value)
        )
        found = domain_of(declared[rule.name], days, _near_day, queries)
        return rule if found is None or isinstance(rule.domain, Parent) else replace(rule, domain=found)

    return replace(rules, columns=tuple(map(typed, rules.columns)))


def _rules(
    table: Table,
    tables: tuple[Table, ...],
    literals: Mapping[str, frozenset[Literal]],
    dates: frozenset[str],
    *,
    by_hours: bool,
) -> TableRules:
    references = {reference.column: reference for reference in table.references}
    known = {other.name.lower(): other.name for other in tables}
    columns = []
    for column in table.columns:
        reference = references.get(column.name)
        domain: Domain
        if table.primary_key == (column.name,) and reference is None and column.affinity != "text":
            asked = literals.get(column.name.lower(), frozenset()).union(
                *(
                    literals.get(other.column.lower(), frozenset())
                    for one in tables
                    for other in one.references
                    if other.table.lower() == table.name.lower()
                )
            )
            domain = Serial(favour=_keys_near(asked))
        elif reference is not None and reference.table.lower() in known:
            domain = Parent(known[reference.table.lower()], reference.target, UNUSED_SHARE)
        else:
            name = column.name.lower()
            domain = _domain(
                column,
                literals.get(name, frozenset()),
                is_date=name in dates,
                has_time=_names_a_time(name) or (name in dates and by_hours and not _names_a_day(name)),
            )
        columns.append(
            ColumnRule(name=column.name, domain=domain, null=0.0 if column.not_null else NULL_SHARE)
        )
    repeats = () if table.keys else (Repeat(share=0.15),)
    # Tables that others point to are drawn smaller, so that groups have several rows.
    factor = 1.0 if table.references else 0.7
    return TableRules(table=table, columns=tuple(columns), factor=factor, repeats=repeats)


def _domain(column: Column, literals: frozenset[Literal], *, is_date: bool, has_time: bool) -> Domain:
    ordered = sorted(literals, key=lambda value: (isinstance(value, str), value))
    days = [value for value in ordered if isinstance(value, str) and _date_form(value)]
    if column.affinity in ("text", "any") and (days or is_date or _names_a_date(column.name)):
        form = MOMENT if any(len(day) > len("2025-01-01") for day in days) or has_time else DAY
        return Days(form, tuple(near for day in days for near in _near_day(day, form)))
    numbers = [value for value in ordered if not isinstance(value, str)]
    texts = [value for value in ordered if isinstance(value, str)]
    if column.affinity == "text" or (column.affinity == "any" and texts):
        return Choice(_words(texts), favour=tuple(texts))
    near = tuple(value for number in numbers for value in _near_number(number, column))
    if column.affinity == "real" or any(isinstance(value, float) for value in numbers):
        return Choice(REALS, favour=near)
    if not near and column.name.lower().endswith("_id"):
        return Shared(column.name.lower(), few=True)
    # Ten sorts before two as a text.
    return Choice(WHOLE, favour=near)


def _names_a_time(name: str) -> bool:
    return name in ("at", "ts") or name.endswith(("_at", "_ts", "time", "timestamp"))


def _names_a_day(name: str) -> bool:
    return name.endswith(("day", "date", "_on"))


def _names_a_date(name: str) -> bool:
    return any(word in name.lower() for word in _DATE_WORDS)


def _date_form(text: str) -> str | None:
    for form in (DAY, MOMENT, "%Y-%m", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"):
        try:
            datetime.strptime(text, form)  # noqa: DTZ007 - the tables hold no zones
        except ValueError:
            continue
        return form
    return None


def _near_day(text: str, form: str) -> list[Value]:
    day = datetime.strptime(text, _date_form(text) or DAY)  # noqa: DTZ007
    # A year away the month and the day are the same; more often than there, days lie about the bound.
    steps = [timedelta(days=-1), timedelta(0), timedelta(days=1)] * 3
    steps += [timedelta(days=-365), timedelta(days=366)]
    if form == MOMENT:
        steps += [timedelta(seconds=-1), timedelta(seconds=1)]
    return [(day + step).strftime(form) for step in steps]


def _keys_near(literals: Iterable[Literal]) -> tuple[Value, ...]:
    """Return the keys that queries ask for, and their neighbours, where a small table would not have them."""
    near = {n + step for n in literals if isinstance(n, int) for step in (-1, 0, 1)}
    return tuple(sorted(n for n in near if n > KEYS_AT_HAND))


def _near_number(number: int | float, column: Column) -> tuple[Value, ...]:
    # Farther ones, too: of what passes a bound, several must differ among themselves.
    if isinstance(number, float) or column.affinity == "real":
        return (number - 0.5, number, number + 0.5, number + 1, number + 12.25, max(0.0, number - 7.5))
    return (number - 1, number, number + 1, number + 12, max(0, number - 7))


def _words(texts: list[str]) -> tuple[Value, ...]:
    """Return texts that occur in queries, and what is easily mistaken for them."""
    if not texts:
        return WORDS
    others = [variant for text in texts for variant in _variants(text)]
    return tuple(dict.fromkeys([*texts, *others, *WORDS[:1]]))


def _variants(text: str) -> list[str]:
    plain = text.replace("%", "").replace("_", "x") or "x"
    changed = plain.upper() if plain != plain.upper() else plain.lower()
    return [plain, changed, plain[:-1] or "x", plain + "s"]
