"""GIFT and Moodle XML against the rules by which Moodle reads them (``moodle_importer``)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quizengine.model.answers import IntegerAnswer, OutputAnswer, TableAnswer, TextAnswer
from quizengine.model.collection import Collection, Family
from quizengine.model.variant import Variant
from quizengine.paper.export import Options, export
from quizengine.paper.export.moodle import GRADES
from tests.export_examples import KINDS, collection
from tests.factories import make_variant
from tests.moodle_importer import Answer, accepts, read_boxes, read_gift

GIFT_TYPES = {
    "integer": "numerical", "number": "numerical", "fraction": "shortanswer", "choice": "multichoice",
    "choices": "multichoice with several", "matching": "matching", "set": "shortanswer",
    "interval": "shortanswer", "expression": "shortanswer", "equation": "shortanswer", "output": "essay",
    "sql": "essay", "config": "essay", "factorisation": "essay",
}  # fmt: skip
#: One line of output with the signs that mean something to one of the formats, and no space around it.
LINES = st.text("ab*\\~=#{}:%&<>'\"/;$- ", min_size=1, max_size=12).map(str.strip).filter(bool)


def file_of(form: str, variant: Variant) -> str:
    files = export(Collection("One", (Family((variant,), 1),)), form).files
    return files["questions.gift" if form == "gift" else "questions.xml"].decode()


def question(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text).findall("question")[1]


def patterns(line: str) -> Iterator[str]:
    """What Moodle compares with, each way that a line can go: GIFT, a short answer, a box of a table."""
    output = make_variant(OutputAnswer(code="", language="python", text=line))
    if "->" not in line:
        yield read_gift(file_of("gift", output))[0].answers[0].text
    yield str(question(file_of("moodle", output)).findtext("answer/text"))
    cells = (TextAnswer(value=line), IntegerAnswer(value=2))
    table = make_variant(TableAnswer(column_heads=("a", "b"), row_heads=("r",), cells=(cells,)))
    yield read_boxes(str(question(file_of("moodle", table)).findtext("questiontext/text")))[0].answers[0].text


@given(line=LINES)
@example(line="exp(-2*n)")
@example(line="x**2 = {~#}: \\n")
def test_a_short_answer_is_taken_as_it_was_written_and_an_asterisk_stands_for_nothing_else(line: str) -> None:
    for pattern in patterns(line):
        assert accepts(pattern, line)
        assert not accepts(pattern, f"{line}+")
        if "*" in line:
            assert not accepts(pattern, line.replace("*", "anything"))


def test_an_answer_that_gift_would_take_for_a_matching_is_refused_by_name() -> None:
    arrow = make_variant(OutputAnswer(code="", language="python", text="a -> b"))

    notes = export(Collection("One", (Family((arrow,), 1),)), "gift").notes

    assert any("arrow" in note.text for note in notes)


@pytest.mark.parametrize("kind", GIFT_TYPES)
def test_moodle_reads_the_type_the_shares_and_the_signs_of_gift(kind: str) -> None:
    made = export(collection(kind), "gift", Options(as_text=True, as_essay=True)).files["questions.gift"]

    (read,) = read_gift(made.decode())

    assert read.kind == GIFT_TYPES[kind]
    assert read.name == f"An answer: {kind} 1"
    assert (
        r"\(\frac{a}{b} &lt; 1\), <code>x = {1}</code>, 5 % of $3 ~ #1 &amp; ]]&gt; \ done: {x=y}."
        in read.text
    )
    assert read.feedback.startswith("<p>Since")
    assert {round(abs(one.share), 3) for one in read.answers} <= {round(grade, 3) for grade in GRADES}
    told = [one.feedback for one in read.answers if "slip" in one.feedback]
    assert all(r"\(x_1 \ne x_2\) {so} ~ # = 1." in one for one in told)


@pytest.mark.parametrize("kind", ["choice", "choices"])
def test_the_right_options_of_a_choice_are_worth_the_whole_mark(kind: str) -> None:
    (read,) = read_gift(export(collection(kind), "gift").files["questions.gift"].decode())
    xml = question(export(collection(kind), "moodle").files["questions.xml"].decode())
    shares = [float(str(one.get("fraction"))) for one in xml.findall("answer")]

    right = [one.share for one in read.answers if one.share >= 50]
    assert sum(right) == pytest.approx(100, abs=0.001)
    assert [one.share for one in read.answers] == pytest.approx(shares, abs=0.001)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind in ("vector", "matrix", "table", "several")])
def test_every_box_has_a_right_answer_and_numbers_with_margins(kind: str) -> None:
    text = str(
        question(export(collection(kind), "moodle").files["questions.xml"].decode()).findtext(
            "questiontext/text"
        )
    )

    boxes = read_boxes(text)

    assert boxes
    assert len(boxes) == len(re.findall(r"(?<!\\)\{\d", text))
    for box in boxes:
        assert max(one.share for one in box.answers) == 100
        if box.kind == "NUMERICAL":
            assert all(_is_number(one) for one in box.answers), box


def _is_number(answer: Answer) -> bool:
    return float(answer.text) == float(answer.text) and float(answer.margin) >= 0
