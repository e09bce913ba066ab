"""Moodle XML read back by a parser that is not ours, and by the rules of Moodle's embedded answers."""

from __future__ import annotations

import base64
import html
import re
from xml.etree import ElementTree

import pytest
from moodle_xml_parser import parser

from quizengine.paper.export import Options, export
from quizengine.paper.export.moodle import GRADES
from tests.export_examples import FIGURE, KINDS, collection

TYPES = {
    "integer": "numerical", "number": "numerical", "fraction": "shortanswer", "choice": "multichoice",
    "choices": "multichoice", "matching": "matching", "ordering": "ordering", "vector": "cloze",
    "matrix": "cloze", "table": "cloze", "several": "cloze", "set": "shortanswer", "interval": "shortanswer",
    "expression": "shortanswer", "equation": "shortanswer", "output": "essay", "sql": "essay",
    "config": "essay", "factorisation": "essay",
}  # fmt: skip


def xml_of(*kinds: str) -> str:
    made = export(collection(*kinds), "moodle", Options(as_text=True, as_essay=True))
    return made.files["questions.xml"].decode()


def question_of(kind: str) -> ElementTree.Element:
    return ElementTree.fromstring(xml_of(kind)).findall("question")[1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_type_becomes_the_type_of_moodle_that_fits_in_a_category(kind: str) -> None:
    category, question = ElementTree.fromstring(xml_of(kind)).findall("question")

    assert category.get("type") == "category"
    assert f"math.examples.{kind}" in str(category.findtext("category/text"))
    assert question.get("type") == TYPES[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_every_share_of_a_mark_is_one_that_moodle_knows(kind: str) -> None:
    known = {round(grade, 4) for grade in (*GRADES, *(-grade for grade in GRADES))}
    if kind == "ordering":  # there the fraction is the place
        return

    for answer in question_of(kind).findall("answer"):
        assert round(float(str(answer.get("fraction"))), 4) in known


def test_a_stranger_reads_options_with_feedback() -> None:
    found = parser.parse_string(xml_of("choice", "choices"))["multichoice"]

    single, many = found
    assert (single.single, many.single) == (True, False)
    assert [option.score_fraction for option in single.options] == [25, 100, 0]
    assert "You made the slip" in single.options[0].feedback
    assert [option.score_fraction for option in many.options] == [50, 50, -50]


def test_a_stranger_reads_the_boxes_of_a_table_and_of_several_answers() -> None:
    found = parser.parse_string(xml_of("table", "several"))["cloze"]

    # That parser also takes braces of the text for boxes, of a type that it does not know.
    table, several = ([gap for gap in one.gaps if gap.sub_type != "UNKNOWN"] for one in found)
    assert [gap.sub_type for gap in table] == ["NUMERICAL"] * 3 + ["SHORTANSWER"]
    assert [gap.options[0].answer for gap in table] == ["8:0", "2:0", "5:0", "many"]
    assert [(gap.sub_type, gap.sub_grade) for gap in several] == [
        ("NUMERICAL", 1),
        ("MCV", 1),
        ("NUMERICAL", 2),
    ]


def test_what_stands_in_a_box_is_what_moodle_decodes() -> None:
    text = str(question_of("several").findtext("questiontext/text"))
    box = next(one for one in re.findall(r"\{[^{}]*\}", text) if "slip one" in one)

    # Moodle ends an answer at ~, # or } unless it is escaped, and decodes entities afterwards.
    feedback = box.split("#", 1)[1] if box.count("~") == 1 else box.rsplit("#<p>", 1)[-1]
    assert r"\(x_1 \ne x_2\) {so} ~ # = 1." in html.unescape(html.unescape(feedback))


def test_a_cdata_section_is_not_ended_by_a_prompt() -> None:
    assert "&amp; ]]&gt;" in str(question_of("integer").findtext("questiontext/text"))


def test_a_picture_goes_along_with_its_words() -> None:
    question = question_of("number")
    file = question.find("questiontext/file")

    assert file is not None
    assert base64.b64decode(str(file.text)).decode() == FIGURE.svg
    assert 'alt="A line from 0 to &quot;10&quot; &amp; down."' in str(question.findtext("questiontext/text"))


def test_hints_and_solution_go_along() -> None:
    question = question_of("integer")

    assert r"\(\pi\)" in str(question.findtext("hint/text"))
    assert "<strong>so</strong>" in str(question.findtext("generalfeedback/text"))


def test_the_key_of_an_essay_stands_where_markers_see_it() -> None:
    assert "SELECT count(*) FROM users" in str(question_of("sql").findtext("graderinfo/text"))
