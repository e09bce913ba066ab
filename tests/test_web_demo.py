"""The demo: every answer type is asked, read, judged and explained, and nothing is stored."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from quizengine.model.answers import ANSWER_TYPES
from quizengine.web.demo import GROUPS, TITLES
from tests.web_questions import RIGHT, WRONG, make_app, post


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("web")


@pytest.fixture(scope="module")
def app(folder: Path) -> Flask:
    return make_app(folder)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_every_answer_type_has_a_place_in_the_list() -> None:
    assert sorted(kind for _, kinds in GROUPS for kind in kinds) == sorted(ANSWER_TYPES)
    assert TITLES.keys() == ANSWER_TYPES.keys()


@pytest.mark.parametrize("kind", ANSWER_TYPES)
def test_a_right_answer_is_told_so(client: FlaskClient, kind: str) -> None:
    page = post(client, f"/demo?type={kind}", RIGHT[kind]).text

    assert re.search(r"verdict-good.*Correct</h2>", page, re.DOTALL)
    assert "Worked solution" in page
    assert "This is how it is done" in page


@pytest.mark.parametrize("kind", ANSWER_TYPES)
def test_a_wrong_answer_is_told_so_and_solved(client: FlaskClient, kind: str) -> None:
    page = post(client, f"/demo?type={kind}", WRONG[kind]).text

    assert "Not right yet</h2>" in page or "Partly right</h2>" in page
    assert "Worked solution" in page


@pytest.mark.parametrize("kind", ANSWER_TYPES)
def test_an_empty_answer_is_asked_about_and_not_judged(client: FlaskClient, kind: str) -> None:
    page = post(client, f"/demo?type={kind}", {}).text

    assert "Nothing entered yet" in page
    assert "Worked solution" not in page


def test_a_misconception_is_named_and_explained(client: FlaskClient) -> None:
    page = post(client, "/demo?type=integer", {"a.answer": "12"}).text

    assert "Forgets the sign" in page
    assert "That is a slip." in page


def test_what_was_read_is_shown_as_mathematics(client: FlaskClient) -> None:
    page = post(client, "/demo?type=matrix", RIGHT["matrix"]).text

    assert re.search(r"We read this as</span>.*?<math", page, re.DOTALL)
    assert "(a 2 × 2 matrix)" in page  # noqa: RUF001


def test_what_cannot_be_read_is_asked_again_with_the_text_kept(client: FlaskClient) -> None:
    page = post(client, "/demo?type=number", {"a.answer": "1 + sinx"}).text

    assert 'value="1 + sinx"' in page
    assert "<mark>sinx</mark>" in page
    assert "Worked solution" not in page


def test_not_knowing_shows_the_solution(client: FlaskClient) -> None:
    page = post(client, "/demo?type=sql", {"dont_know": "yes"}).text

    assert "New to you" in page
    assert "This is how it is done" in page


def test_the_decimal_sign_is_remembered(client: FlaskClient) -> None:
    judged = post(client, "/demo?type=number", {"a.answer": "0,25", "decimal": "comma"}).text

    assert "Correct</h2>" in judged
    assert 'value="comma" checked' in client.get("/demo?type=fraction").text


def test_the_decimal_sign_is_proposed_by_the_language(app: Flask) -> None:
    german = app.test_client().get("/demo?type=number", headers={"Accept-Language": "de-AT,en;q=0.5"}).text
    english = app.test_client().get("/demo?type=number", headers={"Accept-Language": "en-GB"}).text

    assert 'value="comma" checked' in german
    assert "<code>0,25</code>" in german
    assert 'value="point" checked' in english


def test_an_unknown_type_is_no_page(client: FlaskClient) -> None:
    assert client.get("/demo?type=essay").status_code == 404


def test_another_like_this_comes_back_to_the_same_type(client: FlaskClient) -> None:
    answer = post(client, "/demo?type=set", {"another": "yes"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/demo?type=set")
    with client.session_transaction() as session:
        assert session["demo_draws"] == {"set": 1}


def test_nothing_is_stored(app: Flask, folder: Path, client: FlaskClient) -> None:
    def database() -> str:
        return sha256((folder / "data" / "quizengine.db").read_bytes()).hexdigest()

    before = database()
    for kind in ANSWER_TYPES:
        post(client, f"/demo?type={kind}", RIGHT[kind])

    assert database() == before
    with client.session_transaction() as session:
        assert set(session) <= {"csrf_token", "demo", "demo_draws"}


# The echo


def ask(client: FlaskClient, kind: str, **body: object) -> tuple[int, dict[str, str]]:
    page = client.get(f"/demo?type={kind}").text
    token = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert token
    answer = client.post(f"/demo/read?type={kind}", json=body, headers={"X-CSRFToken": token[1]})
    return answer.status_code, answer.get_json()


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("number", "1/3", "<mfrac>"),
        ("set", "1, 2", "a set of two numbers"),
        ("matrix", [["1", "2"], ["3", "4"]], "<mtable"),
        ("choice", "b", "the <code>L2</code> norm"),
        ("ordering", ["b", "a", "c"], "split the data → fit the model"),
        ("number", "sinx", "<mark>sinx</mark>"),
        ("number", "  ", ""),
    ],
)
def test_the_echo_tells_what_is_read(client: FlaskClient, kind: str, value: object, shown: str) -> None:
    status, told = ask(client, kind, part="answer", value=value, decimal="point")

    assert status == 200
    assert shown in told["html"]
    assert bool(told["html"]) == bool(shown)


@pytest.mark.parametrize("right", [True, False])
def test_the_echo_does_not_tell_right_from_wrong(client: FlaskClient, right: bool) -> None:
    _, told = ask(client, "integer", part="answer", value="-12" if right else "-13", decimal="point")

    assert (
        told["html"].replace("-13", "-12").replace("13", "12")
        == ask(client, "integer", part="answer", value="-12", decimal="point")[1]["html"]
    )


@pytest.mark.parametrize(
    "body", [{"part": "other", "value": "1"}, {"part": "answer", "value": 7}, {"part": "answer"}]
)
def test_an_echo_of_nonsense_is_refused(client: FlaskClient, body: dict[str, object]) -> None:
    assert ask(client, "integer", **body)[0] == 422


def test_hostile_text_comes_back_as_text(client: FlaskClient) -> None:
    _, told = ask(client, "number", part="answer", value="<script>alert(1)</script>", decimal="point")

    assert "<script" not in told["html"]
