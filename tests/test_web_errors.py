"""Error pages: what happened, whether the work is safe, what to do; for programs a problem document."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, abort

from quizengine import errors as ours
from quizengine.errors import QuizEngineError
from quizengine.web.errors import STATUS, WORDS, status_of
from tests.web_questions import make_app

STATUSES = (400, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503)


def raising(error: Exception | int) -> Callable[[], str]:
    def view() -> str:
        if isinstance(error, int):
            abort(error)
        raise error

    return view


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path)


def broken(app: Flask, error: Exception | int) -> Flask:
    app.add_url_rule("/broken", view_func=raising(error))
    return app


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_its_page(app: Flask, status: int) -> None:
    answer = broken(app, status).test_client().get("/broken")

    assert answer.status_code == status
    words = WORDS[status]
    for said in (words.title, words.safe, words.action, "Reference"):
        assert said in answer.text.replace("&#39;", "'")


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_its_problem_document(app: Flask, status: int) -> None:
    answer = broken(app, status).test_client().get("/broken", headers={"Accept": "application/json"})

    problem = answer.get_json()
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert problem["status"] == status
    assert problem["reason"]
    assert re.fullmatch("[0-9a-f]{8}", problem["instance"])


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ours.NotFoundError("skill secret"), 404),
        (ours.UnknownNameError("skill", "x", ["secret"]), 404),
        (ours.AttemptClosedError("This question has its answer already."), 409),
        (ours.RequestError("Hours a week are from 1 to 40."), 422),
        (ours.StoreError("secret path"), 503),
        (ours.MarkupError("secret formula"), 500),
        (ZeroDivisionError("secret value"), 500),
    ],
)
def test_an_error_of_ours_has_the_status_of_the_table(app: Flask, error: Exception, status: int) -> None:
    answer = broken(app, error).test_client().get("/broken")

    assert answer.status_code == status
    assert "secret" not in answer.text
    assert (str(error) in answer.text) == (status in (409, 422))


def test_a_conflict_says_that_nothing_changed_and_not_that_a_question_was_answered(app: Flask) -> None:
    answer = (
        broken(app, ours.ConflictError("People are invited while a screen is open."))
        .test_client()
        .get("/broken")
    )

    assert answer.status_code == 409
    assert "People are invited while a screen is open." in answer.text
    assert "Nothing was changed." in answer.text
    assert "question" not in answer.text.partition("<main")[2].partition("</main>")[0]


def test_a_subclass_without_a_row_is_a_fault_of_ours() -> None:
    class NewError(QuizEngineError):
        pass

    assert status_of(NewError()) == 500
    assert set(STATUS.values()) <= set(WORDS)


@pytest.mark.parametrize("status", [429, 503])
def test_who_must_wait_is_told_how_long(app: Flask, status: int) -> None:
    assert int(broken(app, status).test_client().get("/broken").headers["Retry-After"]) > 0


def test_a_wrong_method_names_the_right_ones(app: Flask) -> None:
    answer = app.test_client().delete("/healthz", headers={"Sec-Fetch-Site": "same-origin"})

    assert answer.status_code in (403, 405)
    assert app.test_client().head("/theme").headers["Allow"].count("POST") == 1


def test_an_error_page_that_fails_falls_back_to_a_plain_file(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quizengine.web.errors.render_template", raising(RuntimeError("no templates")))

    answer = broken(app, 500).test_client().get("/broken")

    assert answer.status_code == 500
    assert "Is my work safe?" in answer.text


def test_a_fault_says_nothing_of_the_inside(app: Flask) -> None:
    answer = broken(app, RuntimeError("select * from secret")).test_client().get("/broken")

    assert "Traceback" not in answer.text
    assert "select" not in answer.text
    assert "/quizengine/" not in answer.text


def test_the_server_says_that_it_lives_and_when_it_can_take_work(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()

    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").get_json() == {"ready": True}
    monkeypatch.setattr("quizengine.web.pages.require_newest", raising_store_error)
    assert client.get("/readyz").status_code == 503


def raising_store_error(url: str) -> None:
    raise ours.StoreError("behind")
