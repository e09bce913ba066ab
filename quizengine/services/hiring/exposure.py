"""How often which question was given: drawing somebody's form so that none is too often, and the figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from math import ceil

from sqlalchemy.orm import Session

from quizengine.bank import Bank
from quizengine.bank.spaces import most_variants
from quizengine.services.hiring.profiles import StoredProfile
from quizengine.services.hiring.rotation import CAP, Exposure, draw_form
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store import exposure, screens, withdrawals

#: Of a question with few variants this share may be used before others take its place.
MOST_USED = 1 / 3
#: Months of a table, this one included.
MONTHS = 6


def form_for(
    runtime: Runtime,
    profile: StoredProfile,
    *,
    screen_id: str,
    organisation_id: str,
    learner_ids: Collection[str],
    seed: int,
) -> tuple[str, ...]:
    """Return the questions of somebody's form, in order; none that was withdrawn.

    Parameters
    ----------
    learner_ids
        As whom the person may have practised: what they have met is avoided while there is other.
    seed
        Decides between questions that are as good.
    """
    with runtime.transaction.reading() as session:
        gone = withdrawals.all_standing(session)
        pool = [id_ for id_ in profile.pool if id_ in runtime.bank.questions and id_ not in gone]
        forms, given = exposure.forms_given(session, screen_id)
        known = Exposure(
            forms=forms,
            given=given,
            met=exposure.met_by(session, learner_ids),
            spent=_spent(session, runtime.bank, pool, organisation_id),
        )
    return draw_form(runtime.bank, profile.profile, pool, known, seed)


def _spent(session: Session, bank: Bank, pool: Collection[str], organisation_id: str) -> frozenset[str]:
    used = exposure.variants_used(session, organisation_id)
    most = {id_: most_variants(bank[id_].question) for id_ in pool if id_ in used}
    return frozenset(id_ for id_, count in most.items() if count and used[id_] > MOST_USED * count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """How often a question was given.

    ``by_month`` goes with `Exposures.months`; ``forms`` of ``of`` forms had it in the screen ``where`` that
    gave it to the largest share of its people, and ``most`` is what the cap allows there.
    """

    question: str
    skill: str
    by_month: tuple[int, ...]
    total: int
    forms: int
    of: int
    most: int
    where: str
    is_withdrawn: bool

    @property
    def is_over(self) -> bool:
        """Whether that screen gave it to more people than the cap allows."""
        return self.forms > self.most


@dataclass(frozen=True, slots=True)
class Exposures:
    """The questions that an organisation's screens have shown, the most often shown first."""

    months: tuple[tuple[int, int], ...]
    questions: tuple[Given, ...]


def table(runtime: Runtime, actor: Actor) -> Exposures:
    """Return how often each question was given, by month and in the screen that gave it most. No people."""
    with runtime.transaction.reading() as session:
        shown = exposure.shown_by_month(session, actor.organisation_id)
        gone = withdrawals.all_standing(session)
        forms = [
            (row.title, *exposure.forms_given(session, row.id))
            for row in screens.screens_of(session, actor.organisation_id)
        ]
    months = tuple(sorted({(year, month) for _, year, month in shown}, reverse=True)[:MONTHS])
    totals = Counter[str]()
    for (question, _, _), count in shown.items():
        totals[question] += count
    rows = [
        _given(runtime.bank, id_, total, months, shown, forms, is_withdrawn=id_ in gone)
        for id_, total in totals.most_common()
    ]
    return Exposures(months, tuple(rows))


def _given(
    bank: Bank,
    id_: str,
    total: int,
    months: tuple[tuple[int, int], ...],
    shown: Counter[tuple[str, int, int]],
    forms: list[tuple[str, int, Counter[str]]],
    *,
    is_withdrawn: bool,
) -> Given:
    where, of, counts = max(forms, key=lambda one: one[2][id_] / max(one[1], 1))
    titles = {skill.id: skill.title for skill in bank.roadmap.skills}
    entry = bank.questions.get(id_)  # type: ignore[call-overload]  # ids of rows are plain text
    return Given(
        question=id_,
        skill=titles.get(entry.question.primary_skill, "") if entry else "no longer in the bank",
        by_month=tuple(shown[id_, year, month] for year, month in months),
        total=total,
        forms=counts[id_],
        of=of,
        most=ceil(CAP * of),
        where=where,
        is_withdrawn=is_withdrawn,
    )
