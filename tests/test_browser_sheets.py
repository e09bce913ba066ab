"""A practice set in a real browser: made, downloaded, found by its code, marked, and seen in the report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import Site, Watch, axe_faults, chromium, serve
from tests.web_questions import bank, draw_fixed

pytestmark = pytest.mark.browser

#: Setting a first sheet starts a process, on a machine that may have more to do.
PATIENCE = 120_000
expect.set_options(timeout=PATIENCE)
CODE = re.compile(r"[1-9A-Z]{4}-[1-9A-Z]{4}-[1-9A-Z]{2}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    draw_fixed(monkeypatch)
    with serve(tmp_path, bank()) as found:
        yield found


@pytest.fixture
def watch(site: Site) -> Iterator[Watch]:
    found = Watch(site.url)
    yield found
    assert found.faults == []


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def page(browser: Browser, watch: Watch, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=request.param)
    page = watch.over(context.new_page())
    page.set_default_timeout(PATIENCE)
    yield page
    context.close()


def report_of_two_misses(page: Page, site: Site) -> str:
    """Sit a short diagnostic; return the address of its report."""
    page.goto(f"{site.url}/learn/start")
    page.get_by_role("main").get_by_role("button").last.click()
    page.get_by_role("main").get_by_role("button").first.click()
    for _ in range(2):
        # The answer goes out by itself; the page that follows is opened when it is recorded.
        with page.expect_navigation():
            page.get_by_role("button", name="I don't know yet").click()
    page.get_by_role("link", name="End here").click()
    page.get_by_role("main").get_by_role("button").first.click()
    page.locator("a[href*='/learn/report/']").first.click()
    return page.url


def chance(page: Page, report: str) -> float:
    """What the report says of the one skill that the bank has questions on."""
    skills = page.request.get(f"{report}.json").json()["skills"]
    return next(float(one["chance"]) for one in skills if one["skill"] == "math.matrices")


def print_set(page: Page, questions: int) -> None:
    page.fill("[name=questions]", str(questions))
    page.locator("[name=amount][value=questions]").check()
    shows = page.get_by_role("button", name="Show what will be on it")
    if shows.is_visible():  # without scripts
        shows.click()
    expect(page.locator(".preview-line")).to_contain_text(re.compile(f"{questions} questions?, about"))
    page.get_by_role("button", name="Print it").click()


def test_from_the_gaps_to_paper_and_back_into_the_report(page: Page, site: Site) -> None:
    report = report_of_two_misses(page, site)
    before = chance(page, report)
    page.get_by_role("link", name="Print a set on my gaps").click()
    print_set(page, 3)
    expect(page.get_by_role("link", name="Sheet", exact=True)).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("link", name="Sheet", exact=True).click()
    pdf = pypdfium2.PdfDocument(download.value.path())
    code = CODE.search(pdf[0].get_textpage().get_text_range())
    assert code
    page.goto(f"{site.url}/sheets")
    page.get_by_label("Code on the sheet").fill(code[0].lower().replace("-", ""))
    page.get_by_role("button", name="Enter marks").click()
    expect(page).to_have_url(f"{site.url}/sheets/{code[0]}/marks")
    for number in range(1, 4):
        page.locator(f"[name='m.{number}'][value=right]").check()
    page.get_by_role("button", name="Save").click()

    expect(page.locator("#entered")).to_contain_text("3 of 3 questions entered")
    page.get_by_role("link", name="your report").click()
    expect(page).to_have_url(report)
    expect(page.locator(".honesty")).to_contain_text("3 answers on paper count beside them")
    assert chance(page, report) > before


def reach(page: Page, found: str) -> None:
    """Press Tab until something is in focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("found => document.activeElement.matches(found)", found):
            return
    raise AssertionError(f"{found} cannot be reached by Tab")


@pytest.fixture
def scripted(browser: Browser, watch: Watch) -> Iterator[Page]:
    context = browser.new_context()
    page = watch.over(context.new_page())
    page.set_default_timeout(PATIENCE)
    yield page
    context.close()


