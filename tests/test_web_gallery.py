"""The gallery: every question with all that a reviewer asks about, in a folder that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from quizengine.bank import Bank, BankQuestion
from quizengine.bank.report import CheckReport, MutantCount, QuestionReport
from quizengine.errors import GenerationError
from quizengine.grading import key_text
from quizengine.model.answers import ChoiceAnswer, ConfigAnswer
from quizengine.model.variant import Variant
from quizengine.web.gallery import SAMPLES, write_gallery
from quizengine.web.rendering import line
from tests.browsing import axe_faults, chromium
from tests.factories import make_misconception
from tests.web_questions import ANSWERS, bank, fixed_question, variant_of

SKILL = "math.matrices"
PICKED = ("choice", "choices", "ordering", "matching", "table")
FAULT = "the trivial answer '0' scores"


def reported(entry: BankQuestion, *faults: str) -> QuestionReport:
    """What a check could have found."""
    return QuestionReport(
        id=entry.question.id,
        path=str(entry.path),
        variants=200,
        distinct=197,
        space=10_368,
        acceptance=0.62,
        answers=71,
        milliseconds=0.7,
        fired={},
        separable="all",
        has_oracle=True,
        types=tuple(part.type for part in entry.question.parts),
        mutants=MutantCount(made=9, killed=8, signed_off=1),
        faults=faults,
    )


def checked(of: Bank, **faults: str) -> CheckReport:
    """A report on a bank, with a fault of the question about each of these types."""
    entries = of.questions.values()
    reports = tuple(
        reported(entry, *([faults[kind]] if (kind := entry.question.parts[0].type) in faults else []))
        for entry in entries
    )
    return CheckReport(of.name, reports, ("role x: no question",), ("one note",))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gallery of one question of each answer type, one of them at fault."""
    made = tmp_path_factory.mktemp("gallery")
    write_gallery(bank(), checked(bank(), matrix=FAULT), made)
    return made


@pytest.fixture(scope="module")
def skill_page(folder: Path) -> str:
    """The page of the skill that all these questions ask about."""
    return (folder / "skills" / f"{SKILL}.html").read_text("utf-8")


@pytest.mark.parametrize("kind", sorted(ANSWERS))
def test_a_question_is_shown_with_its_samples_key_mistakes_and_solution(skill_page: str, kind: str) -> None:
    variant = variant_of(kind)
    name = variant.question_id.rpartition(".")[2]
    _, _, rest = skill_page.partition(f'id="{name}" ')
    article, _, _ = rest.partition("</article>")

    assert article.count('<details class="gallery-sample"') == SAMPLES
    assert article.count("Worked solution") == SAMPLES
    if kind in PICKED:
        assert str(line(key_text(variant.answer))) in article
    else:
        assert all(unescape(article).count(text) for text in key_text(variant.answer).splitlines())
    for wrong in variant.misconceptions:
        assert article.count(f"<strong>{wrong.id}</strong>") == SAMPLES
    assert f'data-part="{variant.parts[0].name}"' in article


def page_of(folder: Path, kind: str, variant: Variant) -> str:
    """The page of a bank whose only question gives this variant."""
    entry = replace(fixed_question(kind), fixed=variant)
    few = replace(bank(), questions={entry.question.id: entry})
    write_gallery(few, checked(few), folder)
    return (folder / "skills" / f"{SKILL}.html").read_text("utf-8")


def test_a_mistake_in_a_file_is_told_by_the_lines_it_changes(tmp_path: Path) -> None:
    variant = variant_of("config")
    assert isinstance(variant.answer, ConfigAnswer)
    wrong = replace(variant.answer, sound="spec:\n  replicas: 30\n  paused: true\n")

    made = replace(variant, misconceptions=(make_misconception(wrong, "too-many"),))

    page = page_of(tmp_path, "config", made)

    told = "- replicas: 3\n+ replicas: 30\n- paused: false\n+ paused: true"
    assert page.count(f"<code>{told}</code>") == SAMPLES


def test_what_is_picked_is_shown_as_a_learner_sees_it(tmp_path: Path) -> None:
    variant = variant_of("choice")
    assert isinstance(variant.answer, ChoiceAnswer)
    wrong = make_misconception(replace(variant.answer, key="a"), "lasso")

    page = page_of(tmp_path, "choice", replace(variant, misconceptions=(wrong,)))

    assert "`L2`" not in page
    assert "$L^1$" not in page


