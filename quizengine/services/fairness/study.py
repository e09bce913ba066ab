"""The study of fairness: who was compared, what was found, what cannot be said."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from quizengine.errors import TableError
from quizengine.psychometrics.arrays import Floats, Integers
from quizengine.psychometrics.dif_screen import LEAST, DifRow, DifScreen, dif_screen
from quizengine.psychometrics.drift import Drift, DriftWatch, difficulty_scores, drift_test, watch_drift
from quizengine.psychometrics.impact import Impact, Selection, adverse_impact
from quizengine.psychometrics.itemfit import ItemFit, binned_residuals, infit_outfit
from quizengine.psychometrics.matching import Curves, others, posteriors, quantile_bins
from quizengine.psychometrics.personfit import PeopleFit, people_fit
from quizengine.psychometrics.sumscores import s_x2
from quizengine.services.fairness.reading import Answers, ItemParameters, Member

CURVE_BINS = 8
"""Points of a picture that compares a group's answers to an item with the reference group's."""
PEOPLE_A_TASK = 100
"""People whose answers are looked at in one piece of work."""
ODD = 0.01
"""Below this p somebody's answers are listed; so many in a hundred honest people are by chance."""
RUN_LENGTH = 465
"""Batches between two false alarms of the watch on an item, on average."""

