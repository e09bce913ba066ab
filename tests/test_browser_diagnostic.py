"""A whole diagnostic in a real browser: every answer type, to the report and the plan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from quizengine.bank import Bank
from quizengine.model.answers import ANSWER_TYPES
from quizengine.model.grade import ResponseValue
from quizengine.model.variant import Part
from quizengine.services import scoring
from quizengine.services.attempts import Standing
from tests.browsing import (
    TO_THE_END,
    Site,
    Watch,
    answer_button,
    axe_faults,
    bank_of_every_type,
    chromium,
    fill,
    right,
    serve,
    wrong,
)

pytestmark = pytest.mark.browser

PLAIN_PAGES = ("/", "/learn", "/learn/start", "/learn/practice", "/privacy", "/accessibility", "/licences")
#: Where a person types, so that what they type may be unreadable.
TYPED = {
    *("integer", "number", "fraction", "set", "expression", "equation", "interval", "factorisation"),
    *("vector", "matrix", "table", "sql", "config"),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def every_type(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return bank_of_every_type(tmp_path_factory.mktemp("banks") / "every_type")


@pytest.fixture
def site(tmp_path: Path, every_type: Bank, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(scoring, "DIAGNOSTIC", TO_THE_END)
    with serve(tmp_path, every_type) as found:
        yield found


@pytest.fixture
def watch(site: Site) -> Iterator[Watch]:
    found = Watch(site.url)
    yield found
    assert found.faults == []


@pytest.fixture
def page(browser: Browser, watch: Watch) -> Iterator[Page]:
    context = browser.new_context()
    page = watch.over(context.new_page())
    page.set_default_timeout(15_000)
    # The browser asks before an answer leaves the SQL editor by Ctrl-Enter; nobody else asks here.
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    context.close()


def begin(page: Page, site: Site) -> str:
    """Start a diagnostic with the mouse; return its id."""
    page.goto(f"{site.url}/learn/start")
    page.get_by_label("ML engineer", exact=False).first.check()
    page.get_by_role("main").get_by_role("button").last.click()
    attempt_id = page.url.split("/t/")[1].split("/")[0]
    if not page.url.endswith("/q"):
        page.get_by_role("main").get_by_role("button").first.click()
    expect(page).to_have_url(f"{site.url}/t/{attempt_id}/q")
    return attempt_id


def garbage(kind: str, value: ResponseValue) -> ResponseValue:
    """Something that cannot be read, in the shape of the form."""
    if kind == "vector":
        return ("sinx",) * len(value)
    if kind in ("matrix", "table"):
        return (("sinx",) * len(value[0]),) * len(value)
    return "DELETE FROM users" if kind == "sql" else "sinx"


def parts_of(standing: Standing) -> list[tuple[Part, str]]:
    assert standing.variant is not None
    return list(zip(standing.variant.parts, standing.variant.answer_types, strict=True))


def go_through(page: Page, site: Site, attempt_id: str, mood: str) -> set[str]:
    """Answer to the end in one mood; return the answer types that were asked."""
    asked: set[str] = set()
    while True:
        standing = site.standing(attempt_id)
        if standing.slot_id is None or standing.variant is None:
            return asked
        asked |= {kind for _, kind in parts_of(standing)}
        typed = [(part, kind) for part, kind in parts_of(standing) if kind in TYPED]
        if mood == "unreadable" and typed:
            for part, kind in typed:
                fill(page, part, kind, garbage(kind, right(part)))
            answer_button(page).click()
            expect(page.locator("[aria-invalid=true], .error-summary, [role=alert]").first).to_be_visible()
            assert site.standing(attempt_id).slot_id == standing.slot_id
        give(page, standing, mood)
        page.wait_for_load_state()
        assert site.standing(attempt_id).slot_id != standing.slot_id, page.inner_text("main")


def give(page: Page, standing: Standing, mood: str) -> None:
    if mood == "dont-know":
        with page.expect_navigation():
            page.get_by_role("button", name="I don't know yet").click()
        return
    assert standing.variant is not None
    keys = [right(part) for part in standing.variant.parts]
    values = keys if mood == "right" else wrong(standing.variant)
    for (part, kind), value in zip(parts_of(standing), values, strict=True):
        fill(page, part, kind, value)
    # The answer goes out by itself; the page that follows is opened when it is recorded.
    with page.expect_navigation():
        answer_button(page).click()


@pytest.mark.parametrize("mood", ["right", "unreadable"])
def test_a_diagnostic_of_every_answer_type_leads_to_report_and_plan(
    page: Page, site: Site, mood: str
) -> None:
    attempt_id = begin(page, site)

    asked = go_through(page, site, attempt_id, mood)

    report_id = site.standing(attempt_id).report_id
    assert asked == set(ANSWER_TYPES)
    assert report_id is not None
    verdicts = verdicts_of(site, attempt_id)
    if mood == "right":
        assert set(verdicts) == {"correct"}
    else:
        assert "correct" not in verdicts
    page.goto(f"{site.url}/learn/report/{report_id}")
    expect(page.locator("h1")).to_be_visible()
    page.goto(f"{site.url}/learn/report/{report_id}/plan")
    expect(page.locator("h1")).to_be_visible()


def verdicts_of(site: Site, attempt_id: str) -> list[str]:
    from quizengine.services.history import given_answers  # noqa: PLC0415
    from quizengine.store.attempts import find_attempt  # noqa: PLC0415

    with site.runtime.transaction() as session:
        return [
            one.grade.verdict
            for one in given_answers(session, find_attempt(session, attempt_id, None, answers=True))
        ]


def test_a_gap_is_practised_from_the_report(page: Page, site: Site) -> None:
    attempt_id = begin(page, site)
    go_through(page, site, attempt_id, "dont-know")
    assert "correct" not in verdicts_of(site, attempt_id)
    page.goto(f"{site.url}/learn/report/{site.standing(attempt_id).report_id}")

    page.get_by_role("main").get_by_role("link", name=re.compile("practise", re.IGNORECASE)).first.click()
    page.get_by_role("button", name="Begin").click()
    practice_id = page.url.split("/t/")[1].split("/")[0]
    standing = site.standing(practice_id)
    give(page, standing, "wrong")

    expect(page.locator("main")).to_contain_text("ot right")
    expect(page.get_by_role("button", name="Another like this")).to_be_visible()


def test_no_page_has_a_serious_fault_of_accessibility(page: Page, site: Site) -> None:
    faults: list[str] = []
    for path in PLAIN_PAGES:
        page.goto(site.url + path)
        faults += axe_faults(page)
    for kind in ANSWER_TYPES:
        page.goto(f"{site.url}/demo?type={kind}")
        faults += axe_faults(page)
    attempt_id = begin(page, site)
    # The forms of all types were looked at above.
    faults += axe_faults(page)
    go_through(page, site, attempt_id, "dont-know")
    report = f"{site.url}/learn/report/{site.standing(attempt_id).report_id}"
    for path in ("", "/review", "/plan"):
        page.goto(report + path)
        faults += axe_faults(page)

    assert faults == []
