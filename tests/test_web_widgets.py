"""Widgets: what a form shows is what it sends, for every answer type, whatever was typed."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, get_template_attribute
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from quizengine.errors import RequestError
from quizengine.grading import grade
from quizengine.model.answers import (
    ANSWER_TYPES,
    Answer,
    IntegerAnswer,
    MatrixAnswer,
    NumberAnswer,
    Tolerance,
    VectorAnswer,
)
from quizengine.model.grade import Grade, Response, ResponseValue
from quizengine.model.variant import Variant
from quizengine.web.bodies import tolerance_words
from quizengine.web.feedback import view_feedback
from quizengine.web.forms import is_empty, read_answers, read_form
from quizengine.web.question import faults_of, view_question
from tests.factories import make_variant
from tests.web_questions import ANSWERS, RIGHT, make_app, numbers, variant_of

LOOSE: dict[str, Answer] = {
    "matrix of any shape": MatrixAnswer(rows=(numbers(1, 2),), shape_given=False),
    "vector of any length": VectorAnswer(values=numbers(1, 2), shape_given=False),
}
WITHOUT_SQL = [kind for kind in ANSWER_TYPES if kind != "sql"]
FIELDS = [f"a.answer{end}" for end in ("", ".0", ".0.0", ".1.1", ".a", ".b", ".x")]
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(tmp_path_factory.mktemp("web"))


class Fields(HTMLParser):
    """What a browser would post for a page, without anything being touched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: MultiDict[str, str] = MultiDict()
        self._name = self._area = ""
        self._text = ""
        self._first: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and (given.get("type", "text") in ("text", "hidden") or "checked" in given):
            self.found.add(given["name"], given.get("value", ""))
        elif tag == "textarea":
            self._area, self._text = given["name"], ""
        elif tag == "select":
            self._name, self._first = given["name"], None
        elif tag == "option" and (self._first is None or "selected" in given):
            self._first = given["value"]

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            # A browser drops the line end right after the tag.
            self.found.add(self._area, self._text.removeprefix("\n"))
        elif tag == "select":
            self.found.add(self._name, self._first or "")


def shown(app: Flask, variant: Variant, **more: Any) -> str:
    """The prompt and the inside of the form, as a page has them."""
    with app.test_request_context():
        view = view_question(variant, **more)
        macros = [get_template_attribute("parts/question.html", name) for name in ("prompt", "answers")]
        return "".join(str(macro(view)) for macro in macros)


def sent_by(app: Flask, answer: Answer, typed: ResponseValue | None) -> ResponseValue:
    """What comes back from a form that shows ``typed``."""
    variant = make_variant(answer)
    page = shown(app, variant, answers=None if typed is None else {"answer": typed})
    return read_form(variant, Fields(page).found)["answer"]


def typed_values(kind: str) -> st.SearchStrategy[ResponseValue]:
    """Values as a person can leave them in the form of an answer."""
    match kind:
        case "vector":
            return st.tuples(TEXT, TEXT, TEXT)
        case "matrix":
            return st.tuples(st.tuples(TEXT, TEXT), st.tuples(TEXT, TEXT))
        case "table":
            # The last column is given: nothing comes back from it.
            return st.tuples(*[st.tuples(TEXT, TEXT, st.just(""))] * 2)
        case "choice":
            return st.sampled_from(["", "a", "b", "c"])
        case "choices":
            return st.lists(st.sampled_from("abc"), unique=True).map(sorted).map(tuple)
        case "ordering":
            return st.permutations("abc").map(tuple)
        case "matching":
            return st.tuples(*[st.sampled_from(["", "a", "b", "c"])] * 2)
        case "output" | "sql" | "config":
            return st.text(
                st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=30
            )
        case _:
            return TEXT


@given(st.data())
@pytest.mark.parametrize("kind", ANSWER_TYPES)
def test_what_a_form_shows_comes_back_from_it(app: Flask, kind: str, data: st.DataObject) -> None:
    typed = data.draw(typed_values(kind))

    assert sent_by(app, ANSWERS[kind], typed) == typed


@given(TEXT)
@pytest.mark.parametrize("kind", LOOSE)
def test_a_shape_that_is_the_persons_to_find_has_one_box(app: Flask, kind: str, typed: str) -> None:
    assert sent_by(app, LOOSE[kind], typed) == typed


