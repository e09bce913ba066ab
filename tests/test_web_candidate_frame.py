"""The frame of a candidate's pages: who asks them, and no way into what learners or staff have."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from flask import Flask

from quizengine.web.words import now
from tests.hiring import invite, make_owner, make_screen, member, runtime_of
from tests.web_learner import Person
from tests.web_questions import make_app

AGREED = {"privacy": "yes", "own_work": "yes", "name": "Ann Lee"}
LED_TO = {"/", "/learn", "/demo", "/learn/practice", "/sheets", "/bank", "/hire", "/login"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder: Path = tmp_path_factory.mktemp("frame")
    return make_app(folder)


@pytest.fixture(scope="module")
def screen(app: Flask) -> str:
    runtime = runtime_of(app)
    return make_screen(runtime, make_owner(runtime, organisation="Seabird & Co"))


def link(app: Flask, screen: str, email: str) -> str:
    runtime = runtime_of(app)
    owner = make_owner(runtime, f"of-{email}", "Seabird & Co")
    screen = make_screen(runtime, owner)
    return invite(runtime, owner, screen, f"email\n{email}", now=now())[-1]


def framed(page: str) -> tuple[str, set[str]]:
    """Who stands at the head of a page, and which pages of others its head and foot lead to."""
    text = html.unescape(page)
    head, foot = text.partition("<main")[0], text.partition("</main>")[2]
    named = re.search(r'<p class="brand">(.*?)</p>', head)
    return named[1] if named else "", LED_TO & set(re.findall(r'href="([^"]+)"', head + foot))


def test_a_candidate_meets_who_asks_them_and_no_menu_on_any_page(app: Flask, screen: str) -> None:
    token, ann = link(app, screen, "ann@example.org"), Person(app.test_client())
    seen = {"landing": ann.get(f"/i/{token}").text}
    ann.attempt = ann.post(f"/i/{token}", AGREED).headers["Location"].rpartition("/")[2]
    at = f"/t/{ann.attempt}"

    seen["instructions"] = ann.get(at).text
    ann.post(f"{at}/start")
    seen |= {name: ann.page(f"{at}{name}") for name in ("", "/q", "/help", "/finish")}
    slot, _ = ann.question()
    ann.post(f"{at}/finish")
    seen["stale"] = ann.post(f"{at}/q", {"slot": slot, "dont_know": "yes"}).text
    seen |= {name: ann.page(f"{at}{name}") for name in ("/done", "/feedback", "/data")}

    assert "This takes no answers any more" in seen["stale"]
    assert {name: framed(page) for name, page in seen.items()} == dict.fromkeys(seen, ("Seabird & Co", set()))


def test_a_page_that_does_not_know_who_asks_has_no_menu_either(app: Flask, screen: str) -> None:
    token, bob = link(app, screen, "bob@example.org"), Person(app.test_client())
    pages = [
        bob.get("/i/back").text,
        bob.post(f"/i/{token}/decline").text,
        bob.get(f"/i/{token}").text,
    ]

    assert [framed(page) for page in pages] == [("Your test", set())] * 3
    assert 'href="/i/back">Go on' in pages[-1]


def test_learners_and_staff_who_look_keep_their_menu(app: Flask, screen: str) -> None:
    cem = Person(app.test_client())
    at = f"/t/{cem.begin()}"
    mine = [cem.page(f"{at}/q"), cem.page(f"{at}/help"), cem.get(f"{at}/nothing").text]
    olga = member(app, "olga@example.org")
    preview = olga.post(f"/hire/screens/{screen}/preview").headers["Location"]

    assert all({"/learn", "/demo"} <= framed(page)[1] for page in [*mine, olga.page(preview)])
    assert "Ida, ida@example.org" in olga.page(preview)  # as candidates read it
