"""Panels: the databases that a query is judged on, drawn once for a question and stored with the variant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from itertools import combinations
from operator import eq
from typing import NamedTuple

from quizengine.errors import UnreadableResponseError, nearest_hint
from quizengine.model.answers import SqlDialect, SqlPanel
from quizengine.sqljudge.compare import same_rows
from quizengine.sqljudge.dialects import read_query
from quizengine.sqljudge.domains import DAY, Choice, ColumnRule, Domain, Moments, Numbers
from quizengine.sqljudge.infer import infer_dataset
from quizengine.sqljudge.instances import PROFILES, Dataset, Profile, TableRules, make_instance
from quizengine.sqljudge.literals import Literal, compared_literals
from quizengine.sqljudge.neighbours import neighbours
from quizengine.sqljudge.panel_cache import panel_made_from
from quizengine.sqljudge.pool import Outcome, Pool, Query, Rows, Value, shared_pool
from quizengine.sqljudge.postgres import refuse_if_away
from quizengine.sqljudge.schema import SchemaError, tables_of
from quizengine.sqljudge.scripts import panel_of, script_of
from quizengine.sqljudge.statement import order_probe
from quizengine.sqljudge.steps import indexes_of

INSTANCES = 14
#: For a schema that nobody described.
INSTANCES_FOR_SCHEMA = 18
#: Instances on which the reference may give no rows, the empty one among them.
MAX_WITHOUT_ROWS = 3
MAX_ROUNDS = 10
#: For queries that have a name: they must be told apart, and 1 panel in some hundreds needs more than 10.
MAX_ROUNDS_FOR_NAMED = 50
#: Some slips mean the same as the reference and never show: so many rounds in vain end the search.
PATIENCE = 2
EXTRA_AT_ONCE = 12
#: A request must end well before its time, also where one slip takes long and the machine is busy.
SLIPS_AT_ONCE = 25
_EXTRA_PROFILES = (
    Profile(12, 24),
    Profile(14, 24, nulls=0.5, focus=True),
    Profile(6, 14, nulls=2.0),
    Profile(10, 18, repeats=3.0),
    Profile(20, 30, focus=True),
    Profile(3, 8),
    Profile(14, 24, nulls=2.0),
    Profile(8, 16, nulls=0.0, focus=True),
)

#: Nobody has seen to it that a schema's groups are large enough.
_EXTRA_FOR_SCHEMA = (
    *_EXTRA_PROFILES,
    Profile(30, 40, focus=True),
    Profile(6, 12, nulls=0.5, narrow=True),
    Profile(12, 20, narrow=True),
    Profile(24, 36, nulls=0.0, focus=True),
    Profile(16, 26, nulls=2.0, focus=True),
)


class WrongQuery(NamedTuple):
    """A query that databases must tell from the reference: by its rows, or ``in_order`` by their order."""

    sql: str
    in_order: bool = False


def make_panel(
    dataset: Dataset,
    tables: tuple[str, ...],
    seed: int,
    *,
    reference: str = "",
    wrong_queries: tuple[WrongQuery, ...] = (),
    count: int = INSTANCES,
    dialect: SqlDialect = "sqlite",
) -> SqlPanel:
    """Return the databases for a question: ``tables`` of ``dataset``, ``count`` instances or a few more.

    The first instance is the one that the form shows: small, with awkward rows. Values that ``reference`` and
    the wrong queries compare with columns occur, with their neighbours. Instances on which the result of the
    reference depends on the order of storage (a sum rounded the other way) are drawn again, few give no rows,
    and each wrong query differs from the reference and from the other wrong ones on some instance, as far as
    a bounded search finds one.

    Equal arguments give equal panels, to the byte; across releases of NumPy they may not. Raises SchemaError,
    and EngineAwayError where ``dialect`` is run by a server that cannot be reached.
    """
    known = [rules.table.name for rules in dataset.tables]
    for name in tables:
        if name not in known:
            raise SchemaError(f"Dataset {dataset.name} has no table {name!r}.{nearest_hint(name, known)}")
    queries = (reference, *(wrong.sql for wrong in wrong_queries))

    def made() -> tuple[SqlPanel, bool]:
        with_literals = _with_literals(dataset, queries, dialect)
        runnable = _runnable(reference, dialect)
        draft = _Draft(with_literals, tables, seed, runnable, shared_pool(), dialect)
        draft.probes = dict(_probed(wrong.sql, dialect) for wrong in wrong_queries if wrong.in_order)
        return draft.panel(draft.schema, count, queries[1:])

    made_from = (_fingerprint(dataset), tables, seed, reference, wrong_queries, count, dialect)
    return panel_made_from(made_from, made)


def panel_for_schema(
    schema: str,
    queries: tuple[str, ...],
    *,
    count: int = INSTANCES_FOR_SCHEMA,
    seed: int = 1,
    dialect: SqlDialect = "sqlite",
) -> SqlPanel:
    """Return databases for any ``schema``; the first of ``queries`` is the reference, wrong ones may follow.

    Columns are filled after their types, keys and references and after the literals in ``queries``.
    Raises SchemaError, and EngineAwayError where ``dialect`` is run by a server that cannot be reached.
    """

    def made() -> tuple[SqlPanel, bool]:
        dataset = infer_dataset(schema, queries, dialect)
        names = tuple(rules.table.name for rules in dataset.tables)
        reference = _runnable(queries[0], dialect) if queries else None
        by_order = reference is not None and read_query(reference, dialect).order is not None
        draft = _Draft(
            dataset,
            names,
            seed,
            reference,
            shared_pool(),
            dialect,
            extra=_EXTRA_FOR_SCHEMA,
            by_order=by_order,
        )
        return draft.panel(schema, count, queries[1:])

    return panel_made_from((schema, queries, count, seed, dialect), made)


@lru_cache(maxsize=64)
def _fingerprint(dataset: Dataset) -> str:
    """Return a hash of all that a dataset says: its tables and how their rows are made."""
    return sha256(repr(dataset).encode()).hexdigest()


def _runnable(sql: str, dialect: SqlDialect) -> str | None:
    """Return the query without what follows it, None if it is not one; the gate says why."""
    try:
        statement = read_query(sql, dialect)
    except UnreadableResponseError:
        return None
    return statement.text[: statement.end]


def _probed(sql: str, dialect: SqlDialect) -> tuple[str | None, str | None]:
    """Return a query as `_runnable` does, and its order probe."""
    runnable = _runnable(sql, dialect)
    return runnable, order_probe(read_query(runnable, dialect)) if runnable else None


@dataclass(slots=True)
class _Draft:
    """Draws candidates for one panel, each from its own stream of random numbers."""

    dataset: Dataset
    names: tuple[str, ...]
    seed: int
    reference: str | None
    pool: Pool
    dialect: SqlDialect = "sqlite"
    extra: Sequence[Profile] = _EXTRA_PROFILES
    #: Whether results are told apart by the order of their rows, too.
    by_order: bool = False
    #: Wrong queries whose results are told from others by the order of their rows, too: the order probe of
    #: each, which the judge would run.
    probes: Mapping[str | None, str | None] = field(default_factory=dict)
    drawn: int = 0
    #: Whether all queries came to their own end; where time decided, another day may decide otherwise.
    is_sure: bool = True

    @property
    def schema(self) -> str:
        """The DDL of the tables, with their keys, as the form shows it."""
        made = [rules.table.ddl + ";" for rules in self._rules()]
        indexes = indexes_of(self.dataset.ddl)
        tables = {name.lower() for name in self.names}
        return "\n".join([*made, *(ddl for table, ddl in indexes if table.lower() in tables)])

    def _rules(self) -> list[TableRules]:
        by_name = {rules.table.name: rules for rules in self.dataset.tables}
        return [by_name[name] for name in self.names]

    def _draw(self, profile: Profile) -> str:
        self.drawn += 1
        rows = make_instance(self.dataset, self.names, profile, [self.seed, self.drawn])
        return script_of([rules.table for rules in self._rules()], rows)

    def _results(
        self, scripts: Sequence[str], queries: Sequence[str], *, once: bool = False
    ) -> tuple[Outcome, ...]:
        return self._outcomes(
            scripts,
            [
                Query(sql=sql, probe=self.probes.get(sql), once=once and sql not in self.probes)
                for sql in queries
            ],
        )

    def _outcomes(self, scripts: Sequence[str], queries: Sequence[Query]) -> tuple[Outcome, ...]:
        outcomes = self.pool.run(panel_of(self.schema, scripts, self.dialect), queries)
        refuse_if_away(outcomes)
        self.is_sure &= all(outcome.stopped not in ("deadline", "died") for outcome in outcomes)
        return outcomes

    def panel(self, schema: str, count: int, wrong: Sequence[str]) -> tuple[SqlPanel, bool]:
        """Return the panel, and whether it would be the same again."""
        runnable = (_runnable(sql, self.dialect) for sql in wrong)
        scripts = self.scripts(count, tuple(filter(None, runnable)))
        return panel_of(schema, scripts, self.dialect), self.is_sure

    def scripts(self, count: int, wrong: Sequence[str]) -> list[str]:
        """Return ``count`` scripts, and what must join them to tell queries apart."""
        scripts = self.fit_scripts([PROFILES[index % len(PROFILES)] for index in range(count)])
        return [*scripts, *self.telling_scripts(scripts, wrong)]

    def fit_scripts(self, profiles: Sequence[Profile]) -> list[str]:
        """Return one script for each profile, drawn again where the reference tells nothing or wavers."""
        scripts = [self._draw(profile) for profile in profiles]
        for _ in range(MAX_ROUNDS if self.reference else 0):
            (outcome,) = self._results(scripts, [self.reference or ""])
            unfit = [] if outcome.fault or outcome.stopped else _unfit(profiles, outcome)
            if not unfit:
                break
            for index in unfit:
                scripts[index] = self._draw(profiles[index])
        return scripts

    def telling_scripts(self, scripts: Sequence[str], wrong: Sequence[str]) -> list[str]:
        """Return further scripts that tell queries apart which ``scripts`` do not.

        Queries are the reference, the wrong ones, and the reference with one slip.
        """
        if self.reference is None:
            return []
        queries = [self.reference, *wrong]
        apart = set(combinations(range(len(queries)), 2))
        pairs = set[tuple[int, int]]()
        if wrong:
            pairs = self._alike(queries, self._results(scripts, queries), apart)
        probed = {pair for pair in apart if queries[pair[1]] in self.probes}
        slips = self._hidden_slips(scripts)
        pairs |= {(0, len(queries) + number) for number in range(len(slips))}
        queries += slips
        found, in_vain = list[str](), 0
        for number in range(MAX_ROUNDS_FOR_NAMED):
            if not pairs or ((in_vain >= PATIENCE or number >= MAX_ROUNDS) and not pairs & apart):
                break
            candidates = [self._draw(self.extra[i % len(self.extra)]) for i in range(EXTRA_AT_ONCE)]
            (twice,) = self._results(candidates, queries[:1])
            outcomes = self._results(candidates, queries, once=True)
            before = len(found)
            for index, script in enumerate(candidates):
                left = self._alike(queries, outcomes, pairs, index)
                if len(left) < len(pairs) and not _wavers(twice, index):
                    found.append(script)
                    pairs = left
            in_vain = in_vain + 1 if len(found) == before else 0
            if probed and len(found) > before:
                # How a probe stirs ties depends on the place of a database in the panel.
                whole = self._results([*scripts, *found], queries[: len(wrong) + 1], once=True)
                pairs |= self._alike(queries, whole, probed)
        return found

    def _hidden_slips(self, scripts: Sequence[str]) -> list[str]:
        """Return the slips in the reference that show on none of ``scripts``."""
        slips = neighbours(self.reference or "", tables_of(self.schema), self.dialect)
        hidden = list[str]()
        for start in range(0, len(slips), SLIPS_AT_ONCE):
            some = slips[start : start + SLIPS_AT_ONCE]
            queries = [Query(sql=self.reference or "", once=True)]
            queries += [Query(sql=sql, once=True, unlike=0, in_order=self.by_order) for sql in some]
            reference, *outcomes = self._outcomes(scripts, queries)
            hidden += [
                sql
                for sql, outcome in zip(some, outcomes, strict=True)
                if _same(reference, outcome, by_order=self.by_order)
            ]
        return hidden

    def _alike(
        self,
        queries: Sequence[str],
        outcomes: Sequence[Outcome],
        pairs: set[tuple[int, int]],
        index: int | None = None,
    ) -> set[tuple[int, int]]:
        """Return the pairs of queries whose results are equal: on every instance, or on one."""

        def alike(one: int, other: int) -> bool:
            by_order = self.by_order or queries[other] in self.probes
            return _same(outcomes[one], outcomes[other], index, by_order=by_order)

        return {pair for pair in pairs if alike(*pair)}


def _same(one: Outcome, other: Outcome, index: int | None = None, *, by_order: bool) -> bool:
    if not one.first or len(one.first) != len(other.first):
        return False
    places = range(len(one.first)) if index is None else (index,)
    same = eq if by_order else same_rows
    runs = [other.first, other.second] if by_order and other.probed else [other.first]
    return all(same(one.first[place], run[place]) for run in runs for place in places)


def _unfit(profiles: Sequence[Profile], outcome: Outcome) -> list[int]:
    without_rows = [
        index for index, rows in enumerate(outcome.first) if not _tells(rows) and profiles[index].most
    ]
    # The form shows the first instance; of the others, a few without rows are welcome.
    spared = [index for index in without_rows if index > 0][: MAX_WITHOUT_ROWS - 1]
    wavering = [index for index in range(len(profiles)) if _wavers(outcome, index)]
    return sorted({*wavering, *without_rows} - ({*spared} - {*wavering}))


def _tells(rows: Rows) -> bool:
    return any(value not in (None, 0) for row in rows for value in row)


def _wavers(outcome: Outcome, index: int) -> bool:
    return bool(outcome.first) and not same_rows(outcome.first[index], outcome.second[index])


def _with_literals(dataset: Dataset, queries: Sequence[str], dialect: SqlDialect) -> Dataset:
    """Let columns often hold the values that ``queries`` compare them with."""
    literals = compared_literals(queries, dialect)

    def favouring(rule: ColumnRule) -> ColumnRule:
        near = _near(rule.domain, literals.get(rule.name.lower(), frozenset()))
        if not near or not isinstance(rule.domain, Numbers | Moments | Choice):
            return rule
        return replace(rule, domain=replace(rule.domain, favour=(*rule.domain.favour, *near)))

    tables = (replace(rules, columns=tuple(map(favouring, rules.columns))) for rules in dataset.tables)
    return replace(dataset, tables=tuple(tables))


def _near(domain: Domain, literals: frozenset[Literal]) -> tuple[Value, ...]:
    """Return the values at, just below and just above ``literals`` that the domain allows."""
    ordered = sorted(literals, key=lambda value: (isinstance(value, str), value))
    if isinstance(domain, Numbers):
        numbers = [Decimal(str(value)) for value in ordered if not isinstance(value, str)]
        near = [n + step for n in numbers for step in (-domain.step, Decimal(0), domain.step)]
        whole = domain.step == int(domain.step)
        return tuple(
            int(n) if whole and n == int(n) else float(n) for n in near if domain.low <= n <= domain.high
        )
    if isinstance(domain, Choice):
        return tuple(value for value in ordered if value in domain.values)
    if isinstance(domain, Moments):
        texts = [value for value in ordered if isinstance(value, str)]
        low, high = domain.first.strftime(domain.form), domain.last.strftime(domain.form)
        form_length = len(low)
        if domain.form != DAY:
            texts = [f"{text} 00:00:00" if len(text) == len("2025-01-01") else text for text in texts]
        return tuple(text for text in texts if len(text) == form_length and low <= text <= high)
    return ()
