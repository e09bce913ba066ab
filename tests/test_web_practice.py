"""Practice: the verdict at once, another like this, and what to do after two misses."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from flask import Flask

from quizengine.store.database import open_engine
from tests.web_learner import Person, person
from tests.web_questions import ANSWERS, RIGHT, WRONG, make_app


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path)


@pytest.fixture
def somebody(app: Flask) -> Person:
    return person(app)


def attempts_in(app: Flask) -> int:
    with open_engine(app.config["DATABASE_URL"]).connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM attempts").scalar_one())


def answered(somebody: Person, how: str) -> str:
    """Answer the question on the page; return the page with the verdict."""
    return somebody.page(somebody.answer(how).headers["Location"])


def test_each_cell_of_a_table_has_its_verdict(somebody: Person) -> None:
    somebody.practise(question="math.matrices.table")
    slot, _ = somebody.question()
    form = {**RIGHT["table"], next(iter(RIGHT["table"])): "9"}

    page = somebody.page(somebody.send(form, slot).headers["Location"])

    shown = re.search(r'<ul class="verdict-parts.*?</ul>', page, re.DOTALL)
    assert shown
    assert shown[0].count("<li") == 4
    assert shown[0].count("Correct") == 3


def test_without_a_report_everything_with_questions_can_be_chosen(somebody: Person) -> None:
    page = somebody.page("/learn/practice")

    assert "After a <a" in page
    assert re.findall(r'href="/learn/practice/([a-z.-]+)"', page) == ["math.matrices"]
    assert f"{len(ANSWERS)} questions" in page


def test_the_gaps_of_the_last_report_come_first(somebody: Person) -> None:
    somebody.begin()
    for _ in ANSWERS:
        if somebody.answer("wrong").headers["Location"].endswith("/done"):
            break

    page = somebody.page("/learn/practice")

    assert page.index("Your gaps, the most pressing first") < page.index("Mathematics</h2>")
    assert f"Gap, {len(ANSWERS)} questions" in page


def test_looking_at_a_skill_begins_nothing(app: Flask, somebody: Person) -> None:
    page = somebody.page("/learn/practice/math.matrices")

    assert "Begin" in page
    assert "What to study" in page
    assert attempts_in(app) == 0


def test_anybody_can_practise_at_once(somebody: Person) -> None:
    somebody.practise()

    assert "Practice: <strong>" in somebody.page(f"/t/{somebody.attempt}/q")


def test_a_skill_without_questions_says_so(app: Flask, somebody: Person) -> None:
    page = somebody.page("/learn/practice/ml.loss-functions")

    assert "no question on it yet" in page
    assert "Begin" not in page
    assert somebody.post("/learn/practice/ml.loss-functions").status_code == 422
    assert somebody.get("/learn/practice/ml.magic").status_code == 404
    assert attempts_in(app) == 0


def test_a_right_answer_is_told_at_once(somebody: Person) -> None:
    somebody.practise()

    page = answered(somebody, "right")

    assert "Correct</h2>" in page
    assert "This is how it is done" in page
    assert "1 of 1 right" in page


def test_a_wrong_answer_names_its_misconception(somebody: Person) -> None:
    somebody.practise(question="math.matrices.integer")
    slot, kind = somebody.question()
    assert kind == "integer"

    page = somebody.page(somebody.send({"a.answer": "12"}, slot).headers["Location"])

    assert "Not right yet</h2>" in page
    assert "Forgets the sign" in page
    assert "That is a slip." in page
    assert "We read this as" in page


def test_another_like_this_is_the_same_question(somebody: Person) -> None:
    somebody.practise(question="math.matrices.choice")
    slot, _ = somebody.question()
    somebody.answer("wrong")

    going_on = somebody.post(f"/t/{somebody.attempt}/next", {"like": slot})

    assert going_on.headers["Location"] == f"/t/{somebody.attempt}/q"
    after, kind = somebody.question()
    assert kind == "choice"
    assert after != slot


def test_the_next_question_is_one_that_was_practised_less(somebody: Person) -> None:
    somebody.practise()
    _, first = somebody.question()
    somebody.answer()

    somebody.post(f"/t/{somebody.attempt}/next")

    assert somebody.question()[1] != first


def test_asking_for_the_next_question_twice_gives_one(somebody: Person) -> None:
    somebody.practise()
    somebody.answer()

    somebody.post(f"/t/{somebody.attempt}/next")
    one = somebody.question()
    somebody.post(f"/t/{somebody.attempt}/next")

    assert somebody.question() == one


def test_after_the_answer_the_question_page_leads_to_the_verdict(somebody: Person) -> None:
    somebody.practise()
    told = somebody.answer().headers["Location"]

    assert somebody.get(f"/t/{somebody.attempt}/q").headers["Location"] == told
    assert "1 of 1 right" in somebody.page(told)


def test_the_same_answer_twice_leads_to_the_same_verdict(somebody: Person) -> None:
    somebody.practise()
    slot, kind = somebody.question()

    places = [somebody.send(RIGHT[kind], slot).headers["Location"] for _ in range(2)]

    assert places[0] == places[1]
    assert "1 of 1 right" in somebody.page(places[0])


def test_two_misses_in_a_row_offer_what_it_builds_on(somebody: Person) -> None:
    somebody.practise(question="math.matrices.fraction")
    slot, kind = somebody.question()
    first = html.unescape(somebody.get(somebody.send(WRONG[kind], slot).headers["Location"]).text)
    somebody.post(f"/t/{somebody.attempt}/next", {"like": slot})

    second = answered(somebody, "wrong")

    assert "Two misses in a row" not in first
    assert "Two misses in a row" in second
    assert "Vectors, norms and similarity" in second


def test_a_wrong_query_is_shown_a_small_database_on_which_it_fails(somebody: Person) -> None:
    somebody.practise(question="math.matrices.sql")
    slot, _ = somebody.question()

    page = somebody.page(somebody.send({"a.answer": "SELECT 7"}, slot).headers["Location"])

    assert "A small database on which it fails" in page
    assert re.search(r"<figcaption>Your result</figcaption>.*?<td>7</td>", page, re.DOTALL)
    assert "Rows that are missing" in page


def test_not_knowing_shows_the_solution(somebody: Person) -> None:
    somebody.practise()

    page = answered(somebody, "dont-know")

    assert "New to you</h2>" in page
    assert "This is how it is done" in page


def test_what_cannot_be_read_is_asked_again(somebody: Person) -> None:
    somebody.practise(question="math.matrices.number")
    slot, _ = somebody.question()

    again = somebody.send({"a.answer": "a quarter"}, slot)

    assert again.status_code == 422
    assert 'value="a quarter"' in again.text
    assert somebody.question()[0] == slot


def test_practice_goes_on_where_it_stopped(somebody: Person) -> None:
    one = somebody.practise()
    slot, _ = somebody.question()

    assert f'href="/t/{one}/q"' in somebody.page("/learn/practice")
    assert somebody.practise() == one
    assert somebody.question()[0] == slot


def test_practice_ends_when_it_is_stopped(somebody: Person) -> None:
    somebody.practise()
    somebody.answer()

    somebody.post(f"/t/{somebody.attempt}/finish")

    assert "Practice ended" in somebody.page(f"/t/{somebody.attempt}/done")
    assert somebody.post(f"/t/{somebody.attempt}/next").status_code == 409


def test_practice_changes_no_report(somebody: Person) -> None:
    somebody.begin()
    report = somebody.finish()
    before = somebody.get(f"{report}.json").text

    somebody.practise()
    somebody.answer("wrong")

    assert somebody.get(f"{report}.json").text == before
