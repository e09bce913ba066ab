"""What paper promises: a right key, sheets that tell nothing of it, codes that scan, pages that stay."""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from ctypes import create_string_buffer
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from pypdfium2 import raw

from quizengine.bank.engines import judgeable
from quizengine.grading import asked_cells, grade, key_text
from quizengine.model.answers import (
    ANSWER_TYPES,
    Answer,
    ChoiceAnswer,
    ChoicesAnswer,
    FactorisationAnswer,
    IntegerAnswer,
    MatchingAnswer,
    OrderingAnswer,
    TableAnswer,
)
from quizengine.model.grade import ResponseValue
from quizengine.model.sheet import Sheet
from quizengine.model.variant import Figure, Misconception, SkillId, Variant
from quizengine.paper import PressError, compile_pdf, key_source, sheet_source
from quizengine.services.sheets import SheetWish, make_sheets, plan_sheets, sheet_from_json, sheet_to_json
from tests.factories import shipped_bank
from tests.paper_pages import ALLOWED, FOLDER, difference, of_kinds, of_variants, picture, sources
from tests.web_questions import variant_of

DRAWN = "math.distributions.read-a-bar-chart"
#: One question in so many of the bank. Queries, whose databases take long to make, are in the bank's gates.
EVERY = 9


def some_variants() -> list[Variant]:
    entries = [
        one for one in judgeable(shipped_bank())[0].questions.values() if one.question.parts[0].type != "sql"
    ]
    return [entry.draw(3, pictured=False).variant for entry in entries[::EVERY]]


def as_printed(answer: Answer, key: Answer) -> ResponseValue:
    """What somebody hands in who copies an answer from the key."""
    match answer:
        case FactorisationAnswer() if isinstance(key, FactorisationAnswer):
            return key_text(replace(answer, property=key.property))
        case ChoiceAnswer():
            return answer.key
        case ChoicesAnswer() | OrderingAnswer() | MatchingAnswer():
            return answer.key
        case TableAnswer():
            return tuple(key_text(cell) for _, cell in asked_cells(answer))
        case _:
            return key_text(answer)


@pytest.mark.parametrize(
    "variant", [*map(variant_of, ANSWER_TYPES), *some_variants()], ids=lambda v: v.question_id
)
def test_who_copies_the_key_is_right_and_who_copies_a_wrong_answer_has_its_misconception(
    variant: Variant,
) -> None:
    key = {part.name: as_printed(part.answer, part.answer) for part in variant.parts}

    assert grade(variant, key).verdict == "correct"
    for wrong in variant.misconceptions:
        given = dict(key)
        for part, answer in zip(variant.parts, wrong.answers, strict=True):
            if answer is not None:
                given[part.name] = as_printed(answer, part.answer)
        if any(answer is not None for answer in wrong.answers):
            assert grade(variant, given).misconception == wrong.id


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def all_bytes(pdf: bytes) -> bytes:
    """A PDF with what its streams hold."""
    found = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(found)


def test_no_byte_of_a_sheet_tells_its_key() -> None:
    word = "Xyzzyplugh"
    wrong = Misconception(
        id=f"{word}-id",
        answers=(IntegerAnswer(value=7654321),),
        feedback=word,
        points_to=SkillId(f"{word}.s"),
        credit=0.5,
    )
    secret = replace(
        variant_of("integer"),
        question_id=f"{word}.q",  # type: ignore[arg-type]
        solution=f"{word} 8675309", hints=(word,), misconceptions=(wrong,), identity=word, values={"a": word},
    )  # fmt: skip
    secret = replace(secret, parts=(replace(secret.parts[0], answer=IntegerAnswer(value=8675309)),))
    sheet = of_variants(secret, variant_of("choice"))

    pdf = compile_pdf(sheet_source(sheet))

    for told in (word, "8675309", "7654321"):
        assert told not in text_of(pdf)
        assert told.encode() not in all_bytes(pdf)
        assert told.encode("utf-16-be") not in all_bytes(pdf)
    assert word in text_of(compile_pdf(key_source(sheet)))


@pytest.mark.parametrize(
    ("dpi", "turned", "quality"), [(100, 0, 60), (150, 5, 60), (150, -5, 60), (300, 5, 60)]
)
def test_the_code_is_read_from_a_scan(dpi: int, turned: float, quality: int, tmp_path: Path) -> None:
    reader = pytest.importorskip(
        "zxingcpp", reason="zxing-cpp is missing: make setup, or pip install zxing-cpp"
    )
    page = pypdfium2.PdfDocument(compile_pdf(sheet_source(of_kinds("integer", "choice"))))[0]
    scan = page.render(scale=dpi / 72).to_pil().convert("L").rotate(turned, fillcolor=255, expand=True)
    scan.save(tmp_path / "scan.jpg", quality=quality)

    (found,) = reader.read_barcodes(Image.open(tmp_path / "scan.jpg"))

    assert found.text == "QE1:919GPETWA4"


