"""A screen with browsers: a manager makes it and invites, a candidate comes by their link and answers."""

from __future__ import annotations

import html
import io
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from quizengine.errors import SlowDownError
from quizengine.services.hiring import coming_back, outbox
from quizengine.web.words import now
from tests.hiring import Member, invite, make_owner, make_profile, make_screen, member, runtime_of
from tests.web_learner import Person
from tests.web_questions import make_app

FORM = {
    "title": "ML engineer, Berlin", "closes_at": "", "link_days": "14", "retention_months": "12",
    "post": "hand", "feedback": "days", "feedback_days": "14", "contact": "Ida, ida@example.org",
    "privacy": "We use it to decide.",
    "message": "We look forward to it.",
}  # fmt: skip
AGREED = {"privacy": "yes", "own_work": "yes", "name": "Ann Lee"}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path)


@pytest.fixture
def olga(app: Flask) -> Member:
    make_owner(runtime_of(app))
    return member(app, "olga@example.org")


def made_screen(app: Flask, olga: Member) -> str:
    runtime = runtime_of(app)
    owner = make_owner(runtime, "second@example.org", "Second")
    profile = make_profile(runtime, owner)
    browser = member(app, owner.email)
    at = browser.post("/hire/screens/new", FORM | {"profile": profile}).headers["Location"]
    olga.client = browser.client
    return at


def test_letters_that_would_reach_nobody_are_told_before_and_after_the_screen_is_made(
    app: Flask, olga: Member
) -> None:
    at = made_screen(app, olga)
    assert "reach nobody" not in olga.page(at)
    assert "no mail server yet" in olga.page(f"{at}/edit")

    assert olga.post(f"{at}/edit", FORM | {"post": "mail"}).status_code == 303

    assert "reach nobody" in olga.page(at)
    app.config["MAILS"] = True
    assert "reach nobody" not in olga.page(at)
    assert "within a minute" in olga.page(f"{at}/edit")


def test_from_the_plan_to_the_candidates_last_answer(app: Flask, olga: Member) -> None:
    at = made_screen(app, olga)
    assert "Before it opens" in olga.page(at)
    assert olga.post(f"{at}/state", {"to": "open"}).status_code == 303

    faulty = olga.post(f"{at}/invite", {"text": "email,name\nann@example.org,Ann\nbob@,Bob"})
    page = html.unescape(olga.page(faulty.headers["Location"]))
    assert "1 cell to correct first" in page
    assert "an address like" in page
    correct = re.search(r'href="([^"]+)">Correct the list', page)
    assert correct
    assert "bob@,Bob</textarea>" in olga.page(correct[1])
    look = olga.post(f"{at}/invite", {"text": "email,name\nann@example.org,Ann"}).headers["Location"]
    digest = re.search(r'name="digest" value="(\w+)"', olga.page(look))
    assert digest
    for _ in range(2):
        assert olga.post(look, {"digest": digest[1]}).status_code == 303
    links = re.findall(r"http://localhost(/i/\S+)", olga.page(f"{at}/letters"))
    assert len(links) == 1
    olga.post(f"{at}/letters")
    assert "/i/" not in olga.page(f"{at}/letters")

    ann = Person(app.test_client())
    landing = ann.page(links[0])
    assert "Second asks you to take a test" in landing
    assert "We look forward to it." in landing
    assert ann.post(links[0], {"name": "Ann"}).status_code == 422
    ann.attempt = ann.post(links[0], AGREED).headers["Location"].rpartition("/")[2]
    assert ann.get(links[0]).status_code == 410
    ann.post(f"/t/{ann.attempt}/start")
    for _ in range(18):
        last = ann.answer("right")
    assert last.headers["Location"].endswith("/done")
    assert "finished" in olga.page(at)


