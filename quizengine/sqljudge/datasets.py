"""Reading ``datasets/<name>.toml``: the tables behind SQL questions and how their rows are made."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from quizengine.errors import nearest_hint
from quizengine.sqljudge.domains import (
    DAY,
    MOMENT,
    After,
    By,
    Choice,
    ColumnRule,
    Counter,
    Domain,
    Lookup,
    Meeting,
    Moments,
    Numbers,
    Parent,
    Serial,
    Shared,
    Walk,
)
from quizengine.sqljudge.instances import Dataset, Repeat, TableRules
from quizengine.sqljudge.schema import SchemaError, Table, tables_of

_TABLE_KEYS = ("rows", "at_least", "unique", "repeat", "columns")
_DATASET_KEYS = ("description", "ddl", "tables")


@lru_cache(maxsize=16)
def load_dataset(path: Path) -> Dataset:
    """Return the dataset of a TOML file. Raises SchemaError that says what to change, and where.

    The file is read once a process; the docs describe its keys (docs/authoring.md, "Datasets").
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SchemaError(f"The dataset {path.name} cannot be read: {error}") from error
    return read_dataset(path.stem, content)


def read_dataset(name: str, content: Mapping[str, Any]) -> Dataset:
    """Return the dataset that ``content``, the parsed file, describes. Raises SchemaError."""
    _known(f"dataset {name}", content, _DATASET_KEYS)
    ddl = str(content.get("ddl", ""))
    tables = tables_of(ddl)
    rules = content.get("tables", {})
    _known(f"dataset {name}: tables", rules, [table.name for table in tables])
    made = tuple(_table_rules(table, rules.get(table.name, {})) for table in tables)
    for table in made:
        _meetings_are_known(table, tables)
    return Dataset(name=name, ddl=ddl, description=str(content.get("description", "")), tables=made)


def _meetings_are_known(rules: TableRules, tables: tuple[Table, ...]) -> None:
    columns = {table.name: [column.name for column in table.columns] for table in tables}
    own = columns[rules.table.name]
    for rule in rules.columns:
        for meeting in rule.domain.meets if isinstance(rule.domain, Moments) else ():
            place = f"{rules.table.name}.{rule.name}: meets"
            theirs = columns.get(meeting.table, [])
            if meeting.column not in theirs:
                names = [f"{table}.{column}" for table in columns for column in columns[table]]
                name = f"{meeting.table}.{meeting.column}"
                raise SchemaError(f"{place}: there is no column {name}.{nearest_hint(name, names)}")
            for name in meeting.match:
                if name not in own or name not in theirs:
                    raise SchemaError(f"{place}: {name!r} is not a column of both tables.")


def _known(place: str, keys: Mapping[str, Any], known: Any) -> None:
    for key in keys:
        if key not in known:
            raise SchemaError(f"{place}: {key!r} means nothing here.{nearest_hint(key, known)}")


