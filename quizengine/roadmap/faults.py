"""What can be wrong in the table of a roadmap, each fault as a value that says where."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from quizengine.errors import RoadmapError, nearest_hint

Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RoadmapFault:
    """One thing that is wrong in a roadmap, and where.

    ``kind`` is the array of tables (``skills``, ``roles``, ``areas``, ``phases``) or empty
    for the top of the file, ``index`` the entry's position in it, ``id`` the entry's id
    (empty if it has none) and ``key`` the key to change, with a dot inside a table
    (``hours.low``, ``targets.ml-engineer``).
    """

    kind: str
    index: int
    id: str
    key: str
    message: str

    def __str__(self) -> str:
        where = " ".join(filter(None, (self.kind, self.id or (self.kind and f"number {self.index + 1}"))))
        return f"{where or 'roadmap'}: {self.key}: {self.message}"


class RoadmapFaults(RoadmapError):  # noqa: N818 - it carries faults, as its name says
    """A roadmap cannot be used; carries *every* fault, in the order of the file."""

    def __init__(self, faults: Sequence[RoadmapFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(_is_text(one) for one in value)


def _is_months(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(_is_whole(one) and one > 0 for one in value)


_TEXT = (_is_text, "a text that is not empty")
_TEXTS = (_is_texts, "a list of texts")
_WHOLE = (_is_whole, "a whole number")
_TABLE = (lambda value: isinstance(value, Mapping), "a table in braces")

Form = tuple[Callable[[object], bool], str]
_REQUIRED: Mapping[str, Mapping[str, Form]] = {
    "": {"name": _TEXT, "version": _WHOLE},
    "phases": {
        "id": _TEXT,
        "title": _TEXT,
        "order": _WHOLE,
        "summary": _TEXT,
        "months": (_is_months, "two whole numbers of months, as in [3, 6]"),
    },
    "areas": {"id": _TEXT, "name": _TEXT, "title": _TEXT},
    "roles": {"id": _TEXT, "title": _TEXT, "summary": _TEXT},
    "skills": {
        "id": _TEXT,
        "title": _TEXT,
        "area": _TEXT,
        "phase": _TEXT,
        "prerequisites": _TEXTS,
        "objective": _TEXT,
        "hours": _TABLE,
        "study": _TEXTS,
        "targets": _TABLE,
    },
}
_OPTIONAL: Mapping[str, Mapping[str, Form]] = {
    "skills": {
        "transfers": _TEXTS,
        "retired": (lambda value: isinstance(value, bool), "true or false"),
        "seed_section": _TEXT,
    },
    "areas": {"seed_section": _TEXT},
}
KINDS = ("phases", "areas", "roles", "skills")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One table of the file with its place, so that a fault can be said in one line."""

    kind: str
    index: int
    table: Table

    @property
    def id(self) -> str:
        found = self.table.get("id")
        return found if isinstance(found, str) else ""

    def fault(self, key: str, message: str) -> RoadmapFault:
        return RoadmapFault(self.kind, self.index, self.id, key, message)

    def text(self, key: str) -> str:
        found = self.table.get(key)
        return found if isinstance(found, str) else ""

    def texts(self, key: str) -> list[str]:
        found = self.table.get(key)
        return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []

    def inner(self, key: str) -> Table:
        found = self.table.get(key)
        return found if isinstance(found, Mapping) else {}


def entries_of(table: Table, kind: str) -> tuple[Table, ...]:
    """Return the tables of ``[[kind]]`` in the order of the file."""
    found = table.get(kind)
    return tuple(one for one in found if isinstance(one, Mapping)) if isinstance(found, list) else ()


def find_faults(table: Table) -> tuple[RoadmapFault, ...]:
    """Return every fault of a parsed roadmap, in the order of the file; none for a sound one.

    A fault never hides another: an entry with a misspelled key still counts as
    known where others name it.
    """
    entries = {
        kind: [_Entry(kind, at, one) for at, one in enumerate(entries_of(table, kind))] for kind in KINDS
    }
    faults = [*_form_faults(_Entry("", 0, table)), *_missing_kinds(table)]
    for found in entries.values():
        faults += _duplicate_ids(found)
        for entry in found:
            faults += _form_faults(entry)
    faults += _order_of_months(entries["phases"])
    faults += _skill_faults(entries)
    order = {kind: at for at, kind in enumerate(("", *KINDS))}
    return tuple(sorted(faults, key=lambda fault: (order[fault.kind], fault.index)))


def _missing_kinds(table: Table) -> Iterator[RoadmapFault]:
    for kind in KINDS:
        if not entries_of(table, kind):
            yield RoadmapFault("", 0, "", kind, f"There must be at least one [[{kind}]] table.")


def _form_faults(entry: _Entry) -> Iterator[RoadmapFault]:
    required, optional = _REQUIRED[entry.kind], _OPTIONAL.get(entry.kind, {})
    allowed = {**required, **optional}
    known = {*allowed, *(() if entry.kind else KINDS)}
    for key, (fits, wanted) in allowed.items():
        if key in entry.table and not fits(entry.table[key]):
            yield entry.fault(key, f"This must be {wanted}, not {entry.table[key]!r}.")
        elif key in required and key not in entry.table:
            yield entry.fault(key, f"This key is missing; it must be {wanted}.")
    for key in entry.table:
        if key not in known:
            yield entry.fault(key, f"There is no key named {key!r} here.{nearest_hint(key, known)}")


