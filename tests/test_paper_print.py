"""Sheets and keys as PDF: complete, tagged, nothing cut off, nothing told, the same bytes each time."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizengine.markup.typst import typst_string, typst_text
from quizengine.model.answers import ANSWER_TYPES, OutputAnswer
from quizengine.model.sheet import PaperSize, Sheet, SheetItem
from quizengine.model.variant import Variant, misconception_title
from quizengine.paper import (
    Press,
    PressError,
    class_source,
    compile_pdf,
    grid_row,
    grid_source,
    joined,
    key_source,
    paged_key,
    paged_sheet,
    sheet_source,
    sources_of,
)
from quizengine.paper.key import GridRow
from quizengine.paper.source import Paged
from quizengine.services.sheets import SheetWish, make_sheets, plan_sheets
from tests.factories import shipped_bank
from tests.web_questions import variant_of

WISH = SheetWish(skills=("math.matrices", "math.bayes"), minutes=25, seed=5, title="Matrices & Bayes #1")
MARGIN = 40
HEAD = '#set document(title: "t")\n#set text(lang: "en")\n'


def one_sheet(wish: SheetWish = WISH) -> Sheet:
    return next(make_sheets(wish, plan_sheets(shipped_bank(), wish)))


def of_variants(*variants: Variant, **more: object) -> Sheet:
    made = Sheet(
        code="919G-PETW-A4", form="A", title="Everything", paper="a4", large_print=False, minutes=9,
        items=tuple(SheetItem(variant, 2) for variant in variants),
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def text_of(pdf: bytes) -> str:
    """The text of all pages, in one line."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [page.get_textpage().get_text_bounded() for page in document]
    # PDFium gives a hyphen at the end of a line as a sign of its own.
    return " ".join(" ".join(pages).replace("\x02", "-").split())


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf)]


@pytest.fixture(scope="module")
def every_type() -> Sheet:
    return of_variants(*map(variant_of, ANSWER_TYPES))


def test_a_key_names_each_mistake_and_shows_what_it_prints() -> None:
    variant = shipped_bank()["math.matrices.numpy-products"].variant(3)
    text = text_of(compile_pdf(key_source(of_variants(variant))))

    for wrong in variant.misconceptions:
        answer = wrong.answers[0]
        assert isinstance(answer, OutputAnswer)
        assert f"{misconception_title(wrong.id)}." in text
        # Long lines go on below, where the column ends.
        assert "".join(answer.text.split()) in text.replace(" ", "")


@pytest.mark.parametrize("make", [sheet_source, key_source])
@pytest.mark.parametrize("look", [{}, {"paper": "letter"}, {"large_print": True}])
def test_every_answer_type_is_set_and_stays_inside_the_margins(
    every_type: Sheet, make: Callable[[Sheet], str], look: dict[str, object]
) -> None:
    document = pypdfium2.PdfDocument(compile_pdf(make(replace(every_type, **look))))  # type: ignore[arg-type]

    for page in document:
        width, height = page.get_size()
        text = page.get_textpage()
        for at in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(at)
            assert MARGIN <= left <= right <= width - MARGIN
            assert MARGIN / 2 <= bottom <= top <= height - MARGIN / 2


def test_a_sheet_has_all_that_a_person_needs_on_it() -> None:
    sheet = one_sheet()

    text = text_of(compile_pdf(sheet_source(sheet)))

    assert sheet.code in text
    assert "Matrices & Bayes #1" in text
    assert re.search(r"page 1 of \d", text)
    for at, item in enumerate(sheet.items, 1):
        assert f"{at}. {item.variant.title}" in text


