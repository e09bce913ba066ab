"""Results: the headline and its probability, when there is not enough evidence, and who may see what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from quizengine.errors import ConflictError, NotFoundError, RequestError
from quizengine.services.hiring import audit, decisions, probes, profiles, results, screens
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.services.scoring import bank_items, make_prior
from tests.factories import NOON, make_runtime
from tests.hiring import make_owner, make_person, make_screen
from tests.hiring_sittings import SKILLS, answer, begin, finish, sit, two_skill_bank


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path, two_skill_bank())


@pytest.fixture
def owner(runtime: Runtime) -> Actor:
    return make_owner(runtime)


@pytest.fixture
def screen(runtime: Runtime, owner: Actor) -> str:
    return make_screen(runtime, owner)


def floored(runtime: Runtime, owner: Actor) -> str:
    """An active profile in which one skill has a floor."""
    made = profiles.copy_role(runtime, owner, "ml-engineer", now=NOON)
    before = profiles.read(runtime, owner, made).profile
    first, *rest = before.skills
    profile = replace(
        before, cut=0.0, questions=20, least=8, skills=(replace(first, floor=0.5, least=3), *rest)
    )
    _, shown = profiles.preview(runtime, profile)
    profiles.save(runtime, owner, made, profile, rationale="", revision=1, shown=shown, now=NOON)
    profiles.activate(runtime, owner, made, now=NOON)
    return made


@pytest.mark.parametrize(
    ("pattern", "headline"), [("r" * 20, "meets"), ("w" * 20, "below"), ("rw" * 10, "not enough evidence")]
)
def test_the_headline_says_on_which_side_the_answers_are(
    runtime: Runtime, owner: Actor, screen: str, pattern: str, headline: str
) -> None:
    sat = sit(runtime, owner, screen, pattern)

    told = results.read(runtime, owner, sat.result)

    assert told.headline == headline
    assert (told.answers, told.asked) == (20, 20)
    assert told.composite_low < told.composite < told.composite_high
    assert (told.headline == "not enough evidence") == bool(told.reasons)


def test_before_the_end_there_is_no_figure(runtime: Runtime, owner: Actor, screen: str) -> None:
    sat = begin(runtime, owner, screen)
    answer(runtime, sat, "rrrr")

    told = results.read(runtime, owner, sat.result)

    assert told.headline == "running"
    assert not told.is_told


def test_too_few_answers_say_how_many_more_would_do(runtime: Runtime, owner: Actor, screen: str) -> None:
    sat = sit(runtime, owner, screen, "r" * 10)

    told = results.read(runtime, owner, sat.result)

    assert told.headline == "not enough evidence"
    assert told.reasons == ("10 answers count; 18 are the least. 8 more would do.",)


def test_a_required_skill_with_too_few_answers_is_named(runtime: Runtime, owner: Actor) -> None:
    sat = sit(runtime, owner, make_screen(runtime, owner, floored(runtime, owner)), "r" * 4)

    reasons = results.read(runtime, owner, sat.result).reasons

    assert any("is required and has 2 answers; 3 are the least" in one for one in reasons)


def test_the_probability_is_that_of_draws_made_another_way(runtime: Runtime, owner: Actor) -> None:
    sat = sit(runtime, owner, make_screen(runtime, owner, floored(runtime, owner)), "rrwrrwrrrwrwrrrwrrrw")
    told = results.read(runtime, owner, sat.result)

    # A second route: weigh draws from the prior by the likelihood of the answers.
    known, prior = bank_items(runtime.bank), make_prior(runtime.bank.roadmap, {})
    places = [[str(s.id) for s in runtime.bank.roadmap.skills].index(name) for name in SKILLS]
    rng = np.random.default_rng(5)
    sub = np.ix_(places, places)
    theta = rng.multivariate_normal(prior.mean[places], prior.covariance[sub], 400_000)
    logs = np.zeros(len(theta))
    for one in probes.answers_of(runtime, owner, sat.result):
        item = known.index[one.variant.question_id]
        a, b, c, d = (float(part[item]) for part in (known.pool.a, known.pool.b, known.pool.c, known.pool.d))
        at = theta[:, SKILLS.index(str(one.variant.primary_skill))]
        chance = c + (d - c) / (1 + np.exp(-a * (at - b)))
        logs += np.log(np.where(one.grade.score > 0.5, chance, 1 - chance))
    weight = np.exp(logs - logs.max())
    required = [SKILLS.index(str(one.skill)) for one in told.skills if one.floor is not None]
    meets = (theta.mean(axis=1) >= told.cut) & (theta[:, required] >= 0).all(axis=1)

    assert told.p_meets == pytest.approx((weight * meets).sum() / weight.sum(), abs=0.03)


def test_a_floor_that_is_missed_is_not_made_up_for(runtime: Runtime, owner: Actor) -> None:
    profile = floored(runtime, owner)
    screen = make_screen(runtime, owner, profile)
    required = next(one for one in profiles.read(runtime, owner, profile).profile.skills if one.floor)
    order = [
        runtime.bank[id_].question.primary_skill for id_ in profiles.read(runtime, owner, profile).questions
    ]

    sat = sit(runtime, owner, screen, "".join("w" if skill == required.skill else "r" for skill in order))

    told = results.read(runtime, owner, sat.result)
    assert told.p_meets < 0.1


def test_equal_answers_have_equal_results_and_a_regrade_changes_the_evidence(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    ann, bob = (sit(runtime, owner, screen, "r" * 12 + "w" * 8, name) for name in ("Ann Lee", "Bob Stein"))
    first, second = (results.read(runtime, owner, one.result) for one in (ann, bob))
    assert (first.p_meets, first.skills) == (second.p_meets, second.skills)
    assert first == results.read(runtime, owner, ann.result)

    with runtime.transaction() as session:
        session.execute(text("UPDATE grades SET score = 0, verdict = 'wrong' WHERE id = 1"))

    assert results.read(runtime, owner, ann.result).evidence_hash != first.evidence_hash


def test_extra_time_leaves_no_trace_in_a_result(runtime: Runtime, owner: Actor, screen: str) -> None:
    granted = make_person(runtime, owner, "admin", grants=("accommodate",))
    row = "email,time_multiplier\nann@example.org,2"
    slow = begin(runtime, granted, screen, row=row)
    answer(runtime, slow, "r" * 19)
    finish(runtime, slow, now=NOON + timedelta(minutes=80))
    plain = begin(runtime, owner, screen, "Bob Stein")
    answer(runtime, plain, "r" * 19)
    finish(runtime, plain, now=NOON + timedelta(minutes=40))

    told = [results.read(runtime, owner, one.result) for one in (slow, plain)]

    assert told[0].minutes == pytest.approx(told[1].minutes)
    assert told[0].p_meets == told[1].p_meets


def test_the_list_stands_by_headline_and_code_and_never_by_score(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    patterns = {"Ann Lee": "w" * 20, "Bob Stein": "r" * 20, "Cem Kaya": "r" * 19 + "w", "Dee Moss": "rw" * 10}
    for name, pattern in patterns.items():
        sit(runtime, owner, screen, pattern, name)
    begin(runtime, owner, screen, "Eve Holm")

    told = results.of_screen(runtime, owner, screen)

    assert [one.headline for one in told] == ["meets", "meets", "not enough evidence", "below", "running"]
    assert [one.code for one in told[:2]] == sorted(one.code for one in told[:2])


def test_probes_are_fresh_questions_on_the_most_open_skills(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    sat = sit(runtime, owner, screen, "rw" * 10)
    told = results.read(runtime, owner, sat.result)
    given = probes.answers_of(runtime, owner, sat.result)

    found = probes.probes_of(runtime, told, given)

    assert {one.skill.skill for one in found} <= {one.skill for one in told.skills}
    assert "That is a slip." in [one.shown for one in found]


def test_a_result_is_seen_by_whom_the_table_lets_and_on_their_screens_alone(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    sat = sit(runtime, owner, screen, "r" * 20)
    reviewer, recruiter = make_person(runtime, owner, "reviewer"), make_person(runtime, owner, "recruiter")
    other = make_owner(runtime, "otto@example.com", "Other")
    for actor in (reviewer, recruiter, other):
        with pytest.raises(NotFoundError):
            results.read(runtime, actor, sat.result)

    screens.assign(runtime, owner, screen, [reviewer.staff_id, recruiter.staff_id], now=NOON)
    assigned = replace(reviewer, screens=frozenset({screen}))

    assert results.read(runtime, assigned, sat.result).headline == "meets"
    with pytest.raises(NotFoundError):
        results.read(runtime, replace(recruiter, screens=frozenset({screen})), sat.result)


def test_a_decision_is_kept_with_its_evidence_and_a_change_is_another_one(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    sat = sit(runtime, owner, screen, "r" * 20)
    told = results.read(runtime, owner, sat.result)

    for verdict in ("hold", "advance"):
        decisions.decide(runtime, owner, sat.result, verdict=verdict, reason="meets_bar", note="", now=NOON)

    found = decisions.decisions_on(runtime, owner, told)
    assert [(one.verdict, one.by, one.is_on_this) for one in found] == [
        ("advance", "Olga", True), ("hold", "Olga", True),
    ]  # fmt: skip
    entries, fault = audit.entries(runtime, owner)
    assert fault is None
    assert entries[0].data["evidence"] == told.evidence_hash

    with runtime.transaction() as session:
        session.execute(text("UPDATE grades SET score = 0, verdict = 'wrong'"))
    now_told = results.read(runtime, owner, sat.result)
    assert not decisions.decisions_on(runtime, owner, now_told)[0].is_on_this


@pytest.mark.parametrize(
    ("pattern", "verdict", "reason"),
    [
        ("r" * 20, "reject", "role_filled"),
        ("w" * 20, "advance", "below_bar"),
        ("r" * 20, "advance", "other"),
        ("r" * 20, "hire", "meets_bar"),
        ("r" * 20, "advance", "liked_them"),
    ],
)
def test_a_decision_against_the_evidence_or_for_another_reason_asks_for_a_note(
    runtime: Runtime, owner: Actor, screen: str, pattern: str, verdict: str, reason: str
) -> None:
    sat = sit(runtime, owner, screen, pattern)

    with pytest.raises(RequestError):
        decisions.decide(runtime, owner, sat.result, verdict=verdict, reason=reason, note=" ", now=NOON)


def test_nobody_decides_before_the_end_or_without_the_right(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    running, ended = begin(runtime, owner, screen), sit(runtime, owner, screen, "r" * 20, "Bob Stein")
    reviewer = replace(make_person(runtime, owner, "reviewer"), screens=frozenset({screen}))

    with pytest.raises(ConflictError):
        decisions.decide(runtime, owner, running.result, verdict="hold", reason="withdrew", note="", now=NOON)
    with pytest.raises(NotFoundError):
        decisions.decide(
            runtime, reviewer, ended.result, verdict="hold", reason="withdrew", note="", now=NOON
        )


def test_a_name_is_shown_after_a_decision_to_who_asked_with_a_reason(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    sat = sit(runtime, owner, screen, "r" * 20)
    with pytest.raises(NotFoundError):
        decisions.unblind(runtime, owner, sat.result, reason="to call them", now=NOON)
    decisions.decide(runtime, owner, sat.result, verdict="advance", reason="meets_bar", note="", now=NOON)
    with pytest.raises(RequestError):
        decisions.unblind(runtime, owner, sat.result, reason=" ", now=NOON)
    assert decisions.person_behind(runtime, owner, sat.result) is None

    decisions.unblind(runtime, owner, sat.result, reason="to call them", now=NOON)

    found = decisions.person_behind(runtime, owner, sat.result)
    assert found is not None
    assert (found.name, found.email) == ("Ann Lee", "ann@example.org")
    assert audit.entries(runtime, owner)[0][0].note == "to call them"
    admin = make_person(runtime, owner, "admin")
    assert decisions.person_behind(runtime, admin, sat.result) is None
