"""``quizengine check --paper``: what is wrong with a page is seen, and named with its question."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from quizengine.cli import main
from quizengine.model.answers import ANSWER_TYPES
from quizengine.model.sheet import Sheet, SheetItem
from quizengine.model.variant import Variant
from quizengine.paper.check import PaperFault, check_look, page_faults
from quizengine.paper.press import compile_pdf
from tests.web_questions import variant_of

HEAD = '#set document(title: "t")\n#set text(lang: "en", size: 11pt)\n#set page(margin: 2cm)\n'
LOOKS: list[dict[str, object]] = [{}, {"paper": "letter"}, {"large_print": True}]


def of_variants(*variants: Variant, **look: object) -> Sheet:
    made = Sheet(
        code="919G-PETW-A4", form="A", title="Everything", paper="a4", large_print=False, minutes=9,
        items=tuple(SheetItem(variant, 2) for variant in variants),
    )  # fmt: skip
    return replace(made, **look)  # type: ignore[arg-type]


def faults_of(variant: Variant, **look: object) -> list[PaperFault]:
    return check_look(of_variants(variant_of("integer"), variant, **look), "look")[1]


def on_a_page(source: str) -> list[str]:
    from pypdfium2 import PdfDocument  # noqa: PLC0415

    return list(page_faults(PdfDocument(compile_pdf(HEAD + source))[0]))


@pytest.mark.parametrize("look", LOOKS)
def test_every_answer_type_is_in_order(look: dict[str, object]) -> None:
    pages, faults = check_look(of_variants(*map(variant_of, ANSWER_TYPES), **look), "look")

    assert pages > 4
    assert not faults


def test_a_question_longer_than_a_page_is_named_and_in_large_print_noted() -> None:
    long = replace(variant_of("integer"), question_id="a.b.long", prompt="A paragraph.\n\n" * 60)  # type: ignore[arg-type]

    (fault,) = faults_of(long)
    (note,) = (one for one in faults_of(long, large_print=True) if "split" in one.message)

    assert str(fault) == "a.b.long (look): it is longer than a page, and split"
    assert (fault.is_note, note.is_note) == (False, True)


def test_a_sign_that_no_font_has_is_told_with_its_question() -> None:
    (fault,) = [
        one
        for one in faults_of(replace(variant_of("integer"), question_id="a.b.c", prompt="漢"))  # type: ignore[arg-type]
        if one.message.startswith("sheet")
    ]

    assert fault.question == "a.b.c"
    assert "漢" in fault.message


def test_a_word_that_is_wider_than_the_page_is_seen() -> None:
    (fault, *_) = faults_of(replace(variant_of("integer"), prompt="`" + "x" * 200 + "`"))

    assert "outside the margins" in fault.message


def test_text_on_other_text_is_seen_and_a_fraction_is_none() -> None:
    word = 'raw("COUNT(DISTINCT COALESCE)")'
    formula = '#math.equation(block: true, alt: "f", $frac("numerator", "denominator") hat(x) sqrt(a + b)$)'

    assert any("stands on" in one for one in on_a_page(f"#table(columns: (2cm, 2cm), {word}, {word})"))
    assert not on_a_page(f"{formula}\n\nText below.")


def test_one_question_is_checked_from_the_command_line() -> None:
    found = CliRunner().invoke(main, ["check", "--paper", "--json", "math.bayes.two-detectors"])

    assert found.exit_code == 0, found.output
    report = json.loads(found.output)
    assert report["questions"] == 1
    assert report["faults"] == []