def test_a_question_tells_what_it_proved(skill_page: str) -> None:
    told = " ".join(unescape(re.sub(r"<[^>]+>", " ", skill_page)).split())

    for words in ("200, 197 different", "10,368", "62%", "0.7 ms", "8 of 9, 1 signed off"):
        assert words in told


def test_a_fault_is_told_at_its_question_and_in_the_index(folder: Path, skill_page: str) -> None:
    index = (folder / "index.html").read_text("utf-8")

    assert unescape(skill_page).count(FAULT) == 1
    assert index.count("data-bad") == 1
    assert "role x: no question" in index
    assert "one note" in index


def test_no_id_stands_twice_on_a_page_and_every_label_has_its_field(folder: Path) -> None:
    for path in folder.rglob("*.html"):
        text = path.read_text("utf-8")
        ids = re.findall(r'\bid="([^"]+)"', text)
        assert len(ids) == len(set(ids))
        for attribute in ("for", "aria-labelledby", "aria-describedby", "headers"):
            for value in re.findall(rf'\b{attribute}="([^"]+)"', text):
                assert set(value.split()) <= set(ids), (path.name, attribute, value)


def test_every_link_leads_to_a_file_of_the_folder(folder: Path) -> None:
    for path in folder.rglob("*.html"):
        for address in re.findall(r'(?:href|src)="([^"]+)"', path.read_text("utf-8")):
            if address.startswith("data:image/svg+xml;"):
                continue
            parts = urlsplit(address)
            assert not parts.scheme, address
            target = (path.parent / parts.path).resolve() if parts.path else path
            assert target.is_relative_to(folder.resolve()), address
            assert (
                f'id="{parts.fragment}"' in target.read_text("utf-8") if parts.fragment else target.is_file()
            )


def test_the_style_sheet_finds_its_font(folder: Path) -> None:
    sheet = folder / "css" / "gallery.css"

    for address in re.findall(r'url\("([^"#]+)"\)', sheet.read_text("utf-8")):
        assert (sheet.parent / address).is_file()


def test_a_question_that_gives_no_variant_says_why(tmp_path: Path) -> None:
    whole = bank()
    entry = next(iter(whole.questions.values()))

    class Barren(BankQuestion):
        def variant(self, seed: int) -> None:  # type: ignore[override]
            raise GenerationError(f"no fit variant of {seed}")

    barren = Barren(entry.question, entry.path)
    cut = replace(whole, questions={entry.question.id: barren})
    write_gallery(cut, CheckReport("trial", (reported(barren),), (), ()), tmp_path)

    page = (tmp_path / "skills" / f"{SKILL}.html").read_text("utf-8")
    assert page.count("no fit variant of") == SAMPLES


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[Page]:
    """A browser on the gallery, opened as files."""
    with chromium() as browser:
        found = browser.new_context().new_page()
        errors: list[str] = []
        found.on("pageerror", lambda error: errors.append(str(error)))
        found.goto((folder / "index.html").as_uri())
        yield found
        assert errors == []


@pytest.mark.browser
def test_the_index_finds_questions_by_type_and_by_words(page: Page, folder: Path) -> None:
    shown = page.locator("[data-question]:visible")
    expect(shown).to_have_count(len(ANSWERS))

    page.get_by_label("Answer type").select_option("matrix")
    expect(shown).to_have_count(1)
    page.reload()
    expect(shown).to_have_count(1)
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Search").fill("no such words")

    expect(shown).to_have_count(0)
    expect(page.get_by_text("No question fits")).to_be_visible()
    page.get_by_label("Search").fill("")
    page.get_by_label("At fault").check()
    expect(shown).to_have_count(1)
    assert axe_faults(page) == []


@pytest.mark.browser
def test_keys_go_from_question_to_question_and_open_all(page: Page, folder: Path) -> None:
    page.goto((folder / "skills" / f"{SKILL}.html").as_uri())
    names = [one.get_attribute("id") for one in page.locator("article").all()]
    assert axe_faults(page) == []

    visited = []
    for key in "jjkj":
        page.keyboard.press(key)
        visited.append(urlsplit(page.url).fragment)
    page.keyboard.press("o")

    assert visited == [names[0], names[1], names[0], names[1]]
    expect(page.locator("details.gallery-sample:not([open])")).to_have_count(0)


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_wider_than_its_window(page: Page, folder: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for path in folder.rglob("*.html"):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path.name
