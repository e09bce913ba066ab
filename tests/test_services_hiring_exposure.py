"""Which questions go to whom: in turn, none too often, none that the person has met, no variant twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from math import ceil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from quizengine.bank import Bank
from quizengine.bank.engines import without_postgres
from quizengine.services import learners
from quizengine.services.attempt import making
from quizengine.services.attempt.making import Terms
from quizengine.services.hiring import exposure, profiles, sitting
from quizengine.services.hiring.rotation import (
    CAP,
    Exposure,
    counts_of,
    draw_form,
    forms_in_turn,
    least_exposure,
    pool_of,
)
from quizengine.services.hiring.sitting import Consent
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store.hiring_rows import CandidateRow
from quizengine.store.rows import AttemptRow, SlotRow
from tests.factories import NOON, make_runtime, shipped_bank
from tests.hiring import invite, make_owner, make_profile, make_screen, member, runtime_of
from tests.hiring_sittings import SKILLS, sit, two_skill_bank
from tests.web_questions import make_app

ROLES = [role.id for role in shipped_bank().roadmap.roles]
AGREED = Consent(privacy_read=True, own_work=True, name="Ann")


@cache
def bank() -> Bank:
    return without_postgres(shipped_bank())[0]


@settings(max_examples=12)
@given(role=st.sampled_from(ROLES), people=st.integers(1, 40), seed=st.integers(0, 2**31))
def test_no_question_goes_to_more_people_than_the_bank_allows(role: str, people: int, seed: int) -> None:
    profile = profiles.from_role(bank(), role)
    pool = pool_of(bank(), profile)

    forms = list(forms_in_turn(bank(), profile, pool, seed, forms=people))

    counted = Counter(id_ for form in forms for id_ in form)
    least = least_exposure(bank(), profile, pool)
    assert max(least.values()) <= CAP
    for id_, times in counted.items():
        assert times <= ceil(least[bank()[id_].question.primary_skill] * people)
    for form in forms:
        skills = Counter(bank()[id_].question.primary_skill for id_ in form)
        assert len(set(form)) == len(form) == profile.questions
        assert skills == {skill: count for skill, (count, _) in counts_of(bank(), profile, pool).items()}


@settings(max_examples=12)
@given(people=st.integers(8, 30), share=st.floats(0, 0.9), seed=st.integers(0, 2**31))
def test_what_somebody_has_practised_is_asked_only_where_nothing_else_is_left(
    people: int, share: float, seed: int
) -> None:
    profile = profiles.from_role(bank(), "research-ml-engineer")
    pool = pool_of(bank(), profile)
    counted, known = Counter[str](), counts_of(bank(), profile, pool)
    rng = np.random.default_rng(seed)
    for number in range(people):
        met = {id_ for id_, is_met in zip(pool, rng.random(len(pool)) < share, strict=True) if is_met}
        most = ceil(CAP * (number + 1))

        form = draw_form(bank(), profile, pool, Exposure(forms=number, given=counted, met=met), number)

        for count, ids in known.values():
            free = [id_ for id_ in ids if id_ not in met and counted[id_] < most]
            asked_again = met & set(form) & set(ids)
            assert not asked_again or len(free) < count
        counted.update(form)
    # A person who has met much may push a question one above the cap, nobody ever two.
    enough = [id_ for count, ids in known.values() if len(ids) >= count / CAP for id_ in ids]
    assert max((counted[id_] for id_ in enough), default=0) <= ceil(CAP * people) + 1


def test_a_question_whose_variants_are_used_up_gives_way_while_there_are_others() -> None:
    profile = profiles.from_role(bank(), "ml-engineer")
    pool = pool_of(bank(), profile)
    first = draw_form(bank(), profile, pool, Exposure(), 1)
    known = counts_of(bank(), profile, pool)
    roomy = {id_ for count, ids in known.values() if len(ids) >= 2 * count for id_ in ids}

    again = draw_form(bank(), profile, pool, Exposure(spent=set(first)), 1)

    assert not set(first) & set(again) & roomy


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path, two_skill_bank())


@pytest.fixture
def owner(runtime: Runtime) -> Actor:
    return make_owner(runtime)


def test_nobody_gets_a_variant_that_somebody_else_of_the_organisation_has_had(
    runtime: Runtime, owner: Actor
) -> None:
    # 16 variants: without a look at the others' two of 10 people share one in 19 of 20 runs.
    question = "ml.pipelines.order-without-leakage"
    screen = make_screen(runtime, owner)
    invite(runtime, owner, screen, "email\n" + "\n".join(f"c{n}@example.org" for n in range(10)))
    runtime = replace(runtime, bank=bank())
    with runtime.transaction.reading() as session:
        people = session.scalars(select(CandidateRow.learner_id)).all()

    for person in people:
        making.make(runtime, person, Terms(kind="screening", questions=(question,)), now=NOON)

    with runtime.transaction.reading() as session:
        given = session.scalars(select(SlotRow.identity)).all()
    assert len(set(given)) == len(given) == 10


def test_a_candidate_is_not_asked_what_they_have_practised_in_this_browser(
    runtime: Runtime, owner: Actor
) -> None:
    screen = make_screen(runtime, owner, make_profile(runtime, owner, questions=8))
    guest = learners.new_guest(runtime, now=NOON).id
    seen = {f"{skill}.q{number}" for skill in SKILLS for number in range(2, 8)}
    for question in seen:
        terms = Terms(kind="screening", questions=(question,))
        making.make(runtime, guest, terms, now=NOON)

    token = invite(runtime, owner, screen, "email\nann@example.org")[0]

    made = sitting.activate(runtime, token, AGREED, now=NOON, practised_as=guest)

    with runtime.transaction.reading() as session:
        form = session.get_one(AttemptRow, made.attempt_id).planned
    assert len(form) == 8
    assert not seen & set(form)


def test_people_of_one_screen_take_turns(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner, make_profile(runtime, owner, questions=8))
    names = [f"p{n}@example.org" for n in range(4)]
    for token in invite(runtime, owner, screen, "email\n" + "\n".join(names)):
        sitting.activate(runtime, token, AGREED, now=NOON)

    found = exposure.table(runtime, owner)

    with runtime.transaction.reading() as session:
        forms = [tuple(row.planned) for row in session.query(AttemptRow)]
    # 10 questions on each of two skills, 4 of each asked of 4 people: each question once or twice.
    assert set(Counter(id_ for form in forms for id_ in form).values()) <= {1, 2}
    assert sum(one.total for one in found.questions) == 4
    assert found.months == ((NOON.year, NOON.month),)


def test_the_page_counts_what_was_given_and_names_nobody(tmp_path: Path) -> None:
    app = make_app(tmp_path, bank_=two_skill_bank())
    owner = make_owner(runtime_of(app))
    sit(runtime_of(app), owner, make_screen(runtime_of(app), owner), "rw", "Namesentinel Lee")

    page = member(app, owner.email).page("/hire/questions")

    assert f"{NOON:%Y-%m}" in page
    assert "1 of 1 forms" in page
    assert "sentinel" not in page.lower()
