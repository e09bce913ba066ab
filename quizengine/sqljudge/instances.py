"""One small database of a dataset: rows with keys kept, and the awkward ones that queries go wrong on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from quizengine.sqljudge.domains import (
    FAVOURED,
    ColumnRule,
    Lookup,
    Moments,
    Parent,
    Record,
    Serial,
    Surroundings,
    draw,
)
from quizengine.sqljudge.pool import Row, Rows
from quizengine.sqljudge.schema import Table

#: Draws of a row that would repeat a key, before the row is left out.
MAX_DRAWS = 20
#: The share of rows that belong to a third of the parents.
FEW_PARENTS = 0.5
FOCUS = 0.9
#: From this many rows on, every awkwardness that is declared occurs at least once.
ENOUGH_ROWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """A share of rows that come once more, with the columns in ``change`` drawn again."""

    share: float
    change: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRules:
    """How the rows of a table are made: ``factor`` times the size of the instance, at least ``least``.

    Columns are drawn in the order of ``columns``; ``unique`` lists columns that no two rows share, beside
    the keys of the DDL.
    """

    table: Table
    columns: tuple[ColumnRule, ...]
    factor: float = 1.0
    least: int = 0
    unique: tuple[tuple[str, ...], ...] = ()
    repeats: tuple[Repeat, ...] = ()

    @property
    def points_to_itself(self) -> frozenset[str]:
        """The columns that point to rows of this table: filled in when all rows are there."""
        return frozenset(
            rule.name
            for rule in self.columns
            if isinstance(rule.domain, Parent) and rule.domain.table == self.table.name
        )

    @property
    def must_have(self) -> frozenset[str]:
        """The columns in which a row must not be NULL when it is drawn."""
        return frozenset(c.name for c in self.table.columns if c.not_null) - self.points_to_itself

    @property
    def outside_keys(self) -> frozenset[str]:
        """The columns that no key holds."""
        held = {name for key in (*self.table.keys, *self.unique) for name in key}
        return frozenset(column.name for column in self.table.columns) - held

    @property
    def needs(self) -> frozenset[str]:
        """The tables whose rows must be there first."""
        domains = [rule.domain for rule in self.columns]
        named = [domain for domain in domains if isinstance(domain, Parent | Lookup)]
        meetings = [meeting for domain in domains if isinstance(domain, Moments) for meeting in domain.meets]
        return frozenset(other.table for other in (*named, *meetings)) - {self.table.name}


# Equal only to itself: its rules hold mappings, and panels are cached by it.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """The tables behind SQL questions: their DDL, and how rows are made."""

    name: str
    ddl: str
    tables: tuple[TableRules, ...]
    description: str = ""

    def needed(self, names: Iterable[str]) -> tuple[TableRules, ...]:
        """Return the rules of ``names`` and of all that they need, parents first."""
        by_name = {rules.table.name: rules for rules in self.tables}
        ordered = dict[str, TableRules]()

        def add(name: str) -> None:
            if name not in ordered:
                for needed in sorted(by_name[name].needs):
                    add(needed)
                ordered[name] = by_name[name]

        for name in names:
            add(name)
        return tuple(ordered.values())


@dataclass(frozen=True, slots=True)
class Profile:
    """What sort of instance to make: about how many rows a table, and how much is NULL or repeated.

    With ``focus`` most rows pass the conditions of the queries and belong together: groups are large. When
    ``narrow``, columns outside keys know one or two values: results tie and repeat.
    """

    least: int
    most: int
    nulls: float = 1.0
    repeats: float = 1.0
    focus: bool = False
    narrow: bool = False


#: The first is the one that the form shows: small enough to read, with awkward rows. One is empty.
PROFILES = (
    Profile(6, 8),
    Profile(0, 0),
    Profile(1, 2, nulls=0.0),
    Profile(2, 5),
    Profile(3, 6, nulls=0.0, repeats=0.0),
    Profile(6, 12, nulls=0.0, repeats=0.0),
    Profile(6, 14),
    Profile(7, 14, nulls=2.5),
    Profile(8, 16, repeats=3.0),
    Profile(8, 16, nulls=0.0, repeats=3.0),
    Profile(8, 14),
    Profile(14, 20, nulls=0.5),
    Profile(20, 28),
)


def make_instance(
    dataset: Dataset, names: Sequence[str], profile: Profile, seed: Sequence[int]
) -> dict[str, Rows]:
    """Return the rows of the tables ``names``, shuffled. Equal arguments give equal rows."""
    rng = np.random.default_rng([*seed, crc32(dataset.name.encode())])
    size = int(rng.integers(profile.least, profile.most + 1))
    around = Surroundings(rng=rng, size=size, few_parents=FOCUS if profile.focus else FEW_PARENTS)
    for rules in dataset.needed(names):
        around.tables[rules.table.name] = []
        if size:
            _fill(rules, profile, around)
    return {name: _shuffled(dataset, name, around) for name in names}


def _fill(rules: TableRules, profile: Profile, around: Surroundings) -> None:
    count = round(around.size * rules.factor)
    if profile.most >= ENOUGH_ROWS:
        count = max(count, rules.least)
    around.favoured = FOCUS if profile.focus else FAVOURED[int(around.rng.integers(len(FAVOURED)))]
    around.is_complete = False
    keys = _Keys(rules)
    around.narrow = rules.outside_keys if profile.narrow else frozenset()
    for _ in range(max(1, count)):
        _add_row(rules, keys, around, {})
    rows = around.tables[rules.table.name]
    originals = list(rows)
    for repeat in rules.repeats:
        for index in _some(len(originals), repeat.share * profile.repeats, around.rng):
            kept = {name: value for name, value in originals[index].items() if name not in repeat.change}
            _add_row(rules, keys, around, kept)
    _shuffle_serials(rules, around)
    _point_to_own_rows(rules, around)
    for rule in rules.columns:
        if rule.null:
            for index in _some(len(rows), rule.null * profile.nulls, around.rng):
                rows[index][rule.name] = None


def _some(count: int, share: float, rng: np.random.Generator) -> list[int]:
    """Return the numbers of about ``share`` of ``count`` rows; at least one where there are enough rows."""
    wanted = min(
        count, round(share * count) or int(share > 0 and (count >= ENOUGH_ROWS or rng.random() < share))
    )
    return sorted(int(index) for index in rng.permutation(count)[:wanted])


@dataclass(slots=True)
class _Keys:
    """The keys that the rows drawn so far take up."""

    rules: TableRules
    must_have: frozenset[str] = field(init=False)
    taken: dict[tuple[str, ...], set[Row]] = field(init=False)

    def __post_init__(self) -> None:
        self.must_have = self.rules.must_have
        self.taken = {key: set() for key in (*self.rules.table.keys, *self.rules.unique)}

    def take(self, record: Record) -> bool:
        """Take the keys of ``record``; False if a row has one of them already."""
        values = [(taken, tuple([record[name] for name in key])) for key, taken in self.taken.items()]
        if any(value in taken and None not in value for taken, value in values):
            return False
        for taken, value in values:
            taken.add(value)
        return True


def _add_row(rules: TableRules, keys: _Keys, around: Surroundings, kept: Record) -> None:
    name = rules.table.name
    for _ in range(MAX_DRAWS):
        record = Record()
        for rule in rules.columns:
            record[rule.name] = kept[rule.name] if rule.name in kept else draw(rule, name, record, around)
        if any(record[column] is None for column in keys.must_have):
            return
        if keys.take(record):
            around.tables[name].append(record)
            return


def _shuffle_serials(rules: TableRules, around: Surroundings) -> None:
    """Give the numbers of a serial column out again, so that they do not follow the order of drawing."""
    rows = around.tables[rules.table.name]
    for rule in rules.columns:
        if isinstance(rule.domain, Serial):
            values = list(dict.fromkeys(row[rule.name] for row in rows))
            others = [values[index] for index in around.rng.permutation(len(values))]
            given = dict(zip(values, others, strict=True))
            for row in rows:
                row[rule.name] = given[row[rule.name]]


def _point_to_own_rows(rules: TableRules, around: Surroundings) -> None:
    """Fill the columns that point to the same table."""
    around.is_complete = True
    for rule in rules.columns:
        if rule.name in rules.points_to_itself:
            for row in around.tables[rules.table.name]:
                row[rule.name] = draw(rule, rules.table.name, row, around)


def _shuffled(dataset: Dataset, name: str, around: Surroundings) -> Rows:
    table = next(rules.table for rules in dataset.tables if rules.table.name == name)
    rows: list[Mapping[str, object]] = [
        around.tables[name][i] for i in around.rng.permutation(len(around.tables[name]))
    ]
    return tuple(tuple(row[column.name] for column in table.columns) for row in rows)  # type: ignore[misc]