Run = Callable[..., Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Options:
    """How to look: see `dif_screen`; ``estimated`` is for `s_x2`, ``people`` asks for person fit."""

    reference: str | None = None
    level: float = 0.05
    least: int = LEAST
    estimated: int = 0
    people: bool = True
    seed: int = 0


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group: people with answers, mean and sd of ability (None without parameters), share right."""

    name: str
    people: int
    mean: float | None
    sd: float | None
    right: float


@dataclass(frozen=True, eq=False)
class CurveTest:
    """A test of each item's curve, (J,) each: S-X2 of a whole form, else the residuals by ability."""

    name: str
    statistic: Floats
    df: Integers
    p: Floats


@dataclass(frozen=True, slots=True)
class ImpactLine:
    """A group's selection against that of a group with a higher rate."""

    name: str
    reference: str
    impact: Impact


@dataclass(frozen=True, slots=True)
class Traces:
    """What two groups did on a flagged item, by ability: (place, share right, people) of each bin."""

    item: str
    group: str
    reference_points: tuple[tuple[float, float, int], ...]
    group_points: tuple[tuple[float, float, int], ...]


@dataclass(frozen=True, slots=True)
class OddPerson:
    """Somebody whose answers go with no ability: number of answers, distance in sds, share as unlikely."""

    person: str
    answers: int
    z: float
    p: float


@dataclass(frozen=True, eq=False)
class People:
    """How the answers of all people go with their abilities: p of each, and the odd ones, the oddest first.

    ``few`` have too few answers to say.
    """

    p: Floats
    odd: tuple[OddPerson, ...]
    few: int

    @property
    def judged(self) -> int:
        """How many people have enough answers."""
        return int(np.isfinite(self.p).sum())

    @property
    def by_chance(self) -> float:
        """How many honest people would be called odd."""
        return ODD * self.judged


@dataclass(frozen=True, eq=False)
class Study:
    """What came out; ``notes`` say why something is missing.

    ``fit``, ``curve_test``, ``drift``, ``watch`` (one an item) and ``people`` are None without parameters.
    """

    source: str
    persons: int
    items: tuple[str, ...]
    answers: int
    untold: int
    matched_on: str
    groups: tuple[GroupLine, ...]
    dif: DifScreen
    traces: tuple[Traces, ...]
    right: Floats
    fit: ItemFit | None
    curve_test: CurveTest | None
    drift: Drift | None
    watch: tuple[DriftWatch, ...] | None
    people: People | None
    impacts: tuple[ImpactLine, ...]
    notes: tuple[str, ...]
    level: float
    least: int

    @property
    def judged(self) -> tuple[DifRow, ...]:
        """Comparisons with enough people."""
        return tuple(row for row in self.dif.rows if row.mantel_haenszel is not None)

    @property
    def alarms(self) -> tuple[int, ...]:
        """Items that the watch has alarmed for, the soonest first."""
        found = [(seen.alarm, n) for n, seen in enumerate(self.watch or ()) if seen.alarm is not None]
        return tuple(n for _, n in sorted(found))

    @property
    def chance_alarms(self) -> float:
        """How many alarms of the watch would come by chance."""
        return sum(len(seen.easier) for seen in self.watch or ()) / RUN_LENGTH

    def as_json(self) -> dict[str, Any]:
        """Return the study as lists, tables, numbers and null, item by item."""
        table: dict[str, Any] = {
            "source": self.source,
            "persons": self.persons,
            "answers": self.answers,
            "group_not_told": self.untold,
            "matched_on": self.matched_on,
            "level": self.level,
            "least_people": self.least,
            "reference": self.dif.reference,
            "groups": [asdict(line) for line in self.groups],
            "dif": [self._dif_row(row) for row in self.dif.rows],
            "purification": {"rounds": self.dif.rounds, "settled": self.dif.settled},
            "items": [self._item(number, name) for number, name in enumerate(self.items)],
            "people": None
            if self.people is None
            else {
                "judged": self.people.judged,
                "too_few_answers": self.people.few,
                "odd_by_chance": self.people.by_chance,
                "odd": [asdict(one) for one in self.people.odd],
            },
            "impact": [
                {
                    **asdict(line.impact),
                    "group": {"name": line.name, **asdict(line.impact.group)},
                    "reference": {"name": line.reference, **asdict(line.impact.reference)},
                    "conclusion": line.impact.conclusion,
                }
                for line in self.impacts
            ],
            "notes": list(self.notes),
        }
        cleaned: dict[str, Any] = _plain(table)
        return cleaned

    def _dif_row(self, row: DifRow) -> dict[str, Any]:
        tables, curves = row.mantel_haenszel, row.logistic
        return {
            "item": self.items[row.item],
            "group": row.group,
            "verdict": row.verdict,
            "n_reference": row.n_reference,
            "n_focal": row.n_focal,
            "anchor": bool(self.dif.anchors[row.item]),
            "mantel_haenszel": {
                **asdict(tables),
                "ets_class": tables.ets_class,
                "p_adjusted": row.p_mantel_haenszel,
            }
            if tables
            else None,
            "logistic": {**asdict(curves), "size_class": curves.size_class, "p_adjusted": row.p_logistic}
            if curves
            else None,
        }

    def _item(self, number: int, name: str) -> dict[str, Any]:
        parts = {"fit": self.fit, "curve_test": self.curve_test, "drift": self.drift}
        line: dict[str, Any] = {"item": name, "right": self.right[number]}
        for title, part in parts.items():
            line[title] = (
                {
                    key: value[number] if isinstance(value, np.ndarray) else value
                    for key, value in vars(part).items()
                }
                if part is not None
                else None
            )
        line["alarm_after"] = self.watch[number].alarm if self.watch else None
        return line


def study_fairness(
    answers: Answers,
    members: Mapping[str, Member],
    parameters: Mapping[str, ItemParameters] | None,
    options: Options,
    *,
    run: Run = map,
) -> Study:
    """Compare groups on every item, and their selection where it is told.

    Parameters
    ----------
    answers, members, parameters
        From `read_answers`, `read_groups`, `read_items`. Without parameters people are matched on their sum
        score, and everybody must have been given every item.
    options
        How to look.
    run
        What maps over parts of the people: plain ``map``, or a process pool's.

    Raises
    ------
    TableError
        If no person, or no item, is in both files.
    PsychometricsError
        As `dif_screen` does: one group alone, an unknown reference group, or gaps without parameters.
    """
    notes: list[str] = []
    answers = _known(answers, parameters, notes)
    told = [members[person].group if person in members else None for person in answers.persons]
    if not set(answers.persons) & set(members):
        raise TableError(
            f"no person of {answers.source} is in the file of groups: are they named alike in both?"
        )
    curves = _curves(answers, parameters) if parameters is not None else None
    dif = dif_screen(
        answers.scores,
        told,
        curves,
        reference=options.reference,
        least=options.least,
        level=options.level,
    )
    fit, curve_test, drift = _without_groups(answers, parameters, curves, options, notes)
    _note_odd(answers, dif, notes)
    return Study(
        source=answers.source,
        persons=len(answers.persons),
        items=answers.items,
        answers=int((~np.isnan(answers.scores)).sum()),
        untold=sum(group is None for group in told),
        matched_on="sum score" if curves is None else "other answers",
        groups=_group_lines(answers, told, dif),
        dif=dif,
        traces=_traces(answers, told, curves, dif),
        right=np.nanmean(answers.scores, axis=0),
        fit=fit,
        curve_test=curve_test,
        drift=drift,
        watch=None if curves is None else _watch(answers, curves),
        people=_people(answers, curves, options, run) if curves is not None and options.people else None,
        impacts=_impacts(members, notes),
        notes=tuple(notes),
        level=options.level,
        least=options.least,
    )


def _known(answers: Answers, parameters: Mapping[str, ItemParameters] | None, notes: list[str]) -> Answers:
    """Leave out items without parameters, and people who have answered nothing else."""
    if answers.blank:
        notes.append(f"{answers.blank:,} lines have no score and count as not given.")
    if parameters is None:
        return answers
    known = [number for number, name in enumerate(answers.items) if name in parameters]
    if not known:
        raise TableError(
            f"no item of {answers.source} is in the file of items: are they named alike in both?"
        )
    if len(known) == len(answers.items):
        return answers
    left = [name for name in answers.items if name not in parameters]
    notes.append(f"{len(left)} items have no parameters and are left out: {_some(left)}.")
    scores = answers.scores[:, known]
    rows = np.flatnonzero((~np.isnan(scores)).any(axis=1))
    persons = tuple(answers.persons[n] for n in rows)
    return Answers(
        answers.source, persons, tuple(answers.items[n] for n in known), scores[rows], answers.blank
    )


def _curves(answers: Answers, parameters: Mapping[str, ItemParameters]) -> Curves:
    rows = [parameters[name] for name in answers.items]
    return Curves.of(
        [row.a for row in rows], [row.b for row in rows], [row.c for row in rows], [row.d for row in rows]
    )


def _without_groups(
    answers: Answers,
    parameters: Mapping[str, ItemParameters] | None,
    curves: Curves | None,
    options: Options,
    notes: list[str],
) -> tuple[ItemFit | None, CurveTest | None, Drift | None]:
    """Look at the items with all people together, whatever their group."""
    if curves is None or parameters is None:
        notes.append("Without parameters of the items there is no fit and no drift: give --items.")
        return None, None, None
    errors = [parameters[name].se_b for name in answers.items]
    drift = drift_test(answers.scores, curves, b_errors=errors)
    return infit_outfit(answers.scores, curves), _curve_test(answers, curves, options, notes), drift


def _watch(answers: Answers, curves: Curves) -> tuple[DriftWatch, ...]:
    """Watch every item, people in the order in which they first stand in the file."""
    pulls, _ = difficulty_scores(answers.scores, curves)
    seen = []
    for item in range(len(curves)):
        own = -pulls[~np.isnan(answers.scores[:, item]), item]
        seen.append(watch_drift(own, np.full(len(own), max(float(np.square(own).mean()), 1e-12))))
    return tuple(seen)


def _people(answers: Answers, curves: Curves, options: Options, run: Run) -> People:
    """Ask of everybody whether the answers go with any ability."""
    _, means, sds = posteriors(answers.scores, curves, np.zeros(len(answers.scores), dtype=np.intp))
    task = partial(_fits, curves, float(means[0]), float(sds[0]), options.seed)
    starts = range(0, len(answers.scores), PEOPLE_A_TASK)
    parts = list(run(task, [(first, answers.scores[first : first + PEOPLE_A_TASK]) for first in starts]))
    z, p, n = (np.concatenate([getattr(part, name) for part in parts]) for name in ("z", "p", "n"))
    odd = [
        OddPerson(answers.persons[i], int(n[i]), float(z[i]), float(p[i])) for i in np.flatnonzero(p <= ODD)
    ]
    return People(p, tuple(sorted(odd, key=lambda one: (one.p, one.z))), int(np.isnan(p).sum()))


def _fits(curves: Curves, mean: float, sd: float, seed: int, part: tuple[int, Floats]) -> PeopleFit:
    first, scores = part
    return people_fit(scores, curves, mean=mean, sd=sd, seed=seed, first=first)


def _curve_test(answers: Answers, curves: Curves, options: Options, notes: list[str]) -> CurveTest:
    """Take S-X2 for a whole form, else the residuals by ability."""
    if np.isin(answers.scores, (0.0, 1.0)).all() and len(curves) > 1:
        sums = s_x2(answers.scores, curves, estimated=options.estimated)
        return CurveTest("S-X2", sums.statistic, sums.df, sums.p)
    notes.append(
        "S-X2 needs a whole form of right and wrong answers; there are gaps or partial credit, so that "
        "answers are compared with the curves in bins of ability instead."
    )
    bins = binned_residuals(answers.scores, curves)
    return CurveTest("by ability", bins.chi2, bins.df, bins.p)


def _note_odd(answers: Answers, dif: DifScreen, notes: list[str]) -> None:
    partial = int(((answers.scores > 0) & (answers.scores < 1)).sum())
    if partial:
        notes.append(
            f"{partial:,} answers have partial credit; in comparing groups they count as right from 0.5 on."
        )
    if not dif.settled:
        notes.append(
            "Taking flagged items out of the matching did not come to rest: the anchors are those of the "
            "last round. So many items differ that it cannot be told which side they favour."
        )


def _group_lines(answers: Answers, told: list[str | None], dif: DifScreen) -> tuple[GroupLine, ...]:
    lines = []
    for name, people in dif.counts.items():
        rows = np.array([group == name for group in told])
        right = float(np.nanmean(answers.scores[rows]))
        mean, sd = (None, None) if dif.means is None or dif.sds is None else (dif.means[name], dif.sds[name])
        lines.append(GroupLine(name, people, mean, sd, right))
    return tuple(lines)


def _traces(
    answers: Answers, told: list[str | None], curves: Curves | None, dif: DifScreen
) -> tuple[Traces, ...]:
    """Return what to draw of each flagged item."""
    if not dif.flagged:
        return ()
    group = np.array([name or "" for name in told])
    kept = group != ""
    scores, group = answers.scores[kept], group[kept]
    if curves is None:
        ability = np.tile(scores[:, dif.anchors].sum(axis=1)[:, None], scores.shape[1])
    else:
        numbers = np.array([list(dif.counts).index(name) for name in group], dtype=np.intp)
        ability = others(scores, curves, numbers, anchors=dif.anchors).ability
    traces = []
    for row in dif.flagged:
        given = ~np.isnan(scores[:, row.item]) & np.isin(group, (dif.reference, row.group))
        place, right, own = ability[given, row.item], scores[given, row.item], group[given]
        bins = quantile_bins(place, CURVE_BINS)
        points = [
            tuple(
                (float(place[at].mean()), float(right[at].mean()), int(at.sum()))
                for number in range(int(bins.max()) + 1)
                if (at := (bins == number) & (own == name)).sum() >= 5
            )
            for name in (dif.reference, row.group)
        ]
        traces.append(Traces(answers.items[row.item], row.group, points[0], points[1]))
    return tuple(traces)


def _impacts(members: Mapping[str, Member], notes: list[str]) -> tuple[ImpactLine, ...]:
    """Compare the selection rates of every two groups: the lower with the higher."""
    known = [
        (member.group, member.selected)
        for member in members.values()
        if member.group is not None and member.selected is not None
    ]
    applied = Counter(group for group, _ in known)
    chosen = Counter(group for group, selected in known if selected)
    if len(applied) < 2:
        if known:
            notes.append("Selection is told of one group alone: there is nothing to compare it with.")
        return ()
    sides = {name: Selection(chosen[name], count) for name, count in applied.items()}
    # Every pair: against the highest rate alone, a small group on top would hide how large ones differ.
    pairs = [
        sorted(pair, key=lambda name: (sides[name].rate, name)) for pair in combinations(sorted(sides), 2)
    ]
    if len(pairs) > 1:
        notes.append(
            f"Selection is compared in {len(pairs)} pairs of groups: with so many looks, one below p = .05 "
            "comes by chance more often than in 5 % of cases."
        )
    return tuple(ImpactLine(low, high, adverse_impact(sides[low], sides[high])) for low, high in pairs)


def _some(names: list[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def _plain(value: Any) -> Any:
    """Return numbers of NumPy as Python's, and what is no number as None."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