def test_twelve_questions_are_marked_with_few_keys(scripted: Page, site: Site) -> None:
    page = scripted
    page.goto(f"{site.url}/sheets/new?skill=math.matrices")
    print_set(page, 12)
    page.get_by_role("link", name="Enter marks").click()
    expect(page.locator("[data-keys-help]")).to_be_visible()
    expect(page.locator("#row-1 .mark-choice input").first).to_be_focused()

    keys = [*"rwdnrrpwrrrr", "Enter"]
    for key in keys:
        page.keyboard.press(key)

    expect(page.locator("#entered")).to_contain_text("12 of 12 questions entered")
    assert len(keys) <= 30
    words = page.locator(".sheet-row-verdict").all_inner_texts()
    assert [word.split(",")[0] for word in words[:4]] == [
        "Correct",
        "Not right yet",
        "Did not know",
        "Not reached",
    ]


def test_an_answer_is_typed_and_read_while_it_is_typed(scripted: Page, site: Site) -> None:
    page = scripted
    page.goto(f"{site.url}/sheets/new?skill=math.matrices")
    page.get_by_text("Only some kinds of answers").click()
    page.get_by_label("Fraction", exact=True).check()
    page.locator("[name=amount][value=questions]").check()
    page.fill("[name=questions]", "1")
    page.get_by_role("button", name="Print it").click()
    page.get_by_role("link", name="Enter marks").click()
    expect(page.locator("[data-keys-help]")).to_be_visible()

    page.keyboard.press("t")
    page.keyboard.type("6/8")
    expect(page.locator("[data-echo]")).to_contain_text("68")
    page.keyboard.press("Enter")

    expect(page.locator(".sheet-row")).to_contain_text("We read this as")


def test_skills_are_found_by_their_words(scripted: Page, site: Site) -> None:
    page = scripted
    page.goto(f"{site.url}/sheets/new")

    page.get_by_label("Search skills").fill("matr")
    expect(page.locator("[data-skill]:visible")).to_have_count(1)
    page.locator("[data-skill]:visible input").check()
    expect(page.locator(".preview-sections")).to_be_visible()
    page.get_by_label("Search skills").fill("zzz")

    expect(page.get_by_text("No skill has these words.")).to_be_visible()


def test_a_long_run_tells_how_far_it_is_and_is_marked_by_keyboard_alone(scripted: Page, site: Site) -> None:
    page = scripted
    page.goto(f"{site.url}/sheets/new?skill=math.matrices")
    page.get_by_text("For a group").click()
    page.fill("[name=copies]", "11")
    print_set(page, 2)

    expect(page.get_by_role("link", name="All sheets and keys")).to_be_visible()

    assert len(set(CODE.findall(page.inner_text("table")))) == 11
    reach(page, "a[href$='/marks']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Enter marks of all")).to_be_visible()
    reach(page, ".mark-box")
    # Right in the first question, its neighbour was not known; the sheet below has half a mark.
    for key in ("1", "Tab", "?", "ArrowDown", "-", "Shift+Tab", "0", ".", "5", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("status")).to_contain_text("4 marks entered")
    stands = page.locator(".mark-box").evaluate_all("boxes => boxes.slice(0, 6).map(box => box.value)")
    assert stands == ["1", "?", "0.5", "-", "", ""]
    assert axe_faults(page) == []


def test_the_pages_have_no_serious_faults_of_accessibility(scripted: Page, site: Site) -> None:
    page = scripted
    faults = []
    for path in ("/sheets", "/sheets/new", "/sheets/enter", "/sheets/enter?code=123"):
        page.goto(site.url + path)
        faults += axe_faults(page)
    page.goto(f"{site.url}/sheets/new?skill=math.matrices")
    print_set(page, 18)
    page.get_by_role("link", name="Enter marks").wait_for()
    sheet = page.url
    for path in (sheet, f"{sheet}/marks", f"{site.url}/sheets", f"{site.url}/sheets/new?like={sheet[-12:]}"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
        faults += axe_faults(page)

    assert faults == []
