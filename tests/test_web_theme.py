"""Light and dark: stored by the server, so the first paint is right; and the way back is our own."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from quizengine.web.theme import local_address
from tests.web_questions import make_app, post


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return make_app(tmp_path).test_client()


@pytest.mark.parametrize("chosen", ["light", "dark"])
def test_a_chosen_theme_is_a_class_of_the_next_page(client: FlaskClient, chosen: str) -> None:
    answer = post(client, "/theme", {"theme": chosen, "next": "/demo?type=sql"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/demo?type=sql")
    page = client.get("/demo?type=sql").text
    assert f'<html lang="en" class="theme-{chosen}">' in page
    assert f'<meta name="color-scheme" content="{chosen}">' in page


def test_the_device_decides_until_somebody_chooses(client: FlaskClient) -> None:
    assert '<html lang="en" class="">' in client.get("/").text
    client.set_cookie("qe_theme", '"><script>')
    assert '<html lang="en" class="">' in client.get("/").text


def test_an_unknown_theme_is_refused(client: FlaskClient) -> None:
    assert post(client, "/theme", {"theme": "sepia"}).status_code == 422


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil",
        "/\t/evil",
        "",
        "x",
        "/a\nb",
        "//[",
    ],
)
def test_the_way_back_never_leaves_this_site(address: str) -> None:
    assert local_address(address) == "/"


@given(st.text() | st.from_regex(r"/{0,3}\\?[a-z.:@]{0,8}/.*", fullmatch=True))
def test_no_text_makes_a_way_out(address: str) -> None:
    back = local_address(address)

    assert urlsplit(urljoin("https://ours.example/page", back)).netloc == "ours.example"
