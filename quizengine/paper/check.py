"""``quizengine check --paper``: every question is set at two sizes on two papers, and its pages are read."""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from quizengine.bank import Bank, BankQuestion
from quizengine.bank.engines import judgeable, left_out_note
from quizengine.errors import MissingExtraError, QuizEngineError
from quizengine.model.sheet import PaperSize, Sheet, SheetItem
from quizengine.paper.key import key_source
from quizengine.paper.press import PressError, compile_pdf
from quizengine.paper.source import sheet_source
from quizengine.services.sheet_copies import marks_of

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

#: Variants of each question in a document.
VARIANTS = 2
LOOKS: tuple[tuple[PaperSize, bool], ...] = (
    ("a4", False), ("letter", False), ("a4", True), ("letter", True),
)  # fmt: skip
#: Points that text may stand beyond the margins of 2 cm: a space at the end of a line may be outside.
SLACK = 8.0
SIDE, HEADER = 56.7, 73.7
#: Letters and digits stand on each other where they share so much of the smaller. Points of a grid's cell.
MOST_SHARED, CELL = 0.4, 6.0
LIGATURE = 2

Box = tuple[float, float, float, float]
Run = Callable[[Callable[[Any], Any], Collection[Any]], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class PaperFault:
    """What is wrong with a question on paper, and at which look; a note where nothing can be done."""

    question: str
    look: str
    message: str
    is_note: bool = False

    def __str__(self) -> str:
        return f"{self.question} ({self.look}): {self.message}"


@dataclass(frozen=True, slots=True)
class PaperReport:
    """What a check of printed pages found."""

    questions: int
    pages: int
    found: tuple[PaperFault, ...]
    notes: tuple[str, ...]

    @property
    def faults(self) -> tuple[PaperFault, ...]:
        """What has to be mended."""
        return tuple(one for one in self.found if not one.is_note)

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "questions": self.questions,
            "pages": self.pages,
            "faults": [str(one) for one in self.faults],
            "notes": [*(str(one) for one in self.found if one.is_note), *self.notes],
        }


def check_paper(bank: Bank, *, variants: int = VARIANTS, run: Run = map) -> PaperReport:
    """Set each question's variants in one document a skill, at 11 and 18 points, on A4 and Letter.

    A question must not be split over pages (at 18 points that is a note: some are longer than a page), no
    text may stand outside the margins or on other text, no page may hold one line alone, every character
    must be in a font, every formula and figure have words. Questions that run on PostgreSQL are left out,
    with a note, where no server is named. ``run`` maps over the skills.
    """
    checked, left_out = judgeable(bank)
    skills: defaultdict[str, list[BankQuestion]] = defaultdict(list)
    for entry in checked.questions.values():
        skills[entry.question.primary_skill].append(entry)
    titles = {str(skill.id): skill.title for skill in checked.roadmap.skills}
    results = list(run(partial(check_skill, titles=titles, variants=variants), list(skills.values())))
    return PaperReport(
        questions=len(checked),
        pages=sum(pages for pages, _ in results),
        found=tuple(fault for _, faults in results for fault in faults),
        notes=(left_out_note(left_out),) if left_out else (),
    )


def check_skill(
    entries: Sequence[BankQuestion], *, titles: Mapping[str, str], variants: int = VARIANTS
) -> tuple[int, list[PaperFault]]:
    """Return how many pages the questions of a skill take, and what is wrong with them."""
    found: dict[tuple[str, str], PaperFault] = {}
    pages = 0
    made, items = list[PaperFault](), list[SheetItem]()
    for entry in entries:
        try:
            items += [SheetItem(entry.variant(seed), marks_of(entry)) for seed in range(variants)]
        except QuizEngineError as error:
            made.append(PaperFault(entry.question.id, "any", str(error)))
    sheet = Sheet(
        code="919G-PETW-A4", form="A", title=entries[0].question.primary_skill, paper="a4",
        large_print=False, minutes=10, items=tuple(items), skills=titles,
    )  # fmt: skip
    for paper, large in LOOKS:
        look = replace(sheet, paper=paper, large_print=large)
        name = f"{paper}, {18 if large else 11} pt"
        count, faults = check_look(look, name)
        pages += count
        # One word a question and kind of fault: its variants are alike.
        found.update(
            {(one.question, one.message): one for one in faults if (one.question, one.message) not in found}
        )
    return pages, [*made, *found.values()]


