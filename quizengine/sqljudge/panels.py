"""Panels: the databases that a query is judged on, drawn once for a question and stored with the variant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from itertools import combinations

from quizengine.errors import UnreadableResponseError, nearest_hint
from quizengine.model.answers import SqlPanel
from quizengine.sqljudge.compare import same_rows
from quizengine.sqljudge.domains import DAY, ColumnRule, Domain, Moments, Numbers
from quizengine.sqljudge.infer import infer_dataset
from quizengine.sqljudge.instances import PROFILES, Dataset, Profile, TableRules, make_instance
from quizengine.sqljudge.literals import Literal, compared_literals
from quizengine.sqljudge.neighbours import neighbours
from quizengine.sqljudge.pool import Outcome, Pool, Query, Rows, Value, shared_pool
from quizengine.sqljudge.schema import SchemaError, tables_of
from quizengine.sqljudge.scripts import panel_of, script_of
from quizengine.sqljudge.statement import read_statement

INSTANCES = 14
#: For a schema that nobody described; there are no wrong queries to choose telling instances by.
INSTANCES_FOR_SCHEMA = 20
#: Instances on which the reference may give no rows, the empty one among them.
MAX_WITHOUT_ROWS = 3
MAX_ROUNDS = 6
#: Of the candidates for a schema, the first are taken as they come, the others for what they tell apart.
CANDIDATES = 52
PLAIN_INSTANCES = 10
TIMES_TOLD = 2
NEIGHBOURS_AT_ONCE = 30
MORE_CANDIDATES = 30
MORE_ROUNDS = 3
_MORE_PROFILES = (
    Profile(14, 24, nulls=2.0),
    Profile(14, 24),
    Profile(20, 30, nulls=2.0),
    Profile(8, 14, nulls=2.0),
)
EXTRA_AT_ONCE = 8
_EXTRA_PROFILES = (Profile(12, 24), Profile(6, 14), Profile(10, 18, repeats=3.0), Profile(3, 8))

WrongPairs = tuple[tuple[str, str], ...]


@lru_cache(maxsize=64)
def make_panel(
    dataset: Dataset,
    tables: tuple[str, ...],
    seed: int,
    *,
    reference: str = "",
    wrong_queries: WrongPairs = (),
    count: int = INSTANCES,
) -> SqlPanel:
    """Return the databases for a question: ``tables`` of ``dataset``, ``count`` instances or a few more.

    The first instance is the one that the form shows: small, with awkward rows. Values that ``reference`` and
    ``wrong_queries`` compare with columns occur, with their neighbours. Instances on which the result of the
    reference depends on the order of storage (a sum rounded the other way) are drawn again, few give no rows,
    and each wrong query differs from the reference and from the other wrong ones on some instance, as far as
    a bounded search finds one.

    Equal arguments give equal panels, to the byte; across releases of NumPy they may not. Raises SchemaError.
    """
    known = [rules.table.name for rules in dataset.tables]
    for name in tables:
        if name not in known:
            raise SchemaError(f"Dataset {dataset.name} has no table {name!r}.{nearest_hint(name, known)}")
    queries = (reference, *(sql for _, sql in wrong_queries))
    draft = _Draft(_with_literals(dataset, queries), tables, seed, _runnable(reference), shared_pool())
    scripts = draft.fit_scripts([PROFILES[index % len(PROFILES)] for index in range(count)])
    wrong = tuple(filter(None, (_runnable(sql) for _, sql in wrong_queries)))
    return panel_of(draft.schema, [*scripts, *draft.telling_scripts(scripts, wrong)])


@lru_cache(maxsize=64)
def panel_for_schema(
    schema: str, queries: tuple[str, ...], *, count: int = INSTANCES_FOR_SCHEMA, seed: int = 1
) -> SqlPanel:
    """Return databases for any ``schema``; the first of ``queries`` is the reference, wrong ones may follow.

    Columns are filled after their types, keys and references and after the literals in ``queries``.
    Raises SchemaError.
    """
    dataset = infer_dataset(schema, queries)
    names = tuple(rules.table.name for rules in dataset.tables)
    draft = _Draft(dataset, names, seed, _runnable(queries[0]) if queries else None, shared_pool())
    profiles = [PROFILES[index % len(PROFILES)] for index in range(CANDIDATES)]
    return panel_of(schema, draft.chosen_scripts(draft.fit_scripts(profiles), count))


def _runnable(sql: str) -> str | None:
    """Return the query without what follows it, None if it is not one; the gate says why."""
    try:
        statement = read_statement(sql)
    except UnreadableResponseError:
        return None
    return statement.text[: statement.end]


@dataclass(slots=True)
class _Draft:
    """Draws candidates for one panel, each from its own stream of random numbers."""

    dataset: Dataset
    names: tuple[str, ...]
    seed: int
    reference: str | None
    pool: Pool
    drawn: int = 0

    @property
    def schema(self) -> str:
        """The DDL of the tables, with their keys, as the form shows it."""
        return "\n".join(rules.table.ddl + ";" for rules in self._rules())

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
        panel = panel_of(self.schema, scripts)
        return self.pool.run(panel, [Query(sql=sql, once=once) for sql in queries], keep=False)

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

    def chosen_scripts(self, scripts: list[str], count: int) -> list[str]:
        """Return about ``count`` of ``scripts``: first those that tell the reference from its neighbours.

        Further candidates are drawn for the neighbours that no script tells apart.
        """
        if self.reference is None:
            return scripts[:count]
        scripts, seen = list(scripts), _Seen()
        left = list(enumerate(neighbours(self.reference, tables_of(self.schema))))
        first = 0
        for _ in range(MORE_ROUNDS):
            for start in range(0, len(left), NEIGHBOURS_AT_ONCE):
                self._note(seen, left[start : start + NEIGHBOURS_AT_ONCE], scripts[first:], first)
            left = [(number, sql) for number, sql in left if number not in seen.telling]
            if not left:
                break
            first = len(scripts)
            scripts += self.fit_scripts(
                [_MORE_PROFILES[i % len(_MORE_PROFILES)] for i in range(MORE_CANDIDATES)]
            )
        chosen = seen.cover(range(min(PLAIN_INSTANCES, len(scripts))))
        rest = [index for index in range(len(scripts)) if index not in chosen]
        return [scripts[index] for index in sorted([*chosen, *rest[: max(0, count - len(chosen))]])]

    def _note(
        self, seen: _Seen, others: Sequence[tuple[int, str]], scripts: Sequence[str], first: int
    ) -> None:
        queries = [self.reference or "", *(sql for _, sql in others)]
        reference, *outcomes = self._results(scripts, queries, once=True)
        for (number, _), outcome in zip(others, outcomes, strict=True):
            seen.add(number, first, reference, outcome)

    def telling_scripts(self, scripts: Sequence[str], wrong: Sequence[str]) -> list[str]:
        """Return further scripts that tell queries apart which ``scripts`` do not."""
        queries = [self.reference or "", *wrong]
        if not self.reference or not wrong:
            return []
        pairs = _alike(self._results(scripts, queries), set(combinations(range(len(queries)), 2)))
        found = []
        for _ in range(MAX_ROUNDS):
            if not pairs:
                break
            candidates = [self._draw(_EXTRA_PROFILES[i % len(_EXTRA_PROFILES)]) for i in range(EXTRA_AT_ONCE)]
            outcomes = self._results(candidates, queries)
            for index, script in enumerate(candidates):
                left = _alike(outcomes, pairs, index)
                if len(left) < len(pairs) and not _wavers(outcomes[0], index):
                    found.append(script)
                    pairs = left
        return found


@dataclass(slots=True)
class _Seen:
    """Which instances tell the reference from which neighbour."""

    telling: dict[int, frozenset[int]] = field(default_factory=dict)

    def add(self, number: int, first: int, reference: Outcome, outcome: Outcome) -> None:
        """Note on which instances, counted from ``first``, a neighbour differs from the reference."""
        if outcome.first and reference.first:
            pairs = enumerate(zip(reference.first, outcome.first, strict=True), first)
            found = frozenset(index for index, (wanted, given) in pairs if not same_rows(wanted, given))
            if found:
                self.telling[number] = found

    def cover(self, chosen: Sequence[int]) -> set[int]:
        """Return ``chosen`` and what must join them for TIMES_TOLD instances to tell each neighbour."""
        taken = set(chosen)
        while True:
            votes = Counter(
                index
                for found in self.telling.values()
                if len(found & taken) < min(TIMES_TOLD, len(found))
                for index in found - taken
            )
            if not votes:
                return taken
            taken.add(min(votes, key=lambda index: (-votes[index], index)))


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


def _alike(
    outcomes: Sequence[Outcome], pairs: set[tuple[int, int]], index: int | None = None
) -> set[tuple[int, int]]:
    """Return the pairs of queries whose results are equal: on every instance, or on one."""
    return {(one, other) for one, other in pairs if _same(outcomes[one], outcomes[other], index)}


def _same(one: Outcome, other: Outcome, index: int | None) -> bool:
    if not one.first or not other.first:
        return False
    places = range(len(one.first)) if index is None else (index,)
    return all(same_rows(one.first[place], other.first[place]) for place in places)


def _with_literals(dataset: Dataset, queries: Sequence[str]) -> Dataset:
    """Let columns of numbers and moments often hold the values that ``queries`` compare them with."""
    literals = compared_literals(queries)

    def favouring(rule: ColumnRule) -> ColumnRule:
        near = _near(rule.domain, literals.get(rule.name.lower(), frozenset()))
        if not near or not isinstance(rule.domain, Numbers | Moments):
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
    if isinstance(domain, Moments):
        texts = [value for value in ordered if isinstance(value, str)]
        low, high = domain.first.strftime(domain.form), domain.last.strftime(domain.form)
        form_length = len(low)
        if domain.form != DAY:
            texts = [f"{text} 00:00:00" if len(text) == len("2025-01-01") else text for text in texts]
        return tuple(text for text in texts if len(text) == form_length and low <= text <= high)
    return ()
