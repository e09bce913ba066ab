"""Cuts that are not one person's numbers: ratings of questions, and two groups known by other evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from math import exp, isfinite, nan
from typing import Any

import numpy as np

from quizengine.bank import Bank
from quizengine.errors import PsychometricsError, RequestError, TableError
from quizengine.model.profile import Profile
from quizengine.model.variant import SkillId
from quizengine.psychometrics.pool import ItemPool
from quizengine.psychometrics.standards import AngoffCut, angoff, contrasting_groups
from quizengine.services.csv_text import csv_rows
from quizengine.services.hiring import profiles
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.services.scoring import bank_items

RATING_COLUMNS = ("round", "rater", "question", "chance")
SCORE_COLUMNS = ("group", "score")
MOST_ROWS = 5000
MOST_FAULTS, MOST_DIGITS = 20, 20
ROUNDS = ("1", "2")

Ratings = dict[tuple[str, str, str], float]


def set_angoff(
    runtime: Runtime, actor: Actor, profile_id: str, text: str, *, revision: int, now: datetime
) -> None:
    """Set the targets of a draft from ratings, two rounds, a row for each rater and question.

    Parameters
    ----------
    text
        CSV with the columns ``round`` (1 or 2), ``rater``, ``question`` (its id) and ``chance`` (that a
        just good enough person solves it). The second round sets the cut; both spreads are kept.

    Raises
    ------
    RequestError
        Naming the row at fault, or the skill whose ratings set no cut.
    """
    stored = profiles.read(runtime, actor, profile_id)
    ratings = read_ratings(runtime.bank, stored.profile, text)
    by_skill = _by_skill(runtime.bank, stored.profile, ratings)
    raters = sorted({rater for _, rater, _ in ratings})
    found = {skill: rated(runtime.bank, skill, ratings, raters, ids) for skill, ids in by_skill.items()}
    targets = {skill: 1 / (1 + exp(-last.cut)) for skill, (_, last) in found.items()}
    # The targets are the raters', so the cut of the composite is their mean, whatever stood there.
    profile = profiles.with_cut(stored.profile.with_targets(targets), None)
    facts: dict[str, Any] = {
        "raters": raters,
        "composite": _composite(profile, found),
        "skills": {
            skill: {
                "cut": last.cut, "sd": last.sd, "se": last.se, "sd_first": first.sd,
                "by_rater": list(last.by_rater), "outliers": [raters[at] for at in last.outliers],
                "questions": len(by_skill[skill]),
            }
            for skill, (first, last) in found.items()
        },
    }  # fmt: skip
    profiles.set_cut(
        runtime, actor, profile_id, profile, method="angoff", facts=facts, revision=revision, now=now
    )


def _composite(profile: Profile, found: Mapping[SkillId, tuple[AngoffCut, AngoffCut]]) -> dict[str, float]:
    """Return the spread of the raters' own cuts of the composite, in both rounds.

    A rater who is strict on one skill may be so on all: errors of skills do not cancel as if they were apart.
    """
    weights = np.array([one.weight for one in profile.skills])
    weights /= weights.sum()
    first, last = (
        weights @ np.array([found[one.skill][round_].by_rater for one in profile.skills]) for round_ in (0, 1)
    )
    sd = float(last.std(ddof=1))
    return {"sd": sd, "se": sd / float(np.sqrt(len(last))), "sd_first": float(first.std(ddof=1))}


def read_ratings(bank: Bank, profile: Profile, text: str) -> Ratings:
    """Return the ratings of a CSV by round, rater and question.

    Raises
    ------
    RequestError
        With every row at fault.
    """
    skills = {one.skill for one in profile.skills}
    ratings: Ratings = {}

    def take(row: dict[str, str]) -> str:
        key = (row["round"], row["rater"], row["question"])
        if row["round"] not in ROUNDS:
            return "the round is 1 or 2"
        if not row["rater"]:
            return "the rater is missing"
        if row["question"] not in bank.questions:
            return f"there is no question {row['question']!r}"
        if bank[row["question"]].question.primary_skill not in skills:
            return f"{row['question']} is about no skill of this profile"
        if key in ratings:
            return "this rater has rated this question in this round already"
        chance = _number(row["chance"])
        if chance is None or not 0 < chance < 1:
            return "the chance lies above 0 and below 1, like 0.65"
        ratings[key] = chance
        return ""

    _read(text, RATING_COLUMNS, take)
    return ratings


def _by_skill(bank: Bank, profile: Profile, ratings: Ratings) -> dict[SkillId, list[str]]:
    questions: dict[SkillId, list[str]] = defaultdict(list)
    for question in sorted({question for _, _, question in ratings}):
        questions[bank[question].question.primary_skill].append(question)
    missing = [one.skill for one in profile.skills if one.skill not in questions]
    if missing:
        raise RequestError(f"No ratings on {', '.join(missing)}: every skill of the profile is rated.")
    return questions


def rated(
    bank: Bank, skill: SkillId, ratings: Ratings, raters: Sequence[str], questions: Sequence[str]
) -> tuple[AngoffCut, AngoffCut]:
    """Return the cut of a skill in the first round and in the second.

    Raises
    ------
    RequestError
        If somebody left a question or a round out, or the ratings set no cut.
    """
    pool, index = bank_items(bank).pool, bank_items(bank).index
    at = [index[question] for question in questions]
    first, last = (_cut_of(pool, at, skill, round_, ratings, raters, questions) for round_ in ROUNDS)
    return first, last


def _cut_of(  # noqa: PLR0917  (private: one round of one skill)
    pool: ItemPool,
    at: Sequence[int],
    skill: SkillId,
    round_: str,
    ratings: Ratings,
    raters: Sequence[str],
    questions: Sequence[str],
) -> AngoffCut:
    lacking = [f"{rater} on {q}" for rater in raters for q in questions if (round_, rater, q) not in ratings]
    if lacking:
        raise RequestError(
            f"Round {round_}: no rating by {lacking[0]}; in both rounds each rates all questions."
        )
    table = np.array([[ratings[round_, rater, q] for q in questions] for rater in raters])
    try:
        return angoff(table, pool.a[at], pool.b[at], pool.c[at], pool.d[at])
    except PsychometricsError as error:
        raise RequestError(f"{skill}, round {round_}: {error}.") from error


def set_contrasting(
    runtime: Runtime, actor: Actor, profile_id: str, text: str, *, revision: int, now: datetime
) -> None:
    """Set the cut of a draft's composite from the scores of two groups known by other evidence.

    Parameters
    ----------
    text
        CSV with the columns ``group`` (``enough`` or ``not``) and ``score``: composites of results.

    Raises
    ------
    RequestError
        Naming the row at fault, or why the groups set no cut.
    """
    stored = profiles.read(runtime, actor, profile_id)
    scores: dict[str, list[float]] = {"enough": [], "not": []}

    def take(row: dict[str, str]) -> str:
        score = _number(row["score"])
        if row["group"] not in scores:
            return "the group is enough or not"
        if score is None or abs(score) > 10:
            return "the score is a composite in logits, like 0.42"
        scores[row["group"]].append(score)
        return ""

    _read(text, SCORE_COLUMNS, take)
    try:
        cut = contrasting_groups(scores["enough"], scores["not"], cost_ratio=stored.profile.cost_ratio)
    except PsychometricsError as error:
        raise RequestError(f"These groups set no cut: {error}.") from error
    facts = {
        "enough": len(scores["enough"]), "not": len(scores["not"]), "low": cut.low, "high": cut.high,
        "fit_below": cut.fit_below, "unfit_above": cut.unfit_above, "cost_ratio": stored.profile.cost_ratio,
    }  # fmt: skip
    profile = profiles.with_cut(stored.profile, cut.cut)
    profiles.set_cut(
        runtime, actor, profile_id, profile, method="contrasting", facts=facts, revision=revision, now=now
    )


def _read(text: str, columns: tuple[str, ...], take: Callable[[dict[str, str]], str]) -> None:
    """Hand each row of a CSV to ``take``, which returns what is wrong with it; refuse all faults at once."""
    faults = []
    try:
        rows = list(csv_rows(text.removeprefix("\ufeff").strip().splitlines(keepends=True)))
    except TableError as error:
        raise RequestError(str(error)) from error
    names = [name.strip().lower() for name in rows[0][1]] if rows else []
    missing = [name for name in columns if name not in names]
    if missing:
        raise RequestError(
            f"The first line names the columns {', '.join(columns)}; missing: {', '.join(missing)}."
        )
    if len(rows) - 1 > MOST_ROWS:
        raise RequestError(f"At most {MOST_ROWS:,} rows are taken.")
    for number, cells in rows[1:]:
        if not any(cells):
            continue
        row = dict(zip(names, cells, strict=False))
        fault = take({name: row.get(name, "").strip() for name in columns})
        if len(cells) > len(names):
            fault = f"{len(cells)} cells stand under {len(names)} columns"
        if fault:
            faults.append(f"Line {number}: {fault}.")
    if faults:
        raise RequestError("\n".join(faults[:MOST_FAULTS]))


def _number(text: str) -> float | None:
    """Return a number, with a decimal point or comma, or a share in percent; None for anything else."""
    plain = text.removesuffix("%").strip().replace(",", ".")
    try:
        found = float(plain) if len(plain) <= MOST_DIGITS else nan
    except ValueError:
        return None
    if not isfinite(found):
        return None
    return found / 100 if text.endswith("%") else found