def check_look(sheet: Sheet, look: str) -> tuple[int, list[PaperFault]]:
    """Return how many pages a sheet and its key take, and what is wrong with them; ``look`` names it."""
    try:
        printed, key = compile_pdf(sheet_source(sheet)), compile_pdf(key_source(sheet))
    except QuizEngineError:
        return 0, list(_culprits(sheet, look))
    places = _places(sheet_source(sheet, traced=True))
    document, answers = _opened(printed), _opened(key)
    faults = list(_splits(sheet, look, places))
    for at, page in enumerate(document, 1):
        name = next(
            (str(sheet.items[n - 1].variant.question_id) for n, (a, b) in places.items() if a <= at <= b), ""
        )
        faults += [PaperFault(name or sheet.title, f"{look}, page {at}", what) for what in page_faults(page)]
    for at, page in enumerate(answers, 1):
        faults += [
            PaperFault(sheet.title, f"key, {look}, page {at}", what) for what in page_faults(page, lines=True)
        ]
    return len(document) + len(answers), faults


def _culprits(sheet: Sheet, look: str) -> Iterator[PaperFault]:
    """Say of each question that cannot be set alone why."""
    for item in sheet.items:
        alone = replace(sheet, items=(item,))
        for what, source in (("sheet", sheet_source), ("key", key_source)):
            try:
                compile_pdf(source(alone))
            except QuizEngineError as error:
                yield PaperFault(item.variant.question_id, look, f"{what}: {error}")


def _places(source: str) -> dict[int, tuple[int, int]]:
    """Return the pages on which each question begins and ends."""
    import typst  # noqa: PLC0415 (a heavy module that few commands need)

    with tempfile.TemporaryDirectory() as empty:
        try:
            told = typst.query(  # type: ignore[type-var]
                source.encode(), "<traced>", field="value", root=empty, package_path=empty,
                package_cache_path=empty, ignore_system_fonts=True,
            )  # fmt: skip
        except typst.TypstError as error:
            raise PressError(f"The sheet cannot be set: {error.message}") from error
    pages: dict[int, dict[str, int]] = defaultdict(dict)
    for number, what, page in json.loads(told):
        pages[number][what] = page
    return {number: (one["start"], one["end"]) for number, one in pages.items()}


def _splits(sheet: Sheet, look: str, places: dict[int, tuple[int, int]]) -> Iterator[PaperFault]:
    for number, (start, end) in places.items():
        if start != end:
            name = sheet.items[number - 1].variant.question_id
            yield PaperFault(name, look, "it is longer than a page, and split", is_note=sheet.large_print)


def _opened(pdf: bytes) -> PdfDocument:
    try:
        from pypdfium2 import PdfDocument  # noqa: PLC0415 (an extra)
    except ImportError:
        raise MissingExtraError("Looking at printed pages", "author") from None
    return PdfDocument(pdf)


def page_faults(page: PdfPage, *, lines: bool = False) -> Iterator[str]:
    """Yield what is wrong with a page of pypdfium2; one that is to have ``lines`` must have two of them."""
    width, height = page.get_size()
    text = page.get_textpage()
    boxes: list[Box] = [text.get_rect(at) for at in range(text.count_rects())]
    below = [box for box in boxes if box[3] < height - HEADER + SLACK]
    for box in boxes:
        left, bottom, right, _ = box
        if left < SIDE - SLACK or right > width - SIDE + SLACK or bottom < SIDE - SLACK:
            yield f"outside the margins: {text.get_text_bounded(*box)[:40]!r}"
    # A sheet's page may hold nothing but room to write; in a key a line alone is an orphan.
    if lines and len({round(box[1]) for box in below}) <= 1:
        yield "the page has one line alone"
    if on := _crossed(text):
        yield f"one text stands on another near {on!r}"


def _crossed(text: PdfTextPage) -> str:
    """Return the text around the first letter or digit that stands on another; empty where none does."""
    from pypdfium2.raw import FPDFText_GetUnicode  # noqa: PLC0415 (an extra)

    # Signs that share much of their boxes have their middles in one cell of a grid, or in neighbours.
    seen: defaultdict[tuple[int, int], list[tuple[int, Box]]] = defaultdict(list)
    for at in range(text.count_chars()):
        # By number: PDFium counts signs otherwise than a text of Python does.
        if not chr(FPDFText_GetUnicode(text, at)).isalnum():
            continue
        box = text.get_charbox(at)
        column, row = (int((box[axis] + box[axis + 2]) / 2 / CELL) for axis in (0, 1))
        near = ((column + right, row + up) for right in (-1, 0, 1) for up in (-1, 0, 1))
        found = (one for cell in near for one in seen[cell])
        # Letters of a ligature have one box.
        if any(at - other > LIGATURE and _shared(box, theirs) > MOST_SHARED for other, theirs in found):
            return str(text.get_text_range(max(0, at - 10), min(20, text.count_chars() - at + 10)))
        seen[column, row].append((at, box))
    return ""


def _shared(one: Box, other: Box) -> float:
    """Return how much of the smaller box the other covers."""
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    across = min(one[2], other[2]) - max(one[0], other[0])
    up = min(one[3], other[3]) - max(one[1], other[1])
    return across * up / smaller if across > 0 and up > 0 and smaller > 0 else 0.0
