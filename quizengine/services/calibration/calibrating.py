"""From answers to calibrated items: parameters, drift, families, and what to do with each item."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, Literal

import numpy as np

from quizengine.errors import PsychometricsError, QuizEngineError
from quizengine.psychometrics.arrays import Floats
from quizengine.psychometrics.calibration import (
    Calibration,
    DifficultyModel,
    Model,
    Prior,
    Progress,
    anchor_drift,
    calibrate,
    difficulty_drift,
    difficulty_model,
    family_spread,
    mean_sigma,
)
from quizengine.psychometrics.calibration.files import CalibratedItem
from quizengine.psychometrics.calibration.fitting import Run
from quizengine.services.calibration.judging import DRIFT, Drift, ItemRow, drift_of, judge
from quizengine.services.calibration.reading import Collected

MOST_RELEASED = 10
LEAST_ANCHORS = 3
"""Anchors that have drifted are released one by one, the worst first, as long as so many hold the scale."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Options:
    """How items are calibrated, and what is known of them.

    ``guess`` and ``ceiling`` are asymptotes by item, for those that are not in them 0 and 1 (or what the
    model starts from). ``anchors`` keep their parameters; ``previous`` are compared with. ``features``
    are numbers or words by item, for the model of difficulty.
    """

    model: Model = "2pl"
    prior: Literal["none", "weak"] = "none"
    guesses: Mapping[str, float] = field(default_factory=dict)
    guess: Mapping[str, float] = field(default_factory=dict)
    ceiling: float | None = None
    anchors: Mapping[str, CalibratedItem] = field(default_factory=dict)
    previous: Mapping[str, CalibratedItem] = field(default_factory=dict)
    features: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    max_iterations: int = 500


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcome:
    """What came out. ``notes`` are what a reader must know; ``released`` anchors did not hold."""

    source: str
    digest: str
    calibration: Calibration
    rows: tuple[ItemRow, ...]
    difficulty: DifficultyModel | None
    released: tuple[str, ...]
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as tables and numbers; what is not known is null."""
        found = self.calibration
        return {
            "source": self.source,
            "data": self.digest,
            "model": found.model,
            "persons": found.persons,
            "answers": int(found.n.sum()),
            "log_likelihood": found.log_likelihood,
            "iterations": found.iterations,
            "converged": found.converged,
            "reliability": found.reliability,
            "mean": found.mean,
            "sd": found.sd,
            "released": list(self.released),
            "notes": list(self.notes),
            "items": [_as_json(row) for row in self.rows],
        }


def calibrate_answers(
    collected: Collected,
    options: Options,
    *,
    run: Run = map,
    watch: Callable[[Progress], object] | None = None,
) -> Outcome:
    """Calibrate items, and judge them.

    Raises
    ------
    QuizEngineError
        If anchors are not among the items, or nothing can be estimated.
    """
    anchors = {name: item for name, item in options.anchors.items() if name in set(collected.items)}
    if options.anchors and not anchors:
        raise QuizEngineError(
            f"None of the {len(options.anchors)} anchors is an item of {collected.source}; "
            "names must be equal."
        )
    released: list[str] = []
    while True:
        try:
            found = _fit(collected, options, anchors, run, watch)
        except PsychometricsError as error:
            lines = [_named(line, collected.items) for line in str(error).splitlines()]
            raise QuizEngineError("\n".join(lines)) from error
        drift = _anchor_drift(collected.items, found, anchors)
        worst = min(drift, key=lambda name: drift[name].p, default=None)
        if worst is None or not drift[worst].p < DRIFT or len(anchors) <= LEAST_ANCHORS:
            break
        if len(released) == MOST_RELEASED:
            break
        released.append(worst)
        anchors = {name: item for name, item in anchors.items() if name != worst}
    notes = [_named(note, collected.items) for note in found.notes]
    if collected.blank:
        notes.insert(0, f"{collected.blank:,} lines have no score and count as not given")
    freed = {name: options.anchors[name] for name in released}
    drift |= _change(collected.items, found, freed)
    if options.previous:
        found, told, link = _compared(collected.items, found, options, linked=bool(anchors))
        drift |= told
        notes.extend(link)
    spread = family_spread(collected.family, found.b, found.se_b) if any(collected.family) else {}
    spread.pop("", None)
    rows = judge(found, collected.items, collected.family, spread, drift, collected.responses.total)
    difficulty, said = _difficulty(rows, options.features)
    return Outcome(
        source=collected.source,
        digest=collected.digest,
        calibration=found,
        rows=rows,
        difficulty=difficulty,
        released=tuple(released),
        notes=(*notes, *said),
    )


def _fit(
    collected: Collected,
    options: Options,
    anchors: Mapping[str, CalibratedItem],
    run: Run,
    watch: Callable[[Progress], object] | None,
) -> Calibration:
    items = collected.items
    fixed = np.full((len(items), 4), np.nan)
    for i, name in enumerate(items):
        if name in anchors:
            fixed[i] = anchors[name].a, anchors[name].b, anchors[name].c, anchors[name].d
    guess = np.array([options.guess.get(name, 0.0) for name in items]) if options.guess else None
    prior: Prior | Literal["weak"] | None = "weak" if options.prior == "weak" else None
    if options.guesses:
        prior = Prior.of_authors([options.guesses.get(name, 0.0) for name in items])
    return calibrate(
        collected.responses,
        options.model,
        prior=prior,
        anchors=fixed if anchors else None,
        guess=guess,
        ceiling=options.ceiling,
        free_population=True if options.guesses else None,
        max_iterations=options.max_iterations,
        run=run,
        watch=watch,
    )


def _anchor_drift(
    items: Sequence[str], found: Calibration, anchors: Mapping[str, CalibratedItem]
) -> dict[str, Drift]:
    """Return the drift of the anchors that were kept: by how surprising their answers are."""
    if found.anchor_change is None:
        return {}
    names = [items[i] for i in np.flatnonzero(found.anchored).tolist()]
    before = np.array([anchors[name].b for name in names])
    unknown = np.full(len(names), np.nan)
    return drift_of(names, before, unknown, anchor_drift(found.anchor_change))


def _change(
    items: Sequence[str], found: Calibration, before: Mapping[str, CalibratedItem]
) -> dict[str, Drift]:
    """Return how far items have moved; both must be on one scale."""
    names = [name for name in items if name in before]
    if not names:
        return {}
    place = {name: i for i, name in enumerate(items)}
    at = [place[name] for name in names]
    was = np.array([before[name].b for name in names])
    error = np.nan_to_num([before[name].se_b for name in names])
    p = difficulty_drift(found.b[at], found.se_b[at], was, error)
    return drift_of(names, was, found.b[at], p)


def _compared(
    items: Sequence[str], found: Calibration, options: Options, *, linked: bool
) -> tuple[Calibration, dict[str, Drift], list[str]]:
    """Bring a calibration onto the scale of an earlier one, and compare."""
    common = {name: item for name, item in options.previous.items() if name in set(items)}
    if not common:
        return found, {}, ["none of the items of the earlier calibration was answered"]
    if linked:
        fixed = {items[i] for i in np.flatnonzero(found.anchored).tolist()}
        free = {name: item for name, item in common.items() if name not in fixed}
        return found, _change(items, found, free), []
    onto = np.array([common[name].b if name in common else np.nan for name in items])
    link = mean_sigma(found.b, onto)
    told = (
        f"put onto the scale of the earlier calibration by {len(common)} common items: "
        f"theta' = {link.scale:.3f} theta {link.shift:+.3f}"
    )
    moved = found.linked(link)
    return moved, _change(items, moved, common), [told]


def _difficulty(
    rows: Sequence[ItemRow], features: Mapping[str, Mapping[str, str]]
) -> tuple[DifficultyModel | None, list[str]]:
    """Fit the model of difficulty, where features are known."""
    known = [row for row in rows if row.item in features]
    if not features:
        return None, []
    if not known:
        return None, ["none of the items has features; names must be equal"]
    names, matrix = encode([features[row.item] for row in known])
    b = np.array([row.b for row in known])
    usable = int(np.isfinite(b).sum())
    if usable < len(names) + 2:
        return None, [
            f"{usable} items with difficulties are too few for {len(names)} features; no model of difficulty"
        ]
    return difficulty_model(matrix, b, [row.se_b for row in known], names=names), []


def encode(features: Sequence[Mapping[str, str]]) -> tuple[tuple[str, ...], Floats]:
    """Return columns of numbers; words become a yes or no each, but for the commonest.

    >>> encode([{"steps": "2", "type": "choice"}, {"steps": "3", "type": "sql"},
    ...         {"steps": "1", "type": "sql"}])
    (('steps', 'type = choice'), array([[2., 1.],
           [3., 0.],
           [1., 0.]]))
    """
    columns: dict[str, list[float]] = {}
    for name in features[0]:
        texts = [row.get(name, "") for row in features]
        numbers = [_number(text) for text in texts]
        if all(isfinite(number) for number in numbers):
            columns[name] = numbers
            continue
        words = sorted(set(texts), key=lambda word: (-texts.count(word), word))
        columns.update({f"{name} = {word}": [float(text == word) for text in texts] for word in words[1:]})
    return tuple(columns), np.array(list(columns.values()), dtype=np.float64).reshape(len(columns), -1).T


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def read_features(path: Path) -> dict[str, dict[str, str]]:
    """Return what is known of items: a CSV with a column item, and a column for each feature.

    Raises
    ------
    QuizEngineError
        If it has no column item, or no other.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        names = list(reader.fieldnames or ())
        if "item" not in names or len(names) < 2:
            raise QuizEngineError(f"{path}:1: a file of features has a column item and one or more others.")
        return {
            row["item"]: {name: row[name] or "" for name in names if name and name != "item"}
            for row in reader
        }


def _named(note: str, items: Sequence[str]) -> str:
    """Return a note with the item's name for its number."""
    head, _, rest = note.partition(": ")
    kind, _, number = head.partition(" ")
    return f"{items[int(number)]}: {rest}" if kind == "item" and number.isdigit() else note


def _as_json(row: ItemRow) -> dict[str, Any]:
    told = {"verdict": row.verdict, "reasons": [reason for _, reason in row.findings]}
    table: dict[str, Any] = _plain(asdict(row) | told)
    return table


def _plain(value: Any) -> Any:
    """Return a value with None for what is not a number, as JSON has it."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return None if isinstance(value, float) and not isfinite(value) else value