@pytest.mark.parametrize("kind", [kind for kind in ANSWER_TYPES if kind not in ("ordering", "config")])
def test_a_fresh_form_is_empty(app: Flask, kind: str) -> None:
    assert is_empty(sent_by(app, ANSWERS[kind], None))


def test_a_fresh_list_to_order_stands_as_it_was_drawn(app: Flask) -> None:
    assert sent_by(app, ANSWERS["ordering"], None) == ("a", "b", "c")


def test_a_fresh_file_to_mend_stands_as_it_was_given(app: Flask) -> None:
    assert sent_by(app, ANSWERS["config"], None) == "spec:\n  replicas: 1\n  paused: true\n"


def test_a_file_that_was_emptied_stays_empty(app: Flask) -> None:
    assert sent_by(app, ANSWERS["config"], "") == ""


def test_a_mended_file_is_told_which_of_its_rules_hold(app: Flask) -> None:
    variant = variant_of("config")
    typed: dict[str, ResponseValue] = {"answer": "spec: {replicas: 3, paused: true}"}

    with app.test_request_context():
        feedback = view_feedback(variant, grade(variant, Response(answers=typed)), typed)

    told = [(part.label, part.verdict) for part in feedback.parts]
    assert told == [("There are <code>3</code> replicas.", "correct"), ("It runs.", "wrong")]
    assert feedback.title == "Partly right"
    assert feedback.read_as[0].html == "YAML with the keys spec"


@given(
    st.dictionaries(
        st.sampled_from([f"a.answer{end}" for end in ("", ".0", ".0.0", ".1.1", ".a", ".b", ".x")]), TEXT
    )
)
@pytest.mark.parametrize("kind", WITHOUT_SQL)
def test_no_form_can_make_the_reader_or_the_grader_fail(kind: str, form: dict[str, str]) -> None:
    variant = variant_of(kind)

    answers = read_form(variant, MultiDict(form))

    assert answers.keys() == {"answer"}
    assert grade(variant, Response(answers=answers)).verdict in ("correct", "partial", "wrong", "unreadable")


@pytest.mark.parametrize("kind", WITHOUT_SQL)
def test_a_right_form_is_graded_right(kind: str) -> None:
    variant = variant_of(kind)
    form: MultiDict[str, str] = MultiDict(RIGHT[kind])

    assert grade(variant, Response(answers=read_form(variant, form))).verdict == "correct"


def test_of_two_items_with_one_position_the_second_has_to_be_placed_again(app: Flask) -> None:
    variant = variant_of("ordering")
    form: MultiDict[str, str] = MultiDict({"a.answer.a": "2", "a.answer.b": "2", "a.answer.c": "99"})

    answers = read_form(variant, form)

    assert answers["answer"] == ("", "a", "")
    assert "still to place: b, c" in grade(variant, Response(answers=answers)).feedback


def test_several_answers_are_one_form(app: Flask) -> None:
    variant = make_variant(IntegerAnswer(value=1), NumberAnswer(value=Fraction(1, 2)))

    form: MultiDict[str, str] = MultiDict({"a.part1": "1", "a.part2": "0.5"})

    assert read_form(variant, form) == {"part1": "1", "part2": "0.5"}


def test_a_box_with_a_place_stands_in_the_prompt(app: Flask) -> None:
    variant = make_variant(IntegerAnswer(value=1), prompt="It has {{input:answer}} rows.")
    page = shown(app, variant, answers={"answer": '"7"'})

    assert page.count("data-part") == 1
    assert re.search(r"It has <span.*?<input[^>]*value=\"&#34;7&#34;\".*?</span> rows", page, re.DOTALL)
    assert Fields(page).found["a.answer"] == '"7"'


def test_a_form_says_which_sign_may_stand_behind_a_number(app: Flask) -> None:
    plain = shown(app, make_variant(NumberAnswer(value=Fraction(1, 2))))
    in_percent = shown(app, make_variant(NumberAnswer(value=Fraction(125, 2), unit="%")))

    assert "No percent sign." in plain
    assert "No percent sign." not in in_percent
    assert "You may type % behind it." in in_percent


def test_every_input_has_a_name_that_a_reader_can_say(app: Flask) -> None:
    for kind in ANSWER_TYPES:
        page = shown(app, variant_of(kind))
        labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
        for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", page):
            id_ = re.search(r' id="([^"]+)"', tag)
            in_label = 'type="radio"' in tag or 'type="checkbox"' in tag
            assert "aria-label=" in tag or in_label or (id_ and id_[1] in labelled), tag