def _table_rules(table: Table, content: Mapping[str, Any]) -> TableRules:
    place = f"table {table.name}"
    _known(place, content, _TABLE_KEYS)
    columns = content.get("columns", {})
    names = [column.name for column in table.columns]
    _known(f"{place}: columns", columns, names)
    # Columns without a rule come first: keys and references, which later columns may look at.
    ordered = [*(name for name in names if name not in columns), *columns]
    try:
        return TableRules(
            table=table,
            columns=tuple(_column_rule(table, name, dict(columns.get(name, {}))) for name in ordered),
            factor=float(content.get("rows", 1.0)),
            least=int(content.get("at_least", 0)),
            unique=tuple(tuple(key) for key in content.get("unique", ())),
            repeats=tuple(
                Repeat(share=float(entry["share"]), change=tuple(entry.get("change", ())))
                for entry in content.get("repeat", ())
            ),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise SchemaError(f"{place}: a rule is not understood: {error!r}") from error


def _column_rule(table: Table, name: str, content: dict[str, Any]) -> ColumnRule:
    null = float(content.pop("null", 0.0))
    return ColumnRule(name=name, domain=_domain(table, name, content), null=null)


def _domain(table: Table, name: str, content: Mapping[str, Any]) -> Domain:
    reference = next((r for r in table.references if r.column == name), None)
    if reference is not None:
        return Parent(reference.table, reference.target, float(content.get("unused", 0.2)))
    if not content and table.primary_key == (name,):
        return Serial()
    for kind, read in _DOMAINS.items():
        if kind in content:
            _known(f"{table.name}.{name}", content, (kind, *_OPTIONS.get(kind, ())))
            return read(content)
    raise SchemaError(f"{table.name}.{name}: say what it holds, with one of {', '.join(_DOMAINS)}.")


def _numbers(content: Mapping[str, Any]) -> Numbers:
    low, high = (Decimal(str(bound)) for bound in content.get("int") or content["decimal"])
    step = Decimal(str(content.get("step", 1)))
    if step <= 0 or high < low:
        raise ValueError(f"from {low} to {high} in steps of {step}")
    return Numbers(low, high, step, tuple(content.get("favour", ())))


def _moments(content: Mapping[str, Any]) -> Moments:
    form = DAY if "date" in content else MOMENT
    first, last = (_moment(bound) for bound in content.get("date") or content["datetime"])
    meets = tuple(map(_meeting, content.get("meets", ())))
    return Moments(first, last, form, tuple(content.get("favour", ())), meets)


def _meeting(content: Mapping[str, Any]) -> Meeting:
    _known("meets", content, ("column", "match", "minutes", "share"))
    table, _, column = content["column"].partition(".")
    return Meeting(
        table=table,
        column=column,
        match=tuple(content.get("match", ())),
        minutes=tuple(content.get("minutes", (0,))),
        share=float(content["share"]),
    )


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - the tables hold no zones
    return datetime.fromisoformat(str(value))


def _by(content: Mapping[str, Any]) -> By:
    cases = {value: _plain_domain(rule) for value, rule in content["cases"].items()}
    return By(content["by"], cases)


def _plain_domain(content: Mapping[str, Any]) -> Domain:
    for kind in ("int", "decimal", "choice", "date", "datetime"):
        if kind in content:
            return _DOMAINS[kind](content)
    raise ValueError(f"cases hold int, decimal, choice, date or datetime, not {content}")


def _lookup(content: Mapping[str, Any]) -> Lookup:
    table, _, column = content["lookup"].partition(".")
    return Lookup(
        table=table,
        column=column,
        match=tuple(content["match"].items()),
        latest=content["latest"],
        before=content["before"],
        wrong=float(content.get("wrong", 0.0)),
    )


def _parent(content: Mapping[str, Any]) -> Parent:
    table, _, column = content["parent"].partition(".")
    return Parent(table, column, float(content.get("unused", 0.2)))


_DOMAINS: Mapping[str, Callable[[Mapping[str, Any]], Domain]] = {
    "serial": lambda content: Serial(str(content["serial"])),
    "int": _numbers,
    "decimal": _numbers,
    "choice": lambda content: Choice(tuple(content["choice"]), tuple(content.get("weights", ()))),
    "date": _moments,
    "datetime": _moments,
    "pool": lambda content: Shared(content["pool"]),
    "parent": _parent,
    "after": lambda content: After(content["after"], tuple(content["minutes"])),
    "walk": lambda content: Walk(
        tuple(content["walk"]), _moment(content["first"]), tuple(content["minutes"])
    ),
    "counter": lambda content: Counter(tuple(content["counter"])),
    "by": _by,
    "lookup": _lookup,
}
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "int": ("step", "favour"),
    "decimal": ("step", "favour"),
    "choice": ("weights",),
    "date": ("favour", "meets"),
    "datetime": ("favour", "meets"),
    "parent": ("unused",),
    "after": ("minutes",),
    "walk": ("first", "minutes"),
    "by": ("cases",),
    "lookup": ("match", "latest", "before", "wrong"),
}