def test_a_hard_close_is_told_before_the_start_and_says_how_many_it_ends(app: Flask, olga: Member) -> None:
    at = made_screen(app, olga)
    assert olga.post(f"{at}/edit", FORM | {"hard_close": "yes", "closes_at": "2099-12-31"}).status_code == 303
    olga.post(f"{at}/state", {"to": "open"})
    look = olga.post(f"{at}/invite", {"text": "email,name\nann@example.org,Ann"}).headers["Location"]
    digest = re.search(r'name="digest" value="(\w+)"', olga.page(look))
    assert digest
    olga.post(look, {"digest": digest[1]})
    (link,) = re.findall(r"http://localhost(/i/\S+)", olga.page(f"{at}/letters"))

    ann = Person(app.test_client())
    assert "ends when the screen closes" in ann.page(link)
    ann.attempt = ann.post(link, AGREED).headers["Location"].rpartition("/")[2]
    assert "for you on 31 December 2099, 23:59 UTC at the latest" in ann.page(f"/t/{ann.attempt}")
    assert "and end" not in olga.page(at)
    ann.post(f"/t/{ann.attempt}/start")
    assert "Close it and end 1 test<" in olga.page(at)
    olga.post(f"{at}/state", {"to": "closed"})
    with runtime_of(app).transaction() as session:  # some minutes later
        session.execute(text("UPDATE attempts SET shut_at = '2026-03-02', last_contact_at = '2026-03-02'"))

    assert "The test was closed" in ann.client.get(f"/t/{ann.attempt}/q", follow_redirects=True).text


def test_a_file_of_people_may_be_large_and_other_forms_may_not(app: Flask, olga: Member) -> None:
    at = made_screen(app, olga)
    olga.post(f"{at}/state", {"to": "open"})
    rows = "email,name\n" + "\n".join(f"person-number-{n}@example.org,{'x' * 100}" for n in range(1000))

    answer = olga.post(f"{at}/invite", {"file": (io.BytesIO(rows.encode()), "people.csv")})

    assert len(rows) > 100_000
    assert answer.status_code == 303
    assert "1000 people to invite" in olga.page(answer.headers["Location"])
    assert olga.post(f"{at}/edit", FORM | {"message": "x" * 40_000}).status_code == 413


def test_what_cannot_be_of_a_plan_is_told_and_kept(app: Flask, olga: Member) -> None:
    at = made_screen(app, olga)

    answer = olga.post(f"{at}/edit", FORM | {"link_days": "many", "title": "Our own title"})

    assert answer.status_code == 422
    assert "Days of a link: write a whole number." in answer.text
    assert 'value="Our own title"' in answer.text


def test_a_screen_without_a_privacy_notice_does_not_open(app: Flask, olga: Member) -> None:
    at = made_screen(app, olga)
    olga.post(f"{at}/edit", FORM | {"privacy": ""})

    assert "Fill in the privacy notice." in olga.page(at)
    assert olga.post(f"{at}/state", {"to": "open"}).status_code == 409


def candidate(app: Flask) -> tuple[FlaskClient, str]:
    runtime = runtime_of(app)
    owner = make_owner(runtime, "third@example.org", "Third")
    token = invite(runtime, owner, make_screen(runtime, owner), "email\nann@example.org", now=now())[0]
    return app.test_client(), token


def test_forty_looks_by_programs_begin_nothing(app: Flask) -> None:
    client, token = candidate(app)

    for method in ("GET", "HEAD") * 20:
        assert client.open(f"/i/{token}", method=method).status_code == 200

    ann = Person(client)
    assert ann.post(f"/i/{token}", AGREED).status_code == 303


def test_a_link_tells_no_other_page_and_is_kept_by_no_cache(app: Flask) -> None:
    client, token = candidate(app)

    headers = client.get(f"/i/{token}").headers

    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_who_declines_is_out(app: Flask) -> None:
    client, token = candidate(app)
    ann = Person(client)

    assert "You have declined" in ann.post(f"/i/{token}/decline", {"reason": "another offer"}).text
    assert ann.get(f"/i/{token}").status_code == 410


def test_a_candidate_who_learns_in_the_same_browser_keeps_both(app: Flask) -> None:
    client, token = candidate(app)
    ann = Person(client)
    own = ann.begin()
    ann.attempt = ann.post(f"/i/{token}", AGREED).headers["Location"].rpartition("/")[2]
    ann.post(f"/t/{ann.attempt}/start")

    assert ann.get(f"/t/{own}/q").status_code == 200
    assert ann.get(f"/t/{ann.attempt}/q").status_code == 200
    assert Person(app.test_client()).get(f"/t/{ann.attempt}/q").status_code == 404