def test_ids_in_a_page_are_not_repeated_and_point_somewhere(app: Flask) -> None:
    for kind in ANSWER_TYPES:
        told = Grade(verdict="unreadable", feedback="No.", start=0, end=1)
        page = shown(app, variant_of(kind), answers={"answer": "x"}, unreadable=told)
        ids = re.findall(r' id="([^"]+)"', page)
        pointed = re.findall(r'(?:aria-describedby|aria-labelledby|headers)="([^"]+)"|href="#([^"]+)"', page)
        assert len(ids) == len(set(ids)), kind
        assert {word for pair in pointed for text in pair for word in text.split()} <= set(ids), kind


def test_nothing_of_the_key_is_in_the_page(app: Flask) -> None:
    variant = make_variant(NumberAnswer(value=Fraction(424_242)), prompt="What?")
    secret = replace(variant, solution="SENTINEL 424242", identity="SENTINEL", values={"SENTINEL": "424242"})
    page = shown(app, secret)

    assert "SENTINEL" not in page
    assert "424242" not in page


# What cannot be read


def test_the_place_that_cannot_be_read_is_marked(app: Flask) -> None:
    variant = variant_of("number")
    typed: dict[str, ResponseValue] = {"answer": "1 + sinx"}
    told = grade(variant, Response(answers=typed))
    page = shown(app, variant, answers=typed, unreadable=told)

    assert "1 + <mark>sinx</mark>" in page
    assert 'aria-invalid="true"' in page
    assert page.index('href="#a-answer"') < page.index('id="a-answer"')


def test_only_the_parts_that_cannot_be_read_carry_a_message() -> None:
    variant = make_variant(IntegerAnswer(value=1), IntegerAnswer(value=2))
    answers: dict[str, ResponseValue] = {"part1": "1", "part2": "two"}

    assert set(faults_of(variant, grade(variant, Response(answers=answers)), answers)) == {"part2"}


@given(st.text(max_size=40), st.integers(-5, 60), st.none() | st.integers(-5, 60))
def test_a_mark_never_leaves_the_text(text: str, start: int, end: int | None) -> None:
    variant = variant_of("number")
    told = Grade(verdict="unreadable", feedback="No.", start=start, end=end)

    fault = faults_of(variant, told, {"answer": text})["answer"]

    assert fault.before + fault.marked + fault.after in text or len(text) > 40


# JSON bodies


@pytest.mark.parametrize(
    "body",
    [
        [],
        "x",
        {"other": "1"},
        {"answer": 7},
        {"answer": [1]},
        {"answer": [["a"], 1]},
        {"answer": None},
        {"answer": "x" * 20_001},
    ],
)
def test_a_body_of_another_form_is_refused(body: Any) -> None:
    with pytest.raises(RequestError):
        read_answers(variant_of("integer"), body)


@pytest.mark.parametrize(
    ("body", "value"),
    [("1", "1"), (["a", "b"], ("a", "b")), ([["1", "2"], ["3"]], (("1", "2"), ("3",))), ([], ())],
)
def test_lists_of_a_body_are_tuples_of_a_response(body: Any, value: ResponseValue) -> None:
    assert read_answers(variant_of("integer"), {"answer": body}) == {"answer": value}


# Feedback


def test_a_hostile_answer_is_shown_as_text(tmp_path: Path) -> None:
    variant = make_variant(IntegerAnswer(value=7))
    told = Grade(verdict="wrong", feedback="<img src=x> $", hint="<b>")

    feedback = view_feedback(variant, told, {"answer": "<script>"})

    assert feedback.text_html == "&lt;img src=x&gt; $"
    assert feedback.hint_html == "&lt;b&gt;"


@pytest.mark.parametrize("kind", ["exact", "near", "sigfig", "decimals", "metric"])
def test_every_tolerance_is_told_in_words(kind: Any) -> None:
    assert tolerance_words(Tolerance(kind=kind, digits=2)).endswith(".")


def test_a_part_without_a_widget_cannot_be_forgotten(app: Flask) -> None:
    for answer in ANSWERS.values():
        page = shown(app, make_variant(answer))
        assert 'data-part="answer"' in page
        assert "<input" in page or "<select" in page or "<textarea" in page