def _duplicate_ids(entries: Sequence[_Entry]) -> Iterator[RoadmapFault]:
    first: dict[str, int] = {}
    for entry in entries:
        if entry.id and first.setdefault(entry.id, entry.index) != entry.index:
            yield entry.fault(
                "id",
                f"The id {entry.id!r} is taken by entry {first[entry.id] + 1} of [[{entry.kind}]]. "
                "Give each its own.",
            )


def _order_of_months(phases: Sequence[_Entry]) -> Iterator[RoadmapFault]:
    for phase in phases:
        months = phase.table.get("months")
        if isinstance(months, list) and _is_months(months) and months[0] > months[1]:
            yield phase.fault("months", f"The months {months[0]} to {months[1]} are the wrong way round.")


def _skill_faults(entries: Mapping[str, Sequence[_Entry]]) -> Iterator[RoadmapFault]:
    skills = {entry.id: entry for entry in entries["skills"]}
    order = {
        phase.id: phase.table["order"] for phase in entries["phases"] if _is_whole(phase.table.get("order"))
    }
    names = {kind: [entry.id for entry in found] for kind, found in entries.items()}
    for entry in entries["skills"]:
        yield from _unknown(entry, "area", entry.text("area"), names["areas"])
        yield from _unknown(entry, "phase", entry.text("phase"), names["phases"])
        yield from _hours_faults(entry)
        yield from _target_faults(entry, names["roles"])
        yield from _prerequisite_faults(entry, skills, order)
        if entry.table.get("study") == []:
            yield entry.fault("study", "Name at least one thing to study; a plan shows it.")
    yield from _cycles(skills)


def _unknown(entry: _Entry, key: str, name: str, known: Sequence[str]) -> Iterator[RoadmapFault]:
    if name and name not in known:
        yield entry.fault(key, f"There is no {key} named {name!r}.{nearest_hint(name, known)}")


def _hours_faults(entry: _Entry) -> Iterator[RoadmapFault]:
    hours = entry.inner("hours")
    if not isinstance(entry.table.get("hours"), Mapping):
        return
    for key in sorted(set(hours) - {"low", "high", "basis"}):
        hint = nearest_hint(key, ("low", "high", "basis"))
        yield entry.fault(f"hours.{key}", f"There is no key named {key!r} in hours.{hint}")
    if "basis" in hours and not isinstance(hours["basis"], str):
        yield entry.fault("hours.basis", f"This must be a text, not {hours['basis']!r}.")
    low, high = hours.get("low"), hours.get("high")
    for end, value in (("low", low), ("high", high)):
        if not isinstance(value, int | float) or not _is_number(value) or value <= 0:
            yield entry.fault(f"hours.{end}", f"This must be a number of hours above 0, not {value!r}.")
    if (
        isinstance(low, int | float)
        and isinstance(high, int | float)
        and low > high
        and _is_number(low)
        and _is_number(high)
    ):
        yield entry.fault("hours", f"The hours {low:g} to {high:g} are the wrong way round.")


def _target_faults(entry: _Entry, roles: Sequence[str]) -> Iterator[RoadmapFault]:
    for role, target in entry.inner("targets").items():
        if role not in roles:
            hint = nearest_hint(role, roles)
            yield entry.fault(f"targets.{role}", f"There is no role named {role!r}.{hint}")
        if not isinstance(target, int | float) or not _is_number(target) or not 0 < target < 1:
            yield entry.fault(
                f"targets.{role}",
                f"A target is a chance between 0 and 1, both left out, not {target!r}.",
            )


def _prerequisite_faults(
    entry: _Entry, skills: Mapping[str, _Entry], order: Mapping[str, object]
) -> Iterator[RoadmapFault]:
    named = entry.texts("prerequisites")
    for name, times in Counter(named).items():
        if times > 1:
            yield entry.fault("prerequisites", f"{name!r} is listed {times} times; once is enough.")
        if name not in skills:
            hint = nearest_hint(name, skills)
            yield entry.fault("prerequisites", f"There is no skill named {name!r}.{hint}")
            continue
        if skills[name].table.get("retired") is True and entry.table.get("retired") is not True:
            yield entry.fault("prerequisites", f"The skill {name!r} is retired, so nothing can build on it.")
        earlier, later = order.get(skills[name].text("phase")), order.get(entry.text("phase"))
        if isinstance(earlier, int) and isinstance(later, int) and earlier > later:
            yield entry.fault(
                "prerequisites",
                f"{name!r} belongs to the phase {skills[name].text('phase')!r}, "
                f"which comes after {entry.text('phase')!r}.",
            )


def _cycles(skills: Mapping[str, _Entry]) -> Iterator[RoadmapFault]:
    graph = {
        name: {one for one in entry.texts("prerequisites") if one in skills} for name, entry in skills.items()
    }
    while cycle := _one_cycle(graph):
        # Cutting one edge ends this cycle and uncovers the next; there are finitely many edges.
        graph[cycle[1]].discard(cycle[0])
        yield skills[cycle[1]].fault(
            "prerequisites",
            f"These skills wait for one another: {' -> '.join(cycle)}. Take one prerequisite out.",
        )


def _one_cycle(graph: Mapping[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # Each name in the list is a prerequisite of the one after it; first and last are the same.
        return list(error.args[1])
    return []
