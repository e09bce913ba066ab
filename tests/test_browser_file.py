"""The text area of a file to mend: a way back, lines that keep their indentation, no trap for the Tab key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import Watch, answer_button, chromium, serve
from tests.web_questions import ANSWERS, bank

pytestmark = pytest.mark.browser

GIVEN = ANSWERS["config"].given  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve(tmp_path_factory.mktemp("data"), bank()) as site:
        yield site.url


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    watch = Watch(address)
    context = browser.new_context()
    page = watch.over(context.new_page())
    page.goto(f"{address}/demo?type=config")
    yield page
    context.close()
    assert watch.faults == []


def test_the_given_file_comes_back_and_can_be_left_again(page: Page) -> None:
    area, back = page.locator("textarea"), page.get_by_role("button", name="Back to the file as given")
    expect(area).to_have_value(GIVEN)
    expect(back).to_be_disabled()

    area.fill("spec: {}")
    back.click()

    expect(area).to_have_value(GIVEN)
    expect(back).to_be_disabled()
    page.keyboard.press("Control+Z")
    expect(area).to_have_value("spec: {}")


def test_a_new_line_keeps_the_indentation_of_the_one_above(page: Page) -> None:
    area = page.locator("textarea")
    area.fill("spec:\n  a: 1")
    area.press("Control+End")

    page.keyboard.press("Enter")
    page.keyboard.type("b: 2")

    expect(area).to_have_value("spec:\n  a: 1\n  b: 2")


def test_tab_leaves_the_area(page: Page) -> None:
    page.locator("textarea").focus()

    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.tagName") != "TEXTAREA"


def test_what_cannot_be_read_is_told_while_it_is_typed(page: Page) -> None:
    page.locator("textarea").fill("spec: a: b")

    expect(page.locator("[data-echo]")).to_contain_text("Line 1: a colon cannot stand here")


def test_without_scripts_the_file_can_be_mended_and_copied(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/demo?type=config")

    assert page.locator("[data-file-given]").text_content() == GIVEN
    expect(page.get_by_role("button", name="Back to the file as given")).to_be_hidden()
    page.locator("textarea").fill("spec: {replicas: 3, paused: false}")
    answer_button(page).click()

    expect(page.locator(".verdict")).to_contain_text("Correct")
    context.close()
