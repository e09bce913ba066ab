"""A whole diagnostic by keyboard alone: no mouse, no script reaches into the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from quizengine.model.answers import ANSWER_TYPES
from quizengine.model.grade import ResponseValue
from quizengine.model.variant import Part
from quizengine.services import scoring
from tests.browsing import (
    TO_THE_END,
    Site,
    Watch,
    bank_of_every_type,
    chromium,
    focused,
    in_one_line,
    press,
    right,
    serve,
    tab_to,
)

pytestmark = pytest.mark.browser


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(scoring, "DIAGNOSTIC", TO_THE_END)
    with serve(tmp_path / "data", bank_of_every_type(tmp_path / "bank")) as found:
        yield found


@pytest.fixture
def page(site: Site) -> Iterator[Page]:
    watch = Watch(site.url)
    with chromium() as browser:
        page = watch.over(browser.new_page())
        page.on("dialog", lambda dialog: dialog.accept())
        yield page
    assert watch.faults == []


def answer(page: Page, part: Part, kind: str, value: ResponseValue) -> None:
    """Give an answer with keys."""
    name = f"a.{part.name}"
    if kind in ("choice", "choices"):
        _pick(page, name, kind, [value] if isinstance(value, str) else [str(one) for one in value])
    elif kind == "ordering":
        _arrange(page, [str(item) for item in value])
    elif kind == "matching":
        for i, option in enumerate(value):
            tab_to(page, f"select[name='{name}.{i}']")
            _choose(page, str(option))
    elif kind == "sql":
        tab_to(page, ".cm-content")
        page.keyboard.insert_text(str(value))
    elif kind == "config":
        tab_to(page, f"[name='{name}']")
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(str(value))
    elif not isinstance(value, str) and page.locator(f"[name='{name}']").count():
        tab_to(page, f"[name='{name}']")
        page.keyboard.type(in_one_line(value))
    elif not isinstance(value, str):
        for place, cell in _cells(value):
            tab_to(page, f"input[name='{name}.{place}']")
            page.keyboard.type(cell)
    else:
        tab_to(page, f"[name='{name}']")
        page.keyboard.type(value)


def _cells(value: ResponseValue) -> Iterator[tuple[str, str]]:
    for i, row in enumerate(value):
        if isinstance(row, str):
            yield str(i), row
        else:
            yield from ((f"{i}.{j}", cell) for j, cell in enumerate(row))


def _pick(page: Page, name: str, kind: str, wanted: list[str]) -> None:
    if kind == "choices":
        for option in sorted(wanted):
            tab_to(page, f"input[name='{name}'][value='{option}']")
            page.keyboard.press("Space")
        return
    tab_to(page, f"input[name='{name}']")
    page.keyboard.press("Space")
    for _ in range(12):
        if focused(page, f"input[name='{name}'][value='{wanted[0]}']"):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError("the arrows do not reach the option")


def _choose(page: Page, option: str) -> None:
    for _ in range(12):
        if page.evaluate("document.activeElement.value") == option:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrows do not reach {option}")


def _arrange(page: Page, wanted: list[str]) -> None:
    for place, item in enumerate(wanted):
        for _ in range(len(wanted)):
            order = page.locator("[data-item]").evaluate_all("rows => rows.map(row => row.dataset.item)")
            if order.index(item) <= place:
                break
            tab_to(page, f"[data-item='{item}'] [data-move='-1']")
            page.keyboard.press("Enter")


def test_a_diagnostic_by_keyboard_alone(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/learn/start")
    tab_to(page, "input[name='role']")
    page.keyboard.press("Space")
    press(page, "main button.button-primary")
    attempt_id = page.url.split("/t/")[1].split("/")[0]
    if not page.url.endswith("/q"):
        press(page, "main button.button-primary")
    asked: set[str] = set()

    while (standing := site.standing(attempt_id)).slot_id and standing.variant:
        for part, kind in zip(standing.variant.parts, standing.variant.answer_types, strict=True):
            answer(page, part, kind, right(part))
            asked.add(kind)
        press(page, "[data-answer-button]")
        assert site.standing(attempt_id).slot_id != standing.slot_id, page.inner_text("main")

    assert asked == set(ANSWER_TYPES)
    expect(page.locator("h1")).to_be_visible()
    report_id = site.standing(attempt_id).report_id
    assert report_id is not None
    press(page, f"a[href='/learn/report/{report_id}']")
    press(page, f"a[href='/learn/report/{report_id}/plan']")
    expect(page.locator("h1")).to_be_visible()