def begun(app: Flask) -> tuple[Person, str]:
    """Somebody who has begun their test, and the screen."""
    runtime = runtime_of(app)
    owner = make_owner(runtime, "third@example.org", "Third")
    screen = make_screen(runtime, owner)
    token = invite(runtime, owner, screen, "email\nann@example.org", now=now())[0]
    ann = Person(app.test_client())
    ann.attempt = ann.post(f"/i/{token}", AGREED).headers["Location"].rpartition("/")[2]
    ann.post(f"/t/{ann.attempt}/start")
    return ann, screen


def code_for(app: Flask, screen: str) -> str:
    letters = [one.subject for one in outbox.by_hand(runtime_of(app), screen) if "code" in one.subject]
    return letters[-1].rpartition(" ")[2] if letters else ""


def test_somebody_goes_on_in_another_browser_with_a_code_once(app: Flask) -> None:
    ann, screen = begun(app)
    other = Person(app.test_client())

    assert "a code is on its way" in other.post("/i/back", {"email": "Ann@example.org"}).text
    code = code_for(app, screen)
    form = {"email": "ann@example.org", "code": code}
    wrong = other.post("/i/back/code", form | {"code": "0" * 6 if code != "0" * 6 else "1" * 6})
    right = other.post("/i/back/code", form)

    assert wrong.status_code == 422
    assert right.headers["Location"] == f"/t/{ann.attempt}"
    assert other.get(f"/t/{ann.attempt}/q").status_code == 200
    assert Person(app.test_client()).post("/i/back/code", form).status_code == 422


def test_five_wrong_codes_end_a_code(app: Flask) -> None:
    _, screen = begun(app)
    other = Person(app.test_client())
    other.post("/i/back", {"email": "ann@example.org"})
    code = code_for(app, screen)
    for _ in range(5):
        other.post("/i/back/code", {"email": "ann@example.org", "code": "wrong"})

    assert other.post("/i/back/code", {"email": "ann@example.org", "code": code}).status_code == 422


def test_an_address_that_has_begun_nothing_looks_the_same(app: Flask) -> None:
    begun(app)
    other = Person(app.test_client())

    pages = [other.post("/i/back", {"email": email}).text for email in ("ann@example.org", "no@example.org")]

    plain = [re.sub(r"nonce[^>]*>|csrf[^>]*>|value=\"[^\"]*\"", "", page) for page in pages]
    assert plain[0] == plain[1]
    for _ in range(3):
        last = other.post("/i/back", {"email": "no@example.org"})
    assert last.status_code == 429
    assert last.headers["Retry-After"] == str(15 * 60)


def test_a_link_that_was_used_is_shown_to_nobody_any_more(app: Flask) -> None:
    runtime = runtime_of(app)
    owner = make_owner(runtime, "third@example.org", "Third")
    screen = make_screen(runtime, owner)
    used, waiting = invite(runtime, owner, screen, "email\nann@example.org\nbob@example.org", now=now())
    manager = member(app, owner.email)

    Person(app.test_client()).post(f"/i/{used}", AGREED)

    page = manager.page(f"/hire/screens/{screen}/letters")
    assert used not in page
    assert "ann@example.org" not in page
    assert waiting in page


def test_looks_at_a_link_and_tries_at_codes_have_an_end(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coming_back, "FROM_A_PLACE", 3)
    runtime = runtime_of(app)
    owner = make_owner(runtime, "sixth@example.org", "Sixth")
    token = invite(runtime, owner, make_screen(runtime, owner), "email\nann@example.org", now=now())[0]
    browser = app.test_client()

    looks = [browser.get(f"/i/{token}").status_code for _ in range(61)]
    for n in range(coming_back.FROM_A_PLACE):
        coming_back.ask(runtime, f"p{n}@example.org", place="198.51.100.7", now=now())

    assert looks == [200] * 60 + [429]
    with pytest.raises(SlowDownError):
        coming_back.ask(runtime, "other@example.org", place="198.51.100.7", now=now())
