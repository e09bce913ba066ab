"""Whoever judges learns no name: sentinels in all that tells who a candidate is, searched on every page."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from quizengine.services.attempt import helping
from quizengine.services.hiring import accounts, messages, screens
from quizengine.store.evidence_rows import RecomputedRow
from tests.factories import NOON
from tests.hiring import PASSWORD, Member, actor_of, make_owner, make_person, make_screen, member, runtime_of
from tests.hiring_sittings import Sat, answer, begin, finish, sit, two_skill_bank
from tests.web_questions import make_app

SENTINELS = ("namesentinel", "mailsentinel", "numbersentinel", "Europe/Vilnius", "typedsentinel")
ROW = "email,name,external_id,tz\nmailsentinel@example.org,Namesentinel Lee,numbersentinel,Europe/Vilnius"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, bank_=two_skill_bank())


@pytest.fixture
def sat(app: Flask) -> tuple[str, Sat]:
    """A screen, and somebody with sentinels who has finished it."""
    runtime = runtime_of(app)
    owner = make_owner(runtime)
    screen = make_screen(runtime, owner)
    found = begin(runtime, owner, screen, "Typedsentinel", row=ROW)
    answer(runtime, found, "rw" * 9)
    finish(runtime, found)
    reviewer = make_person(runtime, owner, "reviewer", email="rita@example.org")
    screens.assign(runtime, owner, screen, [reviewer.staff_id], now=NOON)
    return screen, found


def test_no_list_puts_a_code_beside_a_name_for_who_reads_results(app: Flask, sat: tuple[str, Sat]) -> None:
    screen, _ = sat
    olga = member(app, "olga@example.org")
    code = re.search(r"<code>(\w\w-\w\w\w)</code>", olga.page(f"/hire/screens/{screen}/compare"))
    invited = olga.page(f"/hire/screens/{screen}")

    assert code
    assert "Namesentinel Lee" in invited
    assert code[1] not in invited


def test_who_invites_and_reads_no_results_sees_codes(app: Flask, sat: tuple[str, Sat]) -> None:
    runtime, (screen, _) = runtime_of(app), sat
    owner = actor_of(
        runtime,
        accounts.sign_in(runtime, email="olga@example.org", password=PASSWORD, address="", now=NOON),
    )
    recruiter = make_person(runtime, owner, "recruiter", email="rob@example.org")
    screens.assign(runtime, owner, screen, [recruiter.staff_id], now=NOON)

    assert re.search(
        r"<code>\w\w-\w\w\w</code>", member(app, "rob@example.org").page(f"/hire/screens/{screen}")
    )


def test_no_address_of_the_site_tells_a_reviewer_or_an_auditor_who_a_candidate_is(
    app: Flask, sat: tuple[str, Sat]
) -> None:
    runtime, (screen, found) = runtime_of(app), sat
    said = "I am Namesentinel Lee, mailsentinel@example.org, numbersentinel, of Europe."
    with runtime.transaction.reading() as session:
        slot = session.execute(text("SELECT id FROM slots WHERE number = 1")).scalar_one()
        ids = {"profile": str(session.execute(text("SELECT profile_id FROM screens")).scalar_one())}
    helping.report(runtime, found.learner, found.attempt, slot, said, now=NOON)
    for kind in ("comment", "review"):
        messages.write(runtime, found.learner, found.attempt, kind=kind, text=said, now=NOON)
    owner = actor_of(
        runtime,
        accounts.sign_in(runtime, email="olga@example.org", password=PASSWORD, address="", now=NOON),
    )
    make_person(runtime, owner, "auditor", email="aldo@example.org")
    ids |= {
        "screen": screen, "result": found.result, "invitation": found.invitation, "aid": found.attempt,
        "slot": slot, "pid": owner.staff_id, "listed": "x", "token": "x",
    }  # fmt: skip
    browsers = [member(app, email) for email in ("rita@example.org", "aldo@example.org")]
    told = []
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or not rule.arguments <= set(ids):
            continue
        path = rule.rule
        for name in rule.arguments:
            path = re.sub(rf"<(?:\w+:)?{name}>", ids[name], path)
        for browser in browsers:
            answer = browser.get(path)
            told += [path] if named_in(answer.text + str(answer.headers)) else []
            assert answer.status_code < 500, path

    assert told == []
    assert "[…]" in browsers[0].page(f"/hire/results/{found.result}")
    assert browsers[0].post(f"/hire/screens/{screen}/export", {"names": "yes"}).status_code == 404
    made = browsers[1].post(f"/hire/screens/{screen}/export")
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        assert named_in(str(made.headers) + str([archive.read(name) for name in archive.namelist()])) == []


def pages_of(screen: str, result: str) -> list[str]:
    return [
        "/hire/screens", f"/hire/screens/{screen}", f"/hire/screens/{screen}/compare",
        f"/hire/screens/{screen}/compare?order=composite", f"/hire/results/{result}",
        f"/hire/results/{result}/answers",
    ]  # fmt: skip


def named_in(page: str) -> list[str]:
    return [word for word in SENTINELS if word.lower() in page.lower()]


def test_no_page_of_a_reviewer_tells_who_a_candidate_is(app: Flask, sat: tuple[str, Sat]) -> None:
    rita = member(app, "rita@example.org")

    for path in pages_of(sat[0], sat[1].result):
        assert named_in(rita.page(path)) == [], path


def test_the_pages_of_results_are_blind_for_an_owner_too_until_a_decision(
    app: Flask, sat: tuple[str, Sat]
) -> None:
    olga = member(app, "olga@example.org")
    at = f"/hire/results/{sat[1].result}"
    for path in pages_of(sat[0], sat[1].result)[2:]:
        assert named_in(olga.page(path)) == [], path
    made = olga.post(f"/hire/screens/{sat[0]}/export")
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        assert named_in(str([archive.read(name) for name in archive.namelist()])) == []
    for path in (f"/hire/screens/{sat[0]}/export", f"{at}/export"):
        table = olga.post(path, {"as": "json"})
        assert len(json.loads(table.data)["attempts"]) == 1
        assert named_in(table.text) == []
    assert member(app, "rita@example.org").post(f"{at}/export").status_code == 404
    assert named_in(olga.page("/hire/audit")) == []

    olga.post(f"{at}/decide", {"verdict": "hold", "reason": "not_enough_evidence"})
    assert named_in(olga.page(at)) == []
    assert olga.post(f"{at}/unblind", {"why": "to call them"}).status_code == 303

    assert "Namesentinel Lee" in olga.page(at)


def test_a_decision_without_its_note_is_asked_again_with_what_was_typed(
    app: Flask, sat: tuple[str, Sat]
) -> None:
    olga = member(app, "olga@example.org")

    answer = olga.post(f"/hire/results/{sat[1].result}/decide", {"verdict": "hold", "reason": "other"})

    assert answer.status_code == 422
    assert "Say why in a sentence" in answer.text
    assert 'value="other" selected' in answer.text


def test_results_say_what_they_rest_on(app: Flask, sat: tuple[str, Sat]) -> None:
    olga: Member = member(app, "olga@example.org")
    runtime = runtime_of(app)
    owner = make_owner(runtime, "second@example.org", "Second")
    screen = make_screen(runtime, owner)
    best = sit(runtime, owner, screen, "r" * 20)
    second = member(app, "second@example.org")

    assert "Not enough evidence" in olga.page(f"/hire/results/{sat[1].result}")
    page = second.page(f"/hire/results/{best.result}")
    assert "Likely meets the bar" in page
    assert "one person's judgement" in page.replace("&#39;", "'")
    assert "The order inside a bracket is chance" in second.page(
        f"/hire/screens/{screen}/compare?order=composite"
    )


def test_a_result_that_was_recomputed_says_what_moved(app: Flask, sat: tuple[str, Sat]) -> None:
    skills = {"math.vectors": "gap"}
    with runtime_of(app).transaction() as session:
        session.add(
            RecomputedRow(
                attempt_id=sat[1].attempt, question_id="math.vectors.q1", at=NOON, by="operator",
                before={"headline": "below", "p_meets": 0.19, "skills": skills},
                after={"headline": "not enough evidence", "p_meets": 0.314, "skills": skills},
            )
        )  # fmt: skip

    page = " ".join(member(app, "olga@example.org").page(f"/hire/results/{sat[1].result}").split())

    assert "Recomputed on 2 March 2026" in page
    assert "The chance to meet the bar moved from 19% to 31%" in page
    assert "from <em>below</em> to <em>not enough evidence</em>" in page