@pytest.mark.parametrize(("part", "make"), [(paged_sheet, sheet_source), (paged_key, key_source)])
def test_a_class_in_one_document_has_the_pages_of_each_and_a_bookmark(
    every_type: Sheet, part: Callable[[Sheet], Paged], make: Callable[[Sheet], str]
) -> None:
    sheets = [one_sheet(), replace(every_type, name="Ada", large_print=True), of_variants(variant_of("sql"))]

    document = pypdfium2.PdfDocument(compile_pdf(joined("A class", list(map(part, sheets)))))

    alone = [pypdfium2.PdfDocument(compile_pdf(make(sheet))) for sheet in sheets]
    starts = [sum(map(len, alone[:at])) for at in range(4)]
    marks = [one for one in document.get_toc() if one.level == 0]
    assert [one.get_dest().get_index() for one in marks] == starts[:3]
    endings = zip((one.get_title() for one in marks), (sheets[0].code, "Ada", sheets[2].code), strict=True)
    assert all(title.endswith(ending) for title, ending in endings)
    # "page x of y" and all that follows on later pages is as on the sheet alone.
    later = [(at, page) for at, pages in enumerate(alone) for page in range(1, len(pages))]
    assert later
    for at, page in later:
        of_class = document[starts[at] + page].get_textpage().get_text_bounded()
        assert of_class == alone[at][page].get_textpage().get_text_bounded()


def test_a_key_behind_its_sheet_begins_a_page_and_is_counted_with_it(every_type: Sheet) -> None:
    class_ = [replace(every_type, key="same", name="Ada"), replace(one_sheet(), key="same", paper="letter")]
    first, whole = sources_of(class_[0]), class_source("A class", class_, "sheet")

    pages = pages_of(compile_pdf(first["sheet"]))
    of_class = pages_of(compile_pdf(whole))

    apart = replace(class_[0], key="separate")
    sheet, key = (len(pages_of(compile_pdf(source))) for source in sources_of(apart).values())
    counted = [f"page {at} of {sheet + key}" for at in range(1, sheet + key + 1)]
    assert list(first) == ["sheet"]
    assert [re.search(r"page \d+ of \d+", page)[0] for page in pages] == counted  # type: ignore[index]
    assert [at for at, page in enumerate(pages) if "ANSWERS - 919G-PETW-A4" in page] == [sheet]
    assert not any("Worked solution" in page for page in pages[:sheet])
    assert all("Answers: Everything" in page for page in pages[sheet:])
    # In a class each sheet has its own key behind it, and counts its pages from 1.
    assert [page.replace(", Ada\r\n", "\r\n") for page in of_class[: len(pages)]] == pages
    assert f"page 1 of {len(of_class) - len(pages)}" in of_class[len(pages)]
    assert sum("ANSWERS - " in page for page in of_class) == 2


def test_where_no_key_is_wanted_none_is_set(every_type: Sheet) -> None:
    assert sources_of(replace(every_type, key="none")) == {"sheet": sheet_source(every_type)}


def test_a_key_has_the_worked_solution_and_the_mistakes_by_name() -> None:
    sheet = one_sheet()

    text = text_of(compile_pdf(key_source(sheet)))

    assert text.count("Worked solution") == len(sheet.items)
    assert text.count("Common wrong answers") == len(sheet.items)
    for item in sheet.items:
        assert f"{item.variant.question_id}, version {item.variant.version}" in text


def test_a_long_wrong_answer_leaves_room_for_what_is_said_about_it() -> None:
    variant = shipped_bank()["prac.classification-metrics.read-a-confusion-matrix"].variant(5)

    key = pypdfium2.PdfDocument(compile_pdf(key_source(of_variants(variant))))

    # Squeezed to one word a line, the mistakes alone took two pages more.
    assert len(key) == 1


def test_a_sheet_tells_nothing_of_its_key() -> None:
    sheet = of_variants(*(variant_of(kind) for kind in ANSWER_TYPES))

    source = sheet_source(sheet)

    for item in sheet.items:
        assert item.variant.solution not in source
        for wrong in item.variant.misconceptions:
            assert wrong.id not in source
            assert wrong.feedback not in source
        assert str(item.variant.question_id) not in source


