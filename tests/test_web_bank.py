"""The bank in numbers: for authors at the machine alone, true to what people did, never a key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from quizengine.services.item_bank import find_item, in_order, item_bank, observed
from quizengine.store.rows import ResponseRow
from quizengine.web.settings import Settings, SettingsError
from tests.web_learner import Person, person
from tests.web_questions import bank, make_app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(tmp_path_factory.mktemp("bank"), author=True)


@pytest.fixture(scope="module")
def somebody(app: Flask) -> Person:
    """Somebody who has finished a diagnostic."""
    someone = person(app)
    someone.begin()
    someone.finish()
    return someone


def test_without_the_option_there_are_no_such_pages(tmp_path: Path) -> None:
    client = make_app(tmp_path).test_client()

    assert client.get("/bank").status_code == 404
    assert "/bank" not in client.get("/").text


@pytest.mark.parametrize(
    "request_of",
    [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}},
        {"headers": {"Host": "quiz.example.org"}},
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"Forwarded": "for=127.0.0.1"}},
        {"environ_base": {"REMOTE_ADDR": ""}},
    ],
    ids=["another machine", "another name", "through a proxy", "through any proxy", "from nowhere"],
)
def test_nobody_else_sees_that_there_are_such_pages(
    app: Flask, request_of: dict[str, dict[str, str]]
) -> None:
    question = next(iter(bank().questions))
    for path in ("/bank", f"/bank/{question}"):
        assert app.test_client().get(path, **request_of).status_code == 404


def test_production_refuses_to_serve_them() -> None:
    with pytest.raises(SettingsError, match="Production does not serve an author's pages"):
        Settings(environment="production", author=True).refuse_unsafe()


def test_the_list_names_every_question_with_its_numbers(app: Flask, somebody: Person) -> None:
    page = somebody.page("/bank")

    for entry in bank().questions.values():
        assert f'href="/bank/{entry.question.id}"' in page
    answered = [row for row in item_bank(app.extensions["quizengine"]).rows if row.answers]
    assert answered
    assert all(row.exposure == 1.0 for row in answered)
    assert page.count("<svg role") == 3


def test_each_order_sorts_and_what_is_not_known_stands_last(app: Flask, somebody: Person) -> None:
    rows = item_bank(app.extensions["quizengine"]).rows

    hardest = in_order(rows, "difficulty", falling=True)
    rightest = in_order(rows, "right", falling=True)

    assert [row.b for row in hardest] == sorted((row.b for row in rows), reverse=True)
    known = [row.right for row in rightest if row.right == row.right]
    assert known == sorted(known, reverse=True)
    assert [row.right == row.right for row in rightest] == [True] * len(known) + [False] * (
        len(rows) - len(known)
    )
    assert 'aria-sort="descending"' in somebody.page("/bank?order=right&falling=yes")


def test_an_area_can_be_looked_at_alone_and_a_wrong_one_shows_all(somebody: Person) -> None:
    empty = next(area for area in bank().roadmap.areas if area.id != "math")

    one, every = somebody.page("/bank?area=math"), somebody.page("/bank?area=nowhere&order=luck")

    assert one.count('class="bank-name"') == every.count('class="bank-name"') == len(bank().questions)
    assert "There are no questions here yet" in somebody.page(f"/bank?area={empty.id}")


def test_a_question_has_its_curve_and_what_people_did_and_no_key(app: Flask, somebody: Person) -> None:
    for row in item_bank(app.extensions["quizengine"]).rows:
        page = somebody.page(f"/bank/{row.question.id}")
        assert row.question.title in page
        assert '<svg role="img"' in page
        assert not re.search(r'style="|<style|#ffffff', page)  # a ground of its own would glare in the dark
        shown = re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)
        assert "misconception" not in shown
        assert "solution" not in shown.lower()


def test_counts_and_means_are_those_of_going_through_all_answers(app: Flask, somebody: Person) -> None:
    runtime = app.extensions["quizengine"]
    with runtime.transaction() as session:
        last = [
            (response.slot.question_id, response.grades[-1])
            for response in session.scalars(select(ResponseRow))
        ]
        scores: dict[str, list[float]] = {}
        for question, grade in last:
            if grade.verdict in ("correct", "partial", "wrong"):
                scores.setdefault(question, []).append(grade.score)

    rows = {str(row.question.id): row for row in item_bank(runtime).rows if row.answers}

    assert rows.keys() == scores.keys()
    for question, given in scores.items():
        assert rows[question].answers == len(given)
        assert rows[question].right == pytest.approx(sum(given) / len(given))


def test_a_question_that_is_not_there_is_not_found(app: Flask) -> None:
    assert app.test_client().get("/bank/math.no.such").status_code == 404
    assert app.test_client().get("/bank/../etc").status_code == 404


def test_shares_by_ability_need_enough_answers_and_count_each_once() -> None:
    answers = [(float(i >= 10), [{"skill": "s", "chance": 0.1 + 0.04 * i}]) for i in range(20)]

    done = observed(answers, "s")

    assert sum(one.answers for one in done) == 20
    assert [one.ability for one in done] == sorted(one.ability for one in done)
    assert (done[0].right, done[-1].right) == (0.0, 1.0)
    assert observed(answers[:4], "s") == ()
    assert observed(answers, "another") == ()


def test_an_item_is_the_same_on_its_page_and_in_the_list(app: Flask, somebody: Person) -> None:
    runtime = app.extensions["quizengine"]
    row = item_bank(runtime).rows[0]

    found, _ = find_item(runtime, row.question.id)

    assert (found.a, found.b, found.answers) == (row.a, row.b, row.answers)
