"""Checks of calibrated items that need every answer by person: S-X2 of a whole form, and groups of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from quizengine.errors import QuizEngineError
from quizengine.psychometrics.arrays import Booleans, Floats
from quizengine.psychometrics.calibration import Calibration, Responses, controlled
from quizengine.psychometrics.dif_screen import DifRow, dif_screen
from quizengine.psychometrics.matching import Curves
from quizengine.psychometrics.sumscores import s_x2
from quizengine.services.calibration.calibrating import Outcome
from quizengine.services.calibration.judging import Difference, SumScoreFit
from quizengine.services.fairness.reading import Answers, Member

MOST_CELLS = 20_000_000
"""People times items of a whole form that is looked at by sum score: 160 MB."""
LEAST_ITEMS = 2
ESTIMATED = {"rasch": 1, "1pl": 1, "2pl": 2, "3pl": 3, "4pl": 4}
"""Parameters of an item that each model takes from the answers."""


def with_sum_scores(outcome: Outcome, responses: Responses) -> Outcome:
    """Return the outcome with S-X2 of each item, where everybody answered everything right or wrong."""
    found = outcome.calibration
    known = _known(found)
    scores = _whole_form(responses)
    if scores is None or known.sum() < LEAST_ITEMS:
        return outcome
    cost = np.where(found.anchored[known], 0, ESTIMATED[found.model])
    test = s_x2(scores[:, known], _curves(found, known, standard=True), estimated=cost)
    p = controlled(test.p)
    told = {
        outcome.rows[at].item: SumScoreFit(
            statistic=float(test.statistic[n]), df=int(test.df[n]), p=float(p[n])
        )
        for n, at in enumerate(np.flatnonzero(known))
    }
    return replace(outcome, rows=tuple(replace(row, sum_scores=told.get(row.item)) for row in outcome.rows))


def with_groups(outcome: Outcome, answers: Answers, members: Mapping[str, Member]) -> Outcome:
    """Return the outcome with how each item treats groups of equally able people.

    Raises
    ------
    QuizEngineError
        If there are not two groups to compare, or no item has parameters.
    """
    found, known = outcome.calibration, _known(outcome.calibration)
    names = [row.item for row, is_known in zip(outcome.rows, known, strict=True) if is_known]
    if not names:
        raise QuizEngineError("No item has parameters: groups cannot be compared.")
    place = {name: n for n, name in enumerate(answers.items)}
    told = [members[person].group if person in members else None for person in answers.persons]
    scores = answers.scores[:, [place[name] for name in names]]
    screen = dif_screen(scores, told, _curves(found, known))
    by_item: dict[str, list[Difference]] = {name: [] for name in names}
    few = [row for row in screen.rows if row.mantel_haenszel is None]
    for row in screen.rows:
        by_item[names[row.item]] += _differences(row, screen.reference)
    notes = [f"{len(few)} comparisons of items and groups have too few people to say anything"] if few else []
    return replace(
        outcome,
        rows=tuple(replace(row, differences=tuple(by_item.get(row.item, ()))) for row in outcome.rows),
        notes=(*outcome.notes, *notes),
    )


def _differences(row: DifRow, reference: str) -> Sequence[Difference]:
    tables, curves = row.mantel_haenszel, row.logistic
    if tables is None or curves is None:
        return ()
    return [
        Difference(
            group=row.group,
            reference=reference,
            delta=tables.delta,
            size=max(tables.ets_class, curves.size_class),
            flagged=row.verdict == "flagged",
        )
    ]


def _known(found: Calibration) -> Booleans:
    """Say which items have a curve that rises, (J,)."""
    known: Booleans = np.isfinite(found.a) & np.isfinite(found.b) & (np.nan_to_num(found.a) > 0)
    return known


def _curves(found: Calibration, known: Booleans, *, standard: bool = False) -> Curves:
    """Return the curves of some items, if wanted on the scale on which these people are N(0, 1)."""
    mean, sd = (found.mean, found.sd) if standard else (0.0, 1.0)
    return Curves.of(found.a[known] * sd, (found.b[known] - mean) / sd, found.c[known], found.d[known])


def _whole_form(responses: Responses) -> Floats | None:
    """Return who got what, (N, J) of 0 and 1; None if somebody was not given something, or partly right."""
    items = len(responses.answers)
    cells = responses.persons * items
    if int(responses.answers.sum()) != cells or cells > MOST_CELLS:
        return None
    scores, first = np.full((responses.persons, items), np.nan), 0
    for shard in responses.shards:
        for block in shard.blocks():
            person, item, score = block.answers()
            scores[first + person, item] = score
            first += block.persons
    return scores if np.isin(scores, (0.0, 1.0)).all() else None