def test_the_same_sheet_is_the_same_bytes_in_another_process() -> None:
    source = sheet_source(one_sheet())
    script = (
        "import sys; from quizengine.paper import compile_pdf; "
        "sys.stdout.buffer.write(compile_pdf(sys.stdin.read()))"
    )
    environment = {
        "TZ": "Pacific/Auckland",
        "LC_ALL": "C.UTF-8",
        "PYTHONHASHSEED": "1",
        "PYTHONPATH": ":".join(sys.path),
    }

    other = subprocess.run(
        [sys.executable, "-c", script],
        input=source.encode(),
        env=environment,
        capture_output=True,
        check=True,
    ).stdout

    assert other == compile_pdf(source)


def test_it_is_tagged_has_a_language_and_a_title() -> None:
    pdf = compile_pdf(sheet_source(one_sheet()))

    document = pypdfium2.PdfDocument(pdf)

    assert document.is_tagged()
    assert document.get_metadata_value("Title").startswith("Matrices & Bayes #1")
    assert b"/Lang" in pdf


def test_a_page_is_grey_from_corner_to_corner(every_type: Sheet) -> None:
    for page in pypdfium2.PdfDocument(compile_pdf(sheet_source(every_type))):
        pixels = page.render(scale=0.5, rev_byteorder=True).to_numpy()
        assert (pixels.max(axis=2) == pixels.min(axis=2)).all()


def test_the_marking_grid_has_a_row_for_each_sheet() -> None:
    wish = replace(WISH, names=("Ada L.", "Grace H."))
    made = list(make_sheets(wish, plan_sheets(shipped_bank(), wish)))

    text = text_of(compile_pdf(grid_source("Marks", "a4", list(map(grid_row, made)))))

    assert all(sheet.code in text and sheet.name in text for sheet in made)


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_the_marking_grid_of_a_class_is_one_page(paper: PaperSize) -> None:
    rows = [GridRow("919G-PETW-A4", "A", f"Grace Hopper {at}", (2,) * 20) for at in range(33)]
    long = [replace(rows[0], name="Maria Sibylla Merian-Graff " * 3), *rows[:23]]

    assert len(pages_of(compile_pdf(grid_source("Marks", paper, rows)))) == 1
    (page,) = pages_of(compile_pdf(grid_source("Marks", paper, long)))
    assert page.count("Graff") == 3


@settings(max_examples=20)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40))
def test_text_is_printed_as_it_is_and_never_live(text: str) -> None:
    pdf = compile_pdf(f"{HEAD}{typst_text(text)}\n\n#raw({typst_string(text)})\n\nend")

    assert "".join(text_of(pdf).split()) == f"{text}{text}end"


@pytest.mark.parametrize(
    "hostile",
    [
        '#read("/etc/passwd")',
        '#import "@preview/cetz:0.3.0"',
        "#panic()",
        "$x",
        "]#x[",
        "//",
        "`",
        "@a",
        "\\",
    ],
)
def test_hostile_titles_and_names_are_printed_as_they_are(hostile: str) -> None:
    sheet = replace(one_sheet(), title=f"a {hostile} b", name=f"n {hostile} m")

    assert hostile.replace(" ", "") in text_of(compile_pdf(sheet_source(sheet))).replace(" ", "")


@pytest.mark.parametrize(
    "source",
    ['#read("/etc/passwd")', '#import "@preview/cetz:0.3.0": *', '#image("/etc/hostname.png")', "#x", "#("],
)
def test_a_document_can_reach_nothing(source: str) -> None:
    with pytest.raises(PressError, match="cannot be set"):
        compile_pdf(HEAD + source)


def test_a_document_that_does_not_end_is_stopped_and_the_next_is_set() -> None:
    endless = HEAD + "#for a in range(100000) { for b in range(100000) { [] } }"

    with Press(seconds=1) as press:
        with pytest.raises(PressError, match="within 1 seconds"):
            press.pdf(endless)
        press.seconds = 30
        assert press.pdf(HEAD + "next").startswith(b"%PDF")
