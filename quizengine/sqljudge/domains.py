"""What a column of a dataset may hold, and how one value is drawn."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate

import numpy as np

from quizengine.sqljudge.pool import Value

DAY = "%Y-%m-%d"
MOMENT = "%Y-%m-%d %H:%M:%S"
#: How often a value is one of the favoured ones, if there are any: drawn for each table of an instance.
FAVOURED = (0.1, 0.35, 0.5, 0.75)

Record = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Serial:
    """1, 2, 3, ... in no order, so that numbers do not follow time; ``pattern`` makes texts of them.

    Some numbers may be favoured: those that queries ask for.
    """

    pattern: str = ""
    favour: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers from ``low`` to ``high`` in steps; whole when the step is."""

    low: Decimal
    high: Decimal
    step: Decimal
    favour: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some values, with weights."""

    values: tuple[Value, ...]
    weights: tuple[float, ...] = ()
    favour: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Meeting:
    """How often a moment is some minutes after one of another row, whose columns ``match`` are the same."""

    table: str
    column: str
    match: tuple[str, ...]
    minutes: tuple[int, ...]
    share: float


@dataclass(frozen=True, slots=True)
class Moments:
    """A day, or a moment in whole minutes, between two."""

    first: datetime
    last: datetime
    form: str
    favour: tuple[Value, ...] = ()
    meets: tuple[Meeting, ...] = ()


@dataclass(frozen=True, slots=True)
class Days:
    """Days, or moments, in runs of 4 to 14 days that cross the ends of months and years: streaks, boundaries.

    Most instances know one run only, so that days repeat and follow one another.
    """

    form: str = DAY
    favour: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Shared:
    """A number that several tables share, for things without a table: 1 to about half the size.

    With ``few`` the first two come as often as the first parents of a table do.
    """

    pool: str
    few: bool = False


@dataclass(frozen=True, slots=True)
class Parent:
    """A column of some row of another table. ``unused`` is the share of rows that nothing points to."""

    table: str
    column: str
    unused: float = 0.2


@dataclass(frozen=True, slots=True)
class After:
    """Some minutes after a moment in this row or, as ``column.other``, in the row a column points to."""

    source: str
    minutes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """Moments that go on, inside a group of rows, by one of ``minutes`` at a time."""

    group: tuple[str, ...]
    first: datetime
    minutes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Counter:
    """1, 2, 3, ... inside a group of rows."""

    group: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class By:
    """Another domain for each value of another column."""

    column: str
    cases: Mapping[Value, Domain]


@dataclass(frozen=True, slots=True)
class Lookup:
    """The newest value of another table's column at a moment; ``wrong`` is the share that is off by one.

    ``match`` pairs columns of the other table with columns of this row.
    """

    table: str
    column: str
    match: tuple[tuple[str, str], ...]
    latest: str
    before: str
    wrong: float


Domain = Serial | Numbers | Choice | Moments | Days | Shared | Parent | After | Walk | Counter | By | Lookup


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRule:
    """A column with its domain and the share of NULLs."""

    name: str
    domain: Domain
    null: float = 0.0


@dataclass(slots=True)
class Surroundings:
    """What drawing one value may look at: the rows drawn so far and the size of the instance."""

    rng: np.random.Generator
    size: int
    tables: dict[str, list[Record]] = field(default_factory=dict)
    parents: dict[tuple[str, str], dict[Value, Record]] = field(default_factory=dict)
    favoured: float = 0.0
    few_parents: float = 0.0
    #: The run of days of this instance: its corner, None for any, its length, and the times of a day.
    run: tuple[int | None, int, tuple[str, ...]] | None = None
    #: The columns of the table being filled that know one or two values only, and the values.
    narrow: frozenset[str] = frozenset()
    known: dict[tuple[str, str], list[Value]] = field(default_factory=dict)
    is_complete: bool = False

    def pick(self, values: Sequence[Value], weights: Sequence[float] = ()) -> Value:
        """Return one of ``values``."""
        if not weights:
            return values[int(self.rng.integers(len(values)))]
        drawn = float(self.rng.random()) * sum(weights)
        return values[min(bisect(list(accumulate(weights)), drawn), len(values) - 1)]


def draw(rule: ColumnRule, table: str, record: Record, around: Surroundings) -> Value:
    """Return one value for a column of ``record``, whose earlier columns are there already."""
    if rule.name not in around.narrow or not isinstance(rule.domain, Choice | Numbers):
        return _drawn(rule.domain, rule, table, record, around)
    key = (table, rule.name)
    if key not in around.known:
        count = 1 + int(around.rng.integers(2))
        around.known[key] = [_drawn(rule.domain, rule, table, record, around) for _ in range(count)]
    return around.pick(around.known[key])


def _drawn(  # noqa: PLR0912 - one short case a domain
    domain: Domain, rule: ColumnRule, table: str, record: Record, around: Surroundings
) -> Value:
    rows = around.tables[table]
    match domain:
        case Serial(pattern, favour=favour):
            number = _serial(rule.name, rows, favour, around)
            return pattern.format(number) if pattern else number
        case Moments(meets=meets) if (met := _met(domain, meets, record, around)) is not None:
            return met
        case (
            Numbers(favour=favour) | Moments(favour=favour) | Days(favour=favour) | Choice(favour=favour)
        ) if favour and around.rng.random() < around.favoured:
            return around.pick(favour)
        case Numbers(low, high, step):
            drawn = low + step * int(around.rng.integers(int((high - low) / step) + 1))
            return int(drawn) if step == int(step) and low == int(low) else float(drawn)
        case Choice(values, weights):
            return around.pick(values, weights)
        case Moments(first, last, form):
            unit = timedelta(days=1) if form == DAY else timedelta(minutes=1)
            return (first + unit * int(around.rng.integers((last - first) // unit + 1))).strftime(form)
        case Days(form):
            return _day_of_run(around, form)
        case Shared(few=few):
            is_of_few = few and around.rng.random() < around.few_parents
            return 1 + int(around.rng.integers(2 if is_of_few else max(2, around.size // 2)))
        case Parent():
            return _parent(domain, table, rule.name, around)
        case After(source, minutes):
            return _later(_path(source, table, record, around), int(around.pick(minutes) or 0))
        case Walk(group, first, minutes):
            return _walked(domain, rule.name, [row for row in rows if _agree(row, record, group)], around)
        case Counter(group):
            return 1 + sum(_agree(row, record, group) for row in rows)
        case By(column, cases):
            chosen = cases.get(record[column])
            return None if chosen is None else _drawn(chosen, rule, table, record, around)
        case Lookup():
            return _looked_up(domain, table, record, around)


_CORNERS = (datetime(2024, 1, 29), datetime(2024, 2, 27), datetime(2023, 12, 29), datetime(2024, 3, 28))  # noqa: DTZ001


#: Times of a day: on both sides of midnight and of noon, and some that lie close together.
_TIMES = (
    "00:00:00", "00:20:00", "01:30:00", "10:00:00", "10:10:00", "10:30:00", "10:40:01", "11:00:00",
    "12:00:00", "22:30:00", "23:30:00", "23:59:59",
)  # fmt: skip
ONE_RUN = 0.75
ALL_TIMES = 0.5


def _day_of_run(around: Surroundings, form: str) -> str:
    rng = around.rng
    if around.run is None:
        alone = rng.random() < ONE_RUN
        # Many rows of one user need many days to leave gaps between them.
        length = int(rng.integers(9, 15) if around.few_parents > ONE_RUN else rng.integers(4, 11))
        # Of few times many are exactly a day apart.
        times = _TIMES if rng.random() < ALL_TIMES else tuple(str(time) for time in rng.choice(_TIMES, 3))
        around.run = (int(rng.integers(len(_CORNERS))) if alone else None, length, times)
    corner, length, times = around.run
    first = _CORNERS[int(rng.integers(len(_CORNERS))) if corner is None else corner]
    day = (first + timedelta(days=int(rng.integers(length)))).strftime(DAY)
    return day if form == DAY else f"{day} {times[int(rng.integers(len(times)))]}"


def _serial(column: str, rows: Sequence[Record], favour: Sequence[Value], around: Surroundings) -> Value:
    if not favour:
        return len(rows) + 1
    taken = {row[column] for row in rows}
    wanted = [value for value in favour if value not in taken]
    if wanted and around.rng.random() < around.favoured:
        return around.pick(wanted)
    return next(number for number in range(1, len(rows) + 2) if number not in taken)


def _agree(row: Record, record: Record, columns: Sequence[str]) -> bool:
    return all(row[column] == record[column] for column in columns)


def _parent(domain: Parent, table: str, column: str, around: Surroundings) -> Value:
    key = (table, column)
    if domain.table == table and key not in around.parents and not around.is_complete:
        return None
    if key not in around.parents:
        rows = around.tables[domain.table]
        spare = round(domain.unused * len(rows)) or int(len(rows) > 2 and domain.unused > 0)
        order = around.rng.permutation(len(rows))
        around.parents[key] = {rows[i][domain.column]: rows[i] for i in order[: len(rows) - spare]}
    allowed = list(around.parents[key])
    if not allowed:
        return None
    # Half of the rows go to a third of the parents, or more where that is wanted: groups of many sizes exist.
    most = len(allowed) if around.rng.random() >= around.few_parents else max(1, len(allowed) // 3)
    return allowed[int(around.rng.integers(most))]


def _path(source: str, table: str, record: Record, around: Surroundings) -> Value:
    """Follow ``column`` or ``column.other``: the other column of the row that ``column`` points to."""
    column, _, other = source.partition(".")
    if not other:
        return record[column]
    parent = around.parents.get((table, column), {}).get(record[column])
    return None if parent is None else parent[other]


def _later(moment: Value, minutes: int) -> Value:
    if not isinstance(moment, str):
        return None
    form = MOMENT if len(moment) > 10 else DAY
    return (datetime.strptime(moment, form) + timedelta(minutes=minutes)).strftime(MOMENT)  # noqa: DTZ007


def _met(domain: Moments, meets: Sequence[Meeting], record: Record, around: Surroundings) -> Value:
    """Return a moment of another row, or some minutes from it; None where none is wanted or none fits."""
    low, high = (bound.strftime(MOMENT) for bound in (domain.first, domain.last))
    for meeting in meets:
        if around.rng.random() < meeting.share:
            rows = [row for row in around.tables[meeting.table] if _agree(row, record, meeting.match)]
            moment = around.pick([row[meeting.column] for row in rows]) if rows else None
            met = _later(moment, int(around.pick(meeting.minutes) or 0))
            if isinstance(met, str) and low <= met <= high:
                return met[: len(domain.first.strftime(domain.form))]
    return None


def _walked(domain: Walk, column: str, rows: list[Record], around: Surroundings) -> Value:
    moments = [value for row in rows if isinstance(value := row[column], str)]
    start = max(moments, default=domain.first.strftime(MOMENT))
    return _later(start, int(around.pick(domain.minutes) or 0))


def _looked_up(domain: Lookup, table: str, record: Record, around: Surroundings) -> Value:
    wanted = {theirs: _path(ours, table, record, around) for theirs, ours in domain.match}
    moment = _path(domain.before, table, record, around)
    found = [
        row
        for row in around.tables[domain.table]
        if row[domain.column] is not None
        and all(row[name] == value for name, value in wanted.items())
        and str(row[domain.latest]) <= str(moment)
    ]
    newest = max(found, key=lambda row: str(row[domain.latest]), default=None)
    value = None if newest is None else newest[domain.column]
    wrong = around.rng.random() < domain.wrong
    return value + 1 if wrong and isinstance(value, int | float) else value
