"""Evidence for claims: runs of papers, cards of models, pages of a portfolio, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from quizengine.generation.registry import generator

#: Recall and precision in percent that 100 positive rows reach with whole counts.
_WHOLE = ((60, 75), (80, 50), (72, 90), (64, 80), (90, 60), (84, 70), (75, 60), (45, 90), (56, 70), (70, 50))


@generator
def seed_scores(rng: np.random.Generator) -> Mapping[str, Any]:
    """Accuracies in percent of two methods over five seeds, with means of one decimal."""
    base, gain = int(rng.integers(700, 900)), int(rng.integers(2, 25))
    return {"new": _around(rng, base + gain), "old": _around(rng, base)}


def _around(rng: np.random.Generator, middle: int) -> list[float]:
    while True:
        steps = [int(step) for step in rng.integers(-12, 13, 4)]
        steps.append(-sum(steps))
        if abs(steps[-1]) <= 14 and len(set(steps)) == 5:
            return [(middle + step) / 10 for step in steps]


@generator
def compared_papers(rng: np.random.Generator) -> Mapping[str, Any]:
    """Six baselines beside a new method; each of four breaks one condition of a fair comparison.

    ``fair`` is how they were made; ``checked`` tests the numbers.
    """
    trials, size = 20 * int(rng.integers(2, 8)), 10 * int(rng.integers(3, 10))
    ours, theirs = (str(name) for name in rng.permutation(["D1", "D2"]))

    def near() -> tuple[int, int]:
        return int(trials * rng.choice([0.5, 0.75, 1, 1.5, 2])), int(
            size * rng.choice([0.8, 0.9, 1, 1.1, 1.2])
        )

    made = [
        (ours, *near()),
        (ours, *near()),
        (theirs, *near()),
        (ours, trials // 4, near()[1]),
        (ours, 3 * trials, near()[1]),
        (ours, near()[0], size * 2),
    ]
    order = [int(i) for i in rng.permutation(6)]
    names, rows = [f"B{i}" for i in range(1, 7)], [made[i] for i in order]

    def which(*, data: bool = True, least: bool = True, most: bool = True, fits: bool = True) -> list[str]:
        return [
            name
            for name, (where, tried, parameters) in zip(names, rows, strict=True)
            if (not data or where == ours)
            and (not least or 2 * tried >= trials)
            and (not most or tried <= 2 * trials)
            and (not fits or 8 * size <= 10 * parameters <= 12 * size)
        ]

    return {
        "ours": ours,
        "our_trials": trials,
        "our_size": size,
        "names": names,
        "data": [row[0] for row in rows],
        "trials": [row[1] for row in rows],
        "sizes": [row[2] for row in rows],
        "fair": [name for name, i in zip(names, order, strict=True) if i < 2],
        "checked": which(),
        "any_data": which(data=False),
        "any_budget": which(least=False, most=False),
        "weak_baseline": which(least=False),
        "any_size": which(fits=False),
    }


@generator
def card_claims(rng: np.random.Generator) -> Mapping[str, Any]:
    """A confusion table of a test set and six sentences of a model card, each right or mistaken.

    ``right`` is how they were written; ``recounted`` computes every figure again from single rows.
    """
    while True:
        recall, precision = _WHOLE[int(rng.integers(len(_WHOLE)))]
        rows, train = int(rng.choice([500, 1000, 2000])), 1000 * int(rng.integers(4, 13))
        alarms = recall * 100 // precision
        accuracy = 100 - 100 * (100 - recall + alarms - recall) / rows
        figures = {  # what is said: (right figure, mistaken one)
            "of the positive rows are found": (recall, precision),
            "of the alarms are right": (precision, recall),
            "of the test rows are positive": (10000 / rows, 100 * alarms / rows),
            "accuracy is reached by never raising an alarm": (100 - 10000 / rows, accuracy),
            "of all labelled rows are in the test set": (100 * rows / (rows + train), 100 * rows / train),
        }
        shown = {text: tuple(f"{round(value, 1):g}" for value in pair) for text, pair in figures.items()}
        flags = [bool(flag) for flag in rng.integers(0, 2, 5)]
        if any(pair[0] == pair[1] for pair in shown.values()) or not 2 <= sum(flags) <= 3:
            continue
        options = [
            f"{pair[0 if flag else 1]} % {text}."
            for (text, pair), flag in zip(shown.items(), flags, strict=True)
        ]
        flipped = {name: _flip(flags, places) for name, places in _FLIPS.items()}
        if all(any(way) for way in flipped.values()):
            counts = _recount(recall, alarms, rows, train)
            again = [
                option
                for option, text in zip(options, shown, strict=True)
                if option == f"{counts[text]} % {text}."
            ]
            made = {name: _where(options, way) for name, way in flipped.items()}
            return made | {
                "options": options,
                "right": _where(options, flags),
                "recounted": again,
                "table": [recall, 100 - recall, alarms - recall, rows - 100 - alarms + recall],
                "train": train,
                "rows": rows,
            }


_FLIPS: Mapping[str, tuple[int, ...]] = {
    "exchanged": (0, 1),
    "alarms_as_positives": (2,),
    "share_of_training": (4,),
    "opposite": (0, 1, 2, 3, 4),
}


def _flip(flags: Sequence[bool], places: Sequence[int]) -> list[bool]:
    return [not flag if i in places else flag for i, flag in enumerate(flags)]


def _where(options: Sequence[str], flags: Sequence[bool]) -> list[str]:
    return [option for option, flag in zip(options, flags, strict=True) if flag]


def _recount(found: int, alarms: int, rows: int, train: int) -> dict[str, str]:
    truth = np.repeat([1, 1, 0, 0], [found, 100 - found, alarms - found, rows - 100 - alarms + found])
    raised = np.repeat([1, 0, 1, 0], [found, 100 - found, alarms - found, rows - 100 - alarms + found])
    test = np.repeat([0, 1], [train, rows])
    shares = {
        "of the positive rows are found": raised[truth == 1].mean(),
        "of the alarms are right": truth[raised == 1].mean(),
        "of the test rows are positive": truth.mean(),
        "accuracy is reached by never raising an alarm": (truth == 0).mean(),
        "of all labelled rows are in the test set": test.mean(),
    }
    return {text: f"{round(100 * float(share), 1):g}" for text, share in shares.items()}


@generator
def portfolio_claims(rng: np.random.Generator) -> Mapping[str, Any]:
    """Six claims of a project page and eight artefacts, some of which a visitor cannot open.

    ``open_claims`` lists the claims without evidence; ``left_over`` strikes out the proven ones.
    """
    while True:
        claims = [int(claim) for claim in rng.integers(1, 7, 8)]
        usable = [bool(flag) for flag in rng.random(8) < 0.65]
        proven = {claim for claim, flag in zip(claims, usable, strict=True) if flag}
        ways = {
            "open_claims": [claim for claim in range(1, 7) if claim not in proven],
            "any_artefact": [claim for claim in range(1, 7) if claim not in claims],
            "proven": sorted(proven),
            "fewer_than_two": [claim for claim in range(1, 7) if claims.count(claim) < 2],
        }
        if len({tuple(way) for way in ways.values()}) == 4 and all(ways.values()):
            left = list(range(1, 7))
            for claim, flag in zip(claims, usable, strict=True):
                if flag and claim in left:
                    left.remove(claim)
            kinds = (
                "notebook",
                "test report",
                "dashboard",
                "demo",
                "repository",
                "model card",
                "log",
                "plot",
            )
            return ways | {"claims": claims, "usable": usable, "kinds": list(kinds), "left_over": left}


@generator
def project_scope(rng: np.random.Generator) -> Mapping[str, Any]:
    """Hours of a project, what it must have, and five options with hours and value.

    ``best`` tries all subsets; ``by_hours`` fills a table of hours.
    """
    while True:
        must = [int(hours) for hours in rng.integers(5, 16, 3)]
        hours = [int(size) for size in rng.choice(np.arange(3, 16), 5, replace=False)]
        value = [int(size) for size in rng.choice(np.arange(4, 31), 5, replace=False)]
        left = int(rng.integers(14, 24))
        chosen = max(_subsets(hours, left), key=lambda some: sum(value[i] for i in some))
        ways = {
            "best": sum(value[i] for i in chosen),
            "by_value": _greedy(hours, value, left, sorted(range(5), key=lambda i: -value[i])),
            "by_rate": _greedy(hours, value, left, sorted(range(5), key=lambda i: -value[i] / hours[i])),
            "smallest_first": _greedy(hours, value, left, sorted(range(5), key=lambda i: hours[i])),
        }
        if len(set(ways.values())) == 4:
            names = ["dashboard", "batch scoring", "load test", "drift report", "second model"]
            return ways | {
                "must": must,
                "hours": hours,
                "values": value,
                "left": left,
                "budget": sum(must) + left,
                "names": names,
                "chosen": [names[i] for i in chosen],
                "used": sum(hours[i] for i in chosen),
                "by_hours": _table(hours, value, left),
            }


def _subsets(hours: Sequence[int], left: int) -> list[tuple[int, ...]]:
    every = (some for size in range(6) for some in combinations(range(5), size))
    return [some for some in every if sum(hours[i] for i in some) <= left]


def _greedy(hours: Sequence[int], value: Sequence[int], left: int, order: Sequence[int]) -> int:
    total = 0
    for i in order:
        if hours[i] <= left:
            left, total = left - hours[i], total + value[i]
    return total


def _table(hours: Sequence[int], value: Sequence[int], left: int) -> int:
    best = [0] * (left + 1)
    for size, gain in zip(hours, value, strict=True):
        for room in range(left, size - 1, -1):
            best[room] = max(best[room], best[room - size] + gain)
    return best[left]
