"""Headers, cookies, tokens, the origin of a post, sizes, caches."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web_questions import make_app, post

PAGES = ["/", "/demo", "/demo?type=sql", "/privacy", "/accessibility", "/licences", "/nowhere", "/healthz"]
HTTPS: dict[str, Any] = {"public_url": "https://quiz.example.org"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(tmp_path_factory.mktemp("web"))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers

    policy = re.sub(r"'nonce-[\w-]{20,}'", "'nonce-N'", headers["Content-Security-Policy"])
    assert policy == (
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-N'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
        "frame-ancestors 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_the_nonce_is_used_once_and_stands_in_its_page(client: FlaskClient) -> None:
    pages = [client.get("/demo?type=sql") for _ in range(2)]

    nonces = [re.search(r"'nonce-([\w-]+)'", page.headers["Content-Security-Policy"]) for page in pages]
    assert nonces[0]
    assert nonces[1]
    assert nonces[0][1] != nonces[1][1]
    assert f'name="csp-nonce" content="{nonces[0][1]}"' in pages[0].text


@pytest.mark.parametrize("path", PAGES)
def test_no_page_needs_what_the_policy_forbids(client: FlaskClient, path: str) -> None:
    page = client.get(path).text

    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", page)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)


def test_cookies_are_for_our_own_pages_alone(client: FlaskClient) -> None:
    cookie = client.get("/").headers["Set-Cookie"]

    assert cookie.startswith("qe=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_over_https_cookies_are_secure_and_the_browser_is_told_to_stay(tmp_path: Path) -> None:
    client = make_app(tmp_path, **HTTPS).test_client()

    answer = client.get("/", base_url=HTTPS["public_url"])

    assert answer.headers["Set-Cookie"].startswith("__Host-qe=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert client.get("/", base_url="https://evil.example").status_code == 400


def test_a_post_without_the_token_is_refused_and_says_what_to_do(client: FlaskClient) -> None:
    answer = client.post("/demo?type=integer", data={"a.answer": "-12"})

    assert answer.status_code == 403
    assert "This form is out of date" in answer.text
    assert "reload the page" in answer.text


def test_a_script_without_the_token_gets_a_problem_document(client: FlaskClient) -> None:
    answer = client.post("/demo/read", json={"part": "answer", "value": "1"})

    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
    assert answer.get_json()["reason"] == "csrf"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:81"},
    ],
)
def test_a_post_from_another_site_is_refused_though_it_has_the_token(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    assert post(client, "/demo?type=integer", {"a.answer": "-12"}, **headers).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_a_post_from_our_own_page_is_taken(client: FlaskClient, headers: dict[str, str]) -> None:
    assert post(client, "/demo?type=integer", {"a.answer": "-12"}, **headers).status_code == 200


def test_a_body_that_is_too_large_is_refused(client: FlaskClient) -> None:
    answer = post(client, "/demo?type=output", {"a.answer": "x" * 2_200_000})

    assert answer.status_code == 413
    assert "This is too large" in answer.text


def test_an_answer_in_an_attempt_has_thirty_two_kibibytes_at_most(client: FlaskClient) -> None:
    answer = client.put("/t/x/slots/y/draft", data=b"x" * 40_000, content_type="application/json")

    assert answer.status_code in (404, 413)


def test_pages_with_answers_are_kept_by_no_cache(client: FlaskClient) -> None:
    assert client.get("/demo").headers["Cache-Control"] == "no-store"
    assert client.get("/").headers["Cache-Control"] == "private, no-cache"
    assert client.get("/t/unknown").headers["Cache-Control"] == "no-store"


def test_static_files_are_kept_for_ever_under_the_hash_of_their_content(client: FlaskClient) -> None:
    page = client.get("/demo?type=matrix").text
    found = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)

    assert len(found) >= 4
    for address in found:
        answer = client.get(address, buffered=True)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers
    assert client.get("/static/js/answers.js", buffered=True).headers["Cache-Control"] == "no-cache"


def test_the_style_sheet_names_fonts_by_their_hash(client: FlaskClient) -> None:
    sheet = client.get("/static/quizengine.css").text

    fonts = re.findall(r'url\("(/[^"]+)"\)', sheet)
    assert fonts
    assert all("?v=" in font and client.get(font, buffered=True).status_code == 200 for font in fonts)
    assert sheet.index("--size-text") < sheet.index(".skip-link") < sheet.index("@page")
