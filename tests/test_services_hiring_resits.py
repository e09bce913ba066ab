"""Sitting again: once in 90 days but for a reason; all results stay, and the profile says which counts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from quizengine.errors import ConflictError, NotFoundError, RequestError
from quizengine.model.profile import RESITS, Resit
from quizengine.services import attempts
from quizengine.services.hiring import exports, intervening, invitations, profiles, resits, results, sitting
from quizengine.services.hiring.intervening import Order
from quizengine.services.hiring.sitting import Consent
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store.rows import AttemptRow
from tests.factories import NOON, make_runtime
from tests.hiring import (
    invite,
    make_owner,
    make_person,
    make_profile,
    make_screen,
    member,
    runtime_of,
    tokens,
)
from tests.hiring_sittings import Sat, answer, begin, finish, result_of, sit, two_skill_bank
from tests.test_services_hiring_exports import unpacked
from tests.web_questions import make_app

AGREED = Consent(privacy_read=True, own_work=True, name="Ann Lee")
LATER = NOON + timedelta(days=3)
ANN = "email\nann@example.org"


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path, two_skill_bank())


@pytest.fixture
def owner(runtime: Runtime) -> Actor:
    return make_owner(runtime)


def profile_with(runtime: Runtime, owner: Actor, rule: Resit) -> str:
    """An active profile of 8 questions whose rule for a second sitting this is."""
    first = make_profile(runtime, owner, questions=8)
    made = profiles.new_version(runtime, owner, first, now=NOON)
    profile = replace(profiles.read(runtime, owner, made).profile, resit=rule, least=4)
    _, shown = profiles.preview(runtime, profile)
    profiles.save(runtime, owner, made, profile, rationale="", revision=1, shown=shown, now=NOON)
    profiles.activate(runtime, owner, made, now=NOON)
    return made


def again(runtime: Runtime, owner: Actor, sat: Sat, pattern: str, *, now: datetime = LATER) -> Sat:
    """Ask somebody who has sat to sit again, and let them."""
    screen = resits.invite(
        runtime, owner, sat.invitation, reason="an outage", base="http://localhost", now=now
    )
    new = next(one for one in invitations.people_of(runtime, owner, screen, now=now) if one.is_waiting)
    made = sitting.activate(runtime, tokens(runtime, screen)[-1], AGREED, now=now)
    second = Sat(new.id, result_of(runtime, new.id), made.attempt_id, made.learner_id)
    attempts.begin(runtime, made.learner_id, made.attempt_id, now=now)
    answer(runtime, second, pattern, now=now)
    finish(runtime, second, now=now + timedelta(minutes=20))
    return second


def test_the_same_version_is_taken_once_in_ninety_days_in_any_screen(runtime: Runtime, owner: Actor) -> None:
    profile = make_profile(runtime, owner, questions=8)
    one, other = make_screen(runtime, owner, profile), make_screen(runtime, owner, profile, link_days=60)
    links = {screen: invite(runtime, owner, screen, ANN)[0] for screen in (one, other)}
    sitting.activate(runtime, links[one], AGREED, now=NOON)

    with pytest.raises(ConflictError, match="begun this test already"):
        sitting.activate(runtime, links[other], AGREED, now=NOON)

    new_version = make_screen(runtime, owner, make_profile(runtime, owner, questions=8))
    assert sitting.activate(runtime, invite(runtime, owner, new_version, ANN)[0], AGREED, now=NOON)


@pytest.mark.parametrize(("days", "is_free"), [(3, False), (89, False), (90, True)])
def test_after_ninety_days_no_reason_is_needed(
    runtime: Runtime, owner: Actor, days: int, is_free: bool
) -> None:
    profile = make_profile(runtime, owner, questions=8)
    sit(runtime, owner, make_screen(runtime, owner, profile), "rw")
    then = NOON + timedelta(days=days)
    other = make_screen(runtime, owner, profile)

    looked = invitations.hand_in(runtime, owner, other, ANN, now=then)
    found, _ = invitations.dry_run(runtime, owner, other, looked, now=then)

    assert found is not None
    assert bool(found.people) == is_free
    assert [(one.column, one.message[:20]) for one in found.faults] == (
        [] if is_free else [("resit_reason", "why they sit again: ")]
    )


def test_a_test_that_was_voided_counts_as_none(runtime: Runtime, owner: Actor) -> None:
    profile = make_profile(runtime, owner, questions=8)
    sat = sit(runtime, owner, make_screen(runtime, owner, profile), "rw")
    other = make_screen(runtime, owner, profile)

    order = Order(act="void", reason="disturbance", note="The fire alarm rang.")
    intervening.do(runtime, owner, sat.invitation, order, now=LATER)

    (token,) = invite(runtime, owner, other, ANN, now=LATER)
    assert sitting.activate(runtime, token, AGREED, now=LATER)


def test_a_reason_in_the_list_lets_somebody_sit_again(runtime: Runtime, owner: Actor) -> None:
    profile = make_profile(runtime, owner, questions=8)
    sit(runtime, owner, make_screen(runtime, owner, profile), "rw")
    other = make_screen(runtime, owner, profile)

    (token,) = invite(
        runtime, owner, other, "email,resit_reason\nann@example.org,the fire alarm rang", now=LATER
    )

    assert sitting.activate(runtime, token, AGREED, now=LATER)
    (row,) = invitations.people_of(runtime, owner, other, now=LATER)
    assert row.resit_reason == "the fire alarm rang"


@pytest.mark.parametrize(
    ("rule", "patterns"),
    [*((rule, ("rrrrrrrr", "wwwwwwww")) for rule in RESITS), ("best", ("wwwwwwww", "rrrrrrrr"))],
)
def test_both_results_stay_and_the_rule_says_which_counts(
    runtime: Runtime, owner: Actor, rule: Resit, patterns: tuple[str, str]
) -> None:
    screen = make_screen(runtime, owner, profile_with(runtime, owner, rule))
    first = sit(runtime, owner, screen, patterns[0])
    alone = results.read(runtime, owner, first.result)

    second = again(runtime, owner, first, patterns[1])

    found = resits.of_result(runtime, owner, first.result)
    assert found is not None
    assert results.read(runtime, owner, first.result) == alone
    right = patterns.index("rrrrrrrr")
    counting = {"latest": [False, True], "best": [right == 0, right == 1], "combined": [True, True]}[rule]
    assert [one.counts for one in found.each] == counting
    assert [one.is_this for one in found.each] == [True, False]
    if rule == "combined":
        newer = results.read(runtime, owner, second.result)
        assert found.combined is not None
        assert found.combined.answers == alone.answers + newer.answers == 16
        low, high = sorted((alone.composite, newer.composite))
        assert low < found.combined.composite < high
        assert found.combined.composite_sd < min(alone.composite_sd, newer.composite_sd)
    else:
        assert found.combined is None
    with runtime.transaction.reading() as session:
        forms = [set(session.get_one(AttemptRow, one.attempt).planned) for one in (first, second)]
    assert not forms[0] & forms[1]  # what was asked before is not asked again


def test_sitting_again_needs_a_reason_an_end_and_no_other_link(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner, make_profile(runtime, owner, questions=8))
    sat = begin(runtime, owner, screen)

    def ask(reason: str = "an outage", actor: Actor = owner) -> None:
        resits.invite(runtime, actor, sat.invitation, reason=reason, base="http://localhost", now=LATER)

    with pytest.raises(ConflictError, match="in a test still"):
        ask()
    finish(runtime, sat)
    with pytest.raises(RequestError, match="Say why"):
        ask(" ")
    with pytest.raises(NotFoundError):
        ask(actor=make_owner(runtime, "otto@example.com", "Other"))
    ask()
    with pytest.raises(ConflictError, match="has a link already"):
        ask()
    assert resits.of_result(runtime, owner, sat.result) is None


def test_lists_and_tables_say_which_sitting_it_is_and_not_whose(tmp_path: Path) -> None:
    app = make_app(tmp_path, bank_=two_skill_bank())
    runtime = runtime_of(app)
    owner = make_owner(runtime)
    profile = make_profile(runtime, owner, questions=8)
    early, screen = make_screen(runtime, owner, profile), make_screen(runtime, owner, profile)
    sit(runtime, owner, make_screen(runtime, owner), "rw")  # of another version
    sit(runtime, owner, early, "rrrr")
    second, hour_later = begin_again(runtime, owner, screen), LATER + timedelta(hours=1)
    third = again(runtime, owner, second, "rrww", now=hour_later)
    bob = sit(runtime, owner, screen, "rw", "Bob Stein")
    waiting = begin_again(runtime, owner, screen, email="dee@example.org", started=False)

    numbers = resits.later_sittings(runtime, owner, screen)
    page = member(app, owner.email).page(f"/hire/screens/{screen}/compare")
    table = unpacked(exports.export(runtime, owner, screen, names=False, now=LATER))["results.csv"]

    told = {one.code: one.id for one in results.of_screen(runtime, owner, screen)}
    assert numbers == {second.result: 2, third.result: 3}
    said = dict(re.findall(r"<code>(.{6})</code></a>(?: <span class=.chip.>(.*?)</span>)?</th>", page))
    assert {told[code]: words for code, words in said.items()} == {
        **{result: {2: "second sitting", 3: "sitting 3"}[number] for result, number in numbers.items()},
        bob.result: "",
        waiting.result: "",
    }
    assert sorted(row["sitting"] for row in table) == ["", "1", "2", "3"]
    assert "Ann" not in page
    assert resits.later_sittings(runtime, owner, early) == {}
    with pytest.raises(NotFoundError):
        resits.later_sittings(runtime, make_person(runtime, owner, "author"), screen)


def begin_again(
    runtime: Runtime, owner: Actor, screen: str, *, email: str = "ann@example.org", started: bool = True
) -> Sat:
    """Somebody who may have sat in another screen opens a link to this one, and sits or does not start."""
    invite(runtime, owner, screen, f"email,resit_reason\n{email},an outage", now=LATER)
    new = next(one for one in invitations.people_of(runtime, owner, screen, now=LATER) if one.is_waiting)
    made = sitting.activate(runtime, tokens(runtime, screen)[-1], AGREED, now=LATER)
    sat = Sat(new.id, result_of(runtime, new.id), made.attempt_id, made.learner_id)
    if started:
        attempts.begin(runtime, sat.learner, sat.attempt, now=LATER)
        finish(runtime, sat, now=LATER)
    return sat


def test_pages_ask_for_the_reason_and_tell_which_result_counts(tmp_path: Path) -> None:
    app = make_app(tmp_path, bank_=two_skill_bank())
    runtime = runtime_of(app)
    owner = make_owner(runtime)
    screen = make_screen(runtime, owner, profile_with(runtime, owner, "best"))
    first = sit(runtime, owner, screen, "rrrrrrrr")
    browser = member(app, owner.email)
    link = re.search(r"/hire/invitations/\w+/resit", browser.page(f"/hire/screens/{screen}"))
    assert link

    assert "Say why they sit again" in browser.post(link[0], {"reason": ""}).text
    assert browser.post(link[0], {"reason": "the wrong test"}).status_code == 303
    assert "sits again: the wrong test" in browser.page(f"/hire/screens/{screen}")
    assert "Sat 2 times" not in browser.page(f"/hire/results/{first.result}")
    second = sitting.activate(runtime, tokens(runtime, screen)[-1], AGREED, now=NOON)
    sat = Sat("", "", second.attempt_id, second.learner_id)
    attempts.begin(runtime, sat.learner, sat.attempt, now=NOON)
    answer(runtime, sat, "rrrrwwww")
    told = browser.page(f"/hire/results/{first.result}")
    assert "Sat 2 times" in told
    assert "the best result counts" in told
    assert "wrong test" not in told  # a reason may say who somebody is
