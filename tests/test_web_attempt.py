"""The pages of an attempt: nothing lost, nothing doubled, nothing put on another question, nothing told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from quizengine.services.attempts import MAX_UNREADABLE
from quizengine.store.database import open_engine
from tests.web_learner import Person, person
from tests.web_questions import RIGHT, WRONG, make_app

UNREADABLE = {
    "integer": {"a.answer": "2 +* 3"},
    "sql": {"a.answer": "DROP TABLE users"},
    "config": {"a.answer": "a: b: c"},
}
MOST_QUESTIONS = 20 * len(RIGHT)


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path)


@pytest.fixture
def somebody(app: Flask) -> Person:
    made = person(app)
    made.begin()
    return made


def at_question(somebody: Person, kind: str) -> str:
    """Go on until a question of that type is on the page; return its slot.

    A check ends by itself, and may do so before that type has come: then another one is begun.
    """
    for _ in range(MOST_QUESTIONS):
        slot, found = somebody.question()
        if found == kind:
            return slot
        if somebody.answer().headers["Location"].endswith("/done"):
            somebody.begin()
    raise AssertionError(f"no question of type {kind} came")


def count(app: Flask, table: str) -> int:
    with open_engine(app.config["DATABASE_URL"]).connect() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def draft(somebody: Person, slot: str, body: object) -> TestResponse:
    headers = {"X-CSRFToken": somebody.token()}
    return somebody.client.put(f"/t/{somebody.attempt}/slots/{slot}/draft", json=body, headers=headers)


def test_a_whole_check_runs_from_the_first_question_to_the_report(somebody: Person) -> None:
    report = somebody.finish()

    assert "Do this next" in somebody.page(report)
    assert f'href="{report}"' in somebody.page("/learn")


def test_progress_is_told_as_a_range(somebody: Person) -> None:
    somebody.answer()

    page = somebody.page(f"/t/{somebody.attempt}/q")

    assert "Question <strong>2</strong> of 14 to 28" in page
    assert "<title>Question 2 - Diagnostic - quizengine</title>" in page


def test_both_answers_have_the_same_worth_on_the_page(somebody: Person) -> None:
    page = somebody.page(f"/t/{somebody.attempt}/q")

    buttons = re.search(r'<div class="answer-buttons">(.*?)</div>', page, re.DOTALL)
    assert buttons
    assert re.findall(r">([^<>\n]+)</button>", buttons[1]) == ["Answer", "I don't know yet"]
    assert buttons[1].count('class="button button-primary"') == 1


def test_a_reload_shows_the_same_question(somebody: Person) -> None:
    assert somebody.question() == somebody.question()


def test_a_tab_left_open_cannot_answer_another_question(app: Flask, somebody: Person) -> None:
    stale, kind = somebody.question()
    somebody.answer()
    here = somebody.question()

    answer = somebody.send(WRONG[kind], stale)

    assert answer.status_code == 409
    assert "Your work is safe" in answer.text
    assert f'href="/t/{somebody.attempt}/q"' in answer.text
    assert somebody.question() == here
    assert count(app, "responses") == 1


def test_the_same_answer_sent_twice_counts_once(app: Flask, somebody: Person) -> None:
    slot, kind = somebody.question()

    first = somebody.send(RIGHT[kind], slot)
    second = somebody.send(RIGHT[kind], slot)

    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert count(app, "responses") == 1
    assert count(app, "slots") == 2


def test_nothing_entered_is_asked_about_once_and_blocks_nothing(app: Flask, somebody: Person) -> None:
    slot, _ = somebody.question()

    answer = somebody.send({}, slot)

    assert answer.status_code == 422
    assert "Nothing entered: answer, or choose <em>I don't know yet</em>?" in answer.text
    assert somebody.question()[0] == slot
    assert count(app, "responses") == 0


def test_what_cannot_be_read_is_asked_again_at_its_box_and_never_scored(app: Flask, somebody: Person) -> None:
    slot = at_question(somebody, "integer")
    before = count(app, "responses")

    answer = somebody.send(UNREADABLE["integer"], slot)

    assert answer.status_code == 422
    assert 'value="2 +* 3"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert re.search(r'<section class="error-summary".*?<a href="#a-answer">', answer.text, re.DOTALL)
    assert re.search(r"2 \+ ?<mark>", answer.text)
    assert count(app, "responses") == before
    assert 'value="2 +* 3"' in somebody.page(f"/t/{somebody.attempt}/q")


def test_after_many_answers_that_we_cannot_read_only_not_knowing_is_left(somebody: Person) -> None:
    slot = at_question(somebody, "integer")
    for _ in range(MAX_UNREADABLE):
        somebody.send(UNREADABLE["integer"], slot)

    page = somebody.page(f"/t/{somebody.attempt}/q")

    assert "which is our fault" in page
    assert "data-answer-button" not in page
    assert somebody.send({"dont_know": "yes"}, slot).status_code == 303


def test_a_draft_is_kept_and_comes_back_with_its_time(somebody: Person) -> None:
    slot = at_question(somebody, "matrix")

    saved = draft(
        somebody, slot, {"seq": 3, "answers": {"answer": [["1", "2"], ["3", ""]]}, "decimal": "point"}
    )
    page = somebody.page(f"/t/{somebody.attempt}/q")

    assert saved.status_code == 200
    assert saved.json is not None
    assert saved.json["saved_seq"] == 3
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", saved.json["saved_at"])
    assert re.search(r"Your draft of .* UTC is back", page)
    assert 'name="a.answer.1.0"' in page
    assert page.count('value="3"') == 1
    assert 'data-seq="3"' in page


def test_an_older_draft_does_not_replace_a_newer_one(somebody: Person) -> None:
    slot = at_question(somebody, "integer")
    draft(somebody, slot, {"seq": 5, "answers": {"answer": "newer"}})

    late = draft(somebody, slot, {"seq": 4, "answers": {"answer": "older"}})

    assert late.json is not None
    assert late.json["saved_seq"] == 5
    assert 'value="newer"' in somebody.page(f"/t/{somebody.attempt}/q")


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"seq": 0, "answers": {}},
        {"seq": True, "answers": {}},
        {"seq": 1},
        {"seq": 1, "answers": {"key": "1"}},
        {"seq": 1, "answers": {"answer": 7}},
        {"seq": 1, "answers": {"answer": [[["deep"]]]}},
        {"seq": 1, "answers": {"answer": "x" * 20_001}},
    ],
)
def test_a_draft_that_is_none_is_refused_with_a_reason(somebody: Person, body: object) -> None:
    refused = draft(somebody, somebody.question()[0], body)

    assert refused.status_code == 422
    assert refused.mimetype == "application/problem+json"
    assert refused.json is not None
    assert refused.json["reason"] == "bad_body"


def test_a_draft_for_an_answered_question_is_refused(somebody: Person) -> None:
    slot, _ = somebody.question()
    somebody.answer()

    refused = draft(somebody, slot, {"seq": 9, "answers": {"answer": "late"}})

    assert refused.status_code == 409
    assert refused.json is not None
    assert refused.json["reason"] == "closed"


def test_the_echo_reads_what_is_typed(somebody: Person) -> None:
    slot = at_question(somebody, "fraction")
    headers = {"X-CSRFToken": somebody.token()}

    told = somebody.client.post(
        f"/t/{somebody.attempt}/slots/{slot}/read", json={"part": "answer", "value": "6/8"}, headers=headers
    )

    assert told.json is not None
    assert told.json["ok"] is True
    assert "We read this as" in told.json["html"]


def test_right_and_wrong_get_the_same_reply(app: Flask) -> None:
    replies = []
    for how in ("right", "wrong", "dont-know"):
        one = person(app)
        one.begin()
        reply = one.answer(how)
        replies.append(
            (reply.status_code, reply.text.replace(one.attempt, "?"), sorted(reply.headers.keys()))
        )

    assert replies[0] == replies[1] == replies[2]


def test_nothing_is_told_before_the_end(somebody: Person) -> None:
    secrets = (
        "math.matrices",
        "forgets",
        "That is a slip",
        "how it is done",
        "a=1",
        "difficulty",
        "SELECT count(*)",
    )
    seen = []
    for how in ("wrong", "right", "dont-know") * 4:
        slot, kind = somebody.question()
        seen.append(somebody.page(f"/t/{somebody.attempt}/q"))
        seen.append(somebody.send(UNREADABLE[kind], slot).text if kind in UNREADABLE else "")
        reply = somebody.answer(how)
        seen.append(reply.text + str(reply.headers))
        told = somebody.get(f"/t/{somebody.attempt}/slots/{slot}")
        seen.append(told.text)
        assert told.status_code == 404
        if reply.headers["Location"].endswith("/done"):
            break
    seen += [somebody.get(f"/t/{somebody.attempt}{end}").text for end in ("", "/finish")]

    assert [secret for secret in secrets if any(secret in text for text in seen)] == []


def test_a_slot_of_another_attempt_is_unknown(app: Flask, somebody: Person) -> None:
    other = person(app)
    other.begin()
    slot, kind = other.question()

    assert somebody.send(RIGHT[kind], slot).status_code == 404
    assert draft(somebody, slot, {"seq": 1, "answers": {}}).status_code == 404
    assert count(app, "responses") == 0


def test_the_end_is_asked_for_twice_and_then_reported(somebody: Person) -> None:
    somebody.answer()
    somebody.answer("dont-know")

    asked = somebody.page(f"/t/{somebody.attempt}/finish")
    ended = somebody.post(f"/t/{somebody.attempt}/finish")

    assert "2 questions answered" in asked
    assert ended.headers["Location"] == f"/t/{somebody.attempt}/done"
    assert "Show my report" in somebody.page(ended.headers["Location"])
    assert somebody.get(f"/t/{somebody.attempt}/q").headers["Location"].endswith("/done")


def test_an_attempt_without_answers_has_nothing_to_report(somebody: Person) -> None:
    asked = somebody.page(f"/t/{somebody.attempt}/finish")

    refused = somebody.post(f"/t/{somebody.attempt}/finish")

    assert "Nothing to report yet" in asked
    assert refused.status_code == 422
    assert "Answer one question first" in refused.text
    assert somebody.answer().status_code == 303


def test_an_answer_after_the_end_is_refused_and_nothing_breaks(somebody: Person) -> None:
    somebody.answer()
    slot, kind = somebody.question()
    somebody.post(f"/t/{somebody.attempt}/finish")

    refused = somebody.send(RIGHT[kind], slot)

    assert refused.status_code == 409
    assert "Your work is safe" in refused.text
    assert "Done. Thank you" in somebody.page(f"/t/{somebody.attempt}/done")


def test_the_questions_wait_for_the_start(app: Flask) -> None:
    one = person(app)
    at = one.post("/learn/start", {"role": "ml-engineer", "hours": "6"}).headers["Location"]

    assert one.get(f"{at}/q").headers["Location"] == at
    assert one.get(f"{at}/done").headers["Location"] == at


def test_a_form_without_its_token_changes_nothing(app: Flask, somebody: Person) -> None:
    slot, kind = somebody.question()

    refused = somebody.client.post(f"/t/{somebody.attempt}/q", data={"slot": slot, **RIGHT[kind]})

    assert refused.status_code == 403
    assert count(app, "responses") == 0


def test_the_decimal_sign_is_remembered(somebody: Person) -> None:
    slot = at_question(somebody, "number")

    somebody.send({"a.answer": "0,25", "decimal": "comma"}, slot)

    assert somebody.client.get_cookie("qe_decimal")
    assert somebody.client.get_cookie("qe_decimal").value == "comma"  # type: ignore[union-attr]