@pytest.mark.parametrize("name", list(sources()))
def test_pages_look_as_they_did(name: str) -> None:
    """A change is drawn by ``python -m tests.paper_pages``, looked at, and kept."""
    kept = Image.open(FOLDER / f"{name}.png")

    made, count = picture(sources()[name])

    assert count == json.loads((FOLDER / "pages.json").read_text("utf-8"))[name]
    assert difference(made, kept) <= ALLOWED


def test_a_changed_word_is_a_difference_that_is_seen() -> None:
    kept = Image.open(FOLDER / "numbers.png")

    made, _ = picture(sources()["numbers"].replace("Answer", "Anzwer 42"))

    assert difference(made, kept) > ALLOWED


def tagged(pdf: bytes) -> Iterator[tuple[str, str]]:
    """The kind and the words of each element of the tree that screen readers follow, page by page."""
    for page in pypdfium2.PdfDocument(pdf):
        tree = raw.FPDF_StructTree_GetForPage(page)
        for at in range(raw.FPDF_StructTree_CountChildren(tree)):
            yield from _below(raw.FPDF_StructTree_GetChildAtIndex(tree, at))
        raw.FPDF_StructTree_Close(tree)


def _below(element: Any) -> Iterator[tuple[str, str]]:
    yield _told(raw.FPDF_StructElement_GetType, element), _told(raw.FPDF_StructElement_GetAltText, element)
    for at in range(raw.FPDF_StructElement_CountChildren(element)):
        child = raw.FPDF_StructElement_GetChildAtIndex(element, at)
        if child:
            yield from _below(child)


def _told(ask: Any, element: Any) -> str:
    size = ask(element, None, 0)
    buffer = create_string_buffer(size)
    ask(element, buffer, size)
    return buffer.raw[: max(0, size - 2)].decode("utf-16-le")


def test_each_formula_and_figure_has_words_and_tables_have_heads() -> None:
    drawn = shipped_bank()[DRAWN].variant(3)
    several = [
        shipped_bank()[name].variant(3) for name in ("math.matrices.product", "math.bayes.two-detectors")
    ]
    sheet = of_variants(drawn, *several, variant_of("table"), variant_of("sql"))

    for source in (sheet_source(sheet), key_source(sheet)):
        elements = list(tagged(compile_pdf(source)))
        kinds = Counter(kind for kind, _ in elements)
        assert kinds["Formula"] >= source.count("#math.equation(") > 0
        assert all(words.strip() for kind, words in elements if kind in ("Formula", "Figure"))
        assert kinds["TH"] > 0
        assert kinds["H1"] == 1
    words = {words for kind, words in tagged(compile_pdf(sheet_source(sheet))) if kind == "Figure"}
    assert drawn.figure is not None
    assert " ".join(drawn.figure.alt.split()) in {" ".join(one.split()) for one in words}


def test_a_figure_without_words_is_refused() -> None:
    drawn = replace(variant_of("integer"), figure=Figure("<svg xmlns='http://www.w3.org/2000/svg'/>", ""))

    with pytest.raises(PressError, match="alt text"):
        compile_pdf(sheet_source(of_variants(drawn)))


PAYLOADS = (
    '#read("{secret}")', '#include "{secret}"', '#image("{secret}")', '#import "@preview/cetz:0.3.0"',
    '#eval("1+1")', '#panic("no")', '] #read("{secret}") [', '"; #read("{secret}"); "',
    "#for i in range(999999999) {{}}", '#plugin("{secret}")', "#sys.inputs", '/* #read("{secret}") */',
    '#let x = read("{secret}")', "@preview", "<label>",
)  # fmt: skip
WRAPPERS = ("{}", "**{}**", "`{}`", "```\n{}\n```", "- {}", "| a |\n|---|\n| {} |", "> {}")


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_no_prompt_runs_or_reads(wrapper: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Xyzzyplugh", encoding="utf-8")
    texts = [payload.format(secret=secret) for payload in PAYLOADS]
    variants = [
        replace(variant_of("choice"), title=text, prompt=wrapper.format(text), solution=wrapper.format(text))
        for text in texts
    ]
    sheet = of_variants(*variants)

    sheet_text, key = (text_of(compile_pdf(source(sheet))) for source in (sheet_source, key_source))

    for told in (sheet_text, key):
        assert "Xyzzyplugh" not in told
        assert told.count("eval") >= 2
        assert 'eval("1+1")' in "".join(told.split())


def everything() -> Sheet:
    drawn = shipped_bank()[DRAWN].variant(3)
    return of_variants(drawn, *map(variant_of, ANSWER_TYPES), name="Ada", large_print=True, paper="letter")


def test_a_record_prints_the_same_sheet_and_key() -> None:
    sheet = everything()

    again = sheet_from_json(json.loads(json.dumps(sheet_to_json(sheet))))

    assert sheet_source(again) == sheet_source(sheet)
    assert key_source(again) == key_source(sheet)


def test_no_page_of_a_printed_set_is_empty() -> None:
    wish = SheetWish(skills=("math", "ml"), minutes=60, seed=2)
    sheet = next(make_sheets(wish, plan_sheets(shipped_bank(), wish)))

    for source in (sheet_source(sheet), key_source(sheet)):
        for page in pypdfium2.PdfDocument(compile_pdf(source)):
            assert len(page.get_textpage().get_text_bounded()) > 100
