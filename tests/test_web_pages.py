"""The pages around the questions: the first one, privacy, access, and how they hang together."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web_questions import ANSWERS, make_app

PUBLIC = ["/", "/demo", "/privacy", "/accessibility", "/licences"]
VOID = {"meta", "link", "input", "br", "hr", "img", "path", "circle", "rect", "mspace"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(tmp_path_factory.mktemp("web"))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


class Tags(HTMLParser):
    """Every tag of a page, and those that were closed in the wrong order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.seen: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


@pytest.mark.parametrize("path", PUBLIC)
def test_a_page_is_whole_and_has_one_heading_and_its_landmarks(client: FlaskClient, path: str) -> None:
    tags = Tags(client.get(path).text)

    assert (tags.open, tags.wrong) == ([], [])
    for tag in ("h1", "main", "header", "footer", "title"):
        assert tags.seen.count(tag) == 1 or (tag == "header" and path == "/demo"), tag


def test_pages_have_titles_of_their_own(client: FlaskClient) -> None:
    titles = [re.search("<title>(.*?)</title>", client.get(path).text) for path in PUBLIC]

    assert len({title[1] for title in titles if title}) == len(PUBLIC)


def test_the_first_page_has_two_doors_and_says_what_is_inside(client: FlaskClient) -> None:
    page = client.get("/").text

    assert 'href="/learn"' in page
    assert 'href="/demo"' in page
    assert 'href="/hire"' in page
    assert f"<dd>{len(ANSWERS)}</dd>" in page
    assert "waits for you" not in page


def test_links_of_the_public_pages_lead_somewhere(client: FlaskClient) -> None:
    links = {link for path in PUBLIC for link in re.findall(r'href="(/[^"#]*)"', client.get(path).text)}

    answers = {link: client.get(link, buffered=True).status_code for link in links}
    assert {link: status for link, status in answers.items() if status not in (200, 302, 303)} == {}


@pytest.mark.parametrize(
    ("path", "goes_to"),
    [
        ("/demo/", "/demo"),
        ("/demo/?type=sql", "/demo?type=sql"),
        ("//evil.example/", "/evil.example"),
        ("/\\evil.example/", "/"),
    ],
)
def test_a_slash_at_the_end_is_taken_off(client: FlaskClient, path: str, goes_to: str) -> None:
    answer = client.get("/", environ_overrides=environ_of(path))

    assert (answer.status_code, answer.headers["Location"]) == (308, goes_to)


def environ_of(path: str) -> dict[str, str]:
    """The path as it is, where a client would take it for a host."""
    plain, _, query = path.partition("?")
    return {"PATH_INFO": plain, "QUERY_STRING": query}


def test_the_page_where_one_is_says_so_in_the_navigation(client: FlaskClient) -> None:
    assert re.search(r'<a href="/demo" aria-current="page">Try it</a>', client.get("/demo").text)
    assert "aria-current" not in client.get("/privacy").text


def test_the_licences_name_everything_that_is_vendored(client: FlaskClient) -> None:
    page = client.get("/licences").text

    for name in ("codemirror", "stix-two-math", "MIT", "OFL-1.1", "Apache License 2.0"):
        assert name in page


def test_reading_a_page_stores_nothing(app: Flask, client: FlaskClient) -> None:
    path = Path(app.config["DATABASE_URL"].removeprefix("sqlite:///"))
    before = path.read_bytes()

    for page in PUBLIC:
        client.get(page)

    assert path.read_bytes() == before
